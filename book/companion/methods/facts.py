"""Numbers and checks of the page on the methods."""

from __future__ import annotations

from typing import Any

import pandas as pd

from companion.base.names import NO_DECOUPLED_LOSS, RIVALS
from companion.methods.frames import DEFAULT, Cards, same_values
from companion.show.facts import Facts
from ildl.compare.noise import CANNOT_TELL, INSIDE
from ildl.compare.statistics import BETTER, WORSE

KL = "kl_divergence"
OFR = ["OFR-FL", "OFR-CB", "OFR-DB"]
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
    "dildl_sampled_in_training": ("DILDL", "sampled in training"),
}
"""How the names of numbers call the other readings."""


def methods_facts(cards: Cards) -> Facts:
    """Collect what the cards say: divergences of the readings, and how many published numbers come out."""
    counts: Any = tally(cards.table)
    ours, published = divergences(cards, "ours"), divergences(cards, "published")
    numbers: dict[str, float | int | str | None] = {}
    own = {method.lower().replace("-", "_"): (method, DEFAULT) for method in (*RIVALS, "DILDL")}
    for slug, (method, _) in own.items():
        there = method in counts.index
        numbers[f"{slug}_inside"] = int(counts.loc[method, "inside"]) if there else None
        numbers[f"{slug}_all"] = int(counts.loc[method].sum()) if there else None
        numbers |= {
            f"{slug}_{short}_published": _known(published, (method, DEFAULT), name) for name, short in SETS.items()
        }
    for slug, pair in (own | OTHERS).items():
        numbers |= {f"{slug}_{short}": _known(ours, pair, name) for name, short in SETS.items()}
    return Facts(numbers, {name: bool(holds) for name, holds in checks(cards, counts).items()})


def checks(cards: Cards, counts: pd.DataFrame) -> dict[str, Any]:
    """What the sentences of the cards rest on; what this run does not have bears nothing out."""
    shares: Any = counts.div(counts.sum(axis=1), axis=0).reindex([*RIVALS, "DILDL"])
    ours = divergences(cards, "ours")
    defaults = ours[ours.index.get_level_values("reading") == DEFAULT].droplevel("reading")
    moves = ours.div(defaults.reindex(ours.index.get_level_values("method")).to_numpy())
    moved: dict[str, Any] = {slug: moves.reindex([pair]).iloc[0] for slug, pair in OTHERS.items()}
    said: Any = divergences(cards, "verdict").reindex([*OTHERS.values(), ("LDL-LDM", DEFAULT)])
    plain: Any = cards.table[cards.table["reading"] == DEFAULT].set_index(["dataset", "method"])["verdict"].sort_index()
    movie = plain.loc["Movie"] if "Movie" in plain else plain.droplevel(0)[:0]
    on_network = movie[movie.index.isin([*OFR, "RDA"])]
    of_dildl = ours[ours.index.get_level_values("method") == "DILDL"].droplevel("method")
    with_loss = of_dildl.reindex([NO_DECOUPLED_LOSS]).iloc[0]
    return {
        "DILDL is worse than published in every number": shares.at["DILDL", "worse"] == 1,
        "no rival is worse in every number": (shares.loc[list(RIVALS), "worse"] < 1).all(),
        "the methods on RDA's network are better than published in every number on Movie": (
            len(on_network) == 4 * 9 and (on_network == BETTER).all()
        ),
        "most numbers of SA-BFGS are inside the noise": shares.at["SA-BFGS", "inside"] >= 0.5,
        "most numbers of LDLSF are inside the noise": shares.at["LDLSF", "inside"] >= 0.5,
        "no number of EDL-LRL is better or worse than published": (
            shares.loc["EDL-LRL", ["better", "worse"]] == 0
        ).all(),
        "most numbers of LDL-LCLR are worse than published": shares.at["LDL-LCLR", "worse"] > 0.5,
        "Adam-LDL-SCL is better than published in every number": shares.at["Adam-LDL-SCL", "better"] == 1,
        "LDL-LDM is better than published on Movie in all metrics but one, worse by KL on Natural Scene": (
            (movie[movie.index == "LDL-LDM"] == BETTER).sum() == 8
            and said.at[("LDL-LDM", DEFAULT), "Natural_Scene"] == WORSE
        ),
        "no number of OFR-FL, OFR-CB and OFR-DB is worse than published": (shares.loc[OFR, "worse"] == 0).all(),
        "RDA on Natural Scene has numbers worse than published": (
            (plain[plain.index.isin([("Natural_Scene", "RDA")])] == WORSE).any()
        ),
        "the authors' steps of EDL-LRL lower KL on Movie and more than double it on Natural Scene": (
            moved["edl_lrl_authors"]["Movie"] < 1 and moved["edl_lrl_authors"]["Natural_Scene"] > 2
        ),
        "groups by label change nothing in LDLSF": same_values(cards.results, "LDLSF", "groups by label"),
        "projection lowers the KL of LDLSF on Movie and raises it on Natural Scene": (
            moved["ldlsf_projected"]["Movie"] < 1 < moved["ldlsf_projected"]["Natural_Scene"]
        ),
        "with the authors' weights, the KL of LDL-LCLR is inside the noise on both sets": (
            (said.loc[[OTHERS["ldl_lclr_authors"]]] == INSIDE).all(axis=None)
        ),
        "the fault gives the KL of Adam-LDL-SCL on Movie, and leaves Natural Scene as it is": (
            said.at[OTHERS["adam_ldl_scl_fault"], "Movie"] == INSIDE
            and abs(moved["adam_ldl_scl_fault"]["Natural_Scene"] - 1) < 0.01
        ),
        "600 iterations raise the KL of LDL-LDM on both sets": (moved["ldl_ldm_longer"] > 1).all(),
        "one weight a label lowers the KL of OFR-CB on both sets": (moved["ofr_cb_by_label"] < 1).all(),
        "dividing the loss moves the KL of RDA by less than five per cent": _stays(moved["rda_divided"], 0.05),
        "tuning moves the KL of RDA by less than ten per cent": _stays(moved["rda_tuned"], 0.1),
        "training the label encoders moves the KL of DILDL by less than two per cent": _stays(
            moved["dildl_joint"], 0.02
        ),
        "sampling the code always raises the KL of DILDL on both sets, and in training alone lowers it": (
            (moved["dildl_sampled"] > 1) & (moved["dildl_sampled_in_training"] < 1)
        ).all(),
        "with RDA's loss, the KL of DILDL is the lowest of its readings on both sets": (
            len(of_dildl) > 2 and (of_dildl.drop(NO_DECOUPLED_LOSS, errors="ignore") > with_loss).all(axis=None)
        ),
    }


def tally(table: pd.DataFrame) -> pd.DataFrame:
    """How many published numbers of each method are better, inside, unclear or worse in its default reading."""
    rows = table[(table["reading"] == DEFAULT) & table["verdict"].notna()]
    kinds = rows["verdict"].where(~rows["verdict"].astype(str).str.startswith(CANNOT_TELL), "unclear")
    kinds = kinds.replace({BETTER: "better", INSIDE: "inside", WORSE: "worse"})
    return pd.crosstab(rows["method"], kinds).reindex(columns=["better", "inside", "unclear", "worse"], fill_value=0)


def divergences(cards: Cards, column: str) -> pd.DataFrame:
    """A column of the table for the divergence: a row a method and reading, a column for each of the two data sets."""
    rows = cards.comparable.query("metric == @KL")
    return rows.pivot(index=["method", "reading"], columns="dataset", values=column).reindex(columns=list(SETS))


def _known(values: pd.DataFrame, pair: tuple[str, str], dataset: str) -> float | None:
    value = values[dataset].get(pair)
    return None if pd.isna(value) else float(value)


def _stays(ratios: pd.Series, share: float) -> bool:
    """Whether all ratios are nearer to one than a share."""
    return bool(((ratios - 1).abs() < share).all())
