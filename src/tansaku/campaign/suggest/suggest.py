"""The straight path from a campaign to its next samples: the one function to read first.

space -> model inputs -> history of each target + pending -> candidates -> Joint -> engine.propose
-> Suggestions, each with its reason and the seed.
"""

from __future__ import annotations

import numpy as np

from tansaku.bo import engine
from tansaku.bo.deadline import within
from tansaku.campaign.history.records import CampaignSpec
from tansaku.campaign.history.requester import NOBODY, Requester
from tansaku.campaign.history.state import State
from tansaku.campaign.sources.relevance import judged, only_probes, source_notices
from tansaku.campaign.suggest.campaign_search import CampaignSearch
from tansaku.campaign.suggest.candidates import Streams
from tansaku.campaign.suggest.suggestion import (
    Suggestions,
    check_number,
    checked_limit,
    late,
    replaced,
)
from tansaku.campaign.suggest.why import Why, said_of_way
from tansaku.insight.reasons import Reason
from tansaku.space.values import settings
from tansaku.strategy import Strategy, expecting


def suggest(
    spec: CampaignSpec,
    state: State,
    n: int,
    strategy: Strategy,
    seed: int,
    *,
    asking: Requester = NOBODY,
    replicate: bool = False,
    probe: bool = False,
    time_limit: float | None = None,
) -> Suggestions:
    """Choose the next ``n`` samples of a campaign.

    Args:
        spec: The campaign's space and targets.
        state: What has happened.
        n: How many, at least 1.
        strategy: How to choose.
        seed: Together with the state it fixes the answer.
        asking: Who asks: what others asked for is under way, taken into account and not suggested.
        replicate: Measured candidates may be suggested again.
        probe: Only candidates at settings of the older data, which tell whether those help.
        time_limit: Seconds after which the search ends with the best found so far, and says so;
            what is begun (one step of a fit, one block of candidates) is ended first.

    Raises:
        UsageError: n below 1, or a time limit that is not above 0.
        PoolExhaustedError: fewer than ``n`` candidates are open.
    """
    strategy = expecting(strategy, spec.expect)
    with within(checked_limit(time_limit)) as cut:  # to read a long history takes time, too
        search = CampaignSearch.of(spec, state, strategy)
        allowed, pending = asking.allowed(spec.space, state.blocked), state.staying(asking)
        gone = {*pending, *(() if replicate else state.measured)}
        streams = Streams.of(seed, search.histories[search.most_measured], len(pending))
        listing = search.listing(strategy, streams, allowed)
        taken = listing.mask(gone) | ~allowed.mask(listing.matrix)
        check_number(n, int((~taken).sum()), len(pending), allowed)
        under_way = np.array([[listing.positions[c] for c in pending]], dtype=np.int64)
        joint = search.joint(listing, taken[None], under_way)
        questions = search.questions(joint)
        judge = judged(questions, strategy)
        if probe:
            joint = search.joint(listing, only_probes(questions, strategy, n), under_way)
        proposal = engine.propose(joint, strategy, n, [streams.model()])
    why = Why(spec, strategy, search.standing, len(pending), search.histories)
    made = why.suggestions(state, listing, proposal, joint.cost)
    if probe and any(each.model_inputs.sources and each.problem.measured for each in questions):
        made = tuple(each.model_copy(update={"reason": Reason(kind="probe")}) for each in made)
    at_probe = None
    if judge.probe is not None and not probe:
        at_probe = settings(spec.space.named(listing.matrix[judge.probe]))
    return Suggestions(
        campaign=spec.name,
        strategy=strategy.name,
        seed=seed,
        suggestions=made,
        model=search.model(proposal, strategy),
        notices=(
            *replaced(state, asking),
            *search.standing.notices(),
            *said_of_way(proposal, joint, strategy),
            *source_notices(state.sources, search.by_name, strategy, at_probe),
            *search.notices(proposal.fitted, strategy),
            *late(time_limit, bool(cut)),
        ),
        sources=judge.verdicts,
        targets=spec.targets,
    )
