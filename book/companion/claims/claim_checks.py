"""What checks of claims share: the evidence that they see, what they return, how cases are concluded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from companion.audit.printed import PublishedTables
from companion.base.names import NO_DECOUPLED_LOSS
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

    Parameters
    ----------
    comparison, ablation, sensitivity, multiverse, imbalance : DataFrame
        As `companion.base.paper.load_experiment` returns them. Rows under another protocol than the default one may
        follow in the first two, with the columns valid_from, split_folds and split_seed (see
        `companion.claims.claim_choices.by_choice`).
    published : PublishedTables
        Of `companion.audit.printed.load_tables`.
    audit : DataFrame
        Of `companion.audit.frames.run_audit`.
    equations : DataFrame
        Of `companion.base.equations.summarise_equations`.
    labels : DataFrame
        Of `companion.evidence.survey.describe_labels`, indexed by data set.
    fading : DataFrame
        Of `companion.evidence.fading.fading`: quartiles by dataset, prediction, targets and labels (which label
        distributions: real ones, or real ones whose dominant degree is set while the shares of the others stay).
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
    flips : str
        Under which readings and choices that the paper leaves open the verdict is another one; empty where there was
        nothing to choose.
    fault : str
        Of what kind the fault is, where the paper's own numbers decide (of `companion.audit.printed.FAULTS`).
    """

    verdict: str
    why: str
    page: str
    flips: str = ""
    fault: str = ""


@dataclass(frozen=True)
class Case:
    """What one data set says of a claim under one reading and choice, and the numbers that say so.

    Parameters
    ----------
    reading : str
        `DEFAULT`, or what differs from it.
    dataset, feature_set : str
    verdict : str
        Of `WEAKEST`.
    text : str
    """

    reading: str
    dataset: str
    feature_set: str
    verdict: str
    text: str


def with_gaps(verdict: str, text: str, missing: Iterable[str]) -> tuple[str, str]:
    """Take into account what a claim covers and what was not run.

    Parameters
    ----------
    verdict : str
        On what was run.
    text : str
    missing : iterable of str

    Returns
    -------
    verdict, text : str
        What only holds on what was run is not testable; what fails there fails.
    """
    gaps = list(dict.fromkeys(missing))
    note = f"; not run here, so that it is not all that the claim covers: {listing(gaps, 6)}" if gaps else ""
    return UNTESTABLE if gaps and verdict == REPRODUCED else verdict, text + note


def conclude(cases: Sequence[Case], page: str) -> Finding:
    """Turn cases into a verdict.

    The verdict is that of the default reading on all data sets that decide; where another reading or choice that the
    paper leaves open bears the claim out, "reproduced with changes". Only data sets with the benchmark's features
    decide; where there is none, the claim is not testable here.

    Parameters
    ----------
    cases : sequence of Case
    page : str
        As of `Finding`.

    Returns
    -------
    Finding
    """
    decisive = [case for case in cases if case.feature_set == COMPARABLE]
    elsewhere = _texts([case for case in cases if case.feature_set != COMPARABLE and case.reading == DEFAULT])
    aside = f" With other features, for information: {elsewhere}" if elsewhere else ""
    if not decisive:
        return Finding(
            UNTESTABLE, f"Needs results with the benchmark's features, of which there are none.{aside}", page
        )
    verdicts = _together(decisive)
    main = DEFAULT if DEFAULT in verdicts else next(iter(verdicts))
    why = _texts([case for case in decisive if case.reading == main])
    holding = [name for name, verdict in verdicts.items() if verdict == REPRODUCED]
    flips = _flips(verdicts, main)
    if main in holding or not holding:
        return Finding(verdicts[main], why + aside, page, flips)
    changed = _texts([case for case in decisive if case.reading == holding[0]])
    why = f"Reading {main}, {verdicts[main]}. {why} Reading {holding[0]}, reproduced. {changed}"
    return Finding(CHANGED, why + aside, page, flips)


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


def _together(cases: Sequence[Case]) -> dict[str, str]:
    """Verdict of each reading on every data set that any reading was run on."""
    found: dict[str, dict[str, str]] = {}
    for case in cases:
        found.setdefault(case.reading, {})[case.dataset] = case.verdict
    datasets = {case.dataset for case in cases}
    answers = {reading: [said.get(name, UNTESTABLE) for name in datasets] for reading, said in found.items()}
    return {reading: next(v for v in WEAKEST if v in said) for reading, said in answers.items()}


def _flips(verdicts: Mapping[str, str], main: str) -> str:
    others = {name: verdict for name, verdict in verdicts.items() if name != main}
    if not others:
        return ""
    parts = []
    for verdict in VERDICTS:
        names = [name for name, found in others.items() if found == verdict != verdicts[main]]
        if names:
            parts.append(f"{verdict} under {len(names)}: {listing(names, 3)}")
    lead = f"Of {len(others)} other combinations of choices"
    return f"{lead}, {'; '.join(parts)}." if parts else f"The same under {len(others)} other combinations of choices."


def _texts(cases: Sequence[Case]) -> str:
    return " ".join(f"{case.dataset}: {case.text}." for case in cases)
