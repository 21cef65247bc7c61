"""What checks of claims share: the evidence that they see, what they return, how cases are concluded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import pandas as pd

from companion.audit.printed import PublishedTables
from companion.base.names import NO_DECOUPLED_LOSS
from companion.claims.words import choice_words
from ildl.compare.statistics import COMPARABLE

REPRODUCED = "reproduced"
CHANGED = "reproduced with changes"
INCONCLUSIVE = "inconclusive"
FAILED = "not reproduced"
CONTRADICTED = "contradicted by the paper's own numbers"
UNTESTABLE = "not testable here"
VERDICTS = (REPRODUCED, CHANGED, INCONCLUSIVE, FAILED, CONTRADICTED, UNTESTABLE)
DEFAULT = "default"
CRITERIA = {"comparison": "reading", "ablation": "criterion", "sensitivity": "reading", "multiverse": "criterion"}
"""Experiment -> its column that says whether there is a decoupled loss."""
WEAKEST = (FAILED, INCONCLUSIVE, UNTESTABLE, REPRODUCED)
"""Verdicts on single data sets: the first that any of them has is that of all together."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """All that a check may look at.

    In the first two frames rows under another protocol than the default one may follow, with its columns
    (`companion.claims.choices.PROTOCOL`). `settings` maps a reading ("default" among them) to settings and values.
    """

    comparison: pd.DataFrame
    ablation: pd.DataFrame
    sensitivity: pd.DataFrame
    multiverse: pd.DataFrame
    imbalance: pd.DataFrame
    published: PublishedTables
    audit: pd.DataFrame
    equations: pd.DataFrame
    labels: pd.DataFrame
    fading: pd.DataFrame
    settings: Mapping[str, Mapping[str, Any]]

    def __post_init__(self) -> None:
        """Leave out runs that bear no claim out: those of a DILDL without decoupled loss."""
        for name, column in CRITERIA.items():
            runs = getattr(self, name)
            if runs is not None and column in runs:
                object.__setattr__(self, name, runs[runs[column] != NO_DECOUPLED_LOSS])


@dataclass(frozen=True)
class Point:
    """One line of what was found, what it is about, and the numbers that it lists."""

    text: str
    parts: tuple[str, ...] = ()
    label: str = ""

    def __str__(self) -> str:
        return ": ".join(part for part in (self.label, self.text, ", ".join(self.parts)) if part)


@dataclass(frozen=True)
class Finding:
    """What a check found: a verdict, the points that decided, and the notebook that shows them (without suffix).

    `flips` says under which other choices the verdict is another one; `fault` of what kind a fault of the paper's own
    numbers is (of `companion.audit.printed.FAULTS`).
    """

    verdict: str
    why: tuple[Point, ...]
    page: str
    flips: tuple[Point, ...] = ()
    fault: str = ""


@dataclass(frozen=True)
class Case:
    """What one data set says of a claim under one reading and choice (`DEFAULT`, or what differs from it)."""

    reading: str
    dataset: str
    feature_set: str
    verdict: str
    points: tuple[Point, ...]


def told(points: Iterable[Point]) -> str:
    """Return points as text; what several are about stands before the first."""
    texts: list[str] = []
    for label, group in groupby(points, key=lambda point: point.label):
        said = "; ".join(str(replace(point, label="")) for point in group)
        texts.append(f"{label}: {said}." if label else f"{said}.")
    return " ".join(texts)


def first(names: Sequence[str], most: int = 4) -> tuple[str, ...]:
    """Return the first of some names, and how many more there are.

    Examples
    --------
    >>> first(["a", "b", "c"], most=2)
    ('a', 'b', 'and 1 more')
    """
    return tuple(names[:most]) + ((f"and {len(names) - most} more",) if len(names) > most else ())


def with_gaps(verdict: str, points: tuple[Point, ...], missing: Iterable[str]) -> tuple[str, tuple[Point, ...]]:
    """Take into account what was not run of a claim: what holds on the rest is not testable, what fails still does."""
    gaps = list(dict.fromkeys(missing))
    note = (Point("not run here, so that it is not all that the claim covers", first(gaps, 6)),) if gaps else ()
    return UNTESTABLE if gaps and verdict == REPRODUCED else verdict, (*points, *note)


def conclude(cases: Sequence[Case], page: str) -> Finding:
    """Turn cases into a verdict.

    It is that of the default reading on all data sets that decide; where another reading or choice that the paper
    leaves open bears the claim out, "reproduced with changes". Only data sets with the benchmark's features decide;
    where there is none, the claim is not testable here.
    """
    decisive = [case for case in cases if case.feature_set == COMPARABLE]
    others = [case for case in cases if case.feature_set != COMPARABLE and case.reading == DEFAULT]
    aside = _points(others, " (other features: not comparable)")
    if not decisive:
        needs = "needs results with the benchmark’s features, of which there are none"
        return Finding(UNTESTABLE, (Point(needs), *aside), page)
    verdicts = _together(decisive)
    main = DEFAULT if DEFAULT in verdicts else next(iter(verdicts))
    holding = [name for name, verdict in verdicts.items() if verdict == REPRODUCED]
    flips = _flips(verdicts, main)
    if main in holding or not holding:
        why = _points([case for case in decisive if case.reading == main])
        return Finding(verdicts[main], (*why, *aside), page, flips)
    why = tuple(
        point
        for name in (main, holding[0])
        for point in _points([case for case in decisive if case.reading == name], f", {choice_words(name)}")
    )
    return Finding(CHANGED, (*why, *aside), page, flips)


def untestable(needs: str, page: str, parts: tuple[str, ...] = ()) -> Finding:
    """Say what a test would need."""
    return Finding(UNTESTABLE, (Point(f"needs {needs}", parts),), page)


def _together(cases: Sequence[Case]) -> dict[str, str]:
    """Verdict of each reading on every data set that any reading was run on."""
    found: dict[str, dict[str, str]] = {}
    for case in cases:
        found.setdefault(case.reading, {})[case.dataset] = case.verdict
    datasets = {case.dataset for case in cases}
    answers = {reading: [said.get(name, UNTESTABLE) for name in datasets] for reading, said in found.items()}
    return {reading: next(v for v in WEAKEST if v in said) for reading, said in answers.items()}


def _flips(verdicts: Mapping[str, str], main: str) -> tuple[Point, ...]:
    others = {name: verdict for name, verdict in verdicts.items() if name != main}
    points = []
    for verdict in VERDICTS:
        names = [name for name, found in others.items() if found == verdict != verdicts[main]]
        if names:
            text = f"under {_of(len(names), len(others))}{', such as' if len(names) > 3 else ''}"
            parts = dict.fromkeys(choice_words(name) for name in names)  # one combination, run on other folds
            points.append(Point(text, tuple(parts)[:3], verdict))
    return tuple(points) if points or not others else (Point(f"the same under {_of(len(others), len(others))}"),)


def _of(some: int, n: int) -> str:
    if n == 1:
        return "the one other combination of choices"
    return f"{'all' if some == n else f'{some} of'} {n} other combinations of choices"


def _points(cases: Sequence[Case], note: str = "") -> tuple[Point, ...]:
    return tuple(
        replace(point, label=f"{case.dataset.replace('_', ' ')}{note}") for case in cases for point in case.points
    )
