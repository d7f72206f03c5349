"""Old data at the target's service: by weight of evidence, and not at all where it misleads.

Beside the bank of the target alone stand the ways in which a source may speak of the target: as the
target's own (:mod:`pooled`), as a correlated function (:mod:`coregion`), as a prior mean
(:mod:`prior_mean`). Each way is a family of settings with a closed-form evidence; together they say
how much the source helps. Nothing is fitted: from a few target points a fitted correlation is
little more than a guess. Of several sources each is held against the target by itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.device import to_device
from tansaku.bo.surrogates import bank
from tansaku.bo.surrogates.averaged import fit_bank
from tansaku.bo.surrogates.correlations import CORRELATIONS
from tansaku.bo.surrogates.ensemble import rank_weighted
from tansaku.bo.surrogates.fitting import Fitted, Knowledge, Listed
from tansaku.bo.surrogates.model_average import ModelAverage, TransferContext, Warm
from tansaku.bo.surrogates.transfer_model import log_level
from tansaku.design import SourceData
from tansaku.strategy import SurrogateSpec

SHARES: Mapping[str, Mapping[str, float]] = {
    "weighed": {"alone": 0.3, "pooled": 0.2, "correlated": 0.3, "prior_mean": 0.2},
    "trusted": {"correlated": 1.0},
    "prior_mean": {"prior_mean": 1.0},
}
"""Prior probability of each way, by what the strategy does with sources. ``weighed``: somebody
chose to attach the source, so that it is likelier to help than not."""
FINE = tuple(i / 20 for i in range(-20, 21))
"""Correlations on which those with several sources are told, to the nearest 0.05."""
TINY = 1e-12
"""Sum of squared correlations below which no source has any part."""
COMPONENTS = 8
"""Settings averaged over at a time where sources speak: each hears all source points, so half as
many as without. Better than four on the open pairs of bench/transfer; more were not tried."""


def fit_transfer(
    X: Float[Tensor, "b n d"],
    y: Float[Tensor, "b n"],
    counts: Float[Tensor, "b n"],
    spec: SurrogateSpec,
    rngs: Sequence[np.random.Generator],
    *,
    warm: Any = None,
    listed: Listed | None = None,
    sources: Sequence[SourceData],
) -> Fitted:
    """Weigh the target's own bank and every source, and draw settings by their weight.

    Above ``bank.LARGEST`` measurements of the target the sources play no part: they would cost
    most where they tell least.
    """
    b, n, _d = X.shape
    if n > bank.LARGEST:
        known = None if isinstance(warm, Warm) else warm
        return fit_bank(X, y, counts, spec, rngs, warm=known, listed=listed)
    context = TransferContext.of(X, y, counts, spec, sources, warm=warm, listed=listed)
    if spec.sources == "ranked":
        model_average = rank_weighted(context, rngs)
    else:
        model_average = ModelAverage.weigh(context, spec, SHARES[spec.sources])
    weights = torch.softmax(model_average.log_weights, -1)
    chosen = bank.systematic(weights, COMPONENTS, rngs).reshape(-1)
    problem = torch.arange(b, device=X.device).repeat_interleave(COMPONENTS)
    draws = to_device(np.stack([rng.random(COMPONENTS) for rng in rngs])).reshape(-1)
    best = weights[:1].argmax(-1)
    first = torch.zeros_like(best)
    return Fitted(
        gp=model_average.condition(problem, chosen, draws),
        before=model_average.condition(first, torch.full_like(best, bank.SHARED_SETTINGS // 2)),
        best=model_average.condition(first, best),
        fit="bank",
        components=COMPONENTS,
        effective=float(1 / weights[0].square().sum()),
        warm=context.warm,
        scatter=_scatter(model_average, 0.0 if spec.sources == "ranked" else spec.scatter),
        knowledge=knowledge_of(model_average),
    )


def _scatter(model_average: ModelAverage, prior: float) -> Float[Tensor, " b"]:
    """Posterior probability that the inputs tell nothing, the sources notwithstanding. A ranking
    has no evidence to be held against it: 0 there."""
    z = model_average.context.transfer_data.data.z
    n = z.shape[-1]
    if prior == 0 or n == 0:
        return z.new_zeros(len(z))
    shape, rate = bank.SIGNAL_SHAPE, bank.SIGNAL_RATE
    constant = shape * math.log(rate) - math.lgamma(shape) + math.lgamma(shape + 0.5 * (n - 1))
    odds = math.log(prior / (1 - prior)) + bank.log_weight_of_scatter(z) + constant + log_level()
    return torch.sigmoid(odds - torch.logsumexp(model_average.log_weights, -1))


def knowledge_of(model_average: ModelAverage) -> Knowledge:
    """How much each source helps, and its task correlation on the grid that was weighed. Sources
    that speak together share a setting's weight by the squares of their correlations."""
    weights = torch.softmax(model_average.log_weights, -1)
    several = any(
        len(transfer_model.sources) > 1 for transfer_model in model_average.transfer_models
    )
    grid = weights.new_tensor(FINE if several else (*CORRELATIONS, 1.0))
    told = weights.new_zeros(len(weights), len(model_average.context.warm.sources), len(grid))
    for transfer_model, part in zip(
        model_average.transfer_models, model_average.split(weights), strict=True
    ):
        rho = transfer_model.correlation
        squares = rho.square()
        shares = squares / squares.sum(-1, keepdim=True).clamp_min(TINY)
        for k, source in enumerate(transfer_model.sources):
            nearest = (rho[..., k].unsqueeze(-1) - grid).abs().argmin(-1)
            told[:, source].scatter_add_(-1, nearest, part * shares[..., k])
    return Knowledge(told.sum(-1), grid, told)
