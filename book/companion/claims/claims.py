"""Claims of the paper as data, and their verdicts: each the return value of a check on evidence, none of them typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd

from companion.base.published import find_published
from companion.base.strict_yaml import load_yaml
from companion.claims import claim_checks_gradients as gradients
from companion.claims import claim_checks_printed as printed
from companion.claims import claim_checks_published as published
from companion.claims import claim_checks_runs as runs
from companion.claims import claim_checks_theory as theory
from companion.claims.claim_arguments import argument_mistakes
from companion.claims.claim_checks import CONTRADICTED, FAILED, Evidence, Finding
from companion.claims.claim_checks_imbalance import imbalance_hurts

FILE = "claims.yml"
SETTING = "setting"
KINDS = ("mathematical", "empirical", "method", SETTING)
"""The last: what the library took over from the text, so that holding the text against it can hardly fail."""
WEIGHTS = ("pillar", "mention")
"""What the paper stands on, and what it says beside that."""
OURS, PRINT, MATHEMATICS, SETTINGS, NOTHING = (
    "our runs", "the paper against print", "mathematics and labels", "settings", "nothing at hand",
)  # fmt: skip
EVIDENCE: dict[str, tuple[Callable[..., Finding], ...]] = {
    OURS: (runs.superior, runs.component_helps, runs.sweep_shows, imbalance_hurts, published.reaches),
    PRINT: (printed.audited, printed.caption_covers, printed.marks_follow_test, printed.printed_component),
    MATHEMATICS: (
        theory.equation,
        theory.remark_weight,
        theory.independent_shares,
        theory.gaussian_divergence,
        gradients.gradient_fades,
        gradients.decoupling_enhances,
        gradients.dominant_takes_half,
    ),
    SETTINGS: (theory.settings,),
    NOTHING: (theory.outside,),
}
"""Kind of evidence -> the checks that look at it; each is a pure function of the evidence and a claim's arguments."""
CHECKS = {check.__name__: check for checks in EVIDENCE.values() for check in checks}
KIND_OF = {check.__name__: kind for kind, checks in EVIDENCE.items() for check in checks}
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
    weight : {"pillar", "mention"}
    finding : str
        What is found out, in a few words. Claims that one check on the same evidence decides share it.
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
    weight: str
    finding: str


TEXTS = ("quote", "place", "kind", "statement", "confirm", "check", "weight", "finding")


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
        empty; an unknown kind, weight or check; arguments that the check does not take, or unknown values; an
        id that is there twice; a premise that is unknown or depends on the claim itself. Every mistake is named with
        its claim.
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
        One row a claim: id, place, kind, weight, evidence (its kind, of `EVIDENCE`), finding, quote, statement,
        confirm; verdict (of `companion.claims.claim_checks.VERDICTS`); why (the numbers that decided), flips and fault
        as of `companion.claims.claim_checks.Finding`; premise_failed ("premise C012 failed", of any premise up the
        chain whose own verdict is a failure; empty otherwise); page (the notebook with the evidence).

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
                "weight": claim.weight,
                "evidence": KIND_OF[claim.check],
                "finding": claim.finding,
                "quote": claim.quote,
                "statement": claim.statement,
                "confirm": claim.confirm,
                "verdict": found.verdict,
                "why": found.why,
                "flips": found.flips,
                "fault": found.fault,
                "premise_failed": f"premise{'s' if len(failed) > 1 else ''} {names} failed" if failed else "",
                "page": found.page,
            }
        )
    return pd.DataFrame(rows)


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
    for name, options in (("kind", KINDS), ("weight", WEIGHTS)):
        if name not in lacking and record[name] not in options:
            found.append(f"unknown {name} {record[name]!r}; known: {', '.join(options)}")
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
