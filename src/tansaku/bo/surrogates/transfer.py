"""Old data at the target's service: by weight of evidence, and not at all where it misleads.

Beside the target alone stand the ways in which a source may speak of the target: as the
target's own (:mod:`pooled`), and as a correlated function (:mod:`coregion`). Each way is a family
of samples with a closed-form evidence; together they say how much the source helps. Nothing is
fitted: from a few target points a fitted correlation is little more than a guess. Of several
sources each is held against the target by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.surrogates import hyperparameter_samples as hs
from tansaku.bo.surrogates.correlations import CORRELATIONS
from tansaku.bo.surrogates.ensemble import rank_weighted
from tansaku.bo.surrogates.gp import GP
from tansaku.bo.surrogates.mixture import Knowledge, Mixture
from tansaku.bo.surrogates.model_average import ModelAverage, TransferContext
from tansaku.bo.surrogates.observations import Observations
from tansaku.design import SourceData
from tansaku.strategy import SurrogateSpec

SHARES: Mapping[str, Mapping[str, float]] = {
    "weighed": {"alone": 0.3, "pooled": 0.25, "correlated": 0.45},
    "trusted": {"correlated": 1.0},
}
"""Prior probability of each way, by what the strategy does with sources. ``weighed``: somebody
chose to attach the source, so that it is likelier to help than not."""
FINE = tuple(i / 20 for i in range(-20, 21))
"""Correlations on which those with several sources are told, to the nearest 0.05."""
TINY = 1e-12
"""Sum of squared correlations below which no source has any part."""
COMPONENTS = 8
"""Samples averaged over at a time where sources speak: each hears all source points, so half as
many as without. Better than four on the open pairs of bench/transfer; more were not tried."""


def fit_transfer(
    observed: Observations,
    spec: SurrogateSpec,
    rngs: Sequence[np.random.Generator],
    sources: Sequence[SourceData],
    start: Any,
) -> Mixture:
    """Weigh the target's own samples and every source's."""
    context = TransferContext.of(observed, spec, sources, start)
    if spec.sources == "ranked":
        average = rank_weighted(context, rngs)
    else:
        average = ModelAverage.weigh(context, spec, SHARES[spec.sources])

    def before() -> GP:
        first = torch.zeros(1, dtype=torch.int64, device=observed.y.device)
        return average.condition(first, first + hs.SHARED_SAMPLES // 2)

    def extras(weights: Float[Tensor, "b S"]) -> dict[str, Any]:
        return {
            "knowledge": knowledge_of(replace(average, log_weights=weights.log())),
            "run_effect": context.run_effect,
        }

    return Mixture(
        log_weights=average.log_weights,
        null=context.null.log_weight,
        doubt=0.0 if spec.sources == "ranked" else spec.scatter,  # it has no evidence to hold
        condition=average.condition,
        before=before,
        fit="bank",
        components=COMPONENTS,
        warm=context.warm,
        extras=extras,
        chancy=True,
    )


def knowledge_of(model_average: ModelAverage) -> Knowledge:
    """How much each source helps, and its task correlation on the grid that was weighed. Sources
    that speak together share a sample's weight by the squares of their correlations."""
    weights = torch.softmax(model_average.log_weights, -1)
    several = any(
        len(transfer_model.sources) > 1 for transfer_model in model_average.transfer_models
    )
    grid = weights.new_tensor(FINE if several else (*CORRELATIONS, 1.0))
    shares_by_source = weights.new_zeros(
        len(weights), len(model_average.context.warm.sources), len(grid)
    )
    for transfer_model, part in zip(
        model_average.transfer_models, model_average.split(weights), strict=True
    ):
        rho = transfer_model.correlation
        squares = rho.square()
        shares = squares / squares.sum(-1, keepdim=True).clamp_min(TINY)
        for k, source in enumerate(transfer_model.sources):
            nearest = (rho[..., k].unsqueeze(-1) - grid).abs().argmin(-1)
            shares_by_source[:, source].scatter_add_(-1, nearest, part * shares[..., k])
    return Knowledge(shares_by_source.sum(-1), grid, shares_by_source)
