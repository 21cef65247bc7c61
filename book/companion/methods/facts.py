"""Numbers and checks of the page on the methods."""

from __future__ import annotations

import math

import pandas as pd

from companion.base.names import NO_DECOUPLED_LOSS, RIVALS
from companion.methods.frames import DEFAULT, Cards, same_values
from companion.show.facts import Facts
from ildl.compare.noise import CANNOT_TELL, INSIDE
from ildl.compare.statistics import BETTER, COMPARABLE, WORSE

KL = "kl_divergence"
ON_RDAS_NETWORK = ("OFR-FL", "OFR-CB", "OFR-DB", "RDA")
SETS = {"Movie": "movie", "Natural_Scene": "scene"}
OTHERS = {
    "edl_lrl_authors": ("EDL-LRL", "the authors' steps"),
    "ldlsf_projected": ("LDLSF", "projection onto the simplex"),
    "ldl_lclr_authors": ("LDL-LCLR", "the authors' weights"),
    "adam_ldl_scl_fault": ("Adam-LDL-SCL", "epsilon cut-off (a numerical fault)"),
    "ldl_ldm_longer": ("LDL-LDM", "600 iterations"),
    "ofr_cb_by_label": ("OFR-CB", "one weight a label"),
    "rda_divided": ("RDA", "loss divided by itself"),
    "rda_tuned": ("RDA", "tuned"),
    "dildl_printed": ("DILDL", "as printed"),
    "dildl_rda_loss": ("DILDL", NO_DECOUPLED_LOSS),
    "dildl_joint": ("DILDL", "joint label gradient"),
    "dildl_sampled": ("DILDL", "sampled"),
}
"""How the names of numbers call the other readings."""


def methods_facts(cards: Cards) -> Facts:
    """Collect what the cards say: divergences of the readings, and how many published numbers come out."""
    counts = tally(cards.table)
    numbers: dict[str, float | int | str | None] = {}
    for method in (*RIVALS, "DILDL"):
        slug = method.lower().replace("-", "_")
        of_method = counts[counts.index == method]
        for kind in (*counts.columns, "all"):
            cells = of_method if kind == "all" else of_method[[kind]]
            numbers[f"{slug}_{kind}"] = int(cells.to_numpy().sum()) if len(of_method) else None
        numbers |= {f"{slug}_{short}": kl(cards, method, DEFAULT, name) for name, short in SETS.items()}
        numbers |= {f"{slug}_{short}_published": printed(cards, method, name) for name, short in SETS.items()}
    for slug, (method, reading) in OTHERS.items():
        numbers |= {f"{slug}_{short}": kl(cards, method, reading, name) for name, short in SETS.items()}
    return Facts(numbers, checks(cards, counts))


def checks(cards: Cards, counts: pd.DataFrame) -> dict[str, bool]:
    """What the sentences of the cards rest on."""
    own = {slug: cards.of(method).query("reading == @reading") for slug, (method, reading) in OTHERS.items()}
    moves = {slug: changes(cards, *pair) for slug, pair in OTHERS.items()}
    movie = cards.table[(cards.table["dataset"] == "Movie") & (cards.table["reading"] == DEFAULT)]
    on_network = movie[movie["method"].isin(ON_RDAS_NETWORK)]
    aside = cards.of("DILDL").query("metric == @KL and reading != @NO_DECOUPLED_LOSS")
    return {
        "DILDL is worse than published in every number": all_of(counts, "DILDL", "worse"),
        "no rival is worse in every number": set(RIVALS) <= set(counts.index)
        and not any(all_of(counts, method, "worse") for method in RIVALS),
        "the methods on RDA's network are better than published in every number on Movie": verdicts(
            on_network, BETTER, 4 * 9
        ),
        **{
            f"most numbers of {name} are inside the noise": share_of(counts, name, "inside") >= 0.5
            for name in ("SA-BFGS", "LDLSF")
        },
        "no number of EDL-LRL is better or worse than published": share_of(counts, "EDL-LRL", "better")
        + share_of(counts, "EDL-LRL", "worse")
        == 0,
        "most numbers of LDL-LCLR are worse than published": share_of(counts, "LDL-LCLR", "worse") > 0.5,
        "Adam-LDL-SCL is better than published in every number": all_of(counts, "Adam-LDL-SCL", "better"),
        "LDL-LDM is better than published on Movie in all metrics but one, worse by KL on Natural Scene": (
            verdict_count(movie[movie["method"] == "LDL-LDM"], BETTER) == 8
            and verdicts(kl_rows(cards, "LDL-LDM", DEFAULT, "Natural_Scene"), WORSE, 1)
        ),
        "no number of OFR-FL, OFR-CB and OFR-DB is worse than published": all(
            share_of(counts, name, "worse") == 0 for name in ON_RDAS_NETWORK[:3]
        ),
        "RDA on Natural Scene has numbers worse than published": verdict_count(
            cards.of("RDA").query("reading == 'default' and dataset == 'Natural_Scene'"), WORSE
        )
        > 0,
        "the authors' steps of EDL-LRL lower KL on Movie and more than double it on Natural Scene": (
            moves["edl_lrl_authors"].get("Movie", 1) < 1 and moves["edl_lrl_authors"].get("Natural_Scene", 0) > 2
        ),
        "groups by label change nothing in LDLSF": same_values(cards.results, "LDLSF", "groups by label"),
        "projection lowers the KL of LDLSF on Movie and raises it on Natural Scene": (
            moves["ldlsf_projected"].get("Movie", 1) < 1 < moves["ldlsf_projected"].get("Natural_Scene", 1)
        ),
        "with the authors' weights, the KL of LDL-LCLR is inside the noise on both sets": verdicts(
            own["ldl_lclr_authors"].query("metric == @KL"), INSIDE, 2
        ),
        "the fault gives the KL of Adam-LDL-SCL on Movie, and leaves Natural Scene as it is": (
            verdicts(kl_rows(cards, *OTHERS["adam_ldl_scl_fault"], "Movie"), INSIDE, 1)
            and abs(moves["adam_ldl_scl_fault"].get("Natural_Scene", 2) - 1) < 0.01
        ),
        "600 iterations raise the KL of LDL-LDM on both sets": all_above(moves["ldl_ldm_longer"], 1),
        "one weight a label lowers the KL of OFR-CB on both sets": all_below(moves["ofr_cb_by_label"], 1),
        "dividing the loss moves the KL of RDA by less than two per cent": stays(moves["rda_divided"], 0.02),
        "tuning moves the KL of RDA by less than ten per cent": stays(moves["rda_tuned"], 0.1),
        "training the label encoders moves the KL of DILDL by less than two per cent": stays(
            moves["dildl_joint"], 0.02
        ),
        "sampling the code raises the KL of DILDL on both sets": all_above(moves["dildl_sampled"], 1),
        "with RDA's loss, the KL of DILDL is the lowest of its readings on both sets": len(aside) > 2
        and all(
            bool((rows["ours"] > (kl(cards, "DILDL", NO_DECOUPLED_LOSS, str(name)) or float("inf"))).all())
            for name, rows in aside.groupby("dataset")
        ),
    }


def tally(table: pd.DataFrame) -> pd.DataFrame:
    """How many published numbers of each method come out in its default reading, where features are the benchmark's.

    Index: method; columns: better, inside, unclear, worse.
    """
    rows = table[(table["reading"] == DEFAULT) & (table["feature_set"] == COMPARABLE) & table["verdict"].notna()]
    kinds = rows["verdict"].where(~rows["verdict"].astype(str).str.startswith(CANNOT_TELL), "unclear")
    kinds = kinds.replace({BETTER: "better", INSIDE: "inside", WORSE: "worse"})
    counts = pd.crosstab(rows["method"], kinds)
    return counts.reindex(columns=["better", "inside", "unclear", "worse"], fill_value=0)


def kl_rows(cards: Cards, method: str, reading: str, dataset: str) -> pd.DataFrame:
    """The row of one divergence, if this run has it."""
    rows = cards.of(method)
    return rows[(rows["reading"] == reading) & (rows["dataset"] == dataset) & (rows["metric"] == KL)]


def kl(cards: Cards, method: str, reading: str, dataset: str) -> float | None:
    """Our divergence; None where this run does not have it."""
    rows = kl_rows(cards, method, reading, dataset)
    return float(rows["ours"].item()) if len(rows) else None


def printed(cards: Cards, method: str, dataset: str) -> float | None:
    """The published divergence; None where this run has no result beside it."""
    rows = kl_rows(cards, method, DEFAULT, dataset)
    return float(rows["published"].item()) if len(rows) else None


def changes(cards: Cards, method: str, reading: str) -> dict[str, float]:
    """Our divergence under a reading over that under the default, data set by data set; empty where it was not run."""
    rows = cards.of(method).query("metric == @KL").pivot(index="dataset", columns="reading", values="ours")
    if reading not in rows:
        return {}
    return {str(name): float(value) for name, value in (rows[reading] / rows[DEFAULT]).dropna().items()}


def all_above(values: dict[str, float], bound: float) -> bool:
    """Whether there are two values, and all lie above a bound."""
    return len(values) == len(SETS) and all(value > bound for value in values.values())


def all_below(values: dict[str, float], bound: float) -> bool:
    """Whether there are two values, and all lie below a bound."""
    return len(values) == len(SETS) and all(value < bound for value in values.values())


def stays(values: dict[str, float], share: float) -> bool:
    """Whether there are two ratios, and all are nearer to one than a share."""
    return all_below({name: abs(value - 1) for name, value in values.items()}, share)


def all_of(counts: pd.DataFrame, method: str, kind: str) -> bool:
    """Whether a method has numbers, and all have this kind of verdict."""
    return share_of(counts, method, kind) == 1


def share_of(counts: pd.DataFrame, method: str, kind: str) -> float:
    """Which share of a method's numbers has this kind of verdict; NaN where it has none."""
    if method not in counts.index:
        return math.nan
    of_method = counts.loc[[method]].to_numpy()
    return float(counts.loc[[method], kind].sum() / of_method.sum())


def verdict_count(rows: pd.DataFrame, verdict: str) -> int:
    """How many rows have this verdict."""
    return int((rows["verdict"] == verdict).sum())


def verdicts(rows: pd.DataFrame, verdict: str, n: int) -> bool:
    """Whether there are so many rows, and all of them have this verdict."""
    return len(rows) == n and verdict_count(rows, verdict) == n
