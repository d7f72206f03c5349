"""Migrations: a store of an older layout becomes one of the present, in one transaction.

Both databases change tables inside a transaction, so the steps, the new number and the change that
asked for them are stored together: killed in the middle, the store is of the layout it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import Connection, select, text

from tansaku.store.checksums import seal
from tansaku.store.schema import (
    ACCOUNT_EVENTS,
    ACCOUNTS,
    ANSWERS,
    CAMPAIGNS,
    CONTENTS,
    EVENTS,
    METADATA,
    PASSES,
    RIGHTS,
    STORE_SCHEMA,
    SUMMARIES,
)

JOBS_3: Final = (
    "CREATE TABLE jobs (id TEXT PRIMARY KEY, kind TEXT NOT NULL, request TEXT NOT NULL,"
    " made TEXT NOT NULL, state TEXT NOT NULL, tries INTEGER NOT NULL, stop INTEGER NOT NULL,"
    " worker TEXT, beat TEXT, progress TEXT, ended TEXT, answer TEXT)",
    "CREATE INDEX ix_jobs_state ON jobs (state)",
)
"""The table ``jobs`` of layout 3."""


def _add_checksums(connection: Connection) -> None:
    """Layout 1 -> 2: events and campaigns are chained by checksums."""
    for table in (CAMPAIGNS, EVENTS):
        connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN checksum TEXT"))
    for campaign in connection.scalars(select(CAMPAIGNS.c.id)).all():
        seal(connection, campaign)


def _add_server(connection: Connection) -> None:
    """Layout 2 -> 3: answers that are kept, and jobs."""
    ANSWERS.create(connection, checkfirst=False)
    for statement in JOBS_3:
        connection.execute(text(statement))


def _add_accounts(connection: Connection) -> None:
    """Layout 3 -> 4: accounts, and whose a job is."""
    for table in (ACCOUNTS, RIGHTS, PASSES, ACCOUNT_EVENTS):
        table.create(connection, checkfirst=False)
    connection.execute(text("ALTER TABLE jobs ADD COLUMN account TEXT"))


def _add_contents(connection: Connection) -> None:
    """Layout 4 -> 5: contents of attached files, summaries of campaigns, and jobs found by when
    they were made and by whose they are."""
    for table in (CONTENTS, SUMMARIES):
        table.create(connection, checkfirst=False)
    for column in ("made", "account"):
        connection.execute(text(f"CREATE INDEX ix_jobs_{column} ON jobs ({column})"))


MIGRATIONS: Final[Mapping[int, Callable[[Connection], None]]] = {
    2: _add_checksums,
    3: _add_server,
    4: _add_accounts,
    5: _add_contents,
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
