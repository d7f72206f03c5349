"""Open candidates: what a campaign can choose from now, and the answer once it is chosen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tansaku.bo import engine
from tansaku.campaign.history.requester import Requester
from tansaku.campaign.sources.relevance import Relevance, judged, only_probes, source_notices
from tansaku.campaign.suggest.campaign_search import CampaignSearch
from tansaku.campaign.suggest.candidates import Listing, Streams
from tansaku.campaign.suggest.suggestion import Suggestions, check_number, replaced
from tansaku.campaign.suggest.why import Why, said_of_way
from tansaku.design import Joint
from tansaku.insight.reasons import Reason
from tansaku.space.values import settings

PROOF = 20_000_000
"""Covariances that are computed at the most to see whether any setting of a grid that is not
listed is better than what was found: about a second."""


@dataclass(frozen=True, slots=True)
class OpenCandidates:
    """What can be chosen, as the engine sees it.

    Attributes:
        search: The campaign.
        seed: What chance starts from.
        asking: Who asks.
        listing: The candidates.
        joint: All targets over them, with what is taken and what is under way.
        streams: The random numbers.
        relevance: What older data are worth.
        probe: Only settings of the older data are open.
        probing: There are older data to be told of, so that what is chosen is such a setting.
    """

    search: CampaignSearch
    seed: int
    asking: Requester
    listing: Listing
    joint: Joint
    streams: Streams
    relevance: Relevance
    probe: bool
    probing: bool

    @classmethod
    def of(
        cls,
        search: CampaignSearch,
        n: int,
        seed: int,
        asking: Requester,
        *,
        replicate: bool,
        probe: bool,
    ) -> OpenCandidates:
        """What is open to ``n`` samples.

        Raises:
            UsageError: n below 1.
            PoolExhaustedError: fewer than ``n`` candidates are open.
        """
        spec, state = search.spec, search.state
        allowed, pending = asking.allowed(spec.space, state.blocked), state.staying(asking)
        gone = {*pending, *(() if replicate else state.measured)}
        streams = Streams.of(seed, search.histories[search.most_measured], len(pending))
        if asking.candidates is None:
            listing = search.listing(streams, allowed, 0 if pending else PROOF)
        else:
            from tansaku.campaign.suggest.file_candidates import listed_from  # it brings pandas

            listing = listed_from(asking.candidates, search, streams, allowed, pending)
        taken = listing.mask(gone) | ~allowed.mask(listing.matrix)
        check_number(n, int((~taken).sum()), len(pending), allowed)
        under_way = np.array([[listing.positions[c] for c in pending]], dtype=np.int64)
        joint = search.joint(listing, taken[None], under_way)
        questions = search.questions(joint)
        relevance = judged(questions, search.strategy)
        if probe:
            joint = search.joint(listing, only_probes(questions, search.strategy, n), under_way)
        probing = probe and any(q.model_inputs.sources and q.problem.measured for q in questions)
        return cls(search, seed, asking, listing, joint, streams, relevance, probe, probing)

    def answer(self, proposal: engine.Proposal, late: tuple[str, ...]) -> Suggestions:
        """The picks as people read them, each with its reason, and what a careful assistant would
        mention; ``late`` says that time ran out."""
        search, strategy, state = self.search, self.search.strategy, self.search.state
        pending = self.joint.outcomes[0].pending.shape[1]
        why = Why(search.spec, strategy, search.standing, pending, search.histories)
        made = why.suggestions(state, self.listing, proposal, self.joint.cost)
        if self.probing:
            made = tuple(each.model_copy(update={"reason": Reason(kind="probe")}) for each in made)
        at_probe, best = None, self.relevance.probe
        if best is not None and not self.probe:
            at_probe = settings(search.spec.space.named(self.listing.matrix[best]))
        return Suggestions(
            campaign=search.spec.name,
            strategy=strategy.name,
            seed=self.seed,
            suggestions=made,
            model=search.model(proposal),
            notices=(
                *replaced(state, self.asking, made),
                *search.standing.notices(),
                *self.listing.notices,
                *said_of_way(proposal, self.joint, strategy),
                *source_notices(state.sources, search.by_name, strategy, at_probe),
                *search.notices(proposal.fitted),
                *late,
            ),
            sources=self.relevance.verdicts,
            targets=search.spec.targets,
        )
