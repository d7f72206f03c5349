"""Plans: how a database goes about what a lab asks of a store, and what it reads for that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine, event, text

from tansaku.actor import signed_in
from tansaku.campaign.history.records import Recorded
from tansaku.services.jobs import SHOWN
from tansaku.store import JobQueue, KeptAnswer, LogEnds, SqlStore, new_job, sealed

GROWING: Final = ("events", "jobs", "answers", "contents")
"""Tables that are never to be read from end to end for one request."""

NOTHING: Final = '{"asked": {}}'
"""What is asked of a job that was done."""

Asked = list[tuple[str, Any]]
"""Statements with their parameters."""


def counted(most: int) -> str:
    """The start of a statement that selects from n(i), 1 to ``most``."""
    return (
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {most}) SELECT "
    )


def worked(jobs: int) -> tuple[str, str]:
    """Statements that put so many jobs that are done into a store, and as many kept answers."""
    return (
        "INSERT INTO jobs (id, kind, request, made, state, tries, stop)"
        f" {counted(jobs)} 'job ' || i, 'study', '{NOTHING}', '2025-' || i, 'done', 1, 0 FROM n",
        "INSERT INTO answers (key, request, answer, at)"
        f" {counted(jobs)} 'key ' || i, '', '', '9999' FROM n",
    )


def fill(store: SqlStore, *statements: str) -> None:
    """Put these rows into a store, and see that the database knows how many there are."""
    with store.database.writing(make=False) as connection:
        assert connection is not None
        for statement in statements:
            connection.execute(text(statement.replace(":", "\\:")))
        if connection.dialect.name == "postgresql":  # which does so by itself; SQLite never does
            connection.execute(text("ANALYZE"))


@contextmanager
def asked() -> Iterator[Asked]:
    """All that is asked of databases meanwhile."""
    found: Asked = []

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


def asked_by_a_lab(store: SqlStore, name: str, result: Recorded) -> Asked:
    """To open, record, list, follow, and have a job done, each once, on a campaign of that name."""
    jobs, ends = JobQueue(store.database), LogEnds(store.database)
    with asked() as statements:
        log = len(store.load(name).events)
        store.append(name, [result], after=log, kept=KeptAnswer(f"{name} {log}", "", ""))
        assert name in sealed(store.database)
        assert list(ends.of([name])) == [name]
        assert ends.behind(name, log) is not None
        jobs.add(new_job("study", NOTHING))
        assert jobs.waits()
        taken = jobs.claim("worker")
        assert taken is not None
        assert not jobs.beat(taken, None)
        jobs.end(taken, "done", None)
        assert jobs.last(SHOWN)[0].id == taken.id
        with signed_in("somebody"):
            assert not jobs.last(SHOWN)
        assert store.answer("no key") is None
    return statements


def plan(connection: Connection, statement: str, values: Any) -> str:
    """How the database goes about it."""
    how = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
    rows = connection.exec_driver_sql(how + statement, values)
    return "\n".join(" ".join(map(str, row)) for row in rows)


def read_whole(told: str) -> list[str]:
    """The growing tables that a plan reads from end to end, in SQLite also out of an index; one
    that gives the order of a LIMIT is read as far as that goes."""
    found = re.findall(r"Seq Scan on (\w+)|\bSCAN (\w+)\b(?! USING INDEX)", told)
    return [name for pair in found for name in pair if name in GROWING]


def reading_whole(store: SqlStore, statements: Asked) -> dict[str, str]:
    """{statement: its plan} of those that read a growing table from end to end."""
    with store.database.reading() as connection:
        assert connection is not None
        return {
            statement: told
            for statement, values in statements
            if "sqlite_" not in statement and "pg_" not in statement
            if read_whole(told := plan(connection, statement, values))
        }
