"""The benchmark's networks as arrays: their shapes, initial weights and predictions. `ildl.models` has them in PyTorch.

Every parameter has a leading dimension for the members of an ensemble; one network is an ensemble of one member.

Shapes: m members, b rows, q features, c labels, h hidden units.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ildl.checks import InputError

if TYPE_CHECKING:
    from ildl.losses.arrays import Labels

CODES = ("encoder", "sampled in training", "sampled")
PREDICTION_SEED = 0
LARGEST = 2**28
"""Weights of a layer at most: training needs a dozen times their memory, and a machine without it kills the process."""
Floats = NDArray[Any]
"""Of single or double precision."""
Shapes = Mapping[str, tuple[int, int]]
Parameters = dict[str, Floats]
"""Name -> values, (m, n_in, n_out), in the order of training."""


@dataclass(frozen=True)
class Architecture:
    """Linear encoder, ReLU, linear decoder to logits; with label encoders also RDA's representations.

    RDA (Zhao et al., AAAI 2023) has Gaussian heads on the encoder's code, and one Gaussian label encoder; DILDL has
    three (Fig. 2): whole, dominant and non-dominant.

    Parameters
    ----------
    hidden : int
        Hidden units.
    label_encoders : tuple of str
        Their names; without any there are no representations.
    code : {"encoder", "sampled in training", "sampled"}
        What is decoded: the encoder's code; a sample of the feature Gaussian in training, and its mean in prediction;
        or a sample in both. That of prediction has one noise vector for all rows, so that a row's prediction is its
        own and always the same.
    frozen : tuple of str
        Label encoders that keep their initial weights.
    """

    hidden: int = 100
    label_encoders: tuple[str, ...] = ()
    code: str = "encoder"
    frozen: tuple[str, ...] = ()

    @property
    def noise_width(self) -> int:
        """Standard normal numbers that one row needs in training: two samples of size h, or none."""
        return 2 * self.hidden if self.label_encoders else 0

    def shapes(self, n_features: int, n_labels: int) -> dict[str, tuple[int, int]]:
        """Shape of each parameter of one network, (n_in, n_out); biases have one row.

        Parameters
        ----------
        n_features, n_labels : int

        Returns
        -------
        dict of str to pair of int
            The order is that in which initial weights are drawn.

        Raises
        ------
        InputError
            A layer is too large to be trained.
        """
        h = self.hidden
        layers = {"encoder": (n_features, h), "decoder": (h, n_labels)}
        if self.label_encoders:
            layers["heads"] = (h, 2 * h)
        for name in self.label_encoders:
            layers |= {f"label_encoders.{name}.code": (n_labels, h), f"label_encoders.{name}.heads": (h, 2 * h)}
        for n_in, n_out in layers.values():
            if n_in * n_out > LARGEST:
                raise InputError(
                    f"A layer of {n_in} x {n_out} weights is too large, {LARGEST} are the most; lower hidden."
                )
        kinds = ("weight", "bias")
        return {f"{name}.{kind}": (n_in if kind == "weight" else 1, n_out)
                for name, (n_in, n_out) in layers.items() for kind in kinds}  # fmt: skip

    def is_trained(self, name: str) -> bool:
        """Whether training moves a parameter.

        Parameters
        ----------
        name : str

        Returns
        -------
        bool
        """
        return not any(name.startswith(f"label_encoders.{encoder}.") for encoder in self.frozen)

    def draw(self) -> NDArray[np.float32]:
        """Noise of the representation that a prediction decodes; 0 gives its mean.

        Returns
        -------
        ndarray, shape (h,)
        """
        noise = np.random.default_rng(PREDICTION_SEED).standard_normal(self.hidden, dtype=np.float32)
        return noise * (self.code == "sampled")

    def label_encoder(self, parameters: Parameters, name: str) -> Callable[[Floats], tuple[Floats, Floats]]:
        """One label encoder.

        Parameters
        ----------
        parameters : dict of str to ndarray, shape (m, n_in, n_out)
        name : str

        Returns
        -------
        callable
            What it reads, (m, b, c), -> mean and logarithm of the variance, (m, b, h) each.
        """
        code, heads = ([parameters[f"label_encoders.{name}.{layer}.{kind}"] for kind in ("weight", "bias")]
                       for layer in ("code", "heads"))  # fmt: skip
        return lambda x: label_gaussian(x, (code[0], code[1]), (heads[0], heads[1]))

    def predict(self, parameters: Parameters, X: Floats) -> Floats:
        """Logits of rows.

        Parameters
        ----------
        parameters : dict of str to ndarray, shape (m, n_in, n_out)
        X : ndarray, shape (b, q) or (m, b, q)

        Returns
        -------
        ndarray, shape (m, b, c)
        """
        weight = parameters["encoder.weight"]
        with np.errstate(over="ignore", invalid="ignore"):  # who predicts looks at what comes
            code = X.astype(weight.dtype) @ weight + parameters["encoder.bias"]
            if self.code != "encoder":
                mean, logvar = halves(code @ parameters["heads.weight"] + parameters["heads.bias"])
                code = mean + self.draw().astype(mean.dtype) * np.exp(logvar / 2)
            return np.maximum(code, 0) @ parameters["decoder.weight"] + parameters["decoder.bias"]


def halves(gaussian: Labels) -> tuple[Labels, Labels]:
    """Split the outputs of Gaussian heads.

    Parameters
    ----------
    gaussian : ndarray or Tensor, shape (..., 2h)

    Returns
    -------
    pair of ndarray or Tensor, shape (..., h)
        Mean and logarithm of the variance.
    """
    h = gaussian.shape[-1] // 2
    return gaussian[..., :h], gaussian[..., h:]


def label_gaussian(x: Labels, code: tuple[Labels, Labels], heads: tuple[Labels, Labels]) -> tuple[Labels, Labels]:
    """Gaussian of a label representation: an affine code, followed by two affine heads.

    Both maps are affine: composing them first costs far less, as there are fewer labels than rows.

    Parameters
    ----------
    x : ndarray or Tensor, shape (m, b, c)
        What the label encoder reads.
    code, heads : pair of ndarray or Tensor
        Weights (m, n_in, n_out) and biases (m, 1, n_out).

    Returns
    -------
    pair of ndarray or Tensor, shape (m, b, h)
        Mean and logarithm of the variance.
    """
    weight, bias = heads
    return halves(x @ (code[0] @ weight) + (code[1] @ weight + bias))


def initial_weights(shapes: Shapes, generators: Sequence[np.random.Generator]) -> Parameters:
    """Kaiming-normal weights (variance 2 / fan-in) and zero biases, each member from its own generator.

    Draws are float32 and follow the order of the parameters, so that networks which share their first layers share
    these layers' initial weights under one seed, and both precisions start from the same numbers.

    Parameters
    ----------
    shapes : mapping of str to pair of int
        Of the parameters of one network; names of weights end in "weight".
    generators : sequence of Generator
        One a member.

    Returns
    -------
    dict of str to ndarray, shape (m, n_in, n_out), float32
    """
    parameters = {name: np.zeros((len(generators), *shape), np.float32) for name, shape in shapes.items()}
    for name, values in parameters.items():
        if name.endswith("weight"):
            for own, generator in zip(values, generators, strict=True):
                generator.standard_normal(dtype=np.float32, out=own)
            values *= np.float32(math.sqrt(2 / values.shape[1]))
    return parameters
