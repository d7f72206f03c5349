"""Views of a campaign: its log, and what the model believes of its pool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import model_serializer

from tansaku.campaign.history.records import (
    CampaignSpec,
    Corrected,
    Created,
    Event,
    Marked,
    Measurement,
    Recorded,
)
from tansaku.campaign.history.state import State, brought_back, history_of, taken_back
from tansaku.campaign.results.typed_values import read_inputs
from tansaku.design import Bools, Floats
from tansaku.space import Predicted, Value, inputs_of_formula
from tansaku.spec import Answer
from tansaku.strategy import Strategy


class NumberedEvent(Answer):
    """One event of the log, in an answer with its own fields beside its number."""

    number: int
    event: Event

    @model_serializer
    def _on_one_level(self) -> dict[str, Any]:
        return {"number": self.number, **self.event.model_dump(mode="json")}


class HistoryLine(NumberedEvent):
    """One event of the log, whether it was taken back later, which event it brings back, and what
    the measurements that it changed said before."""

    undone: bool
    redone: int | None = None
    before: tuple[Measurement, ...] = ()

    @model_serializer
    def _on_one_level(self) -> dict[str, Any]:
        before = [each.model_dump(mode="json") for each in self.before]
        told = {"number": self.number, "undone_later": self.undone}
        told |= self.event.model_dump(mode="json")
        told |= {} if self.redone is None else {"redone": self.redone}
        return told | ({"before": before} if before else {})


def lines_of(events: Sequence[Event]) -> tuple[HistoryLine, ...]:
    """Every event in order."""
    gone, back = taken_back(events), brought_back(events)
    known: dict[str, Measurement] = {}
    lines = []
    for number, event in enumerate(events, start=1):
        changed = _changed(event, known)
        before = tuple(known[id] for id in changed if id in known)
        undone, redone = number in gone, back.get(number)
        lines.append(
            HistoryLine(number=number, event=event, undone=undone, redone=redone, before=before)
        )
        if not undone:
            known |= changed
    return tuple(lines)


def _changed(event: Event, known: Mapping[str, Measurement]) -> dict[str, Measurement]:
    """{id: what a measurement says after an event}."""
    if isinstance(event, Created | Recorded | Corrected):
        return {m.id: m for m in event.measurements}
    if isinstance(event, Marked):
        some = [known[id] for id in event.measurements if id in known]
        return {m.id: m.model_copy(update={"status": event.status}) for m in some}
    return {}


@dataclass(frozen=True, slots=True)
class Landscape:
    """What the model believes of the whole pool; values on the model scale (log10 where asked).

    Attributes:
        inputs: Candidates in experimental units, shape (N, d).
        mean: Predicted mean, shape (N,); in the target's own direction (a minimised target is
            not turned).
        sd: Shape (N,).
        chance: Probability to beat the best measured value, shape (N,).
        acquisition: Shape (N,); see :meth:`~tansaku.campaign.campaign_posterior.Posterior.score`.
        measured: Which candidates are measured, shape (N,).
        values: Measured means, shape (N,); NaN where not measured.
    """

    inputs: Floats
    mean: Floats
    sd: Floats
    chance: Floats
    acquisition: Floats
    measured: Bools
    values: Floats


def landscape_of(spec: CampaignSpec, state: State, strategy: Strategy, seed: int) -> Landscape:
    """What the model believes of every candidate of a pool that is listed, of the first target."""
    from tansaku.campaign.asked_points import points_in  # on demand: they bring torch
    from tansaku.campaign.campaign_posterior import Posterior
    from tansaku.campaign.suggest.candidates import whole_pool

    first = spec.model_copy(update={"targets": spec.targets[:1]})
    points = points_in(spec.space, None)
    found = Posterior.learn(first, state, strategy, seed, points)
    history, sign = history_of(spec, state), spec.targets[0].sign
    positions = whole_pool(spec, state).positions
    values = np.full(len(points), np.nan)
    values[[positions[c] for c in history.candidates]] = sign * history.y
    return Landscape(
        inputs=points,
        mean=found.on_model_scale.mean,
        sd=found.on_model_scale.sd,
        chance=found.chance_to_beat_best,
        acquisition=found.score(),
        measured=~np.isnan(values),
        values=values,
    )


def predicted_at(
    spec: CampaignSpec, state: State, at: Mapping[str, Value], strategy: Strategy, seed: int
) -> tuple[dict[str, Predicted], tuple[str, ...]]:
    """({target: prediction} at any inputs, in the pool or not; what a person should know of it)."""
    from tansaku.campaign.campaign_posterior import Posterior  # on demand: it brings torch

    point = spec.space.row(read_inputs(spec.space, inputs_of_formula(spec.space, at)))[None]
    found = Posterior.learn(spec, state, strategy, seed, point)
    return found.predicted(0), found.notices
