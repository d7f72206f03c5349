"""Parity: each result against what the model says of it without it, with intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from tansaku.design import Bools, Floats
from tansaku.language import _
from tansaku.plots.fonts import style
from tansaku.plots.labels import escaped, of_target
from tansaku.plots.marks import finish
from tansaku.plots.palette import BLUE, GREY, VERMILLION
from tansaku.plots.picture import Picture
from tansaku.space import Target

_SIZE = (6.4, 6.2)
_MARGIN = 0.06
_MOST_NAMED = 12
"""Outliers that are named, the first ones; more names would cover one another."""


@dataclass(frozen=True, slots=True)
class Parity:
    """Results and what the others say of each, on the target's scale, shape (n,) each.

    Attributes:
        measured: The results.
        expected: By a model without each.
        low: Lower ends of the 95 % intervals of a measurement.
        high: Upper ends.
        outlier: Which stand out from all others.
        names: What each is called.
    """

    measured: Floats
    expected: Floats
    low: Floats
    high: Floats
    outlier: Bools
    names: tuple[str, ...]

    @property
    def inside(self) -> Bools:
        """Which lie within their intervals."""
        return (self.low <= self.measured) & (self.measured <= self.high)


def parity_figure(shown: Parity, target: Target, *, title: str = "") -> Picture:
    """Measured against expected, with the line where both agree."""
    with style():
        figure = Picture(figsize=_SIZE, layout="constrained")
        axes = figure.add_subplot()
        every = np.concatenate([shown.measured, shown.low, shown.high])
        low, high = float(every.min()), float(every.max())
        room = _MARGIN * ((high - low) or 1.0)
        ends = (low - room, high + room)
        axes.plot(ends, ends, color=GREY, linewidth=1.2, label=_("expected = measured"), zorder=1)
        _points(axes, shown, ~shown.outlier, BLUE, _("left out, 95 % interval"))
        _points(axes, shown, shown.outlier, VERMILLION, _("stands out from the others"))
        _name(axes, shown, sum(ends) / 2)
        axes.set_xlim(ends)
        axes.set_ylim(ends)
        axes.set_aspect("equal")
        label = of_target(target)
        axes.set_xlabel(_("expected without it: {label}").format(label=label))
        axes.set_ylabel(_("measured: {label}").format(label=label))
        axes.annotate(
            _("{inside} of {n} results lie within their intervals").format(
                inside=int(shown.inside.sum()), n=len(shown.measured)
            ),
            (0.02, 0.98),
            xycoords="axes fraction",
            va="top",
        )
        finish(figure, axes, title)
    return figure


def _points(axes: Axes, shown: Parity, which: Bools, color: str, label: str) -> None:
    if not which.any():
        return
    expected = shown.expected[which]
    axes.errorbar(
        expected,
        shown.measured[which],
        xerr=[expected - shown.low[which], shown.high[which] - expected],
        fmt="o" if color == BLUE else "D",
        markersize=5.5,
        color=color,
        ecolor=color,
        elinewidth=1,
        capsize=2,
        alpha=0.85,
        label=label,
        zorder=3 if color == BLUE else 4,
    )


def _name(axes: Axes, shown: Parity, middle: float) -> None:
    """The names of the outliers, towards the middle of the figure, where there is room."""
    for i in np.flatnonzero(shown.outlier)[:_MOST_NAMED]:
        left = shown.expected[i] > middle
        axes.annotate(
            escaped(shown.names[i]),
            (shown.expected[i], shown.measured[i]),
            xytext=(-7 if left else 7, 8),
            textcoords="offset points",
            ha="right" if left else "left",
            color=VERMILLION,
        )
