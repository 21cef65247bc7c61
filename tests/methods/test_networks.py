"""The network methods: what trains what, and which methods are special cases of which."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ildl.checks import InputError
from ildl.losses import adjusted_logits, distribution_balanced_loss, ldl_loss
from ildl.methods import METHODS, NetworkEstimator, make_method
from ildl.methods.dildl import CRITERIA
from ildl.training import Batch
from tests.methods.test_contract import problem

NETWORKS = [name for name, cls in METHODS.items() if issubclass(cls, NetworkEstimator)]
EXACT = {"hidden": 8, "epochs": 3, "device": "cpu", "dtype": "float64", "epoch": "last", "weight_decay": 0.0}
every_network = pytest.mark.parametrize("name", NETWORKS)


def fitted(name, **params):
    return make_method(name, **EXACT | params).fit(*problem())


def moved(name, **params):
    """Names of parameters that training moves, when nothing but a gradient can."""
    n_features, n_labels = (matrix.shape[1] for matrix in problem())
    estimator = make_method(name, **EXACT | {"epochs": 1} | params)
    start = make_method(name, **EXACT | {"epochs": 1, "learning_rate": 1e-300} | params).fit(*problem()).network_
    assert start.encoder.weight.shape[1:] == (n_features, 8)
    assert start.decoder.weight.shape[1:] == (8, n_labels)
    trained = dict(estimator.fit(*problem()).network_.named_parameters())
    return {key for key, values in start.named_parameters() if not torch.equal(values, trained[key])}


def layers(*names):
    return {f"{name}.{kind}" for name in names for kind in ("weight", "bias")}


PREDICTOR = layers("encoder", "decoder")


def label_encoder(name):
    return layers(f"label_encoders.{name}.code", f"label_encoders.{name}.heads")


@every_network
def test_everything_that_predict_uses_is_trained(name):
    """Element by element: where a prediction depends on a weight, one epoch moves it."""
    X, _ = problem()
    params = EXACT | {"epochs": 1}
    before = make_method(name, **params | {"learning_rate": 1e-300}).fit(*problem()).network_.requires_grad_(True)
    z = before(torch.tensor(X).unsqueeze(0))
    mix = torch.randn(z.shape, generator=torch.Generator().manual_seed(0), dtype=z.dtype)
    named = dict(before.named_parameters())
    used = torch.autograd.grad((mix * z).sum(), list(named.values()), allow_unused=True)
    trained = dict(fitted(name, epochs=1).network_.named_parameters())
    count = 0
    for (key, start), gradient in zip(named.items(), used, strict=True):
        if gradient is not None:
            reached = gradient != 0
            assert (trained[key] != start)[reached].all(), key
            count += int(reached.any())
    assert count >= 4  # weights and biases of encoder and decoder


@every_network
def test_prediction_uses_encoder_and_decoder_alone(name):
    X, _ = problem()
    estimator = fitted(name)
    before = estimator.predict(X)
    for key, values in estimator.parameters_.items():
        if key not in PREDICTOR:
            values.fill(np.nan)
    np.testing.assert_array_equal(estimator.predict(X), before)


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ((0.0, 0.0, 0.0), set()),
        ((0.5, 0.0, 0.0), label_encoder("whole")),
        ((0.0, 0.5, 0.0), layers("heads")),
        ((0.0, 0.0, 0.5), layers("heads") | label_encoder("whole")),
    ],
)
def test_what_each_term_of_rda_moves(weights, expected):
    terms = dict(zip(("recovery", "alignment", "similarity"), weights, strict=True))
    assert moved("RDA", **terms) == PREDICTOR | expected


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("label_gradient", ["stopped", "joint"])
def test_the_decoupled_label_encoders_of_dildl_move_when_joint_and_never_when_stopped(label_gradient, criterion):
    decoupled = label_encoder("dominant") | label_encoder("nondominant")
    expected = PREDICTOR | layers("heads") | label_encoder("whole")
    expected |= decoupled if label_gradient == "joint" else set()
    assert moved("DILDL", label_gradient=label_gradient, criterion=criterion) == expected


def test_stopped_label_encoders_do_not_even_decay():
    start, trained = (fitted("DILDL", learning_rate=rate, weight_decay=0.9).network_ for rate in (1e-300, 0.01))
    for part in ("dominant", "nondominant"):
        pairs = zip(start.label_encoders[part].parameters(), trained.label_encoders[part].parameters(), strict=True)
        assert all(torch.equal(*pair) for pair in pairs)


@pytest.mark.parametrize(("dtype", "rounding"), [("float32", 1e-7), ("float64", 1e-15)])
def test_rda_without_its_terms_is_ofr_db(dtype, rounding):
    """Up to the last bit, which on some processors depends on where in memory a product's operands lie."""
    X, _ = problem()
    options = {"epochs": 20, "dtype": dtype}
    rda = fitted("RDA", recovery=0.0, alignment=0.0, similarity=0.0, **options)
    np.testing.assert_allclose(rda.predict(X), fitted("OFR-DB", **options).predict(X), rtol=0, atol=rounding)


def test_dildl_with_rdas_prediction_loss_and_no_decoupled_alignment_is_rda_without_alignment():
    """Eq. (16) and RDA's cross-entropy differ by a constant."""
    X, _ = problem()
    dildl = fitted("DILDL", criterion="rebalanced", lam=0.0, beta=0.3, gamma=0.2)
    rda = fitted("RDA", recovery=0.2, alignment=0.0, similarity=0.3)
    np.testing.assert_allclose(dildl.predict(X), rda.predict(X), rtol=0, atol=1e-10)


def test_alpha_weights_either_part_alone():
    """With alpha 1 the non-dominant reading is indifferent, with alpha 0 the dominant one."""
    X, _ = problem()
    options = {"lam": 0.0, "beta": 0.0, "gamma": 0.0}
    for alpha, option, values in ((1.0, "nondominant", ("ratio", "softmax")), (0.0, "dominant", ("degree", "one-hot"))):
        predictions = [fitted("DILDL", alpha=alpha, **{option: value}, **options).predict(X) for value in values]
        np.testing.assert_array_equal(*predictions)


@pytest.mark.parametrize(
    "change",
    [
        {"dominant": "one-hot"},
        {"nondominant": "softmax"},
        {"criterion": "rebalanced"},
        {"criterion": "logit-adjusted"},
        {"criterion": "added"},
        {"label_gradient": "joint"},
        {"alpha": 0.5},
        {"beta": 0.5},
        {"gamma": 0.5},
        {"lam": 0.5},
    ],
    ids=str,
)
def test_every_option_of_dildl_has_an_effect(change):
    X, _ = problem()
    assert np.abs(fitted("DILDL", **change).predict(X) - fitted("DILDL").predict(X)).max() > 1e-7


@pytest.mark.parametrize("criterion", ["kl", "logit-adjusted", "added"])
@pytest.mark.parametrize("change", [{"dominant": "one-hot"}, {"nondominant": "softmax"}], ids=str)
def test_the_readings_reach_the_prediction_loss(change, criterion):
    X, _ = problem()
    options = {"criterion": criterion, "lam": 0.0}
    assert np.abs(fitted("DILDL", **change, **options).predict(X) - fitted("DILDL", **options).predict(X)).max() > 1e-7


@every_network
def test_the_seed_matters_and_generators_are_accepted(name):
    X, _ = problem()
    of = {seed: fitted(name, random_state=seed).predict(X) for seed in (0, 1)}
    assert np.abs(of[0] - of[1]).max() > 1e-3
    drawn = [fitted(name, random_state=np.random.default_rng(5)).predict(X) for _ in range(2)]
    np.testing.assert_array_equal(*drawn)
    generator = np.random.default_rng(5)
    first, second = (fitted(name, random_state=generator).predict(X) for _ in range(2))
    np.testing.assert_array_equal(first, drawn[0])
    assert np.abs(first - second).max() > 1e-3
    assert np.isfinite(fitted(name, random_state=None).predict(X)).all()
    for bad in (-1, 1.5, "0", True):
        with pytest.raises(InputError, match="random_state"):
            fitted(name, random_state=bad)


def test_class_balanced_weights_are_a_factor_where_labels_are_equally_frequent():
    """A constant factor leaves Adam's steps as they are, but for its epsilon and the clip."""
    X, D = problem()
    D = np.vstack([np.roll(D, shift, axis=1) for shift in range(D.shape[1])])
    X = np.vstack([X] * D.shape[1])
    focal, balanced = (make_method(name, **EXACT).fit(X, D).predict(X) for name in ("OFR-FL", "OFR-CB"))
    np.testing.assert_allclose(balanced, focal, rtol=0, atol=1e-5)
    modes = [fitted("OFR-CB", cb_mode=mode).predict(problem()[0]) for mode in ("average_w", "by_class")]
    assert np.abs(modes[0] - modes[1]).max() > 1e-7


@every_network
def test_training_leads_towards_the_labels(name):
    X, D = problem()
    short, long = (fitted(name, epochs=epochs, random_state=1).score(X, D) for epochs in (1, 200))
    assert long > short + 0.1


@pytest.mark.parametrize("label_gradient", ["stopped", "joint"])
def test_dildl_without_its_two_components_is_rda(label_gradient):
    """The ablation's empty row under the rebalanced criterion: RDA detaches the label side, as "stopped" does."""
    X, _ = problem()
    options = {"epochs": 20, "dtype": "float64"}
    empty = {"criterion": "rebalanced", "decoupled_alignment": False, "label_gradient": label_gradient}
    difference = np.abs(fitted("DILDL", **empty, **options).predict(X) - fitted("RDA", **options).predict(X)).max()
    assert (difference < 1e-12) == (label_gradient == "stopped")


def test_without_the_decoupled_loss_each_criterion_keeps_what_it_has_besides():
    def loss(**params):
        method = make_method("DILDL", decoupled_alignment=False, **params)
        batch = Batch(z, D, torch.ones(1, 7), z, method.prepare(None, D, frequencies, alpha), alpha)
        return method.prediction_loss(z, batch)

    torch.manual_seed(0)
    z, D = torch.randn(1, 7, 4, dtype=torch.float64), torch.rand(1, 7, 4, dtype=torch.float64)
    D = D / D.sum(-1, keepdim=True)
    frequencies = D.sum(1, keepdim=True)
    alpha = {"alpha": torch.full((1, 1), 0.3, dtype=torch.float64)}
    balanced = distribution_balanced_loss(D, z, frequencies)
    plain = {criterion: loss(criterion=criterion, decoupled_loss=False) for criterion in CRITERIA}
    full = {criterion: loss(criterion=criterion) for criterion in CRITERIA}
    torch.testing.assert_close(plain["kl"], ldl_loss(D, z))
    torch.testing.assert_close(plain["logit-adjusted"], ldl_loss(D, adjusted_logits(z, D, frequencies)))
    for alone in (plain["rebalanced"], plain["added"], full["rebalanced"]):
        torch.testing.assert_close(alone, balanced)
    torch.testing.assert_close(full["added"] - full["kl"], balanced)
