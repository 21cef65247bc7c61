"""How gradients of non-dominant logits depend on the dominant degree, for the labels of data sets: quartiles in bins.

Rows with a degree above `NEAR_CERTAIN` are left out: they have no distribution over the other labels, or one that is
only smoothing (in 406 rows of Natural_Scene, one label has the degree 0.9985 and all others share the rest equally).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

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


def fading(datasets: Mapping[str, Dataset]) -> pd.DataFrame:
    """Return quartiles of the norm of the gradient over the non-dominant logits, plain and decoupled.

    Columns: those of `quartiles_by_degree`; labels (`REAL`, `MOVED`), prediction, targets. Bins of fewer rows than
    `FEWEST` are left out; alpha is the default's.
    """
    table = pd.concat(_quartiles(datasets))
    return table[table["rows"] >= FEWEST].reset_index(drop=True)


def gradient_shares(datasets: Mapping[str, Dataset]) -> pd.DataFrame:
    """Return what the weights of the two parts of the gradient come to, on rows up to `NEAR_CERTAIN`.

    Columns: dataset; rows; above (share of them whose dominant degree exceeds alpha); smallest_share (of the plain
    gradient that the non-dominant logits of a row receive at the uniform prediction, in absolute values).
    """
    rows = []
    for name, ds in datasets.items():
        D = _mixed(ds)
        uneven = D[D.amax(-1) > D.amin(-1)]  # a uniform row has no gradient at the uniform prediction
        above, share = (D.amax(-1) > ALPHA).double().mean(), check.nondominant_share(uneven).min()
        rows.append({"dataset": name, "rows": len(D), "above": float(above), "smallest_share": float(share)})
    return pd.DataFrame(rows)


def quartiles_by_degree(
    dataset: str, degrees: ArrayLike, norms: Mapping[str, ArrayLike], edges: Sequence[float]
) -> pd.DataFrame:
    """Bin rows by dominant degree (a bin contains its lower edge) and give quartiles of a value for each loss.

    Columns: dataset; degree (middle of the bin); rows; loss; lower, median, upper. Bins without rows are left out.
    """
    centres = (np.asarray(edges)[:-1] + np.asarray(edges)[1:]) / 2
    bins = pd.cut(np.asarray(degrees), list(edges), right=False, labels=centres)
    frame = pd.DataFrame({name: np.asarray(values) for name, values in norms.items()})
    long = frame.assign(degree=bins).melt("degree", var_name="loss", value_name="value").dropna(subset="degree")
    grouped = long.astype({"degree": float}).groupby(["loss", "degree"], sort=False).value
    table = grouped.quantile(np.array([0.25, 0.5, 0.75])).unstack()
    table.columns = pd.Index(["lower", "median", "upper"])
    table = table.assign(rows=grouped.size(), dataset=dataset).reset_index()
    order = {name: position for position, name in enumerate(norms)}
    table = table.sort_values(
        ["loss", "degree"], key=lambda column: column.map(order) if column.name == "loss" else column
    )
    return table[["dataset", "degree", "rows", "loss", "lower", "median", "upper"]].reset_index(drop=True)


def _quartiles(datasets: Mapping[str, Dataset]) -> Iterator[pd.DataFrame]:
    for name, ds in datasets.items():
        D = _mixed(ds)
        shares = nondominant_target(D, "ratio")
        moved = torch.cat([degree * one_hot_dominant(D) + (1 - degree) * shares for degree in DEGREES])
        for labels, rows in ((REAL, D), (MOVED, moved)):
            for at, predict in PREDICTIONS.items():
                for of, readings in TARGETS.items():
                    norms = check.nondominant_norms(rows, predict(rows), [ALPHA], *readings)
                    table = quartiles_by_degree(name, rows.amax(-1), norms, EDGES[labels])
                    yield table.assign(labels=labels, prediction=at, targets=of)


def _mixed(ds: Dataset) -> Tensor:
    return torch.tensor(ds.labels[ds.labels.max(axis=1) <= NEAR_CERTAIN])
