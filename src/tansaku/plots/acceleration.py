"""Acceleration against the size of the space: the wider the range, the more there is to gain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.ticker import FuncFormatter, NullFormatter

from tansaku.language import _
from tansaku.plots.fonts import keep_tick_fonts, style
from tansaku.plots.labels import escaped
from tansaku.plots.palette import BLACK, GREY, LINES
from tansaku.plots.picture import Picture

_SIZE = (6.4, 4.6)
_ROOM = 1.6
"""Factor of space beside the smallest and the largest space and above the highest end."""
_APART = 0.06
"""Shift of spaces of one size, as a share of a decade, so that their marks stand side by side."""


@dataclass(frozen=True, slots=True)
class Space:
    """One space of a study.

    Attributes:
        name: As people call it.
        size: Its candidates.
        acceleration: Samples of random search over samples of the strategy, at one level.
        low: Lower end of its 95 % interval.
        high: Upper end.

    Example:
        >>> Space("compositions", 49, 4.0, 3.5, 4.6).size
        49
    """

    name: str
    size: int
    acceleration: float
    low: float
    high: float


def acceleration_figure(
    spaces: Sequence[Space], *, level: float = 0.95, title: str = ""
) -> Picture:
    """How many times fewer samples than random search, by the size of the space, both on log axes.

    Args:
        spaces: At least one.
        level: Discovery probability at which samples were counted; told on the axis.
        title: Over the figure.
    """
    with style():
        figure = Picture(figsize=_SIZE, layout="constrained")
        axes = figure.add_subplot()
        sizes = [space.size for space in spaces]
        for i, space in enumerate(spaces):
            same = [j for j, size in enumerate(sizes) if size == space.size]
            shift = (same.index(i) - (len(same) - 1) / 2) * _APART * 2
            axes.errorbar(
                [space.size * 10**shift],
                [space.acceleration],
                yerr=[[space.acceleration - space.low], [space.high - space.acceleration]],
                color=LINES[i % len(LINES)],
                marker="osD^v"[i % 5],
                markersize=8,
                capsize=4,
                linewidth=1.8,
                linestyle="none",
                label=_("{name}: {times} times").format(
                    name=escaped(space.name), times=_rounded(space.acceleration)
                ),
                zorder=3,
            )
        axes.axhline(1, color=GREY, linestyle="--", linewidth=1.5, label=_("random search"))
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlim(min(sizes) / _ROOM, max(sizes) * _ROOM)
        axes.set_ylim(0.8, max(space.high for space in spaces) * _ROOM)
        axes.set_xlabel(_("candidates in the space"))
        axes.set_ylabel(_("times fewer samples than random search"))
        axes.set_xticks(sorted(set(sizes)))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:.0f}"))
        top = max(space.high for space in spaces) * _ROOM
        axes.set_yticks([t for t in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if t <= top])
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:.0f}"))
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_minor_formatter(NullFormatter())
        axes.tick_params(which="minor", length=0)
        axes.grid(color=BLACK, alpha=0.08)
        axes.set_axisbelow(True)
        axes.legend(
            loc="upper left",
            frameon=False,
            title=_("best found in {level:.0f} % of the runs").format(level=100 * level),
        )
        if title:
            axes.set_title(escaped(title), loc="left")
        keep_tick_fonts(figure)
    return figure


def _rounded(times: float) -> str:
    """With one place, or none from ten on: intervals are wider than that."""
    return f"{times:.1f}" if times < 10 else f"{times:.0f}"
