"""What checks of claims share: the evidence that they see, what they return, how cases are concluded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ildl.report.audit_base import PublishedTables
from ildl.report.statistics import COMPARABLE

REPRODUCED = "reproduced"
CHANGED = "reproduced with changes"
FAILED = "not reproduced"
CONTRADICTED = "contradicted by the paper's own numbers"
UNTESTABLE = "not testable here"
VERDICTS = (REPRODUCED, CHANGED, FAILED, CONTRADICTED, UNTESTABLE)
DEFAULT = "default"


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """All that a check may look at.

    Parameters
    ----------
    comparison, ablation, sensitivity, multiverse, imbalance : DataFrame
        As `ildl.experiments.load_experiment` returns them.
    published : PublishedTables
        Of `ildl.report.audit_base.load_tables`.
    audit : DataFrame
        Of `ildl.report.audit.run_audit`.
    equations : DataFrame
        Of `ildl.report.equations.summarise_equations`.
    constants : DataFrame
        Of `ildl.data.constants.constant_scores`.
    labels : DataFrame
        Of `ildl.data.survey.describe_labels`, indexed by data set.
    fading : DataFrame
        Of `ildl.report.fading.quartiles_by_degree`, for real rows whose dominant degree is set to several values while
        the shares of their other labels stay; a column prediction besides.
    settings : mapping of str to mapping
        Name of a reading ("default" among them) -> name of a setting -> its value in this library.
    """

    comparison: pd.DataFrame
    ablation: pd.DataFrame
    sensitivity: pd.DataFrame
    multiverse: pd.DataFrame
    imbalance: pd.DataFrame
    published: PublishedTables
    audit: pd.DataFrame
    equations: pd.DataFrame
    constants: pd.DataFrame
    labels: pd.DataFrame
    fading: pd.DataFrame
    settings: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Parameters
    ----------
    verdict : str
        One of `VERDICTS`.
    why : str
        The numbers that decided.
    page : str
        Notebook that shows them, without suffix.
    """

    verdict: str
    why: str
    page: str


@dataclass(frozen=True)
class Case:
    """Whether a claim holds on one data set under one reading, and the numbers that say so.

    `holds` is None where it cannot be told: all that was run speaks for the claim, but not all that it covers was run.
    """

    reading: str
    dataset: str
    feature_set: str
    holds: bool | None
    text: str


def case_of(reading: str, dataset: str, features: str, holds: bool, text: str, missing: Iterable[str] = ()) -> Case:
    """Make a case from what was run, and name what was not.

    Parameters
    ----------
    reading, dataset, features, text : str
        As of `Case`.
    holds : bool
        Whether the claim holds on what was run.
    missing : iterable of str
        What the claim covers besides.

    Returns
    -------
    Case
    """
    gaps = list(dict.fromkeys(missing))
    note = f"; not run here, so that it is not all that the claim covers: {listing(gaps, 6)}" if gaps else ""
    return Case(reading, dataset, features, None if holds and gaps else holds, text + note)


def conclude(cases: Sequence[Case], page: str, *, any_features: bool = False) -> Finding:
    """Turn cases into a verdict.

    Reproduced: holds under the default reading on every data set that decides. Reproduced with changes: under another
    reading. Only data sets with the benchmark's features decide; where there is none, the claim is not testable here.
    Nor is it where the runs that are lacking could make it hold.

    Parameters
    ----------
    cases : sequence of Case
    page : str
        As of `Finding`.
    any_features : bool
        Let data sets with other features decide, too.

    Returns
    -------
    Finding
    """
    decisive = [case for case in cases if any_features or case.feature_set == COMPARABLE]
    elsewhere = _texts([case for case in cases if case not in decisive and case.reading == DEFAULT])
    aside = f" With other features, for information: {elsewhere}" if elsewhere else ""
    if not decisive:
        return Finding(UNTESTABLE, f"No results with the benchmark's features.{aside}", page)
    readings = list(dict.fromkeys(case.reading for case in decisive))
    held = {reading: _held(decisive, reading) for reading in readings}
    holding = [reading for reading in readings if held[reading]]
    main = DEFAULT if DEFAULT in readings else readings[0]
    why = _texts([case for case in decisive if case.reading == main])
    if main in holding:
        return Finding(REPRODUCED, why + aside, page)
    if holding and held[main] is False:
        changed = _texts([case for case in decisive if case.reading == holding[0]])
        return Finding(
            CHANGED, f"Reading {main} fails. {why} Reading {', '.join(holding)} passes. {changed}{aside}", page
        )
    if unknown := [reading for reading in readings if held[reading] is None]:
        needs = f"Needs runs that are lacking, under the reading {', '.join(unknown)}."
        return Finding(UNTESTABLE, f"{needs} {why}{aside}", page)
    others = [name for name in readings if name != main]
    more = f" Nor under another reading: {', '.join(others)}." if others else ""
    return Finding(FAILED, f"{why}{more}{aside}", page)


def untestable(needs: str, page: str) -> Finding:
    """Say what a test would need.

    Parameters
    ----------
    needs : str
    page : str

    Returns
    -------
    Finding
    """
    return Finding(UNTESTABLE, f"Needs {needs}.", page)


def listing(names: Sequence[str], most: int = 4) -> str:
    """Join names, the later ones as a number.

    Parameters
    ----------
    names : sequence of str
    most : int

    Returns
    -------
    str

    Examples
    --------
    >>> listing(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def _held(cases: Sequence[Case], reading: str) -> bool | None:
    """Whether a reading holds on every data set that any reading was run on; None where that cannot be told."""
    found = {case.dataset: case.holds for case in cases if case.reading == reading}
    answers = [found.get(dataset) for dataset in {case.dataset for case in cases}]
    return False if False in answers else None if None in answers else True


def _texts(cases: Sequence[Case]) -> str:
    return " ".join(f"{case.dataset}: {case.text}." for case in cases)
