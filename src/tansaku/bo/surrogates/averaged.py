"""Averaged over hyperparameters: the default's way of fitting.

Fixed samples of the prior are weighed (:mod:`hyperparameter_samples`), in closed form, or by
quadrature where that asks for it. In a study the posterior over the pool comes with the fit
(:mod:`incremental_posterior`); both ways agree, which a test holds them to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from tansaku.bo.kernels import BatchedKernel
from tansaku.bo.surrogates.gp import Data, standardise
from tansaku.bo.surrogates.hyperparameter_samples import (
    HyperparameterSamples,
    kernel_of,
    log_weight_of_null,
    samples_for,
)
from tansaku.bo.surrogates.incremental_posterior import IncrementalPosterior
from tansaku.bo.surrogates.mixture import Mixture
from tansaku.bo.surrogates.observations import Observations
from tansaku.bo.surrogates.quadrature import Grid, by_quadrature
from tansaku.strategy import SurrogateSpec

ROW_NUMBERS = 2_000_000
"""Numbers that may be kept for each measurement (problems x samples x candidates), 16 MB; the
chunks of a study keep some 800,000."""


def fit_averaged(
    observed: Observations, spec: SurrogateSpec, _rngs: Sequence[np.random.Generator], start: Any
) -> Mixture:
    """Weigh the samples; ``spec.components`` processes are drawn for each problem.

    ``start`` is the incremental posterior of the same problems with the last measurements missing;
    it is used up. The best-explaining sample is reported as "after", the prior's middle as
    "before".
    """
    samples = samples_for(observed.X.shape[-1], observed.labels)
    kernel = kernel_of(spec, samples)
    data, noise = standardise(observed.X, observed.y, observed.noise), observed.noise
    stated = bool(noise.known.any()) or bool((noise.runs >= 0).any()) or observed.limits.number
    found = None if stated else _incremental(kernel, samples, data, observed, start)
    if found is None:
        return by_quadrature(
            Grid.of(data, kernel, samples, observed.labels),
            spec,
            limited=bool(observed.limits.number),
        )
    grid = Grid.of(data, kernel, samples)
    log_weights, signal = found.log_weights(samples, data.scale)
    null = log_weight_of_null(data.z)
    weights = torch.cat([log_weights, null.unsqueeze(-1)], -1)
    return replace(
        grid.mixture(weights[:, None, :, None], signal[:, None, :, None], spec),
        warm=found,
        posterior=lambda chosen: found.posterior_of(kernel, samples, signal, data, chosen),
    )


def _incremental(
    kernel: BatchedKernel,
    samples: HyperparameterSamples,
    data: Data,
    observed: Observations,
    start: Any,
) -> IncrementalPosterior | None:
    """The posterior over the whole pool, up to date; ``None`` for a single question, which would
    ask every sample about every candidate once, and for more than can be kept. What ``start`` knows
    is used up."""
    listed, y = observed.listed, observed.y
    if listed is None or len(y) == 1:
        return None
    if len(y) * len(samples.noise) * len(listed.pool) > ROW_NUMBERS:
        return None
    if isinstance(start, IncrementalPosterior):
        found = start
    else:
        found = IncrementalPosterior.nothing(listed.pool, kernel, samples, y)
    for i in range(found.positions.shape[1], y.shape[1]):
        position, count = listed.positions[:, i], data.noise.counts[:, i]
        found = found.add(kernel, samples, position, y[:, i], count)
    return found
