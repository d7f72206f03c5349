"""SQLite: a store in one file, made on first use.

Nothing is lost when a process is killed: a change is written ahead (WAL) and synced to disk before
it is answered. Nothing is lost when two processes write at once: a writer takes the write lock
before it reads (BEGIN IMMEDIATE), so what it has checked stays true.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from tansaku.actor import bound_account
from tansaku.errors import StoreError
from tansaku.language import _
from tansaku.store.faults import explained
from tansaku.store.migrations import bring_up_to_date
from tansaku.store.schema import STORE_SCHEMA, known_layout

MAGIC: Final = b"SQLite format 3\x00"
"""The first 16 bytes of every SQLite database (https://sqlite.org/fileformat2.html)."""

APPLICATION_ID: Final = 0x74616E73
"""Stands in the file's header ("tans"), so that a foreign database is never taken for a store; the
number of the layout stands beside it, as user_version."""

BUSY_SECONDS: Final = 30.0
"""How long a writer waits for another: an append takes milliseconds, so a queue of a whole lab
passes in this time, and a lock that outlasts it is stuck."""

RETRY_SECONDS: Final = 0.02
"""Pause between two tries to switch the journal, about one disk sync."""

_EFFECTIVE: Final = os.access in os.supports_effective_ids
"""Whether rights can be asked for as they count, where they differ from the account's own."""


class SqliteDatabase:
    """A store in the SQLite file ``file``, an absolute path; ``shown`` is what errors call it."""

    kind: Final = "SQLite"

    def __init__(self, file: Path, shown: Path | None = None) -> None:
        self.file = file
        self._shown = shown or file
        self._engine = _engine(file)

    @property
    def name(self) -> str:
        """The file; for an account of a server without the folders that it lies in."""
        return str(self._shown) if bound_account() is None else self._shown.name

    @property
    def place(self) -> str:
        """The file with its folders."""
        return str(self._shown)

    @property
    def bring_back(self) -> str:
        """What to do where it is damaged."""
        return _("Bring back a copy of the file, or name another store with --store.")

    def exists(self) -> bool:
        """Whether the file is there; nothing is made.

        Raises:
            StoreError: the folder is missing, the path is a folder or no ordinary file, the file
                cannot be read, or what it holds is no SQLite database.
        """
        try:
            if not self.file.parent.is_dir():
                raise StoreError(
                    _("The store {file} cannot be opened: its folder does not exist.").format(
                        file=self.name
                    ),
                    _("Make the folder {folder}, or name another store with --store.").format(
                        folder=Path(self.name).parent
                    ),
                )
            if not self.file.exists():
                return False
            if not self.file.is_file():
                raise StoreError(
                    _("The store {file} is a folder or a device, not a file.").format(
                        file=self.name
                    ),
                    _("Name a file, for example sqlite:///{file}/tansaku.db.").format(
                        file=self.name
                    ),
                )
            with self.file.open("rb") as handle:
                magic = handle.read(len(MAGIC))
        except OSError as error:
            raise StoreError(
                _("The store {file} cannot be read: {why}.").format(
                    file=self.name, why=error.strerror or os.strerror(error.errno or 0)
                ),
                _("Check the rights on the file and its folder."),
            ) from error
        if magic and magic != MAGIC:
            raise StoreError(
                _("The file {file} is no tansaku store: it is not an SQLite database.").format(
                    file=self.name
                ),
                _("Name another file with --store, or bring back a copy of the store."),
            )
        return True

    def layout(self, connection: Connection) -> int:
        """The number of the table layout; 0 in an empty database (killed while it was made).

        Raises:
            StoreError: another program's database, or a store made by a newer version.
        """
        application = connection.execute(text("PRAGMA application_id")).scalar_one()
        number: int = connection.execute(text("PRAGMA user_version")).scalar_one()
        if application == APPLICATION_ID and number >= 1:
            return known_layout(number, self.name)
        tables = connection.execute(text("SELECT count(*) FROM sqlite_schema")).scalar_one()
        if tables or application or number:
            raise StoreError(
                _("The file {file} is a database of another program, not a tansaku store.").format(
                    file=self.name
                ),
                _("Nothing was changed in it. Name another file with --store."),
            )
        return 0

    @contextmanager
    def reading(self) -> Iterator[Connection | None]:
        """A consistent view of the file; ``None`` where the store is not made yet."""
        if not self.exists():
            yield None
            return
        with explained(self.name), _to_read(self._engine, self.file).begin() as connection:
            yield connection if self.layout(connection) else None

    @contextmanager
    def writing(self, *, make: bool) -> Iterator[Connection | None]:
        """The one writer: locked from the first statement on, stored whole or not at all."""
        if not self.exists() and not make:
            yield None
            return
        with explained(self.name), self._engine.connect() as connection:
            with connection.begin():  # a foreign database is refused before any write
                there = self.layout(connection)
            if not there and not make:
                yield None
                return
            _write_ahead(connection)
            connection = connection.execution_options(writes=True)
            with connection.begin():
                layout = self.layout(connection)
                if layout != STORE_SCHEMA:
                    bring_up_to_date(connection, layout)
                    connection.execute(text(f"PRAGMA application_id = {APPLICATION_ID}"))
                    connection.execute(text(f"PRAGMA user_version = {STORE_SCHEMA}"))
                yield connection

    def verify(self) -> None:
        """Read the whole file and hold it against its own rules.

        Raises:
            StoreError: the file is damaged.
        """
        with self.reading() as connection:
            if connection is None:
                return
            found = list(connection.scalars(text("PRAGMA integrity_check")))
            found += [str(row) for row in connection.execute(text("PRAGMA foreign_key_check"))]
        if found != ["ok"]:
            raise StoreError(
                _("The store {file} is damaged ({why}).").format(
                    file=self.name, why="; ".join(found[:3])
                ),
                self.bring_back,
            )

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()


def _engine(file: Path) -> Engine:
    """An engine that connects afresh for each transaction, so that no lock or file is held."""
    engine = create_engine(
        URL.create("sqlite", database=str(file)),
        poolclass=NullPool,
        connect_args={"timeout": BUSY_SECONDS},
    )

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where _begin says, not by guess
        # FULL syncs at every commit, so that a power cut loses nothing either; at one commit per
        # command its few milliseconds are not felt.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _to_read(engine: Engine, file: Path) -> Engine:
    """The engine itself; where the place takes no journal, one that reads the file as it lies.

    That is right where nothing waits in a journal: a store at rest, in a folder or on a disk that
    is only read.
    """
    waiting = file.with_name(f"{file.name}-wal")
    if os.access(file.parent, os.W_OK, effective_ids=_EFFECTIVE) and os.access(
        file, os.W_OK, effective_ids=_EFFECTIVE
    ):
        return engine
    if waiting.exists() and waiting.stat().st_size:
        return engine
    return create_engine(
        f"sqlite:///file:{quote(str(file))}?immutable=1&uri=true", poolclass=NullPool
    )


def _write_ahead(connection: Connection) -> None:
    """Switch the file to write-ahead logging, which stays with it; readers never block a writer.

    Two processes that make one store at once can each be told "locked" without any wait, since
    SQLite will not let two switches wait for each other; so the wait is here.
    """
    deadline = time.monotonic() + BUSY_SECONDS
    raw = connection.connection.cursor()
    try:
        while True:
            try:
                raw.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                busy = error.sqlite_errorname.startswith("SQLITE_BUSY")
                if not busy or time.monotonic() > deadline:
                    raise DBAPIError("PRAGMA journal_mode = WAL", None, error) from error
            time.sleep(RETRY_SECONDS)
    finally:
        raw.close()
