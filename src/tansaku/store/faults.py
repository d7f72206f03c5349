"""Faults: what SQLite says went wrong, as a StoreError that names the file and the mend."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from tansaku.errors import StoreError
from tansaku.language import _


@contextmanager
def explained(file: str) -> Iterator[None]:
    """Turn every database error inside the ``with`` block into a StoreError about ``file``."""
    try:
        yield
    except DBAPIError as error:
        if not isinstance(error.orig, sqlite3.Error):
            raise
        raise _explain(error.orig, file) from error
    except UnicodeDecodeError as error:  # what SQLite says of a table whose name is damaged
        raise _damaged(file, error) from error


def _explain(error: sqlite3.Error, file: str) -> StoreError:
    # SQLite's extended names begin with the primary one, e.g. SQLITE_READONLY_DIRECTORY.
    # https://sqlite.org/rescode.html
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return StoreError(
            _("The store {file} cannot be opened for writing ({why}).").format(
                file=file, why=error
            ),
            _(
                "The folder and the file must both be writable, because the database keeps a"
                " journal beside the file. Check the rights, or copy the store to another folder."
            ),
        )
    if name.startswith("SQLITE_BUSY"):
        return StoreError(
            _("The store {file} is locked by another process ({why}).").format(
                file=file, why=error
            ),
            _("Try again when that process has finished."),
        )
    if name.startswith("SQLITE_FULL"):
        return StoreError(
            _("The disk with the store {file} is full; nothing was changed.").format(file=file),
            _("Free some space and try again."),
        )
    if name.startswith("SQLITE_IOERR"):
        return StoreError(
            _("The disk failed while the store {file} was used ({name}).").format(
                file=file, name=name
            ),
            _("Check the disk. A store on a network drive belongs on a local one."),
        )
    return _damaged(file, error)


def _damaged(file: str, error: Exception) -> StoreError:
    return StoreError(
        _("The store {file} is damaged ({why}).").format(file=file, why=error),
        _("Bring back a copy of the file, or name another store with --store."),
    )
