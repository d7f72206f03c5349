"""The Arrhenius plot: log10 of the conductivity against 1000/T, with lines and their intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize

from tansaku.design import Floats
from tansaku.language import _
from tansaku.plots.fonts import keep_tick_fonts, style
from tansaku.plots.labels import escaped, of_target
from tansaku.plots.palette import BLACK, DASHES, GREY, LINES, PALE, VALUES
from tansaku.plots.picture import Picture
from tansaku.space import Scale, Target

MOST_NAMED = 14
"""Conditions with a colour, a mark and a name each; of more the lines are coloured by energy."""

_SIZE = (7.2, 5.0)
_NAME_HEIGHT = 0.24
"""Inches that each row of names below the axes adds to the figure's height."""

_LONG_NAME = 24
_LONGEST_NAME = 60
"""Characters of a name: two columns of names, or one, are as wide as the figure then."""

_FEWEST_PLACES = 3
_MOST_PLACES = 6
"""Decimals of an energy in eV: two digits of its standard deviation, within these limits."""

_MARKS = ("o", "s", "^", "D", "v", "P", "X")
_ZERO_CELSIUS = 273.15
_CELSIUS_STEPS = (1, 2, 5, 10, 20, 25, 50, 100, 200)
_CELSIUS_ROOM = 0.09
"""Share of the axis that a tick label of the upper axis needs."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One sample or setting: its points, and its line where there is one.

    Attributes:
        name: As people call it.
        temperatures: In K, shape (n,).
        log10: log10(sigma / S cm-1) of the points, shape (n,).
        line_temperatures: In K, shape (k,); empty without a line.
        line: log10(sigma / S cm-1) on it, shape (k,).
        low: Lower end of its interval, shape (k,); None where there is none.
        high: Upper end.
        energy: Activation energy in eV; None without a line.
        energy_sd: Its standard deviation; None where there is none.
    """

    name: str
    temperatures: Floats
    log10: Floats
    line_temperatures: Floats
    line: Floats
    low: Floats | None = None
    high: Floats | None = None
    energy: float | None = None
    energy_sd: float | None = None


CONDUCTIVITY = Target(name="σ", unit="S cm-1", scale=Scale.LOG10)


def arrhenius_figure(
    conditions: Sequence[Condition], *, title: str = "", target: Target = CONDUCTIVITY
) -> Picture:
    """Points, lines and intervals over 1000 K/T, with degrees Celsius on the upper axis.

    Args:
        conditions: In the order of the names; more than :data:`MOST_NAMED` have no names.
        title: Over the figure.
        target: What the vertical axis is, on a log10 scale.
    """
    named = len(conditions) <= MOST_NAMED
    columns = 1 if any(len(each.name) > _LONG_NAME for each in conditions) else 2
    rows = -(-len(conditions) // columns) if named else 0
    with style():
        width, height = _SIZE
        figure = Picture(figsize=(width, height + _NAME_HEIGHT * rows), layout="constrained")
        axes = figure.add_subplot()
        axes.set_xlabel(_("1000 K / T"))
        axes.set_ylabel(of_target(target))
        axes.grid(color=BLACK, alpha=0.08)
        axes.set_axisbelow(True)
        if named:
            for i, each in enumerate(conditions):
                _draw_named(axes, each, i)
        else:
            _draw_many(axes, conditions)
        _celsius(axes, conditions)
        if named and conditions:
            figure.legend(loc="outside lower center", ncols=columns, framealpha=1, edgecolor=PALE)
        if title:
            axes.set_title(escaped(title), loc="left")
        keep_tick_fonts(figure)
    return figure


def _draw_named(axes: Axes, condition: Condition, i: int) -> None:
    color = LINES[i % len(LINES)]
    filled = i < len(LINES)  # the second round of colours has open marks
    axes.plot(
        1000 / condition.temperatures,
        condition.log10,
        linestyle="none",
        marker=_MARKS[i % len(_MARKS)],
        markersize=5.5,
        color=color,
        markerfacecolor=color if filled else "none",
        label=_named(condition),
        zorder=4,
    )
    if not condition.line.size:
        return
    x = 1000 / condition.line_temperatures
    axes.plot(
        x, condition.line, color=color, linestyle=DASHES[i % len(DASHES)], linewidth=1.5, zorder=3
    )
    if condition.low is not None and condition.high is not None:
        axes.fill_between(
            x, condition.low, condition.high, color=color, alpha=0.16, linewidth=0, zorder=1
        )


def _draw_many(axes: Axes, conditions: Sequence[Condition]) -> None:
    """Lines coloured by their energies, between the 5th and the 95th percentile of them."""
    energies = np.array([each.energy for each in conditions if each.energy is not None])
    low, high = np.percentile(energies, [5, 95]) if energies.size else (0.0, 1.0)
    scale, shades = Normalize(low, high), colormaps[VALUES]
    for each in conditions:
        color = GREY if each.energy is None else shades(scale(each.energy))
        axes.plot(
            1000 / each.temperatures,
            each.log10,
            linestyle="none",
            marker=".",
            markersize=4,
            color=color,
            zorder=3,
        )
        if each.line.size:
            axes.plot(
                1000 / each.line_temperatures, each.line, color=color, linewidth=0.8, zorder=2
            )
    if energies.size:
        axes.figure.colorbar(
            ScalarMappable(scale, shades),
            ax=axes,
            label=_("activation energy / eV"),
            extend="both",
            pad=0.02,
        )


def _named(condition: Condition) -> str:
    cut = len(condition.name) > _LONGEST_NAME
    name = escaped(condition.name[: _LONGEST_NAME - 1] + "…" if cut else condition.name)
    if condition.energy is None:
        return name
    if condition.energy_sd is None:
        return _("{name}: {energy:.3f} eV").format(name=name, energy=condition.energy)
    places = _FEWEST_PLACES
    if condition.energy_sd > 0:
        own = 1 - math.floor(math.log10(condition.energy_sd))
        places = min(max(own, _FEWEST_PLACES), _MOST_PLACES)
    return _("{name}: {energy} ± {sd} eV").format(
        name=name,
        energy=f"{condition.energy:.{places}f}",
        sd=f"{condition.energy_sd:.{places}f}",
    )


def _celsius(axes: Axes, conditions: Sequence[Condition]) -> None:
    """The upper axis: round temperatures in degrees Celsius, as many as there is room for."""
    every = [t for c in conditions for t in (c.temperatures, c.line_temperatures) if t.size]
    if not every:
        return
    left, right = axes.get_xlim()
    axes.set_xlim(left, right)  # ticks beyond the points would widen it
    cold, hot = (1000 / right - _ZERO_CELSIUS, 1000 / left - _ZERO_CELSIUS)
    for step in _CELSIUS_STEPS:
        ticks = np.arange(np.ceil(cold / step), np.floor(hot / step) + 1) * step
        places = np.sort(1000 / (ticks + _ZERO_CELSIUS))
        if (np.diff(places) >= _CELSIUS_ROOM * (right - left)).all():
            break
    upper = axes.secondary_xaxis("top")
    upper.set_xticks(1000 / (ticks + _ZERO_CELSIUS), [f"{t:.0f}" for t in ticks])
    upper.set_xlabel(_("temperature / °C"))
    # Made by its own hands: keep_tick_fonts sees the axes of the figure only.
    for label in upper.get_xticklabels():
        label.set_fontsize(axes.xaxis.get_ticklabels()[0].get_fontsize())
