"""Marks of points that mean something: measured, best so far, suggested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tansaku.design import Floats, Ints
from tansaku.language import _
from tansaku.plots.palette import BLACK, VERMILLION, WHITE
from tansaku.space import Scale, Space, Target

MEASURED: dict[str, Any] = {
    "marker": "o",
    "color": BLACK,
    "edgecolors": WHITE,
    "s": 34,
    "linewidths": 0.9,
}
BEST: dict[str, Any] = {
    "marker": "*",
    "color": VERMILLION,
    "edgecolors": WHITE,
    "s": 260,
    "linewidths": 1.0,
}
SUGGESTED: dict[str, Any] = {
    "marker": "o",
    "color": WHITE,
    "edgecolors": BLACK,
    "linewidths": 1.5,
}
LARGE, SMALL = 190.0, 115.0
"""Areas of a suggestion's mark, in square points: on the cells of a map, and among dots."""


@dataclass(frozen=True, slots=True)
class Points:
    """What is known of the pool's candidates.

    Attributes:
        space: The pool.
        target: The property on show.
        measured: Pool positions of measured candidates, shape (n,), each once.
        values: Their (mean) values on the target's scale, log10 for a log10 target, shape (n,).
        suggested: Pool positions of suggested candidates, in order, shape (p,).
    """

    space: Space
    target: Target
    measured: Ints
    values: Floats
    suggested: Ints

    @classmethod
    def of(
        cls,
        space: Space,
        target: Target,
        measured: Sequence[int] | Ints,
        values: Sequence[float] | Floats,
        suggested: Sequence[int] | Ints,
    ) -> Points:
        """From values in the target's unit."""
        in_unit = np.asarray(values, dtype=np.float64)
        return cls(
            space=space,
            target=target,
            measured=np.asarray(measured, dtype=np.int64),
            values=np.log10(in_unit) if target.scale is Scale.LOG10 else in_unit,
            suggested=np.asarray(suggested, dtype=np.int64),
        )

    @property
    def best(self) -> int | None:
        """Index into ``measured`` of the best value; None where nothing is measured."""
        if not self.measured.size:
            return None
        if self.target.value is None:
            return int(np.argmax(self.target.sign * self.values))
        wanted = self.target.value
        wanted = np.log10(wanted) if self.target.scale is Scale.LOG10 else wanted
        return int(np.argmin(np.abs(self.values - wanted)))

    @property
    def open(self) -> Ints:
        """Pool positions that are not measured."""
        return np.setdiff1d(np.arange(len(self.space)), self.measured)


def mark(
    axes: Axes,
    points: Points,
    x: Floats,
    y: Floats,
    *,
    measured: bool = True,
    size: float = SMALL,
) -> None:
    """Mark measured, best and suggested candidates at the places x, y of all N candidates.

    Suggestions carry their number; where they crowd, the first one lies on top.
    """
    if measured and points.measured.size:
        axes.scatter(
            x[points.measured], y[points.measured], **MEASURED, label=_("measured"), zorder=4
        )
    best = points.best
    if best is not None:
        at = points.measured[best]
        axes.scatter(x[at], y[at], **BEST, label=_("best measured"), zorder=5)
    last = points.suggested.size
    for number, at in reversed(list(enumerate(points.suggested.tolist(), start=1))):
        label = _("suggested") if number == last else None
        on_top = 6 + (last - number) / last
        axes.scatter(x[at], y[at], **SUGGESTED, s=size, label=label, zorder=on_top)
        axes.annotate(
            str(number),
            (x[at], y[at]),
            ha="center",
            va="center_baseline",
            fontsize="small" if size == LARGE else "x-small",
            color=BLACK,
            zorder=on_top,
        )


def legend_below(figure: Figure, axes: Sequence[Axes]) -> None:
    """One legend for all panels, under them."""
    found: dict[str, Any] = {}
    for panel in reversed(axes):
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    for columns in range(len(found), 0, -1):
        legend = figure.legend(
            list(found.values()),
            list(found),
            loc="outside lower center",
            ncols=columns,
            frameon=False,
            columnspacing=1.4,
            handletextpad=0.5,
        )
        if legend.get_window_extent().width <= figure.bbox.width:
            break
        legend.remove()
