"""Opening: the bytes of a file -> its sheets, by what they are and not by what the name says.

Instruments call plain text .xls, and people rename files; what a file is stands in its first bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from tansaku.errors import TableError
from tansaku.files import TABLE_ENDINGS, TableKind
from tansaku.language import _
from tansaku.tables.blocks import Blocks
from tansaku.tables.grids import Grid
from tansaku.tables.old_workbooks import (
    is_older,
    old_sheet_names,
    read_old_workbook,
    refuse_older,
)
from tansaku.tables.ole import SIGNATURE
from tansaku.tables.text_files import ZIP, read_text
from tansaku.tables.workbooks import read_workbook, sheet_names

_WORDS: Final[dict[TableKind, Callable[[], str]]] = {
    "text": lambda: _("text"),
    "workbook": lambda: _("an Excel workbook (.xlsx)"),
    "old workbook": lambda: _("an old Excel workbook (.xls)"),
    "parquet": lambda: _("a Parquet file (.parquet)"),
}

_PARQUET: Final = (b"PAR1", b"PARE")
"""How Parquet files begin and end; the second where the names of the columns are encrypted."""

_MARKUP: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|table|head|body|\?xml|meta)", re.I
)
"""How web pages and XML files begin, which some programs call .xls."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file with its sheets.

    Attributes:
        kind: What it is.
        grids: Its sheets; one of a text or Parquet file.
        encoding: Of a text file; else empty.
        separator: Likewise.
        notices: What a person should know.
    """

    kind: TableKind
    grids: tuple[Grid, ...]
    encoding: str = ""
    separator: str = ""
    notices: tuple[str, ...] = ()

    @property
    def has_sheets(self) -> bool:
        """Whether its grids are sheets, which have names, and cells addresses."""
        return self.kind in ("workbook", "old workbook")


def kind_of(file: str, content: bytes) -> TableKind:
    """What a file is by its content; by its name where that says nothing.

    Example:
        >>> kind_of("T.xls", b"x\\ty"), kind_of("T.csv", b"PK\\x03\\x04")
        ('text', 'workbook')
    """
    if content.startswith(ZIP):
        return "workbook"
    if content.startswith(SIGNATURE) or is_older(content):
        return "old workbook"
    if content.startswith(_PARQUET) and content.endswith(_PARQUET):
        return "parquet"
    named = TABLE_ENDINGS.get(ending_of(file), "text")
    return "text" if named == "old workbook" else named


def open_grids(file: str, content: bytes) -> Opened:
    """The sheets of a file.

    Raises:
        TableError: damaged, protected by a password, too old, too large, of another kind, without
            a sheet, or a Parquet file where pyarrow is not installed.
    """
    kind = kind_of(file, content)
    notices: tuple[str, ...] = ()
    if kind != TABLE_ENDINGS.get(ending_of(file), kind):
        notice = _("'{file}' is {kind}, whatever its name says, and was read as such.")
        notices = (notice.format(file=file, kind=_WORDS[kind]()),)
    if kind == "text":
        if _MARKUP.match(content):
            raise TableError(
                _("'{file}' is a web page or an XML file, and no table.").format(file=file),
                _("Open it in Excel and save it as an Excel workbook .xlsx."),
            )
        text = read_text(file, content)
        return Opened(kind, (text.grid,), text.encoding, text.separator, (*notices, *text.notices))
    if kind == "parquet":
        return Opened(kind, (_parquet_grid(file, content),), notices=notices)
    if is_older(content):
        raise refuse_older(file)
    read = read_workbook if kind == "workbook" else read_old_workbook
    grids = tuple(read(file, content))
    if not grids:
        raise TableError(
            _("'{file}' has no sheet with cells.").format(file=file),
            _("Open it in Excel and see that the table is there; a damaged file loses sheets."),
        )
    return Opened(kind, grids, notices=notices)


def _parquet_grid(file: str, content: bytes) -> Grid:
    _check_pyarrow(file)
    from tansaku.tables.parquet_files import read_parquet  # only here: pyarrow may not be there

    return read_parquet(file, content)


def parquet_blocks(path: Path) -> Blocks:
    """A Parquet file of any length, to be read in blocks.

    Raises:
        StoreError: it is missing or cannot be opened.
        TableError: it is damaged or encrypted, or pyarrow is not installed.
    """
    _check_pyarrow(path.name)
    from tansaku.tables.parquet_files import blocks_of

    return blocks_of(path)


def _check_pyarrow(file: str) -> None:
    if find_spec("pyarrow") is None:
        raise TableError(
            _("'{file}' is a Parquet file, which needs pyarrow, and that is not installed.").format(
                file=file
            ),
            _("Install it: pip install 'tansaku[parquet]'. Or write the table as CSV (UTF-8)."),
        )


def names_in(file: str, content: bytes) -> list[str]:
    """Names of the sheets of a workbook; empty for any other file and for one that is damaged."""
    kind = kind_of(file, content)
    if kind == "workbook":
        return sheet_names(content)
    return old_sheet_names(content) if kind == "old workbook" else []


def ending_of(file: str) -> str:
    """The ending of a file's name, in small letters."""
    return "." + file.rpartition(".")[2].lower() if "." in file else ""
