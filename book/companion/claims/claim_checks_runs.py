"""Checks of empirical claims on our own runs, by intervals of effects (`companion.claims.claim_effects`)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pandas as pd

from companion.base.names import RIVALS
from companion.claims.claim_checks import (
    DEFAULT,
    FAILED,
    INCONCLUSIVE,
    REPRODUCED,
    UNTESTABLE,
    Case,
    Evidence,
    Finding,
    conclude,
    untestable,
    with_gaps,
)
from companion.claims.claim_choices import by_choice, label_of, rival_effects, short
from companion.claims.claim_effects import SHARE, Effect, judge_effects, widened
from companion.evidence.ablation import METRICS, ablation_tests, published_effects
from companion.sensitivity.frames import CLAIMS, PAPER, SYMBOLS, Settings, compare_sensitivity, sensitivity_values
from companion.show.contrast_tables import p_text
from companion.show.styled import signed
from ildl.compare.contrasts import contrast
from ildl.compare.corrected import fold_share, half_width
from ildl.compare.statistics import HIGHER_IS_BETTER, REFERENCES

PAGE = "09_constants"
CRITERION = "kl"
"""The ablation's criterion of the objective as printed."""
MATTERS = "alpha matters"
SENTENCES = {**CLAIMS, MATTERS: "the choice of α makes a difference"}
"""Key -> what is read off the sensitivity curves of one data set."""


def superior(
    evidence: Evidence,
    metrics: Sequence[str],
    rivals: Sequence[str] = (),
    datasets: Sequence[str] = (),
    method: str = "DILDL",
    or_equal: bool = False,
) -> Finding:
    """Whether a method is better than every rival, in every metric.

    Parameters
    ----------
    evidence : Evidence
    metrics : sequence of str
    rivals : sequence of str
        In their default reading. Default: all others of the paper's tables. One that was not run on a data set is
        named, and the claim does not hold there.
    datasets : sequence of str
        Default: all that were run.
    method : str
        Each of its readings and each choice is tried.
    or_equal : bool
        As for `companion.claims.claim_effects.judge_effects`.

    Returns
    -------
    Finding
    """
    others = list(rivals or [name for name in (*RIVALS, "DILDL") if name != method])
    wanted = [f"{rival} ({short(metric)})" for rival in others for metric in metrics]
    cases, found = [], list(rival_effects(evidence, method, others, metrics, datasets))
    n_tried = len({label for label, *_ in found})
    for label, dataset, features, effects in found:
        tried = 1 if label == DEFAULT else n_tried
        verdict, text = judge_effects(effects, or_equal, tried) if effects else (UNTESTABLE, "no rival was run")
        there = {effect.what for effect in effects}
        verdict, text = with_gaps(verdict, text, [name for name in wanted if name not in there])
        cases.append(Case(label, dataset, features, verdict, text))
    page = PAGE if set(others) <= set(REFERENCES) else "04_comparison"
    return conclude(cases, page)


def component_helps(
    evidence: Evidence, contrasts: Sequence[str], metrics: Sequence[str] = (), datasets: Sequence[str] = ()
) -> Finding:
    """Whether components improve every metric of our ablation; each criterion and choice is a reading.

    Parameters
    ----------
    evidence : Evidence
    contrasts : sequence of str
        Keys of `companion.evidence.ablation.CONTRASTS`.
    metrics, datasets : sequence of str
        Default: all.

    Returns
    -------
    Finding
    """
    tests = _ablation_tests(evidence)
    tests = tests[tests["dataset"].isin(datasets or tests["dataset"])]
    if tests.empty:
        return untestable(f"the features of {', '.join(datasets)}", "05_ablation")
    ablations = evidence.published.ablations
    printed = published_effects(ablations[ablations["source"] == "dildl"])
    claimed = printed.set_index(["dataset", "contrast", "metric"])["improvement"]
    names = list(metrics or METRICS)
    wanted = [f"{name} ({short(metric)})" for name, metric in itertools.product(contrasts, names)]
    n_tried, cases = tests["label"].nunique(), []
    tests = tests[tests["contrast"].isin(contrasts) & tests["metric"].isin(names)]
    for (label, dataset, features), found in tests.groupby(["label", "dataset", "feature_set"], sort=False):
        effects = [
            Effect(
                f"{row['contrast']} ({short(row['metric'])})",
                row["improvement"],
                (row["upper"] - row["lower"]) / 2,
                row["n_folds"],
                fold_share(row["n_folds"]),
                SHARE * max(0.0, float(np.nan_to_num(claimed.get((dataset, row["contrast"], row["metric"]), 0.0)))),
            )
            for row in found.to_dict("records")
        ]
        there = {effect.what for effect in effects}
        verdict, text = judge_effects(effects, n_tried=1 if label == DEFAULT else n_tried)
        verdict, text = with_gaps(verdict, text, [name for name in wanted if name not in there])
        cases.append(Case(str(label), str(dataset), str(features), verdict, text))
    return conclude(cases, "05_ablation")


@lru_cache(maxsize=1)
def _ablation_tests(evidence: Evidence) -> pd.DataFrame:
    """Every contrast of the ablation under each criterion and choice, with its label: many claims are of the same."""
    runs, parts = evidence.ablation, []
    for choice, rows in by_choice(runs):
        tests = ablation_tests(rows)
        criteria = tests["criterion"].map(lambda name: "" if name == CRITERION else f"criterion {name}")
        parts.append(tests.assign(label=[label_of(name, choice) for name in criteria]))
    return pd.concat(parts, ignore_index=True)


def sweep_shows(
    evidence: Evidence, claims: Sequence[str], datasets: Sequence[str] = (), metric: str = "chebyshev"
) -> Finding:
    """Whether the sensitivity curves bear out what the paper concludes from its own.

    Parameters
    ----------
    evidence : Evidence
    claims : sequence of str
        Keys of `SENTENCES`. That a setting is best means: better than each
        other one of the grid. That alpha matters means: the best setting of its grid is better than the worst.
    datasets : sequence of str
        Those of which the paper shows such a curve; others do not decide what it reads off its own. Default: all.
    metric : str

    Returns
    -------
    Finding
    """
    runs = evidence.sensitivity
    runs = runs[runs["dataset"].isin(datasets or runs["dataset"])]
    if runs.empty:
        return untestable(f"runs on {', '.join(datasets)}", "06_sensitivity")
    more = compare_sensitivity(runs, metric)
    groups: dict[tuple[str, ...], dict[str, tuple[str, str]]] = {}
    for (dataset, features, reading, parameter), settings in sensitivity_values(runs, metric).items():
        found = groups.setdefault((reading, dataset, features), {})
        name = f"{parameter} best"
        if name in claims:
            found[name] = judge_effects(_against_settings(settings, PAPER[parameter], metric))
        if parameter == "alpha" and MATTERS in claims:
            found[MATTERS] = _range(settings, metric)
    for (reading, dataset, _), found in groups.items():
        if "alpha" in claims:
            here = (more["dataset"] == dataset) & (more["reading"] == reading)
            found["alpha"] = _more_sensitive(more[here])
    cases = []
    for (reading, dataset, features), found in groups.items():
        verdict = next(v for v in (FAILED, INCONCLUSIVE, REPRODUCED) if v in [one for one, _ in found.values()])
        text = "; ".join(f"“{SENTENCES[claim]}” {one}: {said}" for claim, (one, said) in found.items())
        verdict, text = with_gaps(verdict, text, [SENTENCES[claim] for claim in claims if claim not in found])
        cases.append(Case(reading, dataset, features, verdict, text))
    return conclude(cases, "06_sensitivity")


def _against_settings(settings: Settings, paper: float, metric: str) -> list[Effect]:
    """The paper's setting against each other one of the grid."""
    effects = []
    for setting, values in settings.items():
        if setting != paper:
            found = contrast(settings[paper] - values, metric)
            half, n = (found["upper"] - found["lower"]) / 2, found["n_folds"]
            effects.append(Effect(f"{setting:g}", found["improvement"], half, n, fold_share(n)))
    return effects


def _range(settings: Settings, metric: str) -> tuple[str, str]:
    """The best setting of a grid against the worst, adjusted for all pairs that could have been these two."""
    sign = -1 if metric in HIGHER_IS_BETTER else 1
    means = {setting: sign * float(values.mean()) for setting, values in settings.items()}
    best, worst = min(means, key=means.__getitem__), max(means, key=means.__getitem__)
    gains = sign * (settings[worst] - settings[best]).mean(axis=0)
    n, pairs = len(gains), len(settings) * (len(settings) - 1) // 2
    wide = widened(float(half_width(gains)), n, pairs)
    effect = Effect(f"{best:g} against {worst:g}", float(gains.mean()), wide, n, fold_share(n))
    return judge_effects([effect])


def _more_sensitive(rows: pd.DataFrame) -> tuple[str, str]:
    """Alpha against the other parameters, by the tests that the page on sensitivity shows."""
    found = set(rows["finding"])
    verdict = REPRODUCED if found == {"more"} else FAILED if "less" in found else INCONCLUSIVE
    tests = ", ".join(
        f"{SYMBOLS[row['other']]} {signed(row['difference'])} (p {p_text(row['p_holm'])})"
        for row in rows.to_dict("records")
    )
    return verdict, f"spread over the grid, α minus the others: {tests}"
