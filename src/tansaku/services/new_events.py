"""new_events: what has been added to a campaign's log since it was looked at."""

from __future__ import annotations

from tansaku.services.change_request import version_text
from tansaku.services.opened import LAST, campaign_name, events_behind
from tansaku.spec import Answer
from tansaku.store import LogEnd


class NewEvent(Answer):
    """An event of a campaign.

    Attributes:
        number: Its number in the log.
        kind: What happened: ``suggested``, ``recorded``, ``undone`` and so on.
        version: Of the campaign with this event as its last one.
    """

    number: int
    kind: str
    version: str


class NewEvents(Answer):
    """The new events of a campaign, first to last, and its version with them."""

    campaign: str
    version: str
    events: tuple[NewEvent, ...]


def new_events(store: str, name: str, seen: str = "") -> NewEvents:
    """What has happened in the campaign ``name`` since the version that was ``seen``; nothing,
    where none is named. The campaign itself is not read.

    Of a version of another log (a campaign of the same name before this one, or the store before a
    backup was brought back) nothing is known, so that the last event is told.

    Raises:
        CampaignNotFoundError: the store has none of that name.
    """
    name = campaign_name(name)
    number = int(seen.rpartition("-")[2]) if seen else LAST
    end, rows = events_behind(store, name, number)
    if seen and (number > end.number or seen != version_text(LogEnd(end.began, number))):
        end, rows = events_behind(store, name, end.number - 1)
    return NewEvents(
        campaign=name,
        version=version_text(end),
        events=tuple(
            NewEvent(number=each, kind=kind, version=version_text(LogEnd(end.began, each)))
            for each, kind in rows
        ),
    )
