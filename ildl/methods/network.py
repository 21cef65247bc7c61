"""What the network methods share: the benchmark's trainer settings, and the estimator around one trained network."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from scipy.special import softmax

from ildl.architecture import Architecture, Parameters
from ildl.checks import Array, InputError, Problem
from ildl.methods.base import Constraint, LDLEstimator, one_of, seed_of, within
from ildl.training import DTYPES, Batch, Hyper, Objective, Rows, Settings, Trained, fit_ensemble, resolve_device

if TYPE_CHECKING:
    from torch import Tensor

    from ildl.models import Predictor


@dataclass(kw_only=True, eq=False, repr=False)
class NetworkEstimator(LDLEstimator):
    """Base of OFR, RDA and DILDL: trained by `ildl.training.fit_ensemble`, alone or with companions.

    Validation rows choose the epoch: the parameters with the lowest validation divergence are kept. They are passed to
    `fit`, or set aside from its rows by `validation_fraction`. Without them, or with ``epoch="last"``, the last epoch
    is kept.

    Parameters
    ----------
    hidden : int
        Hidden units.
    epochs, batch_size : int
        Without epochs the network keeps its initial weights.
    learning_rate, weight_decay : float
    epoch : {"best", "last"}
        Which epoch's parameters to keep.
    validation_fraction : float, optional
        Share of the rows, drawn by `random_state`, that is set aside as validation rows where none are passed. By
        default none: all rows are trained on.
    random_state : int, Generator, RandomState or None
        Initial weights, shuffles and noise.
    device : str
        "auto" takes CUDA, then MPS, then the CPU.
    dtype : {"float32", "float64"}

    Attributes
    ----------
    parameters_ : dict of str to ndarray
        What was trained, by name; each with a leading dimension of 1.
    network_ : Predictor
        The same as a PyTorch module on the CPU, an ensemble of one, made anew at each access.
    best_epoch_ : int
        The epoch that was kept, from 1.
    valid_kl_ : float
        Its mean validation divergence; 0 without validation rows, infinite without epochs.
    """

    constraints: ClassVar[dict[str, Constraint]] = {
        "hidden": within(1, integer=True),
        "epochs": within(0, integer=True),
        "batch_size": within(1, 10**9, integer=True),
        "learning_rate": within(0, open_low=True),
        "weight_decay": within(0),
        "epoch": one_of("best", "last"),
        "validation_fraction": lambda value, name: value is None or within(0, 1, open_low=True)(value, name),
        "dtype": one_of(*DTYPES),
    }
    hyper_names: ClassVar[tuple[str, ...]] = ()
    """Parameters that may differ between members of one ensemble."""
    structure_names: ClassVar[tuple[str, ...]] = ("hidden",)
    """Parameters that decide the network's shape or the form of the loss."""

    hidden: int = 100
    epochs: int = 300
    batch_size: int = 50
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    epoch: str = "best"
    validation_fraction: float | None = None
    random_state: Any = 0
    device: str = "auto"
    dtype: str = "float32"
    # What the trainer asks, `ildl.training.Member`

    def settings(self) -> Settings:
        """Settings of the trainer, checked.

        Returns
        -------
        Settings
        """
        self.check_parameters()
        if not isinstance(self.device, str):
            resolve_device(self.device)  # says what it must be
        names = ("epochs", "batch_size", "learning_rate", "weight_decay", "device", "dtype")
        return Settings(**{name: getattr(self, name) for name in names})

    def structure(self) -> Hashable:
        """What members of one ensemble must share.

        Returns
        -------
        hashable
        """
        return (type(self), *(getattr(self, name) for name in self.structure_names))

    def hyper(self) -> dict[str, float]:
        """Hyper-parameters that may differ between members.

        Returns
        -------
        dict
        """
        return {name: float(getattr(self, name)) for name in self.hyper_names}

    def seed(self) -> int:
        """One integer seed from `random_state`.

        Returns
        -------
        int
        """
        return seed_of(self.random_state)

    def hold_out(self, problem: Problem, seed: int) -> Problem:
        """Set validation rows aside, where `validation_fraction` asks for them and none were passed.

        Parameters
        ----------
        problem : Problem
        seed : int

        Returns
        -------
        Problem

        Raises
        ------
        InputError
            No row would be left to train on.
        """
        if self.validation_fraction is None or len(problem.X_valid):
            return problem
        n = len(problem.X)
        n_valid = math.ceil(self.validation_fraction * n)
        if n_valid == n:
            raise InputError(f"validation_fraction={self.validation_fraction} leaves none of {n} rows to train on.")
        is_valid = np.zeros(n, dtype=bool)
        is_valid[np.random.default_rng([seed, n]).permutation(n)[:n_valid]] = True
        return Problem(*(table[rows] for rows in (~is_valid, is_valid) for table in problem[:2]))

    def architecture(self) -> Architecture:
        """The network's layers.

        Returns
        -------
        Architecture
        """
        return Architecture(self.hidden)

    def build(self, members: int, n_features: int, n_labels: int) -> Predictor:
        """Build the network for this many members, in PyTorch; a subclass may build another one.

        Parameters
        ----------
        members, n_features, n_labels : int

        Returns
        -------
        Predictor
            Trained are those of its parameters that require gradients.
        """
        from ildl.models import build

        return build(self.architecture(), members, n_features, n_labels)

    @property
    def builds_its_own(self) -> bool:
        """Whether a subclass builds a network that `architecture` does not describe."""
        return type(self).build is not NetworkEstimator.build

    def prepare(self, parameters: Parameters, D: Array, frequencies: Array, hyper: Hyper) -> Rows:
        """What the loss needs of the training rows throughout, computed once.

        Parameters
        ----------
        parameters : dict of str to ndarray, shape (m, n_in, n_out)
            Initial weights.
        D : ndarray, shape (m, n, c)
            Label distributions, rows of padding zero.
        frequencies : ndarray, shape (m, 1, c)
            Column sums of each member's labels.
        hyper : mapping of str to ndarray, shape (m, 1)
            Hyper-parameters of each member.

        Returns
        -------
        dict of str to ndarray or named tuple of ndarray, shape (m, n, ...)
            By default nothing. `loss` finds them as tensors, in `Batch.rows`.
        """
        return {}

    def loss(self, network: Any, batch: Batch) -> Tensor:
        """Loss of each member's batch.

        Parameters
        ----------
        network : Predictor
        batch : Batch

        Returns
        -------
        Tensor, shape (m,)
        """
        raise NotImplementedError

    def objective(self, D: Array, rows: Rows, hyper: Hyper) -> Objective:
        """The same loss in the form that is compiled for the CPU, where there is one.

        Parameters
        ----------
        D : ndarray, shape (m, n, c)
            Label distributions, rows of padding zero.
        rows : dict
            What `prepare` made of them.
        hyper : mapping of str to ndarray, shape (m, 1)

        Returns
        -------
        Objective
        """
        raise NotImplementedError

    def is_compiled(self) -> bool:
        """Whether training is compiled: on a CPU, for a class that defines `objective` and builds no other network.

        Else `loss` is differentiated automatically; so it is for a subclass that does not define `objective` itself.

        Returns
        -------
        bool
        """
        has_objective = "objective" in vars(type(self)) and not self.builds_its_own
        return has_objective and resolve_device(self.device) == "cpu"

    def adopt(self, trained: Trained, n_features: int, n_labels: int) -> None:
        """Take over what was trained, which makes this estimator a fitted one.

        Parameters
        ----------
        trained : Trained
        n_features, n_labels : int
        """
        self.parameters_ = {name: values[None] for name, values in trained.parameters.items()}
        self.best_epoch_, self.valid_kl_ = trained.epoch, trained.valid_kl
        self.n_features_in_, self.n_labels_ = n_features, n_labels

    @property
    def network_(self) -> Predictor:
        """The trained network."""
        import torch

        if not hasattr(self, "parameters_"):
            raise AttributeError(f"{type(self).__name__} has no network_ before fit.")
        network = self.build(1, self.n_features_in_, self.n_labels_)
        tensors = {name: torch.from_numpy(values.copy()) for name, values in self.parameters_.items()}
        network.to(tensors["encoder.weight"].dtype).load_state_dict(tensors)
        return network.requires_grad_(False)

    def _fit(self, problem: Problem) -> None:
        valid = problem[2:] if len(problem.X_valid) else ()
        fit_ensemble([self], [(*problem[:2], *valid)])

    def _predict(self, X: Array) -> Array:
        if self.builds_its_own:
            network = self.network_
            rows = network.encoder.weight.new_tensor(X)  # a copy: X may be read-only
            z = network(rows.unsqueeze(0))[0].numpy()
        else:
            z = self.architecture().predict(self.parameters_, X)[0]
        return softmax(z.astype(np.float64), axis=1)
