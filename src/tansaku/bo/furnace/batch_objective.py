"""Batch objective: what the planner of furnace runs asks of a search, whatever is wanted of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.device import to_device
from tansaku.bo.furnace.joint_gain import Together
from tansaku.bo.furnace.run_candidates import Layout, RunCandidates
from tansaku.bo.surrogates.posterior import Posterior
from tansaku.design import Ints

JUDGES = 512
"""Futures over which two plans are compared: eight times those of the search, at a hundredth of
its cost, so that what is kept is better by more than the noise of the search."""


@runtime_checkable
class BatchObjective(Protocol):
    """What is believed of a search, after samples that are only imagined. Each sample of a plan has
    a slot 0, 1, .. of its own, to which random futures belong; pending ones have the first."""

    def fantasize(self, index: int, slot: int) -> BatchObjective:
        """After an imagined sample of candidate ``index``."""

    def part(self, index: Ints) -> BatchObjective:
        """The same about some of the candidates."""

    def crowd(self, layout: Layout) -> RunCandidates:
        """The candidates at every setting."""

    def expected_gain(self, index: Ints) -> Together:
        """What these samples promise together, in this order, nothing else imagined."""


def covariance_of(posterior: Posterior, index: Ints) -> Float[Tensor, "c q q"]:
    """Covariance of the candidates ``index``, nothing imagined counted twice, model units."""
    points, rows = posterior.pool[to_device(index)], posterior.solved[:, :, to_device(index)]
    covariance = posterior.law.covariance(points, points) - rows.mT @ rows
    return covariance * posterior.law.scale.square().view(-1, 1, 1)


def fantasized(posterior: Posterior, index: int, draws: Float[Tensor, "c s"]) -> Posterior:
    """The belief after an imagined value of one candidate, in every component."""
    return posterior.fantasize(torch.full((len(draws),), index, device=draws.device), draws)


def part_of(posterior: Posterior, index: Ints) -> Posterior:
    """The same belief about some of the candidates."""
    at = to_device(index)
    rows = posterior.rows()[:, :, at]
    return replace(
        posterior,
        pool=posterior.pool[at],
        rows=lambda: rows,
        later=tuple(row[:, at] for row in posterior.later),
        mean=posterior.mean[:, :, at],
        variance=posterior.variance[:, at],
        works=None if posterior.works is None else posterior.works[:, at],
    )


def antithetic(rng: np.random.Generator, slots: int, fantasies: int) -> Float[Tensor, "q f"]:
    """Standard normal draws and their negatives."""
    half = rng.standard_normal((slots, fantasies // 2))
    return to_device(np.concatenate([half, -half], axis=1))
