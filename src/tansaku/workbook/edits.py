"""Workbook edits: what a person changed in an exported workbook -> new results and corrections.

Every cell is compared with what was exported (the hidden sheet keeps it), so that only edits change
something, whatever happened to the campaign meanwhile; reading the same file again does nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd

from tansaku.errors import CellError, TableError
from tansaku.language import _
from tansaku.tables.cells import is_empty, read_column
from tansaku.tables.details import status_of
from tansaku.tables.grids import Grid, Uncomputed, address
from tansaku.tables.reading import MISSING, CellReading
from tansaku.workbook.manifest import READ_BACK, Manifest
from tansaku.workbook.pages import WRITTEN_DETAILS

SAME: Final = 1e-12
"""Relative difference up to which a number is unchanged: spreadsheets keep 15 to 17 digits."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row with its cells.

    Attributes:
        page: ``data``, ``suggestions`` or ``weighing``.
        id: Of the measurement or the suggestion; empty in a new row.
        cells: {key: what was read}, of filled cells.
        places: {key: address}, with the sheet's name.
        changed: Keys of the cells that differ from what was exported.
    """

    page: str
    id: str
    cells: Mapping[str, CellReading]
    places: Mapping[str, str]
    changed: tuple[str, ...] = ()

    def text(self, key: str) -> str:
        """The text of a cell; empty where there is none."""
        cell = self.cells.get(key)
        return "" if cell is None else cell.text


@dataclass(frozen=True, slots=True)
class Edits:
    """What was changed.

    Attributes:
        changed: Rows of the sheet of results in which something differs.
        added: New rows of that sheet.
        answered: Suggestions with a result or a status.
        weighed: {suggestion: {precursor: grams}}.
        gone: Ids of results whose rows are no longer there.
    """

    changed: tuple[Entry, ...] = ()
    added: tuple[Entry, ...] = ()
    answered: tuple[Entry, ...] = ()
    weighed: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    gone: tuple[str, ...] = ()


def edits_of(file: str, grids: Sequence[Grid], manifest: Manifest) -> Edits:
    """What differs between a workbook and what was exported.

    Raises:
        TableError: a sheet or a column is gone.
        CellError: a locked cell was changed, an id is unknown or stands twice, a formula has no
            value, a number cannot be read; names the cell.
    """
    pages = {
        key: _entries(file, _sheet(file, grids, manifest, key), key, manifest)
        for key in READ_BACK
        if key in manifest.titles
    }
    data, added = _compared(pages["data"], manifest)
    suggestions, new = _compared(pages["suggestions"], manifest)
    if new:
        raise _locked(new[0], "id", _("a suggestion without id"))
    there = {entry.id for entry in pages["data"]}
    return Edits(
        changed=tuple(entry for entry in data if entry.changed),
        added=tuple(added),
        answered=tuple(entry for entry in suggestions if _says_something(entry)),
        weighed=_weighed(pages.get("weighing", []), manifest),
        gone=tuple(i for i in _exported(manifest, "data") if i not in there),
    )


def _sheet(file: str, grids: Sequence[Grid], manifest: Manifest, key: str) -> Grid:
    title = manifest.titles[key]
    for grid in grids:
        if grid.name == title:
            return grid
    raise TableError(
        _("'{file}' has lost its sheet '{sheet}'.").format(file=file, sheet=title),
        _("Export the workbook again and fill in the new one."),
    )


def _entries(file: str, grid: Grid, page: str, manifest: Manifest) -> list[Entry]:
    """The rows of a sheet, whatever their order and that of the columns."""
    header = [str(cell).strip() if cell is not None else "" for cell in (grid.rows or [[]])[0]]
    keys = manifest.keys[page]
    lost = [name for name in keys if name not in header]
    if lost:
        raise TableError(
            _("The sheet '{sheet}' of '{file}' has lost its column '{name}'.").format(
                sheet=grid.name, file=file, name=lost[0]
            ),
            _("Export the workbook again and fill in the new one."),
        )
    columns = {keys[name]: header.index(name) for name in keys}
    rows = [i for i, row in enumerate(grid.rows) if i and not all(map(is_empty, row))]
    read = {key: _column(grid, rows, j, key, header[j]) for key, j in columns.items()}
    entries = []
    for place, i in enumerate(rows):
        cells = {key: column[place] for key, column in read.items() if column[place] != MISSING}
        places = {
            key: _("{cell} of sheet '{sheet}'").format(cell=address(i, j), sheet=grid.name)
            for key, j in columns.items()
        }
        if cells:
            id_cell = cells.get("id")
            entries.append(Entry(page, "" if id_cell is None else id_cell.text, cells, places))
    return entries


def _column(grid: Grid, rows: Sequence[int], column: int, key: str, name: str) -> list[CellReading]:
    """The cells of a column as numbers, or as text where texts belong."""
    raw = [grid.rows[i][column] if column < len(grid.rows[i]) else None for i in rows]
    for i, cell in zip(rows, raw, strict=True):
        if isinstance(cell, Uncomputed):
            raise CellError(
                _("Cell {cell} of sheet '{sheet}' holds a formula without a stored value.").format(
                    cell=address(i, column), sheet=grid.name
                ),
                _("Open the workbook in Excel and save it, or paste the value."),
            )
    if not _is_number(key):
        return [_as_text(cell) for cell in raw]
    reading = read_column(pd.Series(raw, dtype="object", name=name))
    if reading.complaints and not key.startswith("input:"):
        place = next(iter(reading.complaints))
        complaint, hint = reading.complaints[place]
        raise CellError(
            _("Cell {cell} of sheet '{sheet}': {complaint}.").format(
                cell=address(rows[place], column), sheet=grid.name, complaint=complaint
            ),
            hint,
        )
    return list(reading.cells)


def _is_number(key: str) -> bool:
    return key.partition(":")[0] in ("input", "value", "sd", "pool_row", "weighed", "grams") or (
        key.partition(":")[0] in ("mean", "low", "high")
    )


def _as_text(cell: Any) -> CellReading:
    if is_empty(cell):
        return MISSING
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return CellReading("text", text=str(cell).strip())


def _exported(manifest: Manifest, page: str) -> dict[str, Mapping[str, Any]]:
    return {str(row.get("id")): row for row in manifest.rows[page]}


def _compared(entries: Sequence[Entry], manifest: Manifest) -> tuple[list[Entry], list[Entry]]:
    """Rows that were exported, with the keys of their changed cells; and new rows."""
    if not entries:
        return [], []
    page = entries[0].page
    known = _exported(manifest, page)
    old: dict[str, Entry] = {}
    new: list[Entry] = []
    for entry in entries:
        if not entry.id:
            new.append(entry)
            continue
        if entry.id not in known or entry.id in old:
            said = (
                _("'{id}' stands twice")
                if entry.id in old
                else _("'{id}' was not exported with this file")
            )
            raise _locked(entry, "id", said.format(id=entry.id))
        old[entry.id] = _with_changes(entry, known[entry.id], manifest)
    return list(old.values()), new


def _with_changes(entry: Entry, exported: Mapping[str, Any], manifest: Manifest) -> Entry:
    changed = []
    for key in manifest.keys[entry.page].values():
        before = read_exported(key, exported.get(key))
        if same_cell(key, before, entry.cells.get(key, MISSING)):
            continue
        if not _is_entry(key):
            raise _locked(entry, key, _("it was '{text}'").format(text=before.text))
        changed.append(key)
    return Entry(entry.page, entry.id, entry.cells, entry.places, tuple(changed))


def _is_entry(key: str) -> bool:
    return key.startswith(("value:", "sd:")) or key in (*WRITTEN_DETAILS, "weighed")


def read_exported(key: str, value: Any) -> CellReading:
    """A cell as it was exported, read as one of the sheet is."""
    if value is None:
        return MISSING
    if not _is_number(key):
        return _as_text(value)
    if type(value) in (int, float):  # nearly all cells; a column for each would take its time
        return CellReading("number", float(value), text=f"{value:.15g}")
    return read_column(pd.Series([value], dtype="object")).cells[0]


def same_cell(key: str, one: CellReading, other: CellReading) -> bool:
    """Whether two cells say the same.

    Example:
        >>> a, b = CellReading("number", 0.3, text="0.3"), CellReading("number", 0.1 + 0.2)
        >>> same_cell("value:y", a, b)
        True
    """
    if key == "status":
        return status_of(one.text or "ok") == status_of(other.text or "ok")
    if one.value is None or other.value is None:
        return one.text == other.text and one.kind == other.kind
    if (one.limit, one.sd) != (other.limit, other.sd):
        return False
    return abs(one.value - other.value) <= SAME * max(abs(one.value), abs(other.value))


def _says_something(entry: Entry) -> bool:
    """Whether a suggestion was answered: with a value or a status; a note alone is none."""
    status = status_of(entry.text("status")) if entry.text("status") else None
    return status == "failed" or any(
        key.startswith("value:") and cell.is_result for key, cell in entry.cells.items()
    )


def _weighed(entries: Sequence[Entry], manifest: Manifest) -> dict[str, dict[str, float]]:
    """Grams that were weighed, by suggestion and precursor."""
    known = {
        (str(row["id"]), str(row["precursor"])): row for row in manifest.rows.get("weighing", ())
    }
    found: dict[str, dict[str, float]] = {}
    for entry in entries:
        key = (entry.id, entry.text("precursor"))
        if key not in known:
            raise _locked(entry, "precursor", _("this line was not exported with this file"))
        compared = _with_changes(entry, known[key], manifest)
        mass = compared.cells.get("weighed")
        if mass is not None and mass.value is not None:
            found.setdefault(entry.id, {})[key[1]] = mass.value
    return found


def _locked(entry: Entry, key: str, why: str) -> CellError:
    return CellError(
        _("Cell {cell} was changed, which is locked: {why}.").format(
            cell=entry.places[key], why=why
        ),
        _("Put back what stood there. A sample that is not listed goes into a new row of results."),
    )
