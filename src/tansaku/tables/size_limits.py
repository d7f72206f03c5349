"""Limits: how large a table may be, told before it is unpacked or held in memory; and what is told
of a workbook that cannot be read at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Final

from tansaku.errors import StoreError, TableError
from tansaku.language import _

LARGEST_FILE: Final = 50_000_000
"""Bytes of a file: about a hundred times a workbook of 10,000 samples with ten columns."""

LARGEST_PART: Final = 30_000_000
"""Bytes of one unpacked part of a workbook that is held in memory: texts, styles, comments."""

LARGEST_UNPACKED: Final = 600_000_000
"""Bytes of all unpacked parts: sheets are read in passing, so they cost time and not memory."""

MOST_PARTS: Final = 5_000
"""Parts of a workbook: a few per sheet, chart and picture."""

MOST_CELLS: Final = 3_000_000
"""Filled cells of a workbook, or of a text file: 100,000 samples with 30 columns."""


@contextmanager
def opened(path: Path) -> Iterator[BufferedReader]:
    """A file to be read.

    Raises:
        StoreError: it is missing or cannot be opened.
    """
    try:
        with path.open("rb") as stream:
            yield stream
    except FileNotFoundError as error:
        raise StoreError(
            _("There is no file '{file}'.").format(file=path),
            _("Check the folder and the spelling."),
        ) from error
    except OSError as error:
        raise StoreError(
            _("'{file}' cannot be opened: {reason}.").format(file=path, reason=error.strerror),
            _("Check that it is a file that you may read."),
        ) from error


def content_of(path: Path) -> bytes:
    """The bytes of a file that is small enough to be a table.

    Raises:
        StoreError: the file is missing or cannot be opened.
        TableError: it is too large; nothing of it is read.
    """
    with opened(path) as stream:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise TableError(
                _("'{file}' has {n} MB; a table may have up to {most} MB.").format(
                    file=path.name, n=size // 1_000_000, most=LARGEST_FILE // 1_000_000
                ),
                _("Save only the sheet with the samples, without pictures."),
            )
        # A file may grow meanwhile, and a pipe has no size: never more than one byte too many.
        content = stream.read(LARGEST_FILE + 1)
    if not content.strip():
        raise TableError(
            _("'{file}' is empty.").format(file=path.name),
            _("Write the column names into the first line and one candidate into each row."),
        )
    return content


def check_cells(file: str, cells: int) -> None:
    """Refuse a file with more cells than any table of samples has.

    Raises:
        TableError: there are more than :data:`MOST_CELLS`.
    """
    if cells > MOST_CELLS:
        raise TableError(
            _("'{file}' has more than {n} cells, which is no table of samples.").format(
                file=file, n=MOST_CELLS
            ),
            _("Save only the rows and columns of the samples."),
        )


def refuse_unpacked(file: str) -> TableError:
    """The error of a workbook that unpacks into more than a workbook holds."""
    return TableError(
        _("'{file}' unpacks into more than a table of samples holds; it was not opened.").format(
            file=file
        ),
        _("Save only the sheet with the samples, as a new .xlsx or as CSV (UTF-8)."),
    )


def damaged(file: str, reason: Exception) -> TableError:
    """The error of a workbook, old or new, in which reading met ``reason``."""
    return TableError(
        _("'{file}' is damaged, or is no Excel workbook ({reason}).").format(
            file=file, reason=type(reason).__name__
        ),
        _("Open it in Excel and save it again as .xlsx, or save it as CSV (UTF-8)."),
    )
