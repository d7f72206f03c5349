"""Steps until the best is found: how many runs have it by when, and a bar for each strategy.

Both as in M. Nakayama's lecture (2022), which counts the samples after the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from tansaku.design import Floats
from tansaku.language import _
from tansaku.plots.fonts import keep_tick_fonts, style
from tansaku.plots.labels import escaped
from tansaku.plots.palette import BLACK, DASHES, GREY, LINES, PALE
from tansaku.plots.picture import Picture

_SIZE = (7.2, 4.8)
_BAR_HEIGHT = 0.62
_ROW = 0.52
"""Inches for each bar."""
_FRAME = 1.8
"""Inches above and below the bars."""
_MEAN: dict[str, Any] = {"marker": "|", "markersize": 18, "markeredgewidth": 2.5, "zorder": 4}
_PUBLISHED: dict[str, Any] = {
    "marker": "D",
    "markersize": 7,
    "markerfacecolor": "none",
    "zorder": 5,
}


@dataclass(frozen=True, slots=True)
class Hits:
    """When each run of a strategy had the best.

    Attributes:
        name: The strategy, as people call it.
        steps: Samples after the first until the best is sampled, shape (runs,); infinite where it
            never was.
        published: Steps to the level that the literature reports; ``None`` without any.

    Example:
        >>> Hits("standard", np.array([0.0, 3.0, 7.0, np.inf])).to(0.75)
        7.0
    """

    name: str
    steps: Floats
    published: float | None = None

    def to(self, level: float) -> float:
        """Steps within which this share of the runs has the best; infinite where it has not."""
        rank = int(np.ceil(level * len(self.steps) - 1e-9))  # 19 of 20 runs are 95 %
        return float(np.sort(self.steps)[max(rank, 1) - 1])


def counts_figure(
    hits: Sequence[Hits],
    *,
    candidates: int,
    samples: int | None = None,
    title: str = "",
    level: float = 0.95,
) -> Picture:
    """Number of runs that have found the best, against the samples after the first.

    Args:
        hits: One for each strategy, all with the same number of runs.
        candidates: Size of the table; random search, which is dashed, finds its best by the end.
        samples: Of each run, the first counted; by default all candidates.
        title: Over the figure.
        level: Marked by a line.
    """
    runs = len(hits[0].steps)
    x = np.arange(candidates if samples is None else min(samples, candidates))
    with style():
        figure = Picture(figsize=_SIZE, layout="constrained")
        axes = figure.add_subplot()
        for i, each in enumerate(hits):
            found = (each.steps[None] <= x[:, None]).sum(1)
            axes.plot(
                x,
                found,
                color=LINES[i % len(LINES)],
                linestyle=DASHES[i % len(DASHES)],
                linewidth=2,
                label=escaped(each.name),
                zorder=3,
            )
        axes.plot(
            x,
            runs * (x + 1) / candidates,
            color=GREY,
            linestyle="--",
            linewidth=1.5,
            label=_("random search (exact)"),
            zorder=2,
        )
        axes.axhline(level * runs, color=BLACK, linewidth=0.8, zorder=1)
        axes.annotate(
            _("{level:.0f} %").format(level=100 * level),
            (1, level * runs),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize="small",
        )
        axes.set_xlim(0, max(len(x) - 1, 1))
        axes.set_ylim(0, 1.03 * runs)
        axes.set_xlabel(_("samples after the first"))
        axes.set_ylabel(_("runs that have found the best, of {runs}").format(runs=runs))
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(color=BLACK, alpha=0.08)
        axes.set_axisbelow(True)
        axes.legend(loc="best", framealpha=1, edgecolor=PALE)  # where it hides least
        if title:
            axes.set_title(escaped(title), loc="left")
        keep_tick_fonts(figure)
    return figure


def steps_figure(hits: Sequence[Hits], *, title: str = "", level: float = 0.95) -> Picture:
    """A bar for each strategy: samples after the first until ``level`` of the runs has the best.

    The mean over the runs is marked on the bar, a published number at its foot; of a strategy that
    never reaches the level no bar is drawn, and the figure says so.
    """
    with style():
        size = (_SIZE[0], _FRAME + _ROW * len(hits))
        figure = Picture(figsize=size, layout="constrained")
        axes = figure.add_subplot()
        for row, each in enumerate(hits):
            _bar(axes, row, each, level)
        rows = np.arange(len(hits))
        means = np.array([each.steps.mean() for each in hits])
        published = [np.nan if each.published is None else each.published for each in hits]
        for label, at, height, look in (
            (_("mean over the runs"), means, rows, _MEAN),
            (_("published"), np.array(published), rows + _BAR_HEIGHT / 2, _PUBLISHED),
        ):
            known = np.isfinite(at)
            if known.any():
                axes.plot(at[known], height[known], color=BLACK, ls="", label=label, **look)
        axes.set_yticks(rows, [escaped(each.name) for each in hits])
        axes.set_ylim(len(hits) - 0.5, -0.5)  # the first on top
        axes.margins(x=0.1)
        axes.set_xlim(left=0)
        axes.set_xlabel(
            _("samples after the first until {level:.0f} % of the runs have the best").format(
                level=100 * level
            )
        )
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(axis="x", color=BLACK, alpha=0.08)
        axes.set_axisbelow(True)
        if axes.get_legend_handles_labels()[0]:
            figure.legend(loc="outside lower center", ncols=2, frameon=False)
        if title:
            axes.set_title(escaped(title), loc="left")
        keep_tick_fonts(figure)
    return figure


def _bar(axes: Axes, row: int, of: Hits, level: float) -> None:
    """One bar with its number, to the right of the mark of the mean; where there is none, how many
    runs have the best."""
    steps, mean = of.to(level), float(of.steps.mean())
    reached = bool(np.isfinite(steps))
    text = f"{steps:.0f}"
    if reached:
        axes.barh(row, steps, _BAR_HEIGHT, color=LINES[row % len(LINES)], alpha=0.85, zorder=2)
    else:
        found, runs = int(np.isfinite(of.steps).sum()), len(of.steps)
        text = _("not reached ({found} of {runs} runs)").format(found=found, runs=runs)
    axes.annotate(
        text,
        (max(steps, mean if np.isfinite(mean) else 0) if reached else 0, row),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
    )
