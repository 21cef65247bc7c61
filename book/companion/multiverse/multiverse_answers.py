"""What the multiverse answers, in numbers: who meets the published values, what was learned, what an epoch bounds."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from companion.base.names import NO_DECOUPLED_LOSS
from companion.multiverse.multiverse_choices import CHOICES, ON_TEST_ROWS, PRINTED, on_default_split, redundant
from ildl.compare.noise import INSIDE
from ildl.compare.statistics import BETTER, COMPARABLE, HIGHER_IS_BETTER

EARLY = 5
"""Epochs up to this one count as the first."""
PUT_ASIDE = {"sampled": 20, "unsampled": 0}
"""Source of the validation rows -> kept rows that do not train, which are put aside where the test rows choose, too."""


def count_meeting(specs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Count the specifications that meet the published value, metric by metric and in all at once.

    Parameters
    ----------
    specs : mapping of str to DataFrame
        Metric -> as `companion.multiverse.multiverse.specifications` returns it, all of the same specifications.

    Returns
    -------
    DataFrame
        One row a data set with the benchmark's features and source of the validation rows: dataset, valid_from, n
        (specifications; another seed of the split is no other reading, and left out); a column a metric (those inside
        the noise); all (in every metric); all_decoupled (of these, those with a decoupled loss); all_told (of all,
        those whose margin tells the published mean from published RDA and from the uniform distribution in every
        metric); all_and_better (of all, those that are better than RDA with validation rows from the same source,
        beyond the noise, in every metric); within_std (whose mean
        is within the printed standard deviation in every metric that has one printed).
    """
    keys = ["dataset", *(name for name in CHOICES if name != "head_rule")]
    met, told, better, near = {}, {}, {}, {}
    for metric, frame in specs.items():
        rows = frame[(frame["feature_set"] == COMPARABLE) & (frame["split_seed"] == 0)].set_index(keys)
        met[metric] = rows["inside_noise"].fillna(False).astype(bool)
        told[metric] = rows["verdict"] == INSIDE
        better[metric] = rows["vs_rda"].eq(BETTER).fillna(False).astype(bool)
        if rows["published_std"].notna().any():
            near[metric] = rows["distance"].abs() <= rows["published_std"] + rows["half_unit"]
    table = pd.DataFrame(met)
    table["all"] = table.all(axis=1)
    table["all_decoupled"] = table["all"] & (table.index.get_level_values("criterion") != NO_DECOUPLED_LOSS)
    table["all_told"] = pd.DataFrame(told).all(axis=1)
    table["all_and_better"] = table["all"] & pd.DataFrame(better).all(axis=1)
    table["within_std"] = pd.DataFrame(near).all(axis=1)
    counts = [
        {"dataset": dataset, "valid_from": source, "n": len(rows), **rows.sum()}
        for dataset in dict.fromkeys(table.index.get_level_values("dataset"))
        for source in CHOICES["valid_from"]
        if len(rows := table[(table.index.get_level_values("dataset") == dataset)
                             & (table.index.get_level_values("valid_from") == source)])
    ]  # fmt: skip
    return pd.DataFrame(counts)


def what_was_learned(results: pd.DataFrame, metric: str = "kl_divergence") -> pd.DataFrame:
    """Describe the networks that each rule for the epoch keeps: how long they were trained, and how far they moved.

    Parameters
    ----------
    results : DataFrame
        Experiment "multiverse", with the column epoch and the metrics from_uniform and from_start.
    metric : str

    Returns
    -------
    DataFrame
        One row a specification: dataset, feature_set, the choices, params; epoch (median over folds and seeds of the
        kept one), early (the share of them that are among the first `EARLY`), from_uniform, from_start and the metric
        (means).
    """
    choices = [name for name in CHOICES if name != "head_rule"]
    keys = ["dataset", "feature_set", *choices, "params"]
    rows = results[(results["method"] == "DILDL") & (results["epoch_kept"] != ON_TEST_ROWS) & ~redundant(results)]
    measured = ["from_uniform", "from_start", metric]
    means = rows[rows["metric"].isin(measured)].pivot_table(index=keys, columns="metric", values="value", sort=False)
    kept = rows[rows["metric"] == metric].astype({"epoch": float})
    epochs = kept.assign(early=kept["epoch"] <= EARLY).groupby(keys, sort=False)
    table = means[measured].assign(epoch=epochs["epoch"].median(), early=epochs["early"].mean())
    return table.rename_axis(columns=None).reset_index()


def learned_by_rule(learned: pd.DataFrame, metric: str = "kl_divergence") -> pd.DataFrame:
    """Sum up `what_was_learned` by the source of the validation rows and the rule for the epoch.

    Parameters
    ----------
    learned : DataFrame
    metric : str

    Returns
    -------
    DataFrame
        One row a data set, valid_from and epoch_kept: n (specifications), epoch (median), early, from_uniform,
        from_start and the metric (means), rank_correlation (Spearman's, of from_uniform and the metric).
    """
    groups = learned.groupby(["dataset", "feature_set", "valid_from", "epoch_kept"], sort=False)
    table = groups[["early", "from_uniform", "from_start", metric]].mean()
    correlation = groups[["from_uniform", metric]].apply(
        lambda rows: rows["from_uniform"].corr(rows[metric], method="spearman")
    )
    table = table.assign(n=groups.size(), epoch=groups["epoch"].median(), rank_correlation=correlation)
    table = table.reset_index()
    return _in_order(table, ["dataset", "valid_from", "epoch_kept"])


def epoch_bound(results: pd.DataFrame, specs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """What the epoch that is best on the test rows would give: not allowed, and a bound for any choice of the epoch.

    The epoch is the one of the lowest Kullback-Leibler divergence: in other metrics another epoch can be better.

    Parameters
    ----------
    results : DataFrame
        Experiment "multiverse".
    specs : mapping of str to DataFrame
        Metric -> as `companion.multiverse.multiverse.specifications` returns it.

    Returns
    -------
    DataFrame
        One row a data set with the benchmark's features, metric and source of the validation rows (which settles what
        rows train): dataset, metric, valid_from; "derived targets" and "printed targets" (the printed objective under
        the bound); best and criterion (the best mean under the bound, and which criterion gives it); allowed (the best
        mean of a specification on the split of the tables), rda_default (as in the tables), published, uniform.
    """
    rows = results[(results["method"] == "DILDL") & (results["epoch_kept"] == ON_TEST_ROWS)]
    means = rows.groupby(["dataset", "metric", "n_valid", "criterion", "dominant", "nondominant"])["value"].mean()
    table = []
    for metric, frame in specs.items():
        best = max if metric in HIGHER_IS_BETTER else min
        here = on_default_split(frame[frame["feature_set"] == COMPARABLE])
        for (dataset, source), allowed in here.groupby(["dataset", "valid_from"], sort=False):
            bound = means.loc[str(dataset), metric, PUT_ASIDE[str(source)]]
            row = {"dataset": dataset, "metric": metric, "valid_from": source, "best": best(bound)}
            row |= {name: bound[("kl", *targets.values())] for name, targets in PRINTED.items()}
            row |= {"criterion": bound.index[bound == best(bound)][0][0], "allowed": best(allowed["mean"])}
            row |= {name: allowed[name].iloc[0] for name in ("rda_default", "published", "uniform")}
            table.append(row)
    order = ["dataset", "metric", "valid_from"]
    columns = [*order, *PRINTED, "best", "criterion", "allowed", "rda_default", "uniform", "published"]
    return _in_order(pd.DataFrame(table, columns=columns), order)


def closest_specification(specs: Mapping[str, pd.DataFrame]) -> pd.Series | None:
    """Find the one specification that comes closest to the published values over several metrics, after the fact.

    Parameters
    ----------
    specs : mapping of str to DataFrame
        Metric -> as `companion.multiverse.multiverse.specifications` returns it, under one head rule.

    Returns
    -------
    Series or None
        The choices, params, and distance: the mean over metrics and data sets with the benchmark's features of |mean -
        published| / published. None where there is no such data set.
    """
    rows = pd.concat(specs.values())
    rows = rows[(rows["feature_set"] == COMPARABLE) & rows["distance"].notna()]
    if rows.empty:
        return None
    choices = [name for name in CHOICES if name in rows and name != "head_rule"]
    relative = rows.assign(distance=(rows["distance"] / rows["published"]).abs())
    means = relative.groupby([*choices, "params"], sort=False)["distance"].mean().reset_index()
    return means.sort_values("distance", kind="stable").iloc[0]


def by_dataset(table: pd.DataFrame, text: str) -> str:
    """Insert the numbers of each row into a text, one data set after the other.

    Parameters
    ----------
    table : DataFrame
        With a column dataset.
    text : str
        A format string of the columns' names: "{all} of {n}".

    Returns
    -------
    str
        "Movie 3 of 186, Natural_Scene 0 of 186"; a dash without rows.
    """
    return ", ".join(f"{row['dataset']} {text.format_map(row)}" for row in table.to_dict("records")) or "–"


def design(results: pd.DataFrame) -> dict[str, int]:
    """Count what was run on each data set.

    Parameters
    ----------
    results : DataFrame
        Experiment "multiverse".

    Returns
    -------
    dict of str to int
        specifications; crossed (those in which the choices after `label_gradient` that the full cross leaves out, code
        and both of the split, are at their default), one_change (the others); bound (readings with the epoch that is
        best on the test rows).
    """
    choices = [name for name in CHOICES if name != "head_rule"]
    rows = results.loc[results["method"] == "DILDL", [*choices, "n_valid"]].drop_duplicates()
    rows = rows[~redundant(rows)]
    allowed = rows[rows["epoch_kept"] != ON_TEST_ROWS]
    default = [allowed[name] == CHOICES[name][0] for name in ("code", "split_folds", "split_seed")]
    crossed = int(pd.concat(default, axis=1).all(axis=1).sum())
    sizes = {"specifications": len(allowed), "crossed": crossed, "one_change": len(allowed) - crossed}
    return sizes | {"bound": len(rows) - len(allowed)}


def printed_outcomes(specs: pd.DataFrame) -> pd.DataFrame:
    """The printed objective in its four ways, a row a data set and source of the validation rows.

    Parameters
    ----------
    specs : DataFrame
        As `companion.multiverse.multiverse.specifications` returns it, under one head rule.

    Returns
    -------
    DataFrame
        Columns dataset, valid_from, feature_set, published, uniform, rda, and a column a key of `PRINTED`: the means.
    """
    rows = specs[specs["printed"] != ""]
    shared = ["feature_set", "published", "uniform", "rda"]
    table = [
        {"dataset": dataset, "valid_from": source, **part.iloc[0][shared], **part.set_index("printed")["mean"]}
        for (dataset, source), part in rows.groupby(["dataset", "valid_from"], sort=False)
    ]
    return _in_order(pd.DataFrame(table), ["dataset", "valid_from"])


def _in_order(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Sort by columns: a choice by its options, others as their values come."""
    places = {name: list(CHOICES.get(name, table[name].unique())) for name in columns}
    return table.sort_values(
        columns, key=lambda column: column.map(places[str(column.name)].index), ignore_index=True
    )  # fmt: skip
