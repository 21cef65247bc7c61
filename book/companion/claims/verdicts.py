"""What checks of claims share: the evidence that they see, what they return, how cases are concluded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any, NamedTuple

import pandas as pd

from companion.audit.printed import PublishedTables
from companion.base.names import NO_DECOUPLED_LOSS
from companion.claims.words import choice_words
from ildl.compare.statistics import COMPARABLE


class Verdict(StrEnum):
    """What the evidence says of a claim."""

    REPRODUCED = "reproduced"
    CHANGED = "reproduced with changes"
    INCONCLUSIVE = "inconclusive"
    FAILED = "not reproduced"
    CONTRADICTED = "contradicted by the paper's own numbers"
    UNTESTABLE = "not testable here"


DEFAULT = "default"
CRITERIA = {"comparison": "reading", "ablation": "criterion", "sensitivity": "reading", "multiverse": "criterion"}
"""Experiment -> its column that says whether there is a decoupled loss."""
WEAKEST = (Verdict.FAILED, Verdict.INCONCLUSIVE, Verdict.UNTESTABLE, Verdict.REPRODUCED)
"""Verdicts on single data sets: the first that any of them has is that of all together."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """All that a check may look at; `settings` maps a reading ("default" among them) to settings and values."""

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


class Point(NamedTuple):
    """One line of what was found, the numbers that it lists, and what it is about."""

    text: str
    parts: tuple[str, ...] = ()
    label: str = ""


class Finding(NamedTuple):
    """A verdict, the points that decided, the notebook that shows them, other verdicts under other choices, a fault."""

    verdict: str
    why: tuple[Point, ...]
    page: str
    flips: tuple[Point, ...] = ()
    fault: str = ""


class Case(NamedTuple):
    """What one data set says of a claim under one reading and choice (`DEFAULT`, or what differs from it)."""

    reading: str
    dataset: str
    feature_set: str
    verdict: str
    points: tuple[Point, ...]


def by_label(points: Iterable[Point]) -> list[tuple[str, list[Point]]]:
    """Group points by what they are about."""
    return [(label, list(group)) for label, group in groupby(points, key=lambda point: point.label)]


def told(points: Iterable[Point]) -> str:
    """Return points as text; what several are about stands before the first."""
    texts = []
    for label, group in by_label(points):
        said = "; ".join(": ".join(filter(None, (point.text, ", ".join(point.parts)))) for point in group)
        texts.append(f"{label}: {said}." if label else f"{said}.")
    return " ".join(texts)


def first(names: Sequence[object], most: int = 4) -> tuple[str, ...]:
    """Return the first of some names, and how many more there are."""
    return (*map(str, names[:most]), *([f"and {len(names) - most} more"] if len(names) > most else []))


def with_gaps(verdict: str, points: tuple[Point, ...], missing: Iterable[str]) -> tuple[str, tuple[Point, ...]]:
    """Take into account what was not run of a claim: what holds on the rest is not testable, what fails still does."""
    gaps = list(dict.fromkeys(missing))
    note = (Point("not run here, so that it is not all that the claim covers", first(gaps, 6)),) if gaps else ()
    return Verdict.UNTESTABLE if gaps and verdict == Verdict.REPRODUCED else verdict, (*points, *note)


def untestable(needs: str, page: str, parts: tuple[str, ...] = ()) -> Finding:
    """Say what a test would need."""
    return Finding(Verdict.UNTESTABLE, (Point(f"needs {needs}", parts),), page)


def conclude(cases: Sequence[Case], page: str, mostly: bool = False) -> Finding:
    """Turn cases into a verdict: the default's on all comparable data sets; with changes, if another choice holds.

    A claim of what is so `mostly` takes the verdict that more than half of these data sets have; else it stays open.
    """
    others = [case for case in cases if case.feature_set != COMPARABLE and case.reading == DEFAULT]
    aside = _points(others, " (other features: not comparable)")
    by_reading: dict[str, list[Case]] = {}
    for case in cases:
        if case.feature_set == COMPARABLE:
            by_reading.setdefault(case.reading, []).append(case)
    if not by_reading:
        needs = "needs results with the benchmark’s features, of which there are none"
        return Finding(Verdict.UNTESTABLE, (Point(needs), *aside), page)
    n_datasets = len({case.dataset for found in by_reading.values() for case in found})
    verdicts = {}
    for reading, found in by_reading.items():
        everywhere = len({case.dataset for case in found}) == n_datasets
        said = [case.verdict for case in found] + ([] if everywhere else [Verdict.UNTESTABLE])
        weakest = next(verdict for verdict in WEAKEST if verdict in said)
        shared = (verdict for verdict in WEAKEST if 2 * said.count(verdict) > len(said))
        verdicts[reading] = next(shared, Verdict.INCONCLUSIVE) if mostly else weakest
    main = DEFAULT if DEFAULT in verdicts else next(iter(verdicts))
    holding = [name for name, verdict in verdicts.items() if verdict == Verdict.REPRODUCED]
    if main in holding or not holding:
        return Finding(verdicts[main], (*_points(by_reading[main]), *aside), page, _flips(verdicts, main))
    told_of = (main, holding[0])
    why = [point for name in told_of for point in _points(by_reading[name], f", {choice_words(name)}")]
    return Finding(Verdict.CHANGED, (*why, *aside), page, _flips(verdicts, main))


def _flips(verdicts: Mapping[str, str], main: str) -> tuple[Point, ...]:
    others = {name: verdict for name, verdict in verdicts.items() if name != main}

    def under(some: int) -> str:
        if len(others) == 1:
            return "under the one other combination of choices"
        return f"under {'all' if some == len(others) else f'{some} of'} {len(others)} other combinations of choices"

    points = []
    for verdict in Verdict:
        names = [name for name, found in others.items() if found == verdict != verdicts[main]]
        if names:
            parts = dict.fromkeys(map(choice_words, names))  # one combination, run on other folds
            text = under(len(names)) + (", such as" if len(names) > 3 else "")
            points.append(Point(text, tuple(parts)[:3], verdict))
    return tuple(points) if points or not others else (Point(f"the same {under(len(others))}"),)


def _points(cases: Sequence[Case], note: str = "") -> tuple[Point, ...]:
    return tuple(
        point._replace(label=f"{case.dataset.replace('_', ' ')}{note}") for case in cases for point in case.points
    )
