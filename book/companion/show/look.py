"""How methods, readings, data sets and verdicts are called and drawn: once, for every page."""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from companion.base.strict_yaml import load_yaml


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

_WORDS = load_yaml(Path(__file__).with_name("words.yml"))
WORDS: dict[str, str] = _WORDS["methods"]
"""References in words; other methods are called as in the paper."""
READINGS = {(method, name): words for method, names in _WORDS["readings"].items() for name, words in names.items()}
"""Method and reading -> what a page calls the two."""


def called(method: str, reading: str = "default") -> str:
    """Return what every page calls a method in a reading."""
    if (method, reading) in READINGS:
        return READINGS[method, reading]
    return WORDS.get(method, method) + ("" if reading == "default" else f", {reading}")


def rows_called(frame: pd.DataFrame) -> list[str]:
    """Return what every page calls the rows of a frame, from its columns method and reading."""
    return [called(*pair) for pair in zip(frame["method"], frame["reading"], strict=True)]


METRICS: dict[str, str] = {metric: name for metric, (name, _) in _WORDS["metrics"].items()}
"""Metric -> its name in a sentence."""
SHORT: dict[str, str] = {metric: short for metric, (_, short) in _WORDS["metrics"].items()}
"""Metric -> its name over a column, as the paper's tables have it."""

ORANGE, SKY, GREEN, BLUE, VERMILION, GREY = "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#999999"
"""The colours of Okabe and Ito, distinguishable with the common colour-vision deficiencies."""


class VerdictLook(NamedTuple):
    """Colour (white text on it has a contrast above 4.5), sign and short word of a verdict on a claim."""

    colour: str
    sign: str
    word: str


VERDICTS = {
    "reproduced": VerdictLook("#17774a", "✓", "reproduced"),
    "reproduced with changes": VerdictLook("#1f6fae", "≈", "with changes"),
    "inconclusive": VerdictLook("#806000", "?", "inconclusive"),
    "not reproduced": VerdictLook("#b23c17", "✗", "not reproduced"),
    "contradicted by the paper's own numbers": VerdictLook("#8a3a8f", "≠", "contradicted"),
    "not testable here": VerdictLook("#6a6f75", "–", "not testable"),
}
"""Verdict -> how every page shows it, on light and on dark ground."""


def signed(value: float) -> str:
    """Write a difference: four decimals, with its sign (a true minus)."""
    return f"{value:+.4f}".replace("-", "−")


def p_text(value: float) -> str:
    """Write a p-value; a dash where a test had nothing to judge."""
    return "–" if math.isnan(value) else "< 0.001" if value < 0.001 else f"{value:.3f}"
