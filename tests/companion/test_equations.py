"""The symbolic audit of Eq. (1) to (11): its findings, and that it can find a fault at all."""

import math

import pytest
import sympy as sp

from companion.base.equations import check_equations, first_term_weight, summarise_equations
from companion.base.statements import ALPHA, READINGS, STATEMENTS, Row


@pytest.fixture(scope="module", params=[3, pytest.param(4, marks=pytest.mark.slow)])
def checks(request):
    return check_equations(n_labels=request.param, n_points=2)


@pytest.fixture(scope="module")
def summary(checks):
    return summarise_equations(checks)


def verdicts(summary, equation):
    return summary[summary.equation == equation].set_index("what").verdict


def test_every_equation_has_a_verdict(checks, summary):
    assert set(summary.equation) == set(range(1, 12))
    assert set(summary.verdict) == {"as printed", "corrected"}
    assert len(checks) == len(STATEMENTS) * len(READINGS)
    assert not summary.duplicated(["equation", "what"]).any()


def test_a_form_deviates_where_and_only_where_it_does_not_hold(checks):
    assert (checks.holds == (checks.deviation == 0)).all()
    assert (checks.holds == (checks.counterexample == "")).all()


@pytest.mark.parametrize("equation", [6, 7])
def test_gradients_of_the_dominant_part_are_right_as_printed_for_both_targets(summary, equation):
    result = summary[(summary.equation == equation) & (summary.what == "result")].iloc[0]
    assert (result.verdict, result.printed_holds) == ("as printed", "every reading")


@pytest.mark.parametrize("equation", [2, 4, 5, 10, 11])
def test_some_printed_equations_hold_under_no_reading_and_are_mended(summary, equation):
    mended = summary[(summary.equation == equation) & (summary.printed_holds == "no reading")]
    assert len(mended)
    assert (mended.verdict == "corrected").all()


def test_the_plain_divergence_splits_under_one_reading_alone(summary):
    split = summary[summary.what.str.contains("can be re-written")].iloc[0]
    assert split.corrected_holds == "degree and ratio"


def test_eq_11_needs_both_default_readings_and_one_minus_alpha(checks):
    eq_11 = checks[(checks.equation == 11) & checks.what.str.startswith("weight")]
    held = eq_11[eq_11.corrected_holds]
    assert list(zip(held.dominant, held.nondominant, strict=True)) == [("degree", "ratio")]
    # one-hot: beta is divided by hat d_k = 0
    assert all(math.isinf(value) for value in eq_11[eq_11.dominant == "one-hot"].deviation)


@pytest.mark.parametrize("reading", READINGS)
def test_targets_and_predictions_are_distributions(reading):
    row = Row(4, *reading)
    for parts in (row.d, row.p, row.t, row.q, (row.b, row.r), (row.p[0], row.rho)):
        assert sp.cancel(sp.together(sum(parts))) == 1


@pytest.mark.parametrize("reading", READINGS)
def test_gradient_at_the_truth_vanishes_under_degree_and_ratio_alone(reading):
    row = Row(3, *reading)
    truth = dict(zip(row.x, (sp.Rational(k, 10) for k in (6, 3, 1)), strict=True))
    truth |= {row.d[1]: sp.Rational(3, 10), row.d[2]: sp.Rational(1, 10), ALPHA: sp.Rational(3, 5)}
    gradient = [row.by_logit(row.decoupled, label).subs(truth) for label in range(3)]
    assert all(sp.simplify(value) == 0 for value in gradient) == (reading == ("degree", "ratio"))


def test_logit_derivatives_sum_to_zero():
    row = Row(3, "degree", "ratio")
    assert sp.cancel(sp.together(sum(row.by_logit(row.decoupled, label) for label in range(3)))) == 0


def test_weight_in_eq_11_falls_with_the_predicted_rest_below_the_threshold():
    found = first_term_weight()
    rho, r, alpha, beta = (sp.Symbol(name, positive=True) for name in ("rho", "r", "alpha", "beta"))
    below = {alpha: sp.Rational(3, 5), beta: sp.Rational(2, 5), r: sp.Rational(1, 10), rho: sp.Rational(1, 5)}
    assert found["term_slope"] == alpha
    assert found["threshold"].subs(below) == sp.Rational(2, 3)
    assert found["weight_slope"].subs(below) < 0
    assert found["weight_slope"].subs(below | {r: sp.Rational(9, 10)}) > 0
