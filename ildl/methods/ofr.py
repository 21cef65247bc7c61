"""OFR-FL, OFR-CB and OFR-DB: three losses of imbalanced classification, reshaped for label distributions.

Source: Zhao et al., "Imbalanced label distribution learning", AAAI 2023, where they are comparison methods. The three
share network and trainer and differ in the loss alone; OFR-DB is RDA without alignment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ildl import losses
from ildl.architecture import Parameters
from ildl.checks import Array
from ildl.losses.rebalanced import CB_MODES, class_balanced_weights, focal_kl_loss
from ildl.losses.rows import prepare_balanced, prepare_focal
from ildl.methods.base import one_of
from ildl.methods.network import NetworkEstimator
from ildl.training import Batch, Hyper, Objective, Rows

if TYPE_CHECKING:
    from torch import Tensor

    from ildl.models import Predictor


@dataclass(kw_only=True, eq=False, repr=False)
class OFRFL(NetworkEstimator):
    """Focal divergence, exponent 2; needs no label frequencies."""

    def loss(self, network: Predictor, batch: Batch) -> Tensor:  # noqa: D102
        return batch.mean(focal_kl_loss(batch.D, network(batch.X)))

    def objective(self, D: Array, rows: Rows, hyper: Hyper) -> Objective:  # noqa: D102
        return Objective(balanced=(prepare_focal(D),))


@dataclass(kw_only=True, eq=False, repr=False)
class OFRCB(NetworkEstimator):
    """Focal divergence with class-balanced weights, beta 0.9.

    Parameters
    ----------
    cb_mode : {"average_w", "by_class"}
        One weight a row (the benchmark's), or one a label.
    **network
        See `NetworkEstimator`.
    """

    constraints: ClassVar = NetworkEstimator.constraints | {"cb_mode": one_of(*CB_MODES)}
    readings: ClassVar = {"one weight a label": {"cb_mode": "by_class"}}
    structure_names: ClassVar = ("hidden", "cb_mode")

    cb_mode: str = "average_w"

    def prepare(self, parameters: Parameters, D: Array, frequencies: Array, hyper: Hyper) -> Rows:  # noqa: D102
        return {"weights": np.broadcast_to(class_balanced_weights(D, frequencies, mode=self.cb_mode), D.shape)}

    def loss(self, network: Predictor, batch: Batch) -> Tensor:  # noqa: D102
        return batch.mean(focal_kl_loss(batch.D, network(batch.X), batch.rows["weights"]))

    def objective(self, D: Array, rows: Rows, hyper: Hyper) -> Objective:  # noqa: D102
        return Objective(balanced=(prepare_focal(D, rows["weights"]),))


@dataclass(kw_only=True, eq=False, repr=False)
class OFRDB(NetworkEstimator):
    """Distribution-balanced focal divergence: rebalanced weights and adjusted logits."""

    def prepare(self, parameters: Parameters, D: Array, frequencies: Array, hyper: Hyper) -> Rows:  # noqa: D102
        return {"balanced": prepare_balanced(D, frequencies)}

    def loss(self, network: Predictor, batch: Batch) -> Tensor:  # noqa: D102
        return batch.mean(losses.prepared_balanced_loss(network(batch.X), batch.rows["balanced"]))

    def objective(self, D: Array, rows: Rows, hyper: Hyper) -> Objective:  # noqa: D102
        return Objective(balanced=(rows["balanced"],))
