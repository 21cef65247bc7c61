"""DILDL: decoupled imbalanced label distribution learning, the paper's method, under each of its readings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ildl import losses
from ildl.architecture import CODES, Architecture, Parameters
from ildl.checks import Array
from ildl.losses.decoupled import DOMINANT, NONDOMINANT, ldl_loss, nondominant_target, one_hot_dominant
from ildl.losses.integrated import prepare_divergences, prepare_parts, prepared_focal_decoupled_loss
from ildl.losses.rows import prepare_balanced, prepare_decoupled, prepare_divergence, prepare_gaussians
from ildl.methods.base import one_of, within
from ildl.methods.network import NetworkEstimator
from ildl.methods.rda import Codes, encode
from ildl.training import Batch, Hyper, Objective, Rows

if TYPE_CHECKING:
    from torch import Tensor

    from ildl.losses.arrays import Labels
    from ildl.models import AlignedPredictor

CRITERIA = ("kl", "rebalanced", "logit-adjusted", "added", "rebalanced parts", "rebalanced divergences")
PRINTED = ("kl", "logit-adjusted", "added")
"""Criteria that have Eq. (4) as a term of its own."""
LABEL_GRADIENTS = ("stopped", "joint")
PARTS = ("dominant", "nondominant")
"""Label encoders of Eq. (12) and (13)."""


@dataclass(kw_only=True, eq=False, repr=False)
class DILDL(NetworkEstimator):
    """RDA's network with three label encoders; the objective is Eq. (17).

    Parameters
    ----------
    alpha : float
        Weight of the dominant part, in prediction and alignment; 1 - alpha is the non-dominant part's.
    beta, gamma, lam : float
        Weights of Eq. (14), Eq. (16), and of the decoupled alignment Eq. (12), (13).
    dominant, nondominant : str
        Readings of Eq. (2) and (3), see `ildl.losses.decoupled`.
    criterion : str
        The prediction loss, of `CRITERIA`: Eq. (4) as printed; RDA's distribution-balanced focal loss in its place;
        Eq. (4) on RDA's adjusted logits; Eq. (4) plus RDA's loss; RDA's loss on the two decoupled targets; or the terms
        of Eq. (4) inside RDA's loss. The text integrates the method "into the RDA framework" and does not say how.
    decoupled_loss : bool
        The paper's ablation "DLD". Without it the prediction loss is what the criterion has besides: Eq. (1), on
        adjusted logits under "logit-adjusted"; RDA's loss alone under the others.
    decoupled_alignment : bool
        The paper's ablation "DRDA". Without it one alignment with the whole label encoder, as in RDA, stands in the
        place of Eq. (12) and (13).
    label_gradient : {"stopped", "joint"}
        Whether the label-side Gaussians of Eq. (12) and (13) are constants, as in RDA (the two decoupled label encoders
        then keep their initial weights), or are trained too.
    code : {"encoder", "sampled in training", "sampled"}
        What the decoder predicts from, see `ildl.architecture.Architecture`. Section 3.2 decodes the representation, of
        which there is a code, a mean and a sample.
    **network
        See `NetworkEstimator`.
    """

    constraints: ClassVar = NetworkEstimator.constraints | {
        "alpha": within(0, 1),
        "beta": within(0),
        "gamma": within(0),
        "lam": within(0),
        "dominant": one_of(*DOMINANT),
        "nondominant": one_of(*NONDOMINANT),
        "criterion": one_of(*CRITERIA),
        "decoupled_loss": one_of(True, False),
        "decoupled_alignment": one_of(True, False),
        "label_gradient": one_of(*LABEL_GRADIENTS),
        "code": one_of(*CODES),
    }
    readings: ClassVar = {
        "as printed": {"dominant": "one-hot", "nondominant": "softmax"},
        "rebalanced": {"criterion": "rebalanced"},
        "logit-adjusted": {"criterion": "logit-adjusted"},
        "added": {"criterion": "added"},
        "rebalanced parts": {"criterion": "rebalanced parts"},
        "rebalanced divergences": {"criterion": "rebalanced divergences"},
        "joint label gradient": {"label_gradient": "joint"},
        "sampled in training": {"code": "sampled in training"},
        "sampled": {"code": "sampled"},
    }
    hyper_names: ClassVar = ("alpha", "beta", "gamma", "lam")
    structure_names: ClassVar = (
        "hidden",
        "dominant",
        "nondominant",
        "criterion",
        "decoupled_loss",
        "decoupled_alignment",
        "label_gradient",
        "code",
    )

    alpha: float = 0.6
    beta: float = 0.1
    gamma: float = 0.1
    lam: float = 0.1
    dominant: str = "degree"
    nondominant: str = "ratio"
    criterion: str = "kl"
    decoupled_loss: bool = True
    decoupled_alignment: bool = True
    label_gradient: str = "stopped"
    code: str = "encoder"

    def architecture(self) -> Architecture:  # noqa: D102
        parts = PARTS if self.decoupled_alignment else ()
        frozen = parts if self.label_gradient == "stopped" else ()
        return Architecture(self.hidden, ("whole", *parts), self.code, frozen)

    def prepare(self, parameters: Parameters, D: Array, frequencies: Array, hyper: Hyper) -> Rows:  # noqa: D102
        rows: Rows = {}
        alpha = hyper["alpha"]
        if "balanced" in self.balanced or self.criterion == "logit-adjusted":
            rows["balanced"] = prepare_balanced(D, frequencies)
        if "others" in self.balanced:
            rows["dominant"], rows["others"] = prepare_parts(D, alpha, self.nondominant)
        if self.criterion in PRINTED and self.decoupled_loss:
            rows["decoupled"] = prepare_decoupled(D, alpha, self.dominant, self.nondominant)
        if self.criterion == "rebalanced divergences" and self.decoupled_loss:
            rows["focal"] = prepare_divergences(D, frequencies, alpha, self.dominant, self.nondominant)
        if self.decoupled_alignment and self.label_gradient == "stopped":
            encoders = (self.architecture().label_encoder(parameters, part) for part in PARTS)
            dominant, nondominant = (code(read) for code, read in zip(encoders, self.label_parts(D), strict=True))
            rows["gaussians"] = prepare_gaussians(dominant, nondominant, alpha)
        return rows

    def loss(self, network: AlignedPredictor, batch: Batch) -> Tensor:  # noqa: D102
        codes = encode(network, batch)
        rows = losses.total_loss(
            self.prediction_loss(codes.z, batch),
            *self.alignment_losses(network, codes, batch),
            losses.similarity_alignment(codes.r_feature, codes.r_label, batch.mask).unsqueeze(1),
            losses.recovery_loss(batch.D, codes.z_label),
            **batch.hyper,
        )
        return batch.mean(rows)

    @property
    def balanced(self) -> tuple[str, ...]:
        """The prepared rows on which RDA's loss is part of the prediction loss."""
        if self.criterion == "rebalanced parts" and self.decoupled_loss:
            return "dominant", "others"
        alone = self.criterion == "rebalanced" or (self.criterion not in PRINTED and not self.decoupled_loss)
        return ("balanced",) if alone or self.criterion == "added" else ()

    def objective(self, D: Array, rows: Rows, hyper: Hyper) -> Objective:  # noqa: D102
        joint = self.label_gradient == "joint"
        encoded: tuple[tuple[Any, Any], ...] = ()
        if joint and self.decoupled_alignment:
            dominant, nondominant = self.label_parts(D)
            encoded = (dominant, hyper["alpha"]), (nondominant, 1 - hyper["alpha"])
        decoupled = rows.get("decoupled")
        if not self.decoupled_loss and self.criterion in ("kl", "logit-adjusted"):
            decoupled = prepare_divergence(D)
        return Objective(
            hyper["gamma"],
            hyper["lam"],
            hyper["beta"],
            decoupled=decoupled,
            adjusted=rows["balanced"] if self.criterion == "logit-adjusted" else None,
            balanced=tuple(rows[part] for part in self.balanced),
            focal=rows.get("focal"),
            gaussians=rows.get("gaussians"),
            encoded=encoded,
            joint=joint,
            sampled=self.code != "encoder",
        )

    def alignment_losses(self, network: AlignedPredictor, codes: Codes, batch: Batch) -> tuple[Tensor, Tensor]:
        """Eq. (12) and (13), or what stands in their place without decoupled alignment: the same for both.

        Parameters
        ----------
        network : AlignedPredictor
        codes : Codes
        batch : Batch

        Returns
        -------
        pair of Tensor, shape (m, b)
        """
        if "gaussians" in batch.rows:
            alignment = losses.prepared_alignment(*codes.feature, batch.rows["gaussians"])
            return alignment, alignment
        if not self.decoupled_alignment:
            whole = [part.detach() if self.label_gradient == "stopped" else part for part in codes.whole]
            alignment = losses.gaussian_alignment(*codes.feature, *whole)
            return alignment, alignment
        gaussians = (network.label_encoders[part](x) for part, x in zip(PARTS, self.label_parts(batch.D), strict=True))
        dominant, nondominant = (losses.gaussian_alignment(*codes.feature, *gaussian) for gaussian in gaussians)
        return dominant, nondominant

    def label_parts(self, D: Labels) -> tuple[Labels, Labels]:
        """What the dominant and the non-dominant label encoder read.

        Parameters
        ----------
        D : Tensor or ndarray, shape (m, b, c)

        Returns
        -------
        two Tensor or ndarray, shape (m, b, c)
        """
        return one_hot_dominant(D), nondominant_target(D, self.nondominant)

    def prediction_loss(self, z: Tensor, batch: Batch) -> Tensor:
        """First brace of Eq. (17), or what `criterion` puts in its place.

        Parameters
        ----------
        z : Tensor, shape (m, b, c)
            Logits.
        batch : Batch

        Returns
        -------
        Tensor, shape (m, b)
        """
        rows = batch.rows
        loss = z.new_zeros(z.shape[:-1])
        for part in self.balanced:
            loss = loss + losses.prepared_balanced_loss(z, rows[part])
        if "focal" in rows:
            loss = loss + prepared_focal_decoupled_loss(z, rows["focal"])
        if self.criterion == "logit-adjusted":
            z = losses.prepared_adjusted_logits(z, rows["balanced"])
        if "decoupled" in rows:
            return loss + losses.prepared_decoupled_loss(z, rows["decoupled"])
        return loss + ldl_loss(batch.D, z) if self.criterion in ("kl", "logit-adjusted") else loss
