"""Files: written whole or not at all, and never over another without being told to; folders."""

from __future__ import annotations

import os
import tempfile
from errno import EISDIR
from pathlib import Path
from typing import Final, Literal

from tansaku.errors import DataError, StoreError
from tansaku.language import _

TableKind = Literal["text", "workbook", "old workbook", "parquet"]

TABLE_ENDINGS: Final[dict[str, TableKind]] = {
    ".csv": "text",
    ".tsv": "text",
    ".txt": "text",
    ".xlsx": "workbook",
    ".xlsm": "workbook",
    ".xls": "old workbook",
    ".parquet": "parquet",
}
"""{ending of a file that may hold a table: what it says of the file}."""

FILE_RIGHTS = 0o666
"""What a new file may have before the umask takes its share; a temporary one is for its owner."""


class Staged:
    """Files that are written in full beside their places, and put there together later: what can
    fail has then been done before anything that depends on them is stored.

    What is not put in place is gone at the end of the ``with`` block.
    """

    def __init__(self) -> None:
        self._files: dict[Path, Path] = {}

    def __enter__(self) -> Staged:
        return self

    def __exit__(self, *_error: object) -> None:
        self.discard()

    def add(self, path: Path, content: bytes, *, force: bool = False) -> None:
        """Write ``content`` for ``path``, on the same disk.

        Raises:
            StoreError: the file is there and ``force`` is false, or it cannot be written.
        """
        place = self.reserve(path, force=force)
        try:
            with place.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise _unwritable(path, error) from error

    def reserve(self, path: Path, *, force: bool = False) -> Path:
        """An empty file beside ``path``, to be filled by what writes files itself.

        Raises:
            StoreError: ``path`` is there and ``force`` is false, or its folder takes no file.
        """
        if not force:
            refuse_taken(path)
        try:
            if path.is_dir():
                raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            os.close(handle)
            self._files[path] = place = Path(name)
            place.chmod(FILE_RIGHTS & ~_umask())
        except OSError as error:
            raise _unwritable(path, error) from error
        return place

    def put(self) -> None:
        """Put every file in its place, each in one step: a reader sees the old one or the new one.

        Raises:
            StoreError: the place has become one that takes no file.
        """
        for path, temporary in self._files.items():
            try:
                temporary.replace(path)
            except OSError as error:
                raise _unwritable(path, error) from error

    def discard(self) -> None:
        """Forget what was not put in place."""
        for temporary in self._files.values():
            temporary.unlink(missing_ok=True)
        self._files.clear()


def refuse_taken(path: Path) -> None:
    """StoreError where a file is there already."""
    if path.exists():
        raise StoreError(
            _("The file {file} exists already.").format(file=path),
            _("Name another one, or write over it with --force."),
        )


def write_whole(path: Path, content: bytes, *, force: bool = False) -> None:
    """Put ``content`` into ``path`` in one step: a reader sees the old file or the new one.

    Raises:
        StoreError: the file is there and ``force`` is false, or it cannot be written.
    """
    with Staged() as staged:
        staged.add(path, content, force=force)
        staged.put()


def _unwritable(path: Path, error: OSError) -> StoreError:
    return StoreError(
        _("The file {file} cannot be written: {why}.").format(file=path, why=error.strerror),
        _("Check that the folder exists and may be written to."),
    )


def read_whole(path: Path) -> bytes:
    """What the file ``path`` holds.

    Raises:
        DataError: it is missing, or cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(
            _("The file '{name}' cannot be read: {why}.").format(name=path, why=error.strerror),
            _("Nothing was stored. Check its name and its folder."),
        ) from error


def make_folder(folder: Path, hint: str, *, new: bool = False) -> None:
    """Make ``folder`` where it is missing; with ``new`` it must be, and only its last part is made.

    Args:
        folder: Where.
        hint: What the user may do where it cannot be made.
        new: Whether a folder that is there already will not do.

    Raises:
        FileExistsError: it is there and ``new``.
        StoreError: it cannot be made; says why and ``hint``.
    """
    try:
        folder.mkdir(parents=not new, exist_ok=not new)
    except OSError as error:
        if new and isinstance(error, FileExistsError):
            raise
        raise StoreError(
            _("The folder {folder} cannot be made: {why}.").format(
                folder=folder, why=error.strerror
            ),
            hint,
        ) from error


def _umask() -> int:
    umask = os.umask(0)  # it can be read only by setting it
    os.umask(umask)
    return umask
