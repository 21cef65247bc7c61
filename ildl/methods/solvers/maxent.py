"""What maximum-entropy models share: predictions, their likelihood, and the way from them back to logits."""

from __future__ import annotations

import numpy as np
from scipy.special import log_softmax, softmax

from ildl.checks import Array
from ildl.methods.solvers.optimise import IterativeEstimator


class MaxEntEstimator(IterativeEstimator):
    """A method that predicts by P = softmax(XW), whichever objective its weights minimise.

    Attributes
    ----------
    coef_ : ndarray, shape (q, c)
        W.
    """

    coef_: Array

    def _predict(self, X: Array) -> Array:
        return softmax(X @ self.coef_, axis=1)


def predictions(X: Array, W: Array) -> tuple[Array, Array]:
    """P = softmax(XW) and its logarithm, from one exponential.

    Parameters
    ----------
    X : ndarray, shape (n, q)
    W : ndarray, shape (q, c)

    Returns
    -------
    P, log_P : ndarray, shape (n, c)
        Column by column in memory: a sum over the few labels of each row then adds whole columns.
    """
    Z = np.matmul(X, W, order="F")
    Z -= Z.max(axis=1, keepdims=True)
    P = np.exp(Z)
    totals = P.sum(axis=1, keepdims=True)
    return P / totals, Z - np.log(totals)


def negative_log_likelihood(D: Array, Z: Array) -> float:
    """Minus the sum over rows and labels of D log softmax(Z): KL(D || P) up to the entropy of D.

    Its gradient with respect to Z is P - D.

    Parameters
    ----------
    D : ndarray, shape (n, c)
        Label distributions.
    Z : ndarray, shape (n, c)
        Logits.

    Returns
    -------
    float
    """
    return -float((D * log_softmax(Z, axis=1)).sum())


def softmax_pullback(P: Array, G: Array) -> Array:
    """Turn the gradient with respect to P = softmax(Z) into the one with respect to Z.

    Parameters
    ----------
    P : ndarray, shape (n, c)
        Predictions, rows on the simplex.
    G : ndarray, shape (n, c)
        Gradient with respect to P.

    Returns
    -------
    ndarray, shape (n, c)
        P * (G - row sums of G * P); rows sum to 0.
    """
    return P * (G - (G * P).sum(axis=1, keepdims=True))


def diagonal_pullback(P: Array, G: Array) -> Array:
    """Keep the diagonal of the softmax Jacobian alone, as several public codes do; not the gradient of anything.

    Parameters
    ----------
    P, G : ndarray, shape (n, c)
        As for `softmax_pullback`.

    Returns
    -------
    ndarray, shape (n, c)
        G * (P - P * P).
    """
    return G * (P - P * P)


PULLBACKS = {"exact": softmax_pullback, "diagonal": diagonal_pullback}
"""Values of an option `jacobian`."""
