"""RDA: representation distribution alignment (Zhao et al., "Imbalanced label distribution learning", AAAI 2023)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from ildl import losses
from ildl.architecture import Architecture, Parameters
from ildl.checks import Array
from ildl.losses.rows import prepare_balanced
from ildl.methods.base import one_of, within
from ildl.methods.network import NetworkEstimator
from ildl.training import Batch, Hyper, Objective, Rows

if TYPE_CHECKING:
    from torch import Tensor

    from ildl.models import AlignedPredictor


class Codes(NamedTuple):
    """One forward pass in training; m members, b rows, c labels, h hidden units."""

    z: Tensor  # (m, b, c) logits from the features, of the code that the network decodes
    feature: tuple[Tensor, Tensor]  # mean and log-variance of the features' Gaussian, (m, b, h) each
    whole: tuple[Tensor, Tensor]  # the same from the whole label distribution
    r_feature: Tensor  # (m, b, h) sample of the features' Gaussian
    r_label: Tensor  # (m, b, h) sample of the whole labels' Gaussian
    z_label: Tensor  # (m, b, c) logits decoded from r_label, without the ReLU of the prediction path


def encode(network: AlignedPredictor, batch: Batch) -> Codes:
    """Run features and label distributions through their encoders.

    Parameters
    ----------
    network : AlignedPredictor
    batch : Batch

    Returns
    -------
    Codes
    """
    code = network.encoder(batch.X)
    feature = network.feature_gaussian(code)
    whole = network.label_encoders["whole"](batch.D)
    noise_feature, noise_label = batch.noise.chunk(2, dim=-1)
    r_feature = losses.reparameterise(feature[0], feature[1], noise_feature)
    r_label = losses.reparameterise(whole[0], whole[1], noise_label)
    return Codes(
        z=network.decode(code if network.code == "encoder" else r_feature),
        feature=feature,
        whole=whole,
        r_feature=r_feature,
        r_label=r_label,
        z_label=network.decoder(r_label),
    )


@dataclass(kw_only=True, eq=False, repr=False)
class RDA(NetworkEstimator):
    """Distribution-balanced prediction, recovery of the labels, and alignment of feature and label representations.

    Parameters
    ----------
    recovery, alignment, similarity : float
        Weights lambda_1, lambda_2 and lambda_3 of the three auxiliary losses.
    normalise_loss : bool
        Divide the loss by its own value, as the authors' code does; the gradient is scaled, the direction stays.
    **network
        See `NetworkEstimator`.
    """

    constraints: ClassVar = NetworkEstimator.constraints | {
        "recovery": within(0),
        "alignment": within(0),
        "similarity": within(0),
        "normalise_loss": one_of(True, False),
    }
    readings: ClassVar = {"loss divided by itself": {"normalise_loss": True}}
    hyper_names: ClassVar = ("recovery", "alignment", "similarity")
    structure_names: ClassVar = ("hidden", "normalise_loss")

    recovery: float = 0.1
    alignment: float = 0.1
    similarity: float = 0.1
    normalise_loss: bool = False

    def architecture(self) -> Architecture:  # noqa: D102
        return Architecture(self.hidden, ("whole",))

    def prepare(self, parameters: Parameters, D: Array, frequencies: Array, hyper: Hyper) -> Rows:  # noqa: D102
        return {"balanced": prepare_balanced(D, frequencies)}

    def loss(self, network: AlignedPredictor, batch: Batch) -> Tensor:  # noqa: D102
        codes = encode(network, batch)
        constant_labels = (values.detach() for values in codes.whole)
        rows = losses.prepared_balanced_loss(codes.z, batch.rows["balanced"])
        # the cross-entropy, not Eq. (16): its value, larger by the entropy of d, keeps the total positive
        recovery = -(batch.D * (codes.z_label - codes.z_label.logsumexp(-1, keepdim=True))).sum(-1)
        rows = rows + batch.hyper["recovery"] * recovery
        rows = rows + batch.hyper["alignment"] * losses.gaussian_alignment(*codes.feature, *constant_labels)
        similarity = losses.similarity_alignment(codes.r_feature, codes.r_label, batch.mask)
        total = batch.mean(rows) + batch.hyper["similarity"].squeeze(1) * similarity
        return total / total.detach().clamp(min=1e-8) if self.normalise_loss else total

    def is_compiled(self) -> bool:  # noqa: D102
        return super().is_compiled() and not self.normalise_loss

    def objective(self, D: Array, rows: Rows, hyper: Hyper) -> Objective:  # noqa: D102
        return Objective(hyper["recovery"], hyper["alignment"], hyper["similarity"], balanced=(rows["balanced"],))
