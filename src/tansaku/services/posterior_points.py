"""posterior: what the model says of many points at once, candidates or not."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from tansaku.design import Floats
from tansaku.services.opened import load
from tansaku.space import BriefPrediction, Value
from tansaku.space.scale import Scale
from tansaku.spec import Answer

DIGITS: Final = 5
"""Significant digits of a map: finer than its colours, and half the length of whole floats."""


class PosteriorPoint(Answer):
    """What the model says of one point.

    Attributes:
        inputs: Where it is.
        pool_row: Its label, where all candidates were asked for.
        predicted: {target: its next measurement}.
        chance_to_beat_best: Probability that it is better than the best measured sample; ``None``
            where nothing is measured.
    """

    inputs: dict[str, Value]
    pool_row: int | None
    predicted: dict[str, BriefPrediction]
    chance_to_beat_best: float | None


class PosteriorReport(Answer):
    """What the model of a strategy says of many points, and what a person should know of it."""

    campaign: str
    strategy: str
    seed: int
    points: tuple[PosteriorPoint, ...]
    notices: tuple[str, ...]


class CandidateMap(Answer):
    """What the model says of the value of every candidate, column by column, in one order.

    Attributes:
        target: Of which target.
        unit: Its unit.
        goal: What is wanted of it: ``max``, ``min``, ..
        log10: Whether it is spread over decades; ``sd`` then counts these.
        inputs: {input: its value at each candidate}.
        mean: In the target's unit.
        sd: On the scale of the model.
        low: Lower end of the 95 % interval, in the target's unit.
        high: Upper end.
        measured: Places of the candidates that are measured.
        pending: Of those that are under way.
    """

    campaign: str
    target: str
    unit: str
    goal: str
    log10: bool
    inputs: dict[str, list[Value]]
    mean: list[float]
    sd: list[float]
    low: list[float]
    high: list[float]
    measured: list[int]
    pending: list[int]
    notices: tuple[str, ...]


def candidate_map(
    store: str, name: str, *, target: str | None = None, strategy: str = "standard", seed: int = 0
) -> CandidateMap:
    """The posterior of one target, by default the first, at every candidate.

    Raises:
        UsageError: as :func:`posterior`.
        ModelError: nothing is measured yet.
    """
    campaign = load(store, name)
    wanted = target or campaign.targets[0].name
    found = campaign.posterior(None, wanted, strategy=strategy, seed=seed)
    space, state = campaign.space, campaign.state
    places = {label: i for i, label in enumerate(space.labels.tolist())}
    low, high = found.interval()
    (of,) = found.targets
    named = [space.named(row) for row in found.points]
    return CandidateMap(
        campaign=campaign.name,
        target=wanted,
        unit=of.unit,
        goal=of.goal.value,
        log10=of.scale is Scale.LOG10,
        inputs={each: [row[each] for row in named] for each in space.names},
        mean=_brief(found.mean),
        sd=_brief(found.on_model_scale.sd),
        low=_brief(low),
        high=_brief(high),
        measured=[places[key] for key in state.measured if isinstance(key, int)],
        pending=[places[key] for key in state.under_way if isinstance(key, int)],
        notices=found.notices,
    )


def _brief(values: Floats) -> list[float]:
    """Values of one target to as many digits as a screen tells apart."""
    return [float(f"{value:.{DIGITS}g}") for value in np.ravel(values).tolist()]


def posterior(
    store: str,
    name: str,
    points: Sequence[Mapping[str, Value]] | None = None,
    *,
    target: str | None = None,
    strategy: str = "standard",
    seed: int = 0,
) -> PosteriorReport:
    """The posterior at these points, by default at every candidate where they are listed.

    Raises:
        TableError, NotInPoolError: the points do not fit the space.
        UsageError: the strategy has no model, there is no such target, or the candidates are too
            many to be listed.
        ModelError: nothing is measured yet.
    """
    campaign = load(store, name)
    found = campaign.posterior(points, target, strategy=strategy, seed=seed)
    labels = campaign.space.labels.tolist() if points is None else [None] * len(found)
    chances = found.chance_to_beat_best.tolist()
    told = [
        PosteriorPoint(
            inputs=campaign.space.named(row),
            pool_row=label,
            predicted=predicted,
            chance_to_beat_best=None if math.isnan(chance) else chance,
        )
        for row, label, predicted, chance in zip(
            found.points, labels, found.predictions(), chances, strict=True
        )
    ]
    return PosteriorReport(
        campaign=campaign.name,
        strategy=strategy,
        seed=seed,
        points=tuple(told),
        notices=found.notices,
    )
