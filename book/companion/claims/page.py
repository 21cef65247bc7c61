"""How the page shows claims: one line each in the paper's order, which opens to the evidence; and all of it as JSON."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Mapping
from html import escape
from itertools import groupby
from typing import Any

import pandas as pd

from companion.claims.claims import INPUTS, WEIGHTS
from companion.claims.frames import Hashes
from companion.claims.verdicts import Point, told
from companion.show.look import VERDICTS
from companion.show.provenance import Provenance
from companion.show.shown import Shown

TITLES = {
    "02_tables": "The tables",
    "03_sensitivity": "The figures and the sensitivity",
    "04_why": "Why: what the benchmark rewards",
    "05_readings": "The readings",
    "06_derivation": "The derivation",
    "08_audit": "The audit",
}
"""Notebook with evidence -> its title; a claim that nothing at hand can test has none."""
PARTS = ("quote", "place", "statement", "kind", "weight", "finding", "confirm", "depends_on", "check", "arguments")
Row = Mapping[Hashable, Any]


def show_claims(table: pd.DataFrame, name: str, label: str) -> Shown:
    """Show claims, with filters where scripts run; without them, and in print, all are there."""
    body = "\n".join(
        f'<section class="place"><h3>{escape(str(place))}</h3>\n{"".join(map(_claim, rows))}</section>'
        for place, rows in groupby(table.to_dict("records"), key=lambda row: row["place"])
    )
    html = (
        '<link rel="stylesheet" href="../_static/claims.css">'
        f'<div class="claims" role="group" aria-label="{escape(label, quote=True)}">\n{_filters(table)}\n{body}\n</div>'
        '<script src="../_static/claims.js" defer></script>'
    )
    return Shown(name, label, html, {"csv": _csv(table)})


def show_all(table: pd.DataFrame, hashes: Hashes, origin: Provenance) -> Shown:
    """Offer all claims as JSON and CSV, with where they come from; `inputs` maps what a check looked at to SHA-256."""
    html = (
        "<p>All claims, settings included: quotation, check and its arguments, inputs with their SHA-256, verdict.</p>"
    )
    claims = [
        {name: row[name] for name in ("id", *PARTS)}
        | {"evidence": row["evidence"], "inputs": {part: hashes[part] for part in INPUTS[row["check"]]}}
        | {"verdict": row["verdict"], "why": _plain(row["why"]), "flips": _plain(row["flips"])}
        | {name: row[name] for name in ("fault", "failed_premises", "page")}
        for row in table.to_dict("records")
    ]
    content = json.dumps({"claims": claims}, ensure_ascii=False, indent=1)
    return Shown(
        "claims", "All claims with their verdicts", html, {"csv": _csv(table), "json": content.encode()}, origin
    )


def _plain(points: Iterable[Point]) -> list[dict[str, Any]]:
    return [{"label": point.label, "text": point.text, "numbers": point.parts} for point in points]


def _csv(table: pd.DataFrame) -> bytes:
    """One row a claim, points as text."""
    texts = {name: table[name].map(told) for name in ("why", "flips")}
    plain = table.assign(**texts, failed_premises=table["failed_premises"].map(" ".join))
    return plain.drop(columns=["arguments", "depends_on"]).to_csv(index=False).encode()


def _chip(verdict: str, more: str = "") -> str:
    """Return a verdict as a coloured word with its sign."""
    look = VERDICTS[verdict]
    sign = f'<span aria-hidden="true">{look.sign}</span>'
    return f'<span class="chip" style="--verdict: {look.colour}">{sign} {escape(look.word)}{more}</span>'


def _filters(table: pd.DataFrame) -> str:
    """Buttons that the script brings to life, hidden without it; none where there is nothing to choose."""
    if table["evidence"].nunique() < 2:
        return ""
    counts = table["verdict"].value_counts()
    verdicts = "".join(
        f'<button type="button" aria-pressed="false" data-verdict="{escape(verdict, quote=True)}">'
        f"{_chip(verdict, f' {counts[verdict]}')}</button>"
        for verdict in VERDICTS
        if verdict in counts
    )
    kinds = "".join(f'<option value="{escape(kind)}">{escape(kind)}</option>' for kind in table["evidence"].unique())
    weights = f'<option value="{WEIGHTS[0]}">what the paper stands on</option>'
    return (
        f'<form class="claim-filters" hidden><fieldset><legend>Verdict</legend>{verdicts}</fieldset>'
        f'<label>Evidence <select name="evidence"><option value="">all</option>{kinds}</select></label>'
        f'<label>Weight <select name="weight"><option value="">all</option>{weights}</select></label>'
        '<button type="reset">Show all</button><button type="button" class="open-all">Open all</button>'
        '<output aria-live="polite"></output></form>'
    )


def _claim(row: Row) -> str:
    text = {name: escape(str(value), quote=True) for name, value in row.items()}
    failed = ", ".join(f'<a href="#{name}">{name}</a>' for name in row["failed_premises"])
    page = TITLES.get(str(row["page"]))
    items = {
        "The paper says": f"“{text['quote']}” <span class='where'>({text['place']})</span>",
        "It holds if": text["confirm"],
        "We found": _list(row["why"]),
        "With other choices": _list(row["flips"]) if row["flips"] else "",
        "It presumes": f"{failed}, not borne out" if failed else "",
        "Evidence": f'{row["evidence"]}: <a href="{row["page"]}.html">{page}</a>' if page else text["evidence"],
    }
    body = "".join(f"<dt>{title}</dt><dd>{said}</dd>" for title, said in items.items() if said)
    return (
        f'<details class="claim" id="{text["id"]}" data-verdict="{text["verdict"]}" data-evidence="{text["evidence"]}"'
        f' data-weight="{text["weight"]}"><summary>{_chip(row["verdict"])}'
        f'<span class="statement">{text["statement"]}</span></summary>\n'
        f'<dl>{body}</dl><p class="address"><a href="#{text["id"]}">{text["id"]}</a></p></details>\n'
    )


def _list(points: tuple[Point, ...]) -> str:
    items = []
    for label, group in groupby(points, key=lambda point: point.label):
        lines = ""
        for point in group:
            text = escape(point.text) + ":" * bool(point.text and point.parts)
            numbers = "".join(f"<li>{escape(part)}</li>" for part in point.parts)
            lines += ("<br>" if lines and not lines.endswith("</ul>") else "") + text
            lines += f"<ul>{numbers}</ul>" if numbers else ""
        items.append(f"<li>{f'<b>{escape(label)}.</b> ' if label else ''}{lines}</li>")
    return f'<ul class="points">{"".join(items)}</ul>'
