"""health: whether the model of a campaign can be believed."""

from __future__ import annotations

from tansaku.campaign.model_health import Health
from tansaku.services.opened import load

__all__ = ["Health", "health"]


def health(store: str, name: str, *, strategy: str = "standard", seed: int = 0) -> Health:
    """Look at the model of the campaign ``name``.

    Raises:
        CampaignNotFoundError: the store has none of that name.
        UnknownNameError: no such strategy.
        UsageError: the strategy has no model.
    """
    return load(store, name).health(strategy=strategy, seed=seed)
