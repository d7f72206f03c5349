"""Checksums: a chain over the events of a campaign, so that a store of flipped bits is recognised.

Each event's link is made of the link before it and of the event; the campaign's is made of the last
one and of what it searches: what is changed, moved or missing breaks the chain. A store of layout 1
has none, and the first change by a version that knows them adds them.
"""

from __future__ import annotations

import hashlib
from typing import Any, Protocol

from sqlalchemy import Connection, select, update

from tansaku.errors import StoreError
from tansaku.language import _
from tansaku.store.schema import CAMPAIGNS, EVENTS, TRASHED


def link(before: str, *parts: object) -> str:
    """The link behind ``before``; the length of each part keeps it apart from the next.

    >>> link("", "ab", "c") == link("", "a", "bc")
    False
    """
    whole = before.encode()
    for part in parts:
        data = str(part).encode("utf-8", "surrogatepass")
        whole += b"%d:%b" % (len(data), data)
    return hashlib.sha256(whole).hexdigest()


def event_link(before: str, number: int, kind: str, payload: str, at: str) -> str:
    """The link of an event behind the link of the one before it."""
    return link(before, number, kind, payload, at)


def campaign_link(last: str, name: str, spec: str, created: str) -> str:
    """The link of a campaign whose last event has the link ``last``."""
    return link(last, name, spec, created)


class Keeping(Protocol):
    """Where campaigns are kept, as errors tell it: a database, or a document of a whole store."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def bring_back(self) -> str:
        """What to do where what it holds is damaged, as a sentence."""


class Chain:
    """The links of one campaign, event by event, held against those that are stored with it.

    ``campaign`` is its row; the events up to ``number``, whose link is ``last``, are known. Rows of
    a layout without checksums are held against their numbers only.

    Attributes:
        number: Of the event that was followed last.
        last: Its link.
    """

    def __init__(self, kept_in: Keeping, campaign: Any, *, number: int = 0, last: str = "") -> None:
        self.number = number
        self.last = last
        self._kept_in = kept_in
        self._campaign = campaign

    def follow(self, event: Any) -> str:
        """The link of the next event.

        Raises:
            StoreError: an event before it is missing, or it is not as it was written.
        """
        self.number += 1
        if event.number != self.number:
            raise StoreError(
                _("The store {file} is damaged: campaign '{name}' lacks events.").format(
                    file=self._kept_in.name, name=self._name
                ),
                self._kept_in.bring_back,
            )
        self.last = event_link(self.last, event.number, event.kind, event.payload, event.at)
        if getattr(event, "checksum", self.last) != self.last:
            raise self._changed(_("event {number}").format(number=event.number))
        return self.last

    def close(self) -> str:
        """The link of the campaign, behind all its events.

        Raises:
            StoreError: it is not as it was written, or events are missing at the end.
        """
        one = self._campaign
        whole = campaign_link(self.last, one.name, one.spec, one.created)
        if getattr(one, "checksum", whole) != whole:
            raise self._changed(_("what it searches"))
        return whole

    @property
    def _name(self) -> str:
        return str(self._campaign.name).partition(TRASHED)[0]

    def _changed(self, part: str) -> StoreError:
        return StoreError(
            _(
                "The store {file} is damaged: of campaign '{name}', {part} is not as it was"
                " written."
            ).format(file=self._kept_in.name, name=self._name, part=part),
            self._kept_in.bring_back,
        )


def seal(connection: Connection, campaign: int) -> None:
    """Give all events of a campaign that has no links yet theirs, and the campaign its own."""
    last = ""
    columns = (EVENTS.c.number, EVENTS.c.kind, EVENTS.c.payload, EVENTS.c.at)
    ours = EVENTS.c.campaign_id == campaign
    for row in connection.execute(select(*columns).where(ours).order_by(EVENTS.c.number)).all():
        last = event_link(last, *row)
        one = ours & (EVENTS.c.number == row.number)
        connection.execute(update(EVENTS).where(one).values(checksum=last))
    mine = CAMPAIGNS.c.id == campaign
    whole = connection.execute(
        select(CAMPAIGNS.c.name, CAMPAIGNS.c.spec, CAMPAIGNS.c.created).where(mine)
    ).one()
    connection.execute(update(CAMPAIGNS).where(mine).values(checksum=campaign_link(last, *whole)))
