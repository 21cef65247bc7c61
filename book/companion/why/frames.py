"""What the page is made of: our runs by the rule that chose their epoch, published numbers, and constants."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from companion.base.asked import Asked
from companion.base.names import DATASETS, OF_DILDL, RIVALS
from companion.base.paper import load_experiment
from companion.base.published import load_first_hand
from companion.base.tuned import with_tuned
from companion.evidence.evidence import load_evidence
from companion.show.look import called
from companion.why.against import LAST, LEFT_OUT, SAMPLED, against_constants, complete_constants
from ildl.compare.statistics import COMPARABLE

KEPT = {"best": SAMPLED, "last": LAST}
WITHOUT_RUNS = "none"
"""The feature set of a data set that has published numbers but no results of ours."""


@dataclass(frozen=True)
class Evidence:
    """Everything that the page shows of the benchmark's data sets.

    Parameters
    ----------
    comparison, unsampled : DataFrame
        The two experiments, as loaded: where results are from.
    runs : DataFrame
        Both, tidy, with `chosen_by` (`SAMPLED`, `LEFT_OUT` or `LAST`) and `row` (what a page calls the row).
    constants : DataFrame
        As `companion.evidence.constants.constant_scores` has them.
    against : DataFrame
        As `companion.why.against.against_constants` has it.
    """

    comparison: pd.DataFrame = field(repr=False)
    unsampled: pd.DataFrame = field(repr=False)
    runs: pd.DataFrame = field(repr=False)
    constants: pd.DataFrame = field(repr=False)
    published: pd.DataFrame = field(repr=False)
    against: pd.DataFrame = field(repr=False)


def load_all(asked: Asked) -> Evidence:
    """Load both experiments, and hold them and what is published against constants."""
    comparison, unsampled = (load_experiment(name, asked) for name in ("comparison", "unsampled"))
    runs = all_runs(comparison, unsampled)
    constants = complete_constants(load_evidence("constants", asked.profile), runs)
    published = load_first_hand()
    return Evidence(comparison, unsampled, runs, constants, published, against_constants(constants, published, runs))


def all_runs(comparison: pd.DataFrame, unsampled: pd.DataFrame) -> pd.DataFrame:
    """Rows of both experiments, with `chosen_by` and `row`; a tuned RDA stands for its grid."""
    kept = with_tuned(comparison)
    kept = kept.assign(chosen_by=kept["epoch_kept"].map(KEPT))
    runs = pd.concat([kept, with_tuned(unsampled).assign(chosen_by=LEFT_OUT)], ignore_index=True)
    names = {pair: called(*pair) for pair in set(zip(runs["method"], runs["reading"], strict=True))}
    return runs.assign(row=[names[pair] for pair in zip(runs["method"], runs["reading"], strict=True)])


def of_the_tables(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows that stand in the paper's tables: its ten rivals, and DILDL in three readings; no references."""
    own = (rows["method"] == "DILDL") & rows["reading"].isin(OF_DILDL)
    return rows[own | (rows["method"].isin(RIVALS) & (rows["reading"] == "default"))]


def feature_sets(against: pd.DataFrame) -> dict[str, str]:
    """Data set -> features that our results on it have; those of print count only where there are none of ours."""
    ours = against[against["side"] == "ours"].drop_duplicates("dataset").set_index("dataset")["feature_set"]
    return {name: ours.get(name, WITHOUT_RUNS) for name in in_order(against["dataset"].unique())}


def in_order(datasets: object) -> list[str]:
    """Data sets that can be compared first, then the others; each as the paper orders them."""
    names = list(dict.fromkeys(map(str, datasets)))  # type: ignore[call-overload]
    alike = ("Movie", "Natural_Scene")
    order = [*alike, *(name for name in DATASETS if name not in alike)]
    return sorted(names, key=lambda name: order.index(name) if name in order else len(order))


def epochs(runs: pd.DataFrame) -> pd.DataFrame:
    """What networks do under each choice of the epoch.

    One row a data set, row and choice: dataset, feature_set, method, reading, row, chosen_by, n_seeds, n_folds, epoch
    (median), epoch_mean, and the means of kl_divergence, chebyshev, from_start, from_uniform and entropy.
    """
    rows = runs[runs["epoch"].notna()]
    by = ["dataset", "feature_set", "method", "reading", "row", "chosen_by"]
    metrics = ["kl_divergence", "chebyshev", "from_start", "from_uniform", "entropy"]
    means = rows[rows["metric"].isin(metrics)].groupby([*by, "metric"], sort=False)["value"].mean().unstack("metric")
    cells = rows.drop_duplicates([*by, "fold", "seed"]).groupby(by, sort=False)
    facts = {
        "n_seeds": cells["seed"].nunique(),
        "n_folds": cells["fold"].nunique(),
        "epoch": cells["epoch"].median(),
        "epoch_mean": cells["epoch"].mean(),
    }
    return pd.DataFrame(facts).join(means.reindex(columns=metrics)).reset_index()


def comparable(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows on data sets with the benchmark's features."""
    return rows[rows["feature_set"] == COMPARABLE]
