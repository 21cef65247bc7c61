"""How methods, readings, data sets and verdicts are called and drawn: once, for every page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from companion.base.names import NO_DECOUPLED_LOSS
from companion.show.table import Cell
from ildl.compare.noise import CANNOT_TELL, INSIDE
from ildl.compare.statistics import BETTER, COMPARABLE, WORSE


class Look(NamedTuple):
    """Colour, marker of matplotlib and shape of Vega."""

    colour: str
    marker: str
    shape: str


class _Looks(dict[str, Look]):
    def __missing__(self, method: str) -> Look:
        return Look("#555555", "p", "circle")  # a method that was added to the package, not to the book


STAR = "M0,-1 .23,-.31 .95,-.31 .36,.12 .59,.81 0,.38 -.59,.81 -.36,.12 -.95,-.31 -.23,-.31Z"
LOOKS = _Looks({
    "DILDL": Look("#d55e00", "*", STAR),
    "RDA": Look("#1f83c4", "o", "circle"),
    "OFR-DB": Look("#009e73", "s", "square"),
    "OFR-CB": Look("#4fae8f", "^", "triangle-up"),
    "OFR-FL": Look("#7cb98f", "v", "triangle-down"),
    "LDL-LDM": Look("#b07aa1", "D", "diamond"),
    "Adam-LDL-SCL": Look("#c46a8e", "P", "cross"),
    "LDL-LCLR": Look("#a08a5c", "<", "triangle-left"),
    "LDLSF": Look("#8a8a8a", "X", "stroke"),
    "EDL-LRL": Look("#c99700", ">", "triangle-right"),
    "SA-BFGS": Look("#7f7fb5", "h", "wedge"),
    "Uniform": Look("#777777", "|", "stroke"),
    "Train-mean": Look("#999999", "_", "stroke"),
})  # fmt: skip
"""One colour and one marker a method, told apart by lightness and shape where colours are not seen."""

WORDS = {
    "Uniform": "Equal degrees",
    "Train-mean": "Mean of the training rows",
}
"""References in words; other methods are called as in the paper."""

READINGS = {
    ("DILDL", "default"): "DILDL, derived targets",
    ("DILDL", "as printed"): "DILDL, as printed",
    ("DILDL", NO_DECOUPLED_LOSS): "DILDL, with RDA’s loss",
    ("DILDL", "logit-adjusted"): "DILDL, on RDA’s logits",
    ("DILDL", "added"): "DILDL, plus RDA’s loss",
    ("DILDL", "rebalanced parts"): "DILDL, RDA’s loss on each part",
    ("DILDL", "rebalanced divergences"): "DILDL, inside RDA’s loss",
    ("DILDL", "joint label gradient"): "DILDL, label encoders trained",
    ("DILDL", "sampled in training"): "DILDL, code sampled in training",
    ("DILDL", "sampled"): "DILDL, code sampled",
    ("Adam-LDL-SCL", "epsilon cut-off (a numerical fault)"): "Adam-LDL-SCL, with a code fault",
    ("RDA", "tuned"): "RDA, weights tuned",
    ("RDA", "loss divided by itself"): "RDA, loss divided by itself",
}
"""Method and reading -> what a page calls the two."""


def called(method: str, reading: str = "default") -> str:
    """Return what every page calls a method in a reading."""
    if (method, reading) in READINGS:
        return READINGS[method, reading]
    return WORDS.get(method, method) + ("" if reading == "default" else f", {reading}")


METRICS = {
    "chebyshev": "Chebyshev distance",
    "clark": "Clark distance",
    "canberra": "Canberra distance",
    "kl_divergence": "Kullback–Leibler divergence",
    "cosine": "cosine similarity",
    "intersection": "intersection",
    "euclidean_all": "Euclidean distance, all labels",
    "euclidean_tail": "Euclidean distance, tail labels",
    "euclidean_head": "Euclidean distance, head labels",
}
"""Metric -> its name in a sentence."""

ORANGE, SKY, GREEN, BLUE, VERMILION, GREY = "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#999999"
"""The colours of Okabe and Ito, distinguishable with the common colour-vision deficiencies."""

AGREES, ABOVE, BELOW, UNCLEAR, OTHER = "agrees", "ours-better", "ours-worse", "unclear", "other"
"""Classes of the style sheet: what the colour of a cell says of ours beside the published number."""
VERDICT_KEY = (
    Cell(("inside the noise",), AGREES, sign="="),
    Cell(("ours better",), ABOVE, sign="▲"),
    Cell(("ours worse",), BELOW, sign="▼"),
    Cell(("cannot be told",), UNCLEAR, sign="?"),
    Cell(("other features: not comparable",), OTHER),
)


def verdict_look(row: Mapping[Any, Any]) -> tuple[str, str]:
    """Class and sign of a cell that has both sides, from a row of `companion.base.comparison.comparison_table`."""
    if row["feature_set"] != COMPARABLE:
        return OTHER, ""
    if str(row["verdict"]).startswith(CANNOT_TELL):
        return UNCLEAR, "?"
    return {INSIDE: (AGREES, "="), BETTER: (ABOVE, "▲"), WORSE: (BELOW, "▼")}[row["verdict"]]
