"""Reading a table file, CSV or Excel, as it was written: nothing is renamed, cut or guessed."""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
import pandas as pd
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from tansaku.errors import CellError, StoreError, TableError
from tansaku.language import _
from tansaku.tables.cells import is_empty
from tansaku.tables.columns import refuse_repeated
from tansaku.tables.places import FILE_ATTRIBUTE, NOTICES_ATTRIBUTE

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""First bytes of an OLE file: an encrypted .xlsx, or an old .xls."""

_ZIP = b"PK\x03\x04"
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_LONE_KATAKANA = re.compile("(?<![\uff61-\uff9f])[\uff61-\uff9f](?![\uff61-\uff9f])")
_LOSSLESS_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})?(\.[0-9]+)?([eE][+-]?[0-9]+)?")
"""Text that may become a float at once: no leading zeros and no long integers, which are names."""

Rows = list[list[Any]]


def read_table(path: Path) -> pd.DataFrame:
    """Read ``.csv`` (UTF-8 with or without mark, or cp932) or ``.xlsx`` (the first sheet).

    The header is the first line; blanks around its names are cut. Columns that hold plain numbers
    only become float64, empty cells NaN; other columns stay as they were written. Empty lines at
    the end are cut, so row i of the frame is line i + 2 of the sheet.

    Raises:
        StoreError: the file is missing or cannot be opened.
        TableError: another kind of file, damaged, password-protected, empty, in an unreadable
            encoding, or with repeated column names.
        CellError: a row with more cells than the header, or a formula without a stored value.
    """
    readers: dict[str, Callable[[Path, bytes], tuple[Rows, list[str]]]] = {
        ".csv": _csv_rows,
        ".xlsx": _xlsx_rows,
    }
    path = Path(path)
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise TableError(
            _("'{file}' is no table that can be read: its name ends in '{suffix}'.").format(
                file=path.name, suffix=path.suffix
            ),
            _("Save it as .csv (UTF-8) or as an Excel workbook .xlsx."),
        )
    content = _content(path)
    rows, notices = reader(path, content)
    frame = _frame(path, rows)
    frame.attrs[FILE_ATTRIBUTE] = path.name
    if notices:
        frame.attrs[NOTICES_ATTRIBUTE] = tuple(notices)
    return frame


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
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
    if not content.strip():
        raise TableError(
            _("'{file}' is empty.").format(file=path.name),
            _("Write the column names into the first line and one candidate into each row."),
        )
    return content


def _csv_rows(path: Path, content: bytes) -> tuple[Rows, list[str]]:
    text, notices = _decode(path, content)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        rows: Rows = list(reader)
    except csv.Error as error:
        raise TableError(
            _("'{file}' cannot be read as CSV near line {line}: {reason}.").format(
                file=path.name, line=reader.line_num, reason=error
            ),
            _("Look for a quotation mark that is not closed."),
        ) from error
    header = rows[0] if rows else []
    if len(header) == 1:
        for separator, name in ((";", _("semicolons")), ("\t", _("tabs"))):
            if separator in header[0]:
                raise TableError(
                    _("The columns of '{file}' are separated by {name}, not by commas.").format(
                        file=path.name, name=name
                    ),
                    _("Save it as comma-separated CSV (UTF-8) or as .xlsx."),
                )
    return rows, notices


def _decode(path: Path, content: bytes) -> tuple[str, list[str]]:
    """The text, and a notice where the encoding had to be concluded from the bytes."""
    if content.startswith((_OLE, _ZIP)):
        raise TableError(
            _("'{file}' is no CSV; it looks like an Excel workbook.").format(file=path.name),
            _("Rename it to .xlsx, or save it as CSV (UTF-8)."),
        )
    for encoding in ("utf-8-sig", "cp932"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _CONTROL.search(text):
            break
        if encoding == "utf-8-sig":
            return text, []
        if _LONE_KATAKANA.search(text):
            # A western file: its single bytes for degree or micro read as stray half-width kana.
            break
        notice = _(
            "'{file}' is not UTF-8; it was read as Japanese Windows text (cp932). Check the names: "
            "{names}."
        ).format(file=path.name, names=text.splitlines()[0])
        return text, [notice]
    raise TableError(
        _("'{file}' is no text in UTF-8 or cp932 (Japanese Windows).").format(file=path.name),
        _("Open it where it was written and save it as CSV (UTF-8) or as .xlsx."),
    )


def _xlsx_rows(path: Path, content: bytes) -> tuple[Rows, list[str]]:
    if content.startswith(_OLE):
        raise TableError(
            _("'{file}' is protected by a password, or is an old .xls file.").format(
                file=path.name
            ),
            _("Remove the password and save it as an Excel workbook .xlsx."),
        )
    try:
        rows, names = _sheet(content, values=True)
        if _has_formulas(content):
            _refuse_formulas_without_value(rows, _sheet(content, values=False)[0])
    except CellError:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        InvalidFileException,
        ParseError,
        OSError,
        EOFError,
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
        RuntimeError,  # an encrypted member; includes an unknown compression
    ) as error:
        raise TableError(
            _("'{file}' is damaged, or is no Excel workbook ({reason}).").format(
                file=path.name, reason=type(error).__name__
            ),
            _("Open it in Excel and save it again as .xlsx, or save it as CSV (UTF-8)."),
        ) from error
    if len(names) < 2:
        return rows, []
    notice = _("'{file}' has {n} sheets; the first one, '{sheet}', was read.")
    return rows, [notice.format(file=path.name, n=len(names), sheet=names[0])]


def _sheet(content: bytes, *, values: bool) -> tuple[Rows, list[str]]:
    """The cells of the first sheet, as stored values or as formulas, and all sheets' names."""
    with warnings.catch_warnings():
        # openpyxl warns of styles and extensions that it leaves out; no cell depends on them.
        warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=values)
        try:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()
            rows = [list(row) for row in sheet.iter_rows(values_only=True)]
            width = max((len(row) for row in rows), default=0)
            return [row + [None] * (width - len(row)) for row in rows], book.sheetnames
        finally:
            book.close()


def _has_formulas(content: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [n for n in archive.namelist() if n.startswith("xl/worksheets/")]
        return any(re.search(rb"<f[\s>/]", archive.read(name)) for name in sheets)


def _refuse_formulas_without_value(values: Rows, formulas: Rows) -> None:
    cells = [
        f"{get_column_letter(j + 1)}{i + 1}"
        for i, (row, written) in enumerate(zip(values, formulas, strict=False))
        for j, (value, formula) in enumerate(zip(row, written, strict=False))
        if value is None and formula is not None
    ]
    if cells:
        raise CellError(
            _("Cells {cells} hold formulas whose values are not stored in the file.").format(
                cells=", ".join(cells[:10]) + (" …" if len(cells) > 10 else "")
            ),
            _("Open the workbook in Excel and save it, or paste the values."),
        )


def _frame(path: Path, rows: Rows) -> pd.DataFrame:
    """Header and body -> a frame; every row as wide as the header."""
    while rows and all(is_empty(cell) for cell in rows[-1]):
        rows.pop()
    if not rows or all(is_empty(cell) for cell in rows[0]):
        raise TableError(
            _("The first line of '{file}' has no column names.").format(file=path.name),
            _("Write the column names into the first line and one candidate into each row."),
        )
    _refuse_wide_rows(rows)
    used = [j for row in rows for j, cell in enumerate(row) if not is_empty(cell)]
    width = 1 + max(used)
    padded = [(row + [None] * width)[:width] for row in rows]
    names = [_header(cell, j) for j, cell in enumerate(padded[0])]
    refuse_repeated(names)
    data = {name: _column([row[j] for row in padded[1:]]) for j, name in enumerate(names)}
    return pd.DataFrame(data, columns=pd.Index(names), index=pd.RangeIndex(len(padded) - 1))


def _header(cell: Any, j: int) -> str:
    """A column's name: on one line, without blanks around; ``Unnamed: j`` where there is none."""
    name = re.sub(r"\s*[\r\n]+\s*", " ", str(cell)).strip() if not is_empty(cell) else ""
    return name or f"Unnamed: {j}"


def _refuse_wide_rows(rows: Rows) -> None:
    """Raise a CellError for the first row that has a filled cell beyond the header."""
    width = len(rows[0])
    for i, row in enumerate(rows[1:]):
        extra = [cell for cell in row[width:] if not is_empty(cell)]
        if extra:
            raise CellError(
                _(
                    "Row {row} (line {line} of the sheet) has more cells than the header has "
                    "columns: '{text}' is in column {column}."
                ).format(
                    row=i + 1, line=i + 2, text=extra[0], column=row.index(extra[0], width) + 1
                ),
                _("Look for a comma inside a number or a text, or name the column."),
            )


def _column(cells: Sequence[Any]) -> pd.Series:
    """float64 where every filled cell is a plain number, else the cells as they were written."""
    filled = [cell for cell in cells if not is_empty(cell)]
    if all(_is_lossless(cell) for cell in filled):
        return pd.Series([None if is_empty(c) else float(c) for c in cells], dtype="float64")
    return pd.Series([None if is_empty(c) else c for c in cells], dtype="object")


def _is_lossless(cell: Any) -> bool:
    if type(cell) is str:
        text = cell.strip()
        return _LOSSLESS_NUMBER.fullmatch(text) is not None and any(map(str.isdigit, text))
    return isinstance(cell, int | float) and not isinstance(cell, bool)
