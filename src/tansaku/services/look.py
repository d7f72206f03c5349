"""look: what was understood of a table file, before anything is made of it or stored."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tansaku.errors import TableError, UsageError
from tansaku.language import _
from tansaku.space import Goal, Scale, Target

if TYPE_CHECKING:
    from tansaku.tables.commas import Comma
    from tansaku.tables.look import CellSeen, ColumnSeen, Look


@dataclass(frozen=True, slots=True)
class Seen:
    """A table as it was understood, and what a campaign would take of it.

    Attributes:
        path: The file.
        look: What was understood.
    """

    path: Path
    look: Look

    @property
    def target(self) -> Target | None:
        """The target that would be taken; ``None`` where no column looks like a result."""
        result = self.look.result
        if result is None:
            return None
        return Target(name=result.name, goal=Goal(result.goal), scale=Scale(result.scale))

    @property
    def command(self) -> str | None:
        """The command that makes a campaign of it; ``None`` where inputs or target are missing."""
        parts = self.options()
        if parts is None:
            return None
        return f"tansaku new {_('NAME')} " + shlex.join(["--table", str(self.path), *parts])

    def options(self) -> list[str] | None:
        """``--inputs``, ``--formula`` and ``--target`` as a person would write them."""
        target, inputs, formula = self.target, self.look.inputs, self.look.formula
        if target is None or not (inputs or formula):
            return None
        named = (
            ["--inputs", ",".join(map(_quoted, inputs))] if inputs else ["--formula", str(formula)]
        )
        return [*named, "--target", str(target)]

    def detail(self, column: ColumnSeen) -> str | None:
        """What a column that is neither input nor target would tell of each measured row."""
        from tansaku.tables.details import detail_of  # on demand: tables bring pandas

        taken = (*self.look.inputs, self.look.formula, self.target and self.target.name)
        return None if column.name in taken else detail_of(column.name)

    def document(self) -> dict[str, Any]:
        """``{"file", "sheet", "sheets", "encoding", "separator", "header_lines", "rows", "columns",
        "left_out", "comments", "notices", "taken"}``; each column has its name, place, role,
        reason, unit, range, counts and every cell that is no plain number, with its address."""
        look, table = self.look, self.look.table
        target = self.target
        return {
            "file": str(self.path),
            "sheet": table.grid.name or None,
            "sheets": list(table.sheets),
            "encoding": table.encoding or None,
            "separator": table.separator or None,
            "header_lines": [line + 1 for line in table.layout.header],
            "rows": len(table.layout.body),
            "columns": [_column(each) for each in look.columns],
            "left_out": [
                {"line": each.line + 1, "kind": each.kind, "text": each.text}
                for each in table.layout.left_out
            ],
            "comments": [{"cell": c.address, "text": c.text} for c in look.comments],
            "notices": list(table.notices),
            "taken": {
                "inputs": list(look.inputs),
                "formula": look.formula,
                "target": None if target is None else str(target),
                "details": {c.name: d for c in look.columns if (d := self.detail(c))},
                "command": self.command,
            },
        }


def look(path: Path, *, sheet: str | None = None, comma: Comma | None = None) -> Seen:
    """Read a table and say what was understood; nothing is stored.

    Args:
        path: A .csv or .xlsx file.
        sheet: The sheet of a workbook, where several hold tables.
        comma: What commas in numbers mean, where the columns do not tell.

    Raises:
        StoreError: the file cannot be opened.
        TableError, CellError: it holds no table that can be read.
    """
    from tansaku.tables.look import look_at  # on demand: tables bring pandas
    from tansaku.tables.read import laid_out

    return Seen(path, look_at(laid_out(path, sheet=sheet, comma=comma)))


def as_read(
    path: Path, *, sheet: str | None = None, comma: Comma | None = None
) -> tuple[Sequence[str], str | None, Target]:
    """Inputs, formula column and target that a campaign would take of a table.

    Raises:
        TableError: no column looks like an input or a result, or cells cannot be read.
    """
    seen = look(path, sheet=sheet, comma=comma)
    target = seen.target
    if target is None or seen.options() is None:
        raise TableError(
            _("In '{file}' no columns were found that look like inputs and a result.").format(
                file=path.name
            ),
            _("'tansaku look {file}' shows what was read. Name --inputs and --target.").format(
                file=path
            ),
        )
    return seen.look.inputs, seen.look.formula, target


def refuse_unconfirmed(path: Path, *, sheet: str | None, comma: Comma | None) -> UsageError:
    """The answer to ``new --table`` without inputs and target: what would be taken, and how to
    say yes to it."""
    seen = look(path, sheet=sheet, comma=comma)
    options = seen.options()
    if options is None:
        return UsageError(
            _("No --inputs are given, and none were recognised in '{file}'.").format(
                file=path.name
            ),
            _("'tansaku look {file}' shows what was read. Name --inputs and --target.").format(
                file=path
            ),
        )
    return UsageError(
        _("No --inputs and --target are given. As read, '{file}' means: {options}.").format(
            file=path.name, options=shlex.join(options)
        ),
        _(
            "Say --as-read to take that, or name the columns. 'tansaku look {file}' shows"
            " what was read."
        ).format(file=path),
    )


def _quoted(name: str) -> str:
    """A name for a list with commas."""
    return f'"{name}"' if "," in name else name


def _column(each: ColumnSeen) -> dict[str, Any]:
    return {
        "name": each.name,
        "place": each.place,
        "role": each.role,
        "reason": each.reason,
        "unit": each.unit or None,
        "numbers": each.numbers,
        "low": each.low,
        "high": each.high,
        "texts": each.texts,
        "limits": [_cell(c) for c in each.limits],
        "failed": [_cell(c) for c in each.failed],
        "missing": [_cell(c) for c in each.missing],
        "unreadable": [_cell(c) for c in each.unreadable],
        "special": [_cell(c) for c in each.special],
        "goal": each.goal or None,
        "scale": each.scale or None,
    }


def _cell(each: CellSeen) -> dict[str, Any]:
    found: dict[str, Any] = {"cell": each.address, "text": each.reading.text}
    if each.reading.kind == "number":
        found["value"] = each.reading.value
    more = {
        "limit": each.reading.limit,
        "sd": each.reading.sd,
        "unit": each.reading.unit,
        "why": each.complaint,
    }
    return found | {key: value for key, value in more.items() if value}
