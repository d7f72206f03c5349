"""Run effect: how much samples of one furnace run have in common beyond what their inputs explain.

By the model that learns from runs (``surrogates.run_blocks``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tansaku.bo.device import to_device, to_host
from tansaku.bo.surrogates.gp import Noise, standardise
from tansaku.bo.surrogates.hyperparameter_samples import (
    LARGEST,
    NOISE_SIGMA,
    SIGNAL_SHAPE,
    kernel_of,
    samples_for,
)
from tansaku.bo.surrogates.quadrature import Grid
from tansaku.bo.surrogates.run_blocks import enough_runs
from tansaku.design import Floats, Ints
from tansaku.strategy import ROBUST

DRAWS = 4000
"""Draws behind the intervals."""
LEVEL = (0.05, 0.5, 0.95)
"""Quantiles that are told: the median and the ends of a 90 % interval."""


@dataclass(frozen=True, slots=True)
class RunEffect:
    """Standard deviations between runs and within a run, on the model scale.

    Attributes:
        between: Of the effect of a run: (low, median, high) of a 90 % interval.
        within: Of one measurement among those of its run, the same.
        likely: Probability that runs have an effect.
        larger: Probability that the effect of a run is larger than the noise within it.
        runs: Runs with a label.
    """

    between: tuple[float, float, float]
    within: tuple[float, float, float]
    likely: float
    larger: float
    runs: int


def run_effect(X: Floats, y: Floats, runs: Ints, rng: np.random.Generator) -> RunEffect | None:
    """What runs do, from n measurements; ``None`` where that cannot be told: too few labelled runs
    (:func:`enough_runs`), or more than ``LARGEST`` measurements.

    Args:
        X: Encoded inputs, shape (n, d).
        y: Values on the model scale, shape (n,).
        runs: Run of each, shape (n,), 0, 1, ..; -1 for a run that is not known, which is taken for
            one of its own.
        rng: For the intervals.
    """
    if len(y) > LARGEST or not enough_runs(X, runs):
        return None
    counts, labels = to_device(np.ones((1, len(y)))), to_device(runs)[None]
    noise = Noise.of(counts, runs=labels)
    data = standardise(to_device(X)[None], to_device(y)[None], noise)
    samples = samples_for(X.shape[1])
    grid = Grid.of(data, kernel_of(ROBUST, samples), samples)
    log_weight, rate = (to_host(each[0, :, :-1]) for each in grid.closed())
    share = np.exp(log_weight - log_weight.max())
    share /= share.sum()
    chosen = rng.choice(share.size, size=DRAWS, p=share.ravel())
    which, sample = np.unravel_index(chosen, share.shape)
    signal = rate[which, sample] / rng.gamma(SIGNAL_SHAPE + 0.5 * (len(y) - 1), size=DRAWS)
    ratios = to_host(grid.ratios)
    step = NOISE_SIGMA / 2
    spread = np.exp(step * rng.uniform(-0.5, 0.5, DRAWS))  # between the points of the grid
    scale = float(data.scale[0])
    between = scale * np.sqrt(signal * ratios[which] * spread)
    within = scale * np.sqrt(signal * to_host(samples.noise)[sample])
    return RunEffect(
        _interval(between),
        _interval(within),
        likely=float(share[1:].sum()),
        larger=float((between > within).mean()),
        runs=len(np.unique(runs[runs >= 0])),
    )


def _interval(values: Floats) -> tuple[float, float, float]:
    low, middle, high = np.quantile(values, LEVEL)
    return float(low), float(middle), float(high)
