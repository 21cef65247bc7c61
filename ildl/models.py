"""The benchmark's networks in PyTorch, stacked: every parameter has a leading dimension for the members of an ensemble.

One network is an ensemble of one member. Stacking turns the training of many tiny networks into a few batched products;
no operation here mixes members. `ildl.architecture` has the same networks as arrays.

Shapes: m members, b rows of a batch, q features, c labels, h hidden units.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ildl.architecture import Architecture, halves, label_gaussian
from ildl.losses import reparameterise


class StackedLinear(nn.Module):
    """Affine maps side by side, one a member: (m, b, n_in) -> (m, b, n_out).

    Parameters
    ----------
    members, n_in, n_out : int
        Number of maps, inputs and outputs of each.
    """

    def __init__(self, members: int, n_in: int, n_out: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(members, n_in, n_out))
        self.bias = nn.Parameter(torch.zeros(members, 1, n_out))

    def forward(self, x: Tensor) -> Tensor:
        """Apply each member's map to its rows, (m, b, n_in) -> (m, b, n_out)."""
        return torch.baddbmm(self.bias, x, self.weight)


class GaussianEncoder(nn.Module):
    """Affine code followed by two affine heads, mean and log-variance: (m, b, n_in) -> two of (m, b, h).

    Parameters
    ----------
    members, n_in, hidden : int
        Number of encoders, inputs of each, size of the code.
    """

    def __init__(self, members: int, n_in: int, hidden: int) -> None:
        super().__init__()
        self.code = StackedLinear(members, n_in, hidden)
        self.heads = StackedLinear(members, hidden, 2 * hidden)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of each row's Gaussian, (m, b, h) both."""
        return label_gaussian(x, (self.code.weight, self.code.bias), (self.heads.weight, self.heads.bias))


class Predictor(nn.Module):
    """The network that predicts: linear encoder, ReLU, linear decoder to logits (OFR, RDA and DILDL share it).

    Parameters
    ----------
    members, n_features, n_labels, hidden : int
        Number of networks, features, labels and hidden units.
    """

    n_noise = 0
    """Gaussian samples of size h that one row needs in training."""

    def __init__(self, members: int, n_features: int, n_labels: int, hidden: int = 100) -> None:
        super().__init__()
        self.encoder = StackedLinear(members, n_features, hidden)
        self.decoder = StackedLinear(members, hidden, n_labels)

    def forward(self, X: Tensor) -> Tensor:
        """Logits of each member's rows, (m, b, q) -> (m, b, c)."""
        return self.predict(self.encoder(X))

    def predict(self, code: Tensor) -> Tensor:
        """Logits of a prediction from the encoder's code, (m, b, h) -> (m, b, c)."""
        return self.decode(code)

    def decode(self, code: Tensor) -> Tensor:
        """Logits from a code, (m, b, h) -> (m, b, c)."""
        return self.decoder(torch.relu(code))


class AlignedPredictor(Predictor):
    """The predictor, Gaussian heads on its code, and Gaussian label encoders.

    Parameters
    ----------
    members, n_features, n_labels : int
        As in `Predictor`.
    architecture : Architecture
        With label encoders.
    """

    n_noise = 2
    draw: Tensor
    """Noise of the representation that a prediction decodes, (h,); 0 gives its mean."""

    def __init__(self, members: int, n_features: int, n_labels: int, architecture: Architecture) -> None:
        hidden = architecture.hidden
        super().__init__(members, n_features, n_labels, hidden)
        self.code = architecture.code
        self.register_buffer("draw", torch.from_numpy(architecture.draw()), persistent=False)
        self.heads = StackedLinear(members, hidden, 2 * hidden)
        encoders = {name: GaussianEncoder(members, n_labels, hidden) for name in architecture.label_encoders}
        self.label_encoders = nn.ModuleDict(encoders)
        for name in architecture.frozen:
            encoders[name].requires_grad_(False)

    def predict(self, code: Tensor) -> Tensor:
        """Logits of a prediction from the encoder's code, (m, b, h) -> (m, b, c)."""
        if self.code == "encoder":
            return self.decode(code)
        return self.decode(reparameterise(*self.feature_gaussian(code), self.draw))

    def feature_gaussian(self, code: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of the feature representation, from the encoder's code: (m, b, h) both."""
        return halves(self.heads(code))


def build(architecture: Architecture, members: int, n_features: int, n_labels: int) -> Predictor:
    """Build a network, all of whose parameters are 0.

    Parameters
    ----------
    architecture : Architecture
    members, n_features, n_labels : int

    Returns
    -------
    Predictor
    """
    if architecture.label_encoders:
        return AlignedPredictor(members, n_features, n_labels, architecture)
    return Predictor(members, n_features, n_labels, architecture.hidden)
