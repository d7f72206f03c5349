"""Run goals: what a plan of furnace runs is made for, one target or many, with limits and costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tansaku.bo.furnace.plan import Plan, plan
from tansaku.bo.furnace.plan_search import Furnace
from tansaku.bo.furnace.shared_settings import best_samples
from tansaku.bo.objectives.hypervolume import hypervolume
from tansaku.campaign.history.records import CampaignSpec, Suggestion
from tansaku.campaign.history.state import History, State
from tansaku.campaign.suggest.campaign_search import CampaignSearch
from tansaku.campaign.suggest.candidates import Listing, Streams
from tansaku.campaign.suggest.why import Why, said_of_way
from tansaku.design import Bools, Ints
from tansaku.language import _
from tansaku.space import Allowed, Goal, Scale, Target
from tansaku.strategy import Strategy


@dataclass(frozen=True, slots=True)
class PlannedSamples:
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
    volume: float | None
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunGoals:
    """What a plan is made for."""

    spec: CampaignSpec
    search: CampaignSearch
    strategy: Strategy
    streams: Streams

    @classmethod
    def of(
        cls, spec: CampaignSpec, state: State, strategy: Strategy, seed: int, pending: int
    ) -> RunGoals:
        """The campaign as it stands."""
        search = CampaignSearch.of(spec, state, strategy)
        streams = Streams.of(seed, search.histories[search.most_measured], pending)
        return cls(spec, search, strategy, streams)

    @property
    def histories(self) -> Mapping[str, History]:
        """{target that is measured: what teaches about it}."""
        return self.search.by_name

    def searched(self, allowed: Allowed) -> Listing:
        """Candidates worth planning with in a space that is not listed."""
        return self.search.listing(self.streams, allowed)

    def best(self, listing: Listing, taken: Bools, most: int) -> Ints:
        """The best candidates as single samples, best first, at most so many."""
        joint = self.search.joint(listing, taken[None], np.empty((1, 0), dtype=np.int64))
        return best_samples(joint, self.strategy, self.streams.model(), most)

    def planned(
        self, listing: Listing, taken: Bools, pending: Ints, furnace: Furnace
    ) -> PlannedSamples:
        """The plan."""
        joint = self.search.joint(listing, taken[None], pending[None])
        found = plan(joint, self.strategy, furnace, self.streams.model())
        search, strategy = self.search, self.strategy
        why = Why(self.spec, strategy, search.standing, len(pending), search.histories)
        goals = [t for t in self.spec.targets if t.goal is not Goal.KEEP]
        way = found.proposal.way or "hypervolume"
        gain_of = {"chebyshev": "compromise"}.get(way, way)
        if way == "hypervolume" and len(goals) == 1:
            gain_of = "best"
        volume = None
        if gain_of == "hypervolume" and found.proposal.reference is not None:
            volume = hypervolume(self.search.standing.front, found.proposal.reference[0])
        return PlannedSamples(
            found,
            why.suggestions(search.state, listing, found.proposal, joint.cost),
            search.model(found.proposal),
            gain_of,
            unit_of(goals[0]) if gain_of == "best" else "",
            volume,
            (
                *search.standing.notices(),
                *said_of_way(found.proposal, joint, strategy),
                *search.notices(found.proposal.fitted),
            ),
        )


def unit_of(target: Target) -> str:
    """Of a gain in the target's value."""
    return _("decades") if target.scale is Scale.LOG10 else target.unit
