"""Copying: all campaigns of one store as they are at one moment, row by row into another.

Rows are copied as they are, trash included, and each is held against its checksum on the way: the
copy of a damaged store is refused. It is the same between all kinds of database, and what is behind
a checksum is never looked at: a store that a newer version has written is copied as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, insert, select, update

from tansaku.errors import StoreError
from tansaku.language import _
from tansaku.store.checksums import Chain
from tansaku.store.contents import checked_contents, put_contents
from tansaku.store.database import Database
from tansaku.store.rights import rights
from tansaku.store.schema import (
    ACCOUNT_EVENTS,
    ACCOUNTS,
    ANSWERS,
    CAMPAIGNS,
    EVENTS,
    PASSES,
    RIGHTS,
    TRASHED,
    WITH_ACCOUNTS,
    WITH_CHECKSUMS,
    WITH_SERVER,
    read_columns,
)

BLOCK: Final = 1000
"""Events that are held in memory at once, about 1 MB."""


class Copied(NamedTuple):
    """What was copied: campaigns, those of them in the trash, and events."""

    campaigns: int
    removed: int
    events: int


@contextmanager
def whole_store(database: Database) -> Iterator[Connection]:
    """All of a store as it is at one moment, for an administrator.

    Raises:
        StoreError: there is no store yet.
        RightsError: an account that is no administrator asks.
    """
    with database.reading() as source:
        if source is None:
            raise StoreError(
                _("The store {file} does not exist yet.").format(file=database.name),
                _("Name another one with --store."),
            )
        rights(database, source).require("admin")
        yield source


def stored_campaigns(database: Database, connection: Connection) -> Iterator[Row[Any]]:
    """The row of each campaign, in the order of their making."""
    columns = read_columns(CAMPAIGNS, database.layout(connection) >= WITH_CHECKSUMS)
    for campaign in connection.scalars(select(CAMPAIGNS.c.id).order_by(CAMPAIGNS.c.id)).all():
        yield connection.execute(select(*columns).where(CAMPAIGNS.c.id == campaign)).one()


def linked_events(
    database: Database, connection: Connection, campaign: int, chain: Chain
) -> Iterator[list[dict[str, Any]]]:
    """The events of a campaign in blocks, each followed by ``chain``.

    Raises:
        StoreError: one is missing, or is not as it was written.
    """
    columns = read_columns(EVENTS, database.layout(connection) >= WITH_CHECKSUMS)
    ours = select(*columns).where(EVENTS.c.campaign_id == campaign).order_by(EVENTS.c.number)
    with connection.execute(ours.execution_options(yield_per=BLOCK)) as rows:
        for block in rows.partitions():
            yield [{**row._mapping, "checksum": chain.follow(row)} for row in block]


def follow_all(database: Database, connection: Connection) -> None:
    """Hold every campaign and every content against its checksums.

    Raises:
        StoreError: something is missing, or is not as it was written.
    """
    for campaign in stored_campaigns(database, connection):
        chain = Chain(database, campaign)
        for _block in linked_events(database, connection, campaign.id, chain):
            pass
        chain.close()
    for _content in checked_contents(database, connection):
        pass


def copy_all(database: Database, source: Connection, target: Connection) -> Copied:
    """Put every campaign of ``source`` into ``target``, where none has its name, the contents of
    attached files, the answers that are kept, and the accounts with their tokens; jobs and sessions
    of a server stay behind.

    Raises:
        StoreError: something in ``database`` is missing, or is not as it was written.
    """
    campaigns = removed = events = 0
    ids: dict[int, int] = {}
    for campaign in stored_campaigns(database, source):
        chain = Chain(database, campaign)
        made = {name: getattr(campaign, name) for name in ("name", "spec", "created")}
        own = target.execute(insert(CAMPAIGNS).values(made).returning(CAMPAIGNS.c.id)).scalar_one()
        ids[campaign.id] = own
        for block in linked_events(database, source, campaign.id, chain):
            target.execute(insert(EVENTS), [{**row, "campaign_id": own} for row in block])
        sealed = update(CAMPAIGNS).where(CAMPAIGNS.c.id == own).values(checksum=chain.close())
        target.execute(sealed)
        campaigns, removed = campaigns + 1, removed + (TRASHED in campaign.name)
        events += chain.number
    for sha256, content in checked_contents(database, source):
        put_contents(target, {sha256: content})
    if database.layout(source) >= WITH_SERVER:  # a robot may ask again after a restore, too
        for answer in source.execute(select(ANSWERS)).all():
            target.execute(insert(ANSWERS).values(**answer._mapping))
    if database.layout(source) >= WITH_ACCOUNTS:
        _copy_accounts(source, target, ids)
    return Copied(campaigns - removed, removed, events)


def _copy_accounts(source: Connection, target: Connection, ids: Mapping[int, int]) -> None:
    """Accounts, what they may do in the campaigns of these new ids, their tokens and their log."""
    for table in (ACCOUNTS, RIGHTS, PASSES, ACCOUNT_EVENTS):
        for row in source.execute(select(table).order_by(*table.primary_key)).all():
            values = dict(row._mapping)
            values.pop("number", None)  # of the log: PostgreSQL counts them itself
            if table is PASSES and row.kind == "session":
                continue
            if table is RIGHTS:
                values["campaign_id"] = ids[row.campaign_id]
            target.execute(insert(table).values(values))
