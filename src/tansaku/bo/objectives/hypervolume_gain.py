"""Hypervolume gain: what one more sample adds in each of many fantasies with fronts of their own.

For whole plans, where thousands of fronts are asked at a time: the same numbers as ``utility`` and
``improvement``, without logarithms as long as some gain can be seen so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.objectives.boxes import Boxes
from tansaku.bo.objectives.improvement import Outcome, log_gain, log_hypervolume_improvement
from tansaku.bo.objectives.limits import log_all_feasible
from tansaku.bo.objectives.normal import LOG_SQRT_2PI
from tansaku.bo.objectives.reference import absorbed
from tansaku.bo.objectives.scalarise import (
    NUMBERS,
    Draws,
    Range,
    drawn_weights,
    log_scalar_improvement,
)
from tansaku.bo.objectives.utility import Front, range_of
from tansaku.design import Direction, Want

UNDERFLOW = 1e-250
"""Gains above this keep their digits as plain numbers, whatever the units."""
DRAWS = 16
"""Draws of the outcomes per candidate and future where goals become one number: with 32 futures
512 in all, eight times those of a single sample (``scalarise.DRAWS``)."""


@dataclass(frozen=True, slots=True)
class HypervolumeGain:
    """What is to grow, in f futures.

    Attributes:
        way: As ``utility.way_of`` says.
        weights: Of the goals in each future, shape (f, m).
        draws: The same normal numbers for all candidates of a future; ``None`` where no number is
            made of the goals.
        scale: What of each goal is worth nothing and what everything.
    """

    way: str
    weights: Float[Tensor, "f m"]
    draws: Draws | None
    scale: Range

    @classmethod
    def of(
        cls, way: str, wants: Sequence[Want], front: Front, rng: np.random.Generator
    ) -> HypervolumeGain:
        """Where goals become one number, the preferences are drawn anew in each future (ParEGO):
        a plan is worth its mean improvement over them, so its samples spread over the front."""
        goals, f = [want for want in wants if want.is_objective], len(front.reference)
        preference = np.array([want.weight for want in goals])
        weights = front.reference
        if way == "chebyshev":
            weights = drawn_weights(preference, [rng] * f)
        elif way == "desirability":
            weights = weights.new_tensor(preference).expand(f, -1)
        draws = Draws.make(len(goals), [rng] * f, DRAWS) if way in NUMBERS else None
        return cls(way, weights, draws, range_of(goals, front, way))

    def repeat(self, times: int) -> HypervolumeGain:
        """Each future so many times in a row."""
        index = torch.arange(len(self.weights), device=self.weights.device)
        index = index.repeat_interleave(times)
        scale = Range(self.scale.worst[index], self.scale.best[index])
        draws = None if self.draws is None else self.draws.take(index)
        return HypervolumeGain(self.way, self.weights[index], draws, scale)

    def log_gains(
        self, outcomes: Sequence[Outcome], front: Front, *, logarithms: bool
    ) -> Float[Tensor, "f N"]:
        """ln of what each candidate is expected to add in each future, limits heeded; without
        ``logarithms`` -inf where it cannot be told from 0 as a plain number."""
        goals = [each for each in outcomes if each.want.is_objective]
        by_volume = self.way == "hypervolume"
        limits = log_all_feasible([_left_of_limits(each, by_volume) for each in outcomes])
        if self.way == "limits":
            return limits
        if not by_volume:
            return self._number_gains(goals, front) + limits
        boxes = front.boxes()
        if logarithms:
            return log_hypervolume_improvement(goals, boxes) + limits
        return hypervolume_improvement(goals, boxes).log() + limits

    def _number_gains(self, goals: Sequence[Outcome], front: Front) -> Float[Tensor, "f N"]:
        number = NUMBERS[self.way]
        if self.draws is None:
            raise ValueError("no draws for a number of the goals")
        share = torch.where(front.inside.unsqueeze(-1), self.scale.share(front.good), 0.0)
        nothing = torch.zeros_like(front.reference).unsqueeze(1)
        best = number(torch.cat([share, nothing], 1), self.weights).amax(1)
        numbers = number(self.scale.share(self.draws.of(goals)), self.weights)
        return log_scalar_improvement(numbers, best)


def log_mean_of_fantasies(
    hypervolume_gain: HypervolumeGain, outcomes: Sequence[Outcome], front: Front, fantasies: int
) -> Float[Tensor, "g N"]:
    """ln of the mean over futures of what each candidate adds; fronts and outcomes come future by
    future with g fronts each. Gains below ``UNDERFLOW`` are told as that where some gain is not:
    beside the others they are nothing."""
    for logarithms in (False, True):
        each = hypervolume_gain.log_gains(outcomes, front, logarithms=logarithms)
        gains = torch.logsumexp(each.unflatten(0, (fantasies, -1)), 0) - math.log(fantasies)
        if bool((gains > math.log(UNDERFLOW)).any()):
            return gains.clamp_min(math.log(UNDERFLOW))
    return gains


def _left_of_limits(outcome: Outcome, by_volume: bool) -> Outcome:
    """The outcome without the limit that the reference point takes care of."""
    if by_volume and absorbed(outcome.want):
        return replace(outcome, want=replace(outcome.want, lower=None))
    return outcome


def hypervolume_improvement(outcomes: Sequence[Outcome], boxes: Boxes) -> Float[Tensor, "b N"]:
    """The expected volume that a candidate adds, as ``log_hypervolume_improvement`` has its
    logarithm: in a third of the time, until it underflows."""
    inside: Tensor | float = 1.0
    for j, each in enumerate(outcomes):
        above = _gains(each, boxes.edges[:, 1:, j])
        above = torch.cat([torch.zeros_like(above[:, :1]), above], 1)
        lower, upper = (
            above.gather(1, edge[:, :, j, None].expand(-1, -1, above.shape[-1]))
            for edge in (boxes.lower, boxes.upper)
        )
        inside = inside * (lower - upper).clamp_min_(0.0)
    if isinstance(inside, float):
        raise ValueError("no goal")
    return inside.sum(1)


def _gains(outcome: Outcome, edges: Float[Tensor, "b t"]) -> Float[Tensor, "b t N"]:
    """E[max(goodness - edge, 0)] above every edge, averaged over the components."""
    if outcome.want.direction is Direction.MATCH:
        return torch.stack(
            [log_gain(outcome, edge).exp() for edge in edges.unsqueeze(-1).unbind(1)], 1
        )
    total: Tensor | float = 0.0
    for k in range(outcome.mean.shape[1]):
        sd = outcome.sd[:, k, None]
        u = (outcome.mean[:, k, None] - edges.unsqueeze(-1)) / sd
        density = torch.exp(-0.5 * u.square() - LOG_SQRT_2PI)
        total = total + torch.addcmul(density, u, torch.special.ndtr(u)).clamp_min_(0.0).mul_(sd)
    if isinstance(total, float):
        raise ValueError("no component")
    return total / outcome.mean.shape[1]
