"""Hypervolume gain: what one more sample adds in each of many fantasies with fronts of their own.

For whole plans, where thousands of fronts are asked at a time: the same numbers as ``utility`` and
``improvement``, without logarithms as long as some gain can be seen so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.objectives.boxes import Boxes
from tansaku.bo.objectives.improvement import Outcome, log_gain, log_hypervolume_improvement
from tansaku.bo.objectives.limits import log_all_feasible
from tansaku.bo.objectives.normal import LOG_SQRT_2PI
from tansaku.bo.objectives.scalarise import NUMBERS, Draws, Range
from tansaku.bo.objectives.utility import Front, log_number_gain, range_of, weights_of
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
        weights = weights_of(way, goals, [rng] * f) if way in NUMBERS else front.reference
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
        limits = log_all_feasible(outcomes, outright=self.way != "hypervolume")
        if self.way == "hypervolume" and logarithms:
            limits.append(log_hypervolume_improvement(goals, front.boxes()))
        elif self.way == "hypervolume":
            limits.append(hypervolume_improvement(goals, front.boxes()).log())
        elif self.draws is not None:
            limits.append(
                log_number_gain(self.way, goals, front, self.scale, self.weights, self.draws)
            )
        return sum(limits[1:], limits[0]) if limits else torch.zeros_like(outcomes[0].mean[:, 0])


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
