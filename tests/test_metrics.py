"""The metrics: known values, bounds, identities, inequalities, other libraries, bad input."""

from __future__ import annotations

import doctest
import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.spatial import distance

from ildl import metrics
from ildl.checks import InputError
from ildl.metrics import (
    HIGHER_IS_BETTER,
    canberra,
    chebyshev,
    clark,
    cosine,
    euclidean,
    evaluate,
    intersection,
    kl_divergence,
)
from tests.strategies import simplex, simplex_pair

ALL = (chebyshev, clark, canberra, kl_divergence, cosine, intersection, euclidean)
each_metric = pytest.mark.parametrize("metric", ALL)
KNOWN = [
    ([0.5, 0.3, 0.2], [0.4, 0.4, 0.2], (0.1, 0.180980, 0.253968, 0.025267, 0.973329, 0.9, 0.141421)),
    ([1, 0, 0], [0, 1, 0], (1, 1.414214, 2, 32.236191, 0, 0, 1.414214)),
    ([0.5, 0.3, 0.2], [0.5, 0.3, 0.2], (0, 0, 0, 0, 1, 1, 0)),
    ([1, 0, 0], [1, 0, 0], (0, 0, 0, 0, 1, 1, 0)),
]
SATURATED = (np.array([[0.6, 0.4, 0.0]]), np.array([[0.0, 0.0, 1.0]]))


@pytest.mark.parametrize(("true", "predicted", "values"), KNOWN)
def test_known_values(true, predicted, values):
    for metric, value in zip(ALL, values, strict=True):
        assert metric([true], [predicted]) == pytest.approx(value, abs=5e-7), metric.__name__


def test_examples_in_the_docstrings():
    assert doctest.testmod(metrics).failed == 0


@given(simplex_pair())
@example(SATURATED)
def test_scipy_agrees_row_by_row(pair):
    pair = [np.where(matrix < 1e-9, 0, matrix) for matrix in pair]  # SciPy has no floor under Canberra's denominator
    rows = list(zip(*pair, strict=True))
    for metric, foreign in (
        (chebyshev, distance.chebyshev),
        (canberra, distance.canberra),
        (euclidean, distance.euclidean),
        (cosine, lambda t, p: 1 - distance.cosine(t, p)),
        (intersection, lambda t, p: 1 - distance.cityblock(t, p) / 2),
    ):
        assert metric(*pair) == pytest.approx(np.mean([foreign(t, p) for t, p in rows]), abs=1e-9), metric.__name__


@given(simplex_pair())
def test_scipy_agrees_on_the_divergence_where_the_floor_is_not_touched(pair):
    true, predicted = pair[0], 0.999 * pair[1] + 0.001 / pair[1].shape[1]
    assert kl_divergence(true, predicted) == pytest.approx(
        scipy.stats.entropy(true, predicted, axis=1).mean(), abs=1e-9
    )


@given(simplex_pair())
@example(SATURATED)
def test_clark_and_divergence_by_hand(pair):
    squares, divergences = [], []
    for t, p in zip(*(matrix.tolist() for matrix in pair), strict=True):
        terms = [(a - b) ** 2 / max((a + b) ** 2, 1e-14) for a, b in zip(t, p, strict=True)]
        squares.append(math.sqrt(math.fsum(terms)))
        logs = [a * math.log(max(a / max(b, 1e-14), 1e-14)) for a, b in zip(t, p, strict=True)]
        divergences.append(math.fsum(logs))
    assert clark(*pair) == pytest.approx(np.mean(squares), abs=1e-9)
    assert kl_divergence(*pair) == pytest.approx(np.mean(divergences), abs=1e-9)


@given(simplex_pair())
@example(SATURATED)
def test_bounds(pair):
    c = pair[0].shape[1]
    highest = (1, math.sqrt(c), c, -math.log(1e-14), 1, 1, math.sqrt(2))
    for metric, high in zip(ALL, highest, strict=True):
        assert -1e-12 <= metric(*pair) <= high + 1e-9, metric.__name__


@given(simplex_pair())
@example(SATURATED)
def test_inequalities(pair):
    """Each holds row by row with both sides linear in the row, or by Jensen, so it holds for means."""
    c, variation = pair[0].shape[1], 1 - intersection(*pair)
    by_clark, by_canberra = clark(*pair, eps=1e-14), canberra(*pair, eps=1e-7)  # Clark's floor is that of a square
    chain = [
        (chebyshev(*pair), euclidean(*pair)),
        (chebyshev(*pair), variation),
        (euclidean(*pair), math.sqrt(2) * variation),
        (variation, math.sqrt(c) / 2 * euclidean(*pair)),
        (2 * variation**2, kl_divergence(*pair)),  # Pinsker
        (by_clark**2, by_canberra),
        (by_canberra, math.sqrt(c) * by_clark),
        (variation, by_canberra),
    ]
    for i, (low, high) in enumerate(chain):
        assert low <= high + 1e-9, i


@given(simplex())
def test_a_perfect_prediction(D):
    for metric in ALL:
        assert metric(D, D) == pytest.approx(float(metric.__name__ in HIGHER_IS_BETTER), abs=1e-12), metric.__name__


@given(simplex_pair(), st.randoms(use_true_random=False))
def test_the_order_of_labels_and_of_rows_is_indifferent(pair, random):
    rows, columns = list(range(len(pair[0]))), list(range(pair[0].shape[1]))
    random.shuffle(rows)
    random.shuffle(columns)
    for metric in ALL:
        moved = metric(*(matrix[np.ix_(rows, columns)] for matrix in pair))
        assert moved == pytest.approx(metric(*pair), abs=1e-9), metric.__name__


@given(simplex_pair())
def test_all_but_the_divergence_are_symmetric(pair):
    for metric in set(ALL) - {kl_divergence}:
        assert metric(*pair) == pytest.approx(metric(*pair[::-1]), abs=1e-9), metric.__name__


@given(simplex_pair())
def test_a_metric_is_the_mean_of_its_rows(pair):
    for metric in ALL:
        rows = [metric(t[None], p[None]) for t, p in zip(*pair, strict=True)]
        assert metric(*pair) == pytest.approx(np.mean(rows), abs=1e-9), metric.__name__


def test_the_floor_is_a_parameter():
    one, other = [[1.0, 0.0]], [[0.0, 1.0]]
    assert kl_divergence(one, other, eps=1e-7) == pytest.approx(7 * math.log(10))
    tiny = [[1e-8, 1 - 1e-8]]
    exact = [[0.0, 1.0]]
    assert clark(exact, tiny, eps=1e-30) == pytest.approx(1, abs=1e-6)
    assert clark(exact, tiny) == pytest.approx(1e-8 / 1e-7, rel=1e-6)  # the benchmark's floor hides it
    assert canberra(exact, tiny, eps=1e-7) == pytest.approx(0.1, rel=1e-6)


@given(simplex_pair(), st.data())
def test_head_and_tail_are_a_partition(pair, data):
    c = pair[0].shape[1]
    head = data.draw(st.lists(st.integers(0, c - 1), unique=True, max_size=c))
    parts = {"euclidean_head": head, "euclidean_tail": [j for j in range(c) if j not in head]}
    for t, p in zip(*pair, strict=True):
        row = evaluate(t[None], p[None], head=head)
        squares = sum(row.get(part, 0.0) ** 2 for part in parts)  # a part without labels may be left out
        assert row["euclidean_all"] ** 2 == pytest.approx(squares, abs=1e-9)
    whole = evaluate(*pair, head=head)
    for part, labels in parts.items():
        if labels:
            assert whole[part] == pytest.approx(euclidean(*pair, labels=labels), abs=1e-12)


def test_head_and_tail_are_not_normalised_again():
    values = evaluate([[0.5, 0.3, 0.2]], [[0.4, 0.4, 0.2]], head=[0])
    assert values["euclidean_head"] == pytest.approx(0.1)
    assert values["euclidean_tail"] == pytest.approx(0.1)


@given(simplex_pair())
def test_evaluate_is_each_metric(pair):
    values = evaluate(*pair)
    assert list(values) == [
        "chebyshev",
        "clark",
        "canberra",
        "kl_divergence",
        "cosine",
        "intersection",
        "euclidean_all",
    ]
    assert values["euclidean_all"] == pytest.approx(euclidean(*pair), abs=1e-12)
    for metric in ALL[:-1]:
        assert values[metric.__name__] == pytest.approx(metric(*pair), abs=1e-12)
    assert set(evaluate(*pair, head=[0])) - set(values) == {"euclidean_tail", "euclidean_head"}


def test_float32_is_measured_in_float64():
    rng = np.random.default_rng(0)
    true, predicted = (rng.dirichlet(np.ones(5), 50).astype(np.float32) for _ in range(2))
    doubles = (matrix.astype(np.float64) for matrix in (true, predicted))
    for metric, (t, p) in zip(ALL, [tuple(doubles)] * len(ALL), strict=True):
        assert metric(true, predicted) == metric(t, p)


@each_metric
def test_bad_input_by_name(metric):
    good = [[0.5, 0.5], [0.1, 0.9]]
    for bad, where in (
        ([[0.5, 0.5], [np.nan, 0.9]], "row 1, column 0"),
        ([[0.5, 0.5], [-0.1, 1.1]], "row 1, column 0"),
        ([[0.5, 0.5], [0.2, 0.2]], "row 1.*0.4"),
    ):
        with pytest.raises(InputError, match=f"D_true, {where}"):
            metric(bad, good)
        with pytest.raises(InputError, match=f"D_pred, {where}"):
            metric(good, bad)
    with pytest.raises(InputError, match=r"D_pred has shape \(1, 2\), D_true \(2, 2\)"):
        metric(good, good[:1])


@pytest.mark.parametrize("labels", [[3], [-1], [0.5], ["a"], [True, False, True], [0, 0]])
def test_labels_that_do_not_exist_or_occur_twice(labels):
    D = [[0.5, 0.3, 0.2]]
    with pytest.raises(InputError, match="label"):
        euclidean(D, D, labels=labels)
    with pytest.raises(InputError, match="label"):
        evaluate(D, D, head=labels)


@pytest.mark.parametrize("eps", [0, -1, float("nan"), 2])
@pytest.mark.parametrize("metric", [clark, canberra, kl_divergence, cosine])
def test_a_floor_that_is_none_is_an_error(metric, eps):
    with pytest.raises(InputError, match="eps"):
        metric([[0.5, 0.5]], [[1, 0]], eps=eps)
