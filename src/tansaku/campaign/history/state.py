"""State: what a campaign's events add up to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

import numpy as np

from tansaku.bo.replicates import shrunken
from tansaku.campaign.history.achieved_inputs import amounts_of, inputs_of
from tansaku.campaign.history.phase_names import phases_of, reported_phases
from tansaku.campaign.history.records import (
    HOUSEKEEPING,
    Attached,
    AttachedFile,
    Blocked,
    CampaignSpec,
    Candidacy,
    Corrected,
    Created,
    Event,
    Linked,
    Marked,
    Measurement,
    Recorded,
    Removed,
    Renamed,
    Restored,
    Status,
    Suggested,
    Suggestion,
    Unblocked,
    Undone,
    Unlinked,
    Withdrawn,
)
from tansaku.campaign.history.requester import Requester
from tansaku.campaign.history.source_table import SourceTable
from tansaku.campaign.history.tally import Tally, averaged
from tansaku.campaign.history.weighing_plan import WeighingPlan
from tansaku.chem.amounts import Amounts
from tansaku.design import Bools, Floats, Ints
from tansaku.space import Space, Target, Value


@dataclass(frozen=True, slots=True)
class State:
    """A campaign as it stands.

    Attributes:
        measurements: All that count, in order; those taken back are gone.
        suggestions: Made and not taken back, in order.
        open_suggestions: Of these, the ones that are under way: not measured since, and not
            replaced by a later call.
        asked_by: {id of a suggestion: who asked for it}, where that is known.
        blocked: {condition: why}, of candidates that cannot be made now.
        before: {id of a measurement: what it said before it was corrected}.
        suggested: Suggestions ever made, those taken back included: ids are never used twice.
        plans: {candidate: what it is made from}, where that was said with its suggestion.
        sources: Older measurements of other systems, in the order of attaching; one entry for
            each target that they tell of.
        files: {id: a file that is attached to a sample}; those withdrawn are gone.
        attached: Files ever attached, those taken back included.
    """

    measurements: tuple[Measurement, ...]
    suggestions: tuple[Suggestion, ...]
    open_suggestions: tuple[Suggestion, ...]
    suggested: int
    plans: Mapping[Candidacy, WeighingPlan]
    sources: tuple[SourceTable, ...] = ()
    asked_by: Mapping[str, str] = field(default_factory=dict)
    blocked: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, tuple[Measurement, ...]] = field(default_factory=dict)
    files: Mapping[str, AttachedFile] = field(default_factory=dict)
    attached: int = 0
    _histories: list[tuple[CampaignSpec, Target, bool, History]] = field(
        default_factory=list, init=False, repr=False, compare=False
    )
    _tally: list[Tally] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def tally(self) -> Tally:
        """What the measurements add up to."""
        if not self._tally:
            self._tally.append(Tally().with_more(self.measurements))
        return self._tally[0]

    @property
    def measured(self) -> Mapping[Candidacy, dict[str, Value]]:
        """{candidate: its inputs} that count as made: with any measurement, but for excluded ones
        that reopen their candidate."""
        return self.tally.measured

    @property
    def failed(self) -> Set[Candidacy]:
        """Candidates that were tried and only failed."""
        return self.tally.failed

    @property
    def under_way(self) -> dict[Candidacy, dict[str, Value]]:
        """{candidate: its inputs} suggested, not replaced and not measured."""
        return {s.candidate: s.inputs for s in self.open_suggestions}

    def staying(self, asking: Requester) -> list[Candidacy]:
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
class Found:
    """Which phase was found where.

    Attributes:
        names: {phase: how the lab writes it}, at least two.
        candidates: Of each sample whose phase is known, length l.
        matrix: Their inputs, shape (l, p), as in :class:`History`.
        of: The phase of each, as its place in ``names``, shape (l,).
        values: Likewise of each value of the history, shape (n,); -1 where it is not known.
        limits: Likewise of each limit, shape (c,).
        amounts: As in :class:`History`.
    """

    names: Mapping[str, str]
    candidates: tuple[Candidacy, ...]
    matrix: Floats
    of: Ints
    values: Ints
    limits: Ints
    amounts: Amounts | None = None


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
        noise: Variance of each y that its stated sds or the scatter of its replicates tell, shape
            (n,), model scale; 0 where neither is there.
        limits: Results that are limits.
        trials: What worked and what failed.
        amounts: What was made, where that was typed back for any; planned for the others.
        phases: Which phase was found where; ``None`` where fewer than two are told. Replicates of
            different phases have an entry each.
        runs: Furnace run of each value, length n, where replicates of different runs have an entry
            each; empty elsewhere.
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
    phases: Found | None = None
    runs: tuple[str | None, ...] = ()


def undos(events: Sequence[Event]) -> dict[int, int]:
    """{number of an undo, or of a redo, which takes an undo back: number of what it takes back}."""
    return {n: e.undone for n, e in enumerate(events, start=1) if isinstance(e, Undone)}


def taken_back(events: Sequence[Event]) -> set[int]:
    """Numbers of the events that are undone; an undo that is taken back itself undoes nothing."""
    gone: set[int] = set()
    for number, undone in reversed(undos(events).items()):
        if number not in gone:
            gone.add(undone)
    return gone


def brought_back(events: Sequence[Event]) -> dict[int, int]:
    """{number of a redo: number of the event that it brings back}."""
    known = undos(events)
    return {number: known[undone] for number, undone in known.items() if undone in known}


def last_undo(events: Sequence[Event]) -> int | None:
    """Number of the last undo that is not taken back yet; ``None`` where there is none, or where
    another change was made since."""
    passed = taken_back(events) | brought_back(events).keys()
    for number in range(len(events), 1, -1):
        kind = events[number - 1].kind
        if kind not in HOUSEKEEPING:
            return None
        if kind == "undone" and number not in passed:
            return number
    return None


def last_standing(events: Sequence[Event]) -> int | None:
    """Number of the last change that is not taken back yet; ``None`` where only the making is
    left."""
    gone = taken_back(events)
    numbers = range(len(events), 1, -1)
    return next(
        (n for n in numbers if n not in gone and events[n - 1].kind not in HOUSEKEEPING), None
    )


def fold(events: Sequence[Event]) -> State:
    """Add the events up; event i has number i + 1."""
    gone = taken_back(events)
    total = _Sum()
    for number, event in enumerate(events, start=1):
        if number not in gone:
            getattr(total, event.kind)(event)
    made = sum(len(e.suggestions) for e in events if isinstance(e, Suggested))
    attached = sum(len(e.files) for e in events if isinstance(e, Attached))
    return State(
        tuple(
            _marked(total.corrections.get(m.id, m), total.marks.get(m.id))
            for m in total.measurements
        ),
        tuple(total.suggestions),
        tuple(total.under_way),
        made,
        total.plans,
        tuple(part for parts in total.sources.values() for part in parts),
        total.asked_by,
        total.conditions,
        {id: tuple(each) for id, each in total.before.items()},
        total.files,
        attached,
    )


def with_results(state: State, events: Sequence[Event]) -> State | None:
    """The state with results that were recorded since, as :func:`fold` has it, without adding up
    all that was before; ``None`` where anything else happened."""
    new: list[Measurement] = []
    for event in events:
        if not isinstance(event, Recorded):
            return None
        new += event.measurements
    done = {m.candidate for m in new}
    found = replace(
        state,
        measurements=(*state.measurements, *new),
        open_suggestions=tuple(s for s in state.open_suggestions if s.candidate not in done),
    )
    found._tally.append(state.tally.with_more(new))
    return found


@dataclass(slots=True)
class _Sum:
    """What the events so far add up to; a method for each kind of event, called as the kind is."""

    measurements: list[Measurement] = field(default_factory=list)
    suggestions: list[Suggestion] = field(default_factory=list)
    under_way: list[Suggestion] = field(default_factory=list)
    plans: dict[Candidacy, WeighingPlan] = field(default_factory=dict)
    sources: dict[str, tuple[SourceTable, ...]] = field(default_factory=dict)
    asked_by: dict[str, str] = field(default_factory=dict)
    conditions: dict[str, str] = field(default_factory=dict)
    marks: dict[str, Marked] = field(default_factory=dict)
    corrections: dict[str, Measurement] = field(default_factory=dict)
    before: dict[str, list[Measurement]] = field(default_factory=dict)
    files: dict[str, AttachedFile] = field(default_factory=dict)

    def created(self, event: Created | Recorded) -> None:
        self.measurements += event.measurements
        done = {m.candidate for m in event.measurements}
        self.under_way = [s for s in self.under_way if s.candidate not in done]

    recorded = created

    def suggested(self, event: Suggested) -> None:
        self.suggestions += event.suggestions
        asking = Requester(event.by, event.more)
        kept = [s for s in self.under_way if asking.keeps(self.asked_by.get(s.id))]
        self.under_way = [*kept, *event.suggestions]
        if event.by is not None:
            self.asked_by |= dict.fromkeys((s.id for s in event.suggestions), event.by)
        if event.weighing is not None:
            self.plans |= {s.candidate: event.weighing for s in event.suggestions}

    def attached(self, event: Attached) -> None:
        self.files |= {each.id: each for each in event.each()}

    def withdrawn(self, event: Withdrawn) -> None:
        self.under_way = [s for s in self.under_way if s.id not in event.suggestions]
        for id in event.files:
            self.files.pop(id, None)

    def blocked(self, event: Blocked) -> None:
        self.conditions[event.condition] = event.why

    def unblocked(self, event: Unblocked) -> None:
        self.conditions.pop(event.condition, None)

    def linked(self, event: Linked) -> None:
        self.sources[event.source.name] = event.source, *event.more

    def unlinked(self, event: Unlinked) -> None:
        self.sources.pop(event.name, None)

    def marked(self, event: Marked) -> None:
        self.marks |= dict.fromkeys(event.measurements, event)

    def corrected(self, event: Corrected) -> None:
        first = {m.id: m for m in self.measurements} | self.corrections
        self.corrections |= {m.id: m for m in event.measurements}
        for each in event.measurements:
            if each.id in first:
                self.before.setdefault(each.id, []).append(first[each.id])
            self.marks.pop(each.id, None)

    def undone(self, event: Undone | Renamed | Removed | Restored) -> None:
        """What an undo takes back was passed over; of the others no data change."""

    renamed = removed = restored = undone


def _marked(measurement: Measurement, mark: Marked | None) -> Measurement:
    """The measurement as it was last judged."""
    if mark is None:
        return measurement
    update: dict[str, object] = {"status": mark.status, "reopen": mark.reopen}
    update |= {"why": mark.why} if mark.why else {}
    return measurement.model_copy(update=update)


def history_of(
    spec: CampaignSpec, state: State, target: Target | None = None, *, by_run: bool = False
) -> History:
    """The measurements that teach about a target (the first by default), averaged per candidate on
    the model scale (so replicates of a log10 target average geometrically). What replicates were
    made of is averaged, too. ``by_run`` leaves replicates of different furnace runs apart."""
    target = spec.targets[0] if target is None else target
    for one_spec, one_target, one_by_run, known in state._histories:
        if one_spec is spec and one_target is target and one_by_run == by_run:
            return known
    found = _history(spec, state, target, by_run=by_run)
    state._histories.append((spec, target, by_run, found))
    return found


def means_of(spec: CampaignSpec, state: State, target: Target) -> tuple[list[Candidacy], Floats]:
    """(candidates, means of their results in the target's unit, shape (n,)) as in
    :func:`history_of`: what a status asks for behind each result."""
    if not state.tally.phased:
        return state.tally.means(target)
    history = history_of(spec, state, target)
    return list(history.candidates), history.values


def _grouped(
    state: State, target: Target, phase: Mapping[str, str], *, by_run: bool
) -> tuple[list[list[Measurement]], list[Measurement]]:
    """(replicates together, limits): the measurements that teach about a target."""
    groups: dict[object, list[Measurement]] = {}
    limits: list[Measurement] = []
    for m in state.measurements:
        if not m.counts or target.name not in m.values:
            continue
        if target.name in m.limits:
            limits.append(m)
        else:
            achieved = tuple((m.achieved or {}).items())
            run = m.run if by_run else None
            groups.setdefault((m.candidate, achieved, phase.get(m.id), run), []).append(m)
    return list(groups.values()), limits


def _history(spec: CampaignSpec, state: State, target: Target, *, by_run: bool) -> History:
    phase = phases_of(state.measurements)
    groups, limits = _grouped(state, target, phase, by_run=by_run)
    model, means, values = averaged(target, groups)
    return History(
        candidates=tuple(group[0].candidate for group in groups),
        matrix=inputs_of(spec.space, groups),
        y=means,
        counts=np.array([len(v) for v in model], dtype=np.float64),
        values=values,
        spread=np.array([v.std(ddof=1) if len(v) > 1 else 0.0 for v in model], dtype=np.float64),
        noise=_noise(groups, model, target),
        limits=_limits(spec.space, target, limits),
        trials=_trials(spec.space, state),
        amounts=amounts_of(spec.space, groups),
        phases=_found(spec.space, state, phase, groups, limits),
        runs=tuple(group[0].run for group in groups) if by_run else (),
    )


def _found(
    space: Space,
    state: State,
    phase: Mapping[str, str],
    groups: Sequence[Sequence[Measurement]],
    limits: Sequence[Measurement],
) -> Found | None:
    """Which phase was found where; failed samples tell, too."""
    if not phase:
        return None
    names = reported_phases(state.measurements)
    place = {name: i for i, name in enumerate(names)}
    with_phase = [m for m in state.measurements if m.id in phase]

    def places(found: Sequence[Measurement]) -> Ints:
        return np.array([place.get(phase.get(m.id, ""), -1) for m in found], dtype=np.int64)

    each = [[m] for m in with_phase]
    return Found(
        names=names,
        candidates=tuple(m.candidate for m in with_phase),
        matrix=inputs_of(space, each),
        of=places(with_phase),
        values=places([group[0] for group in groups]),
        limits=places(limits),
        amounts=amounts_of(space, each),
    )


def _noise(
    groups: Sequence[Sequence[Measurement]], values: Sequence[Floats], target: Target
) -> Floats:
    """Variance that each mean is known to have, shape (n,): what its stated sds tell, or the
    scatter of its replicates where that is more (it holds the sds of single measurements, too)."""
    stated = np.array(
        [
            sum(stated_sd(m, target) ** 2 for m in g) / len(g) ** 2 if any(m.sd for m in g) else 0.0
            for g in groups
        ]
    )
    counts = np.array([len(v) for v in values], dtype=np.float64)
    several = np.flatnonzero(counts > 1)
    scatter = np.zeros(len(groups))
    variances = np.array([values[i].var(ddof=1) for i in several.tolist()])
    scatter[several] = shrunken(variances, counts[several] - 1) / counts[several]
    return np.asarray(np.maximum(stated, scatter), dtype=np.float64)


def stated_sd(measurement: Measurement, target: Target) -> float:
    """The sd that was stated with a value, of the mean of its repeats, on the model scale; 0 where
    none was. On a log10 scale that of the log-normal law with this mean and sd."""
    sd = measurement.sd.get(target.name)
    if sd is None:
        return 0.0
    mean = sd / math.sqrt(measurement.repeats or 1)
    return target.sd_to_model(mean, measurement.values[target.name])


def _limits(space: Space, target: Target, found: Sequence[Measurement]) -> Limits:
    """The results that are limits; below and above change places where the target is minimised."""
    bound = target.to_model(np.array([m.values[target.name] for m in found], dtype=np.float64))
    upward = [1.0 if m.limits[target.name] == "above" else -1.0 for m in found]
    groups = [[m] for m in found]
    return Limits(
        candidates=tuple(m.candidate for m in found),
        matrix=inputs_of(space, groups),
        bound=bound,
        side=target.sign * np.array(upward, dtype=np.float64),
        amounts=amounts_of(space, groups),
    )


def _trials(space: Space, state: State) -> Trials:
    """What worked and what failed; what is excluded says neither."""
    groups: dict[tuple[Candidacy, bool], list[Measurement]] = {}
    for m in state.measurements:
        if m.status is not Status.EXCLUDED:
            groups.setdefault((m.candidate, m.counts), []).append(m)
    found = list(groups.values())
    return Trials(
        candidates=tuple(candidate for candidate, _worked in groups),
        matrix=inputs_of(space, found),
        worked=np.array([worked for _candidate, worked in groups], dtype=np.bool_),
        amounts=amounts_of(space, found),
    )
