"""Two constants that every table carries: a method that is not better than a constant has learned nothing."""

from __future__ import annotations

import numpy as np

from ildl.checks import Array, Problem
from ildl.methods.base import LDLEstimator


class Uniform(LDLEstimator):
    """Predicts 1/c for every label. Validation rows are not used."""

    def _fit(self, problem: Problem) -> None:
        c = problem.D.shape[1]
        self.distribution_ = np.full(c, 1 / c)

    def _predict(self, X: Array) -> Array:
        return np.tile(self.distribution_, (len(X), 1))


class TrainMean(Uniform):
    """Predicts the mean label distribution of the training rows. Validation rows are not used."""

    def _fit(self, problem: Problem) -> None:
        self.distribution_ = problem.D.mean(axis=0)
