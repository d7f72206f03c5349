"""Predicted values: what the next measurement of some points may give, and the function, in the
target's unit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tansaku.design import Floats
from tansaku.space import InPhase, Predicted, Target

if TYPE_CHECKING:
    from tansaku.bo.laws import ByPhase, Laws  # it brings torch

ENDS = (0.025, 0.975)
"""Quantiles at the ends of the 95 % interval."""


def predictions_of(
    target: Target, moments: Iterable[Floats], law: Laws, phases: Iterable[str]
) -> list[Predicted]:
    """Of the n points of the first search.

    Args:
        target: What is predicted.
        moments: Mean, sd of the function and of the next measurement, shape (n,) each, model scale.
        law: What is believed of the points, all components and phases.
        phases: Their names.
    """
    # Low and high ends of the function, then of the next measurement; each shape (n,).
    ends = law.quantiles([(p, of) for of in (False, True) for p in ENDS])[:, 0].tolist()
    function, measured = (list(zip(*ends[i : i + 2], strict=True)) for i in (0, 2))
    means, sds, measured_sds = (each.tolist() for each in moments)
    inside = law.by_phase()
    found = []
    for i, (mean, sd, measured_sd) in enumerate(zip(means, sds, measured_sds, strict=True)):
        whole = target.predicted(
            target.interval(mean, measured_sd, measured[i]),
            mean,
            target.interval(mean, sd, function[i]),
        )
        if inside is not None:
            whole = whole.model_copy(update={"phases": _in_phases(target, inside, phases, i)})
        found.append(whole)
    return found


def _in_phases(target: Target, found: ByPhase, names: Iterable[str], i: int) -> dict[str, InPhase]:
    parts = (found.share, found.mean, found.measured_sd)
    each = zip(names, *(part[0, :, i].tolist() for part in parts), strict=True)
    return {
        name: InPhase(**dict(target.interval(m, s)), chance=chance, mean=target.in_unit(m))
        for name, chance, m, s in each
    }
