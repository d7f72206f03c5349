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

from tansaku.bo.objectives.improvement import (
    UNDERFLOW,
    Outcome,
    hypervolume_improvement,
    log_hypervolume_improvement,
)
from tansaku.bo.objectives.outcome_constraints import log_all_feasible
from tansaku.bo.objectives.scalarise import NUMBERS, Draws, Range
from tansaku.bo.objectives.utility import Front, log_number_gain, range_of, weights_of
from tansaku.design import Want

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
            boxes = front.boxes
            volume = hypervolume_improvement(goals, boxes)
            volume = volume * sum(limits[1:], limits[0]).exp() if limits else volume
            mean = volume.unflatten(0, (fantasies, -1)).mean(0)
            if bool((mean > UNDERFLOW).any()):
                return mean.clamp_min(UNDERFLOW).log()
            limits.append(log_hypervolume_improvement(goals, boxes))
        elif self.draws is not None:
            limits.append(
                log_number_gain(self.way, goals, front, self.scale, self.weights, self.draws)
            )
        each = sum(limits[1:], limits[0])
        return torch.logsumexp(each.unflatten(0, (fantasies, -1)), 0) - math.log(fantasies)
