"""Views of a campaign: its log, and what the model believes of its pool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tansaku.campaign.history.objectives import measured_targets
from tansaku.campaign.history.phase_names import reported_phases
from tansaku.campaign.history.records import (
    CampaignSpec,
    Corrected,
    Created,
    Event,
    Marked,
    Measurement,
    Recorded,
)
from tansaku.campaign.history.state import State, history_of, taken_back
from tansaku.campaign.results.typed_values import read_inputs
from tansaku.campaign.suggest.by_phase import over_phases
from tansaku.design import Bools, Floats
from tansaku.space import Predicted, Value, inputs_of_formula
from tansaku.strategy import Strategy


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One event of the log, whether it was taken back later, and what the measurements that it
    changed said before."""

    number: int
    event: Event
    undone: bool
    before: tuple[Measurement, ...] = ()


def lines_of(events: Sequence[Event]) -> tuple[HistoryLine, ...]:
    """Every event in order."""
    gone = taken_back(events)
    known: dict[str, Measurement] = {}
    lines = []
    for number, event in enumerate(events, start=1):
        changed = _changed(event, known)
        before = tuple(known[id] for id in changed if id in known)
        lines.append(HistoryLine(number, event, number in gone, before))
        if number not in gone:
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
        acquisition: Shape (N,); on a log scale for ``pi`` and ``log_ei``.
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
    """What the model believes of every candidate of a pool that is listed."""
    from tansaku.campaign.suggest.candidates import whole_pool  # on demand: they bring torch
    from tansaku.campaign.suggest.suggest import predict

    space = spec.space
    found = predict(spec, state, space.matrix, strategy, seed)
    history, sign = history_of(spec, state), spec.targets[0].sign
    positions = whole_pool(spec, state).positions
    values = np.full(len(space), np.nan)
    values[[positions[c] for c in history.candidates]] = sign * history.y
    return Landscape(
        inputs=space.matrix,
        mean=sign * found.mean[0, :, 0],
        sd=found.sd[0, :, 0],
        chance=found.chance[0],
        acquisition=found.score[0],
        measured=~np.isnan(values),
        values=values,
    )


def predicted_at(
    spec: CampaignSpec, state: State, at: Mapping[str, Value], strategy: Strategy, seed: int
) -> tuple[dict[str, Predicted], tuple[str, ...]]:
    """({target: prediction} at any inputs, in the pool or not; what a person should know of it)."""
    from tansaku.campaign.history.model_inputs import model_inputs_of  # on demand: they bring torch
    from tansaku.campaign.history.spread import spread_notices
    from tansaku.campaign.suggest.model_limits import set_aside
    from tansaku.campaign.suggest.suggest import predict

    point = spec.space.row(read_inputs(spec.space, inputs_of_formula(spec.space, at)))[None]
    predicted: dict[str, Predicted] = {}
    notices: list[str] = []
    for target in measured_targets(spec.targets):
        found = predict(spec, state, point, strategy, seed, target)
        moments = (found.mean, found.sd, found.measured_sd)
        whole = target.predicted(*(float(each[0, 0, 0]) for each in moments))
        names = reported_phases(state.measurements).values()
        predicted[target.name] = over_phases(whole, found.by_phase[0], 0, names, target)
        history = history_of(spec, state, target)
        sourced = bool(model_inputs_of(spec.space, target, state.sources, strategy).sources)
        notices += spread_notices(history, target, strategy, with_sources=sourced)
        notices += set_aside(state, target, found.fitted[0])
    return predicted, tuple(notices)
