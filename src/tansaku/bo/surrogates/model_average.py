"""Model average: weights of transfer models, and processes made of settings drawn from them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.surrogates import bank
from tansaku.bo.surrogates.conditioned_prior import ConditionedPrior
from tansaku.bo.surrogates.coregion import Coregionalised
from tansaku.bo.surrogates.fitting import Listed
from tansaku.bo.surrogates.gp import GP, Data, Hyperparameters
from tansaku.bo.surrogates.multitask import Together
from tansaku.bo.surrogates.outlier_mixture import OutlierMixture, refactored, weigh_outliers
from tansaku.bo.surrogates.pooled import Pooled
from tansaku.bo.surrogates.prior_mean import PriorMean
from tansaku.bo.surrogates.source_posterior import Learnt, Unit, learn
from tansaku.bo.surrogates.target_only import TargetOnly
from tansaku.bo.surrogates.transfer_model import (
    Parts,
    TransferData,
    TransferModel,
    mixture_leave_one_out,
)
from tansaku.design import SourceData
from tansaku.strategy import SurrogateSpec

WAYS = ("pooled", "correlated", "prior_mean")
"""The ways in which a source can speak; beside them stands ``alone``."""


def spoken(way: str, context: TransferContext, spec: SurrogateSpec) -> list[TransferModel]:
    """The sources in one of the ways: one by one, correlated all together."""
    transfer_data, learnt = context.transfer_data, context.warm.sources
    if way == "correlated":
        every = tuple(range(len(learnt)))
        return [Coregionalised.fit(every, context.warm.together, transfer_data, spec)]
    if way == "pooled":
        return [Pooled.fit(i, each, transfer_data) for i, each in enumerate(learnt)]
    return [PriorMean.fit(i, each, transfer_data, context.own) for i, each in enumerate(learnt)]


@dataclass(frozen=True, slots=True)
class Warm:
    """What the next fit of the same problems starts from."""

    evidence: bank.MarginalLikelihood
    sources: tuple[Learnt, ...]
    together: Together
    unit: Unit


@dataclass(frozen=True, slots=True)
class TransferContext:
    """What is known before any transfer model is weighed.

    Attributes:
        transfer_data: The target's data, in the unit of the first source, and the bank.
        own: The target alone.
        warm: For the next fit; holds what the sources taught.
    """

    transfer_data: TransferData
    own: TargetOnly
    warm: Warm

    @classmethod
    def of(
        cls,
        X: Float[Tensor, "b n d"],
        y: Float[Tensor, "b n"],
        counts: Float[Tensor, "b n"],
        spec: SurrogateSpec,
        sources: Sequence[SourceData],
        *,
        warm: Any = None,
        listed: Listed | None = None,
    ) -> TransferContext:
        """Hold the bank against the sources, where that is not known, and against the target."""
        settings = bank.settings_for(X.shape[-1])
        kernel = bank.kernel_of(spec, settings)
        known = warm if isinstance(warm, Warm) else None
        unit = known.unit if known else Unit.of(sources[0])
        told = known.sources if known else tuple(learn(s, kernel, settings, unit) for s in sources)
        together = known.together if known else Together.of(told, kernel, settings, spec)
        centre, scale = (y.new_full((len(y),), v) for v in (unit.centre, unit.scale))
        data = Data(X, (y - unit.centre) / unit.scale, counts, centre, scale)
        evidence = bank.gather(data, kernel, settings, known.evidence if known else None, listed)
        transfer_data = TransferData(data, kernel, settings)
        return cls(
            transfer_data,
            TargetOnly.fit(transfer_data, evidence),
            Warm(evidence, told, together, unit),
        )

    def room(self, transfer_models: Sequence[TransferModel]) -> int:
        """Source points that a process may hear: of all sources where some voice hears them all."""
        points = [len(each.X) for each in self.warm.sources]
        together = any(len(transfer_model.sources) > 1 for transfer_model in transfer_models)
        return sum(points) if together else max(points)


@dataclass(frozen=True, slots=True)
class ModelAverage:
    """Transfer models against the data of b problems.

    Attributes:
        context: What all of them share.
        transfer_models: In the order of ``log_weights``.
        log_weights: ln of unnormalised posterior weights of all settings, shape (b, S).
        plain: The same before any value may stand apart, shape (b, S).
        apart: Values that may stand apart; ``None`` where that is not asked.
    """

    context: TransferContext
    transfer_models: tuple[TransferModel, ...]
    log_weights: Float[Tensor, "b S"]
    plain: Float[Tensor, "b S"]
    apart: OutlierMixture | None = None

    @classmethod
    def weigh(
        cls, context: TransferContext, spec: SurrogateSpec, shares: Mapping[str, float]
    ) -> ModelAverage:
        """Every way of ``shares`` with its prior probability; sources that speak one by one share
        theirs evenly."""
        transfer_models: list[TransferModel] = []
        parts: list[Tensor] = []
        for way, share in shares.items():
            speakers = [context.own] if way == "alone" else spoken(way, context, spec)
            transfer_models += speakers
            parts += [v.log_weight + math.log(share / len(speakers)) for v in speakers]
        if spec.criterion == "leave_one_out" and context.transfer_data.data.z.shape[-1] > 2:
            parts = [_by_prediction(v, p) for v, p in zip(transfer_models, parts, strict=True)]
        plain = torch.cat(parts, -1)
        if spec.criterion == "evidence" and context.transfer_data.data.z.shape[-1] > 1:
            each = [
                weigh_outliers(v, context.own, p)
                for v, p in zip(transfer_models, parts, strict=True)
            ]
            apart = OutlierMixture(torch.cat([probability for _weights, probability in each], 1))
            return cls(
                context, tuple(transfer_models), torch.cat([w for w, _p in each], -1), plain, apart
            )
        return cls(context, tuple(transfer_models), plain, plain)

    def split(self, of_settings: Float[Tensor, "b S"]) -> tuple[Tensor, ...]:
        """What belongs to each voice, shapes (b, its settings)."""
        return of_settings.split([v.log_weight.shape[-1] for v in self.transfer_models], -1)

    def condition(
        self,
        problem: Int[Tensor, " k"],
        chosen: Int[Tensor, " k"],
        draws: Float[Tensor, " k"] | None = None,
    ) -> GP:
        """The process of each (problem, setting); with uniform ``draws`` one value may stand
        apart."""
        data = self.context.transfer_data.data.take(problem)
        empty = _Processes.of(data, self.context.room(self.transfer_models))
        start = 0
        for transfer_model in self.transfer_models:
            size = transfer_model.log_weight.shape[-1]
            rows = ((chosen >= start) & (chosen < start + size)).nonzero().squeeze(-1)
            if len(rows):
                empty.fill(rows, transfer_model.parts(problem[rows], chosen[rows] - start))
            start += size
        if self.apart is None or draws is None:
            return empty.build(self.context.transfer_data, data)
        model_average = self.apart.leave_out(data, (problem, chosen), draws)
        empty = replace(empty, parts=refactored(empty.parts, data, model_average))
        return empty.build(self.context.transfer_data, model_average)


def _by_prediction(
    transfer_model: TransferModel, log_weights: Float[Tensor, "b S"]
) -> Float[Tensor, "b S"]:
    """A voice weighed by how it predicts each value from the others, in place of its evidence
    (pseudo-Bayes factors: S. Geisser, W. F. Eddy, JASA 74 (1979) 153); within it the evidence
    stands."""
    score = mixture_leave_one_out(log_weights, transfer_model.leave_one_out()).sum(-1, keepdim=True)
    prior = (log_weights - transfer_model.log_weight)[..., :1]
    return torch.log_softmax(log_weights, -1) + prior + score


@dataclass(frozen=True, slots=True)
class _Processes:
    """Room for what k processes are made of; filled in place, voice by voice.

    Attributes:
        parts: Without what a source tells.
        told: Bank settings of the sources' kernels, shape (k,).
        X: Source points, shape (k, m, d).
        root: As in :class:`Told`, shape (k, m, m); likewise ``reach`` and ``white``, (k, m).
    """

    parts: Parts
    told: Int[Tensor, " k"]
    X: Float[Tensor, "k m d"]
    root: Float[Tensor, "k m m"]
    reach: Float[Tensor, "k m"]
    white: Float[Tensor, "k m"]

    @classmethod
    def of(cls, data: Data, m: int) -> _Processes:
        """For the data of k processes and sources of up to m points."""
        new, (k, n, d) = data.z.new_zeros, data.X.shape
        which = torch.zeros(k, dtype=torch.int64, device=data.z.device)
        parts = Parts(which, new(k), new(k), new(k, n, n), new(k), None)
        return cls(parts, which.clone(), new(k, m, d), new(k, m, m), new(k, m), new(k, m))

    def fill(self, rows: Int[Tensor, " j"], found: Parts) -> None:
        """The parts of these processes."""
        p, told = self.parts, found.told
        p.which[rows], p.signal[rows], p.noise[rows] = found.which, found.signal, found.noise
        p.root[rows], p.level[rows] = found.root, found.level
        if told is not None:
            m = told.X.shape[1]
            self.told[rows], self.reach[rows, :m] = told.which, told.reach
            self.X[rows, :m], self.white[rows, :m] = told.X, told.white
            self.root[rows, :m, :m] = told.root

    def build(self, transfer_data: TransferData, data: Data) -> GP:
        """The processes; a level that is to be estimated by generalised least squares."""
        p, scales = self.parts, transfer_data.settings.length_scales
        source = ConditionedPrior(
            transfer_data.kernel.take(self.told),
            self.X,
            scales[self.told],
            self.root,
            self.reach,
            self.white,
        )
        root = p.root / p.signal.sqrt().view(-1, 1, 1)
        left = data.z - source.mean(source.rows(data.X))
        values, ones = (root @ torch.stack([left, torch.ones_like(left)], -1)).unbind(-1)
        own = (values * ones).sum(-1) / ones.square().sum(-1)
        level = torch.where(p.level.isnan(), own, p.level)
        gp = GP.from_root(
            transfer_data.kernel.take(p.which),
            Hyperparameters(scales[p.which], p.signal, p.noise),
            replace(data, z=data.z - level.unsqueeze(-1)),
            root,
            constant_mean=False,
            source=source,
        )
        return replace(gp, data=data, mean=level)
