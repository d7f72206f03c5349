"""Queries in a store of many labs are answered out of indexes: plans of both databases."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from sqlalchemy import Connection, Engine, event, text

from tansaku.campaign.history.records import CampaignDocument, Recorded
from tansaku.store import JobQueue, LogEnds, SqlStore, open_store, sealed

OTHERS, EVENTS, JOBS = 1000, 200, 20_000
"""Campaigns beside the one that is asked for, their events each, and jobs that are done, as many
as there are answers."""
GROWING: Final = ("events", "jobs", "answers", "contents")
"""Tables that are never to be read from end to end for one request."""

COUNTED = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {most})"
FILLED = (
    f"INSERT INTO campaigns (id, name, spec, created, checksum) {COUNTED.format(most=OTHERS)}"
    " SELECT i + 1000, 'other ' || i, '{}', '', '' FROM n",
    f"INSERT INTO events (campaign_id, number, kind, payload, at, checksum)"
    f" {COUNTED.format(most=EVENTS)} SELECT campaigns.id, i, 'recorded', '{{}}', '', ''"
    " FROM n CROSS JOIN campaigns WHERE campaigns.id > 1000",
    f"INSERT INTO jobs (id, kind, request, made, state, tries, stop)"
    f" {COUNTED.format(most=JOBS)} SELECT 'job ' || i, 'study', '{{}}', '', 'done', 1, 0 FROM n",
    f"INSERT INTO answers (key, request, answer, at) {COUNTED.format(most=JOBS)}"
    " SELECT 'key ' || i, '', '', '' FROM n",
)


@pytest.fixture
def large(url: str, campaign: Callable[..., CampaignDocument]) -> Iterator[SqlStore]:
    """A store with a campaign ``one`` among a thousand, and 200,000 events of theirs."""
    with open_store(url) as opened:
        opened.create(campaign("one", 1e-5))
        with opened.database.writing(make=False) as connection:
            assert connection is not None
            for statement in FILLED:
                connection.execute(text(statement.replace(":", "\\:")))
            if (
                connection.dialect.name == "postgresql"
            ):  # which does so by itself; SQLite never does
                connection.execute(text("ANALYZE"))
        yield opened


@contextmanager
def asked() -> Iterator[list[tuple[str, Any]]]:
    """(statement, parameters) of all that is asked meanwhile."""
    found: list[tuple[str, Any]] = []

    def note(
        _connection: Connection, _cursor: Any, statement: str, values: Any, *_more: Any
    ) -> None:
        if re.match(r"\s*(SELECT|UPDATE|DELETE)", statement):
            found.append((statement, values))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def plan(connection: Connection, statement: str, values: Any) -> str:
    """How the database goes about it."""
    how = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
    rows = connection.exec_driver_sql(how + statement, values)
    return "\n".join(" ".join(map(str, row)) for row in rows)


def read_whole(told: str) -> list[str]:
    """The growing tables that a plan reads from end to end."""
    found = re.findall(r"Seq Scan on (\w+)|\bSCAN (\w+)(?! USING)", told)
    return [name for pair in found for name in pair if name in GROWING]


def test_a_plan_that_reads_a_table_whole_is_seen(large: SqlStore) -> None:
    with large.database.reading() as connection:
        assert connection is not None
        told = plan(connection, "SELECT * FROM events WHERE payload = 'x'", ())
    assert read_whole(told) == ["events"]


def test_what_a_lab_asks_for_is_found_in_indexes(
    large: SqlStore, recorded: Callable[..., Recorded]
) -> None:
    """To open, record, list, follow and wait for jobs."""
    with asked() as statements:
        large.load("one")
        large.append("one", [recorded(3)], after=2)
        assert len(sealed(large.database)) == OTHERS + 1
        assert len(LogEnds(large.database).every()) == OTHERS + 1
        assert LogEnds(large.database).behind("one", 1) is not None
        assert not JobQueue(large.database).waits()
        assert JobQueue(large.database).claim("worker") is None
        assert large.answer("no key") is None
    assert sum("events" in statement for statement, _values in statements) >= 4
    assert any("jobs" in statement for statement, _values in statements)
    with large.database.reading() as connection:
        assert connection is not None
        wrong = {
            statement: told
            for statement, values in statements
            if "sqlite_" not in statement and "pg_" not in statement
            if read_whole(told := plan(connection, statement, values))
        }
    assert wrong == {}
