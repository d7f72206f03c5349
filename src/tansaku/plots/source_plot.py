"""Sources: the chance that older data help, and how alike both systems are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tansaku.language import _
from tansaku.plots.fonts import keep_tick_fonts, style
from tansaku.plots.labels import escaped
from tansaku.plots.palette import BLACK, BLUE, GREY, VERMILLION, WHITE
from tansaku.plots.picture import Picture

_WIDTH = 9.2
_ROW = 0.7
_FRAME = 1.5
_COLORS = {"helps": BLUE, "open": GREY, "hurts": VERMILLION}
_MARKS = {"helps": "o", "open": "D", "hurts": "X"}


@dataclass(frozen=True, slots=True)
class SourceBar:
    """One source, judged for one target.

    Attributes:
        name: As people call it.
        verdict: ``helps``, ``open`` or ``hurts``.
        chance: Probability that it helps.
        correlation: Between both systems: guess and ends of the 90 % interval.
    """

    name: str
    verdict: str
    chance: float
    correlation: tuple[float, float, float]


def sources_figure(sources: Sequence[SourceBar], *, title: str = "") -> Picture:
    """A row for each source: its chance, and its correlation with the interval."""
    rows = range(len(sources))
    words = {"helps": _("helps"), "open": _("no evidence yet"), "hurts": _("hurts")}
    with style():
        figure = Picture(figsize=(_WIDTH, _FRAME + _ROW * len(sources)), layout="constrained")
        left, right = figure.subplots(1, 2, sharey=True)
        for row, each in enumerate(sources):
            color = _COLORS[each.verdict]
            left.barh(row, 100 * each.chance, 0.5, color=color, zorder=2)
            inside = each.chance > 0.5
            left.annotate(
                words[each.verdict],
                (100 * each.chance, row),
                xytext=(-6 if inside else 6, 0),
                textcoords="offset points",
                ha="right" if inside else "left",
                va="center",
                color=WHITE if inside else BLACK,
            )
            value, low, high = each.correlation
            right.errorbar(
                value, row, xerr=[[value - low], [high - value]], fmt=_MARKS[each.verdict],
                color=color, capsize=4, markersize=7, zorder=3,
            )  # fmt: skip
        left.set_yticks(rows, [escaped(each.name) for each in sources])
        left.set_ylim(len(sources) - 0.5, -0.5)
        left.set_xlim(0, 100)
        left.set_xlabel(_("chance that it helps (%)"))
        right.set_xlim(-1.05, 1.05)
        right.axvline(0, color=BLACK, linewidth=0.8)
        right.set_xlabel(_("correlation with the campaign, 90 % interval"))
        for axes in (left, right):
            axes.grid(axis="x", color=BLACK, alpha=0.08)
            axes.set_axisbelow(True)
        if title:
            figure.suptitle(escaped(title))
        keep_tick_fonts(figure)
    return figure
