"""Colours and marks, told apart also with a colour vision deficiency and in grey print.

Lines: M. Okabe, K. Ito, Color Universal Design (2008). Areas: viridis, cividis and plasma, whose
lightness grows steadily (J. R. Nuñez et al., PLOS ONE 13 (2018) e0199239).
"""

from __future__ import annotations

BLACK = "#000000"
ORANGE = "#E69F00"
SKY_BLUE = "#56B4E9"
GREEN = "#009E73"
BLUE = "#0072B2"
VERMILLION = "#D55E00"
PURPLE = "#CC79A7"
GREY = "#6E6E6E"
PALE = "#D9D9D9"
WHITE = "#FFFFFF"
NOTHING = "#EDEDED"
"""Where no candidate is."""

LINES = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY_BLUE, BLACK)
DASHES = ("-", (0, (5, 1.5)), (0, (1, 1)), (0, (3, 1, 1, 1)), "-", (0, (5, 1.5)), (0, (1, 1)))

VALUES = "viridis"
UNCERTAINTY = "cividis"
CHANCES = "plasma"
