"""The network: what is encoded, aligned and decoded, and which term of the objective trains which part."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from companion.show.figure import INK, PAPER, show_figure, style
from companion.show.look import BLUE, GREEN, GREY, ORANGE, SKY, VERMILION
from companion.show.shown import Shown
from ildl.data import make_artificial
from ildl.methods import make_method
from ildl.methods.solvers.routing import gradient_routing

TERMS = ["prediction", "lam", "beta", "gamma"]
"""The decoupled loss, and the weights of alignments 1 and 2, 3, and 4."""
_GAUSSIAN = "Gaussian\n$\\mu, \\sigma$"
# Box -> centre x, centre y, width, height (in inches), text, colour. Rows: features, dominant, non-dominant, whole.
_BOXES: dict[str, tuple[float, float, float, float, str, str]] = {
    "x": (0.44, 2.6, 0.78, 0.4, "features $x$", BLUE),
    "d": (0.44, 1.12, 0.78, 1.84, "label\ndistribution\n$d$", GREY),
    "one": (1.42, 1.84, 0.86, 0.4, "Eq. (2)\ndominant", ORANGE),
    "rest": (1.42, 1.12, 0.86, 0.4, "Eq. (3)\nnon-dominant", GREEN),
    "whole": (1.42, 0.4, 0.86, 0.4, "whole $d$", GREY),
    "encoder": (2.42, 2.6, 0.8, 0.4, "feature\nencoder", BLUE),
    "e_one": (2.42, 1.84, 0.8, 0.4, "label\nencoder 1", ORANGE),
    "e_rest": (2.42, 1.12, 0.8, 0.4, "label\nencoder 2", GREEN),
    "e_whole": (2.42, 0.4, 0.8, 0.4, "label\nencoder 3", GREY),
    "n_x": (3.38, 2.6, 0.78, 0.4, _GAUSSIAN, BLUE),
    "n_one": (3.38, 1.84, 0.78, 0.4, _GAUSSIAN, ORANGE),
    "n_rest": (3.38, 1.12, 0.78, 0.4, _GAUSSIAN, GREEN),
    "n_whole": (3.38, 0.4, 0.78, 0.4, _GAUSSIAN, GREY),
    "align12": (4.44, 1.48, 0.94, 0.56, "alignments\n1 and 2\nEq. (12), (13)", VERMILION),
    "r_x": (4.44, 2.6, 0.78, 0.4, "sample $r$", BLUE),
    "r_d": (4.44, 0.4, 0.78, 0.4, "sample $r$", GREY),
    "align3": (5.46, 1.48, 0.8, 0.56, "alignment 3\ncosines\nEq. (14)", VERMILION),
    "decoder": (6.42, 1.48, 0.72, 0.56, "decoder\n(shared)", SKY),
    "loss": (7.5, 2.1, 1.02, 0.72, "prediction $p$\nEq. (4): both\nparts of the loss", VERMILION),
    "align4": (7.5, 0.86, 1.02, 0.72, "alignment 4\nrecovers $d$\nEq. (16)", VERMILION),
}
_STRAIGHT = ("x encoder n_x r_x", "one e_one n_one", "rest e_rest n_rest", "whole e_whole n_whole r_d")
"""Boxes of a row, each with an arrow to the next."""
# Other arrows: from a box, out of its side at a shift, by these corners, into a side of a box at a shift.
_BENT: tuple[tuple[str, str, float, tuple[tuple[float, float], ...], str, str, float], ...] = (
    ("d", "r", 0.72, (), "one", "l", 0),
    ("d", "r", 0, (), "rest", "l", 0),
    ("d", "r", -0.72, (), "whole", "l", 0),
    ("n_x", "b", 0.2, ((3.58, 2.22), (4.44, 2.22)), "align12", "t", 0),
    ("n_one", "r", -0.1, ((3.86, 1.74), (3.86, 1.6)), "align12", "l", 0.12),
    ("n_rest", "r", 0.1, ((3.86, 1.22), (3.86, 1.36)), "align12", "l", -0.12),
    ("r_x", "r", 0, ((5.46, 2.6),), "align3", "t", 0),
    ("r_d", "r", 0.08, ((5.46, 0.48),), "align3", "b", 0),
    ("encoder", "t", 0, ((2.42, 2.95), (6.42, 2.95)), "decoder", "t", 0),
    ("r_d", "r", -0.08, ((6.42, 0.32),), "decoder", "b", 0),
    ("decoder", "r", 0.12, ((6.88, 1.6), (6.88, 2.1)), "loss", "l", 0),
    ("decoder", "r", -0.12, ((6.88, 1.36), (6.88, 0.86)), "align4", "l", 0),
)
_CHAINS = [row.split() for row in _STRAIGHT]
_ARROWS = (*((a, "r", 0.0, (), b, "l", 0.0) for row in _CHAINS for a, b in zip(row, row[1:], strict=False)), *_BENT)


def draw_method() -> Figure:
    """Draw Fig. 2 of the paper: encoders, Gaussians, samples, the shared decoder, and the losses."""
    figure, axis = plt.subplots(figsize=(8.1, 2.9))
    axis.set(xlim=(0, 8.1), ylim=(0.15, 3.0))
    axis.axis("off")
    for x, y, width, height, text, colour in _BOXES.values():
        corner = (x - width / 2, y - height / 2)
        shape = "round,pad=0,rounding_size=0.12" if colour == VERMILION else "square,pad=0"
        axis.add_patch(FancyBboxPatch(corner, width, height, shape, facecolor=PAPER, edgecolor=colour, linewidth=2))
        axis.text(x, y, text, ha="center", va="center", fontsize=8, linespacing=1.2)
    arrow = {"arrowstyle": "-|>", "color": INK, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0}
    for start, out, shift, corners, end, into, other in _ARROWS:
        points = np.array([_side(start, out, shift), *corners, _side(end, into, other)])
        axis.plot(*points[:-1].T, color=INK, linewidth=0.8)
        axis.annotate("", points[-1], points[-2], arrowprops=arrow)
    return figure


def _side(name: str, side: str, shift: float) -> tuple[float, float]:
    x, y, width, height, *_ = _BOXES[name]
    if side in "tb":
        return x + shift, y + height / 2 * (1 if side == "t" else -1)
    return x + width / 2 * (1 if side == "r" else -1), y + shift


def show_method(routes: pd.DataFrame) -> Shown:
    """Put the drawing into the page; its data say which term trains which part."""
    label = "From features and label distribution through encoders, Gaussians and samples to the five losses."
    with style():
        return show_figure(draw_method(), "network", label, routes)


def routing() -> pd.DataFrame:
    """Say which term trains which part, if alignments 1 and 2 do not train the label side (stopped), or do (joint)."""
    ds = make_artificial(n=400, q=10, c=5, seed=0)
    assert ds.features is not None
    parts = []
    for side in ("stopped", "joint"):
        found = gradient_routing(make_method("DILDL", label_gradient=side), ds.features, ds.labels)
        parts.append(pd.DataFrame(found).T[TERMS].rename_axis("part").reset_index().assign(side=side))
    return pd.concat(parts, ignore_index=True)
