"""What numbers and checks of the page on why share: names, and how one value is found."""

from __future__ import annotations

import pandas as pd

from companion.base.names import NO_DECOUPLED_LOSS
from companion.evidence.constants import UNIFORM
from companion.show.look import called
from companion.why.against import LAST, LEFT_OUT, SAMPLED
from companion.why.frames import Evidence

KL = "kl_divergence"
SETS = {"movie": "Movie", "natural_scene": "Natural_Scene"}
ROWS = {
    "ofr_db": "OFR-DB",
    "rda": "RDA",
    "printed": called("DILDL", "as printed"),
    "derived": called("DILDL"),
    "rda_loss": called("DILDL", NO_DECOUPLED_LOSS),
}
"""How names of numbers call rows."""
CHOICES = {"sampled": SAMPLED, "left_out": LEFT_OUT, "last": LAST}
DILDL = (ROWS["printed"], ROWS["derived"])
Numbers = dict[str, float | int | str | None]
Checks = dict[str, bool]


def kl_cells(evidence: Evidence, metric: str = KL, constant: str = UNIFORM) -> pd.DataFrame:
    """Everything that is held against a constant, by one metric."""
    rows = evidence.against
    return rows[(rows["metric"] == metric) & (rows["constant"] == constant)]


def one(rows: pd.DataFrame, column: str, **where: str) -> float | None:
    """The value of a column in the one row that there is; None without it."""
    for name, wanted in where.items():
        rows = rows[rows[name] == wanted]
    return float(rows[column].iloc[0]) if len(rows) == 1 and pd.notna(rows[column].iloc[0]) else None
