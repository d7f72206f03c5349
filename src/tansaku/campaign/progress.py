"""How a campaign stands: the state of each candidate, and the whole in a few numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from pydantic import Field

from tansaku import markup
from tansaku.campaign.history.objectives import costs, is_single, measured_targets
from tansaku.campaign.history.records import CampaignSpec, Candidacy
from tansaku.campaign.history.requester import NOBODY
from tansaku.campaign.history.sample_names import names_of
from tansaku.campaign.history.state import State, history_of, means_of
from tansaku.campaign.suggest.trade_offs import (
    Compromise,
    Standing,
    compromises,
    known_beforehand,
    standing_of,
)
from tansaku.design import Floats, Ints
from tansaku.insight.verdict import AnsweredVerdict
from tansaku.language import _
from tansaku.space import (
    CompositionTemplate,
    FreePool,
    Goal,
    Space,
    Target,
    Value,
    composed,
    composed_at,
)
from tansaku.space.space import LISTED_MOST
from tansaku.space.values import settings
from tansaku.spec import Answer, Spec


def _is_none(value: object) -> bool:
    """What does not apply is not told."""
    return value is None


def _is_nothing(value: object) -> bool:
    """What is empty is not told."""
    return not value


class Candidate(Spec):
    """One thing that could be made, and how it stands.

    Attributes:
        pool_row: Its label; ``None`` in a free space.
        sample: What the lab calls it.
        inputs: In experimental units; a choice by its name.
        formula: Chemical formula where the space knows it.
        molar_mass: g/mol where the formula is known.
        net_charge: In elementary charges where the formula is known.
        state: ``open``, ``blocked`` (cannot be made now), ``pending`` (suggested, no result yet),
            ``measured``, or ``failed`` (tried, and nothing came out).
        values: {target: mean of its measurements}, target's unit (geometric for log10 targets).
        sd: {target: sd of its replicates} on the model scale; only with two or more.
        replicates: Measurements that teach the model.
        features: What follows from the firing profile, where there is one: ``peak_temperature`` in
            °C, ``total_time`` in h, ``dose``.
        cost: What it costs, where that was said.
    """

    pool_row: int | None
    sample: str | None = Field(default=None, exclude_if=_is_none)
    inputs: dict[str, Value]
    formula: str | None = None
    molar_mass: float | None = None
    net_charge: float | None = None
    state: Literal["open", "blocked", "pending", "measured", "failed"]
    values: dict[str, float] = {}
    sd: dict[str, float] = {}
    replicates: int = 0
    features: dict[str, float] = Field(default={}, exclude_if=_is_nothing)
    cost: float | None = Field(default=None, exclude_if=_is_none)


class Best(Spec):
    """The best measured candidate; ``value`` in the target's unit, ``sample`` what the lab calls
    it."""

    pool_row: int | None
    sample: str | None = Field(default=None, exclude_if=_is_none)
    inputs: dict[str, Value]
    formula: str | None = None
    value: float


class CampaignStatus(Answer):
    """How far a search is.

    Attributes:
        campaign: Its name.
        inputs: Names of its inputs.
        targets: Target name, goal and scale as written in the shell, e.g. "sigma:max:log10".
        n_candidates: Size of the pool; ``None`` where a space has too many to be counted.
        measured: Candidates measured.
        failed: Candidates that were tried and only failed.
        pending: Candidates suggested without result.
        open: Candidates left that may be suggested; ``None`` likewise.
        measurements: Measurements in all, replicates, failed and excluded ones counted.
        limits: Of these, those of which only a limit is known.
        excluded: Of these, those that are kept and teach nothing.
        replicated: Candidates with two measurements or more that teach.
        under_way: {id of a suggestion without result: who asked for it, where that is known}.
        blocked: {condition: why} of candidates that cannot be made now.
        best: The best so far; ``None`` before the first.
        template: The template with its balancing amount filled in, where there is one.
        encoding: What the model sees of a composition; ``None`` where there are no formulas.
        compromises: Where there are several targets, limits or costs, the measured candidates that
            no other one beats in every goal, of those that keep all limits.
        reference: Likewise, what each goal has to beat to count, in its unit.
        partly_measured: Likewise, candidates with some of the goals measured only.
        attachments: Files that are attached to its samples.
        sources: What its older data are worth; empty without any, or where nobody asked.
    """

    campaign: str
    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    n_candidates: int | None
    measured: int
    pending: int
    open: int | None
    measurements: int
    best: Best | None
    template: str | None = None
    encoding: str | None = None
    compromises: tuple[Compromise, ...] | None = Field(default=None, exclude_if=_is_none)
    reference: dict[str, float] | None = Field(default=None, exclude_if=_is_none)
    partly_measured: int | None = Field(default=None, exclude_if=_is_none)
    failed: int = 0
    limits: int = 0
    excluded: int = 0
    replicated: int = 0
    under_way: dict[str, str | None] = Field(default_factory=dict)
    blocked: dict[str, str] = Field(default_factory=dict, exclude_if=_is_nothing)
    attachments: int = Field(default=0, exclude_if=_is_nothing)
    sources: tuple[AnsweredVerdict, ...] = ()


def candidates_of(
    spec: CampaignSpec, state: State, asked: Sequence[Candidacy]
) -> tuple[Candidate, ...]:
    """These candidates of a campaign, of :func:`labels_shown`."""
    space, measured = spec.space, measured_targets(spec.targets)
    results = _results(spec, state, measured)
    beforehand = {t.name: known_beforehand(spec, t) for t in spec.targets if t.known}
    failed, tried = state.failed, state.measured  # each is computed anew when it is asked for
    names = names_of(spec, state)
    known = {**state.under_way, **tried}
    given = {} if space.listed else known  # those of a list are as they stand there
    matrix = _rows(space, asked, given)
    shown = [
        (candidate, given[candidate] if candidate in given else space.named(row))
        for candidate, row in zip(asked, matrix, strict=True)
    ]
    made = composed(space, matrix)
    derived = space.derived(matrix) if space.profile is not None and shown else {}
    labels = [label for label, _inputs in shown if isinstance(label, int)]
    price = costs(spec, matrix, labels) if shown else None
    allowed = NOBODY.allowed(space, state.blocked)
    may = allowed.mask(matrix) if shown else np.zeros(0, dtype=np.bool_)
    found = []
    for k, (candidate, inputs) in enumerate(shown):
        own = results.get(candidate, {})
        found.append(
            Candidate(
                pool_row=candidate if isinstance(candidate, int) else None,
                sample=names.get(candidate),
                inputs=inputs,
                formula=made.formulas[k],
                molar_mass=made.molar_masses[k],
                net_charge=made.charges[k],
                state="failed"
                if candidate in failed
                else "measured"
                if candidate in tried
                else "pending"
                if candidate in known
                else "open"
                if may[k]
                else "blocked",
                values={name: value for name, (value, _sd, _n) in own.items()}
                | {name: column[candidate] for name, column in beforehand.items()},
                sd={name: sd for name, (_value, sd, n) in own.items() if n > 1},
                replicates=max((n for _value, _sd, n in own.values()), default=0),
                features={name: float(column[k]) for name, column in derived.items()},
                cost=None if price is None else float(price[k]),
            )
        )
    return tuple(found)


def _results(
    spec: CampaignSpec, state: State, targets: Sequence[Target]
) -> dict[Candidacy, dict[str, tuple[float, float, int]]]:
    """{candidate: {target: (mean of its measurements, their sd, how many)}}."""
    found: dict[Candidacy, dict[str, tuple[float, float, int]]] = {}
    for target in targets:
        history = history_of(spec, state, target)
        for i, candidate in enumerate(history.candidates):
            mean, sd = float(history.values[i]), float(history.spread[i])
            found.setdefault(candidate, {})[target.name] = mean, sd, int(history.counts[i])
    return found


def labels_shown(spec: CampaignSpec, state: State, most: int | None = None) -> list[Candidacy]:
    """What tells candidates apart, in the order of their labels.

    Of more than ``most`` only those that are measured or under way, and the first ``most`` of all,
    are given. In a free space, where candidates have no number, those measured or under way are.
    """
    space, known = spec.space, {**state.under_way, **state.measured}
    if isinstance(space.pool, FreePool):
        return list(known)
    if space.listed and (most is None or len(space) <= most):
        return list(space.labels.tolist())
    first = _first_labels(space, LISTED_MOST if most is None else most)
    return sorted({*first.tolist(), *(c for c in known if isinstance(c, int))})


def _rows(
    space: Space, asked: Sequence[Candidacy], own: Mapping[Candidacy, dict[str, Value]]
) -> Floats:
    """Candidates as rows of a matrix, shape (n, p); some have inputs of their own."""
    labels = [candidate for candidate in asked if candidate not in own]
    free = np.array(labels, dtype=np.int64)
    if space.listed:
        order = np.argsort(space.labels, kind="stable")
        return space.matrix[order[np.searchsorted(space.labels, free, sorter=order)]]
    rows = iter(space.rows(free) if labels else ())
    each = [space.row(own[c]) if c in own else next(rows) for c in asked]
    return np.array(each, dtype=np.float64).reshape(-1, len(space.inputs))


def _first_labels(space: Space, most: int) -> Ints:
    """Labels of the first candidates."""
    if space.listed:
        return space.labels[:most]
    found: list[Ints] = []
    for labels in space.grid.blocks():
        found.append(labels)
        if sum(map(len, found)) >= most:
            break
    return np.concatenate(found)[:most]


def _seen(state: State, encoding: str) -> str:
    """What the model sees of a composition: with older data, what both systems share."""
    if not state.sources:
        return encoding
    by = state.sources[0].by
    return {"names": "parameters", "sites": "elements"}.get(by, by)


def status_of(spec: CampaignSpec, state: State) -> CampaignStatus:
    """The whole in a few numbers."""
    measured, n, chemistry = state.measured, spec.space.size, spec.space.chemistry
    failed = len(state.failed)
    pending = state.under_way.keys() - measured.keys()
    standing = None if is_single(spec) else standing_of(spec, state)
    return CampaignStatus(
        campaign=spec.name,
        inputs=spec.space.names,
        targets=tuple(str(t) for t in spec.targets),
        n_candidates=n,
        measured=len(measured) - failed,
        failed=failed,
        limits=state.tally.limits,
        excluded=state.tally.excluded,
        replicated=sum(number > 1 for number in state.tally.taught.values()),
        pending=len(pending),
        blocked=dict(state.blocked),
        under_way={s.id: state.asked_by.get(s.id) for s in state.open_suggestions},
        open=_open(spec, state, n, [*measured, *pending]),
        measurements=len(state.measurements),
        attachments=len(state.files),
        best=_best(spec, state, standing),
        template=chemistry.template().solved_text()
        if isinstance(chemistry, CompositionTemplate)
        else None,
        encoding=None if chemistry is None else _seen(state, chemistry.encoding),
        **_of_several(spec, state, standing),
    )


def _of_several(spec: CampaignSpec, state: State, standing: Standing | None) -> dict[str, Any]:
    """What is told beside the best where several things are wanted."""
    if standing is None:
        return {}
    return {
        "compromises": compromises(spec, state, standing),
        "reference": standing.reference_in_units(),
        "partly_measured": standing.partly,
    }


def _open(spec: CampaignSpec, state: State, n: int | None, gone: Sequence[Candidacy]) -> int | None:
    """Candidates that are left, without those that are blocked; ``None`` where they cannot be
    counted."""
    allowed = NOBODY.allowed(spec.space, state.blocked)
    if n is None or allowed.everything:
        return None if n is None else n - len(gone)
    if not spec.space.listed:
        return None
    left = allowed.mask(spec.space.matrix) & ~np.isin(spec.space.labels, np.array(gone, dtype=int))
    return int(left.sum())


def _best(spec: CampaignSpec, state: State, standing: Standing | None) -> Best | None:
    """The best measured candidate for one goal, of those that keep all limits; ``None`` for several
    goals."""
    goals = [target for target in spec.targets if target.goal is not Goal.KEEP]
    if len(goals) != 1:
        return None
    candidates, values = means_of(spec, state, goals[0])
    scores = goals[0].score(values)
    if standing is not None:
        inside = {c for c, k in zip(standing.complete, standing.kept, strict=True) if k}
        scores = np.where([c in inside for c in candidates], scores, -np.inf)
    if not len(scores) or np.isneginf(scores.max()):
        return None
    top = int(np.argmax(scores))
    candidate, inputs = candidates[top], state.measured[candidates[top]]
    return Best(
        pool_row=candidate if isinstance(candidate, int) else None,
        sample=names_of(spec, state).get(candidate),
        inputs=inputs,
        formula=composed_at(spec.space, inputs),
        value=float(values[top]),
    )


def campaign_html(spec: CampaignSpec, status: CampaignStatus) -> str:
    """How far a search is, as notebooks show it."""
    counts = _("Candidates: {n}; measured: {measured}, pending: {pending}, open: {open}.").format(
        n="-" if status.n_candidates is None else status.n_candidates,
        measured=status.measured,
        pending=status.pending,
        open="-" if status.open is None else status.open,
    )
    told = [_("Targets: {names}.").format(names=", ".join(status.targets)), counts]
    best, under_way = status.best, ", ".join(status.under_way)
    if best is not None:
        told.append(
            _("Best so far: {value} at {inputs}.").format(
                value=f"{best.value:.4g}", inputs=settings(best.inputs)
            )
        )
    if under_way:
        told.append(_("Suggested, without a result yet: {ids}").format(ids=under_way))
    title = _("Campaign {name}").format(name=status.campaign)
    return markup.block(title, markup.lines(told), spec.space._repr_html_())
