"""Account tables: how the tables of accounts are reached, and who may see to which row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select

from tansaku.actor import actor, bound_account
from tansaku.errors import UnknownNameError
from tansaku.language import _
from tansaku.store.database import Database
from tansaku.store.rights import rights
from tansaku.store.schema import ACCOUNT_EVENTS, ACCOUNTS, WITH_ACCOUNTS


class AccountTables:
    """The tables of accounts in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def reading(self) -> Iterator[Connection | None]:
        """The database; ``None`` where it has no accounts yet."""
        with self._database.reading() as connection:
            there = connection is not None and self._database.layout(connection) >= WITH_ACCOUNTS
            yield connection if there else None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, in a store that is made where there is none."""
        with self._database.writing(make=True) as connection:
            assert connection is not None  # it is made
            yield connection

    @contextmanager
    def administering(self) -> Iterator[Connection]:
        """One transaction of an administrator."""
        with self.writing() as connection:
            self.require_admin(connection)
            yield connection

    def require_admin(self, connection: Connection) -> None:
        """See that an administrator asks, or whoever sits at the machine."""
        rights(self._database, connection).require("admin")

    def require_own(self, connection: Connection | None, name: str) -> None:
        """Nobody but an administrator sees to the account of another one."""
        if bound_account() != name:
            if connection is None:
                raise unknown(name)
            self.require_admin(connection)


def require_account(connection: Connection, name: str) -> None:
    """See that there is an account of this name.

    Raises:
        UnknownNameError: there is none.
    """
    if connection.scalar(select(ACCOUNTS.c.name).where(ACCOUNTS.c.name == name)) is None:
        raise unknown(name)


def unknown(name: str) -> UnknownNameError:
    """The error for a name that no account has."""
    return UnknownNameError(
        _("There is no account '{name}'.").format(name=name),
        _("'tansaku account' lists those there are."),
    )


def note(connection: Connection, account: str, what: str, detail: str) -> None:
    """Keep what is changed about an account, with who changes it."""
    told = {"at": now(), "by": actor(), "account": account, "what": what, "detail": detail}
    connection.execute(insert(ACCOUNT_EVENTS).values(told))


def now() -> str:
    """The time as it is stored, UTC."""
    return datetime.now(UTC).isoformat()
