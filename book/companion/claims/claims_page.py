"""How the page on claims shows their verdicts: a table that sorts itself without a library, and a figure of counts."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from html import escape
from string import Template
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from companion.claims.claim_checks import CHANGED, CONTRADICTED, FAILED, INCONCLUSIVE, REPRODUCED, UNTESTABLE, VERDICTS
from companion.claims.claims_tally import count_verdicts, findings_of
from companion.show.colours import GREEN, GREY, ORANGE, SKY, VERMILION

YELLOW = "#F0E442"
LOOKS = {
    REPRODUCED: (GREEN, ""),
    CHANGED: (SKY, "//"),
    INCONCLUSIVE: (YELLOW, "--"),
    FAILED: (VERMILION, "xx"),
    CONTRADICTED: (ORANGE, ".."),
    UNTESTABLE: (GREY, ""),
}
"""Verdict -> colour and hatching."""
LABELLED = 3
"""Parts of the figure with fewer findings are too narrow for a number; the table has it."""
COLUMNS = ("Claim", "Verdict", "What is claimed", "Why", "Evidence", "Section", "Kind", "Weight")

_PAGE = Template("""<div role="region" aria-label="$label" tabindex="0" style="overflow: auto; max-height: 80vh;">
<style>
#claims { border-collapse: collapse; min-width: 60em; }
#claims caption { caption-side: top; text-align: left; position: sticky; left: 0; max-width: min(36em, 80vw); }
#claims th, #claims td { padding: 0.3em 0.6em; text-align: left; vertical-align: top; white-space: normal; }
#claims thead th { position: sticky; top: 0; background: var(--pst-color-background, Canvas); }
#claims tbody tr { border-top: 1px solid var(--pst-color-border, #ccc); }
#claims td:nth-child(2) { border-left: 0.4em solid var(--verdict); min-width: 8em; }
#claims td:nth-child(3) { min-width: 15em; }
#claims summary { white-space: nowrap; }
#claims button { all: unset; cursor: pointer; font-weight: bold; text-decoration: underline dotted; }
#claims button:focus-visible { outline: 2px solid; }
</style>
<table id="claims">
<caption>$label</caption>
<thead><tr>$head</tr></thead>
<tbody>
$rows
</tbody>
</table>
<script>
(() => {
  const table = document.getElementById("claims"), body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const key = (row, i) => row.cells[i].dataset.sort ?? row.cells[i].textContent;
  heads.forEach((head, i) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const compare = (a, b) => key(a, i).localeCompare(key(b, i), "en", { numeric: true });
      body.append(...[...body.rows].sort((a, b) => up ? compare(a, b) : compare(b, a)));
    });
  });
})();
</script>
</div>""")


@dataclass(frozen=True)
class ClaimsTable:
    """The table of verdicts, as HTML that sorts on a click; without scripts it stays in the paper's order.

    Parameters
    ----------
    table : DataFrame
        As `companion.claims.claims.judge` returns it.
    label : str
        Its caption.
    """

    table: pd.DataFrame = field(repr=False)
    label: str

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{name}</th>' for name in COLUMNS)
        rows = "\n".join(_row(row) for row in self.table.to_dict("records"))
        return _PAGE.substitute(label=escape(self.label, quote=True), head=head, rows=rows)


def plot_verdicts(table: pd.DataFrame) -> Figure:
    """Draw how many findings by each kind of evidence have each verdict.

    Parameters
    ----------
    table : DataFrame
        As `companion.claims.claims.judge` returns it.

    Returns
    -------
    Figure
    """
    counts = count_verdicts(findings_of(table), "evidence")
    figure, axis = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
    left = pd.Series(0, index=counts.index)
    for verdict, (colour, hatch) in LOOKS.items():
        bars = axis.barh(
            counts.index, counts[verdict], left=left, color=colour, hatch=hatch, edgecolor="black", label=verdict
        )
        axis.bar_label(
            bars,
            [str(n) if n >= LABELLED else "" for n in counts[verdict]],
            label_type="center",
            fontsize=10,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )
        left = left + counts[verdict]
    axis.invert_yaxis()
    axis.set_xlabel("number of findings", fontsize=11)
    axis.tick_params(labelsize=11)
    axis.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper center", ncols=2, fontsize=10, frameon=False)
    return figure


def _row(row: Mapping[Hashable, Any]) -> str:
    text = {name: escape(str(value)) for name, value in row.items()}
    premise = f"<br><em>{text['premise_failed']}</em>" if row["premise_failed"] else ""
    flips = f"<br>Elsewhere: {text['flips']}" if row["flips"] else ""
    cells = [
        f'<th scope="row" id="{text["id"]}">{text["id"]}</th>',
        f'<td data-sort="{VERDICTS.index(row["verdict"])}" style="--verdict: {LOOKS[row["verdict"]][0]}">'
        f"{text['verdict']}{premise}</td>",
        f"<td><q>{text['quote']}</q><br>{text['statement']}</td>",
        f"<td><details><summary>show</summary>Confirmed if: {text['confirm']}<br>"
        f"Found: {text['why']}{flips}</details></td>",
        f'<td><a href="{text["page"]}.html">{text["page"].replace("_", " ")}</a></td>',
        f"<td>{text['place']}</td>",
        f"<td>{text['evidence']}</td>",
        f"<td>{text['weight']}</td>",
    ]
    return f"<tr>{''.join(cells)}</tr>"
