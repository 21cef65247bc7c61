"""The benchmark's networks, stacked: every parameter has a leading dimension for the members of an ensemble.

One network is an ensemble of one member. Stacking turns the training of many tiny networks into a few batched products;
no operation here mixes members.

Shapes: m members, b rows of a batch, q features, c labels, h hidden units.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ildl.checks import InputError
from ildl.losses import reparameterise

CODES = ("encoder", "sampled in training", "sampled")
PREDICTION_SEED = 0
LARGEST = 2**28
"""Weights of a layer at most: training needs a dozen times their memory, and a machine without it kills the process."""


class StackedLinear(nn.Module):
    """Affine maps side by side, one a member: (m, b, n_in) -> (m, b, n_out).

    Parameters
    ----------
    members, n_in, n_out : int
        Number of maps, inputs and outputs of each.
    """

    def __init__(self, members: int, n_in: int, n_out: int) -> None:
        super().__init__()
        if n_in * n_out > LARGEST:
            raise InputError(f"A layer of {n_in} x {n_out} weights is too large, {LARGEST} are the most; lower hidden.")
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
        # Both maps are affine: composing them first costs far less, as there are fewer labels than rows.
        weight = self.code.weight @ self.heads.weight
        bias = torch.baddbmm(self.heads.bias, self.code.bias, self.heads.weight)
        mean, logvar = torch.baddbmm(bias, x, weight).chunk(2, dim=-1)
        return mean, logvar


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
    """RDA's network (Zhao et al., AAAI 2023): the predictor, Gaussian heads on its code, and Gaussian label encoders.

    RDA has one label encoder; DILDL has three (Fig. 2): dominant, non-dominant and whole.

    Parameters
    ----------
    members, n_features, n_labels, hidden : int
        As in `Predictor`.
    label_encoders : sequence of str
        Their names.
    code : {"encoder", "sampled in training", "sampled"}
        What is decoded: the encoder's code; a sample of the feature Gaussian in training, and its mean in prediction;
        or a sample in both. That of prediction has one noise vector for all rows, so that a row's prediction is its
        own and always the same.
    """

    n_noise = 2
    draw: Tensor
    """Noise of the representation that a prediction decodes, (h,); 0 gives its mean."""

    def __init__(
        self,
        members: int,
        n_features: int,
        n_labels: int,
        hidden: int = 100,
        label_encoders: Sequence[str] = ("whole",),
        code: str = "encoder",
    ) -> None:
        super().__init__(members, n_features, n_labels, hidden)
        self.code = code
        draw = torch.randn(hidden, generator=torch.Generator().manual_seed(PREDICTION_SEED))
        self.register_buffer("draw", draw * (code == "sampled"), persistent=False)
        self.heads = StackedLinear(members, hidden, 2 * hidden)
        self.label_encoders = nn.ModuleDict(
            {name: GaussianEncoder(members, n_labels, hidden) for name in label_encoders}
        )

    def predict(self, code: Tensor) -> Tensor:
        """Logits of a prediction from the encoder's code, (m, b, h) -> (m, b, c)."""
        if self.code == "encoder":
            return self.decode(code)
        return self.decode(reparameterise(*self.feature_gaussian(code), self.draw))

    def feature_gaussian(self, code: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of the feature representation, from the encoder's code: (m, b, h) both."""
        mean, logvar = self.heads(code).chunk(2, dim=-1)
        return mean, logvar


def initialise(network: nn.Module, generators: Sequence[torch.Generator]) -> None:
    """Kaiming-normal weights (variance 2 / fan-in) and zero biases, each member from its own generator.

    Draws are float32 and follow the order of the parameters, so that networks which share their first layers share
    these layers' initial weights under one seed, and both precisions start from the same numbers.

    Parameters
    ----------
    network : nn.Module
        Its parameters have a leading dimension for members; weights end in `.weight`.
    generators : sequence of torch.Generator
        One a member, on the CPU.
    """
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if not name.endswith("weight"):
                parameter.zero_()
                continue
            scale = math.sqrt(2 / parameter.shape[1])
            for member, generator in enumerate(generators):
                draws = torch.randn(parameter.shape[1:], generator=generator, dtype=torch.float32)
                parameter[member] = draws.to(parameter) * scale
