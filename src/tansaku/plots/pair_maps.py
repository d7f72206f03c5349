"""Slices: the predicted mean over each pair of inputs, one map for each, in one colour scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tansaku.design import Bools, Floats
from tansaku.language import _
from tansaku.plots import areas
from tansaku.plots.fonts import keep_tick_fonts, style
from tansaku.plots.input_axis import set_axis
from tansaku.plots.labels import escaped, of_target
from tansaku.plots.marks import Marks, legend_below
from tansaku.plots.palette import VALUES
from tansaku.plots.picture import Picture
from tansaku.space import Space, Target

_PANELS_IN_A_ROW = 3
_PANEL_SIZE = (3.7, 3.4)
_FRAME = (1.1, 1.0)
"""Inches of the colour bar, and of the title and the legend."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One map.

    Attributes:
        space: The candidates that are drawn, over the two inputs, N of them.
        mean: Predicted means on the target's scale, shape (N,).
        marks: Where samples lie.
        blocked: Which candidates are blocked, shape (N,).
    """

    space: Space
    mean: Floats
    marks: Marks
    blocked: Bools


def slices_figure(slices: Sequence[Slice], target: Target, *, title: str = "") -> Picture:
    """The maps, in one colour scale.

    Args:
        slices: At least one.
        target: The property.
        title: Over the figure.
    """
    columns = min(len(slices), _PANELS_IN_A_ROW)
    rows = -(-len(slices) // columns)
    low, high = areas.limits(np.concatenate([each.mean for each in slices]))
    size = (columns * _PANEL_SIZE[0] + _FRAME[0], rows * _PANEL_SIZE[1] + _FRAME[1])
    with style():
        figure = Picture(figsize=size, layout="constrained")
        every = figure.subplots(rows, columns, squeeze=False).ravel()
        for axes, each in zip(every, slices, strict=False):
            panel = areas.Panel("", each.mean, VALUES, low, high)
            drawn = areas.draw(
                axes, each.space, panel, each.marks, areas.Hatched(each.blocked, _("blocked"))
            )
            for parameter, side, i in zip(each.space.inputs, ("x", "y"), (0, 1), strict=True):
                settings = areas.ticks(each.space, i)
                set_axis(axes, parameter, settings, side="x" if side == "x" else "y")
        for axes in every[len(slices) :]:
            axes.remove()
        shown = every[: len(slices)].tolist()
        figure.colorbar(
            drawn,
            ax=shown,
            label=_("predicted mean: {label}").format(label=of_target(target)),
            pad=0.02,
        )
        legend_below(figure, shown)
        if title:
            figure.suptitle(escaped(title))
        keep_tick_fonts(figure)
    return figure
