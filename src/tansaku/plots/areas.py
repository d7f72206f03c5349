"""Maps over two inputs: coloured cells where the candidates are a grid, else coloured points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.colors import ListedColormap
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Rectangle

from tansaku.design import Bools, Floats, Ints
from tansaku.language import _
from tansaku.plots.input_axis import MOST_TICKS, by_decades, set_axis
from tansaku.plots.marks import LARGE, SMALL, Marks, legend_below, mark
from tansaku.plots.palette import BLACK, GREY, NOTHING, PALE, WHITE
from tansaku.plots.picture import Picture
from tansaku.space import Parameter, Space
from tansaku.space.space import MATCH_TOLERANCE

_PANEL_SIZE = (4.1, 3.9)
_LEGEND_HEIGHT = 0.45
_PADDING = 0.08
_FULLNESS = 0.3
"""Share of a grid's cells that must be candidates for cells to be drawn; below it, points are."""

_MOST_OUTLINED = 20
"""Settings of an input up to which cells are outlined, and those not measured have a dot."""

_POINT_AREA = 9000.0
_POINT_AREA_LIMITS = (6.0, 120.0)
"""Area shared by scattered points, in square points, and the limits of one."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One map.

    Attributes:
        title: Over it.
        values: Coloured, one per candidate (N,), or per measured place (n,) if ``only_measured``.
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


@dataclass(frozen=True, slots=True)
class Hatched:
    """Candidates that are set apart: blocked, or not to be chosen.

    Attributes:
        which: Shape (N,).
        label: Why.
    """

    which: Bools
    label: str


@dataclass(frozen=True, slots=True)
class _Cells:
    """The candidates as a grid: settings of both axes, each candidate's column and row, shape (N,),
    and the borders of the cells."""

    xs: Floats
    ys: Floats
    column: Ints
    row: Ints
    x_edges: Floats
    y_edges: Floats

    def table(self, values: Floats) -> Floats:
        """Values of the candidates, shape (N,), as a table; NaN where there is none."""
        found = np.full((len(self.ys), len(self.xs)), np.nan)
        found[self.row, self.column] = values
        return found

    @property
    def coarse(self) -> bool:
        """Whether the cells are few enough to be seen one by one."""
        return max(len(self.xs), len(self.ys)) <= _MOST_OUTLINED


def panels(
    space: Space, shown: Sequence[Panel], marks: Marks, hatched: Hatched | None = None
) -> Picture:
    """The maps side by side over the same two inputs, those of ``space``."""
    width, height = _PANEL_SIZE
    size = (width * len(shown) + 0.9, height + _LEGEND_HEIGHT)
    figure = Picture(figsize=size, layout=ConstrainedLayoutEngine(w_pad=_PADDING))
    row = figure.subplots(1, len(shown), sharex=True, sharey=True, squeeze=False)[0]
    for i, (axes, panel) in enumerate(zip(row, shown, strict=True)):
        drawn = draw(axes, space, panel, marks, hatched)
        axes.set_title(panel.title)
        set_axis(axes, space.inputs[0], settings=ticks(space, 0))
        set_axis(axes, space.inputs[1], settings=ticks(space, 1), side="y", label=i == 0)
        if panel.label:
            figure.colorbar(
                drawn,
                ax=row[i + 1 - panel.beside : i + 1].tolist(),
                label=panel.label,
                extend=_extended(panel),
                pad=0.02,
            )
    legend_below(figure, row.tolist())
    return figure


def draw(
    axes: Axes, space: Space, panel: Panel, marks: Marks, hatched: Hatched | None = None
) -> ScalarMappable:
    """One map, with its marks; what a colour bar needs."""
    cells = _cells(space)
    drawn: ScalarMappable
    if cells is None:
        area = float(np.clip(_POINT_AREA / len(space), *_POINT_AREA_LIMITS))
        drawn = draw_points(axes, space.matrix, panel, marks, hatched, area=area)
    else:
        drawn = _draw_cells(axes, cells, panel, marks, hatched)
    on_cells = cells is not None and cells.coarse
    on_dots = panel.only_measured
    mark(axes, marks, measured=not on_dots, size=LARGE if on_cells else SMALL)
    return drawn


def limits(values: Floats) -> tuple[float, float]:
    """Ends of a colour scale, never equal."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _extended(panel: Panel) -> Literal["min", "neither"]:
    return "min" if np.nanmin(panel.values, initial=panel.high) < panel.low else "neither"


def ticks(space: Space, i: int) -> Floats | None:
    """Settings of input ``i`` that are worth a tick each; None where there are too many."""
    values = np.unique(space.matrix[:, i])
    return values if len(values) <= MOST_TICKS and _cells(space) is not None else None


def _draw_cells(
    axes: Axes, cells: _Cells, panel: Panel, marks: Marks, hatched: Hatched | None
) -> ScalarMappable:
    values, off = panel.values, np.empty(0, dtype=np.int64)
    if panel.only_measured:
        values, off = _on_cells(cells, panel.values, marks.measured)
    drawn = _mesh(axes, cells, values, panel.colors, (panel.low, panel.high))
    if panel.only_measured:
        _show_open(axes, cells, np.isnan(values))
    if off.size:
        _dots(axes, marks.measured[off], panel.values[off], panel, _POINT_AREA_LIMITS[1])
    if np.isnan(cells.table(np.zeros(len(cells.row)))).any():
        axes.set_facecolor(NOTHING)
        axes.scatter([], [], marker="s", s=70, color=NOTHING, label=_("no candidate"))
    if hatched is not None:
        for i, k in enumerate(np.flatnonzero(hatched.which)):
            _hatch(axes, cells, int(k), hatched.label if i == 0 else "")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return drawn


def _on_cells(cells: _Cells, values: Floats, places: Floats) -> tuple[Floats, Ints]:
    """(values of the candidates, shape (N,), NaN where none is measured; which of the measured
    places, shape (n, 2), are no candidates)."""
    known = {tuple(place): value for place, value in zip(places.tolist(), values, strict=True)}
    own = zip(cells.xs[cells.column].tolist(), cells.ys[cells.row].tolist(), strict=True)
    found = np.array([known.pop(place, np.nan) for place in own])
    left = [i for i, place in enumerate(places.tolist()) if tuple(place) in known]
    return found, np.array(left, dtype=np.int64)


def _show_open(axes: Axes, cells: _Cells, which: Bools) -> None:
    """White cells for the candidates; those not measured have a dot, where the dots are few."""
    white = ListedColormap([WHITE])
    _mesh(axes, cells, np.zeros(len(cells.row)), white, (0.0, 1.0)).set_zorder(-1)
    if not which.any():
        return
    if not cells.coarse:
        look: dict[str, Any] = {"marker": "s", "s": 70, "color": WHITE, "edgecolors": PALE}
        axes.scatter([], [], **look, label=_("not measured"))
        return
    axes.scatter(
        cells.xs[cells.column[which]],
        cells.ys[cells.row[which]],
        s=10,
        color=GREY,
        linewidths=0,
        label=_("not measured"),
        zorder=1,
    )


def _mesh(
    axes: Axes,
    cells: _Cells,
    values: Floats,
    colors: str | ListedColormap,
    limits: tuple[float, float],
) -> QuadMesh:
    outlines: dict[str, Any] = {"edgecolors": WHITE, "linewidth": 0.6} if cells.coarse else {}
    return axes.pcolormesh(
        cells.x_edges,
        cells.y_edges,
        np.ma.masked_invalid(cells.table(values)),
        cmap=colors,
        vmin=limits[0],
        vmax=limits[1],
        rasterized=not cells.coarse,
        **outlines,
    )


def _hatch(axes: Axes, cells: _Cells, k: int, label: str) -> None:
    """Lines over the cell of candidate ``k``, on a light ground, seen on any colour."""
    x, y = cells.x_edges[cells.column[k]], cells.y_edges[cells.row[k]]
    width = cells.x_edges[cells.column[k] + 1] - x
    height = cells.y_edges[cells.row[k] + 1] - y
    patch = Rectangle(
        (x, y), width, height, facecolor=PALE, alpha=0.65, hatch="////", edgecolor=GREY,
        linewidth=0, label=label or None, zorder=2.5,
    )  # fmt: skip
    axes.add_patch(patch)


def draw_points(
    axes: Axes,
    places: Floats,
    panel: Panel,
    marks: Marks,
    hatched: Hatched | None = None,
    *,
    area: float,
) -> PathCollection:
    """Candidates at some places, shape (N, 2), as coloured dots of an area in square points."""
    if panel.only_measured:
        x, y = places.T
        axes.scatter(x, y, s=10, color=GREY, linewidths=0, label=_("not measured"), zorder=1)
        drawn = _dots(axes, marks.measured, panel.values, panel, max(area, SMALL / 2))
    else:
        known = np.isfinite(panel.values)
        drawn = _dots(axes, places[known], panel.values[known], panel, area)
    if hatched is not None and hatched.which.any():
        x, y = places[hatched.which].T
        axes.scatter(x, y, s=area, color=PALE, edgecolors=GREY, label=hatched.label, zorder=2.5)
    return drawn


def _dots(axes: Axes, places: Floats, values: Floats, panel: Panel, area: float) -> PathCollection:
    look: dict[str, Any] = {"linewidths": 0}
    if panel.only_measured:
        look = {"edgecolors": BLACK, "linewidths": 0.8}
    return axes.scatter(
        places[:, 0],
        places[:, 1],
        c=values,
        s=area,
        cmap=panel.colors,
        vmin=panel.low,
        vmax=panel.high,
        zorder=2,
        clip_on=False,
        **look,
    )


def _cells(space: Space) -> _Cells | None:
    """The grid that the candidates are; None for scattered points."""
    (xs, column), (ys, row) = (_levels(values) for values in space.matrix.T)
    if len(space.matrix) < _FULLNESS * len(xs) * len(ys) or min(len(xs), len(ys)) < 2:
        return None
    x, y = space.inputs
    return _Cells(xs, ys, column, row, _edges(xs, x), _edges(ys, y))


def _levels(values: Floats) -> tuple[Floats, Ints]:
    """Distinct values, rounding noise apart, and the index of each value among them."""
    order = np.argsort(values, kind="stable")
    step = np.diff(values[order]) > MATCH_TOLERANCE * np.ptp(values)
    index = np.empty(len(values), dtype=np.int64)
    index[order] = np.concatenate(([0], np.cumsum(step)))
    return values[order][np.concatenate(([True], step))], index


def _edges(centres: Floats, parameter: Parameter) -> Floats:
    """Borders of cells: midway between their centres, the outer ones as far out as in."""
    if by_decades(parameter):
        return np.asarray(10 ** _midway(np.log10(centres)))
    return _midway(centres)


def _midway(centres: Floats) -> Floats:
    middle = (centres[1:] + centres[:-1]) / 2
    return np.concatenate(([2 * centres[0] - middle[0]], middle, [2 * centres[-1] - middle[-1]]))
