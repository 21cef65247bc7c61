"""The equations of the paper, one function an equation, in the paper's order, and RDA's rebalanced focal loss.

Every function takes rows in the last dimension but one and labels in the last, with any number of leading dimensions,
so that the same code serves one batch (b, c) and an ensemble of batches (members, b, c). Losses are returned per row:
the paper's sums and means over instances are the caller's, because batches of an ensemble may be ragged.
"""

from ildl.losses.alignment import (
    cosine_matrix,
    gaussian_alignment,
    recovery_loss,
    reparameterise,
    similarity_alignment,
    total_loss,
)
from ildl.losses.decoupled import (
    DOMINANT,
    NONDOMINANT,
    decoupled_loss,
    dominant_label,
    dominant_loss,
    dominant_target,
    ldl_loss,
    nondominant_loss,
    nondominant_target,
    one_hot_dominant,
)
from ildl.losses.gradients import (
    decoupled_loss_gradient_j,
    decoupled_loss_gradient_k,
    dominant_loss_gradient_j,
    dominant_loss_gradient_k,
    nondominant_loss_gradient_j,
)
from ildl.losses.prepared import (
    BalancedRows,
    DecoupledRows,
    GaussianRows,
    prepare_balanced,
    prepare_decoupled,
    prepare_divergence,
    prepare_gaussians,
    prepared_adjusted_logits,
    prepared_alignment,
    prepared_balanced_loss,
    prepared_decoupled_loss,
)
from ildl.losses.rebalanced import (
    CB_MODES,
    adjusted_logits,
    class_balanced_weights,
    distribution_balanced_loss,
    focal_kl_loss,
    rebalanced_weights,
)

EQUATIONS = {
    1: ldl_loss,
    2: one_hot_dominant,
    3: nondominant_target,
    4: decoupled_loss,
    5: dominant_loss,
    6: dominant_loss_gradient_k,
    7: dominant_loss_gradient_j,
    8: nondominant_loss,
    9: nondominant_loss_gradient_j,
    10: decoupled_loss_gradient_k,
    11: decoupled_loss_gradient_j,
    12: gaussian_alignment,
    13: gaussian_alignment,
    14: similarity_alignment,
    15: cosine_matrix,
    16: recovery_loss,
    17: total_loss,
}
"""Equation number of the paper -> the function that is it."""

__all__ = [
    "CB_MODES",
    "DOMINANT",
    "EQUATIONS",
    "NONDOMINANT",
    "BalancedRows",
    "DecoupledRows",
    "GaussianRows",
    "adjusted_logits",
    "class_balanced_weights",
    "cosine_matrix",
    "decoupled_loss",
    "decoupled_loss_gradient_j",
    "decoupled_loss_gradient_k",
    "distribution_balanced_loss",
    "dominant_label",
    "dominant_loss",
    "dominant_loss_gradient_j",
    "dominant_loss_gradient_k",
    "dominant_target",
    "focal_kl_loss",
    "gaussian_alignment",
    "ldl_loss",
    "nondominant_loss",
    "nondominant_loss_gradient_j",
    "nondominant_target",
    "one_hot_dominant",
    "prepare_balanced",
    "prepare_decoupled",
    "prepare_divergence",
    "prepare_gaussians",
    "prepared_adjusted_logits",
    "prepared_alignment",
    "prepared_balanced_loss",
    "prepared_decoupled_loss",
    "rebalanced_weights",
    "recovery_loss",
    "reparameterise",
    "similarity_alignment",
    "total_loss",
]
