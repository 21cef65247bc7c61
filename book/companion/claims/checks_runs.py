"""Checks of claims on our own runs, by intervals of effects (`companion.claims.effects`)."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import pandas as pd

from companion.base.comparison import comparison_table
from companion.base.names import RIVALS
from companion.base.tuned import with_tuned
from companion.claims.choices import by_choice, label_of, rival_effects
from companion.claims.effects import SHARE, Effect, judge_effects, widened
from companion.claims.verdicts import DEFAULT, Case, Evidence, Finding, Point, Verdict, conclude, untestable, with_gaps
from companion.claims.words import COMPONENTS, metric_words
from companion.evidence.ablation import METRICS, ablation_tests, published_effects
from companion.sensitivity.frames import CLAIMS, PAPER, SYMBOLS, Settings, compare_sensitivity, sensitivity_values
from companion.show.look import called, p_text, signed
from ildl.compare.contrasts import contrast
from ildl.compare.corrected import fold_share, half_width, test_shares
from ildl.compare.noise import CANNOT_TELL, INSIDE
from ildl.compare.statistics import HIGHER_IS_BETTER, REFERENCES, summarise

TABLES, CURVES, WHY = "02_tables", "03_sensitivity", "04_why"
CRITERION = "kl"
"""The ablation's criterion of the objective as printed."""
MATTERS = "alpha matters"
SENTENCES = {**CLAIMS, MATTERS: "the choice of α makes a difference"}
"""Key -> what is read off the sensitivity curves of one data set."""
Judged = tuple[str, tuple[Point, ...]]


def superior(
    evidence: Evidence,
    metrics: Sequence[str],
    rivals: Sequence[str] = (),
    datasets: Sequence[str] = (),
    method: str = "DILDL",
    or_equal: bool = False,
) -> Finding:
    """Whether a method is better than every rival (default: all of the paper), in every metric, on every data set."""
    others = list(rivals or [name for name in (*RIVALS, "DILDL") if name != method])
    wanted = [f"{called(rival)} ({metric_words(metric)})" for rival in others for metric in metrics]
    found = list(rival_effects(evidence, method, others, metrics, datasets))
    n_tried = len({label for label, *_ in found})
    cases = [
        _case(names, effects, wanted, "no rival was run", or_equal=or_equal, n_tried=n_tried)
        for *names, effects in found
    ]
    return conclude(cases, WHY if set(others) <= set(REFERENCES) else TABLES)


def reaches(evidence: Evidence, metric: str, dataset: str, method: str = "DILDL") -> Finding:
    """Whether our mean lies inside the noise around the published one; open where that tells no rivals apart."""
    frame = with_tuned(evidence.comparison)
    frame = frame[(frame["dataset"] == dataset) & (frame["metric"] == metric)]
    if frame.empty:
        return untestable(f"the features of {dataset}", TABLES)
    partitions, cases = frame if "split_seed" in frame else None, []
    for choice, rows in by_choice(frame):
        names = rows[rows["method"] == method].set_index("params")["reading"].to_dict()
        table = comparison_table(summarise(rows, partitions=partitions), evidence.published.of("dildl"), metric)
        table = table[(table["dataset"] == dataset) & (table["method"] == method) & table["params"].isin(names)]
        for row in table.to_dict("records"):
            found = str(row["verdict"])
            open_ = found.startswith(CANNOT_TELL)
            numbers = f"{metric_words(metric)} {row['ours']:.4f}, published {row['published']:.4f}"
            text = f"{numbers}; the noise explains {row['margin']:.4f}{f', which {found}' if open_ else ''}"
            verdict = Verdict.REPRODUCED if found == INSIDE else Verdict.INCONCLUSIVE if open_ else Verdict.FAILED
            label = label_of(names[row["params"]], choice)
            cases.append(Case(label, dataset, row["feature_set"], verdict, (Point(text),)))
    return conclude(cases, TABLES)


def component_helps(
    evidence: Evidence, contrasts: Sequence[str], metrics: Sequence[str] = (), datasets: Sequence[str] = ()
) -> Finding:
    """Whether components improve every metric of our ablation; each criterion and choice is a reading."""
    tests = _ablation_tests(evidence)
    tests = tests[tests["dataset"].isin(datasets or tests["dataset"])]
    if tests.empty:
        return untestable(f"the features of {', '.join(datasets)}", TABLES)
    ablations = evidence.published.ablations
    printed = published_effects(ablations[ablations["source"] == "dildl"])
    claimed = printed.set_index(["dataset", "contrast", "metric"])["improvement"].fillna(0).clip(lower=0)
    names = list(metrics or METRICS)
    words = {pair: f"{COMPONENTS[pair[0]]} ({metric_words(pair[1])})" for pair in itertools.product(contrasts, names)}
    n_tried, cases = tests["label"].nunique(), []
    tests = tests[tests["contrast"].isin(contrasts) & tests["metric"].isin(names)]
    for group, found in tests.groupby(["label", "dataset", "feature_set"], sort=False):
        effects = []
        for row in found.to_dict("records"):
            pair = row["contrast"], row["metric"]
            effects.append(_effect(words[pair], row, SHARE * claimed.get((row["dataset"], *pair), 0.0)))
        cases.append(_case(group, effects, list(words.values()), n_tried=n_tried))
    return conclude(cases, TABLES)


@lru_cache(maxsize=1)
def _ablation_tests(evidence: Evidence) -> pd.DataFrame:
    """Every contrast of the ablation under each criterion and choice, with its label: many claims are of the same."""
    parts = []
    for choice, rows in by_choice(evidence.ablation):
        tests = ablation_tests(rows)
        criteria = ["" if name == CRITERION else f"criterion {name}" for name in tests["criterion"]]
        parts.append(tests.assign(label=[label_of(name, choice) for name in criteria]))
    return pd.concat(parts, ignore_index=True)


def sweep_shows(
    evidence: Evidence,
    claims: Sequence[str],
    datasets: Sequence[str] = (),
    metric: str = "chebyshev",
    mostly: bool = False,
) -> Finding:
    """Whether the sensitivity curves bear out what the paper reads off its own, on data sets of which it shows them."""
    runs = evidence.sensitivity
    runs = runs[runs["dataset"].isin(datasets or runs["dataset"])]
    if runs.empty:
        return untestable(f"runs on {', '.join(datasets)}", CURVES)
    groups: dict[tuple[str, ...], dict[str, Judged]] = {}
    for (dataset, features, reading, parameter), settings in sensitivity_values(runs, metric).items():
        found = groups.setdefault((reading, dataset, features), {})
        if f"{parameter} best" in claims:
            found[f"{parameter} best"] = judge_effects(_against_settings(settings, PAPER[parameter], metric))
        if parameter == "alpha" and MATTERS in claims:
            found[MATTERS] = _range(settings, metric)
    if "alpha" in claims:
        tests = dict(list(compare_sensitivity(runs, metric).groupby(["reading", "dataset", "feature_set"])))
        for group in groups:
            groups[group]["alpha"] = _more_sensitive(tests[group])
    cases = []
    for group, found in groups.items():
        verdict = next(
            v
            for v in (Verdict.FAILED, Verdict.INCONCLUSIVE, Verdict.REPRODUCED)
            if v in [one for one, _ in found.values()]
        )
        points: list[Point] = []
        for claim, (one, (lead, *more)) in found.items():
            points += [lead._replace(text=f"“{SENTENCES[claim]}”, {one}: {lead.text}"), *more]
        missing = [SENTENCES[claim] for claim in claims if claim not in found]
        reading, dataset, features = group
        cases.append(Case(reading, dataset, features, *with_gaps(verdict, tuple(points), missing)))
    return conclude(cases, CURVES, mostly)


def _against_settings(settings: Settings, paper: float, metric: str) -> list[Effect]:
    """The paper's setting against each other one of the grid."""
    others = {setting: values for setting, values in settings.items() if setting != paper}
    return [_effect(f"against {name:g}", contrast(settings[paper] - found, metric)) for name, found in others.items()]


def _range(settings: Settings, metric: str) -> Judged:
    """The best setting of a grid against the worst, adjusted for all pairs that could have been these two."""
    sign = -1 if metric in HIGHER_IS_BETTER else 1
    means = {setting: sign * float(values.mean()) for setting, values in settings.items()}
    best, worst = min(means, key=means.__getitem__), max(means, key=means.__getitem__)
    gains = sign * (settings[worst] - settings[best]).mean(axis=0)
    n, pairs = len(gains), len(settings) * (len(settings) - 1) // 2
    wide = widened(float(half_width(gains)), n, pairs)
    return judge_effects([Effect(f"{best:g} against {worst:g}", float(gains.mean()), wide, n, fold_share(n))])


def _more_sensitive(rows: pd.DataFrame) -> Judged:
    """Alpha against the other parameters, by the tests that the page on sensitivity shows."""
    found = set(rows["finding"])
    verdict = Verdict.REPRODUCED if found == {"more"} else Verdict.FAILED if "less" in found else Verdict.INCONCLUSIVE
    tests = tuple(
        f"{SYMBOLS[row['other']]} {signed(row['difference'])} (p {p_text(row['p_holm'])})"
        for row in rows.to_dict("records")
    )
    return verdict, (Point("spread over the grid, α minus the other", tests),)


def imbalance_hurts(evidence: Evidence, metric: str, methods: Sequence[str]) -> Finding:
    """Whether methods are worse under the strongest sampling than the weakest; undecided, as rows become fewer, too."""
    runs = evidence.imbalance
    runs = runs[(runs["metric"] == metric) & runs["method"].isin(methods) & (runs["reading"] == DEFAULT)]
    weak, strong = runs["eta"].min(), runs["eta"].max()
    sign, share = -1 if metric in HIGHER_IS_BETTER else 1, test_shares(runs)[0]
    lead = f"harm in {metric_words(metric)} as the threshold of the sampling goes from {weak:g} to {strong:g}: "
    cases = []
    for (dataset, features), rows in runs.groupby(["dataset", "feature_set"], sort=False):
        wide = rows.pivot_table(index=["method", "fold"], columns="eta", values="value", sort=False)
        harm = sign * (wide[strong] - wide[weak]).dropna()
        effects = [
            Effect(str(method), float(found.mean()), float(half_width(found, share)), len(found), share)
            for method, found in ((name, of.to_numpy()) for name, of in harm.groupby("method", sort=False))
            if len(found) > 1
        ]
        cases.append(_case((DEFAULT, dataset, features), effects, methods, "nothing was run under both", lead))
    finding = conclude(cases, WHY)
    kept = runs.groupby(["dataset", "eta"], sort=False)["kept"].mean().unstack("eta")
    counts = tuple(f"{name} {rows[weak]:.0f} and {rows[strong]:.0f}" for name, rows in kept.iterrows())
    more = (
        Point("stronger sampling keeps fewer rows, too (of a fold, on average)", counts),
        Point("with as many rows under both thresholds one could tell whether imbalance is the cause"),
    )
    return Finding(
        Verdict.UNTESTABLE if finding.verdict == Verdict.UNTESTABLE else Verdict.INCONCLUSIVE,
        (*finding.why, *more),
        finding.page,
    )


def _effect(what: str, found: Mapping[Any, Any], smallest: float = 0.0) -> Effect:
    """An effect of two settings, as `ildl.compare.contrasts.contrast` has it."""
    n, half = found["n_folds"], (found["upper"] - found["lower"]) / 2
    return Effect(what, found["improvement"], half, n, fold_share(n), smallest)


def _case(
    group: Sequence[Any],
    effects: Sequence[Effect],
    wanted: Sequence[str],
    nothing: str = "",
    lead: str = "",
    or_equal: bool = False,
    n_tried: int = 1,
) -> Case:
    """Judge the effects of one combination on one data set with its features; `wanted` is all that the claim covers."""
    label, dataset, features = group
    tried = 1 if label == DEFAULT else n_tried
    verdict, points = judge_effects(effects, or_equal, tried) if effects else (Verdict.UNTESTABLE, (Point(nothing),))
    points = (points[0]._replace(text=lead + points[0].text), *points[1:])
    missing = set(wanted) - {effect.what for effect in effects}
    return Case(label, dataset, features, *with_gaps(verdict, points, [name for name in wanted if name in missing]))
