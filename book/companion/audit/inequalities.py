"""Do the printed means obey what the means of all label distributions and predictions obey? With proofs.

A printed number is a mean over rows and folds with the same positive weights for every metric. So an inequality that is
linear in the metrics and holds for each row holds for means; E f(x) <= f(E x) carries over those with a concave f
(Jensen), and E |x| >= |E x| those with a norm. In the proofs, t and p are a true and a predicted row with c labels,
e = t - p, so that sum e = 0, and V = 1 - intersection = sum |e| / 2 is the sum of the positive e_j, and of the others.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from companion.audit.printed import TITLES, PublishedTables, as_checks, metric_name, printed_numbers, records


@dataclass(frozen=True)
class Inequality:
    """One inequality between means of metrics."""

    statement: str
    proof: str
    metrics: tuple[str, ...]
    sides: Callable[..., tuple[float, float]]
    presumes: str = ""


def distance_bound(kl_divergence: float) -> float:
    """Bound V = 1 - intersection by the Kullback-Leibler divergence.

    >>> distance_bound(0.5)
    0.5
    """
    return math.sqrt(max(min(kl_divergence / 2, 1 - math.exp(-kl_divergence)), 0.0))


def spread_bound(n_labels: int) -> float:
    """Bound 1 - intersection from above by a multiple of the Euclidean distance, least over the signs of e.

    >>> spread_bound(2)
    1.4142135623730951
    """
    return math.sqrt(1 / (n_labels // 2) + 1 / (n_labels - n_labels // 2))


LINEAR = " Linear, so it holds for means."
INEQUALITIES = (
    Inequality(
        "Chebyshev ≤ 1 − intersection",
        "The e_j sum to 0, so the largest |e_j| is at most the sum of those of its sign, V." + LINEAR,
        ("chebyshev", "intersection"),
        lambda c, cheb, inter: (cheb, 1 - inter),
    ),
    Inequality(
        "1 − intersection ≤ ⌊c/2⌋ · Chebyshev",
        "V is the sum of the positive e_j and of the negative ones; the fewer of them are at most ⌊c/2⌋." + LINEAR,
        ("chebyshev", "intersection"),
        lambda c, cheb, inter: (1 - inter, c // 2 * cheb),
    ),
    Inequality(
        "1 − intersection ≤ min(√(KL/2), √(1 − exp(−KL)))",
        "Pinsker; Bretagnolle and Huber. Both bounds are concave in KL, so with Jensen they hold for means.",
        ("intersection", "kl_divergence"),
        lambda c, inter, kl: (1 - inter, distance_bound(kl)),
    ),
    Inequality(
        "Chebyshev ≤ min(√(KL/2), √(1 − exp(−KL)))",
        "Chebyshev ≤ 1 − intersection, and the bound of the latter.",
        ("chebyshev", "kl_divergence"),
        lambda c, cheb, kl: (cheb, distance_bound(kl)),
    ),
    Inequality(
        "Euclidean ≤ √2 · min(√(KL/2), √(1 − exp(−KL)))",
        "Euclidean ≤ √2 (1 − intersection), and the bound of the latter.",
        ("euclidean_all", "kl_divergence"),
        lambda c, all_, kl: (all_, math.sqrt(2) * distance_bound(kl)),
    ),
    Inequality(
        "√(c/(c−1)) · Chebyshev ≤ Euclidean",
        "If |e_k| is the largest, the others sum to −e_k, so their squares sum to at least e_k²/(c−1)." + LINEAR,
        ("chebyshev", "euclidean_all"),
        lambda c, cheb, all_: (math.sqrt(c / (c - 1)) * cheb, all_),
    ),
    Inequality(
        "Euclidean ≤ √(2⌊c/2⌋) · Chebyshev",
        "Σe² is convex, so on the set |e_j| ≤ m, Σe = 0 it is greatest at a vertex: all e_j are ±m, but one is 0 if c "
        "is odd." + LINEAR,
        ("chebyshev", "euclidean_all"),
        lambda c, cheb, all_: (all_, math.sqrt(2 * (c // 2)) * cheb),
    ),
    Inequality(
        "Euclidean ≤ √2 · (1 − intersection)",
        "The squares of the positive e_j sum to at most V², those of the negative ones, too." + LINEAR,
        ("euclidean_all", "intersection"),
        lambda c, all_, inter: (all_, math.sqrt(2) * (1 - inter)),
    ),
    Inequality(
        "√(1/⌊c/2⌋ + 1/⌈c/2⌉) · (1 − intersection) ≤ Euclidean",
        "With k positive e_j, Cauchy gives Σe² ≥ V²/k + V²/(c−k), least for k = ⌊c/2⌋." + LINEAR,
        ("euclidean_all", "intersection"),
        lambda c, all_, inter: (spread_bound(c) * (1 - inter), all_),
    ),
    Inequality(
        "√(head² + tail²) ≤ all (Euclidean)",
        "Where no label is both, the squares over head and over tail labels are among those over all labels in each "
        "row; the mean of norms is at least the norm of means (Jensen).",
        ("euclidean_all", "euclidean_tail", "euclidean_head"),
        lambda c, all_, tail, head: (math.hypot(head, tail), all_),
        "that no label is both head and tail",
    ),
    Inequality(
        "all ≤ head + tail (Euclidean)",
        "√(head² + tail²) ≤ head + tail in each row." + LINEAR,
        ("euclidean_all", "euclidean_tail", "euclidean_head"),
        lambda c, all_, tail, head: (all_, head + tail),
        "that every label is head or tail",
    ),
    Inequality(
        "Clark ≤ √c",
        "Each of the c squared terms is at most 1." + LINEAR,
        ("clark",),
        lambda c, clark: (clark, math.sqrt(c)),
    ),
    Inequality(
        "Canberra ≤ c",
        "Each of the c terms is at most 1." + LINEAR,
        ("canberra",),
        lambda c, canberra: (canberra, float(c)),
    ),
    Inequality(
        "Clark ≤ Canberra",
        "The Euclidean norm of the terms |e_j|/(t_j + p_j) is at most their sum." + LINEAR,
        ("clark", "canberra"),
        lambda c, clark, canberra: (clark, canberra),
    ),
    Inequality(
        "Clark ≤ √Canberra",
        "The terms are at most 1, so their squares sum to at most their sum; the root is concave (Jensen).",
        ("clark", "canberra"),
        lambda c, clark, canberra: (clark, math.sqrt(canberra)),
    ),
    Inequality(
        "Canberra ≤ √c · Clark",
        "Cauchy. Clark's distance without a floor: one under its squared denominator lowers terms with t_j + p_j below "
        "the floor's root." + LINEAR,
        ("clark", "canberra"),
        lambda c, clark, canberra: (canberra, math.sqrt(c) * clark),
    ),
    Inequality(
        "2 (1 − intersection) ≤ Canberra",
        "Let t_j + p_j sum to s over the positive e_j and to 2 − s over the others. Weighted by t_j + p_j, the terms "
        "of the first have the mean V/s, the others V/(2−s), so they sum to at least V/s + V/(2−s) ≥ 2V." + LINEAR,
        ("canberra", "intersection"),
        lambda c, canberra, inter: (2 * (1 - inter), canberra),
    ),
    Inequality(
        "√2 (1 − intersection) ≤ Clark",
        "As before: the largest terms of both groups give Clark² ≥ V²/s² + V²/(2−s)² ≥ 2V²." + LINEAR,
        ("clark", "intersection"),
        lambda c, clark, inter: (math.sqrt(2) * (1 - inter), clark),
    ),
    Inequality(
        "intersection² ≤ c · cosine",
        "The norms are at most 1 and t·p ≥ Σ min(t, p)² ≥ intersection²/c; the square is convex (Jensen).",
        ("intersection", "cosine"),
        lambda c, inter, cosine: (inter**2, c * cosine),
    ),
    Inequality(
        "Euclidean² ≤ 2 − (2 − (1 − 1/√c)²) · cosine",
        "Σe² = |t|² + |p|² − 2|t||p| cosine is convex in each norm, both in [1/√c, 1], so it is greatest at their "
        "ends: a maximum of linear functions of the cosine, below its chord from 2 (cosine 0) to (1 − 1/√c)² "
        "(cosine 1). The square of the mean is at most the mean of the squares.",
        ("euclidean_all", "cosine"),
        lambda c, all_, cosine: (all_**2, 2 - (2 - (1 - 1 / math.sqrt(c)) ** 2) * cosine),
    ),
)
NORM = "√(head² + tail²)"
ONE_RUN = "means over the same rows, of predictions that are distributions, in the usual metrics"
BOTH_PAPERS = f"{ONE_RUN}; and that AMEMA's appendix prints the paper's own run of DILDL"
MENDED = "One wrong digit in one of these numbers would be enough."


def audit_inequalities(tables: PublishedTables, n_labels: Mapping[str, int]) -> pd.DataFrame:
    """Hold the means of every method and data set, and of every row of an ablation, against all inequalities."""
    numbers = printed_numbers(tables)
    numbers = numbers[numbers["statistic"] == "mean"]
    rows: list[dict[str, Any]] = []
    for _, group in numbers.groupby(["source", "dataset", "ablation", "row"], sort=False):
        rows += _hold(group, n_labels)
    both = numbers[~numbers["ablation"] & (numbers["row"] == "DILDL")]
    for _, group in both.groupby("dataset", sort=False):
        rows += _hold(group, n_labels, across=True)
    return as_checks("inequalities", rows)


def _hold(group: pd.DataFrame, n_labels: Mapping[str, int], across: bool = False) -> Iterator[dict[str, Any]]:
    """Check the means of one method and data set; `across` is for those that no source prints by itself."""
    cells = {cell.metric: cell for cell in records(group)}
    sources = list(dict.fromkeys(group["source"]))
    first = records(group)[0]
    titles = " with ".join(TITLES[source] for source in sources)
    row = f"{first.row} (ablation)" if first.ablation else first.row
    c = n_labels[first.dataset]
    for inequality in INEQUALITIES:
        if not set(inequality.metrics) <= set(cells):
            continue
        used = [cells[metric] for metric in inequality.metrics]
        if across and len({cell.source for cell in used}) == 1:
            continue
        failure = least_excess(inequality, c, [(cell.value, cell.half_unit) for cell in used])
        presumes = [BOTH_PAPERS if across else ONE_RUN, inequality.presumes]
        printed = ", ".join(f"{metric_name(cell.metric)} {cell.printed}" for cell in used)
        numbers = ", ".join(dict.fromkeys(f"Table {cell.table}" for cell in used))
        yield {
            "source": " with ".join(sources),
            "place": f"{titles}: {first.dataset}, {row}",
            "printed": f"{printed} ({numbers})",
            "should_be": f"{inequality.statement}, c = {c}",
            "presumes": "; and ".join(filter(None, presumes)),
            "failure": failure,
            "text": f"For {row} on {first.dataset}, {numbers} ({titles}) has {printed}. The means of any "
            f"label distributions obey {inequality.statement}; this fails by {failure:.4f} whatever the rounding.",
            "doubt": MENDED if failure > 0 and one_digit_mends(inequality, c, used) else "",
        }


def one_digit_mends(inequality: Inequality, n_labels: int, used: list[Any]) -> bool:
    """Whether another digit at one place of one number would satisfy an inequality."""
    for k, cell in enumerate(used):
        for at, digit in itertools.product(range(len(cell.printed)), "0123456789"):
            if cell.printed[at].isdigit():
                texts = [other.printed for other in used]
                texts[k] = cell.printed[:at] + digit + cell.printed[at + 1 :]
                means = [(float(text), other.half_unit) for text, other in zip(texts, used, strict=True)]
                if least_excess(inequality, n_labels, means) <= 0:
                    return True
    return False


def least_excess(inequality: Inequality, n_labels: int, means: list[tuple[float, float]]) -> float:
    """By how much the smaller side exceeds the greater, least over all roundings."""
    corners = itertools.product(*((max(value - half, 0.0), value + half) for value, half in means))
    differences = []
    for corner in corners:
        small, great = inequality.sides(n_labels, *corner)
        differences.append(small - great)
    return min(differences)
