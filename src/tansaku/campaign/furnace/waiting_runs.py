"""Waiting runs: furnace runs that were planned and whose samples have no result yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from tansaku.campaign.furnace.crucibles import likely_shared, shared_inputs
from tansaku.campaign.furnace.firing import hours_of, shared_of
from tansaku.campaign.furnace.furnace_plan import FurnaceRun
from tansaku.campaign.history.records import Event, Firing, Suggested, Suggestion
from tansaku.campaign.history.state import State
from tansaku.space import Space, Value
from tansaku.spec import Answer


class WaitingRuns(Answer):
    """The furnace runs of a campaign whose samples have no result yet.

    Attributes:
        campaign: Its name.
        inputs: Names of all inputs.
        shared: Those that a run shares where nothing else is said.
        runs: In the order of planning, with the samples that are still under way. What was
            expected of them stands in the answer to the plan alone.
    """

    campaign: str
    inputs: tuple[str, ...]
    shared: tuple[str, ...]
    runs: tuple[FurnaceRun, ...]


def waiting_runs(name: str, space: Space, state: State, events: Sequence[Event]) -> WaitingRuns:
    """The planned runs of a campaign of this name."""
    return WaitingRuns(
        campaign=name,
        inputs=tuple(space.names),
        shared=likely_shared(space),
        runs=tuple(_runs(space, state, events)),
    )


def _runs(space: Space, state: State, events: Sequence[Event]) -> Iterator[FurnaceRun]:
    under_way = {each.id for each in state.open_suggestions}
    for event in events:
        if not isinstance(event, Suggested) or event.asked is None or event.asked.firing is None:
            continue
        samples: dict[str, list[Suggestion]] = {}
        for each in event.suggestions:
            if each.id in under_way and each.run is not None:
                samples.setdefault(each.run, []).append(each)
        for run, together in samples.items():
            yield _run(space, run, together, event.asked.firing)


def _run(space: Space, run: str, samples: Sequence[Suggestion], firing: Firing) -> FurnaceRun:
    shared = shared_inputs(space, firing.shared)
    row = np.atleast_2d(space.row(samples[0].inputs))
    hours = hours_of(space, row, firing.model_copy(update={"available": None}), shared)
    setting: dict[str, Value] = shared_of(space, row[0], shared)
    return FurnaceRun(
        run=run,
        setting=setting,
        hours=float(hours[0]) if hours is not None else None,
        expected_gain=None,
        chance_to_beat_best=None,
        features={},
        reason="",
        suggestions=tuple(samples),
    )
