"""The benchmark's metrics of a predicted label distribution, averaged over instances, in float64.

Formulas are those of the imbalanced-LDL benchmark (RDA, AAAI 2023): `t` is the true row, `p` the predicted one, and
logarithms and denominators are floored at `eps`, 1e-14 there. Other public metric sets floor at 2.2e-16 or 1e-7, which
shows only for predictors that saturate. Distances are better when low, `cosine` and `intersection` when high.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ildl.checks import Array, InputError, check_distributions, check_matrix, check_number

EPS = 1e-14
HIGHER_IS_BETTER = frozenset({"cosine", "intersection"})


def _pair(D_true: ArrayLike, D_pred: ArrayLike, eps: float = EPS) -> tuple[Array, Array]:
    check_number(eps, "eps", 0, 1, open_low=True)
    true = check_distributions(D_true, "D_true")
    pred = check_matrix(D_pred, "D_pred")
    if pred.shape != true.shape:
        raise InputError(f"D_pred has shape {pred.shape}, D_true {true.shape}; they must be equal.")
    return true, check_distributions(pred, "D_pred")


def chebyshev(D_true: ArrayLike, D_pred: ArrayLike) -> float:
    """Chebyshev distance, the largest absolute error of a row: max_j |t_j - p_j|, in [0, 1], low is good.

    Parameters
    ----------
    D_true, D_pred : array-like, shape (n, c)
        Label distributions: rows on the simplex.

    Returns
    -------
    float
        Mean over rows.

    Raises
    ------
    InputError
        Rows are not label distributions, or the shapes differ.

    Examples
    --------
    >>> round(chebyshev([[0.5, 0.3, 0.2]], [[0.4, 0.4, 0.2]]), 6)
    0.1
    """
    true, pred = _pair(D_true, D_pred)
    return float(np.abs(true - pred).max(axis=1).mean())


def clark(D_true: ArrayLike, D_pred: ArrayLike, eps: float = EPS) -> float:
    """Clark distance, sqrt(sum_j (t_j - p_j)^2 / (t_j + p_j)^2), in [0, sqrt(c)], low is good.

    Parameters
    ----------
    D_true, D_pred : array-like, shape (n, c)
        Label distributions: rows on the simplex.
    eps : float
        Floor of the squared denominator.

    Returns
    -------
    float
        Mean over rows.

    Raises
    ------
    InputError
        Rows are not label distributions, or the shapes differ.

    Examples
    --------
    >>> round(clark([[0.5, 0.3, 0.2]], [[0.4, 0.4, 0.2]]), 6)
    0.18098
    """
    true, pred = _pair(D_true, D_pred, eps)
    terms = (true - pred) ** 2 / np.maximum((true + pred) ** 2, eps)
    return float(np.sqrt(terms.sum(axis=1)).mean())


def canberra(D_true: ArrayLike, D_pred: ArrayLike, eps: float = EPS) -> float:
    """Canberra distance, sum_j |t_j - p_j| / (t_j + p_j), in [0, c], low is good.

    Parameters
    ----------
    D_true, D_pred : array-like, shape (n, c)
        Label distributions: rows on the simplex.
    eps : float
        Floor of the denominator.

    Returns
    -------
    float
        Mean over rows.

    Raises
    ------
    InputError
        Rows are not label distributions, or the shapes differ.

    Examples
    --------
    >>> round(canberra([[0.5, 0.3, 0.2]], [[0.4, 0.4, 0.2]]), 6)
    0.253968
    """
    true, pred = _pair(D_true, D_pred, eps)
    terms = np.abs(true - pred) / np.maximum(true + pred, eps)
    return float(terms.sum(axis=1).mean())


def kl_divergence(
    D_true: ArrayLike, D_pred: ArrayLike, eps: float = EPS, sample_weight: ArrayLike | None = None
) -> float:
    """Kullback-Leibler divergence sum_j t_j ln(t_j / p_j), at least 0, low is good; 0 ln 0 = 0.

    Parameters
    ----------
    D_true, D_pred : array-like, shape (n, c)
        Label distributions: rows on the simplex.
    eps : float
        Floor of the prediction and of the quotient, which bounds the divergence by -ln(eps).
    sample_weight : array-like, shape (n,), optional
        Weights of the rows in the mean; equal by default.

    Returns
    -------
    float
        Mean over rows.

    Raises
    ------
    InputError
        Rows are not label distributions, the shapes differ, or weights that are none.

    Examples
    --------
    >>> round(kl_divergence([[1, 0, 0]], [[0, 1, 0]]), 6)
    32.236191
    """
    true, pred = _pair(D_true, D_pred, eps)
    terms = true * np.log(np.maximum(true / np.maximum(pred, eps), eps))
    if sample_weight is None:
        return float(terms.sum(axis=1).mean())
    weights = check_matrix(np.reshape(sample_weight, (1, -1)), "sample_weight")[0]
    if len(weights) != len(terms) or (weights < 0).any() or not weights.any():
        raise InputError(f"sample_weight must be {len(terms)} numbers, one a row, none negative and not all 0.")
    return float(np.average(terms.sum(axis=1), weights=weights))


def cosine(D_true: ArrayLike, D_pred: ArrayLike, eps: float = EPS) -> float:
    """Cosine similarity of true and predicted row, in [0, 1], high is good.

    Parameters
    ----------
    D_true, D_pred : array-like, shape (n, c)
        Label distributions: rows on the simplex.
    eps : float
        Floor of the norms.

    Returns
    -------
    float
        Mean over rows.

    Raises
    ------
    InputError
        Rows are not label distributions, or the shapes differ.

    Examples
    --------
    >>> round(cosine([[0.5, 0.3, 0.2]], [[0.4, 0.4, 0.2]]), 6)
    0.973329
    """
    true, pred = _pair(D_true, D_pred, eps)
    norms = [np.maximum(np.linalg.norm(values, axis=1), eps) for values in (true, pred)]
    return float(((true * pred).sum(axis=1) / norms[0] / norms[1]).mean())


def intersection(D_true: ArrayLike, D_pred: ArrayLike) -> float:
    """Intersection similarity sum_j min(t_j, p_j) = 1 - |t - p|_1 / 2, in [0, 1], high is good.

    Parameters
    ----------
    D_true, D_pred : array-like, shape (n, c)
        Label distributions: rows on the simplex.

    Returns
    -------
    float
        Mean over rows.

    Raises
    ------
    InputError
        Rows are not label distributions, or the shapes differ.

    Examples
    --------
    >>> round(intersection([[0.5, 0.3, 0.2]], [[0.4, 0.4, 0.2]]), 6)
    0.9
    """
    true, pred = _pair(D_true, D_pred)
    return float(np.minimum(true, pred).sum(axis=1).mean())


def euclidean(D_true: ArrayLike, D_pred: ArrayLike, labels: Sequence[int] | None = None) -> float:
    """Euclidean distance sqrt(sum_j (t_j - p_j)^2), in [0, sqrt(2)], low is good.

    Parameters
    ----------
    D_true, D_pred : array-like, shape (n, c)
        Label distributions: rows on the simplex.
    labels : sequence of int, optional
        Sum over these labels only (head or tail); the sub-vectors are not normalised again.

    Returns
    -------
    float
        Mean over rows.

    Raises
    ------
    InputError
        Rows are not label distributions, the shapes differ, or a label does not exist or occurs twice.

    Examples
    --------
    >>> round(euclidean([[0.5, 0.3, 0.2]], [[0.4, 0.4, 0.2]]), 6)
    0.141421
    """
    true, pred = _pair(D_true, D_pred)
    if labels is not None:
        columns = _label_indices(labels, true.shape[1])
        true, pred = true[:, columns], pred[:, columns]
    return float(np.linalg.norm(true - pred, axis=1).mean())


def evaluate(D_true: ArrayLike, D_pred: ArrayLike, head: Sequence[int] | None = None) -> dict[str, float]:
    """All metrics of the paper in one dictionary.

    Parameters
    ----------
    D_true, D_pred : array-like, shape (n, c)
        Label distributions: rows on the simplex.
    head : sequence of int, optional
        Indices of the head labels; adds the Euclidean distance over head and over the remaining (tail) labels.

    Returns
    -------
    dict
        `chebyshev`, `clark`, `canberra`, `kl_divergence`, `cosine`, `intersection`, `euclidean_all` and, with `head`,
        `euclidean_tail` and `euclidean_head`; a part without labels has no distance and is left out.

    Raises
    ------
    InputError
        Rows are not label distributions, the shapes differ, or a head label does not exist or occurs twice.
    """
    true, pred = _pair(D_true, D_pred)
    values = {metric.__name__: metric(true, pred) for metric in (chebyshev, clark, canberra, kl_divergence)}
    values |= {metric.__name__: metric(true, pred) for metric in (cosine, intersection)}
    values["euclidean_all"] = euclidean(true, pred)
    if head is not None:
        head = _label_indices(head, true.shape[1])
        parts = {"tail": [j for j in range(true.shape[1]) if j not in head], "head": head}
        values |= {f"euclidean_{name}": euclidean(true, pred, part) for name, part in parts.items() if part}
    return values


def _label_indices(labels: Sequence[int], n_labels: int) -> list[int]:
    if np.ndim(labels) != 1:
        raise InputError(f"Head labels are a list of indices, not {labels!r}.")
    indices = [int(check_number(j, "a label index", 0, n_labels - 1, integer=True)) for j in labels]
    if len(set(indices)) < len(indices):
        raise InputError(f"Each label may occur once among the label indices; got {indices}.")
    return indices
