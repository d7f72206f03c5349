"""State: what a campaign's events add up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tansaku.campaign.records import (
    CampaignSpec,
    Candidacy,
    Created,
    Event,
    Measurement,
    Recorded,
    Status,
    Suggested,
    Suggestion,
    Undone,
)
from tansaku.campaign.weighing import WeighingPlan
from tansaku.chem.amounts import Amounts
from tansaku.chem.composition import Composition
from tansaku.design import Floats
from tansaku.space import Space, Value, amounts_at, projected


@dataclass(frozen=True, slots=True)
class State:
    """A campaign as it stands.

    Attributes:
        measurements: All that count, in order; those taken back are gone.
        suggestions: Made and not taken back, in order.
        open_suggestions: Of these, the ones that are under way: not measured since, and not
            replaced by a later call.
        suggested: Suggestions ever made, those taken back included: ids are never used twice.
        plans: {candidate: what it is made from}, where that was said with its suggestion.
    """

    measurements: tuple[Measurement, ...]
    suggestions: tuple[Suggestion, ...]
    open_suggestions: tuple[Suggestion, ...]
    suggested: int
    plans: Mapping[Candidacy, WeighingPlan]

    @property
    def measured(self) -> dict[Candidacy, dict[str, Value]]:
        """{candidate: its inputs} with any measurement, excluded ones included."""
        return {m.candidate: m.inputs for m in self.measurements}

    @property
    def under_way(self) -> dict[Candidacy, dict[str, Value]]:
        """{candidate: its inputs} suggested, not replaced and not measured."""
        return {s.candidate: s.inputs for s in self.open_suggestions}


@dataclass(frozen=True, slots=True)
class History:
    """What the model learns from: one entry per measured candidate, replicates averaged.

    Attributes:
        candidates: What tells them apart, length n.
        matrix: Their inputs in experimental units, shape (n, p): as planned, or those that come
            nearest to what was made where that was typed back.
        y: Mean on the model scale, shape (n,).
        counts: Replicates, shape (n,), as floats.
        values: The same means in the target's unit, shape (n,); a single measurement as it came.
        spread: Standard deviation of the replicates on the model scale, shape (n,); 0 for one.
        amounts: What was made, where that was typed back for any; planned for the others.
    """

    candidates: tuple[Candidacy, ...]
    matrix: Floats
    y: Floats
    counts: Floats
    values: Floats
    spread: Floats
    amounts: Amounts | None = None


def taken_back(events: Sequence[Event]) -> set[int]:
    """Numbers of the events that were undone."""
    return {e.undone for e in events if isinstance(e, Undone)}


def fold(events: Sequence[Event]) -> State:
    """Add the events up; event i has number i + 1."""
    gone = taken_back(events)
    measurements: list[Measurement] = []
    suggestions: list[Suggestion] = []
    under_way: list[Suggestion] = []
    plans: dict[Candidacy, WeighingPlan] = {}
    for number, event in enumerate(events, start=1):
        if number in gone:
            continue
        if isinstance(event, Created | Recorded):
            measurements += event.measurements
            done = {m.candidate for m in event.measurements}
            under_way = [s for s in under_way if s.candidate not in done]
        elif isinstance(event, Suggested):
            suggestions += event.suggestions
            under_way = [*(under_way if event.more else []), *event.suggestions]
            if event.weighing is not None:
                plans |= {s.candidate: event.weighing for s in event.suggestions}
    made = sum(len(e.suggestions) for e in events if isinstance(e, Suggested))
    return State(tuple(measurements), tuple(suggestions), tuple(under_way), made, plans)


def history_of(spec: CampaignSpec, state: State) -> History:
    """The measurements that teach, averaged per candidate on the model scale (so replicates of a
    log10 target average geometrically). What replicates were made of is averaged, too."""
    target = spec.targets[0]
    groups: dict[Candidacy, list[Measurement]] = {}
    for m in state.measurements:
        if m.status is Status.OK and target.name in m.values:
            groups.setdefault(m.candidate, []).append(m)
    raw = [np.array([m.values[target.name] for m in group]) for group in groups.values()]
    model = [target.to_model(values) for values in raw]
    means = [float(v.mean()) for v in model]
    return History(
        candidates=tuple(groups),
        matrix=_inputs(spec.space, list(groups.values())),
        y=np.array(means, dtype=np.float64),
        counts=np.array([len(v) for v in model], dtype=np.float64),
        values=np.array(
            [
                float(values[0]) if len(values) == 1 else target.to_unit(mean, 0.0).mean
                for values, mean in zip(raw, means, strict=True)
            ],
            dtype=np.float64,
        ),
        spread=np.array([v.std(ddof=1) if len(v) > 1 else 0.0 for v in model], dtype=np.float64),
        amounts=_amounts(spec.space, list(groups.values())),
    )


def _inputs(space: Space, groups: Sequence[Sequence[Measurement]]) -> Floats:
    """The inputs of each group, shape (n, p); those nearest to what was made where it is known."""
    matrix = np.empty((len(groups), len(space.inputs)))
    for i, group in enumerate(groups):
        planned = space.row(group[0].inputs)
        made = [m.made for m in group]
        if any(made):
            rows = [
                planned
                if each is None
                else projected(space, planned, Composition.parse(each.formula), each.elements)
                for each in made
            ]
            planned = np.mean(rows, axis=0)
        matrix[i] = planned
    return matrix


def _amounts(space: Space, groups: Sequence[Sequence[Measurement]]) -> Amounts | None:
    """What each group was made of; None where nobody has typed back any masses."""
    if not any(m.made for group in groups for m in group):
        return None
    planned = amounts_at(space, np.stack([space.row(group[0].inputs) for group in groups]))
    matrix = planned.matrix.copy()
    for i, group in enumerate(groups):
        rows = [
            planned.matrix[i]
            if m.made is None
            else _row(Composition.parse(m.made.formula), planned.elements)
            for m in group
        ]
        matrix[i] = np.mean(rows, axis=0)
    return Amounts(planned.elements, matrix)


def _row(composition: Composition, elements: Sequence[str]) -> Floats:
    return np.array([composition[symbol] for symbol in elements])
