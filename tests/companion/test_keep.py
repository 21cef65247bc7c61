"""A kept figure is a bitmap and a vector, closed, and the same bytes each time."""

import io

import pytest
from matplotlib import pyplot as plt
from PIL import Image

from companion.show.keep import DPI, keep


def line():
    figure, axis = plt.subplots(figsize=(6, 4))
    axis.plot([1, 2])
    axis.set_xlabel("x")
    return figure


def test_bitmap_and_vector_of_one_figure():
    figure = line()
    kept = keep(figure)
    assert Image.open(io.BytesIO(kept.png)).width == pytest.approx(6 * DPI, rel=0.2)  # the margins are cut
    assert kept.pdf.startswith(b"%PDF")
    assert b"/Subtype /Image" not in kept.pdf  # lines, not a picture of them
    assert not plt.fignum_exists(figure.number)


def test_a_notebook_is_given_both():
    kept = keep(line())
    assert (kept._repr_png_(), kept._repr_pdf_()) == (kept.png, kept.pdf)


def test_the_same_figure_gives_the_same_bytes():
    assert keep(line()) == keep(line())
