"""The axis of an input: its label, the names of a choice, decades where the model goes by them."""

from __future__ import annotations

from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from tansaku.design import Floats
from tansaku.plots.fonts import DPI
from tansaku.plots.labels import escaped, of_input
from tansaku.space import Categorical, Parameter, Scale

MOST_TICKS = 8
"""Settings are the ticks of an axis up to this number; matplotlib chooses beyond it."""

_LETTERS_IN_AN_INCH = 9.0
"""Longer tick labels in all would touch, so they are slanted."""


def by_decades(parameter: Parameter) -> bool:
    """Whether the axis is logarithmic."""
    return not isinstance(parameter, Categorical) and parameter.scale is Scale.LOG10


def set_axis(
    axes: Axes,
    parameter: Parameter,
    settings: Floats | None = None,
    *,
    side: Literal["x", "y"] = "x",
    label: bool = True,
) -> None:
    """Let an axis be that of an input.

    Args:
        axes: Where.
        parameter: The input.
        settings: Its distinct values, to be the ticks if they are few, shape (k,).
        side: Which axis.
        label: Whether it is named.
    """
    axis = axes.xaxis if side == "x" else axes.yaxis
    if label:
        axis.set_label_text(of_input(parameter))
    if isinstance(parameter, Categorical):
        settings = np.arange(float(len(parameter.values)))
        words = [escaped(each) for each in parameter.values]
    elif by_decades(parameter):
        (axes.set_xscale if side == "x" else axes.set_yscale)("log")
        axis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=9))
        axis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:g}"))
        axis.set_minor_formatter(NullFormatter())
        return
    elif settings is None or len(settings) > MOST_TICKS:
        return
    else:
        words = [f"{value:.6g}" for value in settings]
    axis.set_ticks(settings, words)
    if side == "x":
        width = axes.get_window_extent().width / DPI
        if len("".join(words)) + len(words) > _LETTERS_IN_AN_INCH * width:
            for text in axes.get_xticklabels():
                text.set(rotation=40, ha="right", rotation_mode="anchor")
