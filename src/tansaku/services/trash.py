"""trash: campaigns renamed, removed, and brought back; nothing is ever deleted."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import Field

from tansaku.actor import actor
from tansaku.campaign.history.records import Removed, Renamed, Restored
from tansaku.language import _
from tansaku.services.change_request import change_request
from tansaku.services.opened import campaign_name, load, shown_place
from tansaku.spec import Answer
from tansaku.store import open_store


class Moved(Answer):
    """What became of a campaign.

    Attributes:
        campaign: Its name now, or where it was removed before.
        event: What happened.
        sentence: That in one sentence, in the language in use.
    """

    campaign: str
    event: Renamed | Removed | Restored
    sentence: str = Field(exclude=True)


class RemovedCampaign(Answer):
    """A campaign in the trash, and when it went there."""

    campaign: str
    at: str


class Trash(Answer):
    """The campaigns that were removed, the last one first; ``store`` is its URL, empty for an
    account that is no administrator."""

    store: str
    removed: tuple[RemovedCampaign, ...]


def rename(store: str, name: str, new: str) -> Moved:
    """Give a campaign another name.

    Raises:
        CampaignNotFoundError: the store has none of that name.
        CampaignExistsError: the new name is taken.
        UsageError: the new name cannot be one.
        ConflictError: the campaign is not of the version that was asked for.
    """
    before, after = campaign_name(name), campaign_name(new)
    _check_version(store, before)
    event = Renamed(at=datetime.now(UTC), by=actor(), before=before, name=after)
    with open_store(store) as opened:
        opened.rename(before, event)
    text = _("'{before}' is called '{name}' now.").format(before=before, name=after)
    return Moved(campaign=after, event=event, sentence=text)


def remove(store: str, name: str, *, why: str = "") -> Moved:
    """Put a campaign into the trash, with all that it holds; its name is free then.

    Raises:
        CampaignNotFoundError: the store has none of that name.
        ConflictError: the campaign is not of the version that was asked for.
    """
    plain = campaign_name(name)
    _check_version(store, plain)
    event = Removed(at=datetime.now(UTC), by=actor(), why=why)
    with open_store(store) as opened:
        opened.remove(plain, event)
    text = _("'{name}' is in the trash; 'tansaku restore {name}' brings it back.")
    return Moved(campaign=plain, event=event, sentence=text.format(name=plain))


def _check_version(store: str, name: str) -> None:
    """Look before the change, and not inside it: what came in between is not lost by a move."""
    asked = change_request()
    if asked.version:
        asked.check(load(store, name))


def restore(store: str, name: str) -> Moved:
    """Bring the campaign of this name that was removed last back out of the trash.

    Raises:
        CampaignNotFoundError: the trash has none of that name.
        CampaignExistsError: another campaign has the name meanwhile.
    """
    plain = campaign_name(name)
    event = Restored(at=datetime.now(UTC), by=actor())
    with open_store(store) as opened:
        opened.restore(plain, event)
    text = _("'{name}' is back, as it was.").format(name=plain)
    return Moved(campaign=plain, event=event, sentence=text)


def trash(store: str) -> Trash:
    """What is in the trash."""
    with open_store(store) as opened:
        removed = [RemovedCampaign(campaign=name, at=at) for name, at in opened.trash()]
    return Trash(store=shown_place(store), removed=tuple(removed))
