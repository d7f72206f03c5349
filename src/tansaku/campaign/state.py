"""State: what a campaign's events add up to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tansaku.campaign.asking import Asking
from tansaku.campaign.records import (
    CampaignSpec,
    Candidacy,
    Corrected,
    Created,
    Event,
    Linked,
    Marked,
    Measurement,
    Recorded,
    Status,
    Suggested,
    Suggestion,
    Undone,
    Unlinked,
)
from tansaku.campaign.sources import Source
from tansaku.campaign.weighing import WeighingPlan
from tansaku.chem.amounts import Amounts
from tansaku.chem.composition import Composition
from tansaku.design import Bools, Floats
from tansaku.space import Scale, Space, Target, Value, amounts_at, projected


@dataclass(frozen=True, slots=True)
class State:
    """A campaign as it stands.

    Attributes:
        measurements: All that count, in order; those taken back are gone.
        suggestions: Made and not taken back, in order.
        open_suggestions: Of these, the ones that are under way: not measured since, and not
            replaced by a later call.
        asked_by: {id of a suggestion: who asked for it}, where that is known.
        suggested: Suggestions ever made, those taken back included: ids are never used twice.
        plans: {candidate: what it is made from}, where that was said with its suggestion.
        sources: Older measurements of other systems, in the order of attaching; one entry for
            each target that they tell of.
    """

    measurements: tuple[Measurement, ...]
    suggestions: tuple[Suggestion, ...]
    open_suggestions: tuple[Suggestion, ...]
    suggested: int
    plans: Mapping[Candidacy, WeighingPlan]
    sources: tuple[Source, ...] = ()
    asked_by: Mapping[str, str] = field(default_factory=dict)

    @property
    def measured(self) -> dict[Candidacy, dict[str, Value]]:
        """{candidate: its inputs} with any measurement, excluded ones included."""
        return {m.candidate: m.inputs for m in self.measurements}

    @property
    def failed(self) -> set[Candidacy]:
        """Candidates that were tried and only failed."""
        worked = {m.candidate for m in self.measurements if m.status is not Status.FAILED}
        return {m.candidate for m in self.measurements} - worked

    @property
    def under_way(self) -> dict[Candidacy, dict[str, Value]]:
        """{candidate: its inputs} suggested, not replaced and not measured."""
        return {s.candidate: s.inputs for s in self.open_suggestions}

    def staying(self, asking: Asking) -> list[Candidacy]:
        """Those under way that stay so when ``asking`` gets new suggestions."""
        kept = [s for s in self.open_suggestions if asking.keeps(self.asked_by.get(s.id))]
        return list({s.candidate: None for s in kept})


@dataclass(frozen=True, slots=True)
class Limits:
    """What is known to lie below or above a limit, one entry per measurement.

    Attributes:
        candidates: What tells them apart, length c.
        matrix: Their inputs, shape (c, p), as in :class:`History`.
        bound: The limits on the model scale, shape (c,).
        side: 1 where the value lies above its bound on the model scale, -1 below, shape (c,).
        amounts: As in :class:`History`.
    """

    candidates: tuple[Candidacy, ...]
    matrix: Floats
    bound: Floats
    side: Floats
    amounts: Amounts | None = None


@dataclass(frozen=True, slots=True)
class Trials:
    """Which samples worked and which failed: each candidate once for each.

    Attributes:
        candidates: What tells them apart, length t.
        matrix: Their inputs, shape (t, p), as in :class:`History`.
        worked: Shape (t,).
        amounts: As in :class:`History`.
    """

    candidates: tuple[Candidacy, ...]
    matrix: Floats
    worked: Bools
    amounts: Amounts | None = None

    @property
    def failed(self) -> int:
        """How many failed."""
        return int((~self.worked).sum())


@dataclass(frozen=True, slots=True)
class History:
    """What the model learns from: one entry per measured candidate, replicates averaged.

    Attributes:
        candidates: What tells them apart, length n.
        matrix: Their inputs in experimental units, shape (n, p): as planned, or as achieved where
            that is known; replicates that were fired differently have an entry each.
        y: Mean on the model scale, shape (n,).
        counts: Replicates, shape (n,), as floats.
        values: The same means in the target's unit, shape (n,); a single measurement as it came.
        spread: Standard deviation of the replicates on the model scale, shape (n,); 0 for one.
        noise: Variance of each y that its stated sds tell, shape (n,), model scale; 0 where none
            is stated.
        limits: Results that are limits.
        trials: What worked and what failed.
        amounts: What was made, where that was typed back for any; planned for the others.
    """

    candidates: tuple[Candidacy, ...]
    matrix: Floats
    y: Floats
    counts: Floats
    values: Floats
    spread: Floats
    noise: Floats
    limits: Limits
    trials: Trials
    amounts: Amounts | None = None


def taken_back(events: Sequence[Event]) -> set[int]:
    """Numbers of the events that were undone."""
    return {e.undone for e in events if isinstance(e, Undone)}


def last_standing(events: Sequence[Event]) -> int | None:
    """Number of the last change that is not taken back yet; ``None`` where only the making is
    left."""
    gone = taken_back(events)
    numbers = range(len(events), 1, -1)
    return next(
        (n for n in numbers if n not in gone and not isinstance(events[n - 1], Undone)), None
    )


def fold(events: Sequence[Event]) -> State:
    """Add the events up; event i has number i + 1."""
    gone = taken_back(events)
    measurements: list[Measurement] = []
    suggestions: list[Suggestion] = []
    under_way: list[Suggestion] = []
    plans: dict[Candidacy, WeighingPlan] = {}
    sources: dict[str, tuple[Source, ...]] = {}
    asked_by: dict[str, str] = {}
    marks: dict[str, Marked] = {}
    corrected: dict[str, Measurement] = {}
    for number, event in enumerate(events, start=1):
        if number in gone:
            continue
        if isinstance(event, Created | Recorded):
            measurements += event.measurements
            done = {m.candidate for m in event.measurements}
            under_way = [s for s in under_way if s.candidate not in done]
        elif isinstance(event, Suggested):
            suggestions += event.suggestions
            asking = Asking(event.by, event.more)
            kept = [s for s in under_way if asking.keeps(asked_by.get(s.id))]
            under_way = [*kept, *event.suggestions]
            if event.by is not None:
                asked_by |= dict.fromkeys((s.id for s in event.suggestions), event.by)
            if event.weighing is not None:
                plans |= {s.candidate: event.weighing for s in event.suggestions}
        elif isinstance(event, Linked):
            sources[event.source.name] = event.source, *event.more
        elif isinstance(event, Unlinked):
            sources.pop(event.name, None)
        elif isinstance(event, Marked):
            marks |= dict.fromkeys(event.measurements, event)
        elif isinstance(event, Corrected):
            corrected |= {m.id: m for m in event.measurements}
            for each in event.measurements:
                marks.pop(each.id, None)
    measurements = [_marked(corrected.get(m.id, m), marks.get(m.id)) for m in measurements]
    made = sum(len(e.suggestions) for e in events if isinstance(e, Suggested))
    return State(
        tuple(measurements),
        tuple(suggestions),
        tuple(under_way),
        made,
        plans,
        tuple(part for parts in sources.values() for part in parts),
        asked_by,
    )


def _marked(measurement: Measurement, mark: Marked | None) -> Measurement:
    """The measurement as it was last judged."""
    if mark is None:
        return measurement
    update = {"status": mark.status} | ({"why": mark.why} if mark.why else {})
    return measurement.model_copy(update=update)


def history_of(spec: CampaignSpec, state: State, target: Target | None = None) -> History:
    """The measurements that teach about a target (the first by default), averaged per candidate on
    the model scale (so replicates of a log10 target average geometrically). What replicates were
    made of is averaged, too."""
    target = spec.targets[0] if target is None else target
    groups: dict[object, list[Measurement]] = {}
    limits: list[Measurement] = []
    for m in state.measurements:
        if m.status is not Status.OK or target.name not in m.values:
            continue
        if target.name in m.limits:
            limits.append(m)
        else:
            achieved = tuple((m.achieved or {}).items())
            groups.setdefault((m.candidate, achieved), []).append(m)
    raw = [np.array([m.values[target.name] for m in group]) for group in groups.values()]
    model = [target.to_model(values) for values in raw]
    means = [float(v.mean()) for v in model]
    return History(
        candidates=tuple(group[0].candidate for group in groups.values()),
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
        noise=np.array(
            [
                sum(stated_sd(m, target) ** 2 for m in group) / len(group) ** 2
                for group in groups.values()
            ],
            dtype=np.float64,
        ),
        limits=_limits(spec.space, target, limits),
        trials=_trials(spec.space, state),
        amounts=_amounts(spec.space, list(groups.values())),
    )


def stated_sd(measurement: Measurement, target: Target) -> float:
    """The sd that was stated with a value, of the mean of its repeats, on the model scale; 0 where
    none was. On a log10 scale that of the log-normal law with this mean and sd."""
    sd = measurement.sd.get(target.name)
    if sd is None:
        return 0.0
    sd /= math.sqrt(measurement.repeats or 1)
    if target.scale is Scale.LOG10:
        return math.sqrt(math.log1p((sd / measurement.values[target.name]) ** 2)) / math.log(10)
    return sd


def _limits(space: Space, target: Target, found: Sequence[Measurement]) -> Limits:
    """The results that are limits; below and above change places where the target is minimised."""
    bound = target.to_model(np.array([m.values[target.name] for m in found], dtype=np.float64))
    upward = [1.0 if m.limits[target.name] == "above" else -1.0 for m in found]
    groups = [[m] for m in found]
    return Limits(
        candidates=tuple(m.candidate for m in found),
        matrix=_inputs(space, groups),
        bound=bound,
        side=target.sign * np.array(upward, dtype=np.float64),
        amounts=_amounts(space, groups),
    )


def _trials(space: Space, state: State) -> Trials:
    """What worked and what failed; what is excluded says neither."""
    groups: dict[tuple[Candidacy, bool], list[Measurement]] = {}
    for m in state.measurements:
        if m.status is not Status.EXCLUDED:
            groups.setdefault((m.candidate, m.status is Status.OK), []).append(m)
    found = list(groups.values())
    return Trials(
        candidates=tuple(candidate for candidate, _worked in groups),
        matrix=_inputs(space, found),
        worked=np.array([worked for _candidate, worked in groups], dtype=np.bool_),
        amounts=_amounts(space, found),
    )


def _inputs(space: Space, groups: Sequence[Sequence[Measurement]]) -> Floats:
    """The inputs of each group, shape (n, p); those nearest to what was made where it is known."""
    matrix = np.empty((len(groups), len(space.inputs)))
    for i, group in enumerate(groups):
        matrix[i] = np.mean([_achieved(space, m) for m in group], axis=0)
    return matrix


def _achieved(space: Space, m: Measurement) -> Floats:
    """The inputs of one sample, shape (p,): planned, over it as weighed, over that as achieved."""
    row = space.row(m.inputs)
    if m.made is not None:
        row = projected(space, row, Composition.parse(m.made.formula), m.made.elements)
    if m.achieved:
        row = space.row(space.named(row) | m.achieved)
    return row


def _amounts(space: Space, groups: Sequence[Sequence[Measurement]]) -> Amounts | None:
    """What each group was made of; None where all is as the inputs say."""
    if not any(m.made for group in groups for m in group):
        return None
    planned = amounts_at(space, np.stack([_planned(space, group[0]) for group in groups]))
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


def _planned(space: Space, m: Measurement) -> Floats:
    """The planned inputs, over them the achieved ones, shape (p,)."""
    return space.row(m.inputs | (m.achieved or {}))


def _row(composition: Composition, elements: Sequence[str]) -> Floats:
    return np.array([composition[symbol] for symbol in elements])
