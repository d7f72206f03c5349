"""Summaries: what was told of campaigns behind their last changes, so that a list reads no log."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select

from tansaku.store.database import Database
from tansaku.store.rights import rights
from tansaku.store.schema import (
    CAMPAIGNS,
    SUMMARIES,
    TRASHED,
    WITH_CHECKSUMS,
    WITH_SUMMARIES,
)


class Sealed(NamedTuple):
    """A campaign as a list finds it.

    Attributes:
        seal: Checksum over all that is stored of it; empty in layouts without checksums.
        summary: What was told of it when it had that checksum; empty where nothing was.
    """

    seal: str
    summary: str


def sealed(database: Database) -> dict[str, Sealed]:
    """The campaigns in the order of their making, not of those in the trash; no log is read."""
    with database.reading() as connection:
        if connection is None:
            return {}
        own, layout = rights(database, connection), database.layout(connection)
        columns: list[ColumnElement[Any]] = [CAMPAIGNS.c.id, CAMPAIGNS.c.name]
        if layout >= WITH_CHECKSUMS:
            columns.append(CAMPAIGNS.c.checksum)
        if layout >= WITH_SUMMARIES:
            same = and_(
                SUMMARIES.c.campaign_id == CAMPAIGNS.c.id,
                SUMMARIES.c.checksum == CAMPAIGNS.c.checksum,
            )
            asked = select(*columns, SUMMARIES.c.summary).join(SUMMARIES, same, isouter=True)
        else:
            asked = select(*columns)
        rows = connection.execute(asked.order_by(CAMPAIGNS.c.id))
        visible = [row for row in rows if own.may("viewer", row.id) and TRASHED not in row.name]
        return {
            row.name: Sealed(getattr(row, "checksum", "") or "", getattr(row, "summary", "") or "")
            for row in visible
        }


def put_summary(connection: Connection, campaign: int, seal: str, summary: str) -> None:
    """Keep what is told of a campaign that has this checksum now, in place of what was."""
    connection.execute(delete(SUMMARIES).where(SUMMARIES.c.campaign_id == campaign))
    if summary:
        values = {"campaign_id": campaign, "checksum": seal, "summary": summary}
        connection.execute(insert(SUMMARIES).values(values))
