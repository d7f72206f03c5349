"""How models predict each value of the target from the others: leave-one-out log scores."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from tansaku.bo.device import to_device, to_host
from tansaku.bo.source_relevance.assessment import Scores
from tansaku.bo.surrogates import bank
from tansaku.bo.surrogates.ensemble import rank_weighted
from tansaku.bo.surrogates.model_average import ModelAverage, TransferContext
from tansaku.bo.surrogates.transfer import SHARES
from tansaku.bo.surrogates.transfer_model import mixture_leave_one_out
from tansaku.design import Floats, Problems, SourceData
from tansaku.strategy import Strategy, SurrogateSpec

MOST_SCORED = 60
"""Measured values that are left out in turn, evenly drawn where there are more: the cost grows with
their number times the cube of the number measured."""
DRAWN = 16
"""Settings on each side of a probe's question, drawn by their weight."""


def spec_for(strategy: Strategy) -> SurrogateSpec:
    """What is fitted to appraise."""
    if strategy.surrogate is None:
        return SurrogateSpec(kernel="matern52+rbf", sources="weighed")
    return strategy.surrogate.model_copy(update={"fit": "bank", "criterion": "evidence"})


def model_average_of(problems: Problems, spec: SurrogateSpec, source: SourceData) -> ModelAverage:
    """One search (b = 1) against one source, weighed as by default."""
    return ModelAverage.weigh(context_of(problems, spec, (source,)), spec, SHARES["weighed"])


def context_of(
    problems: Problems, spec: SurrogateSpec, sources: tuple[SourceData, ...]
) -> TransferContext:
    """One search (b = 1) against these sources."""
    X, y, counts = map(to_device, (problems.X, problems.y, problems.counts))
    return TransferContext.of(X, y, counts, spec, sources)


def left_out(model_average: ModelAverage, *, told: bool) -> Floats:
    """ln density of each value from the others under the voices of the source, or under the target
    alone, no value apart, model scale, shape (n,)."""
    mine = [
        k
        for k, transfer_model in enumerate(model_average.transfer_models)
        if bool(transfer_model.sources) is told
    ]
    parts = model_average.split(model_average.plain)
    each = torch.cat([model_average.transfer_models[k].leave_one_out() for k in mine], 1)
    found = mixture_leave_one_out(torch.cat([parts[k] for k in mine], -1), each)
    return to_host(found[0]) - math.log(model_average.context.warm.unit.scale)


def log_bayes(model_average: ModelAverage) -> float:
    """ln Bayes factor of "the source helps", in any of the ways that are weighed, against the
    target alone; of one source."""
    parts = list(
        zip(
            model_average.transfer_models,
            model_average.split(model_average.log_weights),
            strict=True,
        )
    )
    told, own = (
        torch.logsumexp(torch.cat([part for v, part in parts if bool(v.sources) is each], -1), -1)
        for each in (True, False)
    )
    alone = SHARES["weighed"]["alone"]
    return float(told[0] - own[0]) - math.log((1 - alone) / alone)


def scores_of(problems: Problems, spec: SurrogateSpec, source: SourceData, alone: float) -> Scores:
    """Of one source by itself."""
    context = context_of(problems, spec, (source,))
    transfer = ModelAverage.weigh(context, spec, SHARES["trusted"])
    return Scores(
        alone=alone,
        mixed=float(_mixed(problems, spec, source, context).mean()),
        transfer=float(left_out(transfer, told=True).mean()),
        ensemble=float(_ensemble(problems, spec, source).mean()),
    )


def _mixed(
    problems: Problems, spec: SurrogateSpec, source: SourceData, context: TransferContext
) -> Floats:
    """ln density of each target value from the others and the source's, in one table, shape (n,).

    The values are weighed on the target's and the source's common scale.
    """
    both = (
        np.concatenate([getattr(source, part), getattr(problems, part)[0]])[None]
        for part in ("X", "y", "counts")
    )
    X, y, counts = map(to_device, both)
    pooled = TransferContext.of(X, y, counts, spec, (source,)).own
    found = mixture_leave_one_out(pooled.log_weight, pooled.leave_one_out())
    return to_host(found[0, -problems.measured :]) - math.log(context.warm.unit.scale)


def _ensemble(problems: Problems, spec: SurrogateSpec, source: SourceData) -> Floats:
    """ln density of each value from the others under the rank-weighted ensemble, fitted anew
    without each, shape (n,) or :data:`MOST_SCORED`."""
    n = problems.measured
    out = np.unique(np.linspace(0, n - 1, min(n, MOST_SCORED)).round().astype(int))
    kept = np.array([np.delete(np.arange(n), i) for i in out])
    X, y, counts = (to_device(v[0][kept]) for v in (problems.X, problems.y, problems.counts))
    context = TransferContext.of(X, y, counts, spec, (source,))
    rngs = [np.random.default_rng([0, int(i)]) for i in out]
    model_average = rank_weighted(context, rngs)
    weights = torch.softmax(model_average.log_weights, -1)
    chosen = bank.systematic(weights, DRAWN, rngs).reshape(-1)
    gp = model_average.condition(_each(len(out), DRAWN, X.device), chosen)
    points = to_device(problems.X[0][out]).repeat_interleave(DRAWN, 0).unsqueeze(1)
    mean, variance = (v.view(len(out), DRAWN) for v in gp.predict(points))
    noise = (
        gp.hyperparameters.signal
        * context.transfer_data.settings.noise[chosen % len(context.transfer_data.settings.noise)]
    )
    noise = (noise * gp.data.scale.square()).view(len(out), DRAWN)
    value = to_device(problems.y[0][out]).unsqueeze(-1)
    log_p = torch.distributions.Normal(mean, (variance + noise).clamp_min(1e-24).sqrt())
    return to_host(torch.logsumexp(log_p.log_prob(value), -1) - math.log(DRAWN))


def _each(problems: int, times: int, device: torch.device) -> Tensor:
    """0, 0, .., 1, 1, .."""
    return torch.arange(problems, device=device).repeat_interleave(times)
