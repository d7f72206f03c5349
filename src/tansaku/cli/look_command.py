"""The command that shows how a table was read: look."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from tansaku.cli.app import command
from tansaku.cli.shell import Shell
from tansaku.cli.terminal_tables import sheet as print_sheet
from tansaku.insight.figures import measured
from tansaku.language import _

if TYPE_CHECKING:
    from rich.console import Console

    from tansaku.services.look import TableProposal, TableReport
    from tansaku.space import Comma
    from tansaku.tables.understood import CellSeen, ColumnSeen

SHOWN: Final = 12
"""Cells of one kind that are listed; --json has them all."""

SHOWN_COLUMNS: Final = 300
"""Columns that are listed, more than anyone reads; spectra have thousands. --json has them all."""

SHOWN_CHOICES: Final = 5
"""Names of choices that stand in a row; --json has them all."""


class Decimal(StrEnum):
    """What --decimal takes."""

    POINT = "point"
    COMMA = "comma"


SheetOption = Annotated[
    str | None,
    typer.Option("--sheet", metavar="SHEET", help=_("The sheet of a workbook with several.")),
]
DecimalOption = Annotated[
    Decimal | None,
    typer.Option("--decimal", help=_("Which sign parts decimals, where the table leaves it open.")),
]


def meaning(decimal: Decimal | None) -> Comma | None:
    """What commas in numbers mean."""
    if decimal is None:
        return None
    return "decimal" if decimal is Decimal.COMMA else "thousands"


@command("look", _("Show how a table is read, cell by cell. Nothing is stored."))
def look(
    shell: Shell,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help=_("A .csv, .xlsx or .parquet table."))
    ],
    sheet: SheetOption = None,
    decimal: DecimalOption = None,
) -> None:
    """tansaku look FILE."""
    from tansaku.services.look import look as read

    found = read(file, sheet=sheet, comma=meaning(decimal))
    shell.note(found.notices)
    shell.show(found, lambda console: _render(console, found))


def _render(console: Console, report: TableReport) -> None:
    found = report.proposal
    _render_source(console, found)
    columns = found.look.columns[:SHOWN_COLUMNS]
    header = [
        "", _("column"), _("taken as"), _("unit"), _("range"), _("numbers"), _("limits"),
        _("failed"), _("no result"), _("unread"),
    ]  # fmt: skip
    rows = [
        [
            each.place,
            each.name,
            _("kept with a result") if _is_kept(found, each) else _role(each),
            each.unit or "-",
            _range(each),
            str(each.numbers),
            *(_count(part) for part in (each.limits, each.failed, each.missing, each.unreadable)),
        ]
        for each in columns
    ]
    words = (header[0], header[1], header[2], header[3], header[4])
    print_sheet(console, header, rows, words=words)
    console.print(_("Why:"))
    for each in columns:
        _line(console, f"  {each.place} {each.name}: {each.reason}")
    if more := len(found.look.columns) - len(columns):
        console.print(_("and {n} more; --json lists all").format(n=more))
    _render_cells(console, found.look.columns)
    if found.look.comments:
        console.print(_("Comments on cells; those of a row are kept as a note on its result:"))
        for comment in found.look.comments[:SHOWN]:
            _line(console, f"  {comment.address}: {' '.join(comment.text.split())}")
    _render_taken(console, report)


def _render_source(console: Console, found: TableProposal) -> None:
    table = found.look.table
    parts = [found.path.name]
    if table.grid.name:
        parts.append(_("sheet '{sheet}'").format(sheet=table.grid.name))
    if table.encoding:
        parts.append(table.encoding)
        name = {",": _("commas"), ";": _("semicolons"), "\t": _("tabs"), " ": _("blanks")}[
            table.separator
        ]
        parts.append(_("separated by {name}").format(name=name))
    parts.append(_("rows: {n}").format(n=len(table.layout.body)))
    parts.append(
        _("names in line {lines}").format(
            lines=", ".join(str(line + 1) for line in table.layout.header)
        )
    )
    _line(console, "; ".join(parts))


def _render_cells(console: Console, columns: Sequence[ColumnSeen]) -> None:
    """Every cell that is more or less than a plain number, by its address."""
    for heading, cells in (
        (_("Could not be read:"), [c for each in columns for c in each.unreadable]),
        (_("Limits:"), [c for each in columns for c in each.limits]),
        (_("Failed:"), [c for each in columns for c in each.failed]),
        (
            _("Words for no result:"),
            [c for each in columns for c in each.missing if c.reading.word],
        ),
        (_("Numbers in another notation:"), _other_notation(columns)),
    ):
        if cells:
            console.print(heading)
        for cell in cells[:SHOWN]:
            _line(console, f"  {cell.address}: {_said(cell)}")
        if len(cells) > SHOWN:
            _line(console, "  " + _("and {n} more; --json lists all").format(n=len(cells) - SHOWN))


def _other_notation(columns: Sequence[ColumnSeen]) -> list[CellSeen]:
    return [c for each in columns for c in each.special if not c.reading.limit]


def _said(cell: CellSeen) -> str:
    """What a cell says."""
    read = cell.reading
    if cell.complaint:
        return _("{complaint}. {hint}").format(complaint=cell.complaint, hint=cell.hint)
    if read.kind != "number" or read.value is None:
        return f"'{read.text}'"
    value = measured(read.value)
    if read.limit:
        value = _("below {value}") if read.limit == "below" else _("above {value}")
        value = value.format(value=measured(read.value))
    if read.sd is not None:
        value += f" ± {measured(read.sd)}"
    return f"'{read.text}' -> {value} {read.unit}".rstrip()


def _render_taken(console: Console, report: TableReport) -> None:
    """What a campaign would take, and what not."""
    found, look = report.proposal, report.proposal.look
    taken = {*look.inputs, look.formula, "" if look.result is None else look.result.name}
    spread = found.spread()
    doubtful = [name for name, kind in spread.items() if kind == "error"]
    details = [each.name for each in look.columns if found.detail(each) or each.name in spread]
    details = [name for name in details if name not in doubtful]
    used = {*taken, *details}
    rest = [each.name for each in look.columns if each.name not in used]
    if details:
        _line(console, _("Kept with each result: {names}.").format(names=", ".join(details)))
    if rest:
        _line(console, _("Would not be used: {names}.").format(names=", ".join(rest)))
    for name in doubtful:
        _line(
            console,
            _(
                "The column '{name}' may be a standard deviation or a standard error: say"
                " --sd TARGET='{name}' or --sem TARGET='{name}'."
            ).format(name=name),
        )
    doubts = report.doubts or ((report.refusal,) if report.refusal else ())
    if doubts:
        _line(console, _("Before a campaign can be made as read:"))
        for each in doubts:
            _line(console, f"  {each}")
        if found.command:
            _line(console, _("What was recognised, to be changed:"))
            _line(console, f"  {found.command}")
        return
    _line(console, _("A campaign as read (check it, and change what is wrong):"))
    _line(console, f"  {found.command}")
    file = shlex.quote(str(found.path))
    _line(console, _("The same in short:") + f" tansaku new {_('NAME')} --table {file} --as-read")


def _is_kept(found: TableProposal, each: ColumnSeen) -> bool:
    """Whether a column of no role would be kept with the results, such as phases."""
    return each.role == "other" and found.detail(each) is not None


def _role(each: ColumnSeen) -> str:
    word = {
        "formula": _("formula"),
        "composition": _("composition"),
        "process": _("process"),
        "input": _("input"),
        "result": _("result"),
        "sd": _("sd"),
        "sem": _("standard error"),
        "error": _("sd or standard error"),
        "repeats": _("number of measurements"),
        "status": _("status"),
        "date": _("date"),
        "operator": _("operator"),
        "batch": _("batch or run"),
        "note": _("note"),
        "id": _("sample id"),
        "other": _("not recognised"),
    }[each.role]
    return f"{word} ({each.goal}, {each.scale})" if each.goal else word


def _range(each: ColumnSeen) -> str:
    if each.choices:
        shown = ", ".join(each.choices[:SHOWN_CHOICES])
        return shown + (" …" if len(each.choices) > SHOWN_CHOICES else "")
    if each.low is None or each.high is None:
        return "-"
    if each.low == each.high:
        return measured(each.low)
    return _("{low} to {high}").format(low=measured(each.low), high=measured(each.high))


def _count(cells: Sequence[CellSeen]) -> str:
    return str(len(cells)) if cells else "-"


def _line(console: Console, text: str) -> None:
    console.print(text, soft_wrap=True)
