"""Pictures of results: parity, trade-offs, furnace runs."""

from __future__ import annotations

import numpy as np

from tansaku.campaign.pictures.drawn import Drawn, check_enough, numbers
from tansaku.campaign.pictures.scene import Scene
from tansaku.campaign.results.result_outliers import left_out_of
from tansaku.plots.parity_plot import Parity, parity_figure
from tansaku.space.predictions import INTERVAL_Z

FEWEST = 4
"""Results: of three left, a mean, a signal and a noise level cannot be told apart."""


def draw_parity(scene: Scene) -> Drawn:
    """Each result against what the others say of it."""
    target = scene.target
    check_enough("parity", len(scene.values), FEWEST, target.name)
    found = left_out_of(scene.spec, scene.state, target, scene.strategy, scene.seed)
    expected, half = target.sign * found.every.expected, INTERVAL_Z * found.every.sd
    outlier = np.isin(np.arange(len(scene.values)), found.index)
    shown = Parity(
        measured=scene.values,
        expected=expected,
        low=expected - half,
        high=expected + half,
        outlier=outlier,
        names=tuple(scene.called(candidate) for candidate in scene.history.candidates),
    )
    return Drawn(
        "parity",
        parity_figure(shown, target, title=scene.title()),
        {
            "target": target.name,
            "samples": list(shown.names),
            "measured": numbers(shown.measured),
            "expected": numbers(shown.expected),
            "low": numbers(shown.low),
            "high": numbers(shown.high),
            "outliers": [name for name, out in zip(shown.names, outlier, strict=True) if out],
            "inside": int(shown.inside.sum()),
        },
    )
