"""Data sets that need no file: an imbalanced generator, and the artificial set of the field."""

from __future__ import annotations

import hashlib

import numpy as np

from ildl.checks import InputError, check_features, check_number
from ildl.data.catalogue import ARTIFICIAL
from ildl.data.dataset import Array, Dataset

RATIO_TOLERANCE = 1e-6
SPREAD = 1.5  # standard deviation of the logits over rows: neither uniform nor one-hot
VERSION = 2
"""Of the generators. With the parameters it identifies what they make, whose last bits depend on the processor."""
DECIMALS = 9  # of degrees, so that hardly any depends on it


def make_artificial(n: int = 600, q: int = 20, c: int = 5, imbalance: float = 10.0, seed: int = 0) -> Dataset:
    """Generate an imbalanced data set whose labels are a learnable function of the features.

    Features are standard normal. Label distributions are ``softmax(W x + b)`` with Gaussian W, scaled so that each
    logit has standard deviation 1.5 over x. The offsets b are solved for on the drawn rows so that the mean
    degrees fall geometrically from the first label to the last, the first being `imbalance` times the last (to a
    relative 1e-6).

    Parameters
    ----------
    n : int
        Rows, at least 2.
    q : int
        Features, at least 1.
    c : int
        Labels, at least 2.
    imbalance : float
        Largest over smallest mean degree, at least 1.
    seed : int
        Non-negative.

    Returns
    -------
    Dataset
        ``feature_set`` is "artificial"; ``sampling`` is None: all rows of a training fold are kept.

    Raises
    ------
    InputError
        A parameter out of its range, or an imbalance that the drawn rows cannot attain.
    """
    check_number(n, "n", 2, integer=True)
    check_number(q, "q", 1, integer=True)
    check_number(c, "c", 2, integer=True)
    check_number(imbalance, "imbalance", 1)
    check_number(seed, "seed", 0, integer=True)
    from scipy.special import softmax

    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, q))
    W = rng.standard_normal((q, c)) * SPREAD / np.sqrt(q)
    means = np.geomspace(imbalance, 1.0, c)
    D = softmax(X @ W + _offsets(X @ W, means / means.sum()), axis=1)
    attained = D[:, 0].mean() / D[:, -1].mean()
    if not abs(attained / imbalance - 1) <= RATIO_TOLERANCE:
        raise InputError(
            f"imbalance={imbalance} cannot be attained with n={n}, c={c}: {attained:.6g}; choose a smaller one."
        )
    return _dataset(X, D, f"make_artificial {n} {q} {c} {float(imbalance)} {seed}")


def make_geng(n: int = 500, seed: int = 0) -> Dataset:
    """Generate the field's artificial data set: three features, three labels (Geng, TKDE 2016).

    Features are uniform on [-1, 1]^3; the labels follow `geng_distribution`.

    Parameters
    ----------
    n : int
        Rows, at least 2.
    seed : int
        Non-negative.

    Returns
    -------
    Dataset

    Raises
    ------
    InputError
        A parameter out of its range.
    """
    check_number(n, "n", 2, integer=True)
    check_number(seed, "seed", 0, integer=True)
    X = np.random.default_rng(seed).uniform(-1, 1, (n, 3))
    return _dataset(X, geng_distribution(X), f"make_geng {n} {seed}")


def make_geng_manifold(side: int = 201) -> Dataset:
    """Return the test points that go with `make_geng`: a grid on the surface x3 = sin(pi (x1 + x2)).

    Parameters
    ----------
    side : int
        Points along each of x1 and x2, at least 2; the default is a step of 0.01.

    Returns
    -------
    Dataset
        ``side ** 2`` rows; x2 runs fastest.

    Raises
    ------
    InputError
        `side` below 2.
    """
    check_number(side, "side", 2, integer=True)
    x1, x2 = (axis.ravel() for axis in np.meshgrid(*[np.linspace(-1, 1, side)] * 2, indexing="ij"))
    X = np.column_stack([x1, x2, np.sin(np.pi * (x1 + x2))])
    return _dataset(X, geng_distribution(X), f"make_geng_manifold {side}")


def geng_distribution(X: Array) -> Array:
    """Return the label distributions of Geng's artificial data set (TKDE 2016, section 4.1.1).

    With t = x + 0.5 x^2 + 0.2 x^3 + 1 by feature, psi_1 = (w_1't)^2, psi_2 = (w_2't + 0.01 psi_1)^2 and
    psi_3 = (w_3't + 0.01 psi_2)^2 are normalised to sum to 1; w_1 = (4, 2, 1), w_2 = (1, 2, 4), w_3 = (1, 4, 2).

    Parameters
    ----------
    X : ndarray, shape (n, 3)

    Returns
    -------
    ndarray, shape (n, 3)

    Raises
    ------
    InputError
        Not three finite features.
    """
    X = check_features(X, 3)
    t = X + 0.5 * X**2 + 0.2 * X**3 + 1
    first, second, third = (t @ np.array([[4.0, 1.0, 1.0], [2.0, 2.0, 4.0], [1.0, 4.0, 2.0]])).T
    psi1 = first**2
    psi2 = (second + 0.01 * psi1) ** 2
    psi3 = (third + 0.01 * psi2) ** 2
    psi = np.column_stack([psi1, psi2, psi3])
    return psi / psi.sum(axis=1, keepdims=True)


def _offsets(z: Array, target: Array) -> Array:
    """Solve mean(softmax(z + b)) = target for b: the gradient of a convex function, zero at its minimum."""
    from scipy.optimize import minimize
    from scipy.special import logsumexp, softmax

    def value(b: Array) -> tuple[float, Array]:
        logits = z + b
        return float(logsumexp(logits, axis=1).mean() - target @ b), softmax(logits, axis=1).mean(axis=0) - target

    def curvature(b: Array) -> Array:
        p = softmax(z + b, axis=1)
        # The objective does not change along (1, ..., 1); a unit of curvature there makes the minimum unique.
        return np.diag(p.mean(axis=0)) - p.T @ p / len(p) + 1 / len(b)

    return minimize(value, np.log(target), jac=True, hess=curvature, method="trust-exact", options={"gtol": 1e-12}).x


def _dataset(X: Array, D: Array, recipe: str) -> Dataset:
    D = np.round(D, DECIMALS)
    return Dataset(
        name=ARTIFICIAL,
        features=X,
        labels=D / D.sum(axis=1, keepdims=True),
        label_names=tuple(f"label {k}" for k in range(1, D.shape[1] + 1)),
        feature_set="artificial",
        sha256=hashlib.sha256(f"{recipe}, version {VERSION}".encode()).hexdigest(),
    )
