"""Ternary maps: three amounts that sum up, on a triangle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from tansaku.design import Bools, Floats
from tansaku.language import _
from tansaku.plots import areas
from tansaku.plots.fonts import keep_tick_fonts, style
from tansaku.plots.labels import escaped
from tansaku.plots.maps import Beliefs, believed
from tansaku.plots.marks import Marks, legend_below, mark
from tansaku.plots.palette import BLACK, GREY, PALE
from tansaku.plots.picture import Picture
from tansaku.space import Target

_PANEL_SIZE = (4.4, 4.2)
_LEGEND_HEIGHT = 0.6
_DIVISIONS = 5
_FILLED = 12000.0
_AREA_LIMITS = (4.0, 110.0)
"""Area shared by the candidates' marks, in square points, and the limits of one."""
_HEIGHT = np.sqrt(3) / 2


@dataclass(frozen=True, slots=True)
class Triangle:
    """The part of a ternary diagram that holds some candidates.

    Attributes:
        names: Of the three amounts: at the lower left, lower right and upper corner.
        least: The smallest amount of each, shape (3,).
        span: By how much each may exceed it.

    Example:
        >>> whole = Triangle.around(("a", "b", "c"), np.eye(3))
        >>> whole.places(np.array([[0.0, 1.0, 0.0]])).tolist()
        [[1.0, 0.0]]
    """

    names: tuple[str, str, str]
    least: Floats
    span: float

    @classmethod
    def around(cls, names: Sequence[str], amounts: Floats) -> Triangle:
        """The smallest one that holds amounts with one sum, shape (N, 3)."""
        least = amounts.min(0)
        first, second, third = names
        return cls((first, second, third), least, float(amounts[0].sum() - least.sum()))

    def places(self, amounts: Floats) -> Floats:
        """Where amounts lie, shape (k, 3), on the paper, shape (k, 2): the lower side is 1 long."""
        share = (amounts - self.least) / self.span
        return np.stack([share[:, 1] + share[:, 2] / 2, _HEIGHT * share[:, 2]], -1)


def ternary_figure(
    triangle: Triangle,
    amounts: Floats,
    target: Target,
    marks: Marks,
    beliefs: Beliefs,
    *,
    blocked: Bools,
    title: str = "",
) -> Picture:
    """Measured samples, predicted mean, its standard deviation and the chance to work.

    Args:
        triangle: The paper.
        amounts: Of the candidates, shape (N, 3).
        target: The property.
        marks: Where samples lie, with three amounts each, shape (k, 3).
        beliefs: What is known and believed.
        blocked: Which candidates are blocked, shape (N,).
        title: Over the figure.
    """
    candidates = triangle.places(amounts)
    placed = marks.moved(triangle.places)
    with style():
        shown = believed(target, beliefs)
        width, height = _PANEL_SIZE
        figure = Picture(
            figsize=(width * len(shown) + 0.9, height + _LEGEND_HEIGHT), layout="constrained"
        )
        row = figure.subplots(1, len(shown), squeeze=False)[0]
        for i, (axes, panel) in enumerate(zip(row, shown, strict=True)):
            _paper(axes, triangle)
            drawn = areas.draw_points(
                axes, candidates, panel, placed, areas.Hatched(blocked, _("blocked")),
                area=float(np.clip(_FILLED / len(candidates), *_AREA_LIMITS)),
            )  # fmt: skip
            mark(axes, placed, measured=not panel.only_measured)
            axes.set_title(panel.title)
            if panel.label:
                figure.colorbar(
                    drawn,
                    ax=row[i + 1 - panel.beside : i + 1].tolist(),
                    label=panel.label,
                    pad=0.02,
                    shrink=0.8,
                )
        legend_below(figure, row.tolist())
        if title:
            figure.suptitle(escaped(title))
        keep_tick_fonts(figure)
    return figure


def _paper(axes: Axes, triangle: Triangle) -> None:
    """The triangle with its lines, the amounts at its sides and the names of these."""
    corners = np.array([[0, 0], [1, 0], [0.5, _HEIGHT]])
    axes.fill(*corners.T, facecolor="none", edgecolor=BLACK, linewidth=1.0, zorder=1.5)
    sides = (  # where an amount is read, from none to all of it; the other end of its line; offset
        (corners[2], corners[0], corners[1], (-9, 0), "right"),
        (corners[0], corners[1], corners[2], (0, -9), "center"),
        (corners[1], corners[2], corners[0], (9, 0), "left"),
    )
    for i, (none, whole, other, offset, align) in enumerate(sides):
        for step in range(1, _DIVISIONS + 1):
            share = step / _DIVISIONS
            at = none + share * (whole - none)
            line = np.stack([at, other + share * (whole - other)])
            axes.plot(*line.T, color=PALE, linewidth=0.8, zorder=0.5)
            axes.annotate(
                f"{triangle.least[i] + share * triangle.span:.3g}",
                at,
                xytext=offset,
                textcoords="offset points",
                ha=align,
                va="top" if align == "center" else "center",
                fontsize="small",
                color=GREY,
            )
    middle = (
        (corners[0] + corners[2]) / 2,
        (corners[0] + corners[1]) / 2,
        (corners[1] + corners[2]) / 2,
    )
    for place, name, offset, turn in zip(
        middle, triangle.names, ((-40, 20), (0, -32), (40, 20)), (60, 0, -60), strict=True
    ):
        axes.annotate(
            _increasing(name, turn),
            place,
            xytext=offset,
            textcoords="offset points",
            ha="center",
            va="center",
            rotation=turn,
        )
    axes.set_aspect("equal")
    axes.set_xlim(-0.06, 1.06)
    axes.set_ylim(-0.06, _HEIGHT + 0.06)
    axes.axis("off")


def _increasing(name: str, turn: int) -> str:
    """The name with an arrow to where there is more of it."""
    return f"{escaped(name)} →" if turn == 0 else f"← {escaped(name)}"
