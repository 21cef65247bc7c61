"""k-means as the comparison methods need it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from ildl.checks import Array


def cluster_rows(Y: Array, n_clusters: int, seed: int) -> list[NDArray[np.intp]]:
    """Partition rows by k-means: k-means++ starts, the best of ten.

    Parameters
    ----------
    Y : ndarray, shape (n, s)
    n_clusters : int
        At least 1; clusters can never be more than distinct rows.
    seed : int

    Returns
    -------
    list of ndarray of int
        Row indices of each non-empty cluster, ascending.
    """
    seed = (
        seed if seed < 2**32 else int(np.random.SeedSequence(seed).generate_state(1)[0])
    )  # KMeans takes no larger one
    k = min(n_clusters, len(np.unique(Y.round(12), axis=0)))
    assigned = KMeans(k, init="k-means++", n_init=10, random_state=seed).fit(Y).labels_
    return [rows for j in range(k) if (rows := np.flatnonzero(assigned == j)).size]
