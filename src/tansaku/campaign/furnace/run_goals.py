"""Run goals: what a plan of furnace runs is made for, one target or several, limits and costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from tansaku.bo.furnace.given import Furnace, Plan
from tansaku.bo.furnace.plan import plan_joint_runs, plan_runs
from tansaku.bo.furnace.pools import best_singles
from tansaku.bo.objectives.hypervolume import hypervolume
from tansaku.campaign.history.by_run import teaching
from tansaku.campaign.history.model_inputs import ModelInputs, model_inputs_of
from tansaku.campaign.history.problem import problem_of
from tansaku.campaign.history.records import CampaignSpec, Suggestion
from tansaku.campaign.history.state import History, State
from tansaku.campaign.suggest.campaign_search import CampaignSearch
from tansaku.campaign.suggest.candidates import Listing, Streams, searched
from tansaku.campaign.suggest.model_description import describe_model
from tansaku.campaign.suggest.model_limits import model_limits
from tansaku.campaign.suggest.trade_offs import standing_of
from tansaku.campaign.suggest.why import Why, said_of_way
from tansaku.design import Bools, Ints, Joint, Problems
from tansaku.language import _
from tansaku.space import Allowed, Goal, Scale, Target
from tansaku.strategy import Strategy


@dataclass(frozen=True, slots=True)
class Made:
    """A plan, and what is told of it.

    Attributes:
        plan: Its runs, as places in the listing.
        suggestions: All its samples.
        model: As ``suggest`` tells it.
        gain_of: As in ``FurnacePlan``.
        unit: Of the gains.
        volume: Hypervolume of the best compromises so far; ``None`` where that does not grow.
        notices: What a careful assistant would mention.
    """

    plan: Plan
    suggestions: tuple[Suggestion, ...]
    model: dict[str, Any]
    gain_of: str
    unit: str
    volume: float | None = None
    notices: tuple[str, ...] = ()


class RunGoals(Protocol):
    """What a plan is made for."""

    @property
    def streams(self) -> Streams:
        """Randomness."""

    @property
    def histories(self) -> Mapping[str, History]:
        """{target that is measured: what teaches about it}."""

    def searched(self, allowed: Allowed) -> Listing:
        """Candidates worth planning with in a space that is not listed."""

    def best(self, listing: Listing, taken: Bools, most: int) -> Ints:
        """The best candidates as single samples, best first, at most so many."""

    def made(self, listing: Listing, taken: Bools, pending: Ints, furnace: Furnace) -> Made:
        """The plan."""


@dataclass(frozen=True, slots=True)
class OneTarget:
    """A campaign with one target, without limits and without costs."""

    spec: CampaignSpec
    state: State
    history: History
    model_inputs: ModelInputs
    strategy: Strategy
    streams: Streams

    @classmethod
    def of(
        cls, spec: CampaignSpec, state: State, strategy: Strategy, seed: int, pending: int
    ) -> OneTarget:
        """The campaign as it stands."""
        history = teaching(spec, state)
        model_inputs = model_inputs_of(spec.space, spec.targets[0], state.sources, strategy)
        return cls(spec, state, history, model_inputs, strategy, Streams.of(seed, history, pending))

    @property
    def histories(self) -> Mapping[str, History]:
        """See :class:`RunGoals`."""
        return {self.spec.targets[0].name: self.history}

    def searched(self, allowed: Allowed) -> Listing:
        """See :class:`RunGoals`."""
        problem = problem_of(self.spec, self.history, self.model_inputs)
        return searched(
            self.spec,
            self.state,
            problem,
            self.strategy,
            self.streams,
            self.model_inputs.encoder,
            allowed=allowed,
        )

    def best(self, listing: Listing, taken: Bools, most: int) -> Ints:
        """See :class:`RunGoals`."""
        problem = self._problem(listing, taken, np.empty(0, dtype=np.int64))
        return best_singles(Joint.of(problem), self.strategy, self.streams.model(), most)

    def made(self, listing: Listing, taken: Bools, pending: Ints, furnace: Furnace) -> Made:
        """See :class:`RunGoals`."""
        target, spec = self.spec.targets[0], self.spec
        problem = self._problem(listing, taken, pending)
        plan = plan_runs(problem, self.strategy, furnace, self.streams.model())
        standing = standing_of(spec, self.state)
        why = Why(spec, self.strategy, standing, len(pending), (self.history,))
        (fitted,) = plan.proposal.fitted or (None,)
        encoder = self.model_inputs.encoder
        return Made(
            plan,
            why.suggestions(self.state, listing, plan.proposal, None),
            {} if fitted is None else describe_model(fitted, spec, self.strategy, encoder),
            "best",
            unit_of(target),
            notices=model_limits(
                self.history, self.strategy, with_sources=bool(self.model_inputs.sources)
            ),
        )

    def _problem(self, listing: Listing, taken: Bools, pending: Ints) -> Problems:
        return replace(
            problem_of(self.spec, self.history, self.model_inputs),
            pool=self.model_inputs.encoder.encode(listing.matrix),
            taken=taken[None],
            pending=pending[None],
        )


@dataclass(frozen=True, slots=True)
class SeveralTargets:
    """A campaign with several targets, with limits or with costs."""

    spec: CampaignSpec
    view: CampaignSearch
    strategy: Strategy
    streams: Streams

    @classmethod
    def of(
        cls, spec: CampaignSpec, state: State, strategy: Strategy, seed: int, pending: int
    ) -> SeveralTargets:
        """The campaign as it stands."""
        view = CampaignSearch.of(spec, state, strategy)
        streams = Streams.of(seed, view.histories[view.most_measured], pending)
        return cls(spec, view, strategy, streams)

    @property
    def histories(self) -> Mapping[str, History]:
        """See :class:`RunGoals`."""
        return self.view.by_name

    def searched(self, allowed: Allowed) -> Listing:
        """See :class:`RunGoals`."""
        return self.view.listing(self.strategy, self.streams, allowed)

    def best(self, listing: Listing, taken: Bools, most: int) -> Ints:
        """See :class:`RunGoals`."""
        joint = self.view.joint(listing, taken[None], np.empty((1, 0), dtype=np.int64))
        return best_singles(joint, self.strategy, self.streams.model(), most)

    def made(self, listing: Listing, taken: Bools, pending: Ints, furnace: Furnace) -> Made:
        """See :class:`RunGoals`."""
        view, standing = self.view, self.view.standing
        joint = view.joint(listing, taken[None], pending[None])
        plan = plan_joint_runs(joint, self.strategy, furnace, self.streams.model())
        why = Why(self.spec, self.strategy, standing, len(pending), view.histories)
        goals = [t for t in self.spec.targets if t.goal is not Goal.KEEP]
        way = plan.proposal.way or "hypervolume"
        gain_of = {"chebyshev": "compromise"}.get(way, way)
        if way == "hypervolume" and len(goals) == 1:
            gain_of = "best"
        volume = None
        if gain_of == "hypervolume" and plan.proposal.reference is not None:
            volume = hypervolume(standing.front, plan.proposal.reference[0])
        return Made(
            plan,
            why.suggestions(view.state, listing, plan.proposal, joint.cost),
            view.model(plan.proposal, self.strategy),
            gain_of,
            unit_of(goals[0]) if gain_of == "best" else "",
            volume,
            (*standing.notices(), *said_of_way(plan.proposal, joint, self.strategy)),
        )


def unit_of(target: Target) -> str:
    """Of a gain in the target's value."""
    return _("decades") if target.scale is Scale.LOG10 else target.unit
