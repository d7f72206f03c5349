"""The straight path from a campaign to its next samples: the one function to read first.

space -> model inputs -> history of each target + pending -> candidates -> Joint -> engine.propose
-> Suggestions, each with its reason and the seed.
"""

from __future__ import annotations

from tansaku.bo import engine
from tansaku.bo.deadline import within
from tansaku.campaign.history.records import CampaignSpec
from tansaku.campaign.history.requester import NOBODY, Requester
from tansaku.campaign.history.state import State
from tansaku.campaign.suggest.campaign_search import CampaignSearch
from tansaku.campaign.suggest.open_candidates import OpenCandidates
from tansaku.campaign.suggest.suggestion import Suggestions, checked_limit, late
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
    """Choose the next ``n`` samples of a campaign, at least 1.

    Args:
        spec: The campaign's space and targets.
        state: What has happened.
        n: How many.
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
        opened = OpenCandidates.of(search, n, seed, asking, replicate=replicate, probe=probe)
        proposal = engine.propose(opened.joint, strategy, n, [opened.streams.model()])
    return opened.answer(proposal, late(time_limit, bool(cut)))
