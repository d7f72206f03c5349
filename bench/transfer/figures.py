"""Figures like the lecture's: runs that have the best, and steps until 95 % of them have it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from bench.pictures import written
from bench.transfer.pairs import Pair
from bench.transfer.report import Results
from bench.transfer.score import HEADLINE_STEPS, steps_to_best
from tansaku.plots.steps import Hits, counts_figure, steps_figure

DRAWN = {
    "log10-aligned": "LYCZP > LCZSP, log10, aligned",
    "linear-union": "LYCZP > LCZSP, linear, union",
}
PUBLISHED = {"alone": 15.0, "mixed": 15.0, "transfer": 7.5}
"""Steps to 95 %: Fukuda et al., RSC Adv. 2022, doi:10.1039/d2ra04539g, and the lecture."""


def draw(pairs: Sequence[Pair], found: Results, folder: Path) -> None:
    """Write the figures of the lecture's pair, in English and Japanese."""
    for short, name in DRAWN.items():
        pair = next((p for p in pairs if p.name == name), None)
        if pair is None or name not in found:
            continue
        hits = [
            Hits(strategy, steps_to_best(pair, np.array(each["picks"])), PUBLISHED.get(strategy))
            for strategy, each in found[name].items()
        ]
        figures = {
            "counts": partial(
                counts_figure, hits, candidates=len(pair.y), samples=1 + HEADLINE_STEPS
            ),
            "steps": partial(steps_figure, hits),
        }
        for kind, figure in figures.items():
            written(figure, f"transfer-{kind}-{short}", folder)
