"""How the page shows claims: one line each in the paper's order, which opens to the evidence; and all of it as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, StrictUndefined

from companion.claims.claims import INPUTS
from companion.claims.frames import Hashes
from companion.claims.verdicts import Point, by_label, told
from companion.claims.words import WORDS
from companion.show.look import VERDICTS
from companion.show.provenance import Provenance
from companion.show.shown import Shown

TEMPLATE = Path(__file__).with_name("page.html.jinja")
PARTS = ("quote", "place", "statement", "kind", "weight", "finding", "confirm", "depends_on", "check", "arguments")


def show_claims(table: pd.DataFrame, name: str, label: str) -> Shown:
    """Show claims, with filters where scripts run; without them, and in print, all are there."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    html = environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        label=label,
        places=[(place, list(rows)) for place, rows in groupby(table.to_dict("records"), key=itemgetter("place"))],
        kinds=table["evidence"].unique(),
        counts=table["verdict"].value_counts(),
        looks=VERDICTS,
        pages=WORDS["pages"],
        by_label=by_label,
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
    files = {"csv": _csv(table), "json": content.encode()}
    return Shown("claims", "All claims with their verdicts", html, files, origin)


def _plain(points: Iterable[Point]) -> list[dict[str, Any]]:
    return [{"label": point.label, "text": point.text, "numbers": point.parts} for point in points]


def _csv(table: pd.DataFrame) -> bytes:
    """One row a claim, points as text."""
    texts = {name: table[name].map(told) for name in ("why", "flips")}
    plain = table.assign(**texts, failed_premises=table["failed_premises"].map(" ".join))
    return plain.drop(columns=["arguments", "depends_on"]).to_csv(index=False).encode()
