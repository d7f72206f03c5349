"""Furnace runs: what came out of each, and what is expected of the planned ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tansaku.design import Floats
from tansaku.language import _
from tansaku.plots.fonts import style
from tansaku.plots.labels import escaped, of_target
from tansaku.plots.marks import FAILED, MEASURED, finish
from tansaku.plots.palette import BLUE, PALE, VERMILLION, WHITE
from tansaku.plots.picture import Picture
from tansaku.space import Target

_HEIGHT = 4.9
_LEAST_WIDTH, _RUN_WIDTH, _MOST_WIDTH = 5.6, 0.75, 14.0
_SPREAD = 0.5
"""Share of a run's width over which its samples lie side by side."""
_LONG_NAME = 8


@dataclass(frozen=True, slots=True)
class RunColumn:
    """One run, values on the target's scale.

    Attributes:
        name: As the lab or the plan calls it.
        settings: What its samples share, in words; empty where nothing is known of it.
        values: What came out, shape (n,).
        failed: How many samples failed.
        expected: What is expected of planned samples, shape (p,).
        low: Lower ends of the 95 % intervals of these, shape (p,).
        high: Upper ends, shape (p,).
    """

    name: str
    settings: str
    values: Floats
    failed: int
    expected: Floats
    low: Floats
    high: Floats


def runs_figure(runs: Sequence[RunColumn], target: Target, *, title: str = "") -> Picture:
    """A column for each run, done ones first as they are given."""
    width = float(np.clip(1.6 + _RUN_WIDTH * len(runs), _LEAST_WIDTH, _MOST_WIDTH))
    every = np.concatenate([part for run in runs for part in (run.values, run.low, run.high)])
    with style():
        figure = Picture(figsize=(width, _HEIGHT), layout="constrained")
        axes = figure.add_subplot()
        low, high = float(every.min()), float(every.max())
        floor = low - 0.08 * ((high - low) or 1.0)
        for i, run in enumerate(runs):
            if i % 2:
                axes.axvspan(i - 0.5, i + 0.5, color=PALE, alpha=0.35, linewidth=0, zorder=0)
            n = len(run.values) + run.failed + len(run.expected)
            places = i + (np.arange(n) - (n - 1) / 2) * _SPREAD / max(n - 1, 1)
            done, failed, planned = np.split(
                places, [len(run.values), len(run.values) + run.failed]
            )
            if len(done):
                axes.scatter(done, run.values, **MEASURED, label=_("measured"), zorder=4)
            if len(done) > 1:
                axes.hlines(
                    run.values.mean(), i - 0.35, i + 0.35, color=VERMILLION, linewidth=2,
                    label=_("mean of the run"), zorder=3,
                )  # fmt: skip
            if len(failed):
                at = np.full(len(failed), floor)
                axes.scatter(failed, at, **FAILED, label=_("failed"), zorder=4)
            if len(planned):
                axes.errorbar(
                    planned, run.expected, yerr=[run.expected - run.low, run.high - run.expected],
                    fmt="o", markerfacecolor=WHITE, color=BLUE, capsize=2.5, elinewidth=1.1,
                    label=_("planned: expected, 95 % interval"), zorder=3.5,
                )  # fmt: skip
        names = ["\n".join(filter(None, (r.name, r.settings))) for r in runs]
        axes.set_xticks(range(len(runs)), [escaped(name) for name in names])
        longest = max(len(line) for name in names for line in name.split("\n"))
        if longest * len(runs) > _LONG_NAME * width:
            for label in axes.get_xticklabels():
                label.set(rotation=40, ha="right", rotation_mode="anchor")
        axes.set_xlim(-0.5, len(runs) - 0.5)
        axes.set_xlabel(_("furnace run"))
        axes.set_ylabel(of_target(target))
        finish(figure, axes, title, grid="y")
    return figure
