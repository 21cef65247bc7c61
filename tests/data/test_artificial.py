import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ildl.checks import InputError
from ildl.data import make_artificial, make_geng, make_geng_manifold
from ildl.data.artificial import RATIO_TOLERANCE, geng_distribution


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(20, 300),
    q=st.integers(1, 30),
    c=st.integers(2, 12),
    imbalance=st.floats(1, 200),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_imbalance_asked_for_is_attained(n, q, c, imbalance, seed):
    ds = make_artificial(n, q, c, imbalance, seed)
    assert ds.features.shape == (n, q)
    assert ds.labels.shape == (n, c)
    assert len(ds.label_names) == c
    np.testing.assert_allclose(ds.labels.sum(axis=1), 1, atol=1e-14)
    assert ds.labels.min() >= 0
    means = ds.labels.mean(axis=0)
    assert means[0] / means[-1] == pytest.approx(imbalance, rel=RATIO_TOLERANCE)
    steps = means[:-1] / means[1:]
    np.testing.assert_allclose(steps, imbalance ** (1 / (c - 1)), rtol=1e-5)  # a geometric fall


def test_same_seed_same_data_other_seed_other_data():
    first, again, other = make_artificial(), make_artificial(), make_artificial(seed=1)
    np.testing.assert_array_equal(first.features, again.features)
    np.testing.assert_array_equal(first.labels, again.labels)
    assert first.sha256 == again.sha256 != other.sha256


def test_degrees_are_rounded_so_that_processors_agree_and_the_recipe_is_the_checksum():
    ds = make_artificial(n=50)
    np.testing.assert_allclose(ds.labels * 1e9, np.round(ds.labels * 1e9), atol=5)  # divided by sums within 5e-9 of 1
    recipes = [{}, {"n": 50}, {"q": 4}, {"c": 3}, {"imbalance": 5}, {"seed": 1}]
    assert len({make_artificial(**recipe).sha256 for recipe in recipes}) == len(recipes)
    assert make_artificial(imbalance=5).sha256 == make_artificial(imbalance=5.0).sha256


def test_labels_depend_on_features_through_linear_logits():
    ds = make_artificial(n=200, q=5, c=4)
    log_ratios = np.log(ds.labels[:, 1:] / ds.labels[:, :1])
    design = np.column_stack([np.ones(200), ds.features])
    fitted = design @ np.linalg.lstsq(design, log_ratios, rcond=None)[0]
    np.testing.assert_allclose(fitted, log_ratios, atol=1e-4)


def test_the_global_generator_is_left_alone():
    np.random.seed(3)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    make_artificial()
    make_geng()
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({"n": 1}, "n"),
        ({"n": 10.5}, "n"),
        ({"q": 0}, "q"),
        ({"c": 1}, "c"),
        ({"imbalance": 0.5}, "imbalance"),
        ({"imbalance": float("nan")}, "imbalance"),
        ({"imbalance": float("inf")}, "imbalance"),
        ({"seed": -1}, "seed"),
    ],
)
def test_parameters_out_of_range_are_named(parameters, name):
    with pytest.raises(InputError, match=f"^{name} must be"):
        make_artificial(**parameters)


def test_geng_at_the_origin():
    # t = (1, 1, 1); every w sums to 7: psi = 49, (7 + 0.49)^2, (7 + 0.01 * 56.1001)^2
    psi = np.array([49.0, 56.1001, (7 + 0.561001) ** 2])
    np.testing.assert_allclose(geng_distribution(np.zeros((1, 3)))[0], psi / psi.sum(), rtol=1e-14)


def test_geng_away_from_the_origin():
    # x = (1, -1, 0): t = (2.7, 0.3, 1)
    psi1 = (4 * 2.7 + 2 * 0.3 + 1) ** 2
    psi2 = (2.7 + 2 * 0.3 + 4 + 0.01 * psi1) ** 2
    psi3 = (2.7 + 4 * 0.3 + 2 + 0.01 * psi2) ** 2
    psi = np.array([psi1, psi2, psi3])
    np.testing.assert_allclose(geng_distribution(np.array([[1.0, -1.0, 0.0]]))[0], psi / psi.sum(), rtol=1e-14)


def test_geng_samples_the_cube():
    ds = make_geng(2000, seed=4)
    assert ds.features.shape == (2000, 3)
    assert np.abs(ds.features).max() <= 1
    np.testing.assert_allclose(ds.features.mean(axis=0), 0, atol=0.1)
    np.testing.assert_allclose(ds.labels, geng_distribution(ds.features))


def test_geng_manifold_is_the_surface():
    ds = make_geng_manifold(21)
    x1, x2, x3 = ds.features.T
    assert len(ds.features) == 21**2
    np.testing.assert_allclose(x3, np.sin(np.pi * (x1 + x2)))
    assert len(np.unique(ds.features[:, :2], axis=0)) == 21**2
    with pytest.raises(InputError, match="side"):
        make_geng_manifold(1)
