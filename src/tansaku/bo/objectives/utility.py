"""Utility: what several goals are worth together, and what the samples so far are worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from tansaku.bo.device import to_device
from tansaku.bo.objectives.boxes import Boxes
from tansaku.bo.objectives.improvement import Outcome
from tansaku.bo.objectives.scalarise import (
    NUMBERS,
    Draws,
    Range,
    drawn_weights,
    log_scalar_improvement,
)
from tansaku.design import Want
from tansaku.strategy import AcquisitionSpec

EXACT_MOST = 4
"""Objectives up to which boxes are cut: their number grows with the front to the power of the
objectives less one. With more, ParEGO."""


@dataclass(frozen=True, eq=False)
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
        each = self.repeat(times)
        return Front(
            torch.cat([each.good, good], 1), torch.cat([each.inside, inside], 1), each.reference
        )

    def repeat(self, times: int) -> Front:
        """Each future so many times in a row."""
        if times == 1:
            return self
        each = (self.good, self.inside, self.reference)
        return Front(*(part.repeat_interleave(times, 0) for part in each))

    def take(self, number: int) -> Front:
        """So many times the same, where b = 1."""
        return Front(
            self.good.expand(number, -1, -1),
            self.inside.expand(number, -1),
            self.reference.expand(number, -1),
        )

    def at(self, index: Int[Tensor, " k"]) -> Front:
        """Of these futures."""
        return Front(self.good[index], self.inside[index], self.reference[index])

    @cached_property
    def boxes(self) -> Boxes:
        """What it leaves free."""
        return Boxes.above(self.good, self.reference, self.inside)

    def most(self) -> Float[Tensor, "b m"]:
        """The best of each objective; the reference where nothing is better."""
        good = torch.where(self.inside.unsqueeze(-1), self.good, -torch.inf)
        return torch.cat([good, self.reference.unsqueeze(1)], 1).amax(1)


def way_of(spec: AcquisitionSpec, wants: Sequence[Want]) -> str:
    """How the goals become one number: ``hypervolume`` (of a single goal the improvement itself),
    ``chebyshev``, ``desirability``, or ``limits`` where there are none."""
    goals = [want for want in wants if want.is_objective]
    if not goals:
        return "limits"
    ranged = all(want.useful is not None for want in goals)
    if len(goals) == 1:
        return "desirability" if ranged else "hypervolume"
    if spec.several != "hypervolume":
        return spec.several
    if ranged:
        return "desirability"
    unequal = len({want.weight for want in goals}) > 1
    return "chebyshev" if len(goals) > EXACT_MOST or unequal else "hypervolume"


def range_of(goals: Sequence[Want], front: Front, way: str) -> Range:
    """(worth nothing, worth everything) of each goal: the reference and the best so far, or as the
    goals say where desirability is asked for."""
    worst, best = front.reference.clone(), front.most()
    if way == "desirability":
        for j, want in enumerate(goals):
            if want.useful is not None:
                worst[:, j], best[:, j] = want.useful
    return Range(worst, best)


def weights_of(
    way: str, goals: Sequence[Want], rngs: Sequence[np.random.Generator]
) -> Float[Tensor, "b m"]:
    """Of the goals in each problem: about the preferences (ParEGO), or these themselves."""
    preference = np.array([want.weight for want in goals])
    if way == "chebyshev":
        return drawn_weights(preference, rngs)
    return to_device(np.tile(preference, (len(rngs), 1)))


def log_number_gain(
    way: str,
    goals: Sequence[Outcome],
    front: Front,
    scale: Range,
    weights: Float[Tensor, "b m"],
    draws: Draws,
) -> Float[Tensor, "b N"]:
    """ln of the expected improvement of one number made of all goals."""
    number = NUMBERS[way]
    share = torch.where(front.inside.unsqueeze(-1), scale.share(front.good), 0.0)
    nothing = torch.zeros_like(front.reference).unsqueeze(1)
    best = number(torch.cat([share, nothing], 1), weights).amax(1)
    return log_scalar_improvement(number(scale.share(draws.of(goals)), weights), best)
