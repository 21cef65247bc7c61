"""How findings call metrics, combinations of choices and readings of the equations: words, no names of options."""

from __future__ import annotations

from companion.show.look import METRICS, READINGS, called

COMPONENTS = {
    "DRDA, without DLD": "decoupled alignment, without the decoupled loss",
    "DRDA, with DLD": "decoupled alignment, with the decoupled loss",
    "DLD, without DRDA": "decoupled loss, without the decoupled alignment",
    "DLD, with DRDA": "decoupled loss, with the decoupled alignment",
    "both together": "both parts together",
}
"""Contrast of the ablation -> what is added, to what."""
CHOICES = {
    "default": "by default",
    "label gradient joint": "label encoders trained",
    "dominant one-hot": "one-hot target of Eq. (2)",
    "nondominant softmax": "softmax target of Eq. (3)",
    "RDA tuned": "RDA’s weights tuned",
}
CHOICES |= {
    f"{prefix}{name}": called("DILDL", name).removeprefix("DILDL, ")
    for method, name in READINGS
    for prefix in ("", "criterion ")
    if method == "DILDL" and name != "default"
}
TARGETS = {
    "": "with no targets",
    "no reading": "with no targets",
    "every reading": "with all targets",
    "one-hot": "with the one-hot target of Eq. (2)",
    "softmax": "with the softmax target of Eq. (3)",
    "one-hot and softmax": "with the targets of Eq. (2) and (3)",
    "degree": "with the dominant degree itself as its target",
    "ratio": "with the shares of the other labels as their target",
    "degree and ratio": "with the derived targets (the degree itself, the shares of the others)",
}
"""Sets of readings of the equations -> in words."""


def metric_words(metric: str) -> str:
    """Return a metric in the words of a list: "KL divergence"."""
    return METRICS.get(metric, metric.replace("_", " ")).replace("Kullback–Leibler", "KL").replace(" distance", "")


def choice_words(label: str) -> str:
    """Return in words what a combination of choices changes of the default."""
    return ", ".join(dict.fromkeys(CHOICES.get(part, part) for part in label.split(" + ")))


def target_words(readings: str) -> str:
    """Return in words with which targets a form of an equation holds."""
    return " or ".join(TARGETS.get(name, f"with {name}") for name in readings.split("; "))
