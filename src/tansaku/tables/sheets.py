"""Sheets: which sheet of a workbook is meant, by its name or by what it holds."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final

from tansaku.errors import TableError
from tansaku.language import _
from tansaku.tables.cells import is_empty
from tansaku.tables.grids import Grid
from tansaku.tables.layout import lay_out
from tansaku.tables.parts import parts_of
from tansaku.tables.quantities import written

OWN_SHEET: Final = "tansaku"
"""The hidden sheet of a workbook that tansaku wrote; its cell B2 names the sheet that lists the
candidates."""


def chosen(
    file: str, grids: Sequence[Grid], sheet: str | int | None, wanted: Sequence[str]
) -> Grid:
    """The sheet that is meant.

    Args:
        file: The workbook's name, for messages.
        grids: All of its sheets.
        sheet: The name that a person gave, or its place counted from 0; ``None`` for the one that
            holds the columns that are wanted, or else the only one that holds a table.
        wanted: Names of columns.

    Raises:
        TableError: no sheet of that name; several sheets hold such a table.
    """
    if isinstance(sheet, int):
        return grids[sheet]
    if sheet is not None:
        return _named(file, grids, sheet)
    shown = [grid for grid in grids if not grid.hidden] or list(grids)
    if own := _own(grids, shown):
        return own
    filled = [grid for grid in shown if any(map(any, grid.rows))]
    if len(filled) <= 1:
        return (filled or shown)[0]
    tables = [grid for grid in filled if _holds_table(grid)] or filled[:1]
    if wanted and len(tables) > 1:
        tables = [grid for grid in tables if _has(grid, wanted)] or tables
    if len(tables) > 1:
        raise TableError(
            _("'{file}' has several sheets with tables: {names}.").format(
                file=file, names=", ".join(f"'{grid.name}'" for grid in tables)
            ),
            _("Name one with --sheet, or keep only that one in the file."),
        )
    return tables[0]


def _named(file: str, grids: Sequence[Grid], sheet: str) -> Grid:
    for grid in grids:
        if _plain(grid.name) == _plain(sheet):
            return grid
    raise TableError(
        _("'{file}' has no sheet '{name}'.").format(file=file, name=sheet),
        _("Its sheets are: {names}.").format(names=", ".join(f"'{g.name}'" for g in grids)),
    )


def _own(grids: Sequence[Grid], shown: Sequence[Grid]) -> Grid | None:
    """The candidates of a workbook that tansaku wrote."""
    for grid in grids:
        if grid.hidden and grid.name == OWN_SHEET and len(grid.rows) > 1:
            title = str((grid.rows[1] + [None, None])[1])
            return next((each for each in shown if each.name == title), None)
    return None


def _holds_table(grid: Grid) -> bool:
    """Whether there are names over at least two columns and a number below them."""
    try:
        layout = lay_out(grid, grid.name)
    except TableError:
        return False
    return len(layout.columns) > 1 and any(
        not isinstance(cell, str) or written(cell) is not None
        for row in layout.rows
        for cell in row
        if not is_empty(cell)
    )


def _has(grid: Grid, wanted: Sequence[str]) -> bool:
    """Whether a sheet has columns of these names, or columns of which they are parts."""
    layout = lay_out(grid, grid.name)
    missing = {name.strip() for name in wanted} - set(layout.names)
    for j, whole in enumerate(layout.names):
        if any(name.startswith(f"{whole} ") for name in missing):
            missing -= parts_of(whole, [row[j] for row in layout.rows]).keys()
    return not missing


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()
