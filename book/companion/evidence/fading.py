"""How gradients of non-dominant logits depend on the dominant degree, for the labels of data sets: quartiles in bins.

Rows with a degree above `NEAR_CERTAIN` are left out: they have no distribution over the other labels, or one that is
only smoothing (in 406 rows of Natural_Scene, one label has the degree 0.9985 and all others share the rest equally).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from companion.evidence.survey import NEAR_CERTAIN
from ildl.data import Dataset
from ildl.losses import check, nondominant_target, one_hot_dominant
from ildl.methods import make_method

ALPHA: float = make_method("DILDL").get_params()["alpha"]
REAL, MOVED = "real", "dominant degree set"
"""The labels as they are, and with the dominant degree set to one of `DEGREES` while the shares of the others stay."""
DEGREES = (0.5, 0.6, 0.7, 0.8, 0.9)
EDGES = {
    REAL: (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
    MOVED: (0.45, 0.55, 0.65, 0.75, 0.85, 0.95),
}
FEWEST = 10
"""Bins with fewer rows are left out: their quartiles would be those of single rows."""
PREDICTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "dominant degree right": check.dominant_right,
    "uniform": torch.zeros_like,
}
"""The uniform one is that from which training starts."""
TARGETS = {"printed": ("one-hot", "softmax"), "derived": ("degree", "ratio")}
"""Those of Eq. (2) and (3), and those under which the gradients follow."""


def fading(ds: Dataset) -> pd.DataFrame:
    """Return quartiles of the norm of the plain and the decoupled gradient over the non-dominant logits, in bins."""
    D, parts = _mixed(ds), []
    shares = nondominant_target(D, "ratio")
    moved = torch.cat([degree * one_hot_dominant(D) + (1 - degree) * shares for degree in DEGREES])
    for (labels, rows), at, of in itertools.product(((REAL, D), (MOVED, moved)), PREDICTIONS, TARGETS):
        norms = check.nondominant_norms(rows, PREDICTIONS[at](rows), [ALPHA], *TARGETS[of])
        quartiles = quartiles_by_degree(rows.amax(-1), norms, EDGES[labels])
        parts.append(quartiles.assign(labels=labels, prediction=at, targets=of))
    return pd.concat(parts).query("rows >= @FEWEST").reset_index(drop=True)


def gradient_shares(ds: Dataset) -> pd.DataFrame:
    """Return what share of the rows has a dominant degree above alpha, and the smallest share that the others receive.

    That is of a row's plain gradient at the uniform prediction, in absolute values.
    """
    D = _mixed(ds)
    uneven = D[D.amax(-1) > D.amin(-1)]  # a uniform row has no gradient at the uniform prediction
    above, share = (D.amax(-1) > ALPHA).double().mean(), check.nondominant_share(uneven).min()
    return pd.DataFrame([{"rows": len(D), "above": float(above), "smallest_share": float(share)}])


def quartiles_by_degree(degrees: ArrayLike, norms: Mapping[str, ArrayLike], edges: Sequence[float]) -> pd.DataFrame:
    """Bin rows by dominant degree (a bin contains its lower edge) and give quartiles of a value for each loss."""
    centres = (np.asarray(edges)[:-1] + np.asarray(edges)[1:]) / 2
    bins = pd.cut(np.asarray(degrees), list(edges), right=False, labels=centres).astype(float)
    parts = []
    for loss, values in norms.items():
        grouped = pd.Series(np.asarray(values)).groupby(bins)
        quartiles = grouped.quantile(np.array([0.25, 0.5, 0.75])).unstack().rename_axis("degree")
        quartiles = quartiles.set_axis(["lower", "median", "upper"], axis=1)
        parts.append(quartiles.assign(rows=grouped.size(), loss=loss).reset_index())
    return pd.concat(parts, ignore_index=True)[["degree", "rows", "loss", "lower", "median", "upper"]]


def _mixed(ds: Dataset) -> Tensor:
    return torch.tensor(ds.labels[ds.labels.max(axis=1) <= NEAR_CERTAIN])
