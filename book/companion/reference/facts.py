"""What the prose of the page on the reference run rests on."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from companion.reference.frames import CELL, TOLERANCE
from companion.show.facts import Facts


def reference_facts(
    made: pd.DataFrame, reference: pd.DataFrame, own: pd.DataFrame, compared: pd.DataFrame, changed: Sequence[str]
) -> Facts:
    """Return the numbers and checks of the page."""
    cells = reference.drop_duplicates("key")
    first = made.iloc[0]
    one_piece = made[["commit", "machine", "kernel", "device", "version"]].drop_duplicates()
    numbers = {
        "cells": len(cells),
        "experiments": len(made),
        "training_minutes": float(cells["fit_seconds"].sum() / 60),
        "clock_minutes": float(made["minutes"].sum()),
        "trained": int(made["trained"].sum()),
        "planned": int(made["cells"].sum()),  # one that serves two experiments counts twice, as among the trained
        **{name: str(first[name]) for name in ("machine", "kernel", "device", "version", "libraries")},
        "cores": int(first["cores"]),
        "commit": str(first["commit"])[:10],
        "date": str(made["date"].max()),
        "own_cells": int(own["key"].nunique()) if len(own) else 0,
        "shared_cells": len(compared.drop_duplicates(CELL)),
        "values": len(compared),
        "outside": int((~compared["equal"].astype(bool)).sum()),
        "largest": float(compared["difference"].abs().max()) if len(compared) else None,
        "same_code": float(compared["same_code"].mean()) if len(compared) else None,
        "tolerance": TOLERANCE,
        "changed": len(changed),
    }
    checks = {
        "it was made in one piece": bool((made["trained"] == made["cells"]).all()) and len(one_piece) == 1,
        "no method has changed since": not changed,
        "there is nothing to compare": not len(compared),
        "every value is within the tolerance": bool(len(compared)) and bool(compared["equal"].all()),
    }
    return Facts(numbers, checks)
