"""Prospect: what the planner of furnace runs asks of a search, whatever is wanted of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.device import to_device
from tansaku.bo.furnace.crowd import Crowd, Layout
from tansaku.bo.furnace.joint_gain import Together
from tansaku.bo.surrogates.belief import Belief
from tansaku.design import Ints

JUDGES = 512
"""Futures over which two plans are compared: eight times those of the search, at a hundredth of
its cost, so that what is kept is better by more than the noise of the search."""


@runtime_checkable
class Prospect(Protocol):
    """What is believed of a search, after samples that are only imagined. Each sample of a plan has
    a slot 0, 1, .. of its own, to which random futures belong; pending ones have the first."""

    def imagine(self, index: int, slot: int) -> Prospect:
        """After an imagined sample of candidate ``index``."""

    def part(self, index: Ints) -> Prospect:
        """The same about some of the candidates."""

    def crowd(self, layout: Layout) -> Crowd:
        """The candidates at every setting."""

    def promise(self, index: Ints) -> Together:
        """What these samples promise together, in this order, nothing else imagined."""


def covariance_of(belief: Belief, index: Ints) -> Float[Tensor, "c q q"]:
    """Covariance of the candidates ``index``, nothing imagined counted twice, model units."""
    points, rows = belief.pool[to_device(index)], belief.solved[:, :, to_device(index)]
    covariance = belief.law.covariance(points, points) - rows.mT @ rows
    return covariance * belief.law.scale.square().view(-1, 1, 1)


def imagined(belief: Belief, index: int, draws: Float[Tensor, "c s"]) -> Belief:
    """The belief after an imagined value of one candidate, in every component."""
    return belief.imagine(torch.full((len(draws),), index, device=draws.device), draws)


def part_of(belief: Belief, index: Ints) -> Belief:
    """The same belief about some of the candidates."""
    at = to_device(index)
    rows = belief.rows()[:, :, at]
    return replace(
        belief,
        pool=belief.pool[at],
        rows=lambda: rows,
        later=tuple(row[:, at] for row in belief.later),
        mean=belief.mean[:, :, at],
        variance=belief.variance[:, at],
        works=None if belief.works is None else belief.works[:, at],
    )


def antithetic(rng: np.random.Generator, slots: int, futures: int) -> Float[Tensor, "q f"]:
    """Standard normal draws and their negatives."""
    half = rng.standard_normal((slots, futures // 2))
    return to_device(np.concatenate([half, -half], axis=1))
