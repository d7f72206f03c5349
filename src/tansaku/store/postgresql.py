"""PostgreSQL: a store in a database of a server, for several people and machines at once.

A change is one transaction that locks its campaign's row (SELECT ... FOR UPDATE) before it looks at
the log, so what it has checked stays true, and that the server has synced before it is answered.
What two make at once is told apart by the UNIQUE keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import (
    URL,
    Column,
    Connection,
    Integer,
    MetaData,
    NullPool,
    Table,
    create_engine,
    delete,
    insert,
    select,
    text,
)

from tansaku.actor import bound_account
from tansaku.errors import StoreError
from tansaku.language import _
from tansaku.store.migrations import bring_up_to_date
from tansaku.store.schema import STORE_SCHEMA, known_layout
from tansaku.store.server_faults import explained

LAYOUT: Final = Table("tansaku", MetaData(), Column("layout", Integer, nullable=False))
"""Marks a store, and holds the number of its layout in its one row."""

LOCK_SECONDS: Final = 30
"""How long a change waits for others; see ``BUSY_SECONDS`` of SQLite."""

CONNECT_SECONDS: Final = 10
"""How long a server may take to answer at all: one on this network does in milliseconds."""

SILENT_SECONDS: Final = 30
"""How long what was sent to the server may stay without its acknowledgement before the connection
counts as lost; Linux would wait a quarter of an hour."""

MAKING: Final = 0x74616E73
"""Key of the advisory lock under which tables are made or changed ("tans")."""


class PostgresqlDatabase:
    """A store in the first schema of the search path of a database."""

    kind: Final = "PostgreSQL"

    def __init__(self, url: URL) -> None:
        self._url = url
        limits: dict[str, Any] = {
            "connect_timeout": CONNECT_SECONDS,
            "tcp_user_timeout": 1000 * SILENT_SECONDS,
            "application_name": "tansaku",
        }
        given = {name: value for name, value in limits.items() if name not in url.query}
        # One connection for each transaction, as with SQLite: none is kept that a restart of the
        # server breaks.
        self._engine = create_engine(url, poolclass=NullPool, connect_args=given)

    @property
    def name(self) -> str:
        """The URL, its password hidden; for an account of a server the database's name alone."""
        return self.place if bound_account() is None else str(self._url.database)

    @property
    def place(self) -> str:
        """The URL, its password hidden."""
        return self._url.render_as_string(hide_password=True)

    @property
    def bring_back(self) -> str:
        """What to do where it is damaged."""
        return _("Bring back a backup of the database, or name another store with --store.")

    def exists(self) -> bool:
        """Whether the store is made; nothing is made.

        Raises:
            StoreError: the server cannot be reached, or the database is no store.
        """
        with self.reading() as connection:
            return connection is not None

    def layout(self, connection: Connection) -> int:
        """The number of the table layout; 0 in an empty schema.

        Raises:
            StoreError: another program's tables, or a store made by a newer version.
        """
        tables = connection.scalars(
            text(
                "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p')"
                " AND relnamespace = to_regnamespace(quote_ident(current_schema()))"
            )
        ).all()
        if LAYOUT.name in tables:
            return known_layout(connection.scalars(select(LAYOUT.c.layout)).one(), self.name)
        if tables:
            raise StoreError(
                _(
                    "The database {store} holds tables of another program ({tables}), not a"
                    " tansaku store."
                ).format(store=self.name, tables=", ".join(sorted(tables)[:3])),
                _(
                    "Nothing was changed in it. Make an empty database for tansaku (createdb), or"
                    " name a schema of its own with ?options=-csearch_path%3DNAME."
                ),
            )
        return 0

    @contextmanager
    def reading(self) -> Iterator[Connection | None]:
        """One snapshot of the database; ``None`` where the store is not made yet."""
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with (
            explained(self.name),
            self._engine.execution_options(**options).begin() as connection,
        ):
            yield connection if self.layout(connection) else None

    @contextmanager
    def writing(self, *, make: bool) -> Iterator[Connection | None]:
        """One transaction, in which rows are locked as they are asked for."""
        with explained(self.name), self._engine.begin() as connection:
            connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
            layout = self.layout(connection)
            if not layout and not make:
                yield None
                return
            if layout != STORE_SCHEMA:
                connection.execute(select_lock(MAKING))
                layout = self.layout(connection)  # another one may have made it meanwhile
            if layout != STORE_SCHEMA:
                bring_up_to_date(connection, layout)
                LAYOUT.create(connection, checkfirst=True)
                connection.execute(delete(LAYOUT))
                connection.execute(insert(LAYOUT).values(layout=STORE_SCHEMA))
            yield connection

    def verify(self) -> None:
        """See that the store can be reached: a server that finds a damaged page says so when it is
        read, and what the campaigns hold is held against their checksums as they are read."""
        self.exists()

    def close(self) -> None:
        """Let go of the server."""
        self._engine.dispose()


def select_lock(key: int) -> Any:
    """The statement that takes the advisory lock of a key until the transaction ends."""
    return text("SELECT pg_advisory_xact_lock(:key)").bindparams(key=key)
