"""The weighing sheet as a workbook to fill in, the filled-in sheet, and the table of the shelf."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tansaku.campaign.history.records import Suggestion
from tansaku.chem.achieved import Achieved
from tansaku.chem.precursor_masses import WeighOut
from tansaku.errors import TableError, WeighingError
from tansaku.language import _
from tansaku.weighing.weigh_texts import assumptions, handling_lines, shown_share

if TYPE_CHECKING:
    import pandas as pd
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

ENTRY_COLUMN: Final = 5
"""The column of the workbook into which the weighed masses go, counted from 1."""

ENTRY_COLOUR: Final = "FFF2CC"
"""Fill of the cells to write in: a pale yellow, which also prints."""

_PLAIN: Final = ("", "%", "g")
"""Units that a number of a shelf or a weighing sheet may have."""

SHELF_COLUMNS: Final = ("precursor", "purity", "loi", "stock")


def as_xlsx(
    formula: str,
    sheet: WeighOut,
    weighed: Mapping[str, float] | None,
    found: Achieved,
    made_for: Suggestion | None = None,
) -> bytes:
    """A workbook: the masses with yellow cells for what was weighed, and the composition, with the
    settings of the suggestion that it is for."""
    from openpyxl import Workbook  # on demand: it takes as long as all else here

    book = Workbook()
    first = book.worksheets[0]
    first.title = " ".join([_("weighing"), made_for.id if made_for else ""]).strip()
    _fill_masses(first, sheet, weighed)
    _fill_composition(book, formula, sheet, found, made_for)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def shelf_lines(path: Path) -> Iterator[tuple[int, str]]:
    """(line of the sheet, text of a precursor) for each bottle of a shelf.

    Raises:
        TableError: no column ``precursor``, or a column of another name.
    """
    from tansaku.tables import read_table  # on demand: it loads pandas

    frame = read_table(path)
    columns = [str(name) for name in frame.columns]
    strange = [name for name in columns if name not in (*SHELF_COLUMNS, "note")]
    if "precursor" not in columns or strange:
        raise TableError(
            _("The columns of '{file}' are {columns}.").format(
                file=path.name, columns=", ".join(columns)
            ),
            _("A shelf has the column precursor, and, where known, purity, loi, stock, note."),
        )
    texts = {name: _numbers_in_text(frame[name]) for name in columns}
    for place, label in enumerate(frame.index):
        cells = {name: column[place] for name, column in texts.items()}
        if cells["precursor"]:
            options = [f":{key}={cells[key]}" for key in SHELF_COLUMNS[1:] if cells.get(key)]
            yield int(label) + 2, cells["precursor"] + "".join(options)


def filled_in(path: Path) -> dict[str, float]:
    """Grams by precursor from a workbook that :func:`as_xlsx` made and a person filled in.

    Raises:
        TableError: the file is none of these.
        WeighingError: a mass is missing or no number.
    """
    from tansaku.chem.precursors import grams
    from tansaku.tables import read_table  # on demand: it loads pandas

    frame = read_table(path, sheet=0)
    if frame.shape[1] < ENTRY_COLUMN:
        raise TableError(
            _("'{file}' is no weighing sheet: it has {n} columns.").format(
                file=path.name, n=frame.shape[1]
            ),
            _("Fill in the workbook that 'tansaku weigh ... --out sheet.xlsx' wrote."),
        )
    found: dict[str, float] = {}
    entries = _numbers_in_text(frame.iloc[:, ENTRY_COLUMN - 1])
    for name, entry in zip(map(_text, frame.iloc[:, 0]), entries, strict=True):
        if name and entry:
            found[name] = grams(entry, _("weighed mass of {name}").format(name=name))
    if not found:
        raise WeighingError(
            _("'{file}' holds no weighed masses.").format(file=path.name),
            _("Fill in the yellow cells."),
        )
    return found


def written_for(path: Path) -> str | None:
    """The formula that a workbook of :func:`as_xlsx` was written for; None where it names none."""
    from openpyxl import load_workbook  # on demand, as above

    book = load_workbook(path, read_only=True)
    try:
        pages = book.worksheets[1:]
        cells = next(pages[0].iter_rows(max_row=1, values_only=True), ()) if pages else ()
    finally:
        book.close()
    return _text(cells[1]) or None if len(cells) > 1 else None


def _numbers_in_text(column: pd.Series) -> list[str]:
    """The cells of a column, their numbers read as in any table and written plainly; what is more
    than a number, a share or a mass in grams stays as it is, for its error to name it."""
    from tansaku.tables.cells import read_column  # on demand: it loads pandas

    reading = read_column(column)
    return [
        f"{cell.value:.15g}{cell.unit.replace('g', '')}"
        if cell.value is not None and not cell.limit and cell.sd is None and cell.unit in _PLAIN
        else _text(raw)
        for cell, raw in zip(reading.cells, column, strict=True)
    ]


def _text(cell: object) -> str:
    """A cell as text; empty where nothing is in it."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    return repr(cell) if isinstance(cell, float) else str(cell).strip()


def _put(page: Worksheet, row: int, column: int, value: str | float | None) -> Any:
    cell = page.cell(row=row, column=column, value=value)
    if isinstance(value, str):
        cell.data_type = "s"  # text stays text, also behind a "="
    return cell


def _fill_masses(page: Worksheet, sheet: WeighOut, weighed: Mapping[str, float] | None) -> None:
    from openpyxl.styles import Border, Font, PatternFill, Protection, Side
    from openpyxl.worksheet.datavalidation import DataValidation

    header = [
        _("precursor"), _("purity"), _("loss on ignition"), _("to weigh [g]"), _("weighed [g]"),
        _("bottle, lot"), _("remarks"),
    ]  # fmt: skip
    for column, text in enumerate(header, start=1):
        _put(page, 1, column, text).font = Font(bold=True)
        page.column_dimensions[chr(ord("A") + column - 1)].width = 18
    thin = Side(style="thin", color="999999")
    digits = "0." + "0" * max(-int(Decimal(repr(sheet.balance)).normalize().as_tuple().exponent), 1)
    for row, (each, grams) in enumerate(zip(sheet.precursors, sheet.rounded, strict=True), start=2):
        actual = None if weighed is None else weighed[each.name]
        cells: list[str | float | None] = [
            each.name,
            each.purity,
            each.loss_on_ignition,
            grams,
            actual,
            None,
            None,
        ]
        for column, value in enumerate(cells, start=1):
            cell = _put(page, row, column, value)
            cell.border = Border(left=thin, right=thin, top=thin, bottom=thin)
            if column >= ENTRY_COLUMN:
                cell.fill = PatternFill("solid", fgColor=ENTRY_COLOUR)
                cell.protection = Protection(locked=False)
        for column in (2, 3):
            page.cell(row=row, column=column).number_format = "0.0##%"
        for column in (4, ENTRY_COLUMN):
            page.cell(row=row, column=column).number_format = digits
    allowed = DataValidation(
        type="decimal",
        operator="greaterThanOrEqual",
        formula1="0",
        allow_blank=True,
        showErrorMessage=True,
        errorTitle=_("weighed [g]"),
        error=_("Give grams as a number."),
    )
    page.add_data_validation(allowed)
    letter = chr(ord("A") + ENTRY_COLUMN - 1)
    allowed.add(f"{letter}2:{letter}{len(sheet.precursors) + 1}")
    page.freeze_panes = "B2"
    _to_print(page)


def _fill_composition(
    book: Workbook, formula: str, sheet: WeighOut, found: Achieved, made_for: Suggestion | None
) -> None:
    from openpyxl.styles import Alignment, Font

    page = book.create_sheet(_("composition"))
    head: list[tuple[str, str | float | None]] = [
        (_("formula"), formula),
        (_("batch, fired [g]"), sheet.mass),
        (_("precursors, total [g]"), sheet.total),
        (_("excess"), ", ".join(f"{el} {shown_share(x)}" for el, x in sheet.excess.items()) or "-"),
        (_("composition error"), found.error),
        (_("operator"), None),
        (_("date"), None),
    ]
    if made_for is not None:
        head += [(_("sample"), made_for.called), *made_for.inputs.items()]
        head += [(_("furnace run"), made_for.run)] if made_for.run else []
    for row, (name, value) in enumerate(head, start=1):
        _put(page, row, 1, name).font = Font(bold=True)
        _put(page, row, 2, value).alignment = Alignment(horizontal="left")
    page.cell(row=5, column=2).number_format = "0.000%"
    start = len(head) + 2
    titles = [_("element"), _("target"), _("with excess"), _("achieved"), _("± sd (balance)")]
    for column, text in enumerate(titles, start=1):
        _put(page, start, column, text).font = Font(bold=True)
    row = start
    for element, amount in sheet.target.amounts.items():
        row += 1
        wanted = amount * (1 + sheet.excess.get(element, 0.0))
        values: list[str | float] = [
            element,
            amount,
            wanted,
            found.amounts[element],
            found.sd[element],
        ]
        for column, value in enumerate(values, start=1):
            cell = _put(page, row, column, value)
            if column > 1:
                cell.number_format = "0.00000"
    for text in (*assumptions(sheet), *handling_lines(sheet)):
        row += 1
        _put(page, row + 1, 1, text)
    page.column_dimensions["A"].width = 26
    for letter in "BCDE":
        page.column_dimensions[letter].width = 16
    _to_print(page)


def _to_print(page: Worksheet) -> None:
    """On A4, as wide as the paper."""
    from openpyxl.worksheet.properties import PageSetupProperties

    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = "9"  # A4 (ECMA-376, 18.3.1.63)
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
