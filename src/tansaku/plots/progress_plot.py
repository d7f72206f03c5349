"""Progress: every result in the order of making, the best so far, and what was said beforehand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from tansaku.design import Bools, Floats
from tansaku.language import _
from tansaku.plots.fonts import style
from tansaku.plots.marks import ABOVE, BELOW, FAILED, MEASURED, finish
from tansaku.plots.palette import BLUE, GREY, PALE, VERMILLION, WHITE
from tansaku.plots.picture import Picture

_SIZE = (7.6, 5.0)
_FLOOR = 0.06
"""Share of the height by which failed samples stand below all values."""
_APART = 0.16
"""Samples by which what was expected stands to the left of what was found."""


@dataclass(frozen=True, slots=True)
class ProgressCurve:
    """What came out, sample by sample, on the target's scale.

    Attributes:
        values: Of the samples in the order of making, shape (n,); of a limit the limit; NaN where
            there is none.
        failed: Which samples failed, shape (n,).
        side: 1 where the truth lies above the value, -1 below, 0 for a plain value, shape (n,).
        best: The best plain value so far that keeps all limits, shape (n,); NaN before the first.
        expected: What the model said of a sample when it was suggested, shape (n,); NaN where it
            said nothing.
        low: Lower ends of the 95 % intervals of these, shape (n,).
        high: Upper ends, shape (n,).
        random: The best that random search would have after 1, 2, .. samples, on the average, shape
            (n,); None where that cannot be told.
        random_is_exact: Whether that follows from measured values alone.
        table: How many of the samples were there when the campaign was made.
    """

    values: Floats
    failed: Bools
    side: Floats
    best: Floats
    expected: Floats
    low: Floats
    high: Floats
    random: Floats | None = None
    random_is_exact: bool = True
    table: int = 0


def progress_figure(shown: ProgressCurve, label: str, *, title: str = "") -> Picture:
    """The best so far against the order in which samples were made.

    Args:
        shown: What came out.
        label: Of the vertical axis.
        title: Over the figure.
    """
    n = len(shown.values)
    order = np.arange(1.0, n + 1)
    with style():
        figure = Picture(figsize=_SIZE, layout="constrained")
        axes = figure.add_subplot()
        if shown.table:
            axes.axvspan(
                0.5, shown.table + 0.5, color=PALE, alpha=0.45, linewidth=0, zorder=0,
                label=_("there when the campaign was made"),
            )  # fmt: skip
        if shown.random is not None:
            name = _("random search (exact)")
            if not shown.random_is_exact:
                name = _("random search, on the average (by the model)")
            axes.plot(
                order, shown.random, color=GREY, linestyle="--", linewidth=1.5, label=name, zorder=2
            )
        axes.step(
            order, shown.best, where="post", color=VERMILLION, linewidth=2, label=_("best so far"),
            zorder=3,
        )  # fmt: skip
        _expected(axes, order, shown)
        _found(axes, order, shown)
        axes.set_xlim(0.5, n + 0.5)
        axes.set_xlabel(_("samples in the order of making"))
        axes.set_ylabel(label)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=10, min_n_ticks=1))
        finish(figure, axes, title)
    return figure


def _expected(axes: Axes, order: Floats, shown: ProgressCurve) -> None:
    known = np.isfinite(shown.expected)
    if not known.any():
        return
    expected = shown.expected[known]
    axes.errorbar(
        order[known] - _APART,
        expected,
        yerr=[expected - shown.low[known], shown.high[known] - expected],
        fmt="o",
        markersize=6,
        markerfacecolor=WHITE,
        color=BLUE,
        elinewidth=1.2,
        capsize=2.5,
        label=_("expected beforehand, 95 % interval"),
        zorder=3.5,
    )


def _found(axes: Axes, order: Floats, shown: ProgressCurve) -> None:
    failed, valued = shown.failed, np.isfinite(shown.values) & ~shown.failed
    for which, look, label in (
        (valued & (shown.side == 0), MEASURED, _("measured")),
        (valued & (shown.side < 0), BELOW, _("below a limit")),
        (valued & (shown.side > 0), ABOVE, _("above a limit")),
    ):
        if which.any():
            axes.scatter(order[which], shown.values[which], **look, label=label, zorder=4)
    if not failed.any():
        return
    low, high = axes.get_ylim()
    floor = low - _FLOOR * (high - low)
    axes.scatter(
        order[failed], np.full(int(failed.sum()), floor), **FAILED, label=_("failed"), zorder=4
    )
    axes.set_ylim(floor - _FLOOR * (high - low), high)
