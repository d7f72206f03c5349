"""suggest: which samples to make next."""

from __future__ import annotations

from tansaku.campaign.suggest import Suggestions
from tansaku.services.opened import change


def suggest(
    store: str,
    name: str,
    n: int = 1,
    *,
    strategy: str = "standard",
    seed: int = 0,
    more: bool = False,
    replicate: bool = False,
) -> Suggestions:
    """Suggest ``n`` samples and keep them with the campaign.

    Args:
        store: URL of the store.
        name: The campaign.
        n: How many samples, made at once: each takes the earlier ones into account.
        strategy: A name of ``tansaku.strategy.STRATEGIES``.
        seed: The same seed on the same campaign gives the same answer.
        more: Earlier suggestions that have no result yet stay under way; otherwise these replace
            them.
        replicate: Measured candidates may be suggested again.

    Raises:
        UnknownNameError: no such strategy.
        PoolExhaustedError: fewer than ``n`` candidates are left.
        ModelError: no model can be computed from these data.
    """
    _, found = change(
        store,
        name,
        lambda campaign: campaign.suggest(
            n, strategy=strategy, seed=seed, more=more, replicate=replicate
        ),
    )
    return found
