"""Results depend on no number of threads: neither those of the machine, nor those that fit side by side."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from ildl.methods import METHODS, make_method
from ildl.training import one_thread

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
RNG = np.random.default_rng(0)
X, D = RNG.random((110, 1500)), RNG.dirichlet(np.ones(5), 110)


def numbers():
    return [pool["num_threads"] for pool in threadpool_info()], torch.get_num_threads()


@contextmanager
def threads(n):
    before = torch.get_num_threads()
    with threadpool_limits(n):
        torch.set_num_threads(n)
        try:
            yield
        finally:
            torch.set_num_threads(before)


def coefficients(name):
    """What was fitted, in few iterations: more would amplify a difference, and take longer."""
    method = make_method(name)
    options = {"max_iter": 30, "epochs": 2, "device": "cpu"}
    method.set_params(**{key: value for key, value in options.items() if key in method.get_params()}).fit(X, D)
    if hasattr(method, "network_"):
        return np.concatenate([p.detach().ravel() for p in method.network_.parameters()])
    return method.predict(np.eye(X.shape[1]))  # all weights


@pytest.mark.parametrize("name", list(METHODS))
def test_the_number_of_threads_changes_no_bit(name):
    fitted = []
    for n in (1, 2):
        with threads(n):
            before = numbers()
            fitted.append(coefficients(name))
            assert numbers() == before
    np.testing.assert_array_equal(*fitted)


def test_fits_side_by_side_are_those_one_after_the_other():
    """In a new process, with all threads that the machine has."""
    code = """
import warnings
from concurrent.futures import ThreadPoolExecutor
import numpy as np, torch
from threadpoolctl import threadpool_info
from ildl.methods import make_method
warnings.simplefilter("ignore")
rng = np.random.default_rng(0)
X, D = rng.random((110, 1500)), rng.dirichlet(np.ones(5), 110)
def numbers():
    return [pool["num_threads"] for pool in threadpool_info()], torch.get_num_threads()
def fit(k):
    if k % 2:
        return make_method("SA-BFGS", max_iter=20 + k).fit(X, D).coef_
    network = make_method("DILDL", epochs=2, random_state=k, device="cpu").fit(X, D).network_
    return np.concatenate([p.detach().ravel() for p in network.parameters()])
alone = [fit(k) for k in range(8)]
before = numbers()
with ThreadPoolExecutor(4) as pool:
    together = list(pool.map(fit, range(8)))
for one, other in zip(alone, together, strict=True):
    np.testing.assert_array_equal(one, other)
assert numbers() == before
"""
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


def test_the_limit_is_given_back_after_an_error_and_once():
    with threads(2):
        before = numbers()
        with contextlib.suppress(ZeroDivisionError), one_thread():
            with one_thread():
                pass
            assert set(numbers()[0]) == {1} == {numbers()[1]}
            raise ZeroDivisionError
        assert numbers() == before
