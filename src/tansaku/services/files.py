"""Files: written whole or not at all, and never over another without being told to; folders."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from tansaku.errors import StoreError
from tansaku.language import _

FILE_RIGHTS = 0o666
"""What a new file may have before the umask takes its share; a temporary one is for its owner."""


def write_whole(path: Path, content: bytes, *, force: bool = False) -> None:
    """Put ``content`` into ``path`` in one step: a reader sees the old file or the new one.

    Raises:
        StoreError: the file is there and ``force`` is false, or it cannot be written.
    """
    if path.exists() and not force:
        raise StoreError(
            _("The file {file} exists already.").format(file=path),
            _("Name another one, or write over it with --force."),
        )
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.chmod(FILE_RIGHTS & ~_umask())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            _("The file {file} cannot be written: {why}.").format(file=path, why=error.strerror),
            _("Check that the folder exists and may be written to."),
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
