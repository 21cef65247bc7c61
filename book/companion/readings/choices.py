"""The choices that the paper leaves open, their options in words, and what a combination of them is called."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from companion.base.strict_yaml import load_yaml

_CHOICES = load_yaml(Path(__file__).with_name("choices.yml"))
CHOICES: Mapping[str, Mapping[Any, str]] = {name: choice["options"] for name, choice in _CHOICES.items()}
"""Every choice with its options, the default first, and what a page calls them."""
TITLES: dict[str, str] = {name: choice["title"] for name, choice in _CHOICES.items()}
ASKED = tuple(name for name in CHOICES if name != "head_rule")
"""Choices of a run; the rule for the head labels is part of a metric's name."""
DEFAULTS = {name: next(iter(CHOICES[name])) for name in ASKED}
WITHOUT_DOMINANT = ("rebalanced", "rebalanced parts")
"""Criteria that the dominant target does not enter: combinations that differ only there are one, listed as degree."""
HEAD_SUFFIXES = {"tenfold": "", "half": "_half", "mean": "_mean"}
"""Rule for the head labels -> how the metric's name ends."""
WITH_HEAD = ("euclidean_tail", "euclidean_head")
METRICS_SHOWN = ("kl_divergence", "chebyshev", "euclidean_all", "euclidean_tail", "euclidean_head")
"""Those in which the paper's Tables 1, 2 and 5 give DILDL a number."""
TARGETS = {
    "derived": {"dominant": "degree", "nondominant": "ratio"},
    "printed": {"dominant": "one-hot", "nondominant": "softmax"},
}
"""Two ways to take the printed objective: with the targets that its derivation needs, or those of Eq. (2), (3)."""
ON_TEST_ROWS = "test"
"""The epoch that is best on the test rows: not allowed, a bound, and no combination."""


def canonical(rows: pd.DataFrame) -> pd.DataFrame:
    """Put every combination at the one that counts among those that differ only in a choice without effect."""
    idle = (rows["valid_from"] == "unsampled") & (rows["epoch_kept"] == "last")  # such rows neither train nor choose
    dominant = rows["dominant"].mask(rows["criterion"].isin(WITHOUT_DOMINANT), DEFAULTS["dominant"])
    return rows.assign(dominant=dominant, valid=rows["valid"].mask(idle, DEFAULTS["valid"]))


def redundant(rows: pd.DataFrame) -> pd.Series:
    """Whether each row differs from the combination that counts only in a choice without effect."""
    counts = canonical(rows)
    return (counts["dominant"] != rows["dominant"]) | (counts["valid"] != rows["valid"])


def words_of(row: Mapping[Any, Any]) -> str:
    """Return what a combination is called: the choices that are not at their default."""
    changed = [f"{TITLES[name].partition(',')[0]}: {CHOICES[name][row[name]]}" for name in ASKED
               if row[name] != DEFAULTS[name]]  # fmt: skip
    return "; ".join(changed) or "all at their default"
