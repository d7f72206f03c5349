"""Checksums: a chain over the events of a campaign, so that a store of flipped bits is recognised.

Each event's link is made of the link before it and of the event; the campaign's is made of the last
one and of what it searches: what is changed, moved or missing breaks the chain. A store of layout 1
has none, and the first change by a version that knows them adds them.
"""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import Connection, select, update

from tansaku.store.schema import CAMPAIGNS, EVENTS


def link(before: str, *parts: object) -> str:
    """The link behind ``before``; the length of each part keeps it apart from the next.

    >>> link("", "ab", "c") == link("", "a", "bc")
    False
    """
    found = hashlib.sha256(before.encode())
    for part in parts:
        data = str(part).encode("utf-8", "surrogatepass")
        found.update(b"%d:" % len(data))
        found.update(data)
    return found.hexdigest()


def event_link(before: str, row: Any) -> str:
    """The link of an event, a row with number, kind, payload and at."""
    return link(before, row.number, row.kind, row.payload, row.at)


def campaign_link(last: str, row: Any) -> str:
    """The link of a campaign with this last event's link, a row with name, spec and created."""
    return link(last, row.name, row.spec, row.created)


def seal(connection: Connection, campaign: int) -> None:
    """Give the events of a campaign that have no link yet theirs, and the campaign its own; to be
    called after every change of it."""
    last = ""
    columns = (EVENTS.c.number, EVENTS.c.kind, EVENTS.c.payload, EVENTS.c.at, EVENTS.c.checksum)
    ours = EVENTS.c.campaign_id == campaign
    sealed = select(EVENTS.c.number, EVENTS.c.checksum).where(ours, EVENTS.c.checksum.is_not(None))
    known = connection.execute(sealed.order_by(EVENTS.c.number.desc()).limit(1)).one_or_none()
    if known is not None:
        last, ours = known.checksum, ours & (EVENTS.c.number > known.number)
    for row in connection.execute(select(*columns).where(ours).order_by(EVENTS.c.number)).all():
        last = event_link(last, row)
        one = (EVENTS.c.campaign_id == campaign) & (EVENTS.c.number == row.number)
        connection.execute(update(EVENTS).where(one).values(checksum=last))
    mine = CAMPAIGNS.c.id == campaign
    whole = connection.execute(
        select(CAMPAIGNS.c.name, CAMPAIGNS.c.spec, CAMPAIGNS.c.created).where(mine)
    ).one()
    connection.execute(update(CAMPAIGNS).where(mine).values(checksum=campaign_link(last, whole)))
