"""What predictions are like: known values, and bounds over random predictions."""

import numpy as np
import pytest
from hypothesis import given

from ildl.checks import InputError
from ildl.diagnostics import describe_predictions
from ildl.metrics import euclidean
from tests.strategies import simplex_pair


def test_the_uniform_distribution_has_full_entropy_and_no_spread():
    D = np.array([[0.5, 0.3, 0.2], [1.0, 0.0, 0.0]])
    found = describe_predictions(D, np.full((2, 3), 1 / 3))
    assert found["entropy"] == pytest.approx(1)
    assert found["spread"] == pytest.approx(0, abs=1e-15)
    assert found["squared_error"] == pytest.approx(((D - 1 / 3) ** 2).sum(1).mean())


def test_certain_predictions_of_two_labels():
    """Two unit vectors: no entropy, and each lies at the squared distance 1/2 from their mean."""
    found = describe_predictions([[0.5, 0.5], [0.5, 0.5]], [[1, 0], [0, 1]])
    assert found == pytest.approx({"from_uniform": 0.5, "entropy": 0, "spread": 0.5, "squared_error": 0.5})


@given(simplex_pair())
def test_bounds_and_head_and_tail_of_other_rules(pair):
    D, P = pair
    n_labels = D.shape[1]
    found = describe_predictions(D, P, {"first": [0], "none": [], "all": range(n_labels)})
    assert 0 <= found["entropy"] <= 1 + 1e-12
    assert 0 <= found["spread"] <= 1
    assert 0 <= found["squared_error"] <= 2 + 1e-12
    assert found["euclidean_head_first"] == pytest.approx(np.abs(D - P)[:, 0].mean())
    assert "euclidean_head_none" not in found
    assert "euclidean_tail_all" not in found
    assert found["euclidean_tail_none"] == found["euclidean_head_all"] == pytest.approx(euclidean(D, P))


def test_shapes_must_agree():
    with pytest.raises(InputError, match="they must be equal"):
        describe_predictions([[0.5, 0.5]], [[0.2, 0.3, 0.5]])


def test_the_way_from_the_start_is_the_mean_chebyshev_distance():
    D, start = [[1.0, 0.0, 0.0], [0.2, 0.3, 0.5]], [[0.4, 0.6, 0.0], [0.2, 0.3, 0.5]]
    assert describe_predictions(D, D, D_start=start)["from_start"] == pytest.approx((0.6 + 0) / 2)
    assert "from_start" not in describe_predictions(D, D)
