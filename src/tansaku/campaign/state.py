"""State: what a campaign's events add up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tansaku.campaign.records import (
    CampaignSpec,
    Created,
    Event,
    Measurement,
    Recorded,
    Status,
    Suggested,
    Suggestion,
    Undone,
)
from tansaku.design import Floats, Ints


@dataclass(frozen=True, slots=True)
class State:
    """A campaign as it stands.

    Attributes:
        measurements: All that count, in order; those taken back are gone.
        suggestions: Made and not taken back, in order.
        open_suggestions: Of these, the ones that are under way: not measured since, and not
            replaced by a later call.
        suggested: Suggestions ever made, those taken back included: ids are never used twice.
    """

    measurements: tuple[Measurement, ...]
    suggestions: tuple[Suggestion, ...]
    open_suggestions: tuple[Suggestion, ...]
    suggested: int

    @property
    def measured_rows(self) -> set[int]:
        """Labels of the candidates with any measurement, excluded ones included."""
        return {m.pool_row for m in self.measurements}


@dataclass(frozen=True, slots=True)
class History:
    """What the model learns from: one entry per measured candidate, replicates averaged.

    Attributes:
        positions: Pool positions, shape (n,).
        y: Mean on the model scale, shape (n,).
        counts: Replicates, shape (n,), as floats.
        values: The same means in the target's unit, shape (n,); a single measurement as it came.
        spread: Standard deviation of the replicates on the model scale, shape (n,); 0 for one.
    """

    positions: Ints
    y: Floats
    counts: Floats
    values: Floats
    spread: Floats


def taken_back(events: Sequence[Event]) -> set[int]:
    """Numbers of the events that were undone."""
    return {e.undone for e in events if isinstance(e, Undone)}


def fold(events: Sequence[Event]) -> State:
    """Add the events up; event i has number i + 1."""
    gone = taken_back(events)
    measurements: list[Measurement] = []
    suggestions: list[Suggestion] = []
    under_way: list[Suggestion] = []
    for number, event in enumerate(events, start=1):
        if number in gone:
            continue
        if isinstance(event, Created | Recorded):
            measurements += event.measurements
            done = {m.pool_row for m in event.measurements}
            under_way = [s for s in under_way if s.pool_row not in done]
        elif isinstance(event, Suggested):
            suggestions += event.suggestions
            under_way = [*(under_way if event.more else []), *event.suggestions]
    made = sum(len(e.suggestions) for e in events if isinstance(e, Suggested))
    return State(tuple(measurements), tuple(suggestions), tuple(under_way), made)


def history_of(spec: CampaignSpec, state: State) -> History:
    """The measurements that teach, averaged per candidate on the model scale (so replicates of a
    log10 target average geometrically)."""
    target = spec.targets[0]
    position = {label: i for i, label in enumerate(spec.space.pool.labels)}
    groups: dict[int, list[float]] = {}
    for m in state.measurements:
        if m.status is Status.OK and target.name in m.values:
            groups.setdefault(position[m.pool_row], []).append(m.values[target.name])
    model = [target.to_model(np.array(v)) for v in groups.values()]
    means = [float(v.mean()) for v in model]
    return History(
        positions=np.array(list(groups), dtype=np.int64),
        y=np.array(means, dtype=np.float64),
        counts=np.array([len(v) for v in model], dtype=np.float64),
        values=np.array(
            [
                raw[0] if len(raw) == 1 else target.to_unit(mean, 0.0).mean
                for raw, mean in zip(groups.values(), means, strict=True)
            ],
            dtype=np.float64,
        ),
        spread=np.array([v.std(ddof=1) if len(v) > 1 else 0.0 for v in model], dtype=np.float64),
    )
