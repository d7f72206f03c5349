"""results: what the results hold besides values: failures, limits, scatter, and doubtful ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tansaku.campaign.history.records import Measurement, Status
from tansaku.campaign.results.result_outliers import Doubt, Spread, doubts_of, spreads_of
from tansaku.services.opened import load
from tansaku.strategy import STRATEGIES


@dataclass(frozen=True, slots=True)
class ResultsReport:
    """What a careful assistant would say of a campaign's results.

    Attributes:
        campaign: Its name.
        target: The target whose results are looked at, as written in the shell.
        log10: Its sds are in decades.
        failed: Samples that failed.
        marked: Results that a person has called doubtful; they count.
        limits: Results that are limits.
        excluded: Results that are kept and not used.
        spreads: Variation by level, coarse to fine; empty where nothing was repeated.
        doubts: Results that stand out, and what would change without them.
    """

    campaign: str
    target: str
    log10: bool
    failed: tuple[Measurement, ...]
    marked: tuple[Measurement, ...]
    limits: tuple[Measurement, ...]
    excluded: tuple[Measurement, ...]
    spreads: tuple[Spread, ...]
    doubts: tuple[Doubt, ...]

    def document(self) -> dict[str, Any]:
        """``{"campaign", "target", "failed", "marked", "limits", "excluded", "variation",
        "doubtful"}``: what was marked as doubtful, and what the other results do not bear out."""
        return {
            "campaign": self.campaign,
            "target": self.target,
            **{
                name: [each.model_dump(mode="json") for each in getattr(self, name)]
                for name in ("failed", "marked", "limits", "excluded")
            },
            "variation": [each.model_dump(mode="json") for each in self.spreads],
            "doubtful": [each.model_dump(mode="json") for each in self.doubts],
        }


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
        spreads=spreads_of(state, target),
        doubts=doubts_of(spec, state, STRATEGIES[strategy], seed),
    )
