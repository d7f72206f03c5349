"""What-if pages: inputs on sliders, and what to expect there, live."""

from __future__ import annotations

import math
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from tansaku.services import measurements, predict, status
from tansaku.space import BriefPrediction, Target
from tansaku.space.scale import Scale
from tansaku.spec import Spec
from tansaku.web.bodies import PredictBody
from tansaku.web.change_route import ChangeRoute
from tansaku.web.page_routes import addresses, outcomes
from tansaku.web.rendering import page
from tansaku.web.sending import Name, Store

router: Final = APIRouter(route_class=ChangeRoute, include_in_schema=False)


ROOM: Final = 0.3
"""Of a line that shows predictions, beyond what was measured on either side: what is better than
the best is of interest."""


class SampleQuery(Spec):
    """Where to begin."""

    of: str = ""
    lang: str | None = None


class Band(Spec):
    """A prediction on a line from the worst to the best that was measured, and some room.

    Attributes:
        target: Its target.
        predicted: The prediction.
        low: Where its interval begins, in % of the line.
        width: How long that is, in %.
        mean: Where the mean stands, in %.
        best: Where the best measured value stands, in %; ``None`` where nothing is measured.
    """

    target: str
    predicted: BriefPrediction
    low: float
    width: float
    mean: float
    best: float | None


@router.get("/campaigns/{name}/what-if")
def what_if(
    request: Request, name: Name, store: Store, of: Annotated[SampleQuery, Query()]
) -> Response:
    """The inputs on sliders."""
    found = predict.what_varies(store, name, of.of)
    targets = status.status(store, name).targets
    return page(
        request,
        "what_if.jinja",
        found=found,
        of=of.of,
        names=[Target.parse(each).name for each in targets],
        outcomes=outcomes(),
        **addresses(name),
    )


@router.post("/pages/campaigns/{name}/predict")
def predicted(request: Request, name: Name, body: PredictBody, store: Store) -> Response:
    """What to expect at a point, in words and as a band; nothing is stored."""
    found = predict.predict(store, name, body.at, strategy=body.strategy, seed=body.seed)
    campaign = status.status(store, name)
    results = [each for each in measurements.measurements(store, name).measurements if each.counts]
    targets = [Target.parse(each) for each in campaign.targets]
    best = campaign.best.value if campaign.best is not None and len(targets) == 1 else None
    bands = [
        _band(
            each,
            found.predicted[each.name],
            [m.values[each.name] for m in results if each.name in m.values],
            best,
        )
        for each in targets
        if each.name in found.predicted
    ]
    return page(request, "predicted.jinja", found=found, bands=bands)


def _band(
    target: Target, found: BriefPrediction, measured: list[float], best: float | None
) -> Band:
    """The interval on a line that stays where it is while the sliders move."""

    def scaled(value: float) -> float:
        return math.log10(value) if target.scale is Scale.LOG10 else value

    low, mean, high = (scaled(each) for each in (found.low, found.mean, found.high))
    line = [scaled(each) for each in measured] or [low, high]
    room = ROOM * (max(line) - min(line)) or ROOM * (high - low) or 1.0
    first, last = min(line) - room, max(line) + room

    def place(value: float) -> float:
        return min(max(100 * (value - first) / (last - first), 0.0), 100.0)

    return Band(
        target=target.name,
        predicted=found,
        low=place(low),
        width=place(high) - place(low),
        mean=place(mean),
        best=place(scaled(best)) if best is not None else None,
    )
