"""Conflicts: a choice that took long, put on what others have stored meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tansaku.campaign.history.records import CampaignSpec, Event, Suggested
from tansaku.campaign.history.requester import Requester
from tansaku.campaign.history.state import State


def rebased(
    spec: CampaignSpec,
    state: State,
    chosen: Suggested,
    *,
    replicate: bool = False,
    runs: Mapping[str, str] | None = None,
) -> Suggested | None:
    """The same choice as the next event of the campaign as it is now; ``None`` where a candidate
    is no longer free: measured, suggested to somebody else or blocked since.

    A choice on slightly older data is worth making; one that was thrown away is not.

    Args:
        spec: The campaign's.
        state: As it is now.
        chosen: What was chosen as it was before.
        replicate: Measured candidates were allowed.
        runs: {furnace run as it was planned: as it is called now}.
    """
    asking = Requester.of(chosen)
    gone = {*state.staying(asking), *(() if replicate else state.measured)}
    if any(each.candidate in gone for each in chosen.suggestions):
        return None
    matrix = np.stack([spec.space.row(each.inputs) for each in chosen.suggestions])
    if not asking.allowed(spec.space, state.blocked).mask(matrix).all():
        return None
    names = runs or {}
    suggestions = tuple(
        each.model_copy(
            update={
                "id": f"s{state.suggested + i}",
                "run": names.get(each.run or "", each.run),
            }
        )
        for i, each in enumerate(chosen.suggestions, start=1)
    )
    return chosen.model_copy(update={"suggestions": suggestions})


def asked_together(chosen: Suggested, events: Sequence[Event]) -> bool:
    """Whether somebody who cannot be told from who asked for ``chosen`` has got suggestions since
    it was chosen: nobody in particular, or another person at the same account. Those stay then,
    though a later request replaces what the same person asked for before."""
    asking = Requester.of(chosen)
    since = events[chosen.asked.events :] if chosen.asked else ()
    return any(isinstance(each, Suggested) and not asking.keeps(each.by) for each in since)
