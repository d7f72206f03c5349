"""Pictures over three and more inputs: candidates ranked, and one panel for each input."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullFormatter

from tansaku.design import Floats
from tansaku.language import _
from tansaku.plots.input_axis import set_axis
from tansaku.plots.labels import of_target
from tansaku.plots.marks import Points, legend_below, mark
from tansaku.plots.palette import BLACK, BLUE
from tansaku.plots.picture import Picture
from tansaku.space import Categorical
from tansaku.space.predictions import INTERVAL_Z

_PANELS_IN_A_ROW = 4
_PANEL_SIZE = (3.0, 2.7)
_RANKING_HEIGHT = 3.3
_LEGEND_HEIGHT = 0.5
_MARGIN = 0.08
_LINEAR_RANKS = 30
"""Above this number of candidates the ranks are on a logarithmic axis: the first ones matter."""

_MOST_VECTORS = 3000
"""Above this number of candidates their dots become pixels, or the file would grow too large."""


def of_prediction(points: Points, mean: Floats, sd: Floats) -> Picture:
    """Candidates from the best to the worst prediction, and the prediction by each input."""
    goodness = points.target.sign * mean
    if points.target.value is not None:
        goodness = -np.abs(mean - points.target.match_on_model_scale())
    figure, ranking, others = _canvas(points, of_target(points.target))
    rank = _rank(goodness)
    order = np.argsort(rank)
    half = INTERVAL_Z * sd[order]
    ranking.fill_between(
        rank[order],
        mean[order] - half,
        mean[order] + half,
        step="mid",
        color=BLUE,
        alpha=0.18,
        linewidth=0,
        label=_("95 % interval"),
    )
    height = mean.copy()
    height[points.measured] = points.values
    _fill(points, [ranking, *others], rank, mean, height, _("predicted mean"))
    ranking.set_xlabel(_("candidates, from the best prediction on"))
    legend_below(figure, [ranking])
    return figure


def of_acquisition(
    points: Points, acquisition: Floats, label: str, low: float, high: float
) -> Picture:
    """Candidates from the largest to the smallest acquisition, and the acquisition by input.

    Candidates that may not be chosen stand on the floor of the picture.
    """
    figure, ranking, others = _canvas(points, label)
    known = np.isfinite(acquisition)
    margin = _MARGIN * (high - low)
    height = np.maximum(np.where(known, acquisition, low - margin), low - margin)
    rank = _rank(np.where(known, acquisition, -np.inf))
    _fill(points, [ranking, *others], rank, acquisition, height, _("open candidates"))
    ranking.set_ylim(low - 2 * margin, high + margin)
    ranking.set_xlabel(_("candidates, from the largest acquisition on"))
    legend_below(figure, [ranking])
    return figure


def _canvas(points: Points, label: str) -> tuple[Picture, Axes, list[Axes]]:
    """The figure, its wide panel for the ranking, and one panel for each input."""
    d = len(points.space.inputs)
    rows = -(-d // _PANELS_IN_A_ROW)
    columns = -(-d // rows)
    width, height = _PANEL_SIZE
    figure = Picture(
        figsize=(width * columns, _RANKING_HEIGHT + height * rows + _LEGEND_HEIGHT),
        layout="constrained",
    )
    grid = figure.add_gridspec(1 + rows, columns, height_ratios=[_RANKING_HEIGHT] + [height] * rows)
    ranking = figure.add_subplot(grid[0, :])
    others = [
        figure.add_subplot(grid[1 + j // columns, j % columns], sharey=ranking) for j in range(d)
    ]
    for j, axes in enumerate(others):
        set_axis(axes, points.space.inputs[j])
        if isinstance(points.space.inputs[j], Categorical):
            axes.margins(x=0.2)
        axes.tick_params(labelleft=j % columns == 0)
    for axes in [ranking, *others[::columns]]:
        axes.set_ylabel(label)
    n = len(points.space)
    if n > _LINEAR_RANKS:
        ranking.set_xscale("log")
        ranking.xaxis.set_major_formatter(FuncFormatter(lambda rank, _position: f"{rank:g}"))
        ranking.xaxis.set_minor_formatter(NullFormatter())
        ranking.set_xlim(0.85, 1.15 * n)
    return figure, ranking, others


def _fill(
    points: Points,
    panels: list[Axes],
    rank: Floats,
    dots: Floats,
    marks: Floats,
    label: str,
) -> None:
    """Dots for all candidates and marks for special ones, against rank and against each input."""
    for axes, x in zip(panels, [rank, *points.space.matrix.T], strict=True):
        axes.scatter(
            x,
            dots,
            s=9,
            color=BLUE,
            linewidths=0,
            rasterized=len(x) > _MOST_VECTORS,
            label=label,
            zorder=2,
        )
        mark(axes, points.at(x, marks))
        axes.grid(color=BLACK, alpha=0.08)
        axes.set_axisbelow(True)


def _rank(goodness: Floats) -> Floats:
    """1 for the largest, shape (N,)."""
    rank = np.empty(len(goodness))
    rank[np.argsort(-goodness, kind="stable")] = np.arange(1, len(goodness) + 1)
    return rank
