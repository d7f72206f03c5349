"""Backup: a whole store of any kind as one SQLite file, which is a store in itself."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tansaku.errors import StoreError
from tansaku.files import Staged
from tansaku.language import _
from tansaku.store.copying import Copied, copy_all, whole_store
from tansaku.store.sql import SqlStore
from tansaku.store.sqlite import SqliteDatabase

JOURNALS: Final = ("-wal", "-journal")
"""What SQLite keeps beside a file while it is written (https://sqlite.org/tempfiles.html)."""


def write_backup(store: SqlStore, file: Path, *, force: bool = False) -> Copied:
    """Copy ``store`` as it is at one moment, read the copy once more, and put it in its place.

    Others go on meanwhile. Not SQLite's own backup of pages, which a server has none of: rows are
    copied, and each is held against its checksum on the way.

    Raises:
        StoreError: there is no store or it is damaged, the file is there and ``force`` is false, is
            the store itself, or cannot be written.
    """
    _refuse_stores_at_work(store, file)
    with Staged() as staged:
        place = staged.reserve(file, force=force)
        with SqlStore(SqliteDatabase(place, shown=file)) as copy:
            with whole_store(store.database) as source, copy.filling() as target:
                copied = copy_all(store.database, source, target)
            copy.check()
        staged.put()
    return copied


def _refuse_stores_at_work(store: SqlStore, file: Path) -> None:
    """Neither the store itself is written over, nor a file with a journal beside it: what that
    holds would be played into whatever takes the file's place."""
    own, another = store.database, _("Name another file.")
    there = file.exists() and own.exists()
    if there and isinstance(own, SqliteDatabase) and file.samefile(own.file):
        raise StoreError(_("The file {file} is the store itself.").format(file=file), another)
    for ending in JOURNALS:
        beside = file.with_name(file.name + ending)
        if beside.exists() and beside.stat().st_size:
            raise StoreError(
                _("The file {file} is a store in use: beside it lies {journal}.").format(
                    file=file, journal=beside.name
                ),
                another,
            )
