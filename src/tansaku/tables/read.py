"""Reading a table file as it was written, CSV, Excel, Parquet: nothing is renamed, cut or guessed.

file -> grids -> the sheet that is meant -> its layout -> a frame whose cells are as they were.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from tansaku.design import Floats
from tansaku.errors import CellError, TableError
from tansaku.files import TABLE_ENDINGS
from tansaku.language import _
from tansaku.space import Comma
from tansaku.stages import stage
from tansaku.tables.cells import DECIMAL_ATTRIBUTE, is_empty
from tansaku.tables.columns import refuse_repeated
from tansaku.tables.commas import marked, open_points
from tansaku.tables.grids import Grid, Uncomputed, address, letter
from tansaku.tables.layout import Layout, LeftOut, lay_out
from tansaku.tables.opening import ending_of, open_grids
from tansaku.tables.places import (
    COMMENTS_ATTRIBUTE,
    FILE_ATTRIBUTE,
    LETTERS_ATTRIBUTE,
    NOTICES_ATTRIBUTE,
)
from tansaku.tables.sheets import chosen
from tansaku.tables.size_limits import content_of

_LOSSLESS_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})?(\.[0-9]+)?([eE][+-]?[0-9]+)?")
"""Text that may become a float at once: no leading zeros and no long integers, which are names."""

_SHOWN_LINE = 60
"""Characters of a left-out line that are quoted in a notice."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table and where it came from.

    Attributes:
        file: The file's name.
        grid: The sheet that was read.
        sheets: Names of all sheets; empty where the file is no workbook.
        encoding: Of a text file; else empty.
        separator: Likewise.
        layout: Where the table lies on its sheet.
        frame: Its cells. Columns that hold plain numbers only are float64, empty cells NaN; other
            columns are as they were written. Row label i is line i + 2 of the sheet.
        notices: What a person should know.
    """

    file: str
    grid: Grid
    sheets: tuple[str, ...]
    encoding: str
    separator: str
    layout: Layout
    frame: pd.DataFrame
    notices: tuple[str, ...]


def read_table(
    path: Path,
    *,
    sheet: str | int | None = None,
    wanted: Sequence[str] = (),
    comma: Comma | None = None,
) -> pd.DataFrame:
    """The table of a file, as a frame; see :func:`open_table`."""
    return open_table(path, sheet=sheet, wanted=wanted, comma=comma).frame


def open_table(
    path: Path,
    *,
    sheet: str | int | None = None,
    wanted: Sequence[str] = (),
    comma: Comma | None = None,
) -> Table:
    """Read ``.csv``, ``.tsv``, ``.txt``, a workbook ``.xlsx``, ``.xlsm``, ``.xls``, or ``.parquet``
    (``pip install 'tansaku[parquet]'``).

    Args:
        path: The file.
        sheet: Which sheet of a workbook, by name or place; without it the one that holds a table,
            or the columns that are wanted.
        wanted: Names of columns that are needed.
        comma: What commas in numbers mean, where the columns do not tell.

    Raises:
        StoreError: the file is missing or cannot be opened.
        TableError: another kind of file, damaged, password-protected, too large, empty, in an
            unreadable encoding, with repeated column names, with several tables that may be
            meant, or of a kind for which a package is not installed.
        CellError: a row with more cells than the header, or a formula without a stored value.
    """
    table = laid_out(path, sheet=sheet, wanted=wanted, comma=comma)
    refuse_uncomputed(table.layout)
    return table


def laid_out(
    path: Path,
    *,
    sheet: str | int | None = None,
    wanted: Sequence[str] = (),
    comma: Comma | None = None,
) -> Table:
    """As :func:`open_table`, for looking: formulas without a stored value stay in the frame."""
    path = Path(path)
    if ending_of(path.name) not in TABLE_ENDINGS:
        raise _other_kind(path)
    stage(_("reading the table"))
    opened = open_grids(path.name, content_of(path))
    grid, notices = opened.grids[0], list(opened.notices)
    sheets = [each.name for each in opened.grids if opened.has_sheets]
    if opened.has_sheets:
        grid = chosen(path.name, opened.grids, sheet, wanted)
        if (
            len([each for each in opened.grids if each.rows and not each.hidden]) > 1
            and sheet is None
        ):
            notice = _("'{file}' has {n} sheets; '{sheet}' was read.")
            notices.append(notice.format(file=path.name, n=len(sheets), sheet=grid.name))
    layout = lay_out(grid, path.name)
    if grid.ragged:
        _refuse_wide_rows(grid, layout)
    refuse_repeated(layout.names, [letter(j) for j in layout.columns])
    notices += [*_notices(layout), *_unseen(grid, layout)]
    frame = _frame(layout, comma)
    frame.attrs[FILE_ATTRIBUTE] = path.name
    if opened.has_sheets:
        frame.attrs[LETTERS_ATTRIBUTE] = {
            name: letter(j) for name, j in zip(layout.names, layout.columns, strict=True)
        }
    if comments := _comments(grid, layout):
        frame.attrs[COMMENTS_ATTRIBUTE] = comments
    if notices:
        frame.attrs[NOTICES_ATTRIBUTE] = tuple(notices)
    if comma:
        frame.attrs[DECIMAL_ATTRIBUTE] = comma
    return Table(
        file=path.name,
        grid=grid,
        sheets=tuple(sheets),
        encoding=opened.encoding,
        separator=opened.separator,
        layout=layout,
        frame=frame,
        notices=tuple(notices),
    )


def _other_kind(path: Path) -> TableError:
    message = _("'{file}' is no table that can be read: its name ends in '{suffix}'.").format(
        file=path.name, suffix=path.suffix
    )
    if ending_of(path.name) in (".xlsb", ".ods", ".numbers"):
        return TableError(
            message, _("Open it in Excel or LibreOffice and save it as an Excel workbook .xlsx.")
        )
    return TableError(message, _("Save it as .csv (UTF-8) or as an Excel workbook .xlsx."))


def refuse_uncomputed(layout: Layout) -> None:
    """CellError for formulas without a stored value."""
    cells = [
        address(line, j)
        for line, row in zip(layout.body, layout.rows, strict=True)
        for j, cell in zip(layout.columns, row, strict=True)
        if isinstance(cell, Uncomputed)
    ]
    if cells:
        raise CellError(
            _("Cells {cells} hold formulas whose values are not stored in the file.").format(
                cells=", ".join(cells[:10]) + (" …" if len(cells) > 10 else "")
            ),
            _("Open the workbook in Excel and save it, or paste the values."),
        )


def _refuse_wide_rows(grid: Grid, layout: Layout) -> None:
    """Raise a CellError for the first row that has a filled cell beyond the header."""
    width = max(len(grid.rows[line]) for line in layout.header)
    for i, line in enumerate(layout.body):
        row = grid.rows[line]
        extra = [cell for cell in row[width:] if not is_empty(cell)]
        if extra:
            raise CellError(
                _(
                    "Row {row} (line {line} of the sheet) has more cells than the header has "
                    "columns: '{text}' is in column {column}."
                ).format(
                    row=i + 1, line=line + 1, text=extra[0], column=row.index(extra[0], width) + 1
                ),
                _("Look for a comma inside a number or a text, or name the column."),
            )


_LEFT_OUT: Final[dict[str, Callable[[], str]]] = {
    "title": lambda: _("Above the header, not used: {lines}."),
    "note": lambda: _("Below the rows, not used as a row: {lines}."),
    "summary": lambda: _("Sums up the rows and is none itself, not used: {lines}."),
    "header": lambda: _("The header is repeated, not used as a row: {lines}."),
    "second table": lambda: _("A second table begins here and is not used: {lines}."),
}


def _notices(layout: Layout) -> list[str]:
    """What was concluded from the sheet's shape."""
    found = []
    for kind, sentence in _LEFT_OUT.items():
        lines = [each for each in layout.left_out if each.kind == kind]
        if lines:
            shown = ", ".join(map(_line, lines[:3]))
            if len(lines) > 3:
                shown += _(" and {n} more").format(n=len(lines) - 3)
            found.append(sentence().format(lines=shown))
    if len(layout.header) > 1:
        found.append(
            _("The names of the columns stand in lines {lines}.").format(
                lines=", ".join(str(line + 1) for line in layout.header)
            )
        )
    if layout.spread:
        found.append(
            _("Merged cells give their value to every row they span (rows: {n}).").format(
                n=layout.spread
            )
        )
    return found


def _comments(grid: Grid, layout: Layout) -> dict[int, str]:
    """{row label: what comments on its cells say}."""
    found: dict[int, str] = {}
    for (line, _column), text in sorted(grid.comments.items()):
        if line in layout.body:
            said = " ".join(text.split())
            found[line - 1] = f"{found[line - 1]}; {said}" if line - 1 in found else said
    return found


def _unseen(grid: Grid, layout: Layout) -> list[str]:
    """What a person sees in the workbook of rows and cells, and the cells do not say."""
    found = []
    hidden = [line + 1 for line in grid.hidden_rows if line in set(layout.body)]
    if hidden:
        found.append(
            _("Hidden rows are read like others: lines {lines}. Delete those not meant.").format(
                lines=", ".join(map(str, hidden[:10])) + (" …" if len(hidden) > 10 else "")
            )
        )
    if grid.struck:
        cells = [f"{address(i, j)} '{text}'" for i, j, text in grid.struck[:10]]
        found.append(
            _("Cells that are struck out are not used: {cells}.").format(
                cells=", ".join(cells) + (" …" if len(grid.struck) > 10 else "")
            )
        )
    return found


def _line(each: LeftOut) -> str:
    text = each.text if len(each.text) <= _SHOWN_LINE else each.text[:_SHOWN_LINE] + "…"
    return _("line {line} '{text}'").format(line=each.line + 1, text=text)


def _frame(layout: Layout, comma: Comma | None) -> pd.DataFrame:
    """The rows as a frame; their labels are the lines of the sheet less 2."""
    cells = [[row[j] for row in layout.rows] for j in range(len(layout.names))]
    undecided = open_points(cells) if comma is None else frozenset()
    data = {
        name: _column(list(map(marked, cells[j])) if j in undecided else cells[j], comma)
        for j, name in enumerate(layout.names)
    }
    labels = [line - 1 for line in layout.body]
    index: pd.Index = pd.RangeIndex(len(labels))
    if labels != list(range(len(labels))):
        index = pd.Index(labels, dtype="int64")
    frame = pd.DataFrame(data, columns=pd.Index(layout.names), index=pd.RangeIndex(len(labels)))
    frame.index = index
    return frame


def _column(cells: Sequence[Any], comma: Comma | None) -> Floats | pd.Series:
    """float64 where every filled cell is a plain number, else the cells as they were written."""
    filled = [None if is_empty(cell) else cell for cell in cells]
    if all(cell is None or _is_lossless(cell, comma) for cell in filled):
        return np.array([np.nan if c is None else float(c) for c in filled], dtype=np.float64)
    return pd.Series(filled, dtype="object")


def _is_lossless(cell: Any, comma: Comma | None) -> bool:
    if type(cell) is str:
        text = cell.strip()
        if comma == "decimal" and "." in text:
            return False  # the point stands between thousands, which the column is asked about
        return _LOSSLESS_NUMBER.fullmatch(text) is not None and any(map(str.isdigit, text))
    return isinstance(cell, int | float) and not isinstance(cell, bool)
