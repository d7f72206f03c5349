"""Database: what the store asks of a kind of database, so that its code is the same on each."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection


class Database(Protocol):
    """One kind of database: how it is reached, locked and read, and what its errors mean.

    The store itself is plain SQL. Inside ``reading`` and ``writing`` every error of the database is
    a StoreError that names it and the mend.
    """

    @property
    def kind(self) -> str:
        """What people call it."""

    @property
    def name(self) -> str:
        """How errors call it: the file, or the URL without its password; for an account of a
        server, which need not know where the store is, its last part."""

    @property
    def place(self) -> str:
        """The whole of it, for who may know: at the machine, or an administrator."""

    @property
    def bring_back(self) -> str:
        """What to do where what it holds is damaged, as a sentence."""

    def exists(self) -> bool:
        """Whether a store is there; nothing is made.

        Raises:
            StoreError: it cannot be reached or read, or is no store.
        """

    def layout(self, connection: Connection) -> int:
        """The number of its table layout; 0 where it is empty.

        Raises:
            StoreError: another program's database, or a store made by a newer version.
        """

    def reading(self) -> AbstractContextManager[Connection | None]:
        """One consistent view; ``None`` where no store is made yet."""

    def writing(self, *, make: bool) -> AbstractContextManager[Connection | None]:
        """One transaction, stored whole or not at all, in a store of the present layout; ``None``
        where there is none and it is not to be made."""

    def verify(self) -> None:
        """Hold all that is stored against the database's own rules.

        Raises:
            StoreError: it is damaged.
        """

    def close(self) -> None:
        """Let go of it."""
