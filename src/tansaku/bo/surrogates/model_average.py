"""Model average: weights of transfer models, and processes of samples drawn from them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.surrogates import hyperparameter_samples as hs
from tansaku.bo.surrogates.conditioned_prior import ConditionedPrior
from tansaku.bo.surrogates.coregion import coregionalised
from tansaku.bo.surrogates.gp import GP, Data, Hyperparameters
from tansaku.bo.surrogates.multitask import MultiTaskSources
from tansaku.bo.surrogates.observations import Observations
from tansaku.bo.surrogates.outlier_mixture import OutlierMixture, weigh_outliers
from tansaku.bo.surrogates.pooled import pooled
from tansaku.bo.surrogates.quadrature import Grid
from tansaku.bo.surrogates.source_posterior import SourcePosterior, Unit, drawn, learn
from tansaku.bo.surrogates.target_only import null_model, target_only
from tansaku.bo.surrogates.transfer_model import (
    Member,
    Parts,
    TransferData,
    TransferModel,
    at_own_signal,
    log_level,
    refactored,
)
from tansaku.design import SourceData
from tansaku.strategy import SurrogateSpec


def transfer_models(way: str, context: TransferContext, spec: SurrogateSpec) -> list[TransferModel]:
    """The sources in one of the ways: one by one, correlated all together."""
    source_posterior, multitask = context.warm.sources, context.warm.multitask

    def make(i: int, data: TransferData) -> TransferModel:
        if way == "correlated":
            return coregionalised(tuple(range(len(source_posterior))), multitask, data, spec)
        return pooled(i, source_posterior[i], data)

    number = 1 if way == "correlated" else len(source_posterior)
    return [
        at_own_signal(lambda data, i=i: make(i, data), context.transfer_data)  # type: ignore[misc]
        for i in range(number)
    ]


@dataclass(frozen=True, slots=True)
class Warm:
    """What the next fit of the same problems starts from."""

    sources: tuple[SourcePosterior, ...]
    multitask: MultiTaskSources
    unit: Unit


@dataclass(frozen=True, slots=True)
class TransferContext:
    """What is known before any transfer model is weighed.

    Attributes:
        transfer_data: The target's data, in the unit of the first source.
        own: The target alone.
        null: The null model, on the scale of the others.
        run_effect: Probability that runs differ, by the target alone; ``None`` where not asked.
        warm: For the next fit; holds what the sources taught.
    """

    transfer_data: TransferData
    own: TransferModel
    null: Member
    run_effect: float | None
    warm: Warm

    @classmethod
    def of(
        cls,
        observed: Observations,
        spec: SurrogateSpec,
        sources: Sequence[SourceData],
        start: Any = None,
    ) -> TransferContext:
        """Hold the samples against the sources, where that is not known, and against the target.
        Errors of runs have the variance that the target alone expects. Of a large source those
        points speak that are drawn."""
        y, samples = observed.y, hs.samples_for(observed.X.shape[-1], observed.labels)
        kernel = hs.kernel_of(spec, samples)
        known = start if isinstance(start, Warm) else None
        sources = [] if known else [drawn(each) for each in sources]
        unit = known.unit if known else Unit.of(sources[0])
        by_sources = (
            known.sources if known else tuple(learn(s, kernel, samples, unit) for s in sources)
        )
        multitask = (
            known.multitask if known else MultiTaskSources.of(by_sources, kernel, samples, spec)
        )
        centre, scale = (y.new_full((len(y),), v) for v in (unit.centre, unit.scale))
        data = Data.of(observed.X, y, observed.noise, centre, scale)
        n, effect = observed.number, None
        transfer_data = TransferData(data, kernel, samples, None, torch.ones_like(scale))
        if bool(data.noise.known.any()) or bool((data.noise.runs >= 0).any()):
            transfer_data, null, effect = _with_errors(transfer_data, observed.labels)
        else:
            null = hs.log_weight_of_null(data.z) if n else torch.full_like(scale, -math.inf)
        own = at_own_signal(target_only, transfer_data)
        null = null + hs.log_constant(n) + log_level()
        warm = Warm(by_sources, multitask, unit)
        return cls(transfer_data, own, null_model(transfer_data, null), effect, warm)

    def room(self, members: Sequence[Member]) -> int:
        """Source points that a process may hear: of all sources where one hears them all."""
        points = [len(each.X) for each in self.warm.sources]
        return sum(points) if any(len(each.sources) > 1 for each in members) else max(points)


def _with_errors(
    transfer_data: TransferData, labels: int
) -> tuple[TransferData, Float[Tensor, " b"], float | None]:
    """(The data with what is known of errors, at the signal variance that the target alone expects,
    ln weight of the null model, probability of a run effect)."""
    grid = Grid.of(transfer_data.data, transfer_data.kernel, transfer_data.samples, labels)
    log_weight, rate = grid.closed()
    own, signal = log_weight[..., :-1], grid.signal(rate)[..., :-1]
    share = torch.softmax(own.flatten(1), -1).view_as(own) * signal
    found = replace(transfer_data, signal=share.sum((1, 2)))
    null, effect = torch.logsumexp(log_weight[..., -1], -1), None
    if len(grid.ratios) > 1:
        found = replace(found, between=(share * grid.ratios.view(-1, 1)).sum((1, 2)))
        effect = float(torch.softmax(own[0].flatten(), 0).view_as(own[0])[1:].sum())
    return found, null, effect


@dataclass(frozen=True, slots=True)
class ModelAverage:
    """Members of an average against the data of b problems.

    Attributes:
        context: What all of them share.
        transfer_models: In the order of ``log_weights``.
        log_weights: ln of unnormalised posterior weights of all samples, shape (b, S).
        plain: The same before any value may stand apart, shape (b, S).
        outliers: Values that may stand apart; ``None`` where that is not asked.
    """

    context: TransferContext
    transfer_models: tuple[Member, ...]
    log_weights: Float[Tensor, "b S"]
    plain: Float[Tensor, "b S"]
    outliers: OutlierMixture | None = None

    @classmethod
    def weigh(
        cls, context: TransferContext, spec: SurrogateSpec, shares: Mapping[str, float]
    ) -> ModelAverage:
        """Every way of ``shares`` with its prior probability; sources that speak one by one share
        theirs evenly."""
        members: list[TransferModel] = []
        parts: list[Tensor] = []
        for way, share in shares.items():
            models = [context.own] if way == "alone" else transfer_models(way, context, spec)
            members += models
            parts += [v.log_weight + math.log(share / len(models)) for v in models]
        plain = torch.cat(parts, -1)
        if context.transfer_data.data.z.shape[-1] < 2:
            return cls(context, tuple(members), plain, plain)
        each = [weigh_outliers(v, context.own, p) for v, p in zip(members, parts, strict=True)]
        outliers = OutlierMixture(torch.cat([probability for _weights, probability in each], 1))
        return cls(context, tuple(members), torch.cat([w for w, _p in each], -1), plain, outliers)

    def split(self, of_samples: Float[Tensor, "b S"]) -> tuple[Tensor, ...]:
        """What belongs to each member, shapes (b, its samples)."""
        return of_samples.split([v.log_weight.shape[-1] for v in self.transfer_models], -1)

    def condition(
        self,
        problem: Int[Tensor, " k"],
        chosen: Int[Tensor, " k"],
        draws: Float[Tensor, " k"] | None = None,
    ) -> GP:
        """The process of each (problem, sample), the null model's after all others; with uniform
        ``draws`` one value may stand apart."""
        shared, members = self.context.transfer_data, (*self.transfer_models, self.context.null)
        data, m = shared.data.take(problem), self.context.room(self.transfer_models)
        places, found, start = [], [], 0
        for member in members:
            size = member.log_weight.shape[-1]
            rows = ((chosen >= start) & (chosen < start + size)).nonzero().squeeze(-1)
            if len(rows):
                places.append(rows)
                parts = member.parts(problem[rows], chosen[rows] - start)
                found.append(replace(parts, by_sources=parts.by_sources.with_room(m)))
            start += size
        parts, known_data = Parts.stacked(found).take(torch.cat(places).argsort()), data
        if self.outliers is not None and draws is not None:
            at, last = chosen.clamp_max(start - 2), chosen > start - 2  # the null model, in whole
            known_data = self.outliers.leave_out(data, (problem, at), torch.where(last, 1.0, draws))
        errors = None if shared.errors is None else shared.errors[problem]
        between = None if shared.between is None else shared.between[problem]
        p, scales = refactored(parts, data, known_data, errors), shared.samples.length_scales
        by_sources = p.by_sources
        return GP.from_root(
            shared.kernel.take(p.which),
            Hyperparameters(scales[p.which], p.signal, p.noise, between),
            known_data,
            p.root / p.signal.sqrt().view(-1, 1, 1),
            p.level,
            source=ConditionedPrior(
                shared.kernel.take(by_sources.which),
                by_sources.X,
                scales[by_sources.which],
                by_sources.root,
                by_sources.reach,
                by_sources.white,
            ),
        )  # fmt: skip
