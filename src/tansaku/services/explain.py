"""explain: why a sample was suggested, what was believed of it, and what came out."""

from __future__ import annotations

from tansaku.campaign.explanation import Explanation, explained
from tansaku.services.opened import load


def explain(store: str, name: str, id: str, *, recompute: bool = False) -> Explanation:
    """Why a sample was suggested, as :func:`~tansaku.campaign.explanation.explained`.

    Raises:
        CampaignNotFoundError: the store has none of that name; else as there.
    """
    return explained(load(store, name).document, id, recompute=recompute)


__all__ = ["Explanation", "explain"]
