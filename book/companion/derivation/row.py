"""One row by hand: its parts, its losses, and its gradients by the formulas and by automatic differentiation."""

from __future__ import annotations

from functools import partial

import pandas as pd
import torch
from torch import Tensor

from companion.show.shown import Shown
from companion.show.table import cells_of, number, show_table
from ildl import losses
from ildl.losses import check

ALPHA = 0.6
"""The paper's."""
DEGREES, PREDICTION = (0.5, 0.3, 0.15, 0.05), (0.4, 0.3, 0.2, 0.1)
COLUMNS = {
    "degree": ("degree", number("{:.2f}")),
    "prediction": ("prediction", number("{:.2f}")),
    "share": ("share of the rest", number("{:.2f}")),
    "predicted_share": ("predicted share", number("{:.3f}")),
    "formula": ("gradient, (10), (11)", number("{:+.4f}")),
    "autograd": ("by autograd", number("{:+.4f}")),
}


def worked_row(d: tuple[float, ...] = DEGREES, p: tuple[float, ...] = PREDICTION, alpha: float = ALPHA) -> pd.DataFrame:
    """Take a row apart by label: degree, prediction, (printed_)share, predicted_share, formula, autograd, plain."""
    D, z = torch.tensor(d, dtype=torch.float64), torch.tensor(p, dtype=torch.float64).log()
    k = int(losses.dominant_label(D))
    formula = losses.decoupled_loss_gradient_j(D, z, alpha)
    formula[k] = losses.decoupled_loss_gradient_k(D, z, alpha)
    rest = z.softmax(-1) * (1 - losses.one_hot_dominant(D))
    columns: dict[str, Tensor] = {
        "degree": D,
        "prediction": z.softmax(-1),
        "share": losses.nondominant_target(D),
        "printed_share": losses.nondominant_target(D, "softmax"),
        "predicted_share": rest / rest.sum(),
        "formula": formula,
        "autograd": check.gradient(partial(losses.decoupled_loss, alpha=alpha), D, z),
        "plain": check.gradient(losses.ldl_loss, D, z),
    }
    frame = pd.DataFrame({name: values.numpy() for name, values in columns.items()})
    frame.index = pd.Index([f"label {j + 1}{', dominant' if j == k else ''}" for j in frame.index], name="label")
    frame.loc[frame.index[k], ["share", "printed_share", "predicted_share"]] = float("nan")
    return frame


def row_losses(d: tuple[float, ...] = DEGREES, p: tuple[float, ...] = PREDICTION) -> dict[str, float]:
    """Return the losses of the row: first (Eq. 5), second (Eq. 8), decoupled (Eq. 4), plain (Eq. 1)."""
    D, z = torch.tensor(d, dtype=torch.float64), torch.tensor(p, dtype=torch.float64).log()
    found = {
        "first": losses.dominant_loss(D, z),
        "second": losses.nondominant_loss(D, z),
        "decoupled": losses.decoupled_loss(D, z, ALPHA),
        "plain": losses.ldl_loss(D, z),
    }
    return {name: float(value) for name, value in found.items()}


def row_table(row: pd.DataFrame, found: dict[str, float]) -> Shown:
    """Draw the row; its losses go into the data."""
    of_row = pd.DataFrame({"loss": list(found), "value": list(found.values())})
    data = pd.concat([row.reset_index(), of_row], ignore_index=True)
    return show_table(cells_of(row, COLUMNS), "worked-row", "One row taken apart", data)


def implemented_gradients(n_rows: int = 1000, seed: int = 0) -> pd.DataFrame:
    """Hold the library's gradients against autograd and finite differences on random rows: one line each."""
    D, z = random_rows(n_rows, seed)
    return pd.DataFrame(check.check_gradients(D, z, ALPHA))


def at_truth(n_rows: int = 1000, seed: int = 0) -> dict[tuple[str, str], float]:
    """Return the largest gradient of the decoupled loss where the prediction is right, by targets."""
    return check.gradients_at_truth(random_rows(n_rows, seed)[0], ALPHA)


def random_rows(n_rows: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return distributions over six labels, and logits."""
    generator = torch.Generator().manual_seed(seed)
    D = (2 * torch.randn(n_rows, 6, generator=generator, dtype=torch.float64)).softmax(-1)
    return D, 3 * torch.randn(n_rows, 6, generator=generator, dtype=torch.float64)
