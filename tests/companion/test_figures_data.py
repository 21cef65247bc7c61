"""Figures show the numbers that they are given."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("Agg")

import matplotlib.pyplot as plt

from companion.problem_and_data import figures_data


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def heights(axis):
    return [bar.get_height() for bar in axis.patches]


def named(axis):
    return bool(axis.get_xlabel() and axis.get_ylabel())


def test_decoupling_shows_rows_and_parts():
    balanced, imbalanced = [0.3, 0.3, 0.4], [0.1, 0.7, 0.2]
    ratio, softmax = [1 / 3, 0, 2 / 3], [0.475, 0, 0.525]
    figure = figures_data.plot_decoupling(
        balanced, imbalanced, 0.7, {"ratio": ratio, "softmax": softmax}, ["low", "middle", "high"]
    )
    a, b, dominant, others = figure.axes
    assert heights(a) == balanced
    assert heights(b) == imbalanced
    np.testing.assert_allclose(heights(dominant), [0.7, 0.3])
    np.testing.assert_allclose(heights(others), [1 / 3, 2 / 3, 0.475, 0.525])
    assert [tick.get_text() for tick in others.get_xticklabels()] == ["low", "high"]
    assert a.get_ylabel()


def test_mean_degrees_show_both_bars_and_mark_heads():
    frame = pd.DataFrame(
        {
            "dataset": ["one", "one", "two", "two"],
            "label": [0, 1, 0, 1],
            "name": ["a", "b", "c", "d"],
            "before": [0.4, 0.6, 0.5, 0.5],
            "after": [0.95, 0.05, 0.3, 0.7],
            "head": [True, False, False, False],
        }
    )
    figure = figures_data.plot_mean_degrees(frame)
    one, two = figure.axes
    assert heights(one) == [0.4, 0.6, 0.95, 0.05]
    assert heights(two) == [0.5, 0.5, 0.3, 0.7]
    assert [text.get_text() for text in one.texts] == ["head"]
    assert not two.texts
    assert [axis.get_title() for axis in figure.axes] == ["one", "two"]
    assert named(one)
    assert named(two)


@pytest.mark.parametrize("number", [1, 3, 4, 6])
def test_dominant_degrees_have_one_panel_a_data_set(number):
    counts = pd.DataFrame({"degree": [0.25, 0.5, 0.75, 1.0], "before": [0, 1, 3, 0], "after": [2, 0, 2, 1]})
    figure = figures_data.plot_dominant_degrees(pd.concat(counts.assign(dataset=f"set {i}") for i in range(number)))
    shown = [axis for axis in figure.axes if axis.get_visible()]
    assert [axis.get_title() for axis in shown] == [f"set {i}" for i in range(number)]
    assert all(named(axis) for axis in shown)
    before, after = shown[0].lines
    assert before.get_xdata().tolist() == after.get_xdata().tolist() == [0.25, 0.5, 0.75, 1]
    np.testing.assert_allclose(before.get_ydata(), [0, 0.25, 1, 1])
    np.testing.assert_allclose(after.get_ydata(), [0.4, 0.4, 0.8, 1])
