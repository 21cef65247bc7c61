"""The network: what is encoded, aligned and decoded, and which term of the objective trains which part."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from companion.base.strict_yaml import load_yaml
from companion.show.figure import INK, PAPER, show_figure, style
from companion.show.look import BLUE, GREEN, GREY, ORANGE, SKY, VERMILION
from companion.show.shown import Shown
from ildl.data import make_artificial
from ildl.methods import make_method
from ildl.methods.solvers.routing import gradient_routing

TERMS = ["prediction", "lam", "beta", "gamma"]
"""The decoupled loss, and the weights of alignments 1 and 2, 3, and 4."""
_DRAWN = load_yaml(Path(__file__).with_name("network.yml"))
_COLOURS = {"blue": BLUE, "green": GREEN, "grey": GREY, "orange": ORANGE, "sky": SKY, "vermilion": VERMILION}


def draw_method() -> Figure:
    """Draw Fig. 2 of the paper: encoders, Gaussians, samples, the shared decoder, and the losses."""
    figure, axis = plt.subplots(figsize=(8.1, 2.9))
    axis.set(xlim=(0, 8.1), ylim=(0.15, 3.0))
    axis.axis("off")
    for x, y, width, height, text, colour in _DRAWN["boxes"].values():
        corner = (x - width / 2, y - height / 2)
        shape = "round,pad=0,rounding_size=0.12" if colour == "vermilion" else "square,pad=0"
        look: Any = {"facecolor": PAPER, "edgecolor": _COLOURS[colour], "linewidth": 2}
        axis.add_patch(FancyBboxPatch(corner, width, height, shape, **look))
        axis.text(x, y, text, ha="center", va="center", fontsize=8, linespacing=1.2)
    arrow = {"arrowstyle": "-|>", "color": INK, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0}
    for start, out, shift, corners, end, into, other in _DRAWN["arrows"]:
        points = np.array([_side(start, out, shift), *corners, _side(end, into, other)])
        axis.plot(*points[:-1].T, color=INK, linewidth=0.8)
        axis.annotate("", points[-1], points[-2], arrowprops=arrow)
    return figure


def _side(name: str, side: str, shift: float) -> tuple[float, float]:
    x, y, width, height, *_ = _DRAWN["boxes"][name]
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
