"""Quartiles by dominant degree."""

import numpy as np

from ildl.report.fading import quartiles_by_degree


def test_bins_hold_their_rows_and_keep_the_order_of_losses():
    degrees = np.array([0.20, 0.25, 0.29, 0.30, 0.95, 1.0])
    norms = {"z last by name": np.array([1.0, 2.0, 3.0, 10.0, 7.0, 100.0]), "a": np.zeros(6)}
    table = quartiles_by_degree("set", degrees, norms, [0.2, 0.3, 0.4, 0.9, 1.0])
    assert list(table.loss.unique()) == ["z last by name", "a"]
    first = table[table.loss == "z last by name"]
    np.testing.assert_allclose(first.degree, [0.25, 0.35, 0.95])
    assert list(first.rows) == [3, 1, 1]
    np.testing.assert_allclose(first["median"], [2, 10, 7])
    np.testing.assert_allclose(first.lower, [1.5, 10, 7])
    np.testing.assert_allclose(first.upper, [2.5, 10, 7])
