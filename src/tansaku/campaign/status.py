"""How a campaign stands: the state of each candidate, and the whole in a few numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import numpy as np

from tansaku.campaign.records import CampaignSpec, Candidacy
from tansaku.campaign.state import State, history_of
from tansaku.design import Ints
from tansaku.space import CompositionTemplate, FreePool, Space, Value, composed, composed_at
from tansaku.space.space import LISTED_MOST
from tansaku.spec import Spec


class Candidate(Spec):
    """One thing that could be made, and how it stands.

    Attributes:
        pool_row: Its label; ``None`` in a free space.
        inputs: In experimental units; a choice by its name.
        formula: Chemical formula where the space knows it.
        molar_mass: g/mol where the formula is known.
        net_charge: In elementary charges where the formula is known.
        state: ``open``, ``pending`` (suggested, no result yet) or ``measured``.
        values: {target: mean of its measurements}, target's unit (geometric for log10 targets).
        sd: {target: sd of its replicates} on the model scale; only with two or more.
        replicates: Measurements that teach the model.
    """

    pool_row: int | None
    inputs: dict[str, Value]
    formula: str | None = None
    molar_mass: float | None = None
    net_charge: float | None = None
    state: Literal["open", "pending", "measured"]
    values: dict[str, float] = {}
    sd: dict[str, float] = {}
    replicates: int = 0


class Best(Spec):
    """The best measured candidate; ``value`` in the target's unit."""

    pool_row: int | None
    inputs: dict[str, Value]
    formula: str | None = None
    value: float


class CampaignStatus(Spec):
    """How far a search is.

    Attributes:
        name: The campaign.
        targets: Target name, goal and scale as written in the shell, e.g. "sigma:max:log10".
        n_candidates: Size of the pool; ``None`` where a space has too many to be counted.
        measured: Candidates measured.
        pending: Candidates suggested without result.
        open: Candidates left; ``None`` likewise.
        measurements: Measurements in all, replicates and excluded ones counted.
        best: The best so far; ``None`` before the first.
        template: The template with its balancing amount filled in, where there is one.
        encoding: What the model sees of a composition; ``None`` where there are no formulas.
    """

    name: str
    targets: tuple[str, ...]
    n_candidates: int | None
    measured: int
    pending: int
    open: int | None
    measurements: int
    best: Best | None
    template: str | None = None
    encoding: str | None = None


def candidates_of(
    spec: CampaignSpec, state: State, most: int | None = None
) -> tuple[Candidate, ...]:
    """The candidates, in the order of their labels.

    Of more than ``most`` only those that are measured or under way, and the first ``most`` of all,
    are given. In a free space, where candidates have no number, those measured or under way are.
    """
    history, target, space = history_of(spec, state), spec.targets[0], spec.space
    at = {candidate: i for i, candidate in enumerate(history.candidates)}
    known = state.under_way | state.measured
    shown = list(_shown(space, known, most))
    made = None
    if space.chemistry is not None and shown:
        made = composed(space, np.array([space.row(inputs) for _label, inputs in shown]))
    found = []
    for k, (candidate, inputs) in enumerate(shown):
        i = at.get(candidate)
        several = i is not None and history.counts[i] > 1
        found.append(
            Candidate(
                pool_row=candidate if isinstance(candidate, int) else None,
                inputs=inputs,
                formula=None if made is None else made.formulas[k],
                molar_mass=None if made is None else made.molar_masses[k],
                net_charge=None if made is None else made.charges[k],
                state="measured"
                if candidate in state.measured
                else "pending"
                if candidate in known
                else "open",
                values={} if i is None else {target.name: float(history.values[i])},
                sd={target.name: float(history.spread[i])} if several and i is not None else {},
                replicates=0 if i is None else int(history.counts[i]),
            )
        )
    return tuple(found)


def _shown(
    space: Space, known: Mapping[Candidacy, dict[str, Value]], most: int | None
) -> Iterator[tuple[Candidacy, dict[str, Value]]]:
    """(candidate, inputs) of those to show."""
    if isinstance(space.pool, FreePool):
        yield from known.items()
        return
    if space.listed and (most is None or len(space) <= most):
        for label, row in zip(space.labels.tolist(), space.matrix, strict=True):
            yield label, space.named(row)
        return
    first = _first_labels(space, LISTED_MOST if most is None else most)
    rows = dict(zip(first.tolist(), space.rows(first), strict=True))
    for label in sorted({*rows, *(c for c in known if isinstance(c, int))}):
        yield label, known[label] if label in known else space.named(rows[label])


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


def status_of(spec: CampaignSpec, state: State) -> CampaignStatus:
    """The whole in a few numbers."""
    history, target = history_of(spec, state), spec.targets[0]
    measured, n, chemistry = state.measured, spec.space.size, spec.space.chemistry
    pending = state.under_way.keys() - measured.keys()
    best = None
    if len(history.values):
        top = int(np.argmax(target.score(history.values)))
        candidate = history.candidates[top]
        best = Best(
            pool_row=candidate if isinstance(candidate, int) else None,
            inputs=measured[candidate],
            formula=composed_at(spec.space, measured[candidate]),
            value=float(history.values[top]),
        )
    return CampaignStatus(
        name=spec.name,
        targets=tuple(str(t) for t in spec.targets),
        n_candidates=n,
        measured=len(measured),
        pending=len(pending),
        open=None if n is None else n - len(measured) - len(pending),
        measurements=len(state.measurements),
        best=best,
        template=chemistry.template().solved_text()
        if isinstance(chemistry, CompositionTemplate)
        else None,
        encoding=None if chemistry is None else chemistry.encoding,
    )
