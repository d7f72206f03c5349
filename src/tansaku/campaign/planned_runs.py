"""Planned runs: the labels of furnace runs, from the plan to the results."""

from __future__ import annotations

from collections.abc import Sequence

from tansaku.campaign.records import Event, Measurement, Suggested
from tansaku.campaign.state import State


def runs_planned(events: Sequence[Event]) -> int:
    """Furnace runs ever planned, those taken back included: labels are never used twice."""
    suggested = [e for e in events if isinstance(e, Suggested)]
    return len({s.run for e in suggested for s in e.suggestions if s.run is not None})


def with_planned_runs(found: Sequence[Measurement], state: State) -> tuple[Measurement, ...]:
    """Results with the run for which their sample was planned, where no other run is told.

    Args:
        found: What was reported.
        state: Before they are recorded.
    """
    planned = {s.candidate: s.run for s in state.open_suggestions if s.run is not None}
    return tuple(
        m.model_copy(update={"run": planned[m.candidate]})
        if m.run is None and m.candidate in planned
        else m
        for m in found
    )
