"""Planned runs: the labels of furnace runs, from the plan to the results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tansaku.campaign.history.records import Event, Measurement, Suggested
from tansaku.campaign.history.state import State


def runs_planned(events: Sequence[Event]) -> int:
    """Furnace runs ever planned, those taken back included: labels are never used twice."""
    suggested = [e for e in events if isinstance(e, Suggested)]
    return len({s.run for e in suggested for s in e.suggestions if s.run is not None})


def with_planned_runs(
    found: Sequence[Measurement], state: State, names: Mapping[int, str]
) -> tuple[Measurement, ...]:
    """Results with the run for which their sample was planned, and with the name that the lab's
    table has for it, where no others are told.

    Args:
        found: What was reported.
        state: Before they are recorded.
        names: {label of a candidate: what the lab calls it}.
    """
    planned = {s.candidate: s for s in state.open_suggestions}
    known = []
    for m in found:
        one = planned.get(m.candidate)
        name = names.get(m.pool_row) if m.pool_row is not None else None
        run = None if one is None else one.run
        known.append(m.model_copy(update={"run": m.run or run, "sample": m.sample or name}))
    return tuple(known)
