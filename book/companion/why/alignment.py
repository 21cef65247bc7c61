"""What alignment adds, and what hangs on the epoch: settings of one network that differ in it alone."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from companion.base.comparison import METRIC_TITLES
from companion.base.names import NO_DECOUPLED_LOSS
from companion.show.look import called
from companion.why.against import LAST, SAMPLED
from ildl.compare.contrasts import contrast, values_by_setting
from ildl.compare.corrected import LEVEL
from ildl.compare.significance import NONE
from ildl.compare.statistics import BETTER, WORSE

DECOUPLED = called("DILDL", NO_DECOUPLED_LOSS)
PAIRS = {
    "alignment": ("OFR-DB", "RDA"),
    "tuned alignment": ("OFR-DB", called("RDA", "tuned")),
    "decoupled alignment": ("OFR-DB", DECOUPLED),
    "decoupling": ("RDA", DECOUPLED),
}
"""What is added -> the row without it, the row with it."""


def alignment_effect(runs: pd.DataFrame) -> pd.DataFrame:
    """What each of `PAIRS` adds under each choice of the epoch: dataset, feature_set, chosen_by, and as `_effects`."""
    return _effects(runs, ["dataset", "feature_set", "chosen_by"], "row", PAIRS)


def epoch_effect(runs: pd.DataFrame) -> pd.DataFrame:
    """Every network's last epoch against the one that sampled rows chose: dataset, row, and as `_effects`."""
    return _effects(runs, ["dataset", "row"], "chosen_by", {"the last epoch": (SAMPLED, LAST)})


def _effects(runs: pd.DataFrame, by: list[str], column: str, pairs: Mapping[str, tuple[str, str]]) -> pd.DataFrame:
    """Hold two values of a column against each other, with - without, by metric, over the seeds of both sides."""
    found = []
    for key, cells in runs[runs["metric"].isin(METRIC_TITLES)].groupby(by, sort=False):
        for added, pair in pairs.items():
            sides = [cells[cells[column] == name] for name in pair]
            both = pd.concat(sides)
            both = both[both["seed"].isin(set(sides[0]["seed"]) & set(sides[1]["seed"]))]
            values = values_by_setting(both, [column, "metric"]) if len(both) else {}
            for metric in both["metric"].unique():
                without, with_ = (values[name, metric] for name in pair)
                test = contrast(with_ - without, metric)
                told = test["p_corrected"] < LEVEL and test["same_sign_over_seeds"]
                verdict = NONE if not told else BETTER if test["improvement"] > 0 else WORSE
                names = dict(zip(by, key, strict=True)) | {"metric": metric, "added": added}
                found.append(names | {"without": without.mean(), "with": with_.mean(), **test, "verdict": verdict})
    return pd.DataFrame(found)


def count_verdicts(effects: pd.DataFrame) -> pd.DataFrame:
    """Count over data sets and metrics how often something helps or hurts: added, chosen_by, n, better, worse, sets."""
    told = effects.assign(better=effects["verdict"] == BETTER, worse=effects["verdict"] == WORSE)
    counts = {"n": ("verdict", "size"), "better": ("better", "sum"), "worse": ("worse", "sum")}
    return told.groupby(["added", "chosen_by"], sort=False).agg(**counts, sets=("dataset", "nunique")).reset_index()
