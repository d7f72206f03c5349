"""Trade-offs: measured samples over two goals, the best compromises, and what is expected."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from tansaku.design import Bools, Floats
from tansaku.language import _
from tansaku.plots.fonts import style
from tansaku.plots.labels import of_target
from tansaku.plots.marks import FAILED, finish
from tansaku.plots.palette import BLACK, BLUE, GREY, PALE, VERMILLION, WHITE
from tansaku.plots.picture import Picture
from tansaku.space import Goal, Scale, Target

_SIZE = (6.6, 5.2)


@dataclass(frozen=True, slots=True)
class TradeOff:
    """Samples over two targets, in their units.

    Attributes:
        values: Measured ones, shape (n, 2).
        sd: Standard deviations on the targets' scales (decades for log10), shape (n, 2); 0 or NaN
            where none is known.
        best: Which of them no other one beats, shape (n,).
        expected: Predicted values of suggested samples, shape (p, 2).
        expected_sd: Their standard deviations on the targets' scales, shape (p, 2).
        reference: What has to be beaten, in the units; ``None`` where it is not to be shown.
        broken: Which of the measured ones break a limit of any target, shape (n,).
        limited: Samples of which a limit is known in place of a value, shape (l, 2).
        sides: 1 where the truth lies above such a limit, -1 below, 0 for a value, shape (l, 2).
        failed: Samples that failed, shape (f, 2); NaN for what could not be measured.
    """

    values: Floats
    sd: Floats
    best: Bools
    expected: Floats
    expected_sd: Floats
    reference: tuple[float, float] | None = None
    broken: Bools | None = None
    limited: Floats = field(default_factory=lambda: np.empty((0, 2)))
    sides: Floats = field(default_factory=lambda: np.empty((0, 2)))
    failed: Floats = field(default_factory=lambda: np.empty((0, 2)))


def pareto_figure(targets: tuple[Target, Target], shown: TradeOff, *, title: str = "") -> Picture:
    """The front with its error bars.

    Args:
        targets: The goals of the two axes; both are maximised or minimised.
        shown: The samples.
        title: Over the figure.
    """
    with style():
        figure = Picture(figsize=_SIZE, layout="constrained")
        axes = figure.add_subplot()
        scales = [target.scale for target in targets]
        points, expected = (_scaled(v, scales) for v in (shown.values, shown.expected))
        _bars(axes, points, shown.sd, GREY)
        broken = np.zeros(len(points), dtype=np.bool_) if shown.broken is None else shown.broken
        looks: list[tuple[Bools, dict[str, Any], str]] = [
            (~shown.best & ~broken, {"color": GREY}, _("measured")),
            (broken, {"marker": "s", "color": PALE, "edgecolors": GREY}, _("breaks a limit")),
        ]
        for which, look, label in looks:
            if which.any():
                x, y = points[which].T
                axes.scatter(x, y, s=30, **look, label=label, zorder=3)
        _front(axes, points[shown.best], targets)
        if len(expected):
            _bars(axes, expected, shown.expected_sd, BLUE)
            axes.scatter(
                expected[:, 0],
                expected[:, 1],
                s=46,
                color=WHITE,
                edgecolors=BLUE,
                linewidths=1.5,
                label=_("suggested: expected ± 1 sd"),
                zorder=4,
            )
        if shown.reference is not None:
            at = _scaled(np.array([shown.reference]), scales)[0]
            if np.isfinite(at).all():
                axes.scatter(
                    at[0], at[1], marker="+", s=110, color=BLACK, label=_("to be beaten"), zorder=5
                )
        axes.set_xlabel(of_target(targets[0]))
        axes.set_ylabel(of_target(targets[1]))
        axes.margins(0.08)
        _limits(axes, targets, _scaled(shown.limited, scales), shown.sides)
        _failed(axes, _scaled(shown.failed, scales))
        finish(figure, axes, title)
    return figure


def _scaled(values: Floats, scales: list[Scale]) -> Floats:
    """Values as they are drawn: their logarithms on a log10 scale."""
    columns = []
    for column, scale in zip(values.reshape(-1, 2).T, scales, strict=True):
        if scale is Scale.LOG10:
            with np.errstate(divide="ignore", invalid="ignore"):
                columns.append(np.log10(column))
        else:
            columns.append(column)
    return np.stack(columns, -1)


def _bars(axes: Axes, points: Floats, sd: Floats, color: str) -> None:
    """Error bars of one sd, where one is known."""
    for (x, y), (dx, dy) in zip(points, np.nan_to_num(sd.reshape(-1, 2)), strict=True):
        if dx > 0 or dy > 0:
            axes.errorbar(
                x,
                y,
                xerr=dx or None,
                yerr=dy or None,
                fmt="none",
                ecolor=color,
                elinewidth=1,
                capsize=2,
                alpha=0.7,
                zorder=2,
            )


def _limits(axes: Axes, targets: tuple[Target, Target], limited: Floats, sides: Floats) -> None:
    """Lines at the limits that targets have to keep, and arrows where a result is one."""
    for target, line in zip(targets, (axes.axvline, axes.axhline), strict=True):
        for end in (target.low, target.high):
            if end is not None:
                at = np.log10(end) if target.scale is Scale.LOG10 else end
                label = _("limit to keep")
                line(at, color=BLACK, linestyle=":", linewidth=1.2, label=label, zorder=1)
    for place, side in zip(limited, sides, strict=True):
        axes.annotate(
            "",
            place,
            xytext=22 * side,
            textcoords="offset points",
            arrowprops={"arrowstyle": "<-", "color": BLACK, "shrinkA": 0, "shrinkB": 0},
        )
    if len(limited):
        x, y = limited.T
        axes.scatter(
            x, y, s=34, marker="D", color=BLACK, edgecolors=WHITE, zorder=4,
            label=_("a limit: the value lies along the arrow"),
        )  # fmt: skip


def _failed(axes: Axes, failed: Floats) -> None:
    """Failed samples; at the edge where a value could not be measured."""
    if not len(failed):
        return
    ends = np.array([axes.get_xlim(), axes.get_ylim()])
    edge = ends[:, 0]
    places = np.where(np.isnan(failed), edge, failed)
    x, y = places.T
    axes.scatter(
        x, y, **FAILED, zorder=4, clip_on=False,
        label=_("failed: {n} (at the edge: not measured)").format(n=len(failed)),
    )  # fmt: skip
    axes.set_xlim(ends[0])
    axes.set_ylim(ends[1])


def _front(axes: Axes, points: Floats, targets: tuple[Target, Target]) -> None:
    """The best compromises, and the staircase of what they reach."""
    if not len(points):
        return
    order = np.argsort(points[:, 0])
    x, y = points[order].T
    later = targets[0].goal is Goal.MIN
    axes.step(
        x, y, where="post" if later else "pre", color=VERMILLION, linewidth=1.2, alpha=0.8, zorder=2
    )
    axes.scatter(
        x,
        y,
        s=64,
        color=VERMILLION,
        edgecolors=PALE,
        linewidths=0.6,
        label=_("best compromises (Pareto front)"),
        zorder=5,
    )
