"""Old workbooks: the sheets of an .xls file (Excel 97 to 2003) -> grids, within bounds of memory.

The records of the file are counted before anything is made of them; xlrd then reads the cells,
one sheet after the other, and the same count tells what it leaves out: merged cells, and formulas
that nobody has computed. Records: Microsoft [MS-XLS], section 2.4.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Final, Literal

import xlrd
from xlrd.biffh import XLRDError, error_text_from_code
from xlrd.compdoc import CompDocError
from xlrd.xldate import XLDateError, xldate_as_datetime

from tansaku.errors import TableError
from tansaku.language import _
from tansaku.tables.grids import Block, Grid, Rows, Uncomputed
from tansaku.tables.ole import Container
from tansaku.tables.size_limits import check_cells, damaged

_BOF: Final = 0x0809
_EXCEL_97: Final = 0x0600
"""The version in which texts are Unicode and files are as they stayed until 2003."""

_FILEPASS: Final = 0x002F
_SHEET: Final = 0x0085
_OF_CELLS: Final = 0
"""The kind of sheets that hold cells; others hold a chart or a program."""

_TEXTS: Final = 0x00FC
_ROW_OF_NUMBERS: Final = 0x00BD
_FORMULA: Final = 0x0006
_MERGED: Final = 0x00E5
_CELLS: Final = frozenset({0x0203, 0x027E, 0x00FD, 0x0204, 0x00D6, 0x0205, _FORMULA})
"""Records of one cell each: number, short number, text (of three kinds), truth or error."""

_NO_RESULTS: Final = (b"\x03\0\0\0\0\0\xff\xff", bytes(8))
"""Results of formulas, empty or 0, as programs write them that compute nothing."""

_PROPERTIES: Final = "\x05SummaryInformation"
"""A stream that spreadsheet programs write beside each workbook. A program that writes none has not
computed the formulas either; in a workbook with one, an empty result is an empty result."""

_OLDER: Final = (b"\x09\x00", b"\x09\x02", b"\x09\x04", b"\x09\x08")
"""How workbooks begin that stand in no container: those of Excel 2 to 5."""

_ENCRYPTED: Final = "EncryptedPackage"
"""The stream of a workbook with a password, .xlsx ones included."""

DAMAGED: Final = (
    XLRDError,
    CompDocError,
    struct.error,
    AssertionError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    RecursionError,
    OverflowError,
)
"""What xlrd raises on damaged files."""


@dataclass(slots=True)
class _Counted:
    """What the records of one sheet say besides its cells: merged blocks, and the places (row,
    column) of formulas that are not computed."""

    merged: list[Block] = field(default_factory=list)
    uncomputed: list[tuple[int, int]] = field(default_factory=list)


def is_older(content: bytes) -> bool:
    """Whether a file begins as workbooks before Excel 97 do."""
    return content[:2] in _OLDER


def read_old_workbook(file: str, content: bytes) -> list[Grid]:
    """Every sheet of an .xls workbook, in its order.

    Raises:
        TableError: damaged, password-protected, older than Excel 97, no workbook, or too large to
            be a table.
    """
    try:
        stream, computed = _workbook(file, content)
        counted = _count(file, stream, computed=computed)
        return list(_grids(file, stream, counted))
    except TableError:
        raise
    except DAMAGED as error:
        raise damaged(file, error) from error


def old_sheet_names(content: bytes) -> list[str]:
    """Names of the sheets; empty where it is no workbook that can be read."""
    try:
        stream, computed = _workbook("", content)
        _count("", stream, computed=computed)
        with xlrd.open_workbook(
            file_contents=stream, logfile=io.StringIO(), on_demand=True
        ) as book:
            return list(book.sheet_names())
    except (TableError, *DAMAGED):
        return []


def refuse_older(file: str) -> TableError:
    """The error of a workbook that Excel 95 or an older one wrote."""
    return TableError(
        _("'{file}' was written by Excel 95 or an older version.").format(file=file),
        _("Open it in Excel or LibreOffice and save it as an Excel workbook .xlsx."),
    )


def _workbook(file: str, content: bytes) -> tuple[bytes, bool]:
    """The workbook's own stream, and whether its formulas were computed."""
    container = Container(content)
    if _ENCRYPTED in container.names:
        raise _with_password(file)
    stream = container.stream("Workbook")
    if stream is None:
        if container.stream("Book") is not None:
            raise refuse_older(file)
        raise TableError(
            _("'{file}' is an Office file, and no Excel workbook.").format(file=file),
            _("Save the table as an Excel workbook .xlsx, or as CSV (UTF-8)."),
        )
    return stream, _PROPERTIES in container.names


def _with_password(file: str) -> TableError:
    return TableError(
        _("'{file}' is protected by a password.").format(file=file),
        _("Remove the password and save it as an Excel workbook .xlsx."),
    )


def _records(stream: bytes) -> Iterator[tuple[int, int, int]]:
    """(kind, where its data begin, how many bytes) of each record."""
    place = 0
    while place + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, place)
        yield kind, place + 4, size
        place += 4 + size


def _count(file: str, stream: bytes, *, computed: bool) -> list[_Counted]:
    """What the records say, by sheet; refuses what is too old, locked or too large."""
    if struct.unpack_from("<HHH", stream)[::2] != (_BOF, _EXCEL_97):
        raise refuse_older(file)
    begins: dict[int, _Counted] = {}
    sheet = _Counted()
    cells = 0
    for kind, place, size in _records(stream):
        if kind == _FILEPASS:
            raise _with_password(file)
        if kind == _SHEET and stream[place + 5] == _OF_CELLS:
            begins[struct.unpack_from("<I", stream, place)[0]] = _Counted()
        elif kind == _BOF:
            sheet = begins.get(place - 4, sheet)
        elif kind == _TEXTS:
            check_cells(file, struct.unpack_from("<I", stream, place + 4)[0])
        elif kind == _ROW_OF_NUMBERS:
            cells += size // 6
        elif kind in _CELLS:
            cells += 1
            result = stream[place + 6 : place + 14] if kind == _FORMULA else b""
            if not computed and result in _NO_RESULTS:
                sheet.uncomputed.append(struct.unpack_from("<HH", stream, place))
        elif kind == _MERGED:
            sheet.merged += _blocks(stream, place)
        check_cells(file, cells)
    return list(begins.values())


def _blocks(stream: bytes, place: int) -> list[Block]:
    (count,) = struct.unpack_from("<H", stream, place)
    found = []
    for i in range(count):
        top, bottom, left, right = struct.unpack_from("<4H", stream, place + 2 + 8 * i)
        found.append(Block(top, left, bottom, right))
    return found


def _grids(file: str, stream: bytes, counted: list[_Counted]) -> Iterator[Grid]:
    with xlrd.open_workbook(
        file_contents=stream, logfile=io.StringIO(), on_demand=True, ragged_rows=True
    ) as book:
        lines = 0
        for i, name in enumerate(book.sheet_names()):
            sheet = book.sheet_by_index(i)
            lines += sheet.nrows
            check_cells(file, lines)
            rows: Rows = [_row(book.datemode, sheet, line) for line in range(sheet.nrows)]
            more = counted[i] if i < len(counted) else _Counted()
            for row, column in more.uncomputed:
                rows[row].extend([None] * (column + 1 - len(rows[row])))
                rows[row][column] = Uncomputed("=")
            while rows and not rows[-1]:
                rows.pop()
            yield Grid(
                name=name,
                rows=rows,
                merged=tuple(more.merged),
                comments={place: note.text.strip() for place, note in sheet.cell_note_map.items()},
                hidden=sheet.visibility != 0,
            )
            book.unload_sheet(i)


def _row(datemode: Literal[0, 1], sheet: Any, line: int) -> list[Any]:
    """The cells of a line as openpyxl gives them; no empty ones at its end."""
    row = [
        _cell(datemode, kind, value)
        for kind, value in zip(sheet.row_types(line), sheet.row_values(line), strict=True)
    ]
    while row and row[-1] is None:
        row.pop()
    return row


def _cell(datemode: Literal[0, 1], kind: int, value: Any) -> Any:
    if kind == xlrd.XL_CELL_NUMBER:
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    if kind == xlrd.XL_CELL_TEXT:
        return value or None
    if kind == xlrd.XL_CELL_DATE:
        return _day(datemode, value)
    if kind == xlrd.XL_CELL_BOOLEAN:
        return bool(value)
    if kind == xlrd.XL_CELL_ERROR:
        return str(error_text_from_code.get(value, "#VALUE!"))
    return None


def _day(datemode: Literal[0, 1], value: float) -> datetime | date | time | float:
    """A date, a time of the day, or the number where it is neither."""
    try:
        found: datetime = xldate_as_datetime(value, datemode)
    except (XLDateError, OverflowError, ValueError):
        return value
    return found.time() if 0 <= value < 1 else found
