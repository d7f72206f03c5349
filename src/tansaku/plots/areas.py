"""Maps over two inputs: coloured cells where the pool is a grid, else coloured points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from tansaku.design import Floats, Ints
from tansaku.language import _
from tansaku.plots.labels import of_input
from tansaku.plots.marks import LARGE, SMALL, Points, legend_below, mark
from tansaku.plots.palette import GREY, WHITE
from tansaku.plots.picture import Picture
from tansaku.space.space import MATCH_TOLERANCE

_PANEL_SIZE = (4.1, 3.9)
_LEGEND_HEIGHT = 0.45
_PADDING = 0.08
_FULLNESS = 0.3
"""Share of a grid's cells that must be candidates for cells to be drawn; below it, points are."""

_MOST_TICKS = 8
"""Grid values are the ticks of an axis up to this number; matplotlib chooses beyond it."""

_LETTERS_IN_A_ROW = 28
"""Longer tick labels in all would touch, so they are slanted."""

_POINT_AREA = 9000.0
_POINT_AREA_LIMITS = (6.0, 120.0)
"""Area shared by scattered points, in square points, and the limits of one."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One map.

    Attributes:
        title: Over it.
        values: Coloured, one per candidate (N,), or per measured one (n,) if ``only_measured``.
        colors: Name of the colour map.
        low: Lower end of the colour scale.
        high: Upper end of the colour scale.
        label: Of the colour bar; without one the panel shares the bar of a later panel.
        beside: Over how many panels, up to this one, the colour bar stands.
        only_measured: Open candidates are shown without colour.
    """

    title: str
    values: Floats
    colors: str
    low: float
    high: float
    label: str = ""
    beside: int = 1
    only_measured: bool = False


def panels(points: Points, shown: Sequence[Panel]) -> Figure:
    """The maps side by side over the same two inputs."""
    width, height = _PANEL_SIZE
    size = (width * len(shown) + 0.9, height + _LEGEND_HEIGHT)
    figure = Picture(figsize=size, layout=ConstrainedLayoutEngine(w_pad=_PADDING))
    row = figure.subplots(1, len(shown), sharex=True, sharey=True, squeeze=False)[0]
    for i, (axes, panel) in enumerate(zip(row, shown, strict=True)):
        drawn = _draw(axes, points, panel)
        axes.set_title(panel.title)
        axes.set_xlabel(of_input(points.space.inputs[0]))
        if panel.label:
            clipped = bool(np.nanmin(panel.values, initial=panel.high) < panel.low)
            figure.colorbar(
                drawn,
                ax=row[i + 1 - panel.beside : i + 1].tolist(),
                label=panel.label,
                extend="min" if clipped else "neither",
                pad=0.02,
            )
    row[0].set_ylabel(of_input(points.space.inputs[1]))
    legend_below(figure, row.tolist())
    return figure


def _draw(axes: Axes, points: Points, panel: Panel) -> ScalarMappable:
    values = np.full(len(points.space), np.nan)
    values[points.measured if panel.only_measured else slice(None)] = panel.values
    grid = _grid(points.space.matrix)
    x, y = points.space.matrix.T
    if panel.only_measured:
        axes.scatter(
            x[points.open],
            y[points.open],
            s=10,
            color=GREY,
            linewidths=0,
            label=_("not measured"),
            zorder=1,
        )
    mark(
        axes, points, x, y, measured=not panel.only_measured, size=SMALL if grid is None else LARGE
    )
    if grid is None:
        return _points(axes, x, y, values, panel)
    return _cells(axes, grid, values, panel)


def _cells(
    axes: Axes, grid: tuple[Floats, Floats, Ints, Ints], values: Floats, panel: Panel
) -> QuadMesh:
    xs, ys, column, row = grid
    table = np.full((len(ys), len(xs)), np.nan)
    table[row, column] = values
    mesh = axes.pcolormesh(
        _edges(xs),
        _edges(ys),
        np.ma.masked_invalid(table),
        cmap=panel.colors,
        vmin=panel.low,
        vmax=panel.high,
        edgecolors=WHITE,
        linewidth=0.6,
    )
    if len(xs) <= _MOST_TICKS:
        words = [f"{v:.6g}" for v in xs]
        slanted = len("".join(words)) > _LETTERS_IN_A_ROW
        axes.set_xticks(xs, words, rotation=45 if slanted else 0)
    if len(ys) <= _MOST_TICKS:
        axes.set_yticks(ys, [f"{v:.6g}" for v in ys])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return mesh


def _points(axes: Axes, x: Floats, y: Floats, values: Floats, panel: Panel) -> PathCollection:
    area = float(np.clip(_POINT_AREA / len(x), *_POINT_AREA_LIMITS))
    known = np.isfinite(values)
    return axes.scatter(
        x[known],
        y[known],
        c=values[known],
        s=area,
        cmap=panel.colors,
        vmin=panel.low,
        vmax=panel.high,
        linewidths=0,
        zorder=2,
    )


def _grid(matrix: Floats) -> tuple[Floats, Floats, Ints, Ints] | None:
    """Grid values of both axes and each candidate's column and row; None for scattered points."""
    (xs, column), (ys, row) = (_levels(values) for values in matrix.T)
    if len(matrix) < _FULLNESS * len(xs) * len(ys):
        return None
    return xs, ys, column, row


def _levels(values: Floats) -> tuple[Floats, Ints]:
    """Distinct values, rounding noise apart, and the index of each value among them."""
    order = np.argsort(values, kind="stable")
    step = np.diff(values[order]) > MATCH_TOLERANCE * np.ptp(values)
    index = np.empty(len(values), dtype=np.int64)
    index[order] = np.concatenate(([0], np.cumsum(step)))
    return values[order][np.concatenate(([True], step))], index


def _edges(centres: Floats) -> Floats:
    """Borders of cells: midway between their centres, the outer ones as far out as in."""
    middle = (centres[1:] + centres[:-1]) / 2
    return np.concatenate(([2 * centres[0] - middle[0]], middle, [2 * centres[-1] - middle[-1]]))
