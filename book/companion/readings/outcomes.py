"""The outcome of every combination of open choices that was run, beside what it is to be held against."""

from __future__ import annotations

import numpy as np
import pandas as pd

from companion.base.published import load_published
from companion.readings.choices import ASKED, CHOICES, HEAD_SUFFIXES, ON_TEST_ROWS, redundant
from ildl.checks import check_option
from ildl.compare.corrected import half_width, test_shares
from ildl.compare.noise import judge, noise
from ildl.compare.statistics import BETTER, COMPARABLE, HIGHER_IS_BETTER, WORSE

KEYS = ["dataset", "feature_set", "metric"]
RIVALS = {
    "rda": ("RDA", True),
    "rda_default": ("RDA", False),
    "ofr_db": ("OFR-DB", True),
    "uniform": ("Uniform", False),
}
"""Column -> method, and whether its validation rows come from where those of the combination come from; else, from the
sampled rows, as in the tables. It has 20 of them, and keeps the best epoch."""
OPEN = "not told apart"


def specifications(
    results: pd.DataFrame, comparison: pd.DataFrame, metric: str, every_rule: bool = False
) -> pd.DataFrame:
    """Outcome of every combination beside the published value (by `noise`) and `RIVALS`, the best first."""
    values = outcomes(results, metric, every_rule)
    rivals = rival_rows(comparison[comparison["metric"].isin(values.index.unique("metric"))])
    share, _ = test_shares(results)
    specs = values.index.to_frame(index=False).join(interval(values, share).reset_index(drop=True))
    specs["n_folds"] = values.shape[1]
    for name, (method, alike) in RIVALS.items():
        theirs = rival_values(rivals, values, method, alike)
        specs[name] = theirs.mean(axis=1, skipna=False).to_numpy()
        specs[f"vs_{name}"] = verdicts(interval(values - theirs, share), metric).to_numpy()
    printed = load_published("dildl").query("metric == @metric")
    dildl, rda = (printed[printed["method"] == name].set_index("dataset") for name in ("DILDL", "RDA"))
    for name, column in (("published", "mean"), ("published_std", "std"), ("half_unit", "mean_half_unit")):
        specs[name] = specs["dataset"].map(dildl[column]).astype(float)
    specs["distance"] = specs["mean"] - specs["published"]
    there, comparable = specs["published"].notna(), specs["feature_set"] == COMPARABLE
    sides = specs["std"], specs["n_folds"], specs["published_std"], specs["half_unit"]
    parts = ["margin", "df", "var_partitions"]
    specs[parts] = noise(*sides, **_partition_spread(specs))[parts].where(there)
    inside = (specs["distance"].abs() <= specs["margin"]).astype("boolean")
    specs["inside_noise"] = inside.where(comparable & there)
    gaps = {"RDA": specs["published"] - specs["dataset"].map(rda["mean"]).astype(float)}
    gaps["uniform"] = specs["published"] - specs["uniform"]
    specs["verdict"] = judge(specs["distance"], specs["margin"], metric, gaps).where(comparable, None)
    order = specs.assign(place=pd.factorize(specs["dataset"])[0])
    order["mean"] *= -1 if metric in HIGHER_IS_BETTER else 1
    return specs.loc[order.sort_values(["place", "mean"], kind="stable").index].reset_index(drop=True)


def outcomes(results: pd.DataFrame, metric: str, every_rule: bool = False) -> pd.DataFrame:
    """Values of every combination (rows) and fold (columns), seeds averaged; gaps and doubles are refused, named."""
    rules = {metric + suffix: rule for rule, suffix in HEAD_SUFFIXES.items()} if every_rule else {metric: "tenfold"}
    for name in rules:
        check_option(name, results["metric"].unique(), "metric")
    choices = [*ASKED, *(["head_rule"] if every_rule else [])]
    rows = results[results["metric"].isin(list(rules))]
    rows = rows[(rows["method"] == "DILDL") & (rows["epoch_kept"] != ON_TEST_ROWS)]
    rows = rows.assign(head_rule=rows["metric"].map(rules))
    for choice in choices:
        for option in rows[choice].drop_duplicates().tolist():
            check_option(option, CHOICES[choice], choice)
    rows = rows[~redundant(rows)]
    index = [*KEYS, *choices, "params"]
    twice = rows.duplicated([*index, "fold", "seed"])
    if twice.any():
        raise ValueError(f"{_name(rows[twice].iloc[0])}: it is there twice; give each cell once.")
    values = rows.pivot(index=index, columns=["fold", "seed"], values="value").sort_index(axis=1)
    values = values.reindex(pd.MultiIndex.from_frame(rows[index].drop_duplicates()))
    _check_complete(values, choices)
    return values.T.groupby(level="fold").mean().T


def _check_complete(values: pd.DataFrame, choices: list[str]) -> None:
    there = values.index.to_frame(index=False)
    wanted = there[choices].drop_duplicates()
    for dataset, rows in there.groupby("dataset", sort=False):
        gaps = wanted.merge(rows, how="left", on=choices, indicator=True).query("_merge == 'left_only'")
        if len(gaps):
            first = ", ".join(f"{name}={gaps[name].iloc[0]}" for name in choices)
            raise ValueError(
                f"{dataset} lacks {len(gaps)} of {len(wanted)} combinations, the first being {first}: data sets are "
                "held against each other over the same ones; run the experiment again, finished cells are kept."
            )
    if values.isna().to_numpy().any():
        (row, column), *_ = np.argwhere(values.isna().to_numpy())
        fold, seed = values.columns[column]
        cell = _name(pd.concat([there.iloc[row], pd.Series({"fold": fold, "seed": seed})]))
        raise ValueError(f"{cell}: missing, or not a number.")


def _name(row: pd.Series) -> str:
    return f"DILDL {row['params']} on {row['dataset']}, {row['metric']}, fold {row['fold']}, seed {row['seed']}"


def interval(values: pd.DataFrame, test_share: float) -> pd.DataFrame:
    """Mean, population std, and lower and upper end of the 95 % interval of the mean over folds, a row a row."""
    mean, half = values.mean(axis=1, skipna=False), half_width(values, test_share)
    std = values.std(axis=1, ddof=0, skipna=False)
    return pd.DataFrame({"mean": mean, "std": std, "lower": mean - half, "upper": mean + half})


def verdicts(differences: pd.DataFrame, metric: str) -> pd.Series:
    """Tell two sides apart by the interval of their difference (ours - theirs); NA without an interval."""
    low, high = (BETTER, WORSE) if metric not in HIGHER_IS_BETTER else (WORSE, BETTER)
    said = np.select([differences["upper"] < 0, differences["lower"] > 0], [low, high], OPEN)
    return pd.Series(said, index=differences.index, dtype="object").mask(differences["mean"].isna(), pd.NA)


def rival_rows(comparison: pd.DataFrame) -> pd.DataFrame:
    """Rows of all rivals in their default reading, with 20 validation rows and the best epoch."""
    rows = comparison[comparison["method"].isin([method for method, _ in RIVALS.values()])]
    rows = rows[(rows["reading"] == "default") & (rows["n_valid"] == 20)]
    return rows[rows["epoch_kept"].fillna("best") == "best"]


def rival_values(rivals: pd.DataFrame, values: pd.DataFrame, method: str, alike: bool) -> pd.DataFrame:
    """Values of a rival (`rival_rows`) on the test rows of every combination, in their shape; NaN where not run."""
    rows = rivals[rivals["method"] == method]
    rows = rows if alike else rows[rows["valid_from"] == "sampled"]
    same = ["dataset", "metric", "split_folds", "split_seed", *(["valid_from"] if alike else [])]
    cells = rows.drop_duplicates([*same, "fold", "seed"])
    theirs = cells.pivot_table(index=same, columns="fold", values="value", aggfunc="mean")
    wanted = pd.MultiIndex.from_frame(values.index.to_frame(index=False)[same])
    return theirs.reindex(index=wanted, columns=values.columns).set_axis(values.index, axis=0)


def _partition_spread(specs: pd.DataFrame) -> dict[str, pd.Series]:
    """Variance of the mean over partitions, of readings alike in what moves it most: not each was run on several."""
    alike = ["dataset", "criterion", "valid_from", "epoch_kept"]
    others = [name for name in CHOICES if name in specs and name not in ("split_seed", *alike)]
    means = specs[specs["split_folds"] == "kfold"].groupby([*alike, *others])["mean"]
    several = pd.DataFrame({"variance": means.var(ddof=1), "n": means.size()}).query("n > 1").groupby(alike).mean()
    found = several.reindex(pd.MultiIndex.from_frame(specs[alike])).set_axis(specs.index)
    return {"partition_variance": found["variance"], "n_partitions": found["n"].fillna(1)}
