"""posterior: what the model says of many points at once, candidates or not."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from tansaku.services.opened import load
from tansaku.space import BriefPrediction, Value
from tansaku.spec import Answer


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
            predicted=found.predicted(i),
            chance_to_beat_best=None if math.isnan(chance) else chance,
        )
        for i, (row, label, chance) in enumerate(zip(found.points, labels, chances, strict=True))
    ]
    return PosteriorReport(
        campaign=campaign.name,
        strategy=strategy,
        seed=seed,
        points=tuple(told),
        notices=found.notices,
    )
