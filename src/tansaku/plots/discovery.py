"""The discovery curve: in how many runs the best candidate was found, by number of samples."""

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
from tansaku.plots.palette import BLACK, DASHES, GREY, LINES, PALE, WHITE
from tansaku.plots.picture import Picture

DISCOVERED = 0.95
"""The level at which the literature calls the best candidate discovered."""

_SIZE = (7.2, 4.8)
_LOWEST_NUMBER = 0.025
_NUMBER_STEP = 0.06
_NUMBER_WIDTH = 0.05
_LEGEND_BOTTOM, _LEGEND_TOP = 0.12, 0.9
"""Numbers at the foot of the level's marks: height of the first, step to the next where two are
closer than this share of the axis, so that none covers another; the legend begins above them, at
least this high, or it ends below the level."""


@dataclass(frozen=True, slots=True)
class Curve:
    """What one strategy reached.

    Attributes:
        name: The strategy, as people call it.
        p: Share of runs that have the best candidate after 1, 2, .. samples, shape (k,).
        low: Lower end of its 95 % band, shape (k,).
        high: Upper end of its 95 % band, shape (k,).
    """

    name: str
    p: Floats
    low: Floats
    high: Floats


def discovery_figure(
    curves: Sequence[Curve],
    *,
    random_exact: Floats | None = None,
    title: str = "",
    level: float = DISCOVERED,
) -> Picture:
    """Discovery probability against the number of samples, with its band.

    Args:
        curves: One for each strategy.
        random_exact: The exact probability of random search after 1, 2, .. samples; dashed.
        title: Over the figure.
        level: Marked by a line; each curve says at how many samples it is reached.
    """
    with style():
        figure = Picture(figsize=_SIZE, layout="constrained")
        axes = figure.add_subplot()
        longest = max((len(curve.p) for curve in curves), default=0)
        reached = []
        if random_exact is not None:
            longest = longest or len(random_exact)
            reached.append((_first_at(random_exact, level), GREY))
            axes.plot(
                np.arange(1, len(random_exact) + 1),
                100 * random_exact,
                color=GREY,
                linestyle="--",
                linewidth=1.5,
                label=_named(_("random search (exact)"), reached[-1][0], level),
                zorder=2,
            )
        for i, curve in enumerate(curves):
            color = LINES[i % len(LINES)]
            reached.append((_first_at(curve.p, level), color))
            samples = np.arange(1, len(curve.p) + 1)
            axes.fill_between(
                samples, 100 * curve.low, 100 * curve.high, color=color, alpha=0.18, linewidth=0
            )
            axes.plot(
                samples,
                100 * curve.p,
                color=color,
                linestyle=DASHES[i % len(DASHES)],
                linewidth=2,
                label=_named(escaped(curve.name), reached[-1][0], level),
                zorder=3,
            )
        axes.set_xlim(0.5 if longest < 3 else 1, max(longest, 2))
        axes.set_ylim(0, 103)
        top = _level(axes, reached, level)
        axes.set_xlabel(_("number of samples measured"))
        axes.set_ylabel(_("runs that have found the best (%)"))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=10, min_n_ticks=2))
        axes.set_yticks(range(0, 101, 20))
        axes.grid(color=BLACK, alpha=0.08)
        axes.set_axisbelow(True)
        _legend(axes, curves, top)
        if title:
            axes.set_title(escaped(title), loc="left")
        keep_tick_fonts(figure)
    return figure


def _legend(axes: Axes, curves: Sequence[Curve], bottom: float) -> None:
    """To the right above the numbers at the foot, or to the left below the level, wherever it hides
    less of the curves."""
    points = [
        axes.transData.transform(np.c_[np.arange(1, len(each.p) + 1), 100 * each.p])
        for each in curves
    ]

    def placed(*, left: bool) -> int:
        """Draw it there; how many points of the curves it hides."""
        anchor = (0.0, _LEGEND_TOP) if left else (1.0, bottom)
        legend = axes.legend(
            loc="upper left" if left else "lower right",
            bbox_to_anchor=anchor,
            framealpha=1,
            edgecolor=PALE,
        )
        box = legend.get_window_extent()
        return sum(box.count_contains(each) for each in points)

    if placed(left=True) < placed(left=False):
        placed(left=True)


def _first_at(p: Floats, level: float) -> int | None:
    """Samples at which the curve first reaches ``level``; None where it never does."""
    hits = np.flatnonzero(p >= level - 1e-12)  # 19 of 20 runs are 95 %
    return int(hits[0]) + 1 if hits.size else None


def _named(name: str, reached: int | None, level: float) -> str:
    if reached is None:
        return _("{name}: {level:.0f} % not reached").format(name=name, level=100 * level)
    return _("{name}: {level:.0f} % at {n}").format(name=name, level=100 * level, n=reached)


def _level(axes: Axes, reached: Sequence[tuple[int | None, str]], level: float) -> float:
    """The level line, and for each curve the number of samples where it is reached: once where
    several curves reach it together. Height above which no number stands, as a share."""
    axes.axhline(100 * level, color=BLACK, linewidth=0.8, zorder=1)
    axes.annotate(
        _("{level:.0f} %").format(level=100 * level),
        (1, 100 * level),
        xycoords=("axes fraction", "data"),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        fontsize="small",
    )
    left, right = axes.get_xlim()
    seen = {n: color for n, color in reached if n is not None and left <= n <= right}
    height, before, top = _LOWEST_NUMBER, -np.inf, _LEGEND_BOTTOM
    for n, color in sorted(seen.items()):
        place = (n - left) / (right - left)
        near_right = place > 1 - _NUMBER_WIDTH  # then it stands to the left of its line
        close = place - before < _NUMBER_WIDTH * (2 if near_right else 1)
        height = height + _NUMBER_STEP if close else _LOWEST_NUMBER
        before, top = place, max(top, height + _NUMBER_STEP)
        axes.plot([n, n], [0, 100 * level], color=color, linewidth=1, linestyle=":", zorder=2)
        axes.plot(n, 100 * level, marker="o", markersize=5, color=color, zorder=4)
        axes.annotate(
            str(n),
            (n, 100 * height),
            xytext=(-3 if near_right else 3, 0),
            textcoords="offset points",
            color=color,
            ha="right" if near_right else "left",
            va="bottom",
            fontsize="large",
            bbox={"facecolor": WHITE, "alpha": 0.8, "linewidth": 0, "pad": 0.5},
        )
    return top
