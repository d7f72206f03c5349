"""Marks of samples that mean something: measured, best so far, suggested, failed, limited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tansaku.design import Floats, Ints
from tansaku.language import _
from tansaku.plots.fonts import keep_tick_fonts
from tansaku.plots.labels import escaped
from tansaku.plots.palette import BLACK, GREY, VERMILLION, WHITE
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
FAILED: dict[str, Any] = MEASURED | {"marker": "X", "s": 88}
BELOW: dict[str, Any] = MEASURED | {"marker": "v", "s": 70}
ABOVE: dict[str, Any] = MEASURED | {"marker": "^", "s": 70}
ELSEWHERE: dict[str, Any] = MEASURED | {"marker": "d", "color": GREY, "s": 38}
LARGE, SMALL = 190.0, 115.0
"""Areas of a suggestion's mark, in square points: on the cells of a map, and among dots."""


def _nowhere() -> Floats:
    return np.empty((0, 2))


@dataclass(frozen=True, slots=True)
class Marks:
    """Places of samples over the two axes of a panel, shape (k, 2) each.

    Attributes:
        measured: With a value.
        best: Which of them is the best, if any.
        suggested: In order.
        numbers: What is written on each of the suggested ones; 1, 2, .. if not given.
        failed: Nothing could be measured.
        below: The truth is known to lie below a limit.
        above: It is known to lie above one.
        elsewhere: Measured where inputs that are not drawn are set otherwise.
    """

    measured: Floats = field(default_factory=_nowhere)
    best: int | None = None
    suggested: Floats = field(default_factory=_nowhere)
    numbers: tuple[str, ...] = ()
    failed: Floats = field(default_factory=_nowhere)
    below: Floats = field(default_factory=_nowhere)
    above: Floats = field(default_factory=_nowhere)
    elsewhere: Floats = field(default_factory=_nowhere)

    def moved(self, places: Callable[[Floats], Floats]) -> Marks:
        """The same marks, where ``places`` puts them."""

        def one(group: Floats) -> Floats:
            return places(group) if len(group) else _nowhere()

        return replace(
            self,
            measured=one(self.measured),
            suggested=one(self.suggested),
            failed=one(self.failed),
            below=one(self.below),
            above=one(self.above),
            elsewhere=one(self.elsewhere),
        )


@dataclass(frozen=True, slots=True)
class Points:
    """What is known of the pool's candidates; all but the values are pool positions.

    Attributes:
        space: The pool.
        target: The property on show.
        measured: Measured candidates, shape (n,), each once.
        values: Their (mean) values on the target's scale, log10 for a log10 target, shape (n,).
        suggested: Suggested candidates, in order, shape (p,).
        numbers: What is written on the marks of these; 1, 2, .. if not given.
        failed: Candidates that failed.
        below, above: Candidates whose value is known to lie below or above a limit.
        below_at, above_at: These limits, on the target's scale.
    """

    space: Space
    target: Target
    measured: Ints
    values: Floats
    suggested: Ints
    numbers: tuple[str, ...] = ()
    failed: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    below: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    above: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    below_at: Floats = field(default_factory=lambda: np.empty(0))
    above_at: Floats = field(default_factory=lambda: np.empty(0))

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
        return best_of(self.target, self.values)

    def at(self, x: Floats, y: Floats) -> Marks:
        """The marks where all N candidates have the places x, y, shape (N,)."""
        places = np.stack([x, y], -1)
        return Marks(
            measured=places[self.measured],
            best=self.best,
            suggested=places[self.suggested],
            numbers=self.numbers,
            failed=places[self.failed],
            below=places[self.below],
            above=places[self.above],
        )


def best_of(target: Target, values: Floats) -> int | None:
    """Which of some values on the target's scale, shape (n,), is the best; None of none."""
    if not values.size:
        return None
    if target.value is None:
        return int(np.argmax(target.sign * values))
    wanted = np.log10(target.value) if target.scale is Scale.LOG10 else target.value
    return int(np.argmin(np.abs(values - wanted)))


def mark(axes: Axes, marks: Marks, *, measured: bool = True, size: float = SMALL) -> None:
    """Draw the marks. Suggestions carry their numbers; where they crowd, the first lies on top.

    Args:
        axes: Where.
        marks: Their places.
        measured: Whether plain measured samples are marked; the best one always is.
        size: Area of a suggestion's mark.
    """
    looks = [
        (marks.elsewhere, ELSEWHERE, _("measured at other settings"), 3.5),
        (marks.measured if measured else _nowhere(), MEASURED, _("measured"), 4.0),
        (marks.below, BELOW, _("below a limit"), 4.1),
        (marks.above, ABOVE, _("above a limit"), 4.1),
        (marks.failed, FAILED, _("failed"), 4.2),
    ]
    for places, look, label, height in looks:
        if len(places):
            x, y = places.T
            axes.scatter(x, y, **look, label=label, zorder=height, clip_on=False)
    if marks.best is not None:
        x, y = marks.measured[marks.best]
        axes.scatter(x, y, **BEST, label=_("best measured"), zorder=5, clip_on=False)
    last = len(marks.suggested)
    numbers = marks.numbers or tuple(str(i) for i in range(1, last + 1))
    for i in reversed(range(last)):
        suggested = _("suggested") if i == last - 1 else None
        (x, y), on_top = marks.suggested[i], 6 + (last - i) / last
        axes.scatter(x, y, **SUGGESTED, s=size, label=suggested, zorder=on_top, clip_on=False)
        small = size == SMALL or len(numbers[i]) > 2
        axes.annotate(
            numbers[i],
            (x, y),
            ha="center",
            va="center_baseline",
            fontsize="x-small" if small else "small",
            color=BLACK,
            zorder=on_top,
        )


ROOM = 0.96
"""Share of a figure's width that its legend may take: it shall not touch the edges."""


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
        if legend.get_window_extent().width <= ROOM * figure.bbox.width:
            break
        legend.remove()


def finish(
    figure: Figure, axes: Axes, title: str, grid: Literal["both", "x", "y"] = "both"
) -> None:
    """What a figure of one panel ends with: a faint grid, the legend, its title, and its fonts."""
    axes.grid(axis=grid, color=BLACK, alpha=0.08)
    axes.set_axisbelow(True)
    legend_below(figure, [axes])
    if title:
        axes.set_title(escaped(title), loc="left")
    keep_tick_fonts(figure)
