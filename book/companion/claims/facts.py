"""Numbers and checks of the page on claims."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from companion.claims.claims import MATHEMATICS, NOTHING, OURS, PRINT, WEIGHTS
from companion.claims.effects import SHARE
from companion.claims.tally import findings_of, only_settings, without_settings
from companion.claims.verdicts import CHANGED, CONTRADICTED, FAILED, INCONCLUSIVE, REPRODUCED, UNTESTABLE
from companion.show.facts import Facts

NAMES = {REPRODUCED: "reproduced", CHANGED: "changes", INCONCLUSIVE: "open", FAILED: "failed",
         CONTRADICTED: "contradicted", UNTESTABLE: "untestable"}  # fmt: skip
KINDS = {MATHEMATICS: "maths", PRINT: "print", OURS: "runs", NOTHING: "nothing"}
BEST = ("best printed Chebyshev distance", "best printed divergence")
SLIPS = {"C025", "C069", "C071", "C084", "C087", "C089", "C090", "C092"}
"""Claims that print contradicts: an equation or a table is cited for another (C025, C084, C087), another number stands
in the table (C069, C089, C090, C092), a cell of Table 5 is better (C071)."""


def claims_facts(table: pd.DataFrame, runs: Mapping[str, pd.DataFrame]) -> Facts:
    """Collect what the page says of the verdicts; `table` is as `judge` returns it."""
    rest = without_settings(table)
    found = findings_of(rest)
    numbers: dict[str, float | int | str | None] = {
        "claims": len(table),
        "settings": len(table) - len(rest),
        "judged": len(rest),
        "findings": len(found),
        "smallest": SHARE,
        "folds": int(runs["comparison"]["fold"].nunique()),
    }
    numbers |= {name: int((found["verdict"] == verdict).sum()) for verdict, name in NAMES.items()}
    for kind, short in KINDS.items():
        rows = found[found["evidence"] == kind]
        tested = rows[rows["verdict"] != UNTESTABLE]
        numbers |= {short: len(rows), f"{short}_tested": len(tested)}
        numbers |= {f"{short}_{name}": int((rows["verdict"] == verdict).sum()) for verdict, name in NAMES.items()}
    ours = found[(found["evidence"] == OURS) & (found["verdict"] != UNTESTABLE)]
    failed = ours[ours["verdict"] == FAILED]
    numbers["runs_softer"] = int(failed["flips"].map(_is_open_elsewhere).sum())
    maths = found[found["evidence"] == MATHEMATICS]
    verdicts = table.set_index("id")["verdict"]
    contradicted = set(verdicts.index[verdicts == CONTRADICTED])
    mend, hold = (int(maths["verdict"].isin(those).sum()) for those in ([CHANGED], [REPRODUCED]))
    of_finding = found.groupby("finding")["verdict"].agg(set)
    components = rest[rest["check"] == "component_helps"]
    best = rest[(rest["check"] == "superior") & (rest["weight"] == WEIGHTS[0])]
    checks = {
        "no finding that our runs test holds": bool(len(ours))
        and not ours["verdict"].isin([REPRODUCED, CHANGED]).any(),
        "most findings on equations hold, more of them with a change than as printed": len(maths) < 2 * (mend + hold)
        and mend > hold,
        "what the paper stands on of being better is not reproduced": bool(len(best))
        and bool((best["verdict"] == FAILED).all()),
        "what our ablation tests stays open": bool(len(components))
        and bool((components["verdict"] == INCONCLUSIVE).all()),
        "in print DILDL has the best Chebyshev distances and divergences": all(
            of_finding.get(name) == {REPRODUCED} for name in BEST
        ),
        "print contradicts citations, quoted numbers and one cell of Table 5 alone": contradicted == SLIPS,
        "all settings agree but two, which can be chosen": sorted(only_settings(table)["verdict"])
        == [REPRODUCED] * (len(table) - len(rest) - 2) + [CHANGED] * 2,
    }
    return Facts(numbers, checks)


def _is_open_elsewhere(flips: tuple[object, ...]) -> bool:
    return any(getattr(point, "label", "") == INCONCLUSIVE for point in flips)
