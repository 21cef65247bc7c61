"""The compiled steps: every loss that has a compiled form is trained as automatic differentiation trains it."""

from __future__ import annotations

import itertools
import re
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import numba
import numpy as np
import pytest
import torch

from ildl.architecture import CODES
from ildl.losses import DOMINANT, NONDOMINANT
from ildl.methods import DILDL, RDA, make_method
from ildl.methods.dildl import CRITERIA, LABEL_GRADIENTS
from ildl.models import AlignedPredictor
from ildl.training import Objective, fit, fit_ensemble, machine_code, recompile
from ildl.training.batched import BatchedSteps, MovingClip
from ildl.training.kernel_layers import exponential

SWITCHES = ("dominant", "nondominant", "criterion", "label_gradient", "decoupled_loss", "decoupled_alignment")
READINGS = [
    reading
    for reading in itertools.product(DOMINANT, NONDOMINANT, CRITERIA, LABEL_GRADIENTS, (True, False), (True, False))
    if reading[4] or reading[0] == DOMINANT[0]  # without the decoupled loss nothing reads the dominant target
]
SETTINGS = {"hidden": 7, "epochs": 4, "batch_size": 20, "device": "cpu", "dtype": "float64"}


def problems(c=5):
    """Ragged rows and ragged columns, with validation rows; degrees of 0 and 1, and ties."""
    rng = np.random.default_rng(3)
    X, D = rng.random((70, 9)), rng.dirichlet(np.full(c, 0.6), 70)
    D[0], D[1], D[2] = np.eye(c)[1], np.full(c, 1 / c), np.r_[0.5, 0.5, np.zeros(c - 2)]
    ragged = []
    for i, n in enumerate((60, 37, 41, 23)):
        own = X.copy()
        own[:, : 2 * (i % 3)] = 0
        ragged.append((own[:n], D[:n], own[60:], D[60:]))
    return ragged


def train(name, params, **options):
    rows = problems()
    members = [make_method(name, random_state=i, **SETTINGS | options, **params) for i in range(len(rows))]
    return list(fit_ensemble(members, rows))


@pytest.fixture
def steps(monkeypatch):
    """Which steps trained the ensembles of this test; `force_batched` leaves automatic differentiation alone."""

    class Spy(list):
        @staticmethod
        def force_batched():
            monkeypatch.setattr(fit, "CompiledSteps", BatchedSteps)

    seen, original = Spy(), fit._steps

    def spy(ensemble):
        chosen = original(ensemble)
        seen.append(type(chosen).__name__)
        return chosen

    monkeypatch.setattr(fit, "_steps", spy)
    return seen


def assert_equal(compiled, batched, atol):
    for one, other in zip(compiled, batched, strict=True):
        assert one.best_epoch_ == other.best_epoch_
        assert one.valid_kl_ == pytest.approx(other.valid_kl_, rel=1e-6)
        for (name, p), q in zip(one.network_.named_parameters(), other.network_.parameters(), strict=True):
            torch.testing.assert_close(p, q, rtol=0, atol=atol, msg=name)


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: "-".join(map(str, reading)))
def test_every_reading_of_dildl(reading, steps):
    params = dict(zip(SWITCHES, reading, strict=True))
    weights = {"alpha": 0.3, "beta": 0.7, "gamma": 0.4, "lam": 0.5}
    compiled = train("DILDL", params | weights)
    steps.force_batched()
    assert_equal(compiled, train("DILDL", params | weights), atol=1e-12)
    assert steps == ["CompiledSteps", "BatchedSteps"]


@pytest.mark.parametrize("code", CODES[1:])
@pytest.mark.parametrize("params", [{}, {"criterion": "rebalanced divergences"}, {"label_gradient": "joint"}], ids=str)
def test_a_sampled_code(code, params, steps):
    compiled = train("DILDL", {"code": code, **params})
    steps.force_batched()
    assert_equal(compiled, train("DILDL", {"code": code, **params}), atol=1e-12)
    assert steps == ["CompiledSteps", "BatchedSteps"]


def test_rda(steps):
    weights = {"recovery": 0.3, "alignment": 0.8, "similarity": 0.5}
    compiled = train("RDA", weights)
    steps.force_batched()
    assert_equal(compiled, train("RDA", weights), atol=1e-12)
    assert steps == ["CompiledSteps", "BatchedSteps"]


@pytest.mark.parametrize(
    ("name", "params"),
    [("OFR-FL", {}), ("OFR-CB", {}), ("OFR-CB", {"cb_mode": "by_class"}), ("OFR-DB", {})],
    ids=["OFR-FL", "OFR-CB", "OFR-CB by class", "OFR-DB"],
)
def test_ofr(name, params, steps):
    compiled = train(name, params)
    steps.force_batched()
    assert_equal(compiled, train(name, params), atol=1e-12)
    assert steps == ["CompiledSteps", "BatchedSteps"]


@pytest.mark.parametrize("name", ["OFR-DB", "RDA", "DILDL"])
def test_single_precision(name, steps):
    compiled = train(name, {}, dtype="float32")
    steps.force_batched()
    assert_equal(compiled, train(name, {}, dtype="float32"), atol=1e-5)
    assert steps == ["CompiledSteps", "BatchedSteps"]


def test_clipping_and_decay(steps, monkeypatch):
    options, cut, original = {"weight_decay": 0.7, "learning_rate": 0.05, "epochs": 9}, [], MovingClip.apply

    def spy(self, gradients, active):
        before = gradients[0].clone()
        original(self, gradients, active)
        cut.append(not torch.equal(before, gradients[0]))

    compiled = train("DILDL", {"lam": 200.0}, **options)
    steps.force_batched()
    monkeypatch.setattr(MovingClip, "apply", spy)
    assert_equal(compiled, train("DILDL", {"lam": 200.0}, **options), atol=1e-10)
    assert any(cut)
    assert steps == ["CompiledSteps", "BatchedSteps"]


def test_a_norm_that_overflows_is_said_by_both(steps):
    X, D = np.random.default_rng(0).random((60, 50)) * 12, problems()[0][1]
    options = {"epochs": 3, "device": "cpu", "dtype": "float32"}
    for _ in range(2):
        with pytest.raises(RuntimeError, match="diverged"):
            make_method("RDA", **options).fit(X, D)
        steps.force_batched()
    assert steps == ["CompiledSteps", "BatchedSteps"]


class Other(DILDL):
    """Its loss is another one."""

    def loss(self, network, batch):
        return super().loss(network, batch) * 0


class Grandchild(Other):
    """Nor has it a compiled form of its own."""


class OtherNetwork(DILDL):
    """Its objective is its own, its network is not the one that is compiled."""

    objective = DILDL.objective

    def build(self, members, n_features, n_labels):
        class Squared(AlignedPredictor):
            def decode(self, code):
                return self.decoder(code**2)

        return Squared(members, n_features, n_labels, self.architecture())


@pytest.mark.parametrize(
    ("method", "params"),
    [
        (Other, {}),
        (Grandchild, {}),
        (OtherNetwork, {"decoupled_alignment": False}),
        ("RDA", {"normalise_loss": True}),
    ],
)
def test_a_loss_without_a_compiled_form_is_differentiated_automatically(method, params, steps):
    made = make_method(method, **SETTINGS, **params) if isinstance(method, str) else method(**SETTINGS, **params)
    made.fit(*problems()[0])
    assert steps == ["BatchedSteps"]


def test_features_that_are_zero_throughout_train_the_biases_alone():
    X, D = np.zeros((30, 4)), problems()[0][1][:30]
    p = make_method("DILDL", **SETTINGS).fit(X, D).predict(np.ones((3, 4)))
    assert np.isfinite(p).all()
    assert np.ptp(make_method("DILDL", **SETTINGS).fit(X, D).predict(X), axis=0) == pytest.approx(0)


@pytest.mark.parametrize("error", [EOFError("Ran out of input"), OSError(28, "No space left on device")])
def test_machine_code_that_cannot_be_read_or_written_is_named(error, monkeypatch):
    from ildl.training import kernels

    def broken(*_arguments):
        raise error

    broken.stats, broken.__name__ = kernels.train.stats, "none"
    monkeypatch.setattr(kernels, "train", broken)
    with pytest.raises(
        OSError, match=rf"{kernels.__file__.rpartition('/')[0]}.*{re.escape(str(error))}.*NUMBA_CACHE_DIR"
    ):
        make_method("OFR-DB", **SETTINGS).fit(*problems()[0])


def test_kept_machine_code_is_that_of_these_sources():
    """Numba looks at the file of the cached function alone; its key must tell of the other files, too."""
    from ildl.training import kernels

    make_method("OFR-DB", **SETTINGS).fit(*problems()[0])
    assert len(kernels.FILES) == 3
    assert all(kernels.SOURCES in str(signature) for signature in kernels.train.signatures)


def test_moments_of_units_that_died_end_at_zero():
    """Not among the numbers that a float32 does not hold in full, each of which would cost a hundred times more."""
    from ildl.training import kernels

    p, g, first, second, largest = np.ones((5, 3), np.float32) * np.array([[1], [1e-3], [0], [0], [0]], np.float32)
    for step in range(1, 100_000):
        kernels._adamw(p, g if step == 1 else 0 * g, (first, second, largest), np.float32(1), step, 1e-3, 0.0)
    assert (first == 0).all()
    assert (second == 0).all()
    np.testing.assert_allclose(largest, 1e-9, rtol=1e-3)


def test_a_weight_that_an_objective_leaves_out_is_zero(steps):
    class Without(RDA):
        def objective(self, D, rows, hyper):
            return Objective(hyper["recovery"], hyper["alignment"], balanced=(rows["balanced"],))

    without = Without(random_state=0, similarity=0.0, **SETTINGS).fit(*problems()[0])
    rda = RDA(random_state=0, similarity=0.0, **SETTINGS).fit(*problems()[0])
    assert_equal([without], [rda], atol=1e-14)
    assert steps == ["CompiledSteps", "CompiledSteps"]


def without_kernels(monkeypatch, works):
    """Numba finds no folder for its machine code, unless `works` says so."""

    class Broken:
        def find_spec(self, name, path=None, target=None):
            if name == "ildl.training.kernels" and not works():
                raise RuntimeError("cannot cache function 'train': no locator available")

    for name in ("kernels", "kernel_layers", "kernel_losses"):
        monkeypatch.delitem(sys.modules, f"ildl.training.{name}", raising=False)
        monkeypatch.delattr(f"ildl.training.{name}", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])


def test_a_cache_that_cannot_be_written_is_named(monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    without_kernels(monkeypatch, lambda: False)
    with pytest.raises(OSError, match="NUMBA_CACHE_DIR"):
        make_method("OFR-DB", **SETTINGS).fit(*problems()[0])


def test_where_nothing_can_be_written_machine_code_beside_the_library_is_read_all_the_same(monkeypatch):
    expected = make_method("OFR-DB", **SETTINGS).fit(*problems()[0]).predict(problems()[0][0])
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    without_kernels(monkeypatch, lambda: numba.config.CACHE_DIR)
    found = make_method("OFR-DB", **SETTINGS).fit(*problems()[0]).predict(problems()[0][0])
    stats = sys.modules["ildl.training.kernels"].train.stats
    assert Path(stats.cache_path).is_relative_to(numba.config.CACHE_DIR)
    assert sum(stats.cache_hits.values()) == 1
    np.testing.assert_array_equal(found, expected)


def test_a_damaged_file_of_machine_code_is_removed_and_training_goes_on(tmp_path):
    """What the second call finds is not there any more; other functions' files stay."""
    damaged, other = (tmp_path / name for name in ("kernels.train-35.py311.1.nbc", "noise._box-7.py311.1.nbc"))
    for file in (damaged, other):
        file.write_bytes(b"0")

    def train(*arguments):
        if damaged.exists():
            raise ValueError("unmarshallable object")
        called.append(arguments)

    called, train.stats = [], SimpleNamespace(cache_path=str(tmp_path))
    recompile.run(train, 1, 2)
    assert called == [(1, 2)]
    assert other.exists()


def test_damaged_machine_code_of_the_noise_is_made_again(tmp_path, monkeypatch):
    from ildl.training import kernel_layers, noise

    def drawn():
        """What a process draws that has compiled nothing yet."""
        fresh = numba.njit(cache=True, nogil=True, **kernel_layers.OPTIONS)(noise._box_muller.py_func)
        monkeypatch.setattr(noise, "_box_muller", fresh)
        out = np.empty((7, 3), np.float32)
        noise.standard_normal(np.random.default_rng(0), out)
        return out

    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    expected, files = drawn(), [*tmp_path.rglob("noise._box_muller*.nb?")]
    assert {file.suffix for file in files} == {".nbi", ".nbc"}
    for file in files:
        file.write_bytes(b"0")
        np.testing.assert_array_equal(drawn(), expected)


def test_what_is_compiled_is_said_once():
    """Precisions and networks beside the usual ones take half a minute at their first use."""
    train, other = numba.njit(lambda x: x + 1), numba.njit(lambda x: x + 1)
    machine_code._listen(train)
    with pytest.warns(UserWarning, match="Training is compiled"):
        train(1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        train(2)
        other(1)


@numba.njit  # not `vectorize`, whose dead weak references break the Sphinx builds of other tests in the same process
def compiled_exponential(x):
    return np.array([exponential(value) for value in x])


def test_the_exponential_of_the_kernels():
    x = np.linspace(-87, 88, 20001)
    single = compiled_exponential(x.astype(np.float32))
    assert single.dtype == np.float32
    assert np.abs(single / np.exp(x.astype(np.float32).astype(np.float64)) - 1).max() < 4e-7
    np.testing.assert_allclose(compiled_exponential(x), np.exp(x), rtol=1e-15)
    with np.errstate(invalid="ignore"):
        ends = compiled_exponential(np.array([0, -1e4, 100, np.inf, -np.inf, np.nan], np.float32))
    assert ends[0] == 1
    assert 0 <= ends[1] < 1e-37
    assert 0 <= ends[4] < 1e-37
    assert np.isposinf(ends[2:4]).all()
