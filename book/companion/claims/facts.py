"""Numbers and checks of the page on claims."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from companion.claims.claims import MATHEMATICS, OURS, SETTING, findings_of
from companion.claims.effects import SHARE
from companion.claims.verdicts import Verdict
from companion.show.facts import Facts, every

NAMES = dict(zip(Verdict, ("reproduced", "changes", "open", "failed", "contradicted", "untestable"), strict=True))
BEST = ("best printed Chebyshev distance", "best printed divergence")
SLIPS = {"C025", "C069", "C084", "C087", "C089", "C090", "C092"}
"""Claims that print contradicts: an equation or a table is cited for another (C025, C084, C087), another number stands
in the table (C069, C089, C090, C092)."""


def claims_facts(table: pd.DataFrame, runs: Mapping[str, pd.DataFrame]) -> Facts:
    """Collect what the page says of the verdicts; `table` is as `judge` returns it."""
    settings, rest = table[table["kind"] == SETTING], table[table["kind"] != SETTING]
    found = findings_of(rest)
    maths, ours = found[found["evidence"] == MATHEMATICS], found[found["evidence"] == OURS]
    lacking, ours = (ours[(ours["verdict"] == Verdict.UNTESTABLE) == untested] for untested in (True, False))
    failed = ours.loc[ours["verdict"] == Verdict.FAILED, "flips"]
    softer = [any(point.label == Verdict.INCONCLUSIVE for point in flips) for flips in failed]
    counts = {
        f"{prefix}{name}": int((rows["verdict"] == verdict).sum())
        for prefix, rows in (("", found), ("maths_", maths), ("runs_", ours))
        for verdict, name in NAMES.items()
    }
    numbers = {
        "claims": len(table),
        "settings": len(settings),
        "findings": len(found),
        "maths": len(maths),
        "runs_tested": len(ours),
        "runs_lacking": len(lacking),
        "runs_softer": sum(softer),
        **counts,
        "smallest": SHARE,
        "folds": int(runs["comparison"]["fold"].nunique()),
    }
    hold, mend = counts["maths_reproduced"], counts["maths_changes"]
    best = rest.query("check == 'superior' and weight == 'pillar'")["verdict"]
    components = rest.query("check == 'component_helps'")["verdict"]
    of_finding = found.groupby("finding")["verdict"].agg(set)
    agree = [Verdict.REPRODUCED] * (len(settings) - 2) + [Verdict.CHANGED] * 2
    checks = {
        "one finding that our runs test holds, with a change": (counts["runs_reproduced"], counts["runs_changes"])
        == (0, 1),
        "most findings on equations hold, more of them with a change than as printed": len(maths) < 2 * (mend + hold)
        and mend > hold,
        "what the paper stands on of being better is not reproduced": every(best == Verdict.FAILED),
        "what our ablation tests stays open": every(components == Verdict.INCONCLUSIVE),
        "in print DILDL has the best Chebyshev distances and divergences": all(
            of_finding.get(name) == {Verdict.REPRODUCED} for name in BEST
        ),
        "print contradicts citations and quoted numbers alone": SLIPS
        == set(table.loc[table["verdict"] == Verdict.CONTRADICTED, "id"]),
        "most of Table 5 is as the text says": of_finding.get("best printed Euclidean distances") == {Verdict.CHANGED},
        "all settings agree but two, which can be chosen": sorted(settings["verdict"]) == agree,
    }
    return Facts(numbers, checks)
