"""Fonts and sizes of all figures, readable in print and free of missing glyphs in Japanese.

IPAexGothic lacks superscript minus, subscripts and micro signs, DejaVu Sans lacks Japanese;
together they have all that labels need. matplotlib looks a missing glyph up in the next family of
the list, but not inside texts with formulas, which :mod:`tansaku.plots.labels` keeps in mind.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from threading import RLock
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font

from tansaku.language import current

JAPANESE_FONT = "IPAexGothic"
LATIN_FONT = "DejaVu Sans"

BASE_SIZE = 11.0
"""Points; 3 mm capitals on a page 16 cm wide at the sizes used here."""

DPI = 150.0
"""Pixels per inch of saved figures: sharp on a slide, and small enough for a page."""

_SETTINGS: dict[Any, Any] = {
    "font.size": BASE_SIZE,
    "axes.titlesize": BASE_SIZE + 1,
    "axes.labelsize": BASE_SIZE,
    "xtick.labelsize": BASE_SIZE - 1,
    "ytick.labelsize": BASE_SIZE - 1,
    "legend.fontsize": BASE_SIZE - 1,
    "figure.titlesize": BASE_SIZE + 2,
    "figure.dpi": DPI,
    "savefig.dpi": "figure",
    "axes.formatter.use_mathtext": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "mathtext.fontset": "dejavusans",
    "text.usetex": False,
}
_ONE_AT_A_TIME = RLock()


@contextmanager
def style() -> Iterator[None]:
    """Our fonts and sizes inside the ``with`` block; matplotlib's settings come back after it.

    matplotlib's settings belong to the whole process, so threads take turns.
    """
    with _ONE_AT_A_TIME, mpl.rc_context(settings()):
        yield


def settings() -> dict[Any, Any]:
    """What :func:`style` sets, for a notebook that wants it from here on:
    ``plt.rcParams.update(settings())``."""
    _register_japanese_font()
    return _SETTINGS | {"font.family": list(families())}


def families() -> tuple[str, str]:
    """The font list for the language in use: the first one sets the look, the second helps out."""
    both = (LATIN_FONT, JAPANESE_FONT)
    return both if current() == "en" else (JAPANESE_FONT, LATIN_FONT)


def keep_tick_fonts(figure: Figure) -> None:
    """Let ticks that matplotlib makes later, while drawing, have our font and size too."""
    for axes in figure.axes:
        axes.tick_params(
            which="both",
            labelfontfamily=mpl.rcParams["font.family"],
            labelsize=mpl.rcParams["xtick.labelsize"],
        )


def has_all(family: str, text: str) -> bool:
    """Whether the font has a glyph for every character of ``text``."""
    font = _font(family)
    return all(c.isspace() or font.get_char_index(ord(c)) for c in text)


@cache
def _font(family: str) -> FT2Font:
    _register_japanese_font()
    return FT2Font(font_manager.findfont(family, fallback_to_default=False))


@cache
def _register_japanese_font() -> None:
    """Make the font known. The package is only located: importing it would change the settings."""
    package = find_spec("matplotlib_fontja")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("matplotlib-fontja is a requirement of tansaku")
    font_manager.fontManager.addfont(Path(package.origin).parent / "fonts" / "ipaexg.ttf")
