"""Pictures over one input: the prediction as a line with its band, the acquisition as a line."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from tansaku.design import Floats
from tansaku.language import _
from tansaku.plots.input_axis import set_axis
from tansaku.plots.labels import of_target
from tansaku.plots.marks import Points, legend_below, mark
from tansaku.plots.palette import BLACK, BLUE
from tansaku.plots.picture import Picture
from tansaku.space.predictions import INTERVAL_Z

_SIZE = (7.2, 4.6)
_MARGIN = 0.08
_MOST_DOTS = 100
"""Candidates are dots on the line up to this number; more would only thicken it."""


def with_band(points: Points, mean: Floats, sd: Floats) -> Picture:
    """Predicted mean with its 95 % band, and the measured values."""
    figure, axes = _canvas(points)
    x = points.space.matrix[:, 0]
    order = np.argsort(x)
    half = INTERVAL_Z * sd[order]
    axes.fill_between(
        x[order],
        mean[order] - half,
        mean[order] + half,
        color=BLUE,
        alpha=0.18,
        linewidth=0,
        label=_("95 % interval"),
    )
    _line(axes, x[order], mean[order], _("predicted mean"))
    height = mean.copy()
    height[points.measured] = points.values
    height[points.below], height[points.above] = points.below_at, points.above_at
    if points.failed.size:
        low, high = axes.get_ylim()
        height[points.failed] = low - _MARGIN * (high - low)
    mark(axes, points.at(x, height))
    axes.set_ylabel(of_target(points.target))
    legend_below(figure, [axes])
    return figure


def of_acquisition(
    points: Points, acquisition: Floats, label: str, low: float, high: float
) -> Picture:
    """The acquisition over the input; measured candidates stand on the floor of the picture."""
    figure, axes = _canvas(points)
    x = points.space.matrix[:, 0]
    order = np.argsort(x)
    _line(axes, x[order], acquisition[order], _("open candidates"))
    margin = _MARGIN * (high - low)
    axes.set_ylim(low - 2 * margin, high + margin)
    height = acquisition.copy()
    height[points.measured] = low - margin
    height[~np.isfinite(height)] = low - margin
    mark(axes, points.at(x, np.maximum(height, low - margin)))
    axes.set_ylabel(label)
    legend_below(figure, [axes])
    return figure


def _canvas(points: Points) -> tuple[Picture, Axes]:
    figure = Picture(figsize=_SIZE, layout="constrained")
    axes = figure.add_subplot()
    set_axis(axes, points.space.inputs[0])
    axes.grid(color=BLACK, alpha=0.08)
    axes.set_axisbelow(True)
    return figure, axes


def _line(axes: Axes, x: Floats, y: Floats, label: str) -> None:
    dots = "." if len(x) <= _MOST_DOTS else ""
    axes.plot(x, y, color=BLUE, linewidth=1.8, marker=dots, markersize=5, label=label or None)
