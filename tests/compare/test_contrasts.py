"""Two settings of a method held against each other: known values, the test's own interval, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ildl.compare.contrasts import contrast, values_by_setting
from ildl.compare.corrected import corrected_test, half_width

FINITE = st.floats(-10, 10, allow_nan=False).map(lambda value: round(value, 6))
KEYS = ["dataset", "setting"]
DIFFERENCES = hnp.arrays(float, hnp.array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=6), elements=FINITE)


def tidy(matrices):
    """Name of a setting -> values of shape (seeds, folds), as tidy rows."""
    return pd.DataFrame(
        [
            {"dataset": "Movie", "setting": name, "seed": seed, "fold": fold, "value": float(value)}
            for name, matrix in matrices.items()
            for (seed, fold), value in np.ndenumerate(np.asarray(matrix))
        ]
    )


class TestValuesBySetting:
    @given(hnp.arrays(float, (3, 4), elements=FINITE), hnp.arrays(float, (3, 4), elements=FINITE), st.randoms())
    def test_the_matrices_come_back_whatever_the_order_of_rows(self, first, second, random):
        frame = tidy({"b": first, "a": second})
        order = list(frame.index)
        random.shuffle(order)
        found = values_by_setting(frame.loc[order], KEYS)
        np.testing.assert_array_equal(found["Movie", "b"], first)
        np.testing.assert_array_equal(found["Movie", "a"], second)

    def test_settings_are_in_the_order_of_appearance(self):
        frame = tidy({"b": np.ones((1, 2)), "a": np.ones((1, 2))})
        assert list(values_by_setting(frame, KEYS)) == [("Movie", "b"), ("Movie", "a")]

    def test_a_fold_that_one_setting_lacks_is_named(self):
        frame = tidy({"a": np.ones((2, 3)), "b": np.ones((2, 3))})
        gone = (frame["setting"] == "b") & (frame["seed"] == 1) & (frame["fold"] == 2)
        with pytest.raises(ValueError, match="Movie b lacks fold 2 of seed 1"):
            values_by_setting(frame[~gone], KEYS)

    def test_refusals(self):
        frame = tidy({"a": np.ones((1, 3))})
        with pytest.raises(ValueError, match=r"lack the column\(s\) reading"):
            values_by_setting(frame, ["reading"])
        with pytest.raises(ValueError, match="no rows"):
            values_by_setting(frame.iloc[:0], KEYS)
        with pytest.raises(ValueError, match="Movie a, fold 0, seed 0: it is there twice"):
            values_by_setting(pd.concat([frame, frame.head(1)]), KEYS)
        with pytest.raises(ValueError, match="Movie a, fold 1, seed 0: its value is not finite"):
            values_by_setting(tidy({"a": [[1.0, np.inf]]}), KEYS)
        with pytest.raises(ValueError, match="one fold"):
            values_by_setting(frame[frame["fold"] == 0], KEYS)


class TestHalfWidth:
    def test_known_value(self):
        """0 and 2: s² = 2, t(0.975; 1) = 12.7062; as two folds of ten the share is 1/9, as two of two it is 1."""
        assert half_width([0.0, 2.0], 1 / 9) == pytest.approx(12.7062 * np.sqrt((1 / 2 + 1 / 9) * 2), rel=1e-5)
        assert half_width([0.0, 2.0]) == pytest.approx(12.7062 * np.sqrt((1 / 2 + 1) * 2), rel=1e-5)

    @given(hnp.arrays(float, st.integers(2, 10), elements=FINITE).filter(lambda values: np.ptp(values) > 1e-3))
    def test_zero_is_outside_exactly_where_the_test_finds_a_difference(self, values):
        half, mean = half_width(values), abs(values.mean())
        if mean == pytest.approx(half, rel=1e-6):
            return
        assert (float(corrected_test(values)) < 0.05) == (mean > half)


class TestContrast:
    @given(DIFFERENCES)
    def test_mirror(self, differences):
        """Swapping the two settings turns the sign of everything but the tests."""
        one, other = contrast(differences, "kl_divergence"), contrast(-differences, "kl_divergence")
        for name in ("difference", "improvement", "effect_size"):
            assert one[name] == pytest.approx(-other[name], nan_ok=True)
        assert one["lower"] == pytest.approx(-other["upper"])
        assert one["p_corrected"] == pytest.approx(other["p_corrected"], nan_ok=True)

    @given(DIFFERENCES)
    def test_the_corrected_test_finds_less_than_the_paired_one(self, differences):
        found = contrast(differences, "kl_divergence")
        assert np.isnan(found["p_paired"]) or found["p_corrected"] >= found["p_paired"]

    @pytest.mark.parametrize(("metric", "improvement"), [("kl_divergence", -0.5), ("cosine", 0.5)])
    def test_the_direction_is_the_metrics(self, metric, improvement):
        found = contrast(np.array([[0.25, 0.75], [0.0, 1.0]]), metric)
        assert found["difference"] == 0.5
        assert found["improvement"] == improvement
        assert found["seeds_improved"] == (2 if improvement > 0 else 0)
        assert np.sign(found["effect_size"]) == np.sign(improvement)

    def test_seeds_that_disagree(self):
        found = contrast(np.array([[1.0, 2.0], [-1.0, -4.0]]), "kl_divergence")
        assert not found["same_sign_over_seeds"]
        assert found["seeds_improved"] == 1
        assert found["seed_std"] == pytest.approx(2.0)

    def test_a_seed_in_which_nothing_changes_does_not_improve(self):
        assert contrast(np.array([[0.0, 0.0], [-1.0, -2.0]]), "kl_divergence")["seeds_improved"] == 1

    def test_one_seed_and_no_spread_leave_nothing_to_judge(self):
        found = contrast(np.zeros((1, 3)), "kl_divergence")
        assert all(np.isnan(found[name]) for name in ("seed_std", "p_paired", "p_corrected", "effect_size"))
        assert found["difference"] == found["improvement"] == found["lower"] == found["upper"] == 0
