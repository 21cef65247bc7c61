"""What each open choice does to the outcome, over pairs of combinations that differ in nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd

from companion.readings.choices import CHOICES, WITH_HEAD
from companion.readings.frames import Readings
from companion.readings.outcomes import interval, outcomes, specifications
from ildl.compare.corrected import test_shares
from ildl.compare.statistics import COMPARABLE


def all_effects(readings: Readings) -> pd.DataFrame:
    """`choice_effects` in every metric; for head and tail, the rule for the head labels is one more choice."""
    parts = []
    for metric, specs in readings.specs.items():
        every = metric in WITH_HEAD
        frame = specifications(readings.results, readings.rivals, metric, True) if every else specs
        parts.append(choice_effects(readings.results, frame, metric).assign(metric=metric))
    effects = pd.concat(parts, ignore_index=True)
    return effects[effects["feature_set"] == COMPARABLE]


def choice_effects(results: pd.DataFrame, specs: pd.DataFrame, metric: str) -> pd.DataFrame:
    """What each option changes against the default, all else alike; gained, lost: pairs of which one meets print."""
    values, (share, _) = outcomes(results, metric, "head_rule" in specs), test_shares(results)
    choices = [name for name in CHOICES if name in values.index.names]
    inside = specs.set_index(["dataset", *choices])["inside_noise"]
    rows = []
    for (dataset, feature_set), of_dataset in values.groupby(level=["dataset", "feature_set"], sort=False):
        cube = of_dataset.droplevel([name for name in of_dataset.index.names if name not in choices])
        meets = inside.loc[str(dataset)].reindex(cube.index).array
        for choice, option in [(name, option) for name in choices for option in list(CHOICES[name])[1:]]:
            default = next(iter(CHOICES[choice]))
            after = np.flatnonzero(cube.index.get_level_values(choice) == option)
            partners = pd.MultiIndex.from_frame(cube.index[after].to_frame(index=False).assign(**{choice: default}))
            before = cube.index.get_indexer(partners)
            after, before = after[before >= 0], before[before >= 0]
            if not len(before):
                continue
            differences = cube.iloc[after] - cube.iloc[before].to_numpy()
            change = interval(differences.mean().to_frame().T, share).iloc[0]
            row = {"dataset": dataset, "feature_set": feature_set, "choice": choice, "default": default}
            row |= {"option": option, "n_pairs": len(before), "change": change["mean"], "lower": change["lower"]}
            row |= {"upper": change["upper"], "size": differences.mean(axis=1).abs().mean()}
            for name, (at, not_at) in {"gained": (after, before), "lost": (before, after)}.items():
                row[name] = (meets[at] & ~meets[not_at]).sum(skipna=False)
            rows.append(row)
    return pd.DataFrame(rows).astype({"gained": "Int64", "lost": "Int64"})


def choice_sizes(effects: pd.DataFrame) -> pd.DataFrame:
    """How far each choice moves the outcome (size), and in what share of pairs it decides whether print is met."""
    totals = effects.assign(
        size=effects["size"] * effects["n_pairs"], decides=(effects["gained"] + effects["lost"]).astype(float)
    )
    sums = totals.groupby(["dataset", "choice"], sort=False)[["size", "decides", "n_pairs"]].sum(min_count=1)
    shares = sums[["size", "decides"]].div(sums["n_pairs"], axis=0).reset_index()
    order = shares.assign(place=pd.factorize(shares["dataset"])[0], size=-shares["size"])
    return shares.loc[order.sort_values(["place", "size"], kind="stable").index].reset_index(drop=True)
