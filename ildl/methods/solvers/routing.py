"""Which term of a network method's loss trains which part of its network."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from ildl.architecture import initial_weights
from ildl.checks import check_problem
from ildl.methods.network import NetworkEstimator
from ildl.training import Batch
from ildl.training.batched import each

PREDICTION = "prediction"


def gradient_routing(estimator: NetworkEstimator, X: ArrayLike, D: ArrayLike) -> dict[str, dict[str, bool]]:
    """Say for each part of an untrained network which terms of the loss send it a gradient.

    The loss is linear in the weights of its auxiliary terms, so each term is the derivative by its weight; what is left
    when all of these are 0 is the prediction loss.

    Parameters
    ----------
    estimator : NetworkEstimator
        `alpha`, where there is one, is not taken for the weight of a term; it should lie strictly between 0 and 1.
    X : array-like, shape (n, q)
    D : array-like, shape (n, c)
        One batch of features and label distributions.

    Returns
    -------
    dict of str to dict of str to bool
        Part of the network -> term ("prediction", or the name of its weight) -> whether any of its parameters has a
        gradient other than 0.

    Raises
    ------
    InputError
        Data or parameters that cannot be used.
    """
    estimator.check_parameters()
    problem = check_problem(X, D)
    X, D = problem.X, problem.D
    generator = np.random.default_rng(estimator.seed())
    network = estimator.build(1, X.shape[1], D.shape[1]).double()
    start = initial_weights({name: (p.shape[1], p.shape[2]) for name, p in network.named_parameters()}, [generator])
    network.load_state_dict({name: torch.from_numpy(values) for name, values in start.items()})
    parameters = {name: p for name, p in network.named_parameters() if p.requires_grad}
    hyper = {name: np.full((1, 1), value) for name, value in estimator.hyper().items()}
    prepared = each(estimator.prepare(start, D[None], D.sum(0)[None, None], hyper), torch.from_numpy)
    weights = {name: torch.zeros(1, 1, dtype=torch.float64, requires_grad=True) for name in hyper}
    if "alpha" in weights:
        weights["alpha"] = torch.from_numpy(hyper["alpha"])
    noise = torch.from_numpy(generator.standard_normal((1, len(X), network.n_noise * estimator.hidden)))
    mask = torch.ones(1, len(X), dtype=torch.float64)
    batch = Batch(torch.tensor(X)[None], torch.tensor(D)[None], mask, noise, prepared, weights)
    loss = estimator.loss(network, batch).sum()
    terms = {PREDICTION: loss}
    for name, weight in weights.items():
        if weight.requires_grad:
            terms[name] = torch.autograd.grad(loss, weight, create_graph=True)[0].sum()
    reached = {term: _reached(value, parameters) for term, value in terms.items()}
    parts = dict.fromkeys(_part(name) for name, _ in network.named_parameters())
    return {part: {term: part in found for term, found in reached.items()} for part in parts}


def _reached(term: Tensor, parameters: Mapping[str, Tensor]) -> set[str]:
    gradients = torch.autograd.grad(term, list(parameters.values()), retain_graph=True, allow_unused=True)
    return {_part(name) for name, g in zip(parameters, gradients, strict=True) if g is not None and bool(g.any())}


def _part(name: str) -> str:
    """Name of the part that a parameter belongs to: its module, a label encoder taken as a whole."""
    pieces = name.split(".")
    return f"{pieces[1]} label encoder" if pieces[0] == "label_encoders" else pieces[0]
