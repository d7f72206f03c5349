"""Job queue: work that takes longer than a person waits, kept in the store until it is done.

A worker claims one job at a time and says again and again that it is alive. A job whose worker has
been silent too long is claimed by another: neither a restart nor a crash loses one. On PostgreSQL
workers pass over the rows that others hold (SKIP LOCKED); on SQLite they come one by one.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, insert, null, or_, select, update

from tansaku.actor import bound_account
from tansaku.errors import StoreError
from tansaku.language import _
from tansaku.store.answers import KeptAnswer, keep_answer
from tansaku.store.database import Database
from tansaku.store.rights import rights
from tansaku.store.schema import JOBS, WITH_ACCOUNTS, WITH_SERVER

LEASE: Final = timedelta(seconds=30)
"""How long a worker may be silent: it speaks every second, and a machine that swaps or a clock of
another machine may be off by more than that."""

TRIES: Final = 3
"""Workers that may die over a job before it counts as the cause."""


JobState = Literal["waiting", "running", "done", "failed", "cancelled"]


class Job(NamedTuple):
    """A job as it is stored; ``request``, ``progress`` and ``answer`` are JSON."""

    id: str
    kind: str
    request: str
    made: str
    state: JobState
    tries: int
    stop: bool
    worker: str | None
    beat: str | None
    progress: str | None
    ended: str | None
    answer: str | None
    account: str | None


class JobQueue:
    """The jobs of the store in a database. An account sees its own; an administrator sees all."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, job: Job, *, kept: KeptAnswer | None = None) -> None:
        """Have a job done, and keep what is answered to whoever asks for it.

        Raises:
            RepeatedRequestError: there is an answer under the same key; nothing is stored.
            RightsError: an account may only look.
        """
        with self._writing(make=True) as connection:
            rights(self._database, connection).require("editor")
            if kept is not None:
                keep_answer(connection, kept)
            connection.execute(insert(JOBS).values(**job._asdict()))

    def get(self, id: str) -> Job | None:
        """The job of this id."""
        found = self._read(JOBS.c.id == id)
        return found[0] if found else None

    def last(self, n: int) -> list[Job]:
        """The last ``n`` jobs, the newest first."""
        return self._read(n=n)

    def waits(self) -> bool:
        """Whether a job waits for a worker, or the worker of one is silent."""
        return bool(self._read(_free(datetime.now(UTC)), n=1))

    def claim(self, worker: str) -> Job | None:
        """The job that has waited longest, which is this worker's from now on."""
        if not self.waits():  # most of the time: nothing is locked to find that out
            return None
        now = datetime.now(UTC)
        with self._writing() as connection:
            chosen = select(JOBS).where(_free(now)).order_by(JOBS.c.made, JOBS.c.id).limit(1)
            row = connection.execute(chosen.with_for_update(skip_locked=True)).one_or_none()
            if row is None:
                return None
            claimed = Job(*row)._replace(
                state="running", worker=worker, beat=now.isoformat(), tries=row.tries + 1
            )
            self._write(connection, claimed)
        return claimed

    def beat(self, job: Job, progress: str | None) -> bool:
        """Say that the work on a job goes on; whether it is to end.

        It is, too, where the job has become another worker's meanwhile.
        """
        now = datetime.now(UTC).isoformat()
        with self._writing() as connection:
            values = {"beat": now, "progress": progress}
            ours = connection.execute(
                update(JOBS).where(self._ours(job)).values(values).returning(JOBS.c.stop)
            ).one_or_none()
        return ours is None or bool(ours.stop)

    def end(self, job: Job, state: JobState, answer: str | None) -> None:
        """Keep what became of a job, unless it is another worker's by now."""
        ended = datetime.now(UTC).isoformat()
        with self._writing() as connection:
            values = {"state": state, "answer": answer, "ended": ended}
            connection.execute(update(JOBS).where(self._ours(job)).values(values))

    def release(self, job: Job) -> None:
        """Let another worker do a job: this one is told to end, which is no fault of the job."""
        with self._writing() as connection:
            values = {"state": "waiting", "worker": None, "tries": job.tries - 1}
            connection.execute(update(JOBS).where(self._ours(job)).values(values))

    def stop(self, id: str) -> None:
        """Ask that a job ends; one that has not begun is ended."""
        ended = datetime.now(UTC).isoformat()
        waiting = and_(JOBS.c.id == id, JOBS.c.state == "waiting")
        running = and_(JOBS.c.id == id, JOBS.c.state == "running")
        with self._writing() as connection:
            connection.execute(update(JOBS).where(running).values(stop=1))
            connection.execute(update(JOBS).where(waiting).values(state="cancelled", ended=ended))

    def _ours(self, job: Job) -> ColumnElement[bool]:
        return and_(JOBS.c.id == job.id, JOBS.c.worker == job.worker, JOBS.c.state == "running")

    def _read(self, *conditions: ColumnElement[bool], n: int | None = None) -> list[Job]:
        with self._database.reading() as connection:
            layout = 0 if connection is None else self._database.layout(connection)
            if connection is None or layout < WITH_SERVER:
                return []
            if not rights(self._database, connection).may("admin"):
                conditions = (*conditions, JOBS.c.account == bound_account())
            whose = JOBS.c.account if layout >= WITH_ACCOUNTS else null().label("account")
            columns = [column for column in JOBS.c if column is not JOBS.c.account]
            newest = select(*columns, whose).order_by(JOBS.c.made.desc(), JOBS.c.id).limit(n)
            return [_job(row) for row in connection.execute(newest.where(*conditions))]

    @contextmanager
    def _writing(self, *, make: bool = False) -> Iterator[Connection]:
        with self._database.writing(make=make) as connection:
            if connection is None:
                raise StoreError(
                    _("The store {file} does not exist yet.").format(file=self._database.name),
                    _("Name another one with --store."),
                )
            yield connection

    def _write(self, connection: Connection, job: Job) -> None:
        connection.execute(update(JOBS).where(JOBS.c.id == job.id).values(job._asdict()))


def new_job(kind: str, request: str) -> Job:
    """A job of whoever asks that nobody has begun, under an id that cannot be guessed."""
    made = datetime.now(UTC).isoformat()
    return Job(
        id=secrets.token_hex(8),
        kind=kind,
        request=request,
        made=made,
        state="waiting",
        tries=0,
        stop=False,
        worker=None,
        beat=None,
        progress=None,
        ended=None,
        answer=None,
        account=bound_account(),
    )


def _free(now: datetime) -> ColumnElement[bool]:
    silent = and_(JOBS.c.state == "running", JOBS.c.beat < (now - LEASE).isoformat())
    return or_(JOBS.c.state == "waiting", silent)


def _job(row: Any) -> Job:
    return Job(**row._mapping)
