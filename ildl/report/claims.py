"""Claims of the paper as data, and their verdicts: each the return value of a check on evidence, none of them typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd

from ildl.report import claim_checks_printed as printed
from ildl.report import claim_checks_published as published
from ildl.report import claim_checks_runs as runs
from ildl.report import claim_checks_theory as theory
from ildl.report.claim_arguments import argument_mistakes
from ildl.report.claim_checks import CONTRADICTED, FAILED, VERDICTS, Evidence, Finding
from ildl.report.claim_checks_imbalance import imbalance_hurts
from ildl.report.names import check_name
from ildl.report.published import find_published
from ildl.report.strict_yaml import load_yaml

FILE = "claims.yml"
SETTING = "setting"
KINDS = ("mathematical", "empirical", "method", SETTING)
"""The last: what the library took over from the text, so that holding the text against it can hardly fail."""
CHECKS: dict[str, Callable[..., Finding]] = {
    check.__name__: check
    for check in (
        printed.audited,
        printed.caption_covers,
        printed.marks_follow_test,
        printed.printed_component,
        published.beats_constant,
        runs.component_helps,
        imbalance_hurts,
        published.reaches,
        runs.robust,
        runs.superior,
        runs.sweep_shows,
        theory.decoupling_enhances,
        theory.dominant_exceeds,
        theory.equation,
        theory.gaussian_divergence,
        theory.gradient_fades,
        theory.independent_shares,
        theory.methods_compared,
        theory.outside,
        theory.remark_weight,
        theory.settings,
    )
}
"""Name -> check: a pure function of the evidence and a claim's arguments."""
FAILURES = (FAILED, CONTRADICTED)
"""Verdicts with which a claim is no premise to build on."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One claim of the paper.

    Parameters
    ----------
    id : str
        "C001" and so on.
    quote : str
        A few words of the paper, verbatim.
    place : str
        Section.
    kind : {"mathematical", "empirical", "method", "setting"}
    statement : str
        What is claimed, in one plain sentence.
    confirm : str
        What would confirm it.
    check : str
        Key of `CHECKS`.
    arguments : mapping
        Of the check, beside the evidence.
    depends_on : tuple of str
        Claims that this one presumes.
    """

    id: str
    quote: str
    place: str
    kind: str
    statement: str
    confirm: str
    check: str
    arguments: Mapping[str, Any]
    depends_on: tuple[str, ...]


TEXTS = ("quote", "place", "kind", "statement", "confirm", "check")


def load_claims(path: Path | None = None) -> list[Claim]:
    """Load the claims, and refuse a file with mistakes.

    Parameters
    ----------
    path : Path, optional
        Default: the file that ships with the package.

    Returns
    -------
    list of Claim
        In the order of the file.

    Raises
    ------
    ValueError
        Not UTF-8, not YAML, or a key that is there twice; not a list of records; a field that is unknown, missing or
        empty; an unknown kind or check; arguments that the check does not take, or values that no catalogue has; an id
        that is there twice; a premise that is unknown or depends on the claim itself. Every mistake is named with its
        claim.
    FileNotFoundError
        There is no such file.
    """
    path = find_published(FILE) if path is None else path
    records = load_yaml(path)
    if not isinstance(records, list) or not records or not all(isinstance(record, dict) for record in records):
        raise ValueError(f"{path}: expected a list of claims, each with {', '.join(('id', *TEXTS))}.")
    names = [str(record.get("id", f"claim number {number}")) for number, record in enumerate(records, 1)]
    mistakes = [f"{name}: {text}" for name, record in zip(names, records, strict=True) for text in _mistakes(record)]
    mistakes += [f"{name}: this id is there twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    if not mistakes:
        claims = [_claim(record) for record in records]
        mistakes = _premise_mistakes({claim.id: claim.depends_on for claim in claims})
    if mistakes:
        raise ValueError(f"{path} has {len(mistakes)} mistake(s):\n  " + "\n  ".join(mistakes))
    return claims


def judge(claims: Sequence[Claim], evidence: Evidence) -> pd.DataFrame:
    """Run the check of every claim, and mark claims whose premises failed.

    Parameters
    ----------
    claims : sequence of Claim
        As `load_claims` returns them.
    evidence : Evidence

    Returns
    -------
    DataFrame
        One row a claim: id, place, kind, quote, statement, confirm; verdict (of `ildl.report.claim_checks.VERDICTS`);
        why (the numbers that decided); premise_failed ("premise C012 failed", of any premise up the chain whose own
        verdict is a failure; empty otherwise); page (the notebook with the evidence).

    Raises
    ------
    ValueError
        A check that cannot be made, with its claim's id.
    """
    findings = {claim.id: _check(claim, evidence) for claim in claims}
    premises = {claim.id: claim.depends_on for claim in claims}
    rows = []
    for claim in claims:
        failed = [name for name in _ancestors(claim.id, premises) if findings[name].verdict in FAILURES]
        found = findings[claim.id]
        names = ", ".join(failed)
        rows.append(
            {
                "id": claim.id,
                "place": claim.place,
                "kind": claim.kind,
                "quote": claim.quote,
                "statement": claim.statement,
                "confirm": claim.confirm,
                "verdict": found.verdict,
                "why": found.why,
                "premise_failed": f"premise{'s' if len(failed) > 1 else ''} {names} failed" if failed else "",
                "page": found.page,
            }
        )
    return pd.DataFrame(rows)


def count_verdicts(table: pd.DataFrame, by: str = "kind") -> pd.DataFrame:
    """Count verdicts.

    Parameters
    ----------
    table : DataFrame
        As `judge` returns it.
    by : str
        A column, which gives the rows.

    Returns
    -------
    DataFrame
        A row a value of `by`, in the order of appearance, and a last row "all"; a column a verdict, all of them.

    Raises
    ------
    ValueError
        A name that is not known or not there (named, with what is).
    """
    check_name(by, table.columns, "column")
    counts = pd.crosstab(table[by], table["verdict"]).reindex(index=table[by].unique(), columns=list(VERDICTS))
    counts = counts.fillna(0).astype(int)
    counts.loc["all"] = counts.sum()
    return counts.rename_axis(index=None, columns=None)


def without_settings(table: pd.DataFrame) -> pd.DataFrame:
    """Leave out the claims that state settings: the library took these over, so that they count for nothing.

    Parameters
    ----------
    table : DataFrame
        As `judge` returns it.

    Returns
    -------
    DataFrame
    """
    return table[table["kind"] != SETTING]


def claims_headline(table: pd.DataFrame) -> str:
    """Say in a few sentences how many claims hold; those that state settings are counted apart.

    Parameters
    ----------
    table : DataFrame
        As `judge` returns it.

    Returns
    -------
    str
    """
    rest = without_settings(table)
    counts = rest["verdict"].value_counts()
    parts = [f"{counts.get(verdict, 0)} are {verdict}" for verdict in VERDICTS]
    flagged = int((rest["premise_failed"] != "").sum())
    apart = len(table) - len(rest)
    begin = f"Of {len(table)} claims, {apart} state settings, which this library takes over. Of the other {len(rest)}"
    begin = begin if apart else f"Of {len(table)} claims"
    return f"{begin}, {', '.join(parts[:-1])}, and {parts[-1]}. {flagged} rest on a premise that failed."


def _check(claim: Claim, evidence: Evidence) -> Finding:
    try:
        return CHECKS[claim.check](evidence, **claim.arguments)
    except (ValueError, KeyError, IndexError) as error:
        raise ValueError(f"{claim.id} could not be checked by `{claim.check}`: {error}") from error


def _claim(record: Mapping[str, Any]) -> Claim:
    texts = {name: record[name].strip() for name in TEXTS}
    premises = tuple(record.get("depends_on") or ())
    return Claim(id=record["id"], arguments=record.get("arguments") or {}, depends_on=premises, **texts)


def _mistakes(record: Mapping[str, Any]) -> list[str]:
    known = {field.name for field in fields(Claim)}
    found = [f"unknown field {name!r}; known: {', '.join(sorted(known))}" for name in record if name not in known]
    lacking = [n for n in ("id", *TEXTS) if not isinstance(record.get(n), str) or not record[n].strip()]
    found += [f"`{name}` is missing, empty or not text" for name in lacking]
    if "kind" not in lacking and record["kind"] not in KINDS:
        found.append(f"unknown kind {record['kind']!r}; known: {', '.join(KINDS)}")
    premises, arguments = record.get("depends_on") or [], record.get("arguments") or {}
    if not isinstance(premises, list) or not all(isinstance(premise, str) for premise in premises):
        found.append(f"`depends_on` is not a list of ids such as [C001], but {premises!r}")
    if not isinstance(arguments, dict):
        return [*found, "`arguments` is not a mapping of names to values"]
    if "check" in lacking:
        return found
    if record["check"] not in CHECKS:
        return [*found, f"unknown check {record['check']!r}; known: {', '.join(CHECKS)}"]
    if (record["check"] == theory.settings.__name__) != (record.get("kind") == SETTING):
        found.append(f"the check {theory.settings.__name__!r} and the kind {SETTING!r} belong together")
    return [*found, *argument_mistakes(CHECKS[record["check"]], arguments)]


def _premise_mistakes(premises: Mapping[str, Sequence[str]]) -> list[str]:
    unknown = [
        f"{name}: depends on {premise!r}, which is no claim"
        for name, these in premises.items()
        for premise in these
        if premise not in premises
    ]
    if unknown:
        return unknown
    circular = [name for name in premises if name in _ancestors(name, premises)]
    return [f"{name}: depends on itself, by way of its premises" for name in circular]


def _ancestors(name: str, premises: Mapping[str, Sequence[str]]) -> list[str]:
    """All premises up the chain, the nearest first."""
    found: list[str] = []
    waiting = list(premises[name])
    while waiting:
        premise = waiting.pop(0)
        if premise not in found:
            found.append(premise)
            waiting += premises[premise]
    return found
