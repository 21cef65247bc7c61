"""The tables of the audit's page: failed checks, slips and what they look like, inequalities with their proofs."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pandas as pd

from companion.audit.frames import audit_published
from companion.audit.inequalities import INEQUALITIES
from companion.audit.printed import AUDIT, EQUATION, FAULTS, INDEX
from companion.show.beside import PAPER_DATASETS
from companion.show.shown import Shown
from companion.show.table import Cell, cells_of, number, show_table, text

APPENDIX = "AMEMA’s appendix"
"""The tab of its own of the failed checks of the later paper."""
SHORT = PAPER_DATASETS | {
    "Euclidean distance, ": "Euclidean, ", " distance": "", " similarity": "", "Kullback-Leibler divergence": "KL",
    "standard deviation": "spread", ", mean": "",
}  # fmt: skip
MARKS = {"better": "marked •", "worse": "marked ◦", "none": "no mark"}
LETTERS = {
    r"\alpha": "α", r"\beta": "β", r"\partial": "∂", r"\sum": "Σ", r"\ne": "≠", r"\Vert": "‖", r"\mathcal": "",
    r"\mathrm": "", r"\text": "", r"\Bigl": "", r"\Bigr": "", r"\quad": "  ", r"\qquad": "  ", r"\,": " ", r"\;": " ",
    r"\theta": "θ", r"\log": "log", r"\exp": "exp", r"\{": "[", r"\}": "]",
}  # fmt: skip
LOW = str.maketrans("jkm", "ⱼₖₘ")


def plain(latex: str) -> str:
    r"""Write a formula without LaTeX: fractions in a line, accents and indices as letters have them.

    >>> plain(r"\hat d_j = \frac{d_j}{1 - d_k}")
    'd̂ⱼ = dⱼ/(1 − dₖ)'
    """
    for sign in sorted(LETTERS, key=len, reverse=True):
        latex = re.sub(rf"{re.escape(sign)}(?![a-z])", LETTERS[sign], latex)
    latex = re.sub(r"\\(bar|hat) (\w)", lambda m: m[2] + ("\u0304" if m[1] == "bar" else "\u0302"), latex)
    latex = re.sub(r"Σ_\{([^{}]*)\}", lambda m: f"Σ[{m[1].replace(' ', '')}]", latex)
    latex = re.sub(r"_\{([jkm])\}|_([jkm])\b", lambda m: (m[1] or m[2]).translate(LOW), latex)
    latex = re.sub(r"_\{([A-Z]+)\}", r"_\1", latex).replace("'^2", "′²").replace("'", "′").replace("-", "−")
    for _ in range(latex.count(r"\frac")):  # from the inside out
        latex = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", lambda m: f"{_whole(m[1])}/{_whole(m[2])}", latex)
    return " ".join(re.sub(r"[{}]", "", latex).split())


def _whole(part: str) -> str:
    return f"({part})" if re.search(" [−+] ", part) else part


def short(words: str, forms: dict[str, str] = SHORT) -> str:
    """Write a place in short, and data sets as in prose."""
    for long, less in forms.items():
        words = words.replace(long, less)
    return words


def findings_table(checks: pd.DataFrame, name: str) -> Shown:
    """Draw all failed checks in tabs, by kind of fault: what is printed and what would be right."""
    found, faults = audit_published(checks), pd.DataFrame(AUDIT["faults"]).T
    ordered = found.assign(tab=found["fault"].map(faults["tab"]).where(found["source"] == "dildl", APPENDIX))
    ordered = ordered.sort_values("fault", key=lambda names: names.map([*FAULTS].index), kind="stable")
    frames = {}
    for tab in [*faults["tab"].unique(), APPENDIX]:
        if rows := ordered[ordered["tab"] == tab].to_dict("records"):
            places = [(faults["words"][row["fault"]], _place(row)) for row in rows]
            index = pd.MultiIndex.from_tuples(places, names=["fault", "place"])
            frames[tab] = pd.DataFrame([_printed_and_right(row) for row in rows], index, ["printed", "would be right"])
    return show_table(frames, name, "All failed checks", found)


def _place(check: dict[Any, Any]) -> str:
    place = re.sub(r", “[^”]*”; ", ": ", check["place"])
    return short(re.sub(r", indices of .*|, mark$", "", place.removeprefix("DILDL: ")))


def _printed_and_right(check: dict[Any, Any]) -> list[Cell]:
    """The cells of a failed check; the whole sentence is the detail."""
    printed, right = check["printed"], check["should_be"]
    told = [check["text"], f"Presumed: {check['presumes'].removeprefix('that ')}.", check["doubt"]]
    if check["fault"] == INDEX:
        printed = check["text"].partition(", ")[2].rstrip(".")
    if check["fault"] == EQUATION:
        printed, right, told = plain(printed), plain(right), told[1:]
    detail = short(" ".join(filter(None, told)), PAPER_DATASETS)
    return [replace(text(short(MARKS.get(printed, printed))), detail=detail), text(short(right))]


def causes_table(causes: pd.DataFrame, name: str) -> Shown:
    """Draw slips, what their digits are like, and how often unrelated numbers look so; what else is known as detail."""
    backing = (". For the other number speaks: " + causes["backing"]).where(causes["backing"] != "", "")
    detail = ("The printed digits stand in " + causes["equals"] + backing + ".").map(
        lambda told: short(told, PAPER_DATASETS)
    )
    columns = {
        "should_be": ("would be right", text), "likeness": ("likeness", text),
        "by_chance": ("so by chance", number("{:.1%}")),
    }  # fmt: skip
    cells = cells_of(causes.set_index(causes["place"].str.removeprefix("DILDL: ").map(short)), columns)
    printed = [replace(text(digits), detail=told) for digits, told in zip(causes["printed"], detail, strict=True)]
    cells.insert(0, "printed", printed)
    return show_table(cells, name, "Slips, and what their digits are like", causes)


def inequality_table(checks: pd.DataFrame, name: str) -> Shown:
    """Draw the inequalities that means are held against, how often, and why they hold."""
    rows = checks[checks["kind"] == "inequalities"]
    statements = rows["should_be"].str.rpartition(", c = ")[0].rename("inequality")
    counts = (rows["failure"] > 0).groupby(statements).agg(checked="size", failing="sum")
    proofs = {bound.statement: re.sub("_([jk])", lambda m: m[1].translate(LOW), bound.proof) for bound in INEQUALITIES}
    data = pd.Series(proofs, name="proof").rename_axis("inequality").to_frame().join(counts)
    columns = {
        "checked": ("checks", number("{:,.0f}")), "failing": ("fail", number("{:.0f}")), "proof": ("why it holds", text)
    }  # fmt: skip
    return show_table(cells_of(data, columns), name, "The inequalities and their proofs", data.reset_index())
