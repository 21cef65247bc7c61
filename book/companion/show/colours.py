"""Colours of the book: those of Okabe and Ito, distinguishable with the common colour-vision deficiencies.

Where two are compared, they differ in lightness, too.
"""

ORANGE, SKY, GREEN, BLUE, VERMILION, GREY = "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#999999"
