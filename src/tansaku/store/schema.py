"""Schema: two tables, one row per campaign and one per event, and the number of this layout."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from tansaku.errors import StoreError
from tansaku.language import _

APPLICATION_ID: Final = 0x74616E73
"""Stands in the file's header ("tans"), so that a foreign database is never taken for a store."""

STORE_SCHEMA: Final = 2
"""Number of the table layout below, kept as PRAGMA user_version. Layout 1 lacks the checksums;
it is read, and brought up to date by the first change."""

METADATA: Final = MetaData()

CAMPAIGNS: Final = Table(
    "campaigns",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("spec", Text, nullable=False),
    Column("created", Text, nullable=False),
    Column("checksum", Text),
)

EVENTS: Final = Table(
    "events",
    METADATA,
    Column("campaign_id", Integer, ForeignKey("campaigns.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("checksum", Text),
    PrimaryKeyConstraint("campaign_id", "number"),
)


def prepare(connection: Connection, file: Path) -> bool:
    """Make the tables in an empty database, or bring older ones up to date; whether what they hold
    has to be given its checksums. The caller holds the write lock.

    Raises:
        StoreError: the database is not a store, or was made by a newer version.
    """
    older = False
    if not is_store(connection, file):
        METADATA.create_all(connection, checkfirst=False)
        connection.execute(text(f"PRAGMA application_id = {APPLICATION_ID}"))
    elif has_checksums(connection):
        return False
    else:
        older = True
        for table in (CAMPAIGNS, EVENTS):
            connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN checksum TEXT"))
    connection.execute(text(f"PRAGMA user_version = {STORE_SCHEMA}"))
    return older


def has_checksums(connection: Connection) -> bool:
    """Whether the store is of a layout with checksums."""
    return int(connection.execute(text("PRAGMA user_version")).scalar_one()) >= STORE_SCHEMA


def is_store(connection: Connection, file: Path) -> bool:
    """True for a store of this schema, False for an empty database (killed while it was made).

    Raises:
        StoreError: another program's database, or a store made by a newer version.
    """
    application = connection.execute(text("PRAGMA application_id")).scalar_one()
    number = connection.execute(text("PRAGMA user_version")).scalar_one()
    if application == APPLICATION_ID and 1 <= number <= STORE_SCHEMA:
        return True
    if application == APPLICATION_ID:
        raise StoreError(
            _("The store {file} has schema {number}; this version reads up to {known}.").format(
                file=file, number=number, known=STORE_SCHEMA
            ),
            _("It was written by a newer tansaku: update tansaku, or name another store."),
        )
    tables = connection.execute(text("SELECT count(*) FROM sqlite_schema")).scalar_one()
    if tables or application or number:
        raise StoreError(
            _("The file {file} is a database of another program, not a tansaku store.").format(
                file=file
            ),
            _("Nothing was changed in it. Name another file with --store."),
        )
    return False
