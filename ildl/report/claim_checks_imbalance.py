"""The check of the claim that imbalance harms: methods under weak and under strong imbalance sampling."""

from __future__ import annotations

from collections.abc import Sequence

from ildl.report.claim_checks import CHANGED, DEFAULT, REPRODUCED, Evidence, Finding, case_of, conclude
from ildl.report.claim_checks_runs import short
from ildl.report.contrast_tables import p_text
from ildl.report.significance import BETTER, compare


def imbalance_hurts(evidence: Evidence, metric: str, methods: Sequence[str]) -> Finding:
    """Whether methods are worse under the strongest imbalance sampling of the experiment than under the weakest.

    Parameters
    ----------
    evidence : Evidence
    metric : str
    methods : sequence of str

    Returns
    -------
    Finding
        At most "reproduced with changes", as stronger sampling keeps fewer rows.
    """
    runs = evidence.imbalance
    runs = runs[(runs["metric"] == metric) & runs["method"].isin(methods) & (runs["reading"] == DEFAULT)]
    weak, strong = runs["eta"].min(), runs["eta"].max()
    texts: dict[tuple[str, str], dict[str, str]] = {}
    holds: dict[tuple[str, str], bool] = {}
    for method, of_method in runs[runs["eta"].isin([weak, strong])].groupby("method", sort=False):
        tests = compare(of_method.assign(method=of_method["eta"].map("{:g}".format), params="{}"), f"{weak:g}")
        for row in tests.to_dict("records"):
            key = row["dataset"], row["feature_set"]
            holds[key] = holds.get(key, True) and row["mark_corrected"] == BETTER
            text = f"{method} {-row['difference']:+.4f} (p {p_text(row['p_corrected'])})"
            texts.setdefault(key, {})[str(method)] = text
    lead = f"{short(metric)} from threshold {weak:g} to {strong:g} of the benchmark's: "
    cases = []
    for key, found in texts.items():
        missing = [name for name in methods if name not in found]
        cases.append(case_of(DEFAULT, *key, holds[key], lead + ", ".join(found.values()), missing))
    finding = conclude(cases, "10_beyond")
    kept = runs.groupby(["dataset", "eta"], sort=False)["kept"].mean().unstack("eta")
    counts = "; ".join(f"{name} {rows[weak]:.0f} and {rows[strong]:.0f}" for name, rows in kept.iterrows())
    why = f"{finding.why} Stronger sampling keeps fewer rows, too (a fold, on average: {counts}), and the two are not "
    why += "told apart."
    return Finding(CHANGED if finding.verdict == REPRODUCED else finding.verdict, why, finding.page)
