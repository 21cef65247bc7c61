"""Claims of the paper as data, and their verdicts: each the return value of a check on evidence, none of them typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd

from companion.base.published import find_published
from companion.base.strict_yaml import load_yaml
from companion.claims import checks_gradients as gradients
from companion.claims import checks_printed as printed
from companion.claims import checks_runs as runs
from companion.claims import checks_theory as theory
from companion.claims.arguments import argument_mistakes
from companion.claims.verdicts import CONTRADICTED, FAILED, Evidence, Finding

FILE = "claims.yml"
SETTING = "setting"
KINDS = ("mathematical", "empirical", "method", SETTING)
"""The last: what the library took over from the text, so that holding the text against it can hardly fail."""
WEIGHTS = ("pillar", "mention")
"""What the paper stands on, and what it says beside that."""
OURS, PRINT, MATHEMATICS, SETTINGS, NOTHING = (
    "our runs", "the paper against print", "mathematics and labels", "settings", "nothing at hand",
)  # fmt: skip
EVIDENCE: dict[str, dict[Callable[..., Finding], tuple[str, ...]]] = {
    OURS: {
        runs.superior: ("comparison", "multiverse", "published"),
        runs.component_helps: ("ablation", "published"),
        runs.sweep_shows: ("sensitivity",),
        runs.imbalance_hurts: ("imbalance",),
        runs.reaches: ("comparison", "published"),
    },
    PRINT: {
        printed.audited: ("audit",),
        printed.caption_covers: ("published",),
        printed.marks_follow_test: ("published",),
        printed.printed_component: ("published",),
    },
    MATHEMATICS: {
        theory.equation: ("equations",),
        theory.remark_weight: ("settings",),
        theory.independent_shares: (),
        theory.gaussian_divergence: (),
        gradients.gradient_fades: ("fading",),
        gradients.decoupling_enhances: ("fading",),
        gradients.fading_eased: ("fading",),
        gradients.dominant_takes_half: ("labels",),
    },
    SETTINGS: {theory.settings: ("settings",)},
    NOTHING: {theory.outside: ()},
}
"""Kind of evidence -> checks, each a pure function of evidence and arguments -> what of the evidence it looks at."""
CHECKS = {check.__name__: check for checks in EVIDENCE.values() for check in checks}
KIND_OF = {check.__name__: kind for kind, checks in EVIDENCE.items() for check in checks}
INPUTS = {check.__name__: parts for checks in EVIDENCE.values() for check, parts in checks.items()}
FAILURES = (FAILED, CONTRADICTED)
"""Verdicts with which a claim is no premise to build on."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One claim of the paper; its fields are explained at the top of the file of claims."""

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


KEPT = ("id", "place", "kind", "weight", "finding", "quote", "statement", "confirm", "check", "arguments", "depends_on")
TEXTS = ("quote", "place", "kind", "statement", "confirm", "check", "weight", "finding")


def load_claims(path: Path | None = None) -> list[Claim]:
    """Load the claims, and refuse a file with mistakes: every one is named with its claim."""
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
    """Run the check of every claim, and name the premises, up the chain, that are failures themselves.

    One row a claim: the columns `KEPT`; evidence (its kind, of `EVIDENCE`), verdict, why, flips, fault and page (as of
    `Finding`), failed_premises (ids).
    """
    findings = {claim.id: _check(claim, evidence) for claim in claims}
    premises = {claim.id: claim.depends_on for claim in claims}
    rows = []
    for claim in claims:
        failed = [name for name in _ancestors(claim.id, premises) if findings[name].verdict in FAILURES]
        found = {name: getattr(findings[claim.id], name) for name in ("verdict", "why", "flips", "fault", "page")}
        kept = {name: getattr(claim, name) for name in KEPT}
        rows.append({**kept, "evidence": KIND_OF[claim.check], **found, "failed_premises": tuple(failed)})
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
