"""Scene: what the pictures of a campaign have in common: its results, its model, and a point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from tansaku.campaign.campaign_posterior import Posterior, one_of
from tansaku.campaign.history.objectives import measured_targets
from tansaku.campaign.history.records import CampaignSpec, Candidacy, Event
from tansaku.campaign.history.requester import NOBODY
from tansaku.campaign.history.state import History, State, history_of
from tansaku.campaign.pictures.drawn import check_enough
from tansaku.campaign.suggest.trade_offs import Standing, standing_of
from tansaku.design import Bools, Floats
from tansaku.plots.marks import best_of
from tansaku.space import Goal, Space, Target, Value
from tansaku.strategy import Strategy


@dataclass(frozen=True)
class Scene:
    """A campaign as it is drawn.

    Attributes:
        spec: The campaign's.
        state: As it stands.
        events: Its log.
        strategy: Whose model is asked.
        seed: The same seed draws the same picture.
        target: What is drawn where a picture shows one target.
        at: {column: setting} where the picture goes through; others are as at the best sample.
        over: The inputs, or goals, of the axes, where they were chosen.
        chosen: Whether the target was asked for by its name.
    """

    spec: CampaignSpec
    state: State
    events: tuple[Event, ...]
    strategy: Strategy
    seed: int
    target: Target
    at: Mapping[int, float]
    over: tuple[str, ...] = ()
    chosen: bool = False

    @property
    def space(self) -> Space:
        """What may be varied."""
        return self.spec.space

    @cached_property
    def history(self) -> History:
        """What teaches about the target."""
        return history_of(self.spec, self.state, self.target)

    @cached_property
    def values(self) -> Floats:
        """Results of the target on its scale, the sign not turned, shape (n,)."""
        return self.target.sign * self.history.y

    @cached_property
    def standing(self) -> Standing:
        """How the measured samples stand."""
        return standing_of(self.spec, self.state)

    @cached_property
    def best(self) -> int | None:
        """Which of the results is the best of those that keep all limits; of all of them where none
        does."""
        broken = {
            c
            for c, kept in zip(self.standing.complete, self.standing.kept, strict=True)
            if not kept
        }
        kept = [i for i, c in enumerate(self.history.candidates) if c not in broken]
        among = np.array(kept or range(len(self.values)), dtype=np.int64)
        best = best_of(self.target, self.values[among])
        return None if best is None else int(among[best])

    @cached_property
    def point(self) -> Floats:
        """Where the picture goes through, shape (inputs,): the best sample, or as it was asked.

        Raises:
            ModelError: nothing is measured that could be the best.
        """
        if self.best is None and len(self.at) < len(self.space.names):
            check_enough("map", 0, 1, self.target.name)
        start = np.zeros(len(self.space.names))
        if self.best is not None:
            start = self.history.matrix[self.best].copy()
        for i, value in self.at.items():
            start[i] = value
        return start

    @cached_property
    def model(self) -> Posterior:
        """What the model says, of all targets that are measured; asked where by ``over``."""
        rows = self.history.matrix
        if not len(rows):
            check_enough("map", 0, 1, self.target.name)
        return Posterior.learn(self.spec, self.state, self.strategy, self.seed, rows[:1])

    def believed(self, rows: Floats, target: Target | None = None) -> Posterior:
        """What the model says of a target, by default the one that is drawn, at rows of a matrix,
        shape (N, inputs), on the target's scale."""
        found = self.model.over(rows)
        one = found if len(found.targets) == 1 else found[(target or self.target).name]
        return one.on_model_scale

    def blocked(self, rows: Floats) -> Bools:
        """Which rows are blocked, shape (N,)."""
        return ~NOBODY.allowed(self.space, self.state.blocked).mask(rows)

    def rows_of(self, candidates: Sequence[Mapping[str, Value]]) -> Floats:
        """Inputs as rows of a matrix, shape (k, inputs)."""
        found = [self.space.row(inputs) for inputs in candidates]
        return np.array(found).reshape(len(found), len(self.space.names))

    def called(self, candidate: Candidacy) -> str:
        """What the lab calls a sample: its results' names, or ids."""
        found = [m for m in self.state.measurements if m.candidate == candidate and m.counts]
        names = [m.sample or m.id for m in found if self.target.name in m.values]
        return ", ".join(dict.fromkeys(names))

    def title(self, more: str = "") -> str:
        """The campaign's name, and what a picture adds to it."""
        return f"{self.spec.name}: {more}" if more else self.spec.name

    def of(self, target: Target) -> Scene:
        """The same, with another target drawn; the model is not learned again."""
        if target == self.target:
            return self
        other = replace(self, target=target)
        if "model" in self.__dict__:
            other.__dict__["model"] = self.model
        return other


def target_of(spec: CampaignSpec, name: str | None) -> Target:
    """The target that is drawn: as named, else the first goal that is measured.

    Raises:
        UsageError: there is no such target.
    """
    measured = measured_targets(spec.targets)
    goals = [target for target in measured if target.goal is not Goal.KEEP]
    if name is None:
        return (goals or measured)[0]
    return one_of(measured, name)
