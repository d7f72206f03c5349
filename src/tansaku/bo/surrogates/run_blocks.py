"""Run blocks: values of one furnace run share an error, a random effect of their run.

Value = surface + effect of its run + noise, the effect of each run drawn from one normal law
(Rasmussen and Williams 2006, section 2.7; Robinson, Stat. Sci. 6 (1991) 15): a covariance that is
the same within a run. Its variance over the signal's is averaged over a grid, by evidence. No
candidate has to be repeated: that the surface is smooth tells a run's effect from that of its
inputs.
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.device import to_device, to_host
from tansaku.bo.surrogates.gp import Data
from tansaku.bo.surrogates.hyperparameter_samples import NOISE_MU, NOISE_SIGMA
from tansaku.design import Floats, Ints

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
SAME = 1e-9
"""Inputs, in units of their range, that differ by less are equal: rounding."""


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


def ratios_and_prior() -> tuple[Floats, Floats]:
    """(variance of the effect over that of the signal, probability beforehand); the first is 0."""
    at = np.linspace(-3, 3, RATIOS)
    density = np.exp(-0.5 * at**2)
    prior = np.concatenate([[NONE], (1 - NONE) * density / density.sum()])
    return np.concatenate([[0.0], np.exp(NOISE_MU + NOISE_SIGMA * at)]), prior


def ratios_for(data: Data, labels: int) -> tuple[Float[Tensor, " R"], Float[Tensor, "b R"]]:
    """(ratios that are weighed, ln of their probability beforehand in each problem): 0 alone where
    the runs are too few; the last ``labels`` columns are no inputs."""
    none = data.z.new_zeros(1), data.z.new_zeros(len(data.z), 1)
    if not bool((data.noise.runs >= 0).any()):
        return none
    X, runs = to_host(data.X), to_host(data.noise.runs)
    enough = [enough_runs(x[:, : x.shape[1] - labels], r) for x, r in zip(X, runs, strict=True)]
    if not any(enough):
        return none
    ratios, prior = ratios_and_prior()
    log_prior = to_device(np.log(prior)).repeat(len(enough), 1)
    unheeded = torch.full_like(log_prior, -torch.inf)
    unheeded[:, 0] = 0.0
    heeded = to_device(np.array(enough)).unsqueeze(-1)
    return to_device(ratios), torch.where(heeded, log_prior, unheeded)
