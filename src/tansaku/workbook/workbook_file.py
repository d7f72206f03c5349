"""Workbook file: pages -> an .xlsx file with locked ids and marked cells for entries."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from tansaku.language import _
from tansaku.weighing.weigh_table import ENTRY_COLOUR
from tansaku.workbook.pages import Cell, Page, status_words

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

WIDEST: Final = 40
"""Characters of a column's width: a formula fits, a long note goes on in the line above."""

_ROWS_FOR_WIDTH: Final = 100


def as_workbook(
    campaign: str,
    pages: Sequence[Page],
    manifest: Sequence[Sequence[Cell]],
    *,
    hidden: str,
) -> bytes:
    """The content of the .xlsx file.

    Args:
        campaign: Its name.
        pages: The sheets.
        manifest: The cells of the hidden sheet.
        hidden: The name of that sheet.
    """
    from openpyxl import Workbook  # on demand: it takes as long as all else here

    book = Workbook()
    book.remove(book.worksheets[0])
    for page in pages:
        _fill(book, page)
    _fill_readme(book, campaign, pages)
    sheet = book.create_sheet(hidden)
    for i, row in enumerate(manifest, start=1):
        for j, value in enumerate(row, start=1):
            put(sheet, i, j, value)
    sheet.sheet_state = "veryHidden"
    book.properties.title = campaign
    book.properties.creator = "tansaku"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def put(sheet: Worksheet, row: int, column: int, value: Cell) -> Any:
    """Write a cell; text stays text, also behind a "=" and when somebody edits the cell."""
    cell = sheet.cell(row=row, column=column, value=value)
    if isinstance(value, str):
        cell.data_type = "s"
        cell.quotePrefix = _looks_like_formula(value)
    return cell


def _looks_like_formula(text: str) -> bool:
    from tansaku.tables.escape import FORMULA_SIGNS  # on demand: tables bring pandas

    return text.startswith(FORMULA_SIGNS)


def _fill(book: Workbook, page: Page) -> None:
    from openpyxl.styles import Font, PatternFill, Protection

    sheet = book.create_sheet(page.title)
    marked = PatternFill("solid", fgColor=ENTRY_COLOUR)
    free = Protection(locked=False)
    for j, column in enumerate(page.columns, start=1):
        put(sheet, 1, j, column.header).font = Font(bold=True)
        for i, row in enumerate(page.rows, start=2):
            cell = put(sheet, i, j, row.get(column.key))
            if column.entry and not (page.key == "data" and column.key.startswith("input:")):
                cell.fill, cell.protection = marked, free
        for i in range(len(page.rows) + 2, len(page.rows) + 2 + page.blank):
            if column.entry:
                cell = sheet.cell(row=i, column=j)
                cell.fill, cell.protection = marked, free
    _set_widths(sheet, page)
    _offer_statuses(sheet, page)
    sheet.freeze_panes = "B2"
    if page.key != "candidates":
        sheet.protection.sheet = True  # without a password: a reminder, and no lock
        for allowed in ("formatCells", "formatColumns", "formatRows", "sort", "autoFilter"):
            setattr(sheet.protection, allowed, False)


def _set_widths(sheet: Worksheet, page: Page) -> None:
    from tansaku.tables.grids import letter

    for j, column in enumerate(page.columns):
        texts = [
            column.header,
            *(str(r.get(column.key) or "") for r in page.rows[:_ROWS_FOR_WIDTH]),
        ]
        widest = max(sum(1 + (ord(c) > 0x2E7F) for c in text) for text in texts)
        sheet.column_dimensions[letter(j)].width = min(max(widest + 2, 8), WIDEST)


def _offer_statuses(sheet: Worksheet, page: Page) -> None:
    """A list to choose the status from."""
    from openpyxl.worksheet.datavalidation import DataValidation

    from tansaku.tables.grids import letter

    keys = [column.key for column in page.columns]
    if "status" not in keys or not (page.rows or page.blank):
        return
    offered = DataValidation(
        type="list",
        formula1='"' + ",".join(status_words().values()) + '"',
        allow_blank=True,
        showErrorMessage=True,
        errorTitle=_("status"),
        error=_("Choose one of the words in the list."),
    )
    sheet.add_data_validation(offered)
    where = letter(keys.index("status"))
    offered.add(f"{where}2:{where}{len(page.rows) + page.blank + 1}")


def _fill_readme(book: Workbook, campaign: str, pages: Sequence[Page]) -> None:
    from openpyxl.styles import Alignment, Font

    titles = {page.key: page.title for page in pages}
    lines = [
        _("tansaku: campaign {name}").format(name=campaign),
        "",
        _("Yellow cells are for you; the others are locked, so that nothing is lost."),
        _("Sheet '{sheet}': every result so far. Correct it there, or add rows below.").format(
            sheet=titles["data"]
        ),
        _("Sheet '{sheet}': the samples to make next. Write what came out beside them.").format(
            sheet=titles["suggestions"]
        ),
        _("Sheet '{sheet}': all candidates, for reading.").format(sheet=titles["candidates"]),
    ]
    if "weighing" in titles:
        lines.append(
            _("Sheet '{sheet}': what to weigh; write what you really weighed.").format(
                sheet=titles["weighing"]
            )
        )
    lines += [
        "",
        _("A limit is written as <1e-8 or >10. A sample that failed needs only its status."),
        _("Then save the file and run: tansaku record {name} FILE.xlsx").format(name=campaign),
        _("Only your edits change something; the same file may be read again without harm."),
    ]
    sheet = book.create_sheet(_("readme"))
    for i, text in enumerate(lines, start=1):
        cell = put(sheet, i, 1, text or None)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.cell(row=1, column=1).font = Font(bold=True, size=14)
    sheet.column_dimensions["A"].width = 100
