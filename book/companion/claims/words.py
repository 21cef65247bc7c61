"""How findings call metrics, combinations of choices and readings of the equations: in the words of `words.yml`."""

from __future__ import annotations

from pathlib import Path

from companion.base.strict_yaml import load_yaml
from companion.show.look import METRICS, READINGS, called

WORDS: dict[str, dict[str, str]] = load_yaml(Path(__file__).with_name("words.yml"))
COMPONENTS = WORDS["components"]


def metric_words(metric: str) -> str:
    """Return a metric in the words of a list: "KL divergence"."""
    return METRICS.get(metric, metric.replace("_", " ")).replace("Kullback–Leibler", "KL").replace(" distance", "")


def choice_words(label: str) -> str:
    """Return in words what a combination of choices changes of the default."""
    return ", ".join(dict.fromkeys(map(_choice, label.split(" + "))))


def _choice(part: str) -> str:
    name = part.removeprefix("criterion ")
    if part in WORDS["choices"] or ("DILDL", name) not in READINGS:
        return WORDS["choices"].get(part, part)
    return called("DILDL", name).removeprefix("DILDL, ")


def target_words(readings: str) -> str:
    """Return in words with which targets a form of an equation holds."""
    return " or ".join(WORDS["targets"].get(name, f"with {name}") for name in readings.split("; "))
