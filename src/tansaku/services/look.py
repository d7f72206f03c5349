"""look: what was understood of a table file, before anything is made of it or stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, InstanceOf

from tansaku.campaign.table_proposal import (
    TableProposal,
    as_read,
    proposed,
    refuse_unconfirmed,
)
from tansaku.language import joined
from tansaku.space import Comma
from tansaku.spec import Answer
from tansaku.tables.understood import CellSeen, ColumnSeen


def _is_nothing(value: object) -> bool:
    """What a cell does not have is not told."""
    return not value


class CellReport(Answer):
    """A cell that is no plain number, and what was read in it.

    Attributes:
        cell: Its address, as in ``C5``.
        text: What stands there.
        value: The number; left out where there is none.
        limit: On which side of the value the truth lies.
        why: Why it could not be read.
    """

    cell: str
    text: str
    value: float | None = Field(default=None, exclude_if=lambda value: value is None)
    limit: Literal["below", "above"] | None = Field(default=None, exclude_if=_is_nothing)
    sd: float | None = Field(default=None, exclude_if=_is_nothing)
    unit: str = Field(default="", exclude_if=_is_nothing)
    why: str = Field(default="", exclude_if=_is_nothing)

    @classmethod
    def of(cls, each: CellSeen) -> CellReport:
        """The report on a cell."""
        read = each.reading
        return cls(
            cell=each.address,
            text=read.text,
            value=read.value if read.kind == "number" else None,
            limit=read.limit or None,
            sd=read.sd,
            unit=read.unit,
            why=each.complaint,
        )


class ColumnReport(Answer):
    """A column as it was understood: ``tansaku.tables.understood.ColumnSeen`` says what each field
    is."""

    name: str
    place: str
    role: str
    reason: str
    unit: str | None
    numbers: int
    low: float | None
    high: float | None
    texts: int
    choices: tuple[str, ...]
    limits: tuple[CellReport, ...]
    failed: tuple[CellReport, ...]
    missing: tuple[CellReport, ...]
    unreadable: tuple[CellReport, ...]
    special: tuple[CellReport, ...]
    goal: str | None
    scale: str | None

    @classmethod
    def of(cls, each: ColumnSeen) -> ColumnReport:
        """The report on a column."""
        plain = ("name", "place", "role", "reason", "numbers", "low", "high", "texts", "choices")
        cells = ("limits", "failed", "missing", "unreadable", "special")
        told: dict[str, Any] = {name: getattr(each, name) for name in plain}
        told |= {name: tuple(map(CellReport.of, getattr(each, name))) for name in cells}
        told |= {name: getattr(each, name) or None for name in ("unit", "goal", "scale")}
        return cls(**told)


class LeftOutLine(Answer):
    """A line of the file that is no row of the table."""

    line: int
    kind: str
    text: str


class CellComment(Answer):
    """What somebody has noted on a cell."""

    cell: str
    text: str


class TakenColumns(Answer):
    """What a campaign would take of a table.

    Attributes:
        details: {column: what it would tell of each measured row}.
        spread: {column: ``sd``, ``sem``, ``repeats`` or ``error``}; ``None`` without a target.
        command: The command that makes the campaign.
    """

    inputs: tuple[str, ...]
    formula: str | None
    target: str | None
    details: dict[str, str]
    spread: dict[str, str] | None
    command: str | None


class TableReport(Answer):
    """A table as it was understood, with every cell that is no plain number.

    Attributes:
        file: The file.
        sheet: Its sheet, of a workbook.
        sheets: All of its sheets.
        encoding: Of a text file.
        separator: Of a text file.
        header_lines: The lines with names of columns, from 1.
        rows: How many samples it has.
        columns: In order.
        left_out: Lines that are no rows.
        comments: On its cells.
        notices: What a person should know of how it was read.
        doubts: What is to be decided before a campaign is made as read.
        refusal: Why ``--as-read`` would make no campaign.
        taken: What a campaign would take.
    """

    file: Path
    sheet: str | None
    sheets: tuple[str, ...]
    encoding: str | None
    separator: str | None
    header_lines: tuple[int, ...]
    rows: int
    columns: tuple[ColumnReport, ...]
    left_out: tuple[LeftOutLine, ...]
    comments: tuple[CellComment, ...]
    notices: tuple[str, ...]
    doubts: tuple[str, ...]
    refusal: str | None
    taken: TakenColumns
    proposal: InstanceOf[TableProposal] = Field(exclude=True)


def look(path: Path, *, sheet: str | None = None, comma: Comma | None = None) -> TableReport:
    """Read a table and say what was understood; nothing is stored.

    The arguments and errors are those of
    :func:`~tansaku.campaign.table_proposal.proposed`.
    """
    found = proposed(path, sheet=sheet, comma=comma)
    seen, table, target = found.look, found.look.table, found.target
    left_out = table.layout.left_out
    return TableReport(
        file=path,
        sheet=table.grid.name or None,
        sheets=tuple(table.sheets),
        encoding=table.encoding or None,
        separator=table.separator or None,
        header_lines=tuple(line + 1 for line in table.layout.header),
        rows=len(table.layout.body),
        columns=tuple(map(ColumnReport.of, seen.columns)),
        left_out=tuple(LeftOutLine(line=e.line + 1, kind=e.kind, text=e.text) for e in left_out),
        comments=tuple(CellComment(cell=c.address, text=c.text) for c in seen.comments),
        notices=tuple(table.notices),
        doubts=tuple(joined(what, hint) for what, hint in found.doubts()),
        refusal=joined(*(found.refusal() or ("", ""))) or None,
        taken=TakenColumns(
            inputs=tuple(seen.inputs),
            formula=seen.formula,
            target=None if target is None else str(target),
            details={c.name: d for c in seen.columns if (d := found.detail(c))},
            spread=None if target is None else found.spread(),
            command=found.command,
        ),
        proposal=found,
    )


__all__ = ["TableProposal", "TableReport", "as_read", "look", "proposed", "refuse_unconfirmed"]
