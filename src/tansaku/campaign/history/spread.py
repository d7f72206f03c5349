"""Spread: how far values may differ while the results do not show it yet."""

from __future__ import annotations

import numpy as np

from tansaku.campaign.history.state import History
from tansaku.language import _
from tansaku.space import Scale, Target
from tansaku.space.values import ROUNDING_NOISE
from tansaku.strategy import Strategy


def spread_of(history: History, target: Target) -> float | None:
    """Standard deviation, on the model scale, that values of this size usually have: one decade
    where decades are looked at, else the largest value, limit, wanted value or stated sd that there
    is; ``None`` where nothing tells of any size."""
    if target.scale is Scale.LOG10:
        return 1.0
    wanted = [v for v in (target.value, target.low, target.high) if v is not None]
    for sizes in (history.y, history.limits.bound, np.array(wanted), np.sqrt(history.noise)):
        size = float(np.abs(sizes).max(initial=0))
        if size > 0:
            return size
    return None


def spread_notices(
    history: History, target: Target, strategy: Strategy, *, with_sources: bool
) -> tuple[str, ...]:
    """That the width of what is predicted is a guess."""
    y = history.y
    size = np.abs(y).max(initial=0)
    if (
        strategy.surrogate is None
        or with_sources
        or not len(y)
        or np.ptp(y) > ROUNDING_NOISE * size
    ):
        return ()
    if spread_of(history, target) is None:
        return (
            _(
                "All results of '{name}' are 0 so far: how far others may differ is not known yet,"
                " and the widths that are told mean nothing before one does."
            ).format(name=target.name),
        )
    return (
        _(
            "The results of '{name}' do not differ yet: how far others may differ is guessed from"
            " their size."
        ).format(name=target.name),
    )
