"""The multiverse of readings: the outcome of every specification beside what it is to be held against.

A specification settles each point that the paper leaves open. Under ``criterion="rebalanced"`` the dominant target does
not enter the loss: specifications that differ only there are one, and are counted once.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats

from ildl.report.comparison import METRIC_TITLES
from ildl.report.published import load_published
from ildl.report.significance import TEST_SHARE
from ildl.report.statistics import COMPARABLE, HIGHER_IS_BETTER, REFERENCES, is_better, noise_margin

CHOICES: Mapping[str, tuple[str, ...]] = {
    "criterion": ("kl", "rebalanced", "logit-adjusted", "added"),
    "dominant": ("degree", "one-hot"),
    "nondominant": ("ratio", "softmax"),
    "label_gradient": ("stopped", "joint"),
    "epoch_kept": ("best", "last"),
    "valid": ("20 rows", "10 %"),
    "head_rule": ("tenfold", "half", "mean"),
}
"""Every choice with its options, the default first."""
HEAD_SUFFIXES = {"tenfold": "", "half": "_half", "mean": "_mean"}
"""Rule for the head labels -> how the metric's name ends."""
WITH_HEAD = ("euclidean_tail", "euclidean_head")
PRINTED = {
    "derived targets": {"dominant": "degree", "nondominant": "ratio"},
    "printed targets": {"dominant": "one-hot", "nondominant": "softmax"},
}
"""Two ways to take the printed objective: with the targets that its derivation needs, or those of Eq. (2), (3)."""
KEYS = ["dataset", "feature_set", "metric"]


def specifications(
    results: pd.DataFrame, comparison: pd.DataFrame, metric: str, head_rule: str = "tenfold"
) -> pd.DataFrame:
    """Outcome of every specification, beside the published value, our RDA and the uniform distribution.

    Parameters
    ----------
    results : DataFrame
        Experiment "multiverse", with a column for every choice (the head rule is part of a metric's name).
    comparison : DataFrame
        Experiment "comparison": RDA on the same folds and seeds, Uniform on the same folds.
    metric : str
    head_rule : {"tenfold", "half", "mean", "every"}
        Which labels are the head, for `euclidean_tail` and `euclidean_head`; "every" makes it one more choice.

    Returns
    -------
    DataFrame
        One row a data set and specification, each data set's best first: dataset, feature_set, metric, the choices,
        params; mean, std and seed_std (population, over folds and over seeds), lower, upper (see `interval`), n_folds,
        n_seeds; printed (a key of `PRINTED`, or ""); published, published_std, distance (mean - published), margin,
        inside_noise (see `noise_margin`, with our std where none is published; NA where nothing is published or the
        features are not the benchmark's), closest
        (the smallest absolute distance of the data set); uniform and rda, their means; against_rda, against_rda_lower,
        against_rda_upper (mean - rda, paired over folds and seeds); better_than_published, better_than_rda and
        better_than_uniform (means compared; NA where one is missing).

    Raises
    ------
    ValueError
        Rows, columns, specifications, folds, seeds or references are missing; a value is there twice; or an option is
        unknown.
    """
    values = outcomes(results, metric, head_rule)
    specs = pd.concat([values.index.to_frame(index=False), interval(values).reset_index(drop=True)], axis=1)
    specs["n_folds"], specs["n_seeds"] = (values.columns.get_level_values(name).nunique() for name in ("fold", "seed"))
    specs["printed"] = _printed(specs)
    _add_published(specs, metric)

    rda = reference(comparison, values, "RDA")
    difference = interval(values - rda.to_numpy())
    specs["uniform"] = reference(comparison, values, "Uniform").mean(axis=1).to_numpy()
    specs["rda"] = rda.mean(axis=1).to_numpy()
    for name, column in (("", "mean"), ("_lower", "lower"), ("_upper", "upper")):
        specs[f"against_rda{name}"] = difference[column].to_numpy()
    for other in ("published", "rda", "uniform"):
        specs[f"better_than_{other}"] = is_better(specs["mean"], specs[other], metric)

    outcome = specs["mean"] * (-1 if metric in HIGHER_IS_BETTER else 1)
    order = specs.assign(place=pd.factorize(specs["dataset"])[0], outcome=outcome)
    return specs.loc[order.sort_values(["place", "outcome"], kind="stable").index].reset_index(drop=True)


def outcomes(results: pd.DataFrame, metric: str, head_rule: str = "tenfold") -> pd.DataFrame:
    """Values of every specification, fold and seed, checked for gaps.

    Parameters
    ----------
    results, metric, head_rule
        As in `specifications`.

    Returns
    -------
    DataFrame
        Rows: dataset, feature_set, metric, the choices, params. Columns: fold, seed.

    Raises
    ------
    ValueError
        See `specifications`.
    """
    rows = _rows(results, metric, head_rule)
    choices = [name for name in CHOICES if name in rows]
    for choice in choices:
        unknown = sorted(set(rows[choice]) - set(CHOICES[choice]))
        if unknown:
            raise ValueError(f"Unknown {choice} {unknown[0]!r}; known: {', '.join(CHOICES[choice])}.")
    rows = rows[(rows["criterion"] != "rebalanced") | (rows["dominant"] == CHOICES["dominant"][0])]
    index = [*KEYS, *choices, "params"]
    twice = rows.duplicated([*index, "fold", "seed"])
    if twice.any():
        raise ValueError(f"{_name(rows[twice].iloc[0])}: it is there twice; give each cell once.")
    values = rows.pivot(index=index, columns=["fold", "seed"], values="value").sort_index(axis=1)
    values = values.reindex(pd.MultiIndex.from_frame(rows[index].drop_duplicates()))
    _check_complete(values, choices)
    return values


def interval(values: pd.DataFrame) -> pd.DataFrame:
    """Mean and spread over folds and seeds, with a 95 % interval for the mean.

    The variance of the mean is the sum of two parts: over folds (seeds averaged) s² (1/k + 1/9), which allows for the
    training rows that folds share (Nadeau and Bengio, 2003), and over m > 1 seeds (folds averaged) s² / m. Each fold
    draws a seed of its own, and the spread over folds holds some of the luck of these draws already: the second part
    counts it once more, which errs on the side of wide intervals. Degrees of freedom after Welch and Satterthwaite.
    With one seed, the second part is unknown and left out.

    Parameters
    ----------
    values : DataFrame
        Columns: fold, seed (at least two folds).

    Returns
    -------
    DataFrame
        Same rows; mean, std, seed_std (population standard deviations; seed_std is NaN with one seed), lower, upper.

    Raises
    ------
    ValueError
        Fewer than two folds.
    """
    by_fold, by_seed = (values.T.groupby(level=name).mean().T for name in ("fold", "seed"))
    k, m = by_fold.shape[1], by_seed.shape[1]
    if k < 2:
        raise ValueError("A spread needs at least two folds; the results have one.")
    folds = by_fold.var(axis=1) * (1 / k + TEST_SHARE)
    seeds = by_seed.var(axis=1) / m if m > 1 else 0 * folds
    total = folds + seeds
    scale = total.where(total > 0, 1.0)
    freedom = 1 / ((folds / scale) ** 2 / (k - 1) + (seeds / scale) ** 2 / max(m - 1, 1) + (total == 0))
    mean = by_fold.mean(axis=1)
    half = pd.Series(stats.t.ppf(0.975, freedom), index=values.index) * np.sqrt(total)
    seed_std = by_seed.std(axis=1, ddof=0) if m > 1 else math.nan * mean
    spread = {"mean": mean, "std": by_fold.std(axis=1, ddof=0), "seed_std": seed_std}
    return pd.DataFrame(spread | {"lower": mean - half, "upper": mean + half})


def reference(comparison: pd.DataFrame, values: pd.DataFrame, method: str) -> pd.DataFrame:
    """Values of a method of the comparison, at its defaults, for every specification.

    Parameters
    ----------
    comparison : DataFrame
        Experiment "comparison".
    values : DataFrame
        As `outcomes` returns it.
    method : str
        Uniform and Train-mean draw no random numbers: their one seed, 0, serves every seed.

    Returns
    -------
    DataFrame
        Rows and columns of `values`.

    Raises
    ------
    ValueError
        The method was not run on a data set, fold or seed (named).
    """
    rows = comparison[(comparison["method"] == method) & (comparison["params"] == "{}")]
    cells = rows.drop_duplicates(["dataset", "metric", "fold", "seed"]).set_index(["dataset", "metric", "fold", "seed"])
    wanted = values.index.to_frame(index=False)[["dataset", "metric"]]
    wanted = wanted.merge(values.columns.to_frame(index=False), how="cross")
    if method in REFERENCES:
        wanted["seed"] = 0
    found = cells["value"].reindex(pd.MultiIndex.from_frame(wanted))
    if found.isna().any():
        dataset, name, fold, seed = found.index[found.isna()][0]
        raise ValueError(
            f"{method} has no {name} on {dataset}, fold {fold}, seed {seed}: run the comparison on the multiverse's "
            "data sets, folds and seeds first."
        )
    return pd.DataFrame(found.to_numpy().reshape(values.shape), index=values.index, columns=values.columns)


def title_of(metric: str) -> str:
    """What a metric is called, whichever rule for the head labels its name has.

    Parameters
    ----------
    metric : str

    Returns
    -------
    str

    Examples
    --------
    >>> title_of("euclidean_tail_half")
    'Euclidean distance, tail labels (low is good)'
    """
    base = metric.removesuffix("_half").removesuffix("_mean")
    return METRIC_TITLES.get(base, metric)


def _rows(results: pd.DataFrame, metric: str, head_rule: str) -> pd.DataFrame:
    """Rows of one metric; of a metric with a head rule under the rules asked for, with a column that names the rule."""
    columns = [*KEYS, *(name for name in CHOICES if name != "head_rule"), "params", "fold", "seed", "value"]
    lacking = [name for name in columns if name not in results]
    if lacking:
        raise ValueError(f"The results of the multiverse lack the column(s) {', '.join(lacking)}.")
    if head_rule not in (*HEAD_SUFFIXES, "every"):
        raise ValueError(f"Unknown head_rule {head_rule!r}; known: {', '.join(HEAD_SUFFIXES)}, every.")
    rules = HEAD_SUFFIXES if head_rule == "every" else {head_rule: HEAD_SUFFIXES[head_rule]}
    names = {metric + suffix: rule for rule, suffix in rules.items()} if metric in WITH_HEAD else {metric: ""}
    absent = sorted(set(names) - set(results["metric"]))
    if absent:
        raise ValueError(f"The results of the multiverse have no {', '.join(absent)}; run the experiment again.")
    rows = results.loc[results["metric"].isin(list(names)), columns]
    return rows.assign(head_rule=rows["metric"].map(names)) if metric in WITH_HEAD else rows


def _check_complete(values: pd.DataFrame, choices: list[str]) -> None:
    there = values.index.to_frame(index=False)
    options = [[option for option in CHOICES[name] if (there[name] == option).any()] for name in choices]
    wanted = [dict(zip(choices, row, strict=True)) for row in itertools.product(*options)]
    wanted = [row for row in wanted if row["criterion"] != "rebalanced" or row["dominant"] == CHOICES["dominant"][0]]
    for dataset, rows in there.groupby("dataset", sort=False):
        present = set(rows[choices].itertuples(index=False, name=None))
        gaps = [row for row in wanted if tuple(row.values()) not in present]
        if gaps:
            first = ", ".join(f"{name}={option}" for name, option in gaps[0].items())
            raise ValueError(
                f"{dataset} lacks {len(gaps)} of {len(wanted)} specifications, the first being {first}: a multiverse "
                "with gaps is not summarised; run the experiment again, finished cells are kept."
            )
    missing = values.isna()
    if missing.to_numpy().any():
        (row, column), *_ = np.argwhere(missing.to_numpy())
        fold, seed = values.columns[column]
        cell = there.iloc[row].to_dict() | {"fold": fold, "seed": seed}
        raise ValueError(f"{_name(cell)}: missing, or not a number.")


def _name(row: Mapping[str, object] | pd.Series) -> str:
    return f"DILDL {row['params']} on {row['dataset']}, {row['metric']}, fold {row['fold']}, seed {row['seed']}"


def _printed(specs: pd.DataFrame) -> pd.Series:
    printed = pd.Series("", index=specs.index)
    # A single head rule was asked for, whichever it is; as one more choice, it has a default like the others.
    judged = [name for name in CHOICES if name in specs and (name != "head_rule" or specs[name].nunique() > 1)]
    for name, targets in PRINTED.items():
        settled = {choice: CHOICES[choice][0] for choice in judged} | targets
        printed[(specs[list(settled)] == pd.Series(settled)).all(axis=1)] = name
    return printed


def _add_published(specs: pd.DataFrame, metric: str) -> None:
    theirs = load_published("dildl").query("method == 'DILDL' and metric == @metric").set_index("dataset")
    theirs = theirs.reindex(specs["dataset"])
    specs["published"], specs["published_std"] = theirs["mean"].to_numpy(), theirs["std"].to_numpy()
    specs["distance"] = specs["mean"] - specs["published"]
    # Table 5 prints no standard deviation: it is taken to be ours.
    theirs_std = specs["published_std"].fillna(specs["std"])
    noise = specs["std"], specs["n_folds"], theirs_std, theirs["mean_half_unit"].to_numpy()
    specs["margin"] = noise_margin(*noise, seed_std=specs["seed_std"], n_seeds=specs["n_seeds"])
    inside = (specs["distance"].abs() <= specs["margin"]).astype("boolean")
    specs["inside_noise"] = inside.where((specs["feature_set"] == COMPARABLE) & specs["margin"].notna())
    nearest = specs["distance"].abs().groupby(specs["dataset"]).transform("min")
    specs["closest"] = specs["distance"].abs() == nearest
