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
    "label gradient joint": "label encoders trained",
    "dominant one-hot": "one-hot target of Eq. (2)",
    "nondominant softmax": "softmax target of Eq. (3)",
    "RDA tuned": "RDA’s weights tuned",
}
TARGETS = {
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
    words = METRICS.get(metric, metric.replace("_", " "))
    return words.replace("Kullback–Leibler", "KL").replace(" distance", "")


def choice_words(label: str) -> str:
    """Return in words what a combination of choices changes of the default."""
    return ", ".join(dict.fromkeys(_choice(part) for part in label.split(" + ")))


def target_words(readings: str) -> str:
    """Return in words with which targets a form of an equation holds."""
    return " or ".join(TARGETS.get(name, f"with {name}") for name in (readings or "no reading").split("; "))


def _choice(part: str) -> str:
    name = part.removeprefix("criterion ")
    if ("DILDL", name) in READINGS and name != "default":
        return called("DILDL", name).removeprefix("DILDL, ")
    return CHOICES.get(part, "by default" if part == "default" else part)
