"""The tables of the audit's page: failed checks, slips and what they look like, inequalities with their proofs."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from companion.audit.frames import audit_published
from companion.audit.inequalities import INEQUALITIES
from companion.audit.printed import ABSENT, EQUATION, FAULTS, INDEX, OTHER, REFERENCE, ROUNDING
from companion.show.shown import Shown
from companion.show.table import Cell, cells_of, marked, number, show_table, text

TABS = {
    "Numbers": [ROUNDING],
    "Missing or misplaced": [ABSENT, REFERENCE],
    "Indices and equations": [INDEX, EQUATION],
    "Sentences and patterns": [OTHER],
}
"""Tab of the paper's own failed checks -> their faults; those of the later appendix have a tab of their own."""
SHORT = {
    "Euclidean distance, ": "Euclidean, ", " distance": "", " similarity": "", "Kullback-Leibler divergence": "KL",
    "standard deviation": "spread", ", mean": "", "Natural_Scene": "Natural Scene", "Flickr_LDL": "Flickr LDL",
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


def findings_table(checks: pd.DataFrame, name: str) -> Shown:
    """Draw all failed checks in tabs, by kind of fault: what is printed and what would be right."""
    found = audit_published(checks)
    own = found["source"] == "dildl"
    tabs = {title: _cells(found[own & found["fault"].isin(faults)]) for title, faults in TABS.items()}
    tabs["AMEMA’s appendix"] = _cells(found[~own])
    return show_table({title: cells for title, cells in tabs.items() if len(cells)}, name, "All failed checks", found)


def _cells(found: pd.DataFrame) -> pd.DataFrame:
    found = found.sort_values("fault", key=lambda faults: faults.map(list(FAULTS).index), kind="stable")
    rows = [_row(check) for check in found.to_dict("records")]
    index = pd.MultiIndex.from_tuples([(fault, place) for fault, place, _ in rows], names=["fault", "place"])
    return pd.DataFrame([cells for *_, cells in rows], index=index, columns=["printed", "would be right"])


def _row(check: dict[Any, Any]) -> tuple[str, str, list[Cell]]:
    """The fault, the place in short, and the cells of a failed check; the whole sentence is the detail."""
    place = re.sub(r", “[^”]*”; ", ": ", check["place"])
    place = re.sub(r", indices of .*|, mark$", "", place.removeprefix("DILDL: "))
    printed, right = check["printed"], check["should_be"]
    presumed = f"Presumed: {check['presumes'].removeprefix('that ')}."
    told = [check["text"], presumed, check["doubt"]]
    if check["fault"] == INDEX:
        printed = check["text"].partition(", ")[2].rstrip(".")
    if check["fault"] == EQUATION:
        printed, right, told = plain(printed), plain(right), told[1:]
    detail = spaced(" ".join(filter(None, told)))
    cells = [marked(text(short(MARKS.get(printed, printed))), detail=detail), text(short(right))]
    return FAULTS[check["fault"]], short(place), cells


def short(words: str) -> str:
    """Write a place in short, and data sets as in prose."""
    for long, less in SHORT.items():
        words = words.replace(long, less)
    return words


def spaced(words: str) -> str:
    """Write data sets as in prose."""
    return words.replace("Natural_Scene", "Natural Scene").replace("Flickr_LDL", "Flickr LDL")


def causes_table(causes: pd.DataFrame, name: str) -> Shown:
    """Draw slips, what their digits are like, and how often unrelated numbers look so; what else is known as detail."""
    equals = "The printed digits stand in " + causes["equals"]
    backing = (". For the other number speaks: " + causes["backing"]).where(causes["backing"] != "", "")
    cells = pd.DataFrame(
        {
            "printed": [
                marked(text(printed), detail=spaced(f"{told}."))
                for printed, told in zip(causes["printed"], equals + backing, strict=True)
            ],
            "would be right": causes["should_be"].map(text),
            "likeness": causes["likeness"].map(text),
            "so by chance": causes["by_chance"].map(number("{:.1%}")),
        }
    )
    cells.index = pd.Index(causes["place"].map(lambda place: short(place.removeprefix("DILDL: "))))
    return show_table(cells, name, "Slips, and what their digits are like", causes)


def inequality_table(checks: pd.DataFrame, name: str) -> Shown:
    """Draw the inequalities that means are held against, how often, and why they hold."""
    rows = checks[checks["kind"] == "inequalities"]
    statements = rows["should_be"].str.rpartition(", c = ")[0]
    counts = rows.assign(failing=rows["failure"] > 0).groupby(statements)["failing"].agg(["size", "sum"])
    data = pd.DataFrame(
        {
            "inequality": [i.statement for i in INEQUALITIES],
            "proof": [re.sub("_([jk])", lambda m: m[1].translate(LOW), i.proof) for i in INEQUALITIES],
        }
    )
    data = data.join(counts.rename(columns={"size": "checked", "sum": "failing"}), on="inequality")
    columns = {
        "checked": ("checks", number("{:,.0f}")), "failing": ("fail", number("{:.0f}")), "proof": ("why it holds", text)
    }  # fmt: skip
    return show_table(cells_of(data.set_index("inequality"), columns), name, "The inequalities and their proofs", data)
