"""One row by hand: its parts, its losses, and its gradients by the formulas and by automatic differentiation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import pandas as pd
import torch

from companion.show.shown import Shown
from companion.show.table import cells_of, number, show_table
from ildl import losses
from ildl.losses import check

ALPHA = 0.6
"""The paper's."""
D = torch.tensor((0.5, 0.3, 0.15, 0.05), dtype=torch.float64)
Z = torch.tensor((0.4, 0.3, 0.2, 0.1), dtype=torch.float64).log()
"""Degrees, and logits of the prediction."""
COLUMNS = {
    "degree": ("degree", number("{:.2f}")),
    "prediction": ("prediction", number("{:.2f}")),
    "share": ("share of the rest", number("{:.2f}")),
    "predicted_share": ("predicted share", number("{:.3f}")),
    "formula": ("gradient, (10), (11)", number("{:+.4f}")),
    "autograd": ("by autograd", number("{:+.4f}")),
}


def worked_row() -> pd.DataFrame:
    """Take the row apart by label: degree, prediction, share, predicted_share, formula, autograd."""
    k = int(losses.dominant_label(D))
    formula = losses.decoupled_loss_gradient_j(D, Z, ALPHA)
    formula[k] = losses.decoupled_loss_gradient_k(D, Z, ALPHA)
    rest = Z.softmax(-1) * (1 - losses.one_hot_dominant(D))
    autograd = check.gradient(partial(losses.decoupled_loss, alpha=ALPHA), D, Z)
    columns = [D, Z.softmax(-1), losses.nondominant_target(D), rest / rest.sum(), formula, autograd]
    labels = [f"label {j + 1}{', dominant' if j == k else ''}" for j in range(len(D))]
    frame = pd.DataFrame(
        torch.stack(columns, dim=1).numpy(), index=pd.Index(labels, name="label"), columns=list(COLUMNS)
    )
    frame.loc[labels[k], ["share", "predicted_share"]] = float("nan")
    return frame


def row_losses() -> dict[str, float]:
    """The losses of the row: first (Eq. 5), second (Eq. 8), decoupled (Eq. 4), plain (Eq. 1)."""
    decoupled = losses.decoupled_loss(D, Z, ALPHA)
    found = (losses.dominant_loss(D, Z), losses.nondominant_loss(D, Z), decoupled, losses.ldl_loss(D, Z))
    return dict(zip(("first", "second", "decoupled", "plain"), map(float, found), strict=True))


def row_table(row: pd.DataFrame, found: Mapping[str, float]) -> Shown:
    """Draw the row; its losses go into the data."""
    of_row = pd.DataFrame({"loss": list(found), "value": list(found.values())})
    data = pd.concat([row.reset_index(), of_row], ignore_index=True)
    return show_table(cells_of(row, COLUMNS), "worked-row", "One row taken apart", data)


def check_library(n_rows: int = 1000, seed: int = 0) -> tuple[pd.DataFrame, dict[tuple[str, str], float]]:
    """Hold gradients to autograd and finite differences; targets -> the largest gradient at the right guess."""
    generator = torch.Generator().manual_seed(seed)
    rows, z = torch.randn(2, n_rows, 6, generator=generator, dtype=torch.float64)
    rows = (2 * rows).softmax(-1)
    return pd.DataFrame(check.check_gradients(rows, 3 * z, ALPHA)), check.gradients_at_truth(rows, ALPHA)
