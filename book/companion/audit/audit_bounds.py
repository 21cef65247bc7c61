"""Inequalities between metrics that the means of all label distributions and predictions obey, with their proofs.

A printed number is a mean over rows and folds with the same positive weights for every metric. So an inequality that is
linear in the metrics and holds for each row holds for means; E f(x) <= f(E x) carries over those with a concave f
(Jensen), and E |x| >= |E x| those with a norm. In the proofs, t and p are a true and a predicted row with c labels,
e = t - p, so that sum e = 0, and V = 1 - intersection = sum |e| / 2 is the sum of the positive e_j, and of the others.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Inequality:
    """One inequality between means of metrics.

    Parameters
    ----------
    statement : str
        The inequality, for a reader.
    proof : str
        Why it holds for every row, and for means.
    metrics : tuple of str
        Whose means it needs.
    sides : callable
        Takes the number of labels and these means, and returns the smaller and the greater side. Each mean is on one
        side only, and that side is monotone in it.
    presumes : str
        What it needs beyond means of one set of predictions.
    """

    statement: str
    proof: str
    metrics: tuple[str, ...]
    sides: Callable[..., tuple[float, float]]
    presumes: str = ""


def distance_bound(kl_divergence: float) -> float:
    """Bound V = 1 - intersection by the Kullback-Leibler divergence.

    Pinsker: V <= sqrt(KL / 2); Bretagnolle and Huber: V <= sqrt(1 - exp(-KL)). Both are concave in KL, and so is the
    lesser of them: they hold for means. (A floor of 1e-14 under predictions changes KL by less than 1e-12 downwards.)

    Parameters
    ----------
    kl_divergence : float
        Negative values, which only a floor or floating-point arithmetic gives, count as 0.

    Returns
    -------
    float

    Examples
    --------
    >>> distance_bound(0.5)
    0.5
    """
    return math.sqrt(max(min(kl_divergence / 2, 1 - math.exp(-kl_divergence)), 0.0))


def spread_bound(n_labels: int) -> float:
    """Bound 1 - intersection from above by a multiple of the Euclidean distance, least over the signs of e.

    With k positive and c - k other e_j, Cauchy gives sum e^2 >= V^2 / k + V^2 / (c - k), least for k = floor(c / 2).

    Parameters
    ----------
    n_labels : int

    Returns
    -------
    float
        The factor sqrt(1 / floor(c/2) + 1 / ceil(c/2)) with factor * V <= Euclidean.

    Examples
    --------
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
