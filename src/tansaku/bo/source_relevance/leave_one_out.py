"""How models predict each value of the target from the others: leave-one-out log scores."""

from __future__ import annotations

import math

import torch

from tansaku.bo.device import to_host
from tansaku.bo.surrogates.model_average import ModelAverage, TransferContext
from tansaku.bo.surrogates.observations import Observations
from tansaku.bo.surrogates.transfer import SHARES
from tansaku.bo.surrogates.transfer_model import mixture_leave_one_out
from tansaku.design import Floats, Problems, SourceData
from tansaku.strategy import Strategy, SurrogateSpec

DRAWN = 16
"""Settings on each side of a probe's question, drawn by their weight."""


def spec_for(strategy: Strategy) -> SurrogateSpec:
    """What is fitted to appraise."""
    if strategy.surrogate is None:
        return SurrogateSpec(kernel="matern52+rbf", sources="weighed")
    return strategy.surrogate.model_copy(update={"fit": "bank"})


def model_average_of(problems: Problems, spec: SurrogateSpec, source: SourceData) -> ModelAverage:
    """One search (b = 1) against one source, weighed as by default."""
    return ModelAverage.weigh(context_of(problems, spec, (source,)), spec, SHARES["weighed"])


def context_of(
    problems: Problems, spec: SurrogateSpec, sources: tuple[SourceData, ...]
) -> TransferContext:
    """One search (b = 1) against these sources."""
    return TransferContext.of(Observations.of(problems), spec, sources)


def left_out(model_average: ModelAverage, *, with_sources: bool) -> Floats:
    """ln density of each value from the others under the models of the source, or under the target
    alone, no value apart, model scale, shape (n,)."""
    mine = [
        k
        for k, transfer_model in enumerate(model_average.transfer_models)
        if bool(transfer_model.sources) is with_sources
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
    with_sources, own = (
        torch.logsumexp(torch.cat([part for v, part in parts if bool(v.sources) is each], -1), -1)
        for each in (True, False)
    )
    alone = SHARES["weighed"]["alone"]
    return float(with_sources[0] - own[0]) - math.log((1 - alone) / alone)
