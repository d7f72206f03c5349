"""pool: the candidates and their states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tansaku.campaign.status import Candidate
from tansaku.services.opened import load


@dataclass(frozen=True, slots=True)
class Pool:
    """The candidates of a campaign, in the order of its table."""

    campaign: str
    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    candidates: tuple[Candidate, ...]

    def document(self) -> dict[str, Any]:
        """``{"campaign", "n", "candidates": [{"pool_row", "inputs", .., "state"}]}``."""
        return {
            "campaign": self.campaign,
            "n": len(self.candidates),
            "candidates": [each.model_dump(mode="json") for each in self.candidates],
        }


def pool(store: str, name: str) -> Pool:
    """The candidates of the campaign ``name``.

    Raises:
        CampaignNotFoundError: the store has none of that name.
    """
    campaign = load(store, name)
    targets = tuple(target.name for target in campaign.targets)
    return Pool(campaign.name, campaign.space.names, targets, campaign.candidates())
