"""Migrations: a store of an older layout becomes one of the present, in one transaction.

Both databases change tables inside a transaction, so the steps, the new number and the change that
asked for them are stored together: killed in the middle, the store is of the layout it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import Connection, select, text

from tansaku.store.checksums import seal
from tansaku.store.schema import ANSWERS, CAMPAIGNS, EVENTS, JOBS, METADATA, STORE_SCHEMA


def _add_checksums(connection: Connection) -> None:
    """Layout 1 -> 2: events and campaigns are chained by checksums."""
    for table in (CAMPAIGNS, EVENTS):
        connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN checksum TEXT"))
    for campaign in connection.scalars(select(CAMPAIGNS.c.id)).all():
        seal(connection, campaign)


def _add_server(connection: Connection) -> None:
    """Layout 2 -> 3: answers that are kept, and jobs."""
    for table in (ANSWERS, JOBS):
        table.create(connection, checkfirst=False)


MIGRATIONS: Final[Mapping[int, Callable[[Connection], None]]] = {
    2: _add_checksums,
    3: _add_server,
}
"""{layout: the step that leads to it from the one before}. A step names the tables and columns of
its time in SQL of its own where later layouts change them."""


def bring_up_to_date(connection: Connection, layout: int) -> None:
    """Make the tables in an empty database (layout 0), or take the steps from an older layout. The
    caller holds the lock and writes the new number."""
    if not layout:
        METADATA.create_all(connection, checkfirst=False)
        return
    for number in range(layout + 1, STORE_SCHEMA + 1):
        MIGRATIONS[number](connection)
