"""Run effect: how much samples of one furnace run have in common beyond what their inputs explain.

To the model of the bank (``surrogates.bank``) a covariance term is added that is constant within a
run: value = surface(inputs) + effect of its run + noise, the effect of each run drawn from one
normal law (a random effect; Rasmussen and Williams 2006, section 2.7, and Robinson, Stat. Sci. 6
(1991) 15). Mean and signal variance are integrated out as there, and the variance of the effect is
averaged over a grid, by evidence. No candidate has to be repeated: that the surface is smooth tells
a run's effect from that of its inputs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.device import to_device, to_host
from tansaku.bo.factorise import factorise
from tansaku.bo.kernels import squared_distance
from tansaku.bo.surrogates.bank import (
    LARGEST,
    NOISE_MU,
    NOISE_SIGMA,
    SIGNAL_RATE,
    SIGNAL_SHAPE,
    kernel_of,
    settings_for,
)
from tansaku.bo.surrogates.gp import standardise
from tansaku.design import Floats, Ints
from tansaku.strategy import ROBUST

RATIOS = 13
"""Ratios of the effect's variance to the signal's: a factor of e each, over +-3 sd of their law. It
is that of the noise: what a run does is as little known beforehand as what a measurement does."""
NONE = 0.3
"""Probability, before any data, that runs have no effect at all. Small enough that five runs can
speak against it, large enough that none is invented."""
RUNS_LEFT = 4
"""Labelled runs that have to be left over beside what their firings may explain: with fewer groups
there is not enough to tell a variance between them (Gelman, Hill, Data Analysis Using Regression
and Multilevel Models, 2007, section 12.9)."""
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


def enough_runs(X: Floats, runs: Ints) -> bool:
    """Whether the scatter of runs can be told from what they share.

    A run with a firing of its own differs from the others by that firing, too. So the labelled runs
    have to outnumber by ``RUNS_LEFT`` their different firings or, where that is less, the
    coefficients of a surface of second order in what they share; and one has two samples. (With 6
    runs at 6 firings in two shared inputs and no effect, effects of half the firing's range were
    told; with 10 none: docs/furnace-runs.md.)

    Args:
        X: Inputs, shape (n, d).
        runs: Run of each, shape (n,); -1 where it is not known.

    Example:
        >>> runs = np.repeat(np.arange(6), 2)
        >>> x, T = np.tile([0.0, 1.0], 6), np.linspace(0, 1, 6)[runs]
        >>> enough_runs(np.stack([x, T], 1), runs), enough_runs(x[:, None], runs)
        (False, True)
    """
    labels, first, place, sizes = np.unique(
        runs[runs >= 0], return_index=True, return_inverse=True, return_counts=True
    )
    if not len(labels) or sizes.max() < 2:
        return False
    inside = X[runs >= 0]
    shared = inside[first]
    same = np.abs(inside - shared[place]).max(axis=0) < SAME
    firings = np.unique(np.round(shared[:, same] / SAME), axis=0) if same.any() else shared[:1]
    p = int(np.linalg.matrix_rank(shared[:, same] - shared[:, same].mean(axis=0))) if len(X) else 0
    return len(labels) - min(len(firings), (p + 1) * (p + 2) // 2) >= RUNS_LEFT


SAME = 1e-9
"""Inputs, in units of their range, that differ by less are equal: rounding."""


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
    own = np.where(runs >= 0, runs, runs.max() + 1 + np.arange(len(runs)))
    same = to_device((own[:, None] == own[None]).astype(np.float64))
    data = standardise(to_device(X)[None], to_device(y)[None], to_device(np.ones((1, len(y)))))
    settings = settings_for(X.shape[1])
    squares = squared_distance(data.X, data.X, settings.length_scales)
    correlation = kernel_of(ROBUST, settings).value(squares)
    noise = torch.diag_embed(settings.noise.unsqueeze(-1).expand(-1, len(y)))
    ratios, prior = ratios_and_prior()
    weights, rates = [], []
    shape = SIGNAL_SHAPE + 0.5 * (len(y) - 1)
    for ratio in ratios.tolist():
        log_evidence, rate = evidence(correlation + noise + ratio * same, data.z[0])
        weights.append(to_host(log_evidence + settings.log_prior))
        rates.append(to_host(rate))
    log_weights = np.stack(weights) + np.log(prior)[:, None]
    share = np.exp(log_weights - log_weights.max())
    share /= share.sum()
    chosen = rng.choice(share.size, size=DRAWS, p=share.ravel())
    which, setting = np.unravel_index(chosen, share.shape)
    signal = np.stack(rates)[which, setting] / rng.gamma(shape, size=DRAWS)
    step = NOISE_SIGMA / 2
    spread = np.exp(step * rng.uniform(-0.5, 0.5, DRAWS))  # between the points of the grid
    scale = float(data.scale[0])
    between = scale * np.sqrt(signal * ratios[which] * spread)
    within = scale * np.sqrt(signal * to_host(settings.noise)[setting])
    return RunEffect(
        _interval(between),
        _interval(within),
        likely=float(share[1:].sum()),
        larger=float((between > within).mean()),
        runs=len(np.unique(runs[runs >= 0])),
    )


def evidence(
    K: Float[Tensor, "h n n"], z: Float[Tensor, " n"]
) -> tuple[Float[Tensor, " h"], Float[Tensor, " h"]]:
    """(ln evidence up to constants of n, rate of the signal variance's inverse-gamma law) of values
    with covariance signal x K about one unknown mean; both are integrated out."""
    L = factorise(K).L
    both = torch.stack([torch.ones_like(z), z], -1).expand(len(K), -1, -1)
    ones, values = torch.linalg.solve_triangular(L, both, upper=False).unbind(-1)
    precision = ones.square().sum(-1)
    residual = values.square().sum(-1) - (ones * values).sum(-1).square() / precision
    rate = SIGNAL_RATE + 0.5 * residual.clamp_min(0)
    half_log_det = L.diagonal(dim1=-2, dim2=-1).log().sum(-1)
    shape = SIGNAL_SHAPE + 0.5 * (z.shape[-1] - 1)
    return -half_log_det - 0.5 * precision.log() - shape * rate.log(), rate


def ratios_and_prior() -> tuple[Floats, Floats]:
    """(variance of the effect over that of the signal, probability beforehand); the first is 0."""
    at = np.linspace(-3, 3, RATIOS)
    density = np.exp(-0.5 * at**2)
    prior = np.concatenate([[NONE], (1 - NONE) * density / density.sum()])
    return np.concatenate([[0.0], np.exp(NOISE_MU + NOISE_SIGMA * at)]), prior


def _interval(values: Floats) -> tuple[float, float, float]:
    low, middle, high = np.quantile(values, LEVEL)
    return float(low), float(middle), float(high)
