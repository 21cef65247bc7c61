"""The inequalities hold for random label distributions and predictions, and a table that breaks one is found."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.audit.inequalities import INEQUALITIES, distance_bound, least_excess
from ildl.metrics import evaluate
from tests.strategies import simplex_pair

BY_STATEMENT = {inequality.statement: inequality for inequality in INEQUALITIES}
FLOOR_FREE = "Canberra ≤ √c · Clark"


def clark_without_floor(D_true, D_pred):
    total, gap = D_true + D_pred, np.abs(D_true - D_pred)
    terms = np.divide(gap, total, out=np.zeros_like(gap), where=total > 0)
    return float(np.linalg.norm(terms, axis=1).mean())


@pytest.mark.parametrize("inequality", INEQUALITIES, ids=lambda inequality: inequality.statement)
@given(pair=simplex_pair(), data=st.data())
def test_means_of_label_distributions_obey(inequality, pair, data):
    c = pair[0].shape[1]
    head = data.draw(st.lists(st.integers(0, c - 1), min_size=1, max_size=c - 1, unique=True))
    means = evaluate(*pair, head=head)
    if inequality.statement == FLOOR_FREE:
        means["clark"] = clark_without_floor(*pair)
    small, great = inequality.sides(c, *(means[metric] for metric in inequality.metrics))
    assert small <= great + 1e-6


@pytest.mark.parametrize("inequality", INEQUALITIES, ids=lambda inequality: inequality.statement)
@given(data=st.data())
def test_no_number_within_the_rounding_fails_by_less(inequality, data):
    means = [(data.draw(st.floats(0.06, 0.9)), 0.05) for _ in inequality.metrics]
    c = data.draw(st.integers(2, 9))
    chosen = [value + data.draw(st.floats(-half, half)) for value, half in means]
    small, great = inequality.sides(c, *chosen)
    assert small - great >= least_excess(inequality, c, means) - 1e-12


@pytest.mark.parametrize(("statement", "c", "means", "excess"), [
    ("√(head² + tail²) ≤ all (Euclidean)", 5, (0.251, 0.227, 0.133), 0.263093 - 0.251),
    ("all ≤ head + tail (Euclidean)", 5, (0.5, 0.2, 0.2), 0.1),
    ("Chebyshev ≤ 1 − intersection", 5, (0.4, 0.7), 0.1),
    ("Clark ≤ √c", 4, (2.5,), 0.5),
])  # fmt: skip
def test_a_breach_by_hand(statement, c, means, excess):
    exact = [(value, 0.0) for value in means]
    assert least_excess(BY_STATEMENT[statement], c, exact) == pytest.approx(excess, abs=1e-5)
    rounded = [(value, 0.0005) for value in means]
    assert 0 < least_excess(BY_STATEMENT[statement], c, rounded) < excess


@pytest.mark.parametrize("c", range(2, 8))
def test_spread_bound_is_attained(c):
    """k errors of 1/k against c - k of -1/(c - k): V = 1, and the norm is the bound for the best k."""
    norms = [np.linalg.norm([1 / k] * k + [-1 / (c - k)] * (c - k)) for k in range(1, c)]
    small, great = BY_STATEMENT["√(1/⌊c/2⌋ + 1/⌈c/2⌉) · (1 − intersection) ≤ Euclidean"].sides(c, 0.7, 0.0)
    assert (small, great) == pytest.approx((min(norms), 0.7))


@given(st.floats(0, 50), st.floats(0, 50), st.floats(0, 1))
def test_distance_bound_is_concave_and_at_most_1(x, y, weight):
    mixture = distance_bound(weight * x + (1 - weight) * y)
    assert weight * distance_bound(x) + (1 - weight) * distance_bound(y) <= mixture + 1e-9
    assert mixture <= 1


def test_statements_are_distinct_and_proved():
    assert len(BY_STATEMENT) == len(INEQUALITIES)
    assert all(len(inequality.proof) > 20 for inequality in INEQUALITIES)
    assert all(a.metrics != b.metrics or a.statement != b.statement for a, b in itertools.combinations(INEQUALITIES, 2))
