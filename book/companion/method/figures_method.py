"""The figure of the page on the method."""

from __future__ import annotations

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from companion.show.colours import BLUE, GREEN, GREY, ORANGE, SKY, VERMILION

# Narrow, so that a telephone shows the text at a size that can be read.
WIDTH = 4.6
DPI = 160
PALE = {BLUE: "#CCE3F0", ORANGE: "#FAECCC", GREEN: "#CCECE3", GREY: "#EBEBEB", VERMILION: "#F7DFCC"}

# Box -> (centre x, centre y, width, height), text, colour. The columns: features, dominant, non-dominant, whole.
_BOXES: dict[str, tuple[tuple[float, float, float, float], str, str]] = {
    "x": ((0.95, 9.4, 1.5, 0.62), "features $x$", BLUE),
    "d": ((4.725, 9.4, 4.35, 0.62), "label distribution $d$", GREY),
    "one": ((3.15, 8.2, 1.2, 0.8), "Eq. (2)\ndominant", ORANGE),
    "rest": ((4.75, 8.2, 1.6, 0.8), "Eq. (3)\nnon-dominant", GREEN),
    "whole": ((6.3, 8.2, 1.2, 0.8), "whole $d$", GREY),
    "encoder": ((0.95, 6.85, 1.5, 0.8), "feature\nencoder", BLUE),
    "e_one": ((3.15, 6.85, 1.2, 0.8), "label\nencoder 1", ORANGE),
    "e_rest": ((4.75, 6.85, 1.2, 0.8), "label\nencoder 2", GREEN),
    "e_whole": ((6.3, 6.85, 1.2, 0.8), "label\nencoder 3", GREY),
    "n_x": ((0.95, 5.5, 1.5, 0.8), "Gaussian\n$\\mu, \\sigma$", BLUE),
    "n_one": ((3.15, 5.5, 1.2, 0.8), "Gaussian\n$\\mu, \\sigma$", ORANGE),
    "n_rest": ((4.75, 5.5, 1.2, 0.8), "Gaussian\n$\\mu, \\sigma$", GREEN),
    "n_whole": ((6.3, 5.5, 1.2, 0.8), "Gaussian\n$\\mu, \\sigma$", GREY),
    "align12": ((3.3, 4.3, 2.6, 0.7), "alignment 1 and 2\nEq. (12), (13)", VERMILION),
    "r_x": ((0.95, 3.25, 1.5, 0.62), "sample $r$", BLUE),
    "r_d": ((6.3, 3.25, 1.2, 0.62), "sample $r$", GREY),
    "align3": ((3.6, 3.25, 2.6, 0.7), "alignment 3: cosine\nmatrices, Eq. (14)", VERMILION),
    "decoder": ((3.6, 2.05, 2.6, 0.62), "decoder (shared)", SKY),
    "loss": ((1.65, 0.75, 3.1, 0.8), "prediction $p$, Eq. (4):\ndominant + non-dominant", VERMILION),
    "align4": ((5.35, 0.75, 3.1, 0.8), "alignment 4: recover $d$\nEq. (16)", VERMILION),
}
# Path of an arrow: start, corners, end; boxes by name with a side (t, b, l, r and a shift along it).
_ARROWS: tuple[tuple[tuple[str, str, float], tuple[tuple[float, float], ...], tuple[str, str, float]], ...] = (
    (("x", "b", 0), (), ("encoder", "t", 0)),
    (("d", "b", -1.575), (), ("one", "t", 0)),
    (("d", "b", 0.025), (), ("rest", "t", 0)),
    (("d", "b", 1.575), (), ("whole", "t", 0)),
    (("one", "b", 0), (), ("e_one", "t", 0)),
    (("rest", "b", 0), (), ("e_rest", "t", 0)),
    (("whole", "b", 0), (), ("e_whole", "t", 0)),
    (("encoder", "b", 0), (), ("n_x", "t", 0)),
    (("e_one", "b", 0), (), ("n_one", "t", 0)),
    (("e_rest", "b", 0), (), ("n_rest", "t", 0)),
    (("e_whole", "b", 0), (), ("n_whole", "t", 0)),
    (("n_x", "b", 0.45), ((1.4, 4.3),), ("align12", "l", 0)),
    (("n_one", "b", 0), (), ("align12", "t", -0.15)),
    (("n_rest", "b", 0), ((4.75, 4.3),), ("align12", "r", 0)),
    (("n_x", "b", 0), (), ("r_x", "t", 0)),
    (("n_whole", "b", 0), (), ("r_d", "t", 0)),
    (("r_x", "r", 0), (), ("align3", "l", 0)),
    (("r_d", "l", 0), (), ("align3", "r", 0)),
    (("encoder", "l", 0), ((0.0, 6.85), (0.0, 2.05)), ("decoder", "l", 0)),
    (("r_d", "b", 0), ((6.3, 2.05),), ("decoder", "r", 0)),
    (("decoder", "b", -0.9), (), ("loss", "t", 1.05)),
    (("decoder", "b", 0.9), (), ("align4", "t", -0.85)),
)


def draw_method() -> Figure:
    """Draw Fig. 2 of the paper: encoders, Gaussians, samples, the shared decoder, and the losses.

    Returns
    -------
    Figure
    """
    figure, axis = plt.subplots(figsize=(WIDTH, 6.4), dpi=DPI, layout="constrained")
    axis.set(xlim=(-0.2, 7.05), ylim=(0.2, 9.85))
    axis.axis("off")
    for (x, y, width, height), text, colour in _BOXES.values():
        lower_left = (x - width / 2, y - height / 2)
        shape = "round,pad=0,rounding_size=0.25" if colour == VERMILION else "square,pad=0"
        face = PALE.get(colour, "white")
        axis.add_patch(
            FancyBboxPatch(lower_left, width, height, shape, facecolor=face, edgecolor=colour, linewidth=1.5)
        )
        axis.text(x, y, text, ha="center", va="center", fontsize=8.5, linespacing=1.25)
    for start, corners, end in _ARROWS:
        points = [_side(*start), *corners, _side(*end)]
        axis.plot(*zip(*points[:-1], strict=True), color="0.25", linewidth=1)
        style = {"arrowstyle": "-|>", "color": "0.25", "linewidth": 1, "shrinkA": 0, "shrinkB": 0}
        axis.annotate("", points[-1], points[-2], arrowprops=style)
    return figure


def _side(name: str, side: str, shift: float) -> tuple[float, float]:
    (x, y, width, height), _, _ = _BOXES[name]
    if side in "tb":
        return x + shift, y + height / 2 * (1 if side == "t" else -1)
    return x + width / 2 * (1 if side == "r" else -1), y + shift
