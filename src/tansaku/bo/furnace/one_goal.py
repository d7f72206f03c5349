"""One goal: the gain of a plan is how far it is expected to raise the best, and no more."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.device import to_device
from tansaku.bo.fantasy_posterior import FANTASIES
from tansaku.bo.furnace.batch_objective import (
    JUDGES,
    antithetic,
    covariance_of,
    fantasized,
    part_of,
)
from tansaku.bo.furnace.joint_gain import Together, bettered, expected_gain, log_mean_gain
from tansaku.bo.furnace.run_candidates import Layout
from tansaku.bo.furnace.seen import Seen
from tansaku.bo.surrogates.posterior import Posterior
from tansaku.design import Direction, Ints, Problems
from tansaku.strategy import AcquisitionSpec, Strategy


@dataclass(frozen=True, slots=True)
class OneGoal:
    """What is believed of a search for one target, after samples that are only imagined.

    Attributes:
        problems: The search (b = 1).
        strategy: Names the value to beat.
        posterior: About the pool.
        draws: Futures of pending samples and of each crucible, shape (q, f), q = p + m k.
        judges: The same for comparing plans, shape (q, j).
        luck: Uniform numbers that say in which of those futures a sample fails, shape (q, j).
    """

    problems: Problems
    strategy: Strategy
    posterior: Posterior
    draws: Float[Tensor, "q f"]
    judges: Float[Tensor, "q j"]
    luck: Float[Tensor, "q j"]

    @classmethod
    def of(
        cls,
        problems: Problems,
        strategy: Strategy,
        posterior: Posterior,
        slots: int,
        rng: np.random.Generator,
    ) -> OneGoal:
        """Before anything is imagined, with futures for so many samples."""
        return cls(
            problems,
            strategy,
            posterior,
            antithetic(rng, slots, FANTASIES),
            antithetic(rng, slots, JUDGES),
            to_device(rng.random((slots, JUDGES))),
        )

    def fantasize(self, index: int, slot: int) -> OneGoal:
        """After an imagined sample of candidate ``index``, in crucible ``slot``."""
        c = len(self.posterior.variance)
        return replace(
            self, posterior=fantasized(self.posterior, index, self.draws[slot].expand(c, -1))
        )

    def part(self, index: Ints) -> OneGoal:
        """The same about some of the candidates."""
        return replace(self, posterior=part_of(self.posterior, index))

    def crowd(self, layout: Layout) -> _Best:
        """The candidates at every setting."""
        members = to_device(layout.members)
        works = None if self.posterior.works is None else self.posterior.works[0, members].log()
        best = self._best().unsqueeze(2).expand(-1, -1, len(members), -1)
        return _Best(self, Seen.of(self.posterior, members), best, works)

    def expected_gain(self, index: Ints) -> Together:
        """What these samples promise together, in this order."""
        working, draws = None, self.judges[: len(index)]
        if self.posterior.works is not None:
            works = self.posterior.works[0, to_device(index), None]
            working = (self.luck[: len(index)] < works).to(draws.dtype)
        return expected_gain(
            self.posterior.mean[:, 0, to_device(index)],
            covariance_of(self.posterior, index),
            self._best()[:, 0, 0],
            draws,
            direction=self.problems.direction,
            match=self.problems.match,
            working=working,
        )

    def _best(self) -> Float[Tensor, "c s 1"]:
        """The value to beat in each future."""
        return incumbent(self.posterior, self.problems, self.strategy.acquisition)


@dataclass(frozen=True, slots=True)
class _Best:
    """The candidates at every setting and the value to beat, shape (c, s, G, 1), in each future;
    ``works`` is ln of the probability that a sample works."""

    goal: OneGoal
    seen: Seen
    best: Float[Tensor, "c s G 1"]
    works: Float[Tensor, "G w"] | None

    @property
    def _wanted(self) -> tuple[Direction, float]:
        return self.goal.problems.direction, self.goal.problems.match

    def log_gain(self) -> Float[Tensor, "G w"]:
        """ln of what each candidate would add; a sample that fails adds nothing."""
        fantasies = self.seen.mean.shape[1]
        sd = self.seen.variance.sqrt().repeat_interleave(fantasies, 0)
        mean, best = self.seen.mean.flatten(0, 1), self.best.flatten(0, 1)
        gain = log_mean_gain(mean, sd, best, *self._wanted)
        return gain if self.works is None else gain + self.works

    def fantasize(self, place: Int[Tensor, " G"], slot: int) -> _Best:
        """After an imagined sample at each setting."""
        seen, values = self.seen.fantasize(place, self.goal.draws[slot].unsqueeze(0))
        before = self.best.expand(-1, values.shape[1], -1, -1)
        best = bettered(before, values.unsqueeze(-1), *self._wanted)
        return replace(self, seen=seen, best=best)


def incumbent(
    posterior: Posterior, problems: Problems, spec: AcquisitionSpec
) -> Float[Tensor, "c s 1"]:
    """The value to beat in each future of each component, shape (b x components, s, 1)."""
    if spec.incumbent == "posterior" or problems.measured == 0:  # without own points: the sources'
        # Sources come before the problem's own values, and limits after them.
        known = posterior.at_data[:, -problems.told :]
    else:
        components = posterior.mean.shape[0] // problems.size
        known = to_device(problems.reached()).repeat_interleave(components, 0)
    known = known.unsqueeze(1).expand(-1, posterior.mean.shape[1], -1)
    if posterior.fantasized is not None:
        known = torch.cat([known, posterior.fantasized], -1)
    if problems.direction is Direction.MATCH:
        return (known - problems.match).abs().amin(-1, keepdim=True)
    return known.amax(-1, keepdim=True)
