"""Claims of the paper as data, and their verdicts: each the return value of a check on evidence, none of them typed."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from companion.audit.frames import KINDS as AUDITED
from companion.audit.printed import TITLES
from companion.base.comparison import METRIC_TITLES
from companion.base.names import DATASETS, PRINTED_METRICS, RIVALS
from companion.base.published import find_published
from companion.base.strict_yaml import load_yaml
from companion.claims import checks_printed as printed
from companion.claims import checks_runs as runs
from companion.claims import checks_theory as theory
from companion.claims.verdicts import Evidence, Finding, Verdict
from companion.evidence.ablation import CONTRASTS
from companion.evidence.ablation import METRICS as ABLATION_METRICS
from companion.sensitivity.frames import SYMBOLS
from ildl.checks import check_option
from ildl.compare.statistics import REFERENCES

FILE = "claims.yml"
SETTING = "setting"
KINDS = ("mathematical", "empirical", "method", SETTING)
"""The last: what the library took over from the text, so that holding the text against it can hardly fail."""
WEIGHTS = ("pillar", "mention")
"""What the paper stands on, and what it says beside that."""
EVIDENCE: dict[str, dict[str, Any]] = load_yaml(Path(__file__).with_name("checks.yml"))
"""Kind of evidence -> its checks, pure functions of evidence and arguments -> what of the evidence each looks at."""
MATHEMATICS, OURS = "mathematics and labels", "our runs"
INPUTS = {check: parts for kind in EVIDENCE.values() for check, parts in kind["checks"].items()}
KIND_OF = {check: name for name, kind in EVIDENCE.items() for check in kind["checks"]}
CHECKS: dict[str, Callable[..., Finding]] = {
    name: check for module in (printed, runs, theory) for name, check in vars(module).items() if name in INPUTS
}
METHODS = (*RIVALS, "DILDL", *REFERENCES)
CATALOGUES: dict[str, Collection[str]] = {
    **dict.fromkeys(["dataset", "datasets"], DATASETS),
    **dict.fromkeys(["method", "methods", "rivals"], METHODS),
    **dict.fromkeys(["metric", "metrics"], METRIC_TITLES),
    "component_helps.metrics": ABLATION_METRICS,
    "reaches.metric": PRINTED_METRICS,
    "claims": runs.SENTENCES,
    "contrasts": CONTRASTS,
    "kind": AUDITED,
    "source": TITLES,
    "loss": (theory.PLAIN, theory.DECOUPLED),
    "of": ("weight", "term"),
    "parameters": SYMBOLS.values(),
    "marks_follow_test.tables": ("1", "2", "5"),
    "printed_component.tables": ("3", "4"),
}
"""Argument (of a check) -> what it may be: a name that nobody knows selects nothing, and any verdict could follow."""
TYPES: dict[str, tuple[Any, str]] = {
    "Mapping[str, Any]": (dict, "a mapping of names to values"),
    "Sequence[str]": (list, "a list of texts, at least one"),
    "bool": (bool, "true or false"),
    "int": (int, "a whole number"),
    "str": (str, "text"),
}
"""Annotation of an argument -> what YAML must give, and what to call it."""
FAILURES = (Verdict.FAILED, Verdict.CONTRADICTED)
"""Verdicts with which a claim is no premise to build on."""
TEXTS = ("place", "kind", "weight", "finding", "quote", "statement", "confirm", "check")
FIELDS = ("id", *TEXTS, "arguments", "depends_on")
"""Of a claim, as the top of the file explains them."""


def load_claims(path: Path | None = None) -> pd.DataFrame:
    """Load the claims, one a row, and refuse a file with mistakes: every one is named with its claim."""
    path = find_published(FILE) if path is None else path
    records = load_yaml(path)
    if not isinstance(records, list) or not records or not all(isinstance(record, dict) for record in records):
        raise ValueError(f"{path}: expected a list of claims, each with {', '.join(('id', *TEXTS))}.")
    names = [str(record.get("id", f"claim number {number}")) for number, record in enumerate(records, 1)]
    mistakes = [f"{name}: {text}" for name, record in zip(names, records, strict=True) for text in _mistakes(record)]
    mistakes += [f"{name}: this id is there twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    if not mistakes:
        for record in records:
            record |= {"arguments": record.get("arguments") or {}, "depends_on": tuple(record.get("depends_on") or ())}
        premises = {record["id"]: record["depends_on"] for record in records}
        for name, these in premises.items():
            mistakes += [f"{name}: depends on {of!r}, which is no claim" for of in these if of not in premises]
        if not mistakes and (circular := [name for name in premises if name in _ancestors(name, premises)]):
            mistakes = [f"{name}: depends on itself, by way of its premises" for name in circular]
    if mistakes:
        raise ValueError(f"{path} has {len(mistakes)} mistake(s):\n  " + "\n  ".join(mistakes))
    claims = pd.DataFrame(records, columns=list(FIELDS))
    return claims.assign(**{name: claims[name].str.strip() for name in TEXTS})


def judge(claims: pd.DataFrame, evidence: Evidence) -> pd.DataFrame:
    """Add what the check of every claim finds, its kind of evidence, and the premises up the chain that fail."""
    findings: dict[str, Finding] = {}
    for name, check, arguments in claims[["id", "check", "arguments"]].itertuples(index=False):
        try:
            findings[name] = CHECKS[check](evidence, **arguments)
        except (ValueError, KeyError, IndexError) as error:
            raise ValueError(f"{name} could not be checked by `{check}`: {error}") from error
    premises = dict(zip(claims["id"], claims["depends_on"], strict=True))
    found = pd.DataFrame(list(findings.values()), claims.index)[["verdict", "why", "flips", "fault", "page"]]
    failed = [tuple(p for p in _ancestors(name, premises) if findings[p].verdict in FAILURES) for name in premises]
    table = claims.assign(evidence=claims["check"].map(KIND_OF)).join(found)
    return table.assign(failed_premises=pd.Series(failed, claims.index))


def findings_of(table: pd.DataFrame) -> pd.DataFrame:
    """Count once what one check decides for several claims: the first of each, a pillar if one is, with `n_claims`."""
    groups = table.groupby(["finding", "verdict"], sort=False)
    first = groups.head(1).set_index(["finding", "verdict"])
    weights = groups["weight"].agg(lambda found: min(found, key=WEIGHTS.index))
    return first.assign(weight=weights, n_claims=groups.size()).reset_index()[[*table.columns, "n_claims"]]


def _mistakes(record: Mapping[str, Any]) -> Iterator[str]:
    for name in record:
        if name not in FIELDS:
            yield f"unknown field {name!r}; known: {', '.join(sorted(FIELDS))}"
    lacking = [n for n in ("id", *TEXTS) if not isinstance(record.get(n), str) or not record[n].strip()]
    for name in lacking:
        yield f"`{name}` is missing, empty or not text"
    known: dict[str, Collection[str]] = {"kind": KINDS, "weight": WEIGHTS, "check": CHECKS}
    for name, options in known.items():
        if name not in lacking and record[name] not in options:
            yield f"unknown {name} {record[name]!r}; known: {', '.join(options)}"
    premises, arguments = record.get("depends_on") or [], record.get("arguments") or {}
    if not isinstance(premises, list) or not all(isinstance(premise, str) for premise in premises):
        yield f"`depends_on` is not a list of ids such as [C001], but {premises!r}"
    if not isinstance(arguments, dict):
        yield "`arguments` is not a mapping of names to values"
    elif "check" not in lacking and record["check"] in CHECKS:
        if (record["check"] == theory.settings.__name__) != (record.get("kind") == SETTING):
            yield f"the check {theory.settings.__name__!r} and the kind {SETTING!r} belong together"
        yield from _argument_mistakes(CHECKS[record["check"]], arguments)


def _argument_mistakes(check: Callable[..., Any], arguments: Mapping[str, Any]) -> Iterator[str]:
    signature = inspect.signature(check)
    try:
        signature.bind(None, **arguments)
    except TypeError as error:
        yield f"the check {check.__name__!r} does not take these arguments: {error}"
        return
    for name, value in arguments.items():
        kind, called = TYPES[signature.parameters[name].annotation]
        texts: list[Any] = value if isinstance(value, list) else [value]
        if type(value) is not kind or (kind is list and not (texts and all(isinstance(text, str) for text in texts))):
            yield f"`{name}` is {value!r}; it must be {called}"
            continue
        options = CATALOGUES.get(f"{check.__name__}.{name}", CATALOGUES.get(name, ()))
        for text in texts if options else ():
            try:
                check_option(text, options, f"value of `{name}`")
            except ValueError as error:
                yield str(error)


def _ancestors(name: str, premises: Mapping[str, Sequence[str]]) -> list[str]:
    """All premises up the chain, the nearest first."""
    found = list(premises[name])
    for premise in found:  # which grows meanwhile
        found += [further for further in premises[premise] if further not in found]
    return list(dict.fromkeys(found))
