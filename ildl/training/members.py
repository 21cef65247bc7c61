"""What an ensemble is made of: settings, batches, what the trainer asks of an estimator, and what it gives back."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from ildl.architecture import Architecture, Floats, Parameters
from ildl.checks import Array, InputError, Problem
from ildl.losses.integrated import FocalRows
from ildl.losses.rows import BalancedRows, DecoupledRows, GaussianRows

if TYPE_CHECKING:
    from torch import Tensor

CLIP_QUEUE = 5
DTYPES = ("float32", "float64")


@dataclass(frozen=True)
class Settings:
    """How to train; members of one ensemble have equal settings.

    Attributes
    ----------
    epochs, batch_size : int
    learning_rate : float
    weight_decay : float
        Decoupled, on weights; biases have none.
    device, dtype : str
    """

    epochs: int = 300
    batch_size: int = 50
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    device: str = "cpu"
    dtype: str = "float32"


Rows = dict[str, Any]
"""What the loss needs of training rows, computed once: name -> array or named tuple of such, (m, n, ...)."""
Hyper = Mapping[str, Floats]
"""Each member's own hyper-parameters, (m, 1), so that a sweep is one ensemble."""


class Batch(NamedTuple):
    """One step's rows, padded to the longest member: m members, b rows."""

    X: Tensor  # (m, b, q)
    D: Tensor  # (m, b, c)
    mask: Tensor  # (m, b), 1 for rows, 0 for padding
    noise: Tensor  # (m, b, n_noise * h)
    rows: Rows  # what `Member.prepare` made of these rows, as tensors, (m, b, ...)
    hyper: Mapping[str, Tensor]  # (m, 1)

    def mean(self, rows: Tensor) -> Tensor:
        """Mean of per-row values (m, b) over each member's own rows, (m,)."""
        return (rows * self.mask).sum(-1) / self.mask.sum(-1).clamp(min=1)


class Objective(NamedTuple):
    """A loss that has a compiled form: prediction + recovery Eq. (16) + alignment Eq. (12), (13) + similarity Eq. (14).

    A network without representations has the prediction loss alone; a weight that is not there is 0. Without
    `gaussians` and `encoded`, features are aligned with the whole label Gaussian.
    """

    recovery: Floats | None = None  # (m, 1), weights, as are the next two
    alignment: Floats | None = None
    similarity: Floats | None = None
    decoupled: DecoupledRows | None = None  # Eq. (4), part of the prediction loss
    adjusted: BalancedRows | None = None  # on whose logits Eq. (4) stands
    balanced: tuple[BalancedRows, ...] = ()  # balanced focal losses, parts of the prediction loss
    focal: FocalRows | None = None  # the decoupled divergences inside such a loss, part of the prediction loss
    gaussians: GaussianRows | None = None  # constant label Gaussians
    encoded: tuple[tuple[Floats, Floats], ...] = ()  # what each trained part's encoder reads (m, n, c), weight (m, 1)
    joint: bool = False  # the whole label Gaussian, where it is aligned, is trained by that, too
    sampled: bool = False  # a sample of the feature Gaussian is decoded, not the encoder's code


class Member(Protocol):
    """What the trainer asks of an estimator.

    Attributes
    ----------
    epoch : {"best", "last"}
        Whose parameters it keeps: those of the epoch with the lowest validation divergence, or of the last one.
    builds_its_own : bool
        Whether `build` makes a network that `architecture` does not describe.
    """

    epoch: str

    @property
    def builds_its_own(self) -> bool: ...  # noqa: D102

    def settings(self) -> Settings: ...  # noqa: D102
    def structure(self) -> Hashable: ...  # noqa: D102
    def hyper(self) -> dict[str, float]: ...  # noqa: D102
    def architecture(self) -> Architecture: ...  # noqa: D102
    def build(self, members: int, n_features: int, n_labels: int) -> Any: ...  # noqa: D102
    def prepare(self, parameters: Parameters, D: Array, frequencies: Array, hyper: Hyper) -> Rows: ...  # noqa: D102
    def loss(self, network: Any, batch: Batch) -> Tensor: ...  # noqa: D102
    def objective(self, D: Array, rows: Rows, hyper: Hyper) -> Objective: ...  # noqa: D102
    def is_compiled(self) -> bool: ...  # noqa: D102
    def seed(self) -> int: ...  # noqa: D102
    def hold_out(self, problem: Problem, seed: int) -> Problem: ...  # noqa: D102
    def adopt(self, trained: Trained, n_features: int, n_labels: int) -> None: ...  # noqa: D102


class Course(NamedTuple):
    """Rows that one member trains on, and sets of validation rows, each of which chooses an epoch of its own."""

    X: Array
    D: Array
    held_out: tuple[tuple[Array, Array], ...]


class Trained(NamedTuple):
    """Parameters of one member by name (without the member dimension), their epoch (from 1) and its validation KL."""

    parameters: Parameters
    epoch: int
    valid_kl: float


class Trajectory(NamedTuple):
    """One member's outcome for one set of validation rows: what it was at its best epoch, and at the last."""

    best: Trained
    last: Trained


class Selection(NamedTuple):
    """What training fills, for each set of validation rows (s): parameters at its best epoch, and validation KL."""

    parameters: Parameters  # (s, m, ...)
    epoch: Any  # (m, s), from 1; 0 where no epoch was better than infinite
    kl: Floats  # (m, s), of that epoch
    last_kl: Floats  # (m, s), of the last epoch


class Stream(NamedTuple):
    """Shuffles and noise of members with one seed and equally many rows: they draw the same numbers."""

    members: list[int]
    n: int
    shuffle: np.random.Generator
    noise: np.random.Generator

    def draw(self, order: Any, noise: Any) -> None:
        """Fill one epoch's order (n,) and noise (n, n_noise * h): the same on every device.

        Parameters
        ----------
        order : ndarray of int64, shape (n,)
        noise : ndarray of float32, shape (n, n_noise * h)
        """
        order[:] = self.shuffle.permutation(self.n)
        if noise.size:
            from ildl.training.machine_code import load_kernels

            load_kernels()
            from ildl.training.noise import standard_normal  # imports Numba

            standard_normal(self.noise, noise)


def resolve_device(device: str) -> str:
    """Return the name of the PyTorch device; "auto" takes CUDA, then MPS, then the CPU.

    Parameters
    ----------
    device : str
        "auto", "cpu", "cuda", "cuda:1", "mps" ...

    Returns
    -------
    str

    Raises
    ------
    InputError
        Unknown, or not on this machine.
    """
    if not isinstance(device, str):
        raise InputError(f"device must be a text such as 'cpu', not {device!r}.")
    if device == "cpu":
        return device  # which needs no PyTorch
    import torch

    if device == "auto":
        best = "mps" if torch.backends.mps.is_available() else "cpu"
        return "cuda" if torch.cuda.is_available() else best
    try:
        resolved = torch.device(device)
    except RuntimeError as error:
        raise InputError(f"Unknown device {device!r}; use 'auto', 'cpu', 'cuda' or 'mps'.") from error
    if resolved.type not in ("cpu", "cuda", "mps") or (resolved.type == "cpu" and resolved.index):
        raise InputError(f"Unknown device {device!r}; use 'auto', 'cpu', 'cuda' or 'mps'.")
    if resolved.type == "cuda" and not torch.cuda.is_available():
        raise InputError(f"device={device!r}, but PyTorch finds no CUDA device here; use device='auto' or 'cpu'.")
    if resolved.type == "mps" and not torch.backends.mps.is_available():
        raise InputError("device='mps', but PyTorch finds no MPS device here; use device='auto' or 'cpu'.")
    return str(resolved)
