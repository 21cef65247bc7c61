"""Figures of method and gradients: what they show is what they were given, and texts fit."""

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.patches import FancyBboxPatch

from companion.gradients.figures_fading import plot_fading, plot_fading_bins
from companion.method.figures_method import _ARROWS, _BOXES, draw_method
from tests.companion.drawn import bands


@pytest.fixture(autouse=True)
def no_display():
    with matplotlib.rc_context({"backend": "agg"}):
        yield
    plt.close("all")


def test_every_text_lies_in_its_box():
    figure = draw_method()
    figure.canvas.draw()
    axis = figure.axes[0]
    boxes = [patch for patch in axis.patches if isinstance(patch, FancyBboxPatch)]
    texts = [text for text in axis.texts if text.get_text()]
    assert len(boxes) == len(texts) == len(_BOXES)
    for box, text in zip(boxes, texts, strict=True):
        outer, inner = box.get_window_extent(), text.get_window_extent()
        assert outer.x0 < inner.x0, text.get_text()
        assert inner.x1 < outer.x1, text.get_text()


def test_boxes_do_not_overlap():
    extents = {name: (x - w / 2, x + w / 2, y - h / 2, y + h / 2) for name, ((x, y, w, h), _, _) in _BOXES.items()}
    for a, (left, right, bottom, top) in extents.items():
        for b, (left_b, right_b, bottom_b, top_b) in extents.items():
            assert a == b or right < left_b or right_b < left or top < bottom_b or top_b < bottom, (a, b)


def test_arrows_bring_inputs_to_every_loss():
    reached = {"x", "d"}
    for _ in _ARROWS:
        reached |= {end for (start, _, _), _, (end, _, _) in _ARROWS if start in reached}
    assert reached == set(_BOXES)
    into = {name: {start for (start, _, _), _, (end, _, _) in _ARROWS if end == name} for name in _BOXES}
    assert into["align12"] == {"n_x", "n_one", "n_rest"}
    assert into["align3"] == {"r_x", "r_d"}
    assert into["decoder"] == {"encoder", "r_d"}


def test_method_figure_names_the_equations():
    text = " ".join(text.get_text() for text in draw_method().axes[0].texts)
    assert all(f"({number})" in text for number in (2, 3, 4, 12, 13, 14, 16))


def test_fading_shows_each_curve_in_each_panel():
    degrees = np.linspace(0.3, 0.9, 5)
    panels = {"one": {"plain": degrees, "decoupled": 1 - degrees}, "two": {"plain": degrees**2, "decoupled": degrees}}
    figure = plot_fading(degrees, panels, "gradient")
    for axis, (title, curves) in zip(figure.axes, panels.items(), strict=True):
        assert axis.get_title() == title
        for line, (name, values) in zip(axis.lines, curves.items(), strict=True):
            assert line.get_label() == name
            np.testing.assert_array_equal(line.get_ydata(), values)
        assert len({line.get_linestyle() for line in axis.lines}) == len(curves), "told apart by colour alone"


def test_bins_show_medians_by_data_set():
    rows = [
        {"dataset": name, "degree": degree, "loss": loss, "median": degree / 2, "lower": 0.0, "upper": 1.0}
        for name in ("A", "B")
        for loss in ("plain", "decoupled")
        for degree in (0.3, 0.5)
    ]
    figure = plot_fading_bins(pd.DataFrame(rows), "gradient")
    assert [axis.get_title() for axis in figure.axes] == ["A", "B"]
    for axis in figure.axes:
        assert [line.get_label() for line in axis.lines] == ["plain", "decoupled"]
        np.testing.assert_array_equal(axis.lines[0].get_ydata(), [0.15, 0.25])
        for x, low, high in bands(axis):
            assert (list(x), list(low), list(high)) == ([0.3, 0.5], [0, 0], [1, 1])
