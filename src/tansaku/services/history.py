"""history, undo and redo: what happened in a campaign, and taking the last of it back."""

from __future__ import annotations

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.history.state import brought_back, last_undo, undos
from tansaku.campaign.views import HistoryLine, NumberedEvent
from tansaku.services.opened import Changed, change, load
from tansaku.spec import Answer


class History(Answer):
    """Every event of a campaign, first to last.

    Attributes:
        campaign: Its name.
        redo: Number of the event that ``redo`` would bring back; ``None`` where there is none.
        events: Its events.
    """

    campaign: str
    redo: int | None
    events: tuple[HistoryLine, ...]


class TakenBack(Changed):
    """The event that no longer counts, and the campaign afterwards."""

    undone: NumberedEvent


class BroughtBack(Changed):
    """The event that counts again, and the campaign afterwards."""

    redone: NumberedEvent


def history(store: str, name: str) -> History:
    """What happened in the campaign ``name``."""
    campaign = load(store, name)
    last = last_undo(campaign.events)
    return History(
        campaign=campaign.name,
        redo=None if last is None else undos(campaign.events)[last],
        events=campaign.history(),
    )


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


def redo(store: str, name: str) -> BroughtBack:
    """Take the last undo back, so that what it took back counts again.

    Raises:
        NothingToUndoError: nothing is undone, or another change was made since.
        ConflictError: someone else changed the campaign meanwhile, as in :func:`undo`.
    """

    def act(campaign: Campaign) -> BroughtBack:
        event = campaign.redo()
        which = brought_back(campaign.events)[len(campaign.events)]
        return BroughtBack.of(campaign, redone=NumberedEvent(number=which, event=event))

    return change(store, name, act, patience=0)
