"""What an acquisition sees: beliefs about every outcome of the candidates, and what is to beat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.device import to_device
from tansaku.bo.objectives.improvement import (
    Outcome,
    log_chance,
    log_chance_of_improvement,
    log_gain,
    log_hypervolume_improvement,
)
from tansaku.bo.objectives.normal import log_mean
from tansaku.bo.objectives.outcome_constraints import log_all_feasible
from tansaku.bo.objectives.scalarise import Draws, Range
from tansaku.bo.objectives.utility import (
    EXACT_MOST,
    Front,
    log_number_gain,
    range_of,
    weights_of,
)
from tansaku.design import Direction, Floats, Ints

SURE = 1e-9
"""sd of a value that is looked at as if it were certain, as a share of the usual sd."""
DRAWN_NUMBERS = 8_000_000
"""Draws x candidates x objectives at a time, 64 MB an array."""
CHANCE_DRAWS = 512
"""Draws behind the chance of an improvement where objectives are too many for boxes: +-2 %."""

Kind = Literal["value", "gain", "log_gain"]
"""What a score is, and so what a sample that may fail is worth: of a ``value`` P x value + (1 - P)
x poorest, of a ``gain`` P x gain, and ln P is added to the logarithm of one (``log_gain``)."""


@dataclass(frozen=True, slots=True)
class AcquisitionInput:
    """What is believed of N candidates of b problems, in f futures of each: imagined outcomes of
    what is under way, and the phases that may form. One goal without limits and costs is ``plain``.

    Attributes:
        outcomes: Every outcome, of b x f problems.
        front: The samples so far, in b x f problems.
        best: Of a single goal, what is to be beaten under each of its components, as goodness,
            shape (g, #k), g = b x f.
        way: What the goals are worth together: see :func:`~tansaku.bo.objectives.utility.way_of`.
        rngs: b generators.
        sample: Draws each goal over the candidates, shape (b, N) each.
        share: Probability of each future of each candidate, shape (b, f, N), 1 over the futures in
            all; ``None`` where all are as likely.
        works: P(a sample works), shape (b, N); ``None`` where nothing has failed.
        poorest: What a failed sample is worth by itself, as goodness, shape (b, 1).
        cost: Of each candidate, shape (N,); ``None`` where all cost the same.
    """

    outcomes: Sequence[Outcome]
    front: Front
    best: Float[Tensor, "g #k"]
    way: str
    rngs: Sequence[np.random.Generator]
    sample: Callable[[], Sequence[Float[Tensor, "b N"]]]
    share: Float[Tensor, "b f N"] | None = None
    works: Float[Tensor, "b N"] | None = None
    poorest: Float[Tensor, "b 1"] | None = None
    cost: Floats | None = None

    @property
    def goals(self) -> list[Outcome]:
        """Of the outcomes, the ones to be improved."""
        return [each for each in self.outcomes if each.want.is_objective]

    @property
    def plain(self) -> bool:
        """Whether there is one goal, and neither limits nor costs."""
        bound = any(each.want.bound for each in self.outcomes)
        return len(self.goals) == 1 and not bound and self.cost is None

    def log_gain(self, goals: Sequence[Outcome] | None = None) -> Float[Tensor, "b N"]:
        """ln of what a candidate is expected to add to the samples so far, limits kept: averaged
        over the futures. ``goals`` may be looked at as if they were others."""
        goals = self.goals if goals is None else goals
        if self.way != "hypervolume":
            return self.log_mean_of([self._number_gain(goals)] if goals else ())
        if len(goals) == 1:  # the space above the front is one box, without an end
            each = log_gain(goals[0], self.best)
        else:
            each = log_hypervolume_improvement(goals, self.front.boxes)
        return self.log_mean_of([each], outright=False)

    def split_gain(self) -> tuple[Float[Tensor, "b N"], Float[Tensor, "b N"]]:
        """(expected gain, what of it is exploitation): the part that is left if every component
        were sure of its mean. What uncertainty adds, exploration, is the difference; of a single
        value to be raised or lowered it is never below 0: the gain is convex in it (Jensen)."""
        sure = [replace(each, sd=SURE * each.sd) for each in self.outcomes]
        return self.log_gain().exp(), replace(self, outcomes=sure).log_gain().exp()

    def log_chance(self) -> Float[Tensor, "b N"]:
        """ln of the probability that a candidate keeps all limits and that no sample so far is at
        least as good in every objective; by draws where there are too many objectives."""
        goals = self.goals
        if len(goals) > EXACT_MOST:
            each = self._drawn_chance()
        elif len(goals) > 1:
            each = log_chance_of_improvement(goals, self.front.boxes)
        elif goals:
            each = log_chance(goals[0], self.best)
        else:
            return self.log_mean_of(())
        return self.log_mean_of([each], outright=False)

    def value(self, values: Sequence[Float[Tensor, "b N"]]) -> Float[Tensor, "b N"]:
        """What these values of the goals, as goodness, are worth: the value itself where there is
        one goal and nothing else, else ln of what they would add if they were certain."""
        if self.plain:
            return values[0]
        sure = []
        for each, goal in zip(values, self.goals, strict=True):
            at = each.repeat_interleave(len(goal.mean) // len(each), 0).unsqueeze(1)
            sd = SURE * goal.sd.mean(1, keepdim=True).mean(-1, keepdim=True)
            want = replace(goal.want, direction=Direction.MAXIMISE)
            sure.append(Outcome(at, sd.expand_as(at), want))
        return self.log_gain(sure)

    def average(self, values: Float[Tensor, "g k N"]) -> Float[Tensor, "b N"]:
        """The mean over the components and futures."""
        each = values.unflatten(0, (self._problems, -1))
        return each.mean((1, 2)) if self.share is None else (self.share * each.mean(2)).sum(1)

    def log_mean_of(
        self, log_values: Sequence[Float[Tensor, "g N"]], *, outright: bool = True
    ) -> Float[Tensor, "b N"]:
        """ln of the mean over the futures of a product, times the probability that all limits are
        kept; without ``outright`` those that the reference point takes care of are left out."""
        parts = [*log_values, *log_all_feasible(self.outcomes, outright=outright)]
        each = sum(parts[1:], parts[0]) if parts else torch.zeros_like(self.outcomes[0].mean[:, 0])
        each = each.unflatten(0, (self._problems, -1))
        return each[:, 0] if each.shape[1] == 1 else log_mean(each, self.share)

    def log_feasible(self) -> Float[Tensor, "b N"]:
        """ln of the probability that all limits are kept."""
        return self.log_mean_of(())

    def moments(self, outcome: Outcome) -> tuple[Float[Tensor, "b N"], Float[Tensor, "b N"]]:
        """Mean and variance over components, phases and futures (law of total variance)."""
        mean = self.average(outcome.mean)
        apart = outcome.mean.unflatten(0, (self._problems, -1)) - mean[:, None, None]
        return mean, self.average(outcome.sd.square() + apart.square().flatten(0, 1))

    def weighed(self, score: Float[Tensor, "b N"], kind: Kind) -> Float[Tensor, "b N"]:
        """A score that knows neither failures nor costs, as it is with them."""
        works = self.works
        if kind == "value" and self.plain:
            if works is None or self.poorest is None:
                return score
            return self.poorest + works * (score - self.poorest)
        cost = None if self.cost is None else to_device(self.cost)
        if kind == "gain":
            score = score if works is None else score * works
            return score if cost is None else score / cost
        score = score if works is None else score + works.log()
        return score if cost is None else score - cost.log()

    def at(self, picks: Ints) -> AcquisitionInput:
        """Of some candidates of each problem, shape (b, n), whatever they cost and
        however often they fail."""
        index = to_device(picks)

        def few(values: Float[Tensor, "b *k N"]) -> Float[Tensor, "b *k n"]:
            at = index.repeat_interleave(len(values) // len(index), 0)
            shape = (len(values), *[1] * (values.ndim - 2), at.shape[-1])
            return values.gather(-1, at.view(shape).expand(*values.shape[:-1], -1))

        return replace(
            self,
            outcomes=[Outcome(few(o.mean), few(o.sd), o.want) for o in self.outcomes],
            share=None if self.share is None else few(self.share),
            works=None,
            cost=None,
        )

    @property
    def _problems(self) -> int:
        return len(self.rngs)

    def _number_gain(self, goals: Sequence[Outcome]) -> Float[Tensor, "g N"]:
        """ln of the expected improvement of one number made of all objectives."""
        front, times = self.front, len(self.front.reference) // self._problems
        wants = [each.want for each in goals]
        weights = weights_of(self.way, wants, self.rngs).repeat_interleave(times, 0)
        draws, scale = Draws.make(len(goals), self.rngs), range_of(wants, front, self.way)
        size = max(1, DRAWN_NUMBERS // (draws.normal[0].numel() * goals[0].mean.shape[-1]))
        found = []
        for index in to_device(np.arange(len(weights))).split(size):
            some = [Outcome(each.mean[index], each.sd[index], each.want) for each in goals]
            own, part = draws.take(index // times), Range(scale.worst[index], scale.best[index])
            found.append(
                log_number_gain(self.way, some, front.at(index), part, weights[index], own)
            )
        return torch.cat(found)

    def _drawn_chance(self) -> Float[Tensor, "g N"]:
        times, front = len(self.front.reference) // self._problems, self.front
        index = to_device(np.arange(len(front.reference))) // times
        good = Draws.make(len(self.goals), self.rngs, CHANCE_DRAWS).take(index).of(self.goals)
        beaten = (good > front.reference[:, None, None]).all(-1)
        for k in range(front.good.shape[1]):
            other = front.good[:, k, None, None]
            better = (good > other).any(-1) | ~front.inside[:, k, None, None]
            beaten = beaten & better
        return beaten.to(torch.float64).mean(1).log()
