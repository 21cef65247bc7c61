"""Numbers and checks of the page on tests, ranks and probabilities."""

from __future__ import annotations

import pandas as pd

from companion.base.comparison import TUNED
from companion.base.names import NO_DECOUPLED_LOSS
from companion.show.facts import Facts, every
from companion.show.look import called
from companion.statistics.frames import CHEB, KL, LEFT_OUT, SAMPLED, SOURCES
from companion.statistics.marks import marks_found
from companion.statistics.ranking import DATASETS, FOLDS, PUBLISHED, RIVAL, Ranking
from ildl.compare.bayes import ROPE
from ildl.compare.corrected import LEVEL
from ildl.compare.noise import INSIDE
from ildl.compare.ranking import blocks_needed, friedman, nemenyi
from ildl.compare.significance import NONE
from ildl.compare.statistics import BETTER, COMPARABLE, REFERENCES, WORSE

PRINTED_OBJECTIVE = ("as printed", "default")
LIKE_FOR_LIKE = {"Movie", "Natural_Scene"}
NAMES = {"as printed": "printed", "default": "derived", NO_DECOUPLED_LOSS: "rda_loss"}
"""How the names of numbers call readings of DILDL."""
Numbers = dict[str, float | int | str | None]


def statistics_facts(tests: pd.DataFrame, ranking: Ranking, appendices: pd.DataFrame, effects: pd.DataFrame) -> Facts:
    """Collect what the page says: `tests` of DILDL, ranks, metrics that the paper leaves out, effects of components."""
    parts = [of_tests(tests), of_marks(tests), of_ranks(ranking), of_probabilities(ranking)]
    parts += [of_appendices(appendices), of_components(effects)]
    return Facts(
        {name: value for numbers, _ in parts for name, value in numbers.items()},
        {name: value for _, checks in parts for name, value in checks.items()},
    )


def of_tests(tests: pd.DataFrame) -> tuple[Numbers, dict[str, bool]]:
    """DILDL against RDA, by the corrected test, on Movie and Natural Scene."""
    rows = tests[tests["metric"].isin([KL, CHEB]) & (tests["feature_set"] == COMPARABLE) & (tests["method"] == RIVAL)]
    default, tuned = (rows[rows["row_reading"] == name] for name in ("default", *TUNED[RIVAL]))
    objective = default[default["reading"].isin(PRINTED_OBJECTIVE)]
    with_loss = default[default["reading"] == NO_DECOUPLED_LOSS]
    complete = LIKE_FOR_LIKE <= set(objective["dataset"]) and set(SOURCES) <= set(objective["source"])
    movie = objective[(objective["dataset"] == "Movie") & (objective["source"] == SAMPLED)]
    return {}, {
        "the harshest correction leaves DILDL by its printed objective worse on Movie with sampled rows": bool(
            len(movie)
        )
        and bool((movie["mark_trained"] == WORSE).all()),
        "the harshest correction does not leave it worse everywhere": bool((objective["mark_trained"] != WORSE).any()),
        "DILDL by its printed objective is worse than RDA in every test": complete
        and set(objective["reading"]) == set(PRINTED_OBJECTIVE)
        and every(objective["mark_corrected"] == WORSE),
        "with RDA's loss, DILDL is better than RDA on Natural Scene": every(
            with_loss[with_loss["dataset"] == "Natural_Scene"]["mark_corrected"] == BETTER
        ),
        "with RDA's loss, DILDL is not told apart from RDA on Movie": every(
            with_loss[with_loss["dataset"] == "Movie"]["mark_corrected"] == NONE
        ),
        "DILDL is nowhere better than RDA with tuned weights": bool(len(tuned))
        and not (tuned["mark_corrected"] == BETTER).any(),
    }


def of_marks(tests: pd.DataFrame) -> tuple[Numbers, dict[str, bool]]:
    """Printed marks that come out again, where the features are the benchmark's."""
    found = marks_found(tests)
    here = found[found["feature_set"] == COMPARABLE]
    numbers: Numbers = {}
    share: dict[tuple[str, str], float] = {}
    for source, suffix in ((SAMPLED, ""), (LEFT_OUT, "_left_out")):
        for reading, name in NAMES.items():
            rows = here[(here["source"] == source) & (here["reading"] == reading)]
            marks, found_again, turned = (int(rows[c].sum()) for c in ("marks", "found_corrected", "worse_corrected"))
            numbers[f"marks{suffix}"] = marks
            numbers |= {f"again_{name}{suffix}": found_again, f"turned_{name}{suffix}": turned}
            share[source, name] = found_again / marks if marks else float("nan")
    paired, lost = int(here["paired"].sum()), int(here["lost"].sum())
    again, harshest = int(here["found_corrected"].sum()), int(here["found_trained"].sum())
    numbers |= {"paired": paired, "lost": lost, "again": again, "again_harshest": harshest}
    return numbers, {
        "by the printed objective, fewer than half of the marks come out": all(
            share[source, name] < 1 / 2 for source in SOURCES for name in ("printed", "derived")
        ),
        "with RDA's loss, three quarters of the marks come out": share[SAMPLED, "rda_loss"] >= 3 / 4,
        "the correction takes back less than a tenth of the paired test's marks": 0 < paired and lost < paired / 10,
        "the harshest correction takes back more": paired > 0 and (again - harshest) / max(again, 1) > lost / paired,
    }


def of_ranks(ranking: Ranking) -> tuple[Numbers, dict[str, bool]]:
    """Average ranks, ours and published, and what such a comparison can find."""
    printed, ours, folds = (ranking.ranked[name] for name in (PUBLISHED, DATASETS, FOLDS))
    mean, gap = ours.mean(), float(abs(printed["DILDL"].mean() - printed[RIVAL].mean()))
    uniform, limits = called("Uniform"), ranking.limits.to_dict("index")
    numbers: Numbers = {
        "ranked": ours.shape[1],
        "sets": len(ours),
        "blocks": len(folds),
        "rank_uniform": _rank(mean, uniform),
        "rank_rda": _rank(mean, RIVAL),
        **{f"rank_{name}": _rank(mean, called("DILDL", reading)) for reading, name in NAMES.items()},
        "cd_ours": float(limits[DATASETS]["critical_difference"]),
        "largest_ours": int(limits[DATASETS]["largest_difference"]),
        "cd_printed": float(limits[PUBLISHED]["critical_difference"]),
        "gap_printed": gap,
        "sets_printed": len(printed),
        "needed_printed": blocks_needed(printed.shape[1], gap),
        "wins_printed": int((printed["DILDL"] < printed[RIVAL]).sum()),
        "agreement_printed": friedman(printed).agreement,
        "averages": len(ranking.averages),
        **{
            f"averages_{name}": int(ranking.averages[f"agrees_with_{name}"].sum())
            for name in ("ranks", "means", "shared")
        },
    }
    return numbers, {
        "in print, DILDL is first and RDA second on every data set": bool((printed["DILDL"] == 1).all())
        and bool((printed[RIVAL] == 2).all()),
        "in print, Nemenyi's test does not tell DILDL from RDA": bool(
            nemenyi(printed)[RIVAL].to_dict()["DILDL"] >= LEVEL
        ),
        "equal degrees have the best average rank": mean.idxmin() == uniform and folds.mean().idxmin() == uniform,
        "winning on all our data sets does not pass the sign test": bool(limits[DATASETS]["smallest_p_pair"] >= LEVEL),
        "winning on all published data sets passes the sign test, but not among all pairs": bool(
            limits[PUBLISHED]["smallest_p_pair"] < LEVEL <= limits[PUBLISHED]["smallest_p_pair_adjusted"]
        ),
        "all averages follow from the printed ranks": bool(ranking.averages["agrees_with_ranks"].all()),
    }


def of_probabilities(ranking: Ranking) -> tuple[Numbers, dict[str, bool]]:
    """The probability that DILDL is better than RDA, and effect sizes."""
    at = ranking.posterior[(ranking.posterior["rope"] == ROPE) & (ranking.posterior["seed"] == "mean")]
    objective = at["label"].isin([called("DILDL", reading) for reading in PRINTED_OBJECTIVE])
    with_loss = at[at["label"] == called("DILDL", NO_DECOUPLED_LOSS)]
    scene, elsewhere = (with_loss[(with_loss["dataset"] == "Natural_Scene") == there] for there in (True, False))
    wins = ranking.effects[ranking.effects["against"] == RIVAL]
    wins = wins[wins["label"].isin([called("DILDL", reading) for reading in PRINTED_OBJECTIVE])]
    numbers: Numbers = {
        "rope": ROPE,
        "p_better_scene": float(scene["p_better"].item()) if len(scene) else None,
        "p_better_elsewhere": float(elsewhere["p_better"].max()) if len(elsewhere) else None,
        "wins_most": float(wins["superiority"].max()) if len(wins) else None,
        "datasets": int(at["dataset"].nunique()),
    }
    return numbers, {
        "by the printed objective, DILDL is better than RDA with a probability below one per cent": bool(
            objective.any()
        )
        and bool((at.loc[objective, "p_better"] < 0.01).all()),
        "by the printed objective, DILDL is worse than RDA with a probability above 99 per cent": bool(objective.any())
        and bool((at.loc[objective, "p_worse"] > 0.99).all()),
        "with RDA's loss, DILDL is better on Natural Scene with a probability above 99 per cent": bool(len(scene))
        and bool((scene["p_better"] > 0.99).all()),
        "with RDA's loss, DILDL is nowhere else better with a probability above one half": bool(len(elsewhere))
        and bool((elsewhere["p_better"] < 1 / 2).all()),
    }


def of_appendices(table: pd.DataFrame) -> tuple[Numbers, dict[str, bool]]:
    """The metrics that the paper leaves out, where the features are the benchmark's."""
    judged = table[(table["feature_set"] == COMPARABLE) & table["ours"].notna() & table["published"].notna()]
    rivals = judged[~judged["method"].isin(["DILDL", *REFERENCES]) & (judged["reading"] == "default")]
    objective = judged[(judged["method"] == "DILDL") & judged["reading"].isin(PRINTED_OBJECTIVE)]
    numbers: Numbers = {
        "other_cells": len(rivals),
        "other_inside": int((rivals["verdict"] == INSIDE).sum()),
        "other_better": int((rivals["verdict"] == BETTER).sum()),
        "other_worse": int((rivals["verdict"] == WORSE).sum()),
        "other_own": len(objective),
        "other_own_worse": int((objective["verdict"] == WORSE).sum()),
    }
    return numbers, {
        "by the metrics left out, DILDL by its printed objective is worse than published throughout": bool(
            len(objective)
        )
        and bool((objective["verdict"] == WORSE).all()),
        "by the metrics left out, more of the rivals' cells are better than worse": bool(
            (rivals["verdict"] == BETTER).sum() > (rivals["verdict"] == WORSE).sum()
        ),
    }


def of_components(effects: pd.DataFrame) -> tuple[Numbers, dict[str, bool]]:
    """What the components do, over readings of the loss, data sets and metrics; rows that readings share count once."""
    numbers: Numbers = {}
    for source, suffix in ((SAMPLED, ""), (LEFT_OUT, "_left_out")):
        for part in ("DRDA", "DLD"):
            rows = effects[(effects["source"] == source) & effects["contrast"].str.startswith(f"{part}, ")]
            rows = rows[~rows["same_cells"]]
            rows = rows.drop_duplicates(["dataset", "metric", "difference", "lower", "upper"])
            numbers |= {
                f"{part.lower()}{suffix}": len(rows),
                f"{part.lower()}_better{suffix}": int((rows["mark"] == BETTER).sum()),
                f"{part.lower()}_worse{suffix}": int((rows["mark"] == WORSE).sum()),
            }
    count = {name: int(value or 0) for name, value in numbers.items()}
    return numbers, {
        "the decoupled loss hurts more often than it helps": count["dld_worse"] > count["dld_better"],
        "decoupled alignment mostly does nothing that can be shown": count["drda"] > 0
        and count["drda_better"] + count["drda_worse"] < count["drda"] / 2,
    }


def _rank(mean: pd.Series, label: str) -> float | None:
    return float(mean[label]) if label in mean else None
