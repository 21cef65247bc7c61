"""The ensemble trainer: equal to the plain loop, member by member, whatever the companions."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from sklearn.base import clone

import ildl.training
from benchmarks import plain_loop
from ildl.checks import InputError
from ildl.methods import make_method
from ildl.methods.ofr import OFRFL
from ildl.metrics import evaluate, kl_divergence
from ildl.training import fit_ensemble, resolve_device
from ildl.training.batched import BatchedSteps, MovingClip

NETWORKS = ("OFR-DB", "RDA", "DILDL")
WEIGHTS = {"OFR-DB": (), "RDA": (0.3, 0.2, 0.5), "DILDL": (0.6, 0.1, 0.1, 0.1)}
RDA_WEIGHTS = {"recovery": 0.3, "alignment": 0.2, "similarity": 0.5}
SIZES = (98, 100, 101, 149, 30, 7)


def method(name, **params):
    """A small, exact one."""
    own = RDA_WEIGHTS if name == "RDA" else {}
    return make_method(name, **{"hidden": 8, "epochs": 4, "device": "cpu", "dtype": "float64"} | own | params)


def problem(n=60, q=12, c=4, seed=0, n_valid=9, scale=1.0):
    """Rows on the simplex with zeros, ties and a degree of 1; the last columns are zero in training rows alone."""
    rng = np.random.default_rng(seed)
    X, D = rng.random((n + n_valid, q)) * scale, rng.dirichlet(np.full(c, 0.7), n + n_valid)
    D[0], D[1], D[2] = np.eye(c)[1], np.full(c, 1 / c), np.r_[0.5, 0.5, np.zeros(c - 2)]
    X[:n, -2] = 0  # seen in validation rows
    X[:, -1] = 0  # seen in test rows at most
    return X[:n], D[:n], X[n:], D[n:]


def unseen(q=12, seed=99):
    return np.random.default_rng(seed).random((11, q))


def plain(name, rows, seed=0, **options):
    options = {"hidden": 8, "epochs": 4, "dtype": torch.float64, "weights": WEIGHTS[name]} | options
    return plain_loop.fit(name, *rows, draw=plain_loop.draws(seed), **options)


def parameters_of(network):
    """Parameters of a plain network under the names and in the layout of the stacked ones."""
    named = {}

    def take(name, *layers):
        named[f"{name}.weight"] = torch.cat([layer.weight for layer in layers]).T.detach()
        named[f"{name}.bias"] = torch.cat([layer.bias for layer in layers]).detach()

    take("encoder", network.encoder)
    take("decoder", network.decoder)
    if hasattr(network, "heads"):
        take("heads", network.heads.mean, network.heads.logvar)
    for name, (code, heads) in network.label_encoders.items():
        take(f"label_encoders.{name}.code", code)
        take(f"label_encoders.{name}.heads", heads.mean, heads.logvar)
    return named


def assert_same_parameters(estimator, network, atol):
    expected = parameters_of(network)
    actual = {name: values[0] for name, values in estimator.network_.named_parameters()}
    assert set(actual) == set(expected)
    for name, values in expected.items():
        torch.testing.assert_close(actual[name].reshape(values.shape), values, rtol=0, atol=atol, msg=name)


# The plain loop -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("n", SIZES)
def test_every_parameter_is_that_of_the_plain_loop(name, n):
    rows = problem(n)
    estimator = method(name, epoch="last", random_state=n).fit(*rows)
    assert_same_parameters(estimator, plain(name, rows[:2], seed=n).network, atol=1e-10)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_kept_epoch_and_predictions_are_those_of_the_plain_loop(name):
    rows = problem(53)
    estimator, loop = method(name, epochs=30).fit(*rows), plain(name, rows, epochs=30)
    assert estimator.best_epoch_ == loop.epoch
    assert estimator.valid_kl_ == pytest.approx(loop.valid_kl, abs=1e-9)
    np.testing.assert_allclose(estimator.predict(unseen()), loop.predict(unseen()), rtol=0, atol=1e-8)


@pytest.mark.parametrize("name", NETWORKS)
def test_clipping_and_decay_are_those_of_the_plain_loop(name, monkeypatch):
    """Features so large, and a decay so strong, that both leave their mark."""
    cut, original = [], torch.nn.utils.clip_grad_norm_

    def spy(parameters, threshold):
        norm = original(parameters, threshold)
        cut.append(norm.item() > threshold)
        return norm

    monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", spy)
    scale = 3000.0 if name == "OFR-DB" else 30.0
    rows, options = problem(120, scale=scale), {"epochs": 5, "weight_decay": 0.7, "learning_rate": 0.01}
    estimator = method(name, epoch="last", random_state=1, **options).fit(*rows)
    loop = plain(name, rows[:2], seed=1, **options)
    assert any(cut)
    assert_same_parameters(estimator, loop.network, atol=1e-10)


def test_rda_divided_by_its_own_loss_is_that_of_the_plain_loop(monkeypatch):
    """Recovery is the cross-entropy, as in RDA: its value counts here, not its gradient alone."""
    original = plain_loop.loss
    monkeypatch.setattr(plain_loop, "loss", lambda *a: (value := original(*a)) / value.detach().clamp(min=1e-8))
    rows = problem(60)
    estimator = method("RDA", epoch="last", normalise_loss=True).fit(*rows)
    assert_same_parameters(estimator, plain("RDA", rows[:2]).network, atol=1e-10)


def test_the_loop_over_rows_of_the_yardstick_equals_its_fast_form():
    z, d = torch.randn(9, 4, generator=torch.Generator().manual_seed(0)).double(), torch.tensor(problem()[1][:9])
    torch.testing.assert_close(
        plain_loop.decoupled(z, d, 0.6), plain_loop.decoupled_fast(z, d, 0.6), rtol=1e-12, atol=0
    )


# The member rule ------------------------------------------------------------------------------------------------------


def companions():
    """Members of three methods, of other parameters, sizes and seeds, with and without validation rows."""
    members = [method(name, random_state=seed) for name in NETWORKS for seed in (0, 1)]
    members += [method("DILDL", alpha=alpha, lam=alpha, random_state=2) for alpha in (0.0, 0.3, 1.0)]
    members += [method("RDA", recovery=0.0, alignment=0.0, similarity=0.0), method("DILDL", hidden=9)]
    problems = [problem(SIZES[i % len(SIZES)], seed=i)[: 4 if i % 3 else 2] for i in range(len(members))]
    return members, problems


def fitted_alone(members, problems):
    return [clone(member).fit(*rows) for member, rows in zip(members, problems, strict=True)]


@pytest.mark.parametrize("order", ["forwards", "backwards"])
def test_companions_and_their_order_do_not_matter(order):
    members, problems = companions()
    alone = fitted_alone(members, problems)
    indices = list(range(len(members)))[:: 1 if order == "forwards" else -1]
    together = fit_ensemble([members[i] for i in indices], [problems[i] for i in indices])
    for i, member in zip(indices, together, strict=True):
        assert member is members[i]
        assert member.best_epoch_ == alone[i].best_epoch_
        assert member.valid_kl_ == pytest.approx(alone[i].valid_kl_, abs=1e-8)
        expected = alone[i].predict(unseen())
        np.testing.assert_allclose(member.predict(unseen()), expected, rtol=0, atol=1e-8)


@pytest.mark.parametrize("name", NETWORKS)
def test_ten_ragged_folds_together_are_ten_folds_alone(name):
    problems = [problem(90 + 4 * fold, seed=fold) for fold in range(10)]
    members = [method(name, random_state=fold) for fold in range(10)]
    alone = fitted_alone(members, problems)
    for member, single in zip(fit_ensemble(members, problems), alone, strict=True):
        np.testing.assert_allclose(member.predict(unseen()), single.predict(unseen()), rtol=0, atol=1e-8)


def test_a_sweep_of_360_members_is_each_of_them_alone():
    """36 settings x 10 ragged folds in one ensemble; every 31st member is trained alone, too."""
    grid = list(itertools.product((0.1, 0.4, 0.6, 0.9), (0.01, 0.1, 1), (0, 0.1, 1)))
    jobs = [(dict(zip(("alpha", "beta", "gamma"), point, strict=True)), fold) for point in grid for fold in range(10)]
    problems = [problem(45 + 3 * fold, seed=fold) for fold in range(10)]
    members = [method("DILDL", **point, random_state=i, epochs=2) for i, (point, _) in enumerate(jobs)]
    sample = range(0, len(members), 31)
    alone = fitted_alone([members[i] for i in sample], [problems[jobs[i][1]] for i in sample])
    assert len(fit_ensemble(members, [problems[fold] for _, fold in jobs])) == 360
    for i, single in zip(sample, alone, strict=True):
        np.testing.assert_allclose(members[i].predict(unseen()), single.predict(unseen()), rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", NETWORKS)
def test_single_precision_gives_the_same_metrics(name):
    problems = [problem(n, seed=n) for n in SIZES]
    members = [method(name, dtype="float32", random_state=n) for n in SIZES]
    truth = problem(11, seed=50, n_valid=0)[1]
    exact = fitted_alone([method(name, random_state=n) for n in SIZES], problems)
    alone = fitted_alone(members, problems)
    for together, single, double in zip(fit_ensemble(members, problems), alone, exact, strict=True):
        values = [evaluate(truth, fitted.predict(unseen())) for fitted in (together, single, double)]
        assert values[0] == pytest.approx(values[1], abs=1e-3)
        assert values[0] == pytest.approx(values[2], abs=1e-3)


def test_a_sweep_is_one_ensemble(monkeypatch):
    groups, original = [], ildl.training.fit.Ensemble

    def spy(members, courses, seeds):
        groups.append(len(members))
        return original(members, courses, seeds)

    monkeypatch.setattr(ildl.training.fit, "Ensemble", spy)
    sweep = [method("DILDL", alpha=alpha, beta=alpha, gamma=0.5, lam=0.2, epochs=1) for alpha in (0, 0.5, 1)]
    fit_ensemble([*sweep, method("RDA", epochs=1)], [problem()] * 4)
    assert groups == [3, 1]


@pytest.mark.parametrize("name", ["OFR-DB", "DILDL"])
def test_twins_that_keep_different_epochs_are_trained_once_and_are_what_each_is_alone(name, monkeypatch):
    sizes, original = [], ildl.training.fit.Ensemble

    def spy(members, problems, seeds):
        sizes.append(len(members))
        return original(members, problems, seeds)

    monkeypatch.setattr(ildl.training.fit, "Ensemble", spy)
    options = {"epochs": 12, "dtype": "float64"}
    twins = [method(name, epoch=epoch, **options) for epoch in ("best", "last")]
    fit_ensemble(twins, [problem(), tuple(rows.copy() for rows in problem())])
    assert sizes == [1]
    for twin in twins:
        alone = method(name, epoch=twin.epoch, **options).fit(*problem())
        np.testing.assert_allclose(twin.predict(unseen()), alone.predict(unseen()), rtol=0, atol=1e-13)
        assert twin.best_epoch_ == alone.best_epoch_
    assert twins[1].best_epoch_ == 12


@pytest.mark.parametrize("steps", ["compiled", "batched"])
def test_members_that_differ_in_validation_rows_are_trained_once_and_are_what_each_is_alone(steps, monkeypatch):
    if steps == "batched":
        monkeypatch.setattr("ildl.training.fit.CompiledSteps", BatchedSteps)
    sizes, original = [], ildl.training.fit.Ensemble

    def spy(members, courses, seeds):
        sizes.append([len(course.held_out) for course in courses])
        return original(members, courses, seeds)

    rows = problem(55, n_valid=30, seed=2)
    train, held_out = rows[:2], [(), (slice(3),), (slice(3, 30),), (slice(3),)]
    rows_of = [(*train, *(part[own] for own in which for part in rows[2:])) for which in held_out]
    options = {"epochs": 15, "learning_rate": 0.05}
    alone = [method("DILDL", **options).fit(*own) for own in rows_of]
    monkeypatch.setattr(ildl.training.fit, "Ensemble", spy)
    together = fit_ensemble([method("DILDL", **options) for _ in rows_of], rows_of)
    assert sizes == [[3]]
    for one, other in zip(together, alone, strict=True):
        assert one.best_epoch_ == other.best_epoch_
        assert one.valid_kl_ == pytest.approx(other.valid_kl_, rel=1e-9)
        np.testing.assert_allclose(one.predict(unseen()), other.predict(unseen()), rtol=0, atol=1e-12)
    assert len({member.best_epoch_ for member in together}) == 3


def test_other_seeds_give_other_networks():
    one, other = fit_ensemble([method("RDA", random_state=0), method("RDA", random_state=1)], [problem()] * 2)
    assert np.abs(one.predict(unseen()) - other.predict(unseen())).max() > 1e-3


def test_global_random_states_are_neither_read_nor_moved():
    predictions = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
        predictions.append(method("DILDL").fit(*problem()).predict(unseen()))
        assert torch.equal(torch.get_rng_state(), before[0])
        assert (np.random.get_state()[1] == before[1]).all()  # noqa: NPY002
    np.testing.assert_array_equal(*predictions)


# Clipping and decay ---------------------------------------------------------------------------------------------------


def test_moving_clip_known_trace():
    clip = MovingClip(1, torch.zeros(1, 2, dtype=torch.float64))
    thresholds = []
    for norm in (3, 0.5, 0.2, 0.1, 0.05, 4, 0.3):
        thresholds.append(5 * clip.queue.amax().item())
        gradient = norm * torch.tensor([[0.6, 0.8]], dtype=torch.float64)
        expected = gradient.clone()
        clip.apply([gradient], 1)
        torch.testing.assert_close(gradient, expected, rtol=0, atol=0)
    assert thresholds == pytest.approx([np.inf] * 5 + [5, 5])
    assert clip.queue[0].tolist() == pytest.approx([0.2, 0.1, 0.05, 1, 0.3])


def test_a_norm_of_ten_at_the_sixth_step_is_scaled_to_five():
    clip = MovingClip(1, torch.zeros(1, 1, dtype=torch.float64))
    for norm in (3, 0.5, 0.2, 0.1, 0.05, 10):
        gradient = torch.tensor([[norm]], dtype=torch.float64)
        clip.apply([gradient], 1)
    assert gradient.item() == pytest.approx(5, rel=1e-6)


def test_members_are_clipped_apart_and_a_member_without_a_batch_keeps_its_queue():
    clip, alone = MovingClip(2, torch.zeros(2, 1).double()), MovingClip(1, torch.zeros(1, 1).double())
    for step, norm in enumerate((3, 0.5, 0.2, 0.1, 0.05, 10, 20)):
        both, single = (torch.tensor(norms, dtype=torch.float64) for norms in ([[norm], [0.01]], [[norm]]))
        clip.apply([both], 2 if step < 2 else 1)
        alone.apply([single], 1)
        assert both[0].item() == single.item()
        assert both[1].item() == 0.01
    assert clip.queue[1].tolist() == pytest.approx([0, 0, np.inf, 0.01, 0.01])


class Still(OFRFL):
    """Its gradient is zero."""

    def loss(self, network, batch):
        return network(batch.X).sum((1, 2)) * 0


def test_without_a_gradient_weights_shrink_and_biases_stay():
    X, D, _, _ = problem(60)
    settings = {"hidden": 8, "device": "cpu", "dtype": "float64", "epoch": "last"}
    still = Still(epochs=3, **settings).fit(X, D)
    weights = parameters_of(plain("OFR-DB", (X, D), epochs=0).network)
    for name, values in still.network_.named_parameters():
        factor = (1 - 1e-3 * 1e-4) ** 6 if name.endswith("weight") else 1.0  # two steps an epoch
        torch.testing.assert_close(values[0].reshape(weights[name].shape), factor * weights[name], rtol=1e-14, atol=0)


def test_initial_weights_have_variance_two_by_fan_in_and_biases_are_zero():
    X, D, _, _ = problem(20, q=200)
    network = Still(epochs=1, weight_decay=0.0, hidden=100, device="cpu").fit(X, D).network_
    for layer in (network.encoder, network.decoder):
        n_in = layer.weight.shape[1]
        count = layer.weight.numel()
        assert layer.weight.std().item() == pytest.approx(np.sqrt(2 / n_in), rel=5 / np.sqrt(2 * count))
        assert (layer.bias == 0).all()


# Which epoch ----------------------------------------------------------------------------------------------------------


def test_the_kept_epoch_is_the_first_with_the_lowest_validation_divergence():
    rows, trace = problem(40, seed=2), []
    for epochs in range(1, 13):
        last = method("OFR-DB", epochs=epochs, epoch="last", learning_rate=0.05).fit(*rows)
        assert last.best_epoch_ == epochs
        trace.append(last.valid_kl_)
    best = method("OFR-DB", epochs=12, learning_rate=0.05).fit(*rows)
    assert 1 < best.best_epoch_ < 12
    assert best.best_epoch_ == np.argmin(trace) + 1
    assert best.valid_kl_ == pytest.approx(min(trace), abs=1e-12)
    assert best.valid_kl_ == pytest.approx(kl_divergence(rows[3], best.predict(rows[2])), abs=1e-10)


def test_of_equal_epochs_the_first_is_kept():
    still = Still(epochs=3, weight_decay=0.0, hidden=8, device="cpu", dtype="float64").fit(*problem())
    assert still.best_epoch_ == 1


def test_without_validation_rows_the_last_epoch_is_kept():
    X, D, X_valid, D_valid = problem()
    without = method("RDA").fit(X, D)
    last = method("RDA", epoch="last").fit(X, D, X_valid, D_valid)
    assert (without.best_epoch_, without.valid_kl_) == (4, 0)
    np.testing.assert_allclose(without.predict(unseen()), last.predict(unseen()), rtol=0, atol=1e-12)


# Refusals -------------------------------------------------------------------------------------------------------------


def test_divergence_is_an_error():
    with pytest.raises(RuntimeError, match=r"diverged \(member \[1\]\): features reach 1e\+200 .*scale X"):
        fit_ensemble(
            [method("RDA"), method("RDA")],
            [problem(), problem(scale=1e200)],
        )


def test_the_same_estimator_twice_is_an_error():
    estimator = method("RDA")
    with pytest.raises(InputError, match="occurs twice; pass a clone"):
        fit_ensemble([estimator, estimator], [problem(), problem()])


def test_unequal_numbers_are_an_error():
    with pytest.raises(InputError, match="2 estimators, but 1 problems"):
        fit_ensemble([method("RDA"), method("RDA")], [problem()])


def test_no_estimators_are_no_work():
    assert list(fit_ensemble([], [])) == []


@pytest.mark.parametrize("device", ["gpu", "cuda:x", "tpu"])
def test_an_unknown_device_is_an_error(device):
    with pytest.raises(InputError, match="device"):
        resolve_device(device)


def test_a_decay_that_overflows_is_divergence():
    X, D = problem()[:2]
    with pytest.raises(RuntimeError, match="diverged"):
        make_method("OFR-DB", learning_rate=1e5, epochs=200, hidden=4, device="cpu").fit(np.c_[X, 0 * X], D)


def test_companions_of_a_diverging_member_are_fitted_and_it_is_named():
    rng = np.random.default_rng(0)
    X, D = rng.random((30, 4)), rng.dirichlet(np.ones(3), 30)
    sound = make_method("OFR-DB", epochs=3, hidden=8, device="cpu")
    wild = make_method("OFR-DB", epochs=3, hidden=8, device="cpu")
    with pytest.raises(RuntimeError, match=r"member \[1\]"):
        fit_ensemble([sound, wild], [(X, D), (X * 1e300, D)])
    assert np.isfinite(sound.predict(X)).all()


def test_what_cannot_train_together_is_named():
    X, D = np.ones((3, 2)), np.full((3, 2), 0.5)
    with pytest.raises(InputError, match=r"estimators\[0\]"):
        fit_ensemble([make_method("SA-BFGS")], [(X, D)])
    with pytest.raises(InputError, match=r"problems\[0\]"):
        fit_ensemble([make_method("RDA")], [(X,)])


def test_a_prediction_that_is_not_finite_is_an_error_that_names_the_row():
    rng = np.random.default_rng(0)
    X, D = rng.random((30, 4)), rng.dirichlet(np.ones(3), 30)
    est = make_method("OFR-DB", epochs=1, hidden=8, device="cpu").fit(X, D)
    X[2, 1] = 1e39
    with pytest.raises(InputError, match="row 2 of X is not finite"):
        est.predict(X)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["OFR-DB", "RDA", "DILDL"])
def test_without_epochs_a_network_predicts_from_its_initial_weights(name, dtype):
    X, D, X_valid, D_valid = problem(seed=4)
    untrained = method(name, epochs=0, dtype=dtype).fit(X, D, X_valid, D_valid)
    plain_weights = parameters_of(plain("OFR-DB", (X, D), epochs=0).network)
    for own, weight in untrained.network_.named_parameters():
        if own.startswith(("encoder", "decoder")):
            torch.testing.assert_close(weight.double().squeeze(), plain_weights[own].squeeze(), rtol=1e-6, atol=1e-7)
    assert untrained.best_epoch_ == 0


@pytest.mark.parametrize("steps", ["compiled", "batched"])
def test_columns_that_only_validation_rows_have_count_in_the_choice_of_the_epoch(steps, monkeypatch):
    """Their weights are the initial ones, decayed: the kept divergence is that of the kept network."""
    if steps == "batched":
        monkeypatch.setattr("ildl.training.fit.CompiledSteps", BatchedSteps)
    X, D, X_valid, D_valid = problem(seed=5)
    X = X.copy()
    X[:, :6] = 0
    for name in ("OFR-DB", "DILDL"):
        fitted = method(name, epochs=7, weight_decay=0.5, learning_rate=0.05).fit(X, D, X_valid, D_valid)
        assert fitted.valid_kl_ == pytest.approx(kl_divergence(D_valid, fitted.predict(X_valid)), rel=1e-9)
