"""What an interval says of a claim, at its bounds; and how many splits would decide an open one."""

import numpy as np
import pytest
from scipy import stats

from companion.claims.effects import (
    AGAINST,
    FOR,
    OPEN,
    SMALL,
    Effect,
    judge_effects,
    side_of,
    splits_needed,
    widened,
)
from companion.claims.verdicts import Point, Verdict, told

REPRODUCED, CHANGED, INCONCLUSIVE, FAILED, CONTRADICTED, UNTESTABLE = Verdict


def effect(low, high, smallest=0.0, n_folds=10):
    return Effect("RDA (KL)", (low + high) / 2, (high - low) / 2, n_folds, 1 / 9, smallest)


@pytest.mark.parametrize(
    ("low", "high", "smallest", "side"),
    [
        (0.5, 1.5, 0.0, FOR),
        (0.0, 1.0, 0.0, OPEN),  # touches zero
        (-1.0, 0.0, 0.0, OPEN),
        (-1.5, -0.5, 0.0, AGAINST),
        (-0.5, 0.5, 1.0, SMALL),
        (-0.5, 1.0, 1.0, OPEN),  # touches the smallest effect
        (-1.5, 0.5, 1.0, SMALL),  # whatever it is, it is not an effect that matters
        (0.25, 0.5, 1.0, FOR),  # small, yet surely on the claim's side
        (-0.5, 1.5, 1.0, OPEN),
        (1.0, 1.0, 0.0, FOR),
        (0.0, 0.0, 0.0, AGAINST),  # the same in every fold: no difference at all
    ],
)
def test_where_an_interval_lies(low, high, smallest, side):
    assert side_of(effect(low, high, smallest)) == side


@pytest.mark.parametrize(
    ("low", "high", "side"),
    [
        (-0.5, 0.5, FOR),
        (-1.0, 0.5, OPEN),
        (-1.5, 0.5, OPEN),
        (-1.5, -0.5, AGAINST),
        (0, 0, FOR),
        (-0.5, -0.25, AGAINST),  # small, yet surely better
    ],
)
def test_that_nothing_is_better_allows_for_what_is_too_small(low, high, side):
    assert side_of(effect(low, high, smallest=1.0), or_equal=True) == side


def test_the_interval_of_one_among_many_is_that_of_bonferroni():
    expected = stats.t.ppf(1 - 0.025 / 50, 9) / stats.t.ppf(0.975, 9)
    assert widened(2.0, 10, 50) == pytest.approx(2 * expected)
    assert widened(2.0, 10, 1) == pytest.approx(2.0)
    below = effect(-1.1, -0.1)
    assert [side_of(below, n) for n in (1, 50)] == [AGAINST, OPEN]
    above = effect(0.1, 1.1)
    assert [side_of(above, n_tried=n) for n in (1, 50)] == [FOR, OPEN]


def test_all_effects_must_be_on_the_side_and_one_reversed_is_enough():
    good, open_, small, bad = effect(1, 2), effect(-1, 2), effect(-1, 0.5, smallest=1), effect(-2, -1)
    cases = {
        (good, good): REPRODUCED, (good, open_): INCONCLUSIVE, (good, small): INCONCLUSIVE, (small, small): FAILED,
        (good, good, bad): FAILED, (open_, bad): FAILED, (open_, small): INCONCLUSIVE,
    }  # fmt: skip
    assert {effects: judge_effects(effects)[0] for effects in cases} == cases


def test_the_number_of_splits_is_the_first_that_decides():
    s, share = 1.0, 1 / 9
    half = stats.t.ppf(0.975, 9) * np.sqrt((0.1 + share) * s**2)
    open_ = Effect("x", 0.8, half, 10, share)
    n = splits_needed(open_)
    halves = [stats.t.ppf(0.975, k - 1) * np.sqrt((1 / k + share) * s**2) for k in (n - 1, n)]
    assert halves[0] >= 0.8 > halves[1]
    assert side_of(Effect("x", 0.8, halves[1], n, share)) == FOR
    # the gain is zero, and what matters is larger than any number of splits can exclude, or not
    floor = stats.norm.ppf(0.975) * np.sqrt(share)
    assert splits_needed(Effect("x", 0.0, half, 10, share, smallest=floor * 0.9)) is None
    assert splits_needed(Effect("x", 0.0, half, 10, share, smallest=floor * 1.2)) is not None


def test_an_open_claim_says_what_would_decide_it():
    text = told(judge_effects([effect(-0.1, 1.0), effect(-3.0, 3.001)])[1])
    assert "splits would decide 1 of them" in text
    assert "only more rows or data sets would decide 1 of them" in text


def test_one_comparison_is_not_counted():
    verdict, points = judge_effects([Effect("RDA (KL)", 0.5, 0.6, 10, 1 / 9)])
    assert verdict == INCONCLUSIVE
    assert points[0] == Point("open", ("RDA (KL): +0.5000 [−0.1000, +1.1000]",))
    assert [point.text.partition(" ")[0] for point in points[1:]] == ["about"]
    assert points[1].text.endswith("splits would decide it")


def test_the_effects_that_decide_are_listed_the_clearest_first():
    points = judge_effects([effect(-2, -1), effect(1, 2), effect(-4, -3)])[1]
    assert points == (
        Point(
            "of 3 comparisons 1 on the paper’s side, 2 on the other side; the clearest",
            ("RDA (KL): −3.5000 [−4.0000, −3.0000]", "RDA (KL): −1.5000 [−2.0000, −1.0000]"),
        ),
    )


def test_those_on_the_side_are_listed_the_least_sure_first():
    (point,) = judge_effects([effect(1, 2), effect(0.5, 4)])[1]
    assert [part.partition("[")[2] for part in point.parts] == ["+0.5000, +4.0000]", "+1.0000, +2.0000]"]
