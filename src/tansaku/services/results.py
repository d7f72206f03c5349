"""results: what the results hold besides values: failures, limits, scatter, and doubtful ones."""

from __future__ import annotations

from pydantic import Field

from tansaku.campaign.history.records import Measurement, Status
from tansaku.campaign.results.result_outliers import Doubt, Spread, doubts_of, spreads_of
from tansaku.services.opened import load
from tansaku.spec import Answer
from tansaku.strategy import STRATEGIES


class ResultsReport(Answer):
    """What a careful assistant would say of a campaign's results.

    Attributes:
        campaign: Its name.
        target: The target whose results are looked at, as written in the shell.
        log10: Its sds are in decades.
        failed: Samples that failed.
        marked: Results that a person has called doubtful; they count.
        limits: Results that are limits.
        excluded: Results that are kept and not used.
        variation: By level, coarse to fine; empty where nothing was repeated.
        doubtful: Results that stand out, and what would change without them.
    """

    campaign: str
    target: str
    log10: bool = Field(exclude=True)
    failed: tuple[Measurement, ...]
    marked: tuple[Measurement, ...]
    limits: tuple[Measurement, ...]
    excluded: tuple[Measurement, ...]
    variation: tuple[Spread, ...]
    doubtful: tuple[Doubt, ...]


def results(store: str, name: str, *, strategy: str = "standard", seed: int = 0) -> ResultsReport:
    """Look at the results of the campaign ``name``; of several targets at the first.

    Raises:
        CampaignNotFoundError: the store has none of that name.
        UnknownNameError: no such strategy.
    """
    campaign = load(store, name)
    spec, state = campaign.document.campaign, campaign.state
    target = spec.targets[0]
    return ResultsReport(
        campaign=campaign.name,
        target=str(target),
        log10=target.scale.value == "log10",
        failed=tuple(m for m in state.measurements if m.status is Status.FAILED),
        marked=tuple(m for m in state.measurements if m.status is Status.DOUBTFUL),
        limits=tuple(m for m in state.measurements if m.counts and target.name in m.limits),
        excluded=tuple(m for m in state.measurements if m.status is Status.EXCLUDED),
        variation=spreads_of(state, target),
        doubtful=doubts_of(spec, state, STRATEGIES[strategy], seed),
    )
