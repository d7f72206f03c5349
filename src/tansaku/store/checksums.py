"""Checksums: a chain over the events of a campaign, so that a store of flipped bits is recognised.

Each event's link is made of the link before it and of the event; the campaign's is made of the last
one and of what it searches: what is changed, moved or missing breaks the chain. A store of layout 1
has none, and the first change by a version that knows them adds them.
"""

from __future__ import annotations

import hashlib

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


def event_link(before: str, number: int, kind: str, payload: str, at: str) -> str:
    """The link of an event behind the link of the one before it."""
    return link(before, number, kind, payload, at)


def campaign_link(last: str, name: str, spec: str, created: str) -> str:
    """The link of a campaign whose last event has the link ``last``."""
    return link(last, name, spec, created)


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
