"""By phase: what is expected of a sample whose phase is not known beforehand."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import NormalDist
from typing import TYPE_CHECKING

from tansaku.space import InPhase, Predicted, Target

if TYPE_CHECKING:
    from tansaku.bo.engine import ByPhase  # it brings torch

TAIL = 0.025
"""What lies below the 95 % interval, and above it."""
STEPS = 50
"""Halvings of the range of a quantile: to 15 digits."""
FAR = 8.0
"""Sds beyond which nothing of a normal law lies."""


def over_phases(
    whole: Predicted, found: ByPhase | None, i: int, names: Iterable[str], target: Target
) -> Predicted:
    """The prediction of point ``i`` of the first search with what is expected in each phase, and
    the interval of all phases together, which may lie far apart; as it is without phases."""
    if found is None:
        return whole
    parts = (found.share, found.mean, found.measured_sd, found.sd)
    share, mean, measured_sd, sd = (each[0, :, i].tolist() for each in parts)
    phases = {}
    for name, chance, m, s in zip(names, share, mean, measured_sd, strict=True):
        phases[name] = InPhase(**dict(target.interval(m, s)), chance=chance, mean=target.in_unit(m))

    def within(sds: list[float]) -> dict[str, float]:
        laws = [NormalDist(m, s) for m, s in zip(mean, sds, strict=True)]
        ends = [target.in_unit(quantile(share, laws, p)) for p in (TAIL, 1 - TAIL)]
        return {"low": min(ends), "high": max(ends)}

    function = None if whole.function is None else whole.function.model_copy(update=within(sd))
    changes = within(measured_sd) | {"phases": phases, "function": function}
    return whole.model_copy(update=changes)


def quantile(share: list[float], laws: list[NormalDist], p: float) -> float:
    """Below which the mixture of normal laws lies with probability ``p``.

    >>> round(quantile([0.5, 0.5], [NormalDist(0, 1), NormalDist(10, 1)], 0.25), 6)
    0.0
    """
    low = min(law.mean - FAR * law.stdev for law in laws)
    high = max(law.mean + FAR * law.stdev for law in laws)
    for _step in range(STEPS):
        middle = (low + high) / 2
        below = sum(s * law.cdf(middle) for s, law in zip(share, laws, strict=True))
        low, high = (middle, high) if below < p else (low, middle)
    return (low + high) / 2
