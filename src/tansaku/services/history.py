"""history and undo: what happened in a campaign, and taking the last of it back."""

from __future__ import annotations

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.views import HistoryLine, NumberedEvent
from tansaku.services.opened import Changed, change, load
from tansaku.spec import Answer


class History(Answer):
    """Every event of a campaign, first to last."""

    campaign: str
    events: tuple[HistoryLine, ...]


class TakenBack(Changed):
    """The event that no longer counts, and the campaign afterwards."""

    undone: NumberedEvent


def history(store: str, name: str) -> History:
    """What happened in the campaign ``name``."""
    campaign = load(store, name)
    return History(campaign=campaign.name, events=campaign.history())


def undo(store: str, name: str, number: int | None = None) -> TakenBack:
    """Take back the last event that still counts, or the one of this number; it stays in the
    history.

    Raises:
        NothingToUndoError: nothing is left but the beginning.
        ConflictError: someone else changed the campaign meanwhile: what is last is not what was
            seen, so this is not tried again.
    """

    def act(campaign: Campaign) -> TakenBack:
        event = campaign.undo(number)
        last = campaign.document.events[-1]
        which = last.undone if last.kind == "undone" else 0
        return TakenBack.of(campaign, undone=NumberedEvent(number=which, event=event))

    return change(store, name, act, patience=0)
