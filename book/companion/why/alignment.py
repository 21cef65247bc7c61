"""What alignment adds, and what hangs on the epoch: settings of one network held against each other.

OFR-DB has RDA's network and loss without the alignment; DILDL with RDA's loss has a decoupled alignment besides. So two
rows at a time differ in the alignment alone.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from companion.base.comparison import METRIC_TITLES
from companion.base.names import NO_DECOUPLED_LOSS
from companion.show.look import called
from ildl.compare.contrasts import contrast, values_by_setting
from ildl.compare.corrected import LEVEL
from ildl.compare.statistics import BETTER, HIGHER_IS_BETTER, WORSE

DECOUPLED = called("DILDL", NO_DECOUPLED_LOSS)
PAIRS = {
    "alignment": ("OFR-DB", "RDA"),
    "tuned alignment": ("OFR-DB", called("RDA", "tuned")),
    "decoupled alignment": ("OFR-DB", DECOUPLED),
    "decoupling": ("RDA", DECOUPLED),
}
"""What is added -> the row without it, the row with it."""
PRINTED = {"alignment": ("OFR-DB", "RDA"), "decoupling": ("RDA", "DILDL")}
"""The same steps in print -> from, to; there, decoupling changes the loss, too."""
NONE = "no difference shown"


def alignment_effect(runs: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """What each of `PAIRS` adds under each choice of the epoch; both sides have the same seeds.

    One row a data set, metric, pair and choice that was run: dataset, feature_set, metric, added, chosen_by, without,
    with (means), what `ildl.compare.contrasts.contrast` finds of with - without, verdict ("better" or "worse" with it,
    by the corrected test and the same sign in every seed, or "no difference shown"), and published_gain (of the same
    step in print, positive is better; NaN without one).
    """
    rows = runs[runs["metric"].isin(METRIC_TITLES)]
    steps = published_steps(published)
    found = []
    for (dataset, feature_set, chosen_by), cells in rows.groupby(["dataset", "feature_set", "chosen_by"], sort=False):
        for added, pair in PAIRS.items():
            for metric, values in _paired(cells, pair).items():
                without, with_ = values
                names = {"dataset": dataset, "feature_set": feature_set, "metric": metric, "added": added}
                means = {"chosen_by": chosen_by, "without": float(without.mean()), "with": float(with_.mean())}
                gain = {"published_gain": steps.get((str(dataset), metric, added), float("nan"))}
                found.append(names | means | _judged(contrast(with_ - without, metric)) | gain)
    return pd.DataFrame(found)


def epoch_effect(runs: pd.DataFrame, chosen: str, last: str) -> pd.DataFrame:
    """Every network with its last epoch, against itself with the epoch that validation rows chose.

    One row a data set, row and metric: dataset, feature_set, method, reading, row, metric, chosen, last (means), what
    `ildl.compare.contrasts.contrast` finds of last - chosen (improvement is positive where the last epoch is better),
    and verdict, as in `alignment_effect`.
    """
    found = []
    rows = runs[runs["metric"].isin(METRIC_TITLES) & runs["chosen_by"].isin([chosen, last])]
    by = ["dataset", "feature_set", "method", "reading", "row"]
    for key, cells in rows.groupby(by, sort=False):
        names = dict(zip(by, key, strict=True))
        for metric, (early, late) in _paired(cells, (chosen, last), "chosen_by").items():
            means = {"metric": metric, "chosen": float(early.mean()), "last": float(late.mean())}
            found.append(names | means | _judged(contrast(late - early, metric)))
    return pd.DataFrame(found)


def published_steps(published: pd.DataFrame) -> dict[tuple[str, str, str], float]:
    """What papers report as gained by each step of `PRINTED`: (dataset, metric, step) -> gain, positive is better."""
    cells = {(row["dataset"], row["metric"], row["method"]): row["mean"] for row in published.to_dict("records")}
    return {
        (dataset, metric, step): (cells[dataset, metric, after] - cells[dataset, metric, before])
        * (1 if metric in HIGHER_IS_BETTER else -1)
        for dataset, metric in dict.fromkeys((dataset, metric) for dataset, metric, _ in cells)
        for step, (before, after) in PRINTED.items()
        if {(dataset, metric, before), (dataset, metric, after)} <= set(cells)
    }


def count_verdicts(effects: pd.DataFrame) -> pd.DataFrame:
    """Count over data sets and metrics how often something helps or hurts: a row what is added and a choice.

    Columns: added, chosen_by, n, better, worse, n_datasets.
    """
    grouped = effects.groupby(["added", "chosen_by"], sort=False)
    counts = {
        "n": grouped.size(),
        "better": grouped["verdict"].agg(lambda found: int((found == BETTER).sum())),
        "worse": grouped["verdict"].agg(lambda found: int((found == WORSE).sum())),
        "n_datasets": grouped["dataset"].nunique(),
    }
    return pd.DataFrame(counts).reset_index()


def _paired(cells: pd.DataFrame, pair: tuple[str, str], column: str = "row") -> dict[str, tuple[Any, Any]]:
    """Metric -> values of both sides, over the seeds that both have; empty where a side was not run."""
    sides = [cells[cells[column] == name] for name in pair]
    seeds = set(sides[0]["seed"]) & set(sides[1]["seed"])
    if not seeds:
        return {}
    both = pd.concat([side[side["seed"].isin(seeds)] for side in sides])
    values = values_by_setting(both, [column, "metric"])
    return {metric: (values[pair[0], metric], values[pair[1], metric]) for metric in both["metric"].unique()}


def _judged(found: dict[str, Any]) -> dict[str, Any]:
    shown = found["p_corrected"] < LEVEL and found["same_sign_over_seeds"]
    verdict = (BETTER if found["improvement"] > 0 else WORSE) if shown else NONE
    return found | {"verdict": verdict}
