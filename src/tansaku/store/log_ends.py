"""Log ends: how far the logs of campaigns go, found without a look at the logs themselves."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, CursorResult, func, select

from tansaku.store.database import Database
from tansaku.store.rights import rights
from tansaku.store.schema import CAMPAIGNS, EVENTS


class LogEnd(NamedTuple):
    """How far the log of a campaign goes: when its first event was, as it is stored, and the number
    of its last one; empty and 0 where it has none."""

    began: str
    number: int


class LogEnds:
    """Where the logs of a database's campaigns end, for whoever may look at these."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, names: Collection[str]) -> dict[str, LogEnd]:
        """{name: where its log ends} of the campaigns of these names that are there."""
        with self._database.reading() as connection:
            if connection is None:
                return {}
            own = rights(self._database, connection)
            ends = _ends(connection, CAMPAIGNS.c.name.in_(names))
            return {row.name: _end(row) for row in ends if own.may("viewer", row.id)}

    def behind(self, name: str, number: int) -> tuple[LogEnd, list[tuple[int, str]]] | None:
        """Where a campaign's log ends, and (number, kind) of its events behind that number, all of
        one moment; ``None`` where there is none of that name."""
        with self._database.reading() as connection:
            if connection is None:
                return None
            found = _ends(connection, CAMPAIGNS.c.name == name).one_or_none()
            if found is None or not rights(self._database, connection).may("viewer", found.id):
                return None
            rows = connection.execute(
                select(EVENTS.c.number, EVENTS.c.kind)
                .where(EVENTS.c.campaign_id == found.id, EVENTS.c.number > number)
                .order_by(EVENTS.c.number)
            )
            return _end(found), [(row.number, row.kind) for row in rows]


def _ends(connection: Connection, which: ColumnElement[bool]) -> CursorResult[Any]:
    """id, name, ``began`` and ``number`` of these campaigns, each found in the index of its log."""
    log = select(EVENTS.c.at).where(EVENTS.c.campaign_id == CAMPAIGNS.c.id, EVENTS.c.number == 1)
    last = select(func.max(EVENTS.c.number)).where(EVENTS.c.campaign_id == CAMPAIGNS.c.id)
    return connection.execute(
        select(
            CAMPAIGNS.c.id,
            CAMPAIGNS.c.name,
            log.scalar_subquery().label("began"),
            last.scalar_subquery().label("number"),
        )
        .where(which)
        .order_by(CAMPAIGNS.c.id)
    )


def _end(row: Any) -> LogEnd:
    return LogEnd(row.began or "", row.number or 0)
