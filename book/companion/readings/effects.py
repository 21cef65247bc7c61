"""What each open choice does to the outcome, over pairs of combinations that differ in nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from companion.readings.choices import CHOICES
from companion.readings.outcomes import interval, outcomes, verdicts
from ildl.compare.corrected import test_shares
from ildl.compare.statistics import BETTER, WORSE


def choice_effects(results: pd.DataFrame, specs: pd.DataFrame, head_rule: str = "tenfold") -> pd.DataFrame:
    """What each option changes against the default, over pairs that differ in nothing else.

    Columns: dataset, feature_set, choice, default, option; n_pairs; change (mean difference), lower, upper; size (mean
    absolute difference); better, worse (pairs); gained, lost (pairs of which only the one at the option, or at the
    default, is inside the noise around the published value; NA where none can be).
    """
    metric = specs["metric"].iloc[0].removesuffix("_half").removesuffix("_mean")
    values, (share, _) = outcomes(results, metric, head_rule), test_shares(results)
    choices = [str(name) for name in values.index.names if name in CHOICES]
    inside = specs.set_index(["dataset", *choices])["inside_noise"]
    rows = []
    for (dataset, feature_set), of_dataset in values.groupby(level=["dataset", "feature_set"], sort=False):
        cube = of_dataset.droplevel([name for name in of_dataset.index.names if name not in choices])
        meets = inside.loc[str(dataset)].reindex(cube.index)
        for choice in choices:
            default, *others = CHOICES[choice]
            for option in others:
                before, after = _pairs(cube.index, choice, option)
                if len(before):
                    row = {"dataset": dataset, "feature_set": feature_set, "choice": choice, "default": default}
                    row |= {"option": option, **_change(cube.iloc[after] - cube.iloc[before].to_numpy(), metric, share)}
                    rows.append(row | _flips(meets.iloc[before].to_numpy(), meets.iloc[after].to_numpy()))
    return pd.DataFrame(rows).astype({"gained": "Int64", "lost": "Int64"})


def choice_sizes(effects: pd.DataFrame) -> pd.DataFrame:
    """How far each choice moves the outcome, and how often it decides, over the pairs of all its options.

    Columns: dataset, choice; size; decides (share of pairs of which only one is inside the noise around the published
    value; NaN where none can be).
    """
    totals = effects.assign(
        size=effects["size"] * effects["n_pairs"], decides=(effects["gained"] + effects["lost"]).astype(float)
    )
    sums = totals.groupby(["dataset", "choice"], sort=False)[["size", "decides", "n_pairs"]].sum(min_count=1)
    shares = sums[["size", "decides"]].div(sums["n_pairs"], axis=0).reset_index()
    order = shares.assign(place=pd.factorize(shares["dataset"])[0], size=-shares["size"])
    return shares.loc[order.sort_values(["place", "size"], kind="stable").index].reset_index(drop=True)


def _pairs(index: pd.Index, choice: str, option: Any) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Positions of the combinations at the default, and of those at the option that equal them in all else."""
    after = np.flatnonzero(index.get_level_values(choice) == option)
    partners = index[after].to_frame(index=False)
    partners[choice] = next(iter(CHOICES[choice]))
    before = index.get_indexer(pd.MultiIndex.from_frame(partners))
    return before[before >= 0], after[before >= 0]


def _change(differences: pd.DataFrame, metric: str, share: float) -> dict[str, float]:
    means = differences.mean(axis=1)
    every = interval(differences.mean().to_frame().T, share).iloc[0]
    signs = verdicts(pd.DataFrame({"mean": means, "lower": means, "upper": means}), metric)
    return {
        "n_pairs": len(differences),
        "change": every["mean"],
        "lower": every["lower"],
        "upper": every["upper"],
        "size": float(means.abs().mean()),
        "better": int((signs == BETTER).sum()),
        "worse": int((signs == WORSE).sum()),
    }


def _flips(before: NDArray[np.object_], after: NDArray[np.object_]) -> dict[str, object]:
    if pd.isna(before).any() or pd.isna(after).any():
        return {"gained": pd.NA, "lost": pd.NA}
    old, new = before.astype(bool), after.astype(bool)
    return {"gained": int((new & ~old).sum()), "lost": int((old & ~new).sum())}
