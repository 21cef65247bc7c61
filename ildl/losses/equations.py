"""Where each equation of the paper is."""

from ildl.losses.alignment import (
    cosine_matrix,
    gaussian_alignment,
    recovery_loss,
    similarity_alignment,
    total_loss,
)
from ildl.losses.decoupled import (
    decoupled_loss,
    dominant_loss,
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
