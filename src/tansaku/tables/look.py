"""Look: what was understood of a table, column by column and cell by cell; nothing is decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tansaku.language import _
from tansaku.tables.cells import DECIMAL_ATTRIBUTE, is_plain_number, read_column
from tansaku.tables.choices import are_choices, is_a_name, spellings_in
from tansaku.tables.commas import Comma
from tansaku.tables.details import detail_of
from tansaku.tables.grids import Uncomputed, address
from tansaku.tables.read import Table
from tansaku.tables.reading import CellReading
from tansaku.tables.role_words import Role
from tansaku.tables.roles import HALF, Seen, is_setting, roles_of, wanted_of
from tansaku.tables.shapes import lies_on_its_side, repeats_among

NUMERIC_ROLES: Final = (
    "composition",
    "process",
    "input",
    "result",
    "sd",
    "sem",
    "error",
    "repeats",
)
"""Roles of columns in which a text is a cell that could not be read."""

INPUT_ROLES: Final = ("composition", "process", "input")


@dataclass(frozen=True, slots=True)
class CellSeen:
    """One cell that is more, or less, than a plain number.

    Attributes:
        address: As in ``C5``.
        reading: What was understood.
        complaint: Why it could not be read; empty where it could.
        hint: What to do then.
    """

    address: str
    reading: CellReading
    complaint: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ColumnSeen:
    """One column as it was understood.

    Attributes:
        name: Its whole name.
        place: Its letters.
        role: What it probably is.
        reason: Why.
        unit: Of its header or its cells; empty where there is none.
        numbers: How many cells hold a plain number.
        low: The smallest number, limits left out; ``None`` where there is none.
        high: The largest.
        limits: Cells with a limit.
        failed: Cells that say that a sample failed.
        missing: Addresses of cells without a result.
        unreadable: Cells that need a number and hold none.
        texts: How many cells hold a text where texts are in place.
        special: Numbers that are written otherwise than plainly (``1.2×10⁻⁴``), and comments.
        usable: Whether it can be an input, once its unreadable cells are mended: something in every
            row, and not all the same.
        goal: ``max`` or ``min``, of a result.
        scale: ``linear`` or ``log10``, likewise.
        choices: The names in it, of an input that is a choice between names.
        sample: What stands in its first filled cell that is no plain number.
        mixed: Whether its texts begin with numbers and are more than these: ``1150℃ 12h``.
    """

    name: str
    place: str
    role: Role
    reason: str
    unit: str
    numbers: int
    low: float | None
    high: float | None
    limits: tuple[CellSeen, ...]
    failed: tuple[CellSeen, ...]
    missing: tuple[CellSeen, ...]
    unreadable: tuple[CellSeen, ...]
    texts: int
    special: tuple[CellSeen, ...]
    usable: bool
    goal: str
    scale: str
    choices: tuple[str, ...] = ()
    sample: str = ""
    mixed: bool = False


@dataclass(frozen=True, slots=True)
class Comment:
    """A note that hangs on a cell."""

    address: str
    text: str


@dataclass(frozen=True, slots=True)
class Look:
    """A table as it was understood.

    Attributes:
        table: The table.
        columns: Its columns in order.
        comments: Notes that hang on its cells; they are shown and not used.
    """

    table: Table
    columns: tuple[ColumnSeen, ...]
    comments: tuple[Comment, ...]

    @property
    def inputs(self) -> tuple[str, ...]:
        """Columns that would be taken as inputs."""
        return tuple(c.name for c in self.columns if c.role in INPUT_ROLES and c.usable)

    @property
    def formula(self) -> str | None:
        """The column that would be taken as formulas, where nothing else could be an input."""
        if self.inputs:
            return None
        return next((c.name for c in self.columns if c.role == "formula"), None)

    @property
    def result(self) -> ColumnSeen | None:
        """The column that would be taken as target: the first result."""
        return next((c for c in self.columns if c.role == "result"), None)

    @property
    def turned(self) -> bool:
        """Whether the table seems to lie on its side, with one sample in each column."""
        frame = self.table.frame
        return bool(len(frame.columns)) and lies_on_its_side(
            [str(name) for name in frame.columns], frame.iloc[:, 0].tolist()
        )

    @property
    def repeats(self) -> tuple[str, ...]:
        """Columns that seem to hold repeated measurements of one result."""
        return repeats_among([c.name for c in self.columns if c.role == "result"])

    @property
    def incomplete(self) -> tuple[ColumnSeen, ...]:
        """Columns that look like inputs and have empty cells, so that they cannot be one."""
        return tuple(
            c
            for c in self.columns
            if c.role in ("composition", "process")
            and c.missing
            and len(c.missing) < len(self.table.layout.body) / 2
        )

    @property
    def unread_results(self) -> tuple[ColumnSeen, ...]:
        """Results beside the target with more cells that cannot be read than plain numbers: one of
        them may be the real target."""
        return tuple(
            c
            for c in self.columns
            if c.role == "result" and c != self.result and len(c.unreadable) > c.numbers
        )

    @property
    def dropped(self) -> tuple[ColumnSeen, ...]:
        """Columns that may well be inputs and would not be used: their cells differ, and neither
        their names nor their cells say that they tell of something else."""
        frame = self.table.frame
        used = {*self.inputs, self.formula, self.result.name if self.result else None}
        found = []
        for j, column in enumerate(self.columns):
            if column.name in used or detail_of(column.name) is not None:
                continue
            if column.role != "other" and (column.role not in INPUT_ROLES or column.usable):
                continue
            if column.role in INPUT_ROLES and len(column.missing) * 2 >= len(frame):
                continue  # hardly ever filled in
            if frame.iloc[:, j].dropna().astype(str).nunique() > 1:
                found.append(column)
        return tuple(found)

    @property
    def unlike(self) -> tuple[str, tuple[int, ...]] | None:
        """A column of formulas that would not be used, and rows (0-based, of the table) that the
        inputs make one candidate though it differs between them; ``None`` where there is none."""
        frame = self.table.frame
        for j, column in enumerate(self.columns):
            if column.role != "formula" or column.name == self.formula or not self.inputs:
                continue
            names = [str(name) for name in frame.columns]
            keys = list(
                zip(*(frame.iloc[:, names.index(n)].astype(str) for n in self.inputs), strict=True)
            )
            first: dict[tuple[str, ...], int] = {}
            for row, key in enumerate(keys):
                one = first.setdefault(key, row)
                if str(frame.iloc[row, j]) != str(frame.iloc[one, j]):
                    return column.name, (one, row)
        return None

    @property
    def unreadable(self) -> tuple[tuple[ColumnSeen, CellSeen], ...]:
        """Every cell that could not be read, with its column."""
        return tuple((c, cell) for c in self.columns for cell in c.unreadable)


def look_at(table: Table) -> Look:
    """What is understood of a table."""
    comma: Comma | None = table.frame.attrs.get(DECIMAL_ATTRIBUTE)
    names = list(table.frame.columns)
    seen = [
        Seen(str(name), read_column(table.frame.iloc[:, j], comma)) for j, name in enumerate(names)
    ]
    proposals = roles_of(seen)
    columns = [
        _column(table, j, each, proposal.role, proposal.reason)
        for j, (each, proposal) in enumerate(zip(seen, proposals, strict=True))
    ]
    return Look(table, tuple(columns), _comments(table))


def _column(table: Table, j: int, seen: Seen, role: Role, reason: str) -> ColumnSeen:
    cells = [_cell(table, i, j, cell, seen) for i, cell in enumerate(seen.reading.cells)]
    plain = [c for c in cells if c.reading.kind == "number" and not c.reading.limit]
    numbers = [c.reading.value for c in plain if c.reading.value is not None]
    texts = [c for c in cells if c.reading.kind == "text"]
    unreadable = texts if role in NUMERIC_ROLES else _uncomputed(table, j, texts)
    goal, scale = wanted_of(seen) if role == "result" else ("", "")
    if role in INPUT_ROLES and are_choices(table.frame.iloc[:, j]):
        return _of_choices(table, j, seen, cells, role, reason)
    return ColumnSeen(
        name=seen.name,
        place=address(0, table.layout.columns[j])[:-1],
        role=role,
        reason=reason,
        unit=seen.reading.unit,
        numbers=len(plain),
        low=min(numbers, default=None),
        high=max(numbers, default=None),
        limits=tuple(c for c in cells if c.reading.limit),
        failed=tuple(c for c in cells if c.reading.kind == "failed"),
        missing=tuple(c for c in cells if c.reading.kind == "missing"),
        unreadable=tuple(unreadable),
        texts=len(texts) - len(unreadable),
        special=tuple(_special(table, j, cells)),
        usable=seen.share >= HALF and seen.varies and not seen.holes,
        goal=goal,
        scale=scale,
        sample=next(iter(seen.texts), ""),
        mixed=any(map(is_setting, seen.texts)),
    )


def _of_choices(
    table: Table, j: int, seen: Seen, cells: Sequence[CellSeen], role: Role, reason: str
) -> ColumnSeen:
    """An input that is a choice between names, in which x and none are names as others."""
    column = table.frame.iloc[:, j]
    choices = tuple(first for first, *_others in spellings_in(column).values())
    empty = [cell for cell, raw in zip(cells, column, strict=True) if not is_a_name(raw)]
    return ColumnSeen(
        name=seen.name,
        place=address(0, table.layout.columns[j])[:-1],
        role=role,
        reason=_("{reason}, and it holds names to choose from").format(reason=reason),
        unit="",
        numbers=0,
        low=None,
        high=None,
        limits=(),
        failed=(),
        missing=tuple(empty),
        unreadable=(),
        texts=len(cells) - len(empty),
        special=(),
        usable=not empty and len(choices) > 1,
        goal="",
        scale="",
        choices=choices,
    )


def _cell(table: Table, i: int, j: int, cell: CellReading, seen: Seen) -> CellSeen:
    where = address(table.layout.body[i], table.layout.columns[j])
    if isinstance(table.layout.rows[i][j], Uncomputed):
        return CellSeen(
            where,
            cell,
            _("the formula '{formula}' has no stored value").format(formula=cell.text),
            _("Open the workbook in Excel and save it, or paste the values."),
        )
    complaint, hint = seen.reading.complaints.get(i, ("", ""))
    return CellSeen(where, cell, complaint, hint)


def _uncomputed(table: Table, j: int, cells: Sequence[CellSeen]) -> list[CellSeen]:
    """Of texts that are in place those that are formulas without a value."""
    there = {
        address(line, table.layout.columns[j])
        for line, row in zip(table.layout.body, table.layout.rows, strict=True)
        if isinstance(row[j], Uncomputed)
    }
    return [cell for cell in cells if cell.address in there]


def _special(table: Table, j: int, cells: Sequence[CellSeen]) -> list[CellSeen]:
    """Numbers that were not written plainly."""
    found = []
    for row, cell in zip(table.layout.rows, cells, strict=True):
        raw: Any = row[j]
        if cell.reading.kind == "number" and isinstance(raw, str) and not is_plain_number(raw):
            found.append(cell)
    return found


def _comments(table: Table) -> tuple[Comment, ...]:
    lines = {*table.layout.header, *table.layout.body}
    found: Mapping[tuple[int, int], str] = table.grid.comments
    return tuple(
        Comment(address(i, j), text) for (i, j), text in sorted(found.items()) if i in lines
    )
