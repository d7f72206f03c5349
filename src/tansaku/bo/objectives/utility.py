"""Utility: one number per candidate from the posteriors of several outcomes, and its chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from tansaku.bo.acquisition.base import log_mean
from tansaku.bo.device import to_device, to_host
from tansaku.bo.objectives.boxes import Boxes
from tansaku.bo.objectives.improvement import (
    Outcome,
    log_chance_of_improvement,
    log_hypervolume_improvement,
)
from tansaku.bo.objectives.limits import log_all_feasible
from tansaku.bo.objectives.reference import absorbed
from tansaku.bo.objectives.scalarise import (
    Draws,
    Range,
    chebyshev,
    desirability,
    drawn_weights,
    log_scalar_improvement,
)
from tansaku.design import Direction, Floats, Ints, Want
from tansaku.strategy import AcquisitionSpec

EXACT_MOST = 4
"""Objectives up to which boxes are cut: their number grows with the front to the power of the
objectives less one. With more, ParEGO."""
SURE = 1e-9
"""sd of a value that is looked at as if it were certain, as a share of the usual sd."""
DRAWN_NUMBERS = 8_000_000
"""Draws x candidates x objectives at a time, 64 MB an array."""

Rngs = Sequence[np.random.Generator]


@dataclass(frozen=True, slots=True)
class Front:
    """What the measured (and imagined) samples are worth, in each of b futures.

    Attributes:
        good: Goodness of each objective, shape (b, r, m).
        inside: Which samples keep all limits, shape (b, r).
        reference: What every objective has to beat, shape (b, m).
    """

    good: Float[Tensor, "b r m"]
    inside: Bool[Tensor, "b r"]
    reference: Float[Tensor, "b m"]

    def joined(self, good: Float[Tensor, "f q m"], inside: Bool[Tensor, "f q"]) -> Front:
        """With q more samples in each of f futures, f a multiple of b."""
        times = len(good) // len(self.good)
        return Front(
            torch.cat([self.good.repeat_interleave(times, 0), good], 1),
            torch.cat([self.inside.repeat_interleave(times, 0), inside], 1),
            self.reference.repeat_interleave(times, 0),
        )

    def take(self, number: int) -> Front:
        """So many times the same, where b = 1."""
        return Front(
            self.good.expand(number, -1, -1),
            self.inside.expand(number, -1),
            self.reference.expand(number, -1),
        )

    def boxes(self) -> Boxes:
        """What it leaves free."""
        return Boxes.above(self.good, self.reference, self.inside)

    def most(self) -> Float[Tensor, "b m"]:
        """The best of each objective; the reference where nothing is better."""
        good = torch.where(self.inside.unsqueeze(-1), self.good, -torch.inf)
        return torch.cat([good, self.reference.unsqueeze(1)], 1).amax(1)


def way_of(spec: AcquisitionSpec, wants: Sequence[Want]) -> str:
    """How several objectives become one number: see :class:`Worth`."""
    weights = {want.weight for want in wants if want.is_objective}
    objectives = sum(want.is_objective for want in wants)
    if not objectives:
        return "limits"
    if spec.several != "hypervolume":
        return spec.several
    if all(want.useful is not None for want in wants if want.is_objective):
        return "desirability"
    return "chebyshev" if objectives > EXACT_MOST or len(weights) > 1 else "hypervolume"


def range_of(goals: Sequence[Want], front: Front, way: str) -> Range:
    """(worth nothing, worth everything) of each goal: the reference and the best so far, or as the
    goals say where desirability is asked for."""
    worst, best = front.reference.clone(), front.most()
    if way == "desirability":
        for j, want in enumerate(goals):
            if want.useful is not None:
                worst[:, j], best[:, j] = want.useful
    return Range(worst, best)


@dataclass(frozen=True, slots=True)
class Utility:
    """What candidates are worth, b problems in f futures each.

    Attributes:
        outcomes: Beliefs about every outcome, of b x f problems.
        front: The samples so far, of b x f problems.
        cost: Of each candidate, shape (N,); ``None`` where all cost the same.
        works: Probability that a sample of each candidate works at all, of b x f problems; ``None``
            where nothing has failed.
    """

    outcomes: Sequence[Outcome]
    front: Front
    cost: Floats | None = None
    works: Float[Tensor, "f N"] | None = None

    @property
    def objectives(self) -> list[Outcome]:
        """Of the outcomes, the ones to be improved."""
        return [each for each in self.outcomes if each.want.is_objective]

    def at(self, picks: Ints) -> Utility:
        """Of some candidates of each problem, shape (b, n), where there is one future."""
        index = to_device(picks).unsqueeze(1)
        outcomes = []
        for each in self.outcomes:
            whole = index.expand(-1, each.mean.shape[1], -1)
            outcomes.append(
                Outcome(each.mean.gather(2, whole), each.sd.gather(2, whole), each.want)
            )
        works = None if self.works is None else self.works.gather(1, index.squeeze(1))
        return Utility(outcomes, self.front, works=works)

    def log_feasible(self, *, outright: bool = True) -> Float[Tensor, "f N"]:
        """ln of the probability that all limits are kept; without ``outright`` those that the
        reference point takes care of are left out."""
        kept = [
            replace(each, want=replace(each.want, lower=None))
            if not outright and absorbed(each.want)
            else each
            for each in self.outcomes
        ]
        return log_all_feasible(kept)

    def _log_usable(self, *, outright: bool = False) -> Float[Tensor, "f N"]:
        """ln of the probability that a sample works and keeps the limits; by default only those
        that the reference point does not take care of."""
        kept = self.log_feasible(outright=outright)
        return kept if self.works is None else kept + self.works.log()

    def score(
        self,
        spec: AcquisitionSpec,
        rngs: Rngs,
        sample: Callable[[], Sequence[Float[Tensor, "b N"] | None]],
    ) -> Floats:
        """What ranks the candidates, shape (b, N), averaged over the futures.

        Args:
            spec: The acquisition.
            rngs: b generators.
            sample: Draws each outcome over the pool, for ``thompson``; ``None`` for a known one.
        """
        found = self._score(spec, rngs, sample)
        if self.cost is not None:
            found = found - to_device(np.log(self.cost))
        return np.asarray(to_host(found), dtype=np.float64)

    def _score(
        self,
        spec: AcquisitionSpec,
        rngs: Rngs,
        sample: Callable[[], Sequence[Float[Tensor, "b N"] | None]],
    ) -> Float[Tensor, "b N"]:
        name, way = spec.name, way_of(spec, [each.want for each in self.outcomes])
        by_volume = way == "hypervolume" and name != "variance"
        objectives, feasible = self.objectives, self._log_usable(outright=not by_volume)
        if way == "limits":
            return self._over_futures(feasible, rngs)
        if name == "variance":
            return self._over_futures(_log_spread(objectives) + feasible, rngs)
        if name == "ucb":
            objectives = [_sure(each, _hopeful(each, spec.beta)) for each in objectives]
        elif name == "thompson":
            drawn = [
                value
                for value, each in zip(sample(), self.outcomes, strict=True)
                if each.want.is_objective
            ]
            objectives = [
                each
                if value is None
                else _sure(each, value.repeat_interleave(self._times(rngs), 0))
                for value, each in zip(drawn, objectives, strict=True)
            ]
        if way != "hypervolume":
            score = self._scalar(objectives, way, rngs)
        elif name == "pi":
            score = log_chance_of_improvement(objectives, self.front.boxes())
        else:
            score = log_hypervolume_improvement(objectives, self.front.boxes())
        return self._over_futures(score + feasible, rngs)

    def _scalar(self, objectives: Sequence[Outcome], way: str, rngs: Rngs) -> Float[Tensor, "f N"]:
        """ln of the expected improvement of one number made of all objectives."""
        times, front = self._times(rngs), self.front
        preference = np.array([each.want.weight for each in objectives])
        if way == "chebyshev":
            weights, number = drawn_weights(preference, rngs), chebyshev
        else:
            weights = to_device(np.tile(preference, (len(rngs), 1)))
            number = desirability
        draws = Draws.make(len(objectives), rngs)
        scale = range_of([each.want for each in objectives], front, way)
        share = torch.where(
            front.inside.unsqueeze(-1), scale.share(front.good), torch.zeros_like(front.good)
        )
        nothing = torch.zeros_like(front.reference).unsqueeze(1)
        best = number(torch.cat([share, nothing], 1), weights.repeat_interleave(times, 0)).amax(1)
        size = max(1, DRAWN_NUMBERS // (draws.normal[0].numel() * objectives[0].mean.shape[-1]))
        found = []
        for index in to_device(np.arange(len(best))).split(size):
            own = draws.take(index // times)
            some = [Outcome(each.mean[index], each.sd[index], each.want) for each in objectives]
            part = Range(scale.worst[index], scale.best[index])
            numbers = number(part.share(own.of(some)), weights[index // times])
            found.append(log_scalar_improvement(numbers, best[index]))
        return torch.cat(found)

    def _times(self, rngs: Rngs) -> int:
        """f, futures of each problem."""
        return len(self.front.reference) // len(rngs)

    def _over_futures(self, score: Float[Tensor, "f N"], rngs: Rngs) -> Float[Tensor, "b N"]:
        """ln of the mean over the futures."""
        return log_mean(score.unflatten(0, (len(rngs), -1)))

    def log_chance(self, rngs: Rngs, draws: int) -> Float[Tensor, "f N"]:
        """ln of the probability that a candidate keeps all limits and that no sample so far is at
        least as good in every objective; by so many draws where there are too many objectives."""
        objectives, feasible = self.objectives, self._log_usable()
        if not objectives:
            return feasible
        if len(objectives) <= EXACT_MOST:
            return log_chance_of_improvement(objectives, self.front.boxes()) + feasible
        good = Draws.make(len(objectives), rngs, draws).of(objectives)
        beaten = (good > self.front.reference[:, None, None]).all(-1)
        for k in range(self.front.good.shape[1]):
            other = self.front.good[:, k, None, None]
            better = (good > other).any(-1) | ~self.front.inside[:, k, None, None]
            beaten = beaten & better
        return beaten.to(torch.float64).mean(1).log() + feasible


def _log_spread(objectives: Sequence[Outcome]) -> Float[Tensor, "b N"]:
    """ln of the product of the sds: the spread of all objectives together."""
    return torch.stack([moments(each)[1].log() for each in objectives]).sum(0)


def moments(outcome: Outcome) -> tuple[Float[Tensor, "b N"], Float[Tensor, "b N"]]:
    """Mean and sd over the components (law of total variance)."""
    mean = outcome.mean.mean(1)
    between = (outcome.mean - mean.unsqueeze(1)).square().mean(1)
    return mean, (outcome.sd.square().mean(1) + between).sqrt()


def _hopeful(outcome: Outcome, beta: float) -> Float[Tensor, "b N"]:
    """The best that can be hoped for: up to ``beta`` sds to the better side."""
    mean, sd = moments(outcome)
    if outcome.want.direction is not Direction.MATCH:
        return mean + beta * sd
    wanted = torch.full_like(mean, outcome.want.match)
    return torch.minimum(torch.maximum(mean - beta * sd, wanted), mean + beta * sd)


def _sure(outcome: Outcome, values: Float[Tensor, "b N"]) -> Outcome:
    """These values as if they were certain."""
    sd = SURE * moments(outcome)[1].mean(-1, keepdim=True).expand_as(values)
    return Outcome(values.unsqueeze(1), sd.unsqueeze(1), outcome.want)
