"""The profiler: each input through one point, all others as they are there, with its band.

As in the prediction profiler of JMP: a column for each input, a row for each target.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from tansaku.design import Floats
from tansaku.language import _
from tansaku.plots.fonts import keep_tick_fonts, style
from tansaku.plots.input_axis import set_axis
from tansaku.plots.labels import escaped, of_target
from tansaku.plots.marks import MEASURED, legend_below
from tansaku.plots.palette import BLACK, BLUE, VERMILLION
from tansaku.plots.picture import Picture
from tansaku.space import Categorical, Parameter, Scale, Target

_PANELS_IN_A_ROW = 5
_PANEL_SIZE = (2.5, 2.5)
_FRAME = (1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Trace:
    """One target along one input, on the target's scale.

    Attributes:
        settings: Of the input, shape (k,); of a choice its levels.
        mean: Predicted means, shape (k,).
        low: Lower ends of the 95 % intervals, shape (k,).
        high: Upper ends, shape (k,).
        measured: Samples that differ from the point in this input alone: setting and value,
            shape (n, 2).
    """

    settings: Floats
    mean: Floats
    low: Floats
    high: Floats
    measured: Floats


@dataclass(frozen=True, slots=True)
class TargetProfile:
    """One target along every input.

    Attributes:
        target: Which.
        traces: One for each input.
    """

    target: Target
    traces: tuple[Trace, ...]


def profile_figure(
    inputs: Sequence[Parameter],
    at: Floats,
    profiles: Sequence[TargetProfile],
    *,
    title: str = "",
) -> Picture:
    """The profiler.

    Args:
        inputs: In the order of the columns, d.
        at: The point, shape (d,); a choice is its level.
        profiles: One for each target.
        title: Over the figure.
    """
    columns = min(len(inputs), _PANELS_IN_A_ROW)
    blocks = -(-len(inputs) // columns)
    rows = blocks * len(profiles)
    size = (columns * _PANEL_SIZE[0] + _FRAME[0], rows * _PANEL_SIZE[1] + _FRAME[1])
    with style():
        figure = Picture(figsize=size, layout="constrained")
        every = figure.subplots(rows, columns, squeeze=False)
        for i, profile in enumerate(profiles):
            for j, (parameter, trace) in enumerate(zip(inputs, profile.traces, strict=True)):
                axes = every[j // columns * len(profiles) + i, j % columns]
                axes.sharey(every[i, 0]) if axes is not every[i, 0] else None
                _draw(axes, parameter, trace, float(at[j]))
                _limits_of(axes, profile.target)
                axes.tick_params(labelleft=j % columns == 0, labelbottom=i == len(profiles) - 1)
                set_axis(axes, parameter, label=i == len(profiles) - 1)
                if j % columns == 0:
                    axes.set_ylabel(of_target(profile.target))
                if i == 0:
                    axes.set_title(_setting(parameter, float(at[j])), color=VERMILLION)
        used = [axes for axes in every.ravel() if axes.has_data()]
        for axes in every.ravel():
            if not axes.has_data():
                axes.remove()
        legend_below(figure, used)
        if title:
            figure.suptitle(escaped(title))
        keep_tick_fonts(figure)
    return figure


def _setting(parameter: Parameter, value: float) -> str:
    if isinstance(parameter, Categorical):
        return escaped(parameter.values[int(value)])
    return f"{value:.4g}"


def _draw(axes: Axes, parameter: Parameter, trace: Trace, at: float) -> None:
    if isinstance(parameter, Categorical):
        axes.errorbar(
            trace.settings,
            trace.mean,
            yerr=[trace.mean - trace.low, trace.high - trace.mean],
            fmt="o",
            color=BLUE,
            capsize=4,
            label=_("predicted mean, 95 % interval"),
            zorder=3,
        )
        axes.set_xlim(-0.5, len(parameter.values) - 0.5)
    else:
        axes.fill_between(
            trace.settings, trace.low, trace.high, color=BLUE, alpha=0.18, linewidth=0,
            label=_("95 % interval"),
        )  # fmt: skip
        axes.plot(
            trace.settings, trace.mean, color=BLUE, linewidth=1.8, label=_("predicted mean"),
            zorder=3,
        )  # fmt: skip
        axes.set_xlim(trace.settings.min(), trace.settings.max())
    axes.axvline(at, color=VERMILLION, linestyle="--", linewidth=1.2, label=_("set to"), zorder=2)
    if len(trace.measured):
        x, y = trace.measured.T
        axes.scatter(
            x, y, **MEASURED, label=_("measured (the other inputs as set)"), zorder=4, clip_on=False
        )
    axes.grid(color=BLACK, alpha=0.08)
    axes.set_axisbelow(True)


def _limits_of(axes: Axes, target: Target) -> None:
    """Lines at the limits that the target has to keep."""
    ends = [end for end in (target.low, target.high) if end is not None]
    for end in ends:
        height = np.log10(end) if target.scale is Scale.LOG10 else end
        axes.axhline(height, color=BLACK, linestyle=":", linewidth=1.2, label=_("limit to keep"))
