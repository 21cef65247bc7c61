"""Numbers and checks of the page on tests, ranks and probabilities."""

from __future__ import annotations

import pandas as pd

from companion.base.comparison import TUNED
from companion.base.names import NO_DECOUPLED_LOSS
from companion.show.facts import Facts, every
from companion.show.look import called
from companion.statistics.frames import (
    ALL,
    CHEB,
    DATASETS,
    FOLDS,
    KL,
    LEFT_OUT,
    PUBLISHED,
    RIVAL,
    SAMPLED,
    SOURCES,
    Ranking,
    marks_found,
)
from ildl.compare.bayes import ROPE
from ildl.compare.corrected import LEVEL
from ildl.compare.noise import INSIDE
from ildl.compare.ranking import blocks_needed, nemenyi
from ildl.compare.statistics import BETTER, COMPARABLE, REFERENCES, WORSE

OBJECTIVE = ("as printed", "default")
"""The readings of DILDL with its printed objective."""
NAMES = {"as printed": "printed", "default": "derived", NO_DECOUPLED_LOSS: "rda_loss"}
"""How the names of numbers call readings of DILDL."""
PRINTED_LOSS = ("kl", "logit-adjusted")
"""Criteria of the ablation without RDA's loss."""
SUFFIXES = {SAMPLED: "", LEFT_OUT: "_left_out"}
Numbers = dict[str, float | int | str | None]
Part = tuple[Numbers, dict[str, bool]]
"""Numbers and checks."""


def statistics_facts(tests: pd.DataFrame, ranking: Ranking, appendices: pd.DataFrame, effects: pd.DataFrame) -> Facts:
    """Collect what the page says: `tests` of DILDL, ranks, metrics that the paper leaves out, effects of components."""
    parts = [of_tests(tests), of_marks(tests), of_ranks(ranking), of_probabilities(ranking)]
    parts += [of_appendices(appendices), of_components(effects)]
    return Facts(
        {name: value for numbers, _ in parts for name, value in numbers.items()},
        {name: value for _, checks in parts for name, value in checks.items()},
    )


def of_tests(tests: pd.DataFrame) -> Part:
    """DILDL against RDA, by the corrected test, on Movie and Natural Scene."""
    rows = tests[tests["metric"].isin([KL, CHEB]) & (tests["feature_set"] == COMPARABLE) & (tests["method"] == RIVAL)]
    default, tuned = (rows[rows["row_reading"] == name] for name in ("default", *TUNED[RIVAL]))
    objective = default[default["reading"].isin(OBJECTIVE)]
    with_loss = default[default["reading"] == NO_DECOUPLED_LOSS]
    on_movie = with_loss[with_loss["dataset"] == "Movie"].set_index("source")["mark_corrected"]
    asked = {"dataset": {"Movie", "Natural_Scene"}, "source": set(SOURCES), "reading": set(OBJECTIVE)}
    complete = all(wanted <= set(objective[column]) for column, wanted in asked.items())
    numbers: Numbers = {"harshest": len(objective), "harshest_worse": int((objective["mark_trained"] == WORSE).sum())}
    return numbers, {
        "the harshest correction does not leave it worse everywhere": bool((objective["mark_trained"] != WORSE).any()),
        "DILDL by its printed objective is worse than RDA in every test": complete
        and every(objective["mark_corrected"] == WORSE),
        "with RDA's loss, DILDL is better than RDA on Natural Scene": every(
            with_loss.loc[with_loss["dataset"] == "Natural_Scene", "mark_corrected"] == BETTER
        ),
        "with RDA's loss, DILDL on Movie is like RDA with sampled rows, and worse with left-out rows": every(
            ~on_movie[on_movie.index == SAMPLED].isin([BETTER, WORSE])
        )
        and every(on_movie[on_movie.index == LEFT_OUT] == WORSE),
        "DILDL is nowhere better than RDA with tuned weights": every(tuned["mark_corrected"] != BETTER),
    }


def of_marks(tests: pd.DataFrame) -> Part:
    """Printed marks that come out again, where the features are the benchmark's."""
    found = marks_found(tests)
    here = found[found["feature_set"] == COMPARABLE]
    columns = {"marks": "marks", "found_corrected": "again", "worse_corrected": "turned"}
    sums = here.groupby(["source", "reading"])[list(columns)].sum()
    sums = sums.reindex(pd.MultiIndex.from_product([SOURCES, NAMES]), fill_value=0).rename(columns=columns)
    counts, share = sums.to_dict(), sums["again"] / sums["marks"]
    total = here[["paired", "lost", "found_corrected", "found_trained"]].sum().to_dict()
    paired, lost, again, harshest = (int(count) for count in total.values())
    numbers: Numbers = {"paired": paired, "lost": lost, "again": again, "again_harshest": harshest}
    for source, suffix in SUFFIXES.items():
        for reading, name in NAMES.items():
            numbers[f"marks{suffix}"] = int(counts["marks"][source, reading])
            numbers |= {f"{what}_{name}{suffix}": int(counts[what][source, reading]) for what in ("again", "turned")}
    return numbers, {
        "by the printed objective, fewer than half of the marks come out": every(
            share.drop(NO_DECOUPLED_LOSS, level=1) < 1 / 2
        ),
        "with RDA's loss, three quarters of the marks come out": every(
            share.loc[[(SAMPLED, NO_DECOUPLED_LOSS)]] >= 3 / 4
        ),
        "the correction takes back less than a tenth of the paired test's marks": 0 < paired and lost < paired / 10,
        "the harshest correction takes back more": paired > 0 and (again - harshest) / max(again, 1) > lost / paired,
    }


def of_ranks(ranking: Ranking) -> Part:
    """Average ranks, ours and published, and what such a comparison can find."""
    printed, ours, folds = (ranking.ranked[name] for name in (PUBLISHED, DATASETS, FOLDS))
    mean, gap = ours.mean(), float(abs(printed["DILDL"].mean() - printed[RIVAL].mean()))
    uniform, limits = called("Uniform"), ranking.limits.astype(float).to_dict("index")
    named = {"uniform": uniform, "rda": RIVAL} | {name: called("DILDL", reading) for reading, name in NAMES.items()}
    agree = ranking.averages[["agrees_with_ranks", "agrees_with_means", "agrees_with_shared"]].sum()
    numbers: Numbers = {
        "ranked": ours.shape[1],
        "sets": len(ours),
        **{f"rank_{name}": float(mean[label]) if label in mean else None for name, label in named.items()},
        "cd_printed": float(limits[PUBLISHED]["critical_difference"]),
        "gap_printed": gap,
        "sets_printed": len(printed),
        "needed_printed": blocks_needed(printed.shape[1], gap),
        "averages": len(ranking.averages),
        "averages_means": int(agree["agrees_with_means"]),
        "averages_shared": int(agree["agrees_with_shared"]),
    }
    pair, among_all = (limits[PUBLISHED][f"smallest_p_pair{which}"] for which in ("", "_adjusted"))
    return numbers, {
        "in print, DILDL is first and RDA second on every data set": every(printed["DILDL"] == 1)
        and every(printed[RIVAL] == 2),
        "in print, Nemenyi's test does not tell DILDL from RDA": every(nemenyi(printed).loc[["DILDL"], RIVAL] >= LEVEL),
        "equal degrees have the best average rank": mean.idxmin() == uniform and folds.mean().idxmin() == uniform,
        "winning on all our data sets does not pass the sign test": bool(limits[DATASETS]["smallest_p_pair"] >= LEVEL),
        "winning on all published data sets passes the sign test, but not among all pairs": bool(
            pair < LEVEL <= among_all
        ),
        "all averages follow from the printed ranks": bool(agree["agrees_with_ranks"] == len(ranking.averages)),
    }


def of_probabilities(ranking: Ranking) -> Part:
    """The probability that DILDL is better than RDA, and effect sizes."""
    at = ranking.posterior[(ranking.posterior["rope"] == ROPE) & (ranking.posterior["seed"] == "mean")]
    at = at[at["dataset"] != ALL]
    objective = [called("DILDL", reading) for reading in OBJECTIVE]
    with_loss = at[at["label"] == called("DILDL", NO_DECOUPLED_LOSS)].set_index("dataset")["p_better"]
    scene, elsewhere = (with_loss[(with_loss.index == "Natural_Scene") == there] for there in (True, False))
    wins = ranking.effects[(ranking.effects["against"] == RIVAL) & ranking.effects["label"].isin(objective)]
    numbers: Numbers = {
        "p_better_scene": float(scene.min()) if len(scene) else None,
        "p_better_elsewhere": float(elsewhere.max()) if len(elsewhere) else None,
        "wins_most": float(wins["superiority"].max()) if len(wins) else None,
        "datasets": int(at["dataset"].nunique()),
    }
    return numbers, {
        "by the printed objective, DILDL is worse than RDA with a probability above 99 per cent": every(
            at.loc[at["label"].isin(objective), "p_worse"] > 0.99
        ),
        "with RDA's loss, DILDL is better on Natural Scene with a probability above 90 per cent": every(scene > 0.9),
        "with RDA's loss, DILDL is nowhere else better with a probability above one half": every(elsewhere < 1 / 2),
    }


def of_appendices(table: pd.DataFrame) -> Part:
    """The metrics that the paper leaves out, where the features are the benchmark's."""
    judged = table[(table["feature_set"] == COMPARABLE) & table["ours"].notna() & table["published"].notna()]
    rivals = judged[~judged["method"].isin(["DILDL", *REFERENCES]) & (judged["reading"] == "default")]
    objective = judged[(judged["method"] == "DILDL") & judged["reading"].isin(OBJECTIVE)]
    inside, better, worse = (int((rivals["verdict"] == verdict).sum()) for verdict in (INSIDE, BETTER, WORSE))
    numbers: Numbers = {"other_cells": len(rivals), "other_own": len(objective)}
    return numbers | {"other_inside": inside, "other_better": better, "other_worse": worse}, {
        "by the metrics left out, DILDL by its printed objective is worse than published throughout": every(
            objective["verdict"] == WORSE
        ),
        "by the metrics left out, more of the rivals' cells are better than worse": better > worse,
    }


def of_components(effects: pd.DataFrame) -> Part:
    """What the components do, over readings of the loss, data sets and metrics; rows that readings share count once."""
    rows = effects[~effects["same_cells"] & (effects["contrast"] != "both together")]
    rows = rows.assign(part=rows["contrast"].str.partition(",")[0].str.lower())
    rows = rows.drop_duplicates(["source", "part", "dataset", "metric", "difference", "lower", "upper"])
    count: dict[str, int] = {}
    for source, suffix in SUFFIXES.items():
        for part in ("drda", "dld"):
            marks = rows.loc[(rows["source"] == source) & (rows["part"] == part), "mark"]
            count[f"{part}{suffix}"] = len(marks)
            count |= {f"{part}_{mark}{suffix}": int((marks == mark).sum()) for mark in (BETTER, WORSE)}
    helped = rows[(rows["source"] == SAMPLED) & (rows["part"] == "drda") & (rows["mark"] == BETTER)]
    return dict(count), {
        "over all readings, the decoupled loss hurts in a third of the comparisons": 0
        < count["dld"]
        <= 3 * count["dld_worse"],
        "where decoupled alignment helps, it is mostly with RDA's loss": bool(
            (~helped["criterion"].isin(PRINTED_LOSS)).mean() > 3 / 4
        ),
        "decoupled alignment mostly does nothing that can be shown": count["drda"] > 0
        and count["drda_better"] + count["drda_worse"] < count["drda"] / 2,
    }
