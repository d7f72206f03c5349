"""The hypervolume curve: how much of what can be had a search has, by number of samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from tansaku.design import Floats
from tansaku.language import _
from tansaku.plots.fonts import keep_tick_fonts, style
from tansaku.plots.labels import escaped
from tansaku.plots.palette import BLACK, DASHES, GREY, LINES, PALE
from tansaku.plots.picture import Picture

REACHED = 0.99
"""The level at which the published panels are read."""

_SIZE = (7.2, 4.8)


@dataclass(frozen=True, slots=True)
class VolumeCurve:
    """What one strategy reached.

    Attributes:
        name: The strategy, as people call it.
        mean: Relative hypervolume after 1, 2, .. samples, averaged over the runs, shape (k,).
        low: Lower end of the 95 % interval of the mean, shape (k,).
        high: Upper end, shape (k,).
    """

    name: str
    mean: Floats
    low: Floats
    high: Floats


def hypervolume_figure(
    curves: Sequence[VolumeCurve],
    *,
    random: Floats | None = None,
    random_is_exact: bool = True,
    title: str = "",
    level: float = REACHED,
) -> Picture:
    """Relative hypervolume against the number of samples, with its band.

    Args:
        curves: One for each strategy.
        random: Expected relative hypervolume of random search after 1, 2, .. samples; dashed.
        random_is_exact: Whether that is computed in closed form.
        title: Over the figure.
        level: Marked by a line; each curve says at how many samples it is reached.
    """
    with style():
        figure = Picture(figsize=_SIZE, layout="constrained")
        axes = figure.add_subplot()
        if random is not None:
            name = _("random search (exact)") if random_is_exact else _("random search (simulated)")
            axes.plot(
                np.arange(1, len(random) + 1),
                random,
                color=GREY,
                linestyle="--",
                linewidth=1.5,
                label=_named(name, random, level),
                zorder=2,
            )
        for i, curve in enumerate(curves):
            color, samples = LINES[i % len(LINES)], np.arange(1, len(curve.mean) + 1)
            axes.fill_between(samples, curve.low, curve.high, color=color, alpha=0.18, linewidth=0)
            axes.plot(
                samples,
                curve.mean,
                color=color,
                linestyle=DASHES[i % len(DASHES)],
                linewidth=2,
                label=_named(escaped(curve.name), curve.mean, level),
                zorder=3,
            )
        shown = [random] if random is not None else []
        _frame(axes, [*shown, *(curve.mean for curve in curves)], level)
        if title:
            axes.set_title(escaped(title), loc="left")
        keep_tick_fonts(figure)
    return figure


def _frame(axes: Axes, shown: Sequence[Floats], level: float) -> None:
    """Axes, the level line and the legend."""
    longest = max((len(each) for each in shown), default=2)
    lowest = min((float(each[0]) for each in shown), default=0.0)
    axes.set_xlim(1, max(longest, 2))
    axes.set_ylim(max(0.0, 0.1 * np.floor(10 * lowest - 0.5)), 1.02)
    axes.axhline(level, color=BLACK, linewidth=0.8, zorder=1)
    axes.annotate(
        f"{level:g}",
        (1, level),
        xycoords=("axes fraction", "data"),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        fontsize="small",
    )
    axes.set_xlabel(_("number of samples measured"))
    axes.set_ylabel(_("relative hypervolume (mean, 95 % band)"))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=10, min_n_ticks=2))
    axes.grid(color=BLACK, alpha=0.08)
    axes.set_axisbelow(True)
    axes.legend(loc="lower right", framealpha=1, edgecolor=PALE)


def _named(name: str, curve: Floats, level: float) -> str:
    """The legend's entry: the name, and at how many samples the level is reached."""
    reached = np.flatnonzero(curve >= level - 1e-12)
    if not reached.size:
        return _("{name}: {level} not reached").format(name=name, level=f"{level:g}")
    return _("{name}: {level} at {n}").format(name=name, level=f"{level:g}", n=int(reached[0]) + 1)
