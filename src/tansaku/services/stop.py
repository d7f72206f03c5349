"""stop: whether the best has been found, and what more samples would gain."""

from __future__ import annotations

from tansaku.campaign.when_to_stop import Stop
from tansaku.services.opened import load

__all__ = ["Stop", "stop"]


def stop(
    store: str,
    name: str,
    *,
    delta: float | None = None,
    strategy: str = "standard",
    seed: int = 0,
) -> Stop:
    """Whether the campaign ``name`` can stop.

    Args:
        store: URL of the store.
        name: The campaign.
        delta, strategy, seed: As for :meth:`~tansaku.campaign.campaign.Campaign.stop`.

    Raises:
        CampaignNotFoundError: the store has none of that name.
        UnknownNameError: no such strategy.
        UsageError: the strategy has no model, there are not one or two goals, or ``delta`` is none.
        ModelError: no sample has a result of every goal.
        PoolExhaustedError: no candidate is left.
    """
    return load(store, name).stop(delta=delta, strategy=strategy, seed=seed)
