"""Checks of the paper's text against what it prints: its tables, their marks, a figure's caption."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from companion.audit.marks import published_marks
from companion.audit.printed import ROUNDING
from companion.base.marks import describe_tests, find_mark_tests, judge_marks, summarise_marks
from companion.claims.verdicts import Evidence, Finding, Point, Verdict, first, untestable
from companion.claims.words import COMPONENTS, metric_words
from companion.evidence.ablation import published_effects

PAGE, CURVES = "08_audit", "03_sensitivity"


def audited(
    evidence: Evidence,
    kind: str,
    words: Sequence[str],
    source: str = "dildl",
    left_out: bool = False,
    stricter: Sequence[str] = (),
    mostly: bool = False,
) -> Finding:
    """Whether the audit's checks on some subject (`words`) hold; those that fail do so whatever the rounding.

    What is `left_out`, or another paper's (`source`), contradicts nothing; a `stricter` reading is told only; what need
    be so `mostly` holds with changes where fewer than half fail.
    """

    def rows(said: Sequence[str]) -> tuple[pd.DataFrame, int]:
        checks = evidence.audit[(evidence.audit["kind"] == kind) & (evidence.audit["source"] == source)]
        for part in said:
            checks = checks[(checks["place"] + " | " + checks["should_be"]).str.contains(part, regex=False)]
        if checks.empty:
            raise ValueError(f"the audit has no check of kind {kind!r} and source {source!r} with {', '.join(said)}")
        return checks[checks["failure"] > 0], len(checks)

    flips: tuple[Point, ...] = ()
    if stricter:
        more, n = rows(stricter)
        flips = (Point(f"read as “on each data set by itself”, {len(more)} of {n} checks fail"),)
    failing, n = rows(words)
    if failing.empty:
        why = "the one check of the printed text holds" if n == 1 else f"all {n} checks of the printed text hold"
        return Finding(Verdict.REPRODUCED, (Point(why),), PAGE, flips)
    texts = first([text.rstrip(".") for text in failing["text"].drop_duplicates()], 3)
    if left_out or source != "dildl":
        return untestable(f"numbers that the paper leaves out ({len(failing)} of {n} checks)", PAGE, texts)
    counts = f"{len(failing)} of {n} checks fail" if n > 1 else "the one check fails"
    found = [Point(f"{counts}, whatever the rounding", texts)]
    if doubts := tuple(doubt.rstrip(".") for doubt in failing["doubt"].drop_duplicates() if doubt):
        found.append(Point("", doubts, "In the authors’ favour"))
    verdict = Verdict.CHANGED if mostly and 2 * len(failing) < n else Verdict.CONTRADICTED
    return Finding(verdict, tuple(found), PAGE, flips, ", ".join(failing["fault"].unique()))


def marks_follow_test(evidence: Evidence, tables: Sequence[str]) -> Finding:
    """Whether one two-tailed t-test gives every mark of tables, whatever the rounding (with changes: under some)."""
    judged = judge_marks(published_marks(evidence.published))
    candidates = summarise_marks(judged[judged["table"].isin(tables) & (judged["test"] != "paired")])
    best = find_mark_tests(candidates)
    n, certain, impossible = (int(best[name].iloc[0]) for name in ("marks", "certain", "impossible"))
    why = f"nearest is {describe_tests(best)}, whatever the rounding; it rules out {impossible or 'none'} of {n} marks"
    out = candidates[candidates["impossible"] > 0].to_dict("records")
    others = first([f"{row['test']} with {row['deviation']} deviations ({row['impossible']})" for row in out], 6)
    flips = (Point("ruled out are, with so many marks that cannot be", others),) if out else ()
    return Finding(
        Verdict.REPRODUCED if certain == n else Verdict.FAILED if impossible else Verdict.CHANGED,
        (Point(why),),
        PAGE,
        flips,
    )


def printed_component(evidence: Evidence, contrasts: Sequence[str], tables: Sequence[str]) -> Finding:
    """Whether components improve every metric in the printed ablations, as far as their cells are filled."""
    ablations = evidence.published.ablations
    effects = published_effects(ablations[(ablations["source"] == "dildl") & ablations["table"].isin(tables)])
    effects = effects[effects["contrast"].isin(contrasts)]
    there = effects.dropna(subset="improves").astype({"improves": bool, "certain": bool})
    wrong, unsure = there[~there["improves"] & there["certain"]], (~there["certain"]).sum()
    n, empty = len(there), len(effects) - len(there)
    if not n:
        return Finding(Verdict.UNTESTABLE, (Point(f"all {empty} comparisons meet an empty cell"),), PAGE)
    names = [
        f"Table {row['table']}, {metric_words(row['metric'])}: {COMPONENTS[row['contrast']]}, by "
        f"{abs(row['improvement']):.3f}"
        for row in wrong.to_dict("records")
    ]
    said = (
        (n - len(wrong) - unsure, f"of {n} printed comparisons are improvements", ()),
        (len(wrong), f"of {n} are none", first(names)),
        (unsure, f"of {n} hang on rounding", ()),
        (empty, "more meet an empty cell", ()),
    )
    why = tuple(Point(f"{count} {text}", parts) for count, text, parts in said if count)
    verdict = Verdict.CONTRADICTED if len(wrong) else Verdict.CHANGED if unsure or empty else Verdict.REPRODUCED
    return Finding(verdict, why, PAGE, fault=ROUNDING if len(wrong) else "")


def caption_covers(evidence: Evidence, caption: str, parameters: Sequence[str], n_datasets: int) -> Finding:
    """Whether a caption, sentence by sentence, gives every parameter as many data sets as the text says."""
    names = evidence.published.of("dildl")["dataset"].unique()
    shown: dict[str, int] = {}
    for sentence in re.split(r"\.\s+", caption):
        count = len(names) if re.search(r"\bsix\b", sentence) else sum(name in sentence for name in names)
        shown |= {name: count for name in parameters if re.search(rf"\b{name}\b", sentence)}
    if set(shown) != set(parameters):
        return untestable("a caption that names every parameter", CURVES)
    counts = tuple(f"{name} on {count}" for name, count in shown.items())
    why = Point(f"of {n_datasets} data sets, the caption shows", counts)
    if min(shown.values()) >= n_datasets:
        return Finding(Verdict.REPRODUCED, (why,), CURVES)
    return Finding(Verdict.UNTESTABLE, (Point("needs curves that the paper leaves out"), why), CURVES)
