"""The check of the claim that imbalance harms: methods under weak and under strong imbalance sampling."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from companion.claims.claim_checks import (
    DEFAULT,
    INCONCLUSIVE,
    UNTESTABLE,
    Case,
    Evidence,
    Finding,
    conclude,
    with_gaps,
)
from companion.claims.claim_choices import short
from companion.claims.claim_effects import Effect, judge_effects
from ildl.compare.corrected import half_width, test_shares
from ildl.compare.statistics import HIGHER_IS_BETTER


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
        "inconclusive" wherever it was run: stronger sampling keeps fewer rows, and either can be the cause of harm, as
        of its absence (where rows become fewer than features, errors of a linear model need not grow).
    """
    runs = evidence.imbalance
    runs = runs[(runs["metric"] == metric) & runs["method"].isin(methods) & (runs["reading"] == DEFAULT)]
    weak, strong = runs["eta"].min(), runs["eta"].max()
    sign, share = -1 if metric in HIGHER_IS_BETTER else 1, test_shares(runs)[0]
    cells = runs[runs["eta"].isin([weak, strong])]
    wide = cells.pivot_table(
        index=["dataset", "feature_set", "method"], columns=["fold", "eta"], values="value", sort=False
    )
    harm = sign * (wide.xs(strong, axis=1, level="eta") - wide.xs(weak, axis=1, level="eta"))
    lead = f"{short(metric)} from threshold {weak:g} to {strong:g} of the benchmark's, harm positive: "
    cases = []
    effects_of: dict[tuple[str, str], list[Effect]] = {}
    for (dataset, features, method), values in zip(harm.index.to_list(), np.asarray(harm, dtype=float), strict=True):
        found = np.asarray(values[~np.isnan(values)])
        effects = effects_of.setdefault((dataset, features), [])
        if len(found) > 1:
            effects.append(Effect(method, float(found.mean()), float(half_width(found, share)), len(found), share))
    for (dataset, features), effects in effects_of.items():
        verdict, text = judge_effects(effects) if effects else (UNTESTABLE, "nothing was run under both")
        missing = [name for name in methods if name not in {effect.what for effect in effects}]
        cases.append(Case(DEFAULT, str(dataset), str(features), *with_gaps(verdict, lead + text, missing)))
    finding = conclude(cases, "10_beyond")
    kept = runs.groupby(["dataset", "eta"], sort=False)["kept"].mean().unstack("eta")
    counts = "; ".join(f"{name} {rows[weak]:.0f} and {rows[strong]:.0f}" for name, rows in kept.iterrows())
    why = f"{finding.why} Stronger sampling keeps fewer rows, too (a fold, on average: {counts}). With as many rows "
    why += "under both thresholds it could be told whether imbalance is the cause."
    return Finding(UNTESTABLE if finding.verdict == UNTESTABLE else INCONCLUSIVE, why, finding.page)
