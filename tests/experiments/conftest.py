"""A file of a user's, which tests of several files run."""

from __future__ import annotations

import sys

import pytest

FILE = """
from dataclasses import dataclass
from sklearn.linear_model import Ridge
from ildl.methods import LDLEstimator
from helper import mean

@dataclass(kw_only=True, eq=False, repr=False)
class Mean(LDLEstimator):
    shift: float = 0.0

    def _fit(self, problem):
        self.mean_ = mean(problem.D) + self.shift

    def _predict(self, X):
        return self.mean_ + 0 * X[:, :1]

ridge = Ridge(alpha=3)
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A file of the user's, and what it imports from beside itself."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "helper", raising=False)
    (tmp_path / "helper.py").write_text("def mean(D):\n    return D.mean(axis=0)\n")
    (tmp_path / "theirs.py").write_text(FILE)
    yield tmp_path / "theirs.py"
    sys.modules.pop("helper", None)
