"""What the checks of claims may be asked: kinds of values, and the catalogues that names are looked up in.

A name that nobody knows selects nothing, and a check on nothing could end in any verdict; so it must not get that far.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from typing import Any

from companion.audit.frames import KINDS
from companion.audit.printed import TITLES
from companion.base.comparison import METRIC_TITLES
from companion.base.names import DATASETS, RIVALS
from companion.base.published import load_ablations, load_published
from companion.claims.checks_gradients import DECOUPLED, PLAIN
from companion.claims.checks_runs import SENTENCES
from companion.evidence.ablation import CONTRASTS
from companion.evidence.ablation import METRICS as ABLATION_METRICS
from companion.sensitivity.frames import SYMBOLS
from ildl.checks import check_option
from ildl.compare.statistics import REFERENCES

METHODS = (*RIVALS, "DILDL", *REFERENCES)
CATALOGUES: dict[str, Collection[str]] = {
    "claims": SENTENCES,
    "contrasts": CONTRASTS,
    "dataset": DATASETS,
    "datasets": DATASETS,
    "kind": KINDS,
    "loss": (PLAIN, DECOUPLED),
    "method": METHODS,
    "methods": METHODS,
    "metric": METRIC_TITLES,
    "metrics": METRIC_TITLES,
    "of": ("weight", "term"),
    "parameters": SYMBOLS.values(),
    "rivals": METHODS,
    "source": TITLES,
}
"""Argument -> what it may be; the others are numbers and free text."""
TYPES = {
    "Mapping[str, Any]": (dict, "a mapping of names to values"),
    "Sequence[str]": (list, "a list of texts"),
    "bool": (bool, "true or false"),
    "float": (int | float, "a number"),
    "int": (int, "a whole number"),
    "str": (str, "text"),
}
"""Annotation of an argument -> what YAML must give, and what to call it."""


def argument_mistakes(check: Callable[..., Any], arguments: Mapping[str, Any]) -> Iterator[str]:
    """Say what is wrong with the arguments of a check."""
    signature = inspect.signature(check)
    try:
        signature.bind(None, **arguments)
    except TypeError as error:
        yield f"the check {check.__name__!r} does not take these arguments: {error}"
        return
    for name, value in arguments.items():
        kind, called = TYPES[signature.parameters[name].annotation]
        texts = value if isinstance(value, list) else [value]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):  # in Python, True is 1
            yield f"`{name}` is {value!r}; it must be {called}"
        elif isinstance(value, list) and not (value and all(isinstance(text, str) for text in value)):
            yield f"`{name}` is {value!r}; it must be {called}, at least one"
        elif known := _known(check.__name__, name):
            for text in texts:
                try:
                    check_option(text, known, f"value of `{name}`")
                except ValueError as error:
                    yield str(error)


def _known(check: str, name: str) -> Collection[str]:
    """What an argument may be; less than its catalogue where a check looks into tables that have less."""
    return _printed().get((check, name), CATALOGUES.get(name, ()))


@cache
def _printed() -> dict[tuple[str, str], Collection[str]]:
    printed = load_published("dildl")
    metrics = list(printed["metric"].unique())
    return {
        ("component_helps", "metrics"): ABLATION_METRICS,
        ("marks_follow_test", "tables"): list(printed["table"].unique()),
        ("printed_component", "tables"): list(load_ablations("dildl")["table"].unique()),
        ("reaches", "metric"): metrics,
    }
