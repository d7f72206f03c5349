"""Hypervolume gain: what one more sample adds in each of many fantasies with fronts of their own.

For whole plans, where thousands of fronts are asked at a time: the same numbers as ``utility`` and
``improvement``, without logarithms as long as some gain can be seen so, and without boxes where
there is one goal.
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
from tansaku.bo.objectives.normal import LOG_SQRT_2PI
from tansaku.bo.objectives.outcome_constraints import log_all_feasible
from tansaku.bo.objectives.scalarise import NUMBERS, Draws, Range
from tansaku.bo.objectives.utility import Front, log_number_gain, range_of, weights_of
from tansaku.design import Direction, Want

UNDERFLOW = 1e-250
"""Gains above this keep their digits as plain numbers, whatever the units."""
BLOCK_NUMBERS = 1 << 16
"""Boxes x candidates at a time, 512 kB an array: in the processor's cache, in half the time."""
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

    def log_mean(
        self, outcomes: Sequence[Outcome], front: Front, fantasies: int
    ) -> Float[Tensor, "g N"]:
        """ln of the mean over fantasies of what each candidate is expected to add, limits heeded;
        fronts and outcomes come fantasy by fantasy with g fronts each.

        Volumes are averaged as plain numbers where some can be seen so. Those below ``UNDERFLOW``
        are then told as that: beside the others they are nothing.
        """
        goals = [each for each in outcomes if each.want.is_objective]
        limits = log_all_feasible(outcomes, outright=self.way != "hypervolume")
        if self.way == "hypervolume":
            volume = hypervolume_improvement(goals, front)
            volume = volume * sum(limits[1:], limits[0]).exp() if limits else volume
            mean = volume.unflatten(0, (fantasies, -1)).mean(0)
            if bool((mean > UNDERFLOW).any()):
                return mean.clamp_min(UNDERFLOW).log()
            limits.append(
                log_gain(goals[0], front.most())
                if len(goals) == 1
                else log_hypervolume_improvement(goals, front.boxes())
            )
        elif self.draws is not None:
            limits.append(
                log_number_gain(self.way, goals, front, self.scale, self.weights, self.draws)
            )
        each = sum(limits[1:], limits[0])
        return torch.logsumexp(each.unflatten(0, (fantasies, -1)), 0) - math.log(fantasies)


def hypervolume_improvement(goals: Sequence[Outcome], front: Front) -> Float[Tensor, "b N"]:
    """The expected volume that a candidate adds, as ``log_hypervolume_improvement`` has its
    logarithm: in a third of the time, to the same digits until it underflows. Of one goal it is
    the expected improvement."""
    if len(goals) == 1:
        edges = front.most().unsqueeze(1)
        boxes = Boxes(edges, *(torch.zeros_like(edges, dtype=torch.int64),) * 2)
    else:
        boxes = front.boxes()
    size = max(1, BLOCK_NUMBERS // (boxes.lower.shape[1] * goals[0].mean.shape[-1]))
    found = []
    for start in range(0, len(boxes.edges), size):
        at = slice(start, start + size)
        some = [Outcome(each.mean[at], each.sd[at], each.want) for each in goals]
        found.append(_volume(some, Boxes(boxes.edges[at], boxes.lower[at], boxes.upper[at])))
    return torch.cat(found)


def _volume(goals: Sequence[Outcome], boxes: Boxes) -> Float[Tensor, "b N"]:
    if len(goals) == 1:
        return _gains(goals[0], boxes.edges[:, :, 0])[:, 0]
    inside = goals[0].mean.new_ones(())
    for j, each in enumerate(goals):
        above = _gains(each, boxes.edges[:, 1:, j])
        above = torch.cat([torch.zeros_like(above[:, :1]), above], 1)
        lower, upper = (
            above.gather(1, edge[:, :, j, None].expand(-1, -1, above.shape[-1]))
            for edge in (boxes.lower, boxes.upper)
        )
        inside = inside * (lower - upper).clamp_min_(0.0)
    return inside.sum(1)


def _gains(outcome: Outcome, edges: Float[Tensor, "b t"]) -> Float[Tensor, "b t N"]:
    """E[max(goodness - edge, 0)] above every edge, averaged over the components."""
    if outcome.want.direction is Direction.MATCH:
        return torch.stack(
            [log_gain(outcome, edge).exp() for edge in edges.unsqueeze(-1).unbind(1)], 1
        )
    parts = []
    for mean, sd in zip(outcome.mean.unbind(1), outcome.sd.unbind(1), strict=True):
        u = (mean.unsqueeze(1) - edges.unsqueeze(-1)).div_(sd.unsqueeze(1))
        density = u.square().mul_(-0.5).sub_(LOG_SQRT_2PI).exp_()
        gain = density.addcmul_(u, torch.special.ndtr(u)).clamp_min_(0.0)
        parts.append(gain.mul_(sd.unsqueeze(1)))
    return parts[0] if len(parts) == 1 else torch.stack(parts).mean(0)
