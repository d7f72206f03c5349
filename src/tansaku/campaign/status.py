"""How a campaign stands: the state of each candidate, and the whole in a few numbers."""

from __future__ import annotations

from typing import Literal

import numpy as np

from tansaku.campaign.records import CampaignSpec
from tansaku.campaign.state import State, history_of
from tansaku.spec import Spec


class Candidate(Spec):
    """One thing that could be made, and how it stands.

    Attributes:
        pool_row: Its label.
        inputs: In experimental units.
        formula: Chemical formula where the space knows it.
        molar_mass: g/mol where the formula is known.
        net_charge: In elementary charges where the formula is known.
        state: ``open``, ``pending`` (suggested, no result yet) or ``measured``.
        values: {target: mean of its measurements}, target's unit (geometric for log10 targets).
        sd: {target: sd of its replicates} on the model scale; only with two or more.
        replicates: Measurements that teach the model.
    """

    pool_row: int
    inputs: dict[str, float]
    formula: str | None = None
    molar_mass: float | None = None
    net_charge: float | None = None
    state: Literal["open", "pending", "measured"]
    values: dict[str, float] = {}
    sd: dict[str, float] = {}
    replicates: int = 0


class Best(Spec):
    """The best measured candidate; ``value`` in the target's unit."""

    pool_row: int
    inputs: dict[str, float]
    value: float


class CampaignStatus(Spec):
    """How far a search is.

    Attributes:
        name: The campaign.
        targets: Target name, goal and scale as written in the shell, e.g. "sigma:max:log10".
        n_candidates: Size of the pool.
        measured: Candidates measured.
        pending: Candidates suggested without result.
        open: Candidates left.
        measurements: Measurements in all, replicates and excluded ones counted.
        best: The best so far; ``None`` before the first.
    """

    name: str
    targets: tuple[str, ...]
    n_candidates: int
    measured: int
    pending: int
    open: int
    measurements: int
    best: Best | None


def candidates_of(spec: CampaignSpec, state: State) -> tuple[Candidate, ...]:
    """Every candidate of the pool, in its order."""
    history, target = history_of(spec, state), spec.targets[0]
    at = {int(p): i for i, p in enumerate(history.positions)}
    under_way = {s.pool_row for s in state.open_suggestions}
    measured = state.measured_rows
    found = []
    for position, label in enumerate(spec.space.pool.labels):
        i = at.get(position)
        several = i is not None and history.counts[i] > 1
        found.append(
            Candidate(
                pool_row=label,
                inputs=spec.space.inputs_of(position),
                state="measured"
                if label in measured
                else "pending"
                if label in under_way
                else "open",
                values={} if i is None else {target.name: float(history.values[i])},
                sd={target.name: float(history.spread[i])} if several and i is not None else {},
                replicates=0 if i is None else int(history.counts[i]),
            )
        )
    return tuple(found)


def status_of(spec: CampaignSpec, state: State) -> CampaignStatus:
    """The whole in a few numbers."""
    candidates = candidates_of(spec, state)
    count = {s: sum(c.state == s for c in candidates) for s in ("measured", "pending", "open")}
    target = spec.targets[0]
    known = [c for c in candidates if c.values]
    best = None
    if known:
        score = target.score(np.array([c.values[target.name] for c in known]))
        top = known[int(np.argmax(score))]
        best = Best(pool_row=top.pool_row, inputs=top.inputs, value=top.values[target.name])
    return CampaignStatus(
        name=spec.name,
        targets=tuple(str(t) for t in spec.targets),
        n_candidates=len(candidates),
        measured=count["measured"],
        pending=count["pending"],
        open=count["open"],
        measurements=len(state.measurements),
        best=best,
    )
