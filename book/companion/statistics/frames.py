"""Who takes part, every test of DILDL against the others, ranks and probabilities; ours and published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from companion.base.asked import Asked
from companion.base.comparison import METRIC_TITLES
from companion.base.names import OF_DILDL, PRINTED_METRICS, RIVALS
from companion.base.paper import load_experiment
from companion.base.published import load_average_ranks, load_first_hand, load_published
from companion.evidence.ablation import ablation_table, ablation_tests
from companion.evidence.sources import LEFT_OUT, SAMPLED, load_sources
from companion.show.beside import beside_published, in_order
from companion.show.look import rows_called
from companion.show.provenance import Provenance, provenance_note
from ildl.compare.bayes import ROPE, bayes_table, signed_rank_table
from ildl.compare.effects import effect_sizes
from ildl.compare.frames import rows_of
from ildl.compare.ranking import average_ranks, design_limits, ranks, sorted_by_mean
from ildl.compare.scores import complete, score_matrix
from ildl.compare.significance import NONE, compare
from ildl.compare.statistics import BETTER, REFERENCES, WORSE

SOURCES = SAMPLED, LEFT_OUT
KL, CHEB = "kl_divergence", "chebyshev"
RIVAL = "RDA"
SCORES = ["dataset", "feature_set", "label", "method", "reading", "metric", "fold", "seed", "value"]
"""Columns of scores that a download has."""
LEFT_OUT_METRICS = ("clark", "canberra", "cosine", "intersection")
"""Those that the paper names and prints no comparison of."""
PUBLISHED = "Published, over data sets"
DATASETS, FOLDS = "Ours, over data sets", "Ours, over data sets and folds"
TESTS = {
    "published_test": "two-sample",
    "paired": "paired",
    "corrected": "corrected",
    "holm": "corrected, Holm",
    "trained": "corrected by rows trained on",
}
"""Test, as `ildl.compare.significance.compare` calls it -> what the page calls it."""
ALL = "all together"
"""What stands in place of a data set where all of them are one sample."""


@dataclass(frozen=True, repr=False)
class Study:
    """Rows that are compared, by source: `results`; `tests` of DILDL in each reading; `scores` of who is ranked."""

    results: Mapping[str, pd.DataFrame]
    partitions: pd.DataFrame
    tests: pd.DataFrame
    scores: pd.DataFrame


@dataclass(frozen=True, repr=False)
class Ranking:
    """By the Kullback-Leibler divergence: `ranked` (title -> ranks), `limits` of each, `effects`, and probabilities."""

    ranked: dict[str, pd.DataFrame]
    limits: pd.DataFrame
    average: pd.DataFrame
    average_published: pd.DataFrame
    averages: pd.DataFrame
    effects: pd.DataFrame
    posterior: pd.DataFrame


def load_study(asked: Asked) -> Study:
    """Load the comparison under both sources, test DILDL against every other row, and name who is ranked."""
    sources, partitions = load_sources(asked)
    results = {}
    for source, rows in sources.items():
        kept = in_order(rows[rows["method"].isin([*RIVALS, "DILDL", *REFERENCES])]).reset_index(drop=True)
        results[source] = kept.assign(row=rows_called(kept))
    tests = pd.concat([tested(rows).assign(source=source) for source, rows in results.items()], ignore_index=True)
    scores = results[SAMPLED].query("reading == 'default' or method == 'DILDL'")
    return Study(results, partitions, tests, scores.assign(label=scores["row"]))


def tested(rows: pd.DataFrame) -> pd.DataFrame:
    """Test every reading of DILDL against every other row, with the printed mark beside a method's default reading."""
    own = rows[rows["method"] == "DILDL"].drop_duplicates("reading").set_index("reading")["params"]
    names = rows.drop_duplicates(["method", "params"]).set_index(["method", "params"])[["row", "reading"]]
    tests = [compare(rows, "DILDL", own[name]).assign(of_dildl=name) for name in OF_DILDL if name in own]
    table = in_order(pd.concat(tests, ignore_index=True).join(names, on=["method", "params"]))
    table = table.rename(columns={"reading": "row_reading", "of_dildl": "reading"})
    published = load_published()[["dataset", "method", "metric", "marker"]].assign(row_reading="default")
    table = table.merge(published, how="left", on=["dataset", "method", "metric", "row_reading"])
    return table.fillna({"marker": ""})


def marks_found(tests: pd.DataFrame) -> pd.DataFrame:
    """Count the printed marks that our tests give again or turn round, and the paired test's that correction loses."""
    cells = tests[(tests["marker"] != "") & (tests["method"] != "DILDL")]
    marked, paired = cells["marker"] == BETTER, cells["mark_paired"] != NONE
    counted = {"marks": marked}
    for verdict, column in ((BETTER, "found"), (WORSE, "worse")):
        counted |= {f"{column}_{test}": marked & (cells[f"mark_{test}"] == verdict) for test in TESTS}
    counted |= {"paired": paired, "lost": paired & (cells["mark_corrected"] == NONE)}
    keys = ["source", "reading", "dataset", "feature_set"]
    return pd.concat([cells[keys], pd.DataFrame(counted)], axis=1).groupby(keys, sort=False).sum().reset_index()


def against_appendices(study: Study) -> pd.DataFrame:
    """Metrics that the paper leaves out, ours beside the appendices, as `comparison_table`; metric, reading, row."""
    printed = load_first_hand().assign(marker="")
    table = beside_published(study.results[SAMPLED], study.partitions, printed, LEFT_OUT_METRICS)
    return table.assign(mark_corrected="none", p_corrected=float("nan"))


def ablation_effects(asked: Asked, published: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, Provenance]:
    """Effects of the components with their tests, the cells that they are made of, each with its source; the origin."""
    names = {SAMPLED: "ablation", LEFT_OUT: "unsampled_ablation"}
    frames = {source: load_experiment(name, asked) for source, name in names.items()}
    effects = [ablation_tests(frame).assign(source=source) for source, frame in frames.items()]
    cells = [ablation_table(frame, published).assign(source=source) for source, frame in frames.items()]
    origin = provenance_note(*frames.values())
    return pd.concat(effects, ignore_index=True), pd.concat(cells, ignore_index=True), origin


def rank(scores: pd.DataFrame) -> Ranking:
    """Rank who takes part, and hold each reading of DILDL against the others."""
    published = load_published()
    ranked = {
        DATASETS: ranks(score_matrix(scores, KL), KL),
        FOLDS: ranks(score_matrix(scores, KL, "fold"), KL),
        PUBLISHED: ranks(published_matrix(published, KL), KL),
    }
    limits = pd.concat([design_limits(frame.shape[1], [len(frame)]) for frame in ranked.values()])
    own = list(scores.loc[scores["method"] == "DILDL", "label"].unique())
    others = [label for label in scores["label"].unique() if label not in own]
    ropes = sorted({*np.round(np.linspace(0, 0.1, 21), 4).tolist(), ROPE})
    together = signed_rank_table(scores, KL, own, RIVAL, ropes).assign(dataset=ALL, seed="mean")
    return Ranking(
        ranked,
        limits.set_axis(list(ranked), axis=0),
        average_ranks(scores, [metric for metric in METRIC_TITLES if metric in set(scores["metric"])]),
        published_average_ranks(published, PRINTED_METRICS),
        check_average_ranks(load_published("rda_appendix"), load_average_ranks()),
        effect_sizes(scores, KL, own, others),
        pd.concat([bayes_table(scores, KL, own, RIVAL, ropes), together], ignore_index=True),
    )


def published_matrix(published: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return the printed means: a row a data set, a column a method."""
    matrix = rows_of(published, "metric", metric).set_index(["dataset", "method"])["mean"].unstack("method", sort=False)
    return complete(matrix.rename_axis(columns="label"))


def published_average_ranks(published: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """Average rank of every published method, as `ildl.compare.ranking.average_ranks` has them."""
    return sorted_by_mean(
        pd.DataFrame({metric: ranks(published_matrix(published, metric), metric).mean() for metric in metrics})
    )


def check_average_ranks(published: pd.DataFrame, average: pd.DataFrame) -> pd.DataFrame:
    """Recompute printed average ranks from printed ranks, and from means whose ties share the best or the mean rank."""
    by_metric = {metric: published_matrix(published, metric) for metric in published["metric"].unique()}
    means, shared = (
        pd.concat({metric: ranks(matrix, metric, ties).mean() for metric, matrix in by_metric.items()})
        for ties in ("min", "average")
    )
    printed = published.assign(rank=published["rank"].astype(float)).groupby(["metric", "method"])["rank"].mean()
    frame = average.reset_index(drop=True)
    cells = pd.MultiIndex.from_frame(frame[["metric", "method"]])
    for name, values in {"ranks": printed, "means": means, "shared": shared}.items():
        frame[name] = values.reindex(cells).to_numpy()
        frame[f"agrees_with_{name}"] = (frame["value"] - frame[name]).abs() <= frame["half_unit"] * (1 + 1e-6)
    return frame


def rounded(data: pd.DataFrame) -> pd.DataFrame:
    """Write numbers of a download with six digits."""
    floats = data.select_dtypes("float")
    return data.assign(**{str(name): floats[name].map("{:.6g}".format, na_action="ignore") for name in floats})
