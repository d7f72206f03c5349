"""Importance: which share of what the function varies comes from each input, with intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tansaku.design import Floats
from tansaku.language import _
from tansaku.plots.fonts import style
from tansaku.plots.labels import escaped
from tansaku.plots.marks import finish
from tansaku.plots.palette import BLACK, BLUE, ORANGE
from tansaku.plots.picture import Picture

_WIDTH = 7.0
_ROW = 0.62
_FRAME = 1.7
_HEIGHT = 0.3


def importance_figure(
    names: Sequence[str], alone: Floats, in_all: Floats, *, title: str = ""
) -> Picture:
    """Two bars for each input, the most important on top, with 95 % intervals.

    Args:
        names: Of the inputs, d.
        alone: Sobol indices of first order in each function that was drawn, shape (draws, d).
        in_all: Total ones, likewise.
        title: Over the figure.
    """
    order = np.argsort(-np.median(in_all, 0), kind="stable")
    rows = np.arange(len(names))
    with style():
        figure = Picture(figsize=(_WIDTH, _FRAME + _ROW * len(names)), layout="constrained")
        axes = figure.add_subplot()
        for draws, shift, color, label in (
            (in_all, -_HEIGHT / 2, BLUE, _("with others (total)")),
            (alone, _HEIGHT / 2, ORANGE, _("alone (first order)")),
        ):
            low, middle, high = 100 * np.quantile(draws[:, order], [0.025, 0.5, 0.975], axis=0)
            axes.barh(
                rows + shift, middle, _HEIGHT, color=color, xerr=[middle - low, high - middle],
                ecolor=BLACK, capsize=3, error_kw={"elinewidth": 1.1}, label=label, zorder=2,
            )  # fmt: skip
        axes.set_yticks(rows, [escaped(names[i]) for i in order])
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set_xlim(0, 103)
        axes.set_xlabel(_("share of the variance of the function (%), 95 % interval"))
        finish(figure, axes, title, grid="x")
    return figure
