"""Quartiles by dominant degree."""

import numpy as np
import pytest

from companion.evidence.fading import ALPHA, DEGREES, FEWEST, MOVED, REAL, fading, gradient_shares, quartiles_by_degree
from ildl.data import Dataset, make_artificial

AT_RIGHT, AT_START = "dominant degree right", "uniform"


def dataset(D):
    D = np.asarray(D, dtype=float)
    return Dataset("d", None, D, tuple("abcdefgh"[: D.shape[1]]), "labels only", "", None)


def of(table, **chosen):
    for column, value in chosen.items():
        table = table[table[column] == value]
    return table


def norms(D, p, alpha=None, one_hot=False, softmax=False):
    """Norm over the non-dominant logits, from the printed gradients; a row at a time. Plain where alpha is None."""
    found = []
    for d, q in zip(D, p, strict=True):
        k = d.argmax()
        rest = np.delete(d, k)
        predicted = np.delete(q, k)
        shares = np.exp(rest) / np.exp(rest).sum() if softmax else rest / rest.sum()
        predicted_shares = predicted / predicted.sum()
        top = 1.0 if one_hot else d[k]
        if alpha is None:
            found.append(np.linalg.norm(predicted - rest))
        else:
            level = alpha * (top - q[k]) * predicted_shares
            found.append(np.linalg.norm(level + (1 - alpha) * (predicted_shares - shares)))
    return np.array(found)


@pytest.fixture(scope="module")
def made():
    ds = make_artificial(n=400, c=4)
    D = ds.labels[ds.labels.max(axis=1) <= 0.99]
    certain = np.vstack([D, np.tile(np.eye(4), (FEWEST, 1)), np.tile([0.995, 0.003, 0.001, 0.001], (FEWEST, 1))])
    return D, fading(dataset(certain)), gradient_shares(dataset(certain))


@pytest.mark.parametrize("at", [AT_RIGHT, AT_START])
@pytest.mark.parametrize("targets", ["printed", "derived"])
def test_real_rows_give_the_quartiles_of_the_derived_gradients(made, at, targets):
    D, table, _ = made
    top = D.max(axis=1)
    p = np.full_like(D, 0.25)
    if at == AT_RIGHT:
        p = np.where(D == top[:, None], top[:, None], (1 - top[:, None]) / 3)
    printed = {"one_hot": targets == "printed", "softmax": targets == "printed"}
    expected = {"plain KL": norms(D, p), f"decoupled, \u03b1 = {ALPHA:g}": norms(D, p, ALPHA, **printed)}
    for loss, values in expected.items():
        rows = of(table, labels=REAL, prediction=at, targets=targets, loss=loss)
        assert len(rows) > 4
        for row in rows.to_dict("records"):
            inside = values[(top >= row["degree"] - 0.05) & (top < row["degree"] + 0.05)]
            assert row["rows"] == len(inside) >= FEWEST
            np.testing.assert_allclose(
                [row["lower"], row["median"], row["upper"]], np.quantile(inside, [0.25, 0.5, 0.75]), atol=1e-12
            )


def test_rows_with_the_dominant_degree_set_keep_the_shares_of_the_others(made):
    D, table, _ = made
    rows = of(table, labels=MOVED, prediction=AT_RIGHT, targets="derived", loss="plain KL")
    np.testing.assert_allclose(rows["degree"], DEGREES)
    assert (rows["rows"] == len(D)).all()
    # With the dominant degree right, the plain gradient is (1 - d_k) times what depends on the shares alone.
    np.testing.assert_allclose(rows["median"] / (1 - rows["degree"]), 2 * rows["median"].iloc[0])


def test_quartiles_of_few_rows_are_left_out():
    D = np.vstack([np.tile([0.65, 0.2, 0.15], (FEWEST, 1)), np.tile([0.85, 0.1, 0.05], (FEWEST - 1, 1))])
    assert of(fading(dataset(D)), labels=REAL)["degree"].unique() == pytest.approx([0.65])


def test_shares_of_the_parts_of_the_gradient(made):
    D, _, shares = made
    row = shares.iloc[0]
    assert row["rows"] == len(D)
    assert row["above"] == (D.max(axis=1) > ALPHA).mean()
    sizes = np.abs(0.25 - D)
    assert row["smallest_share"] == pytest.approx((1 - sizes[D == D.max(axis=1)[:, None]] / sizes.sum(axis=1)).min())


def test_a_uniform_row_has_no_share():
    shares = gradient_shares(dataset([[0.25] * 4, [0.7, 0.1, 0.1, 0.1]]))
    assert shares["smallest_share"].item() == pytest.approx(0.5)


def test_bins_hold_their_rows_and_keep_the_order_of_losses():
    degrees = np.array([0.20, 0.25, 0.29, 0.30, 0.95, 1.0])
    norms = {"z last by name": np.array([1.0, 2.0, 3.0, 10.0, 7.0, 100.0]), "a": np.zeros(6)}
    table = quartiles_by_degree(degrees, norms, [0.2, 0.3, 0.4, 0.9, 1.0])
    assert list(table.loss.unique()) == ["z last by name", "a"]
    first = table[table.loss == "z last by name"]
    np.testing.assert_allclose(first.degree, [0.25, 0.35, 0.95])
    assert list(first.rows) == [3, 1, 1]
    np.testing.assert_allclose(first["median"], [2, 10, 7])
    np.testing.assert_allclose(first.lower, [1.5, 10, 7])
    np.testing.assert_allclose(first.upper, [2.5, 10, 7])
