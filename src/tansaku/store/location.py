"""Location: which file a store URL names, and whether that file can be a store at all."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from tansaku.errors import StoreError, UsageError
from tansaku.language import _

SQLITE_MAGIC: Final = b"SQLite format 3\x00"
"""The first 16 bytes of every SQLite database (https://sqlite.org/fileformat2.html)."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where a store lives.

    Attributes:
        url: The URL as it was given.
        file: The SQLite file it names, absolute.
    """

    url: str
    file: Path

    def check(self) -> bool:
        """Whether the file is there; nothing is created.

        Raises:
            StoreError: the folder is missing, the path is a folder or no ordinary file, the file
                cannot be read, or what it holds is no SQLite database.
        """
        try:
            if not self.file.parent.is_dir():
                raise StoreError(
                    _("The store {file} cannot be opened: its folder does not exist.").format(
                        file=self.file
                    ),
                    _("Make the folder {folder}, or name another store with --store.").format(
                        folder=self.file.parent
                    ),
                )
            if not self.file.exists():
                return False
            if not self.file.is_file():
                raise StoreError(
                    _("The store {file} is a folder or a device, not a file.").format(
                        file=self.file
                    ),
                    _("Name a file, for example sqlite:///{file}/tansaku.db.").format(
                        file=self.file
                    ),
                )
            with self.file.open("rb") as handle:
                magic = handle.read(len(SQLITE_MAGIC))
        except OSError as error:
            raise StoreError(
                _("The store {file} cannot be read: {why}.").format(
                    file=self.file, why=error.strerror or os.strerror(error.errno or 0)
                ),
                _("Check the rights on the file and its folder."),
            ) from error
        if magic and magic != SQLITE_MAGIC:
            raise StoreError(
                _("The file {file} is no tansaku store: it is not an SQLite database.").format(
                    file=self.file
                ),
                _("Name another file with --store, or bring back a copy of the store."),
            )
        return True


def locate(url: str) -> Location:
    """The file that ``url`` names; nothing is touched.

    Raises:
        UsageError: no URL, a database that is not supported, or a URL without a file.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise UsageError(
            _("The store '{url}' is not a URL.").format(url=url),
            _("Write sqlite:///{path} for that file.").format(path=url or "tansaku.db"),
        ) from error
    if parsed.drivername not in ("sqlite", "sqlite+pysqlite"):
        raise UsageError(
            _("The store '{url}' is of the kind '{kind}', which is not supported.").format(
                url=parsed.render_as_string(hide_password=True), kind=parsed.drivername
            ),
            _("Supported: sqlite, for example sqlite:///tansaku.db."),
        )
    if parsed.host or parsed.query or not parsed.database or parsed.database == ":memory:":
        raise UsageError(
            _("The store '{url}' names no file.").format(url=url),
            _(
                "Write sqlite:///tansaku.db for a file in this folder, and four slashes for a path"
                " from the root: sqlite:////data/tansaku.db."
            ),
        )
    return Location(url=url, file=Path(parsed.database).absolute())
