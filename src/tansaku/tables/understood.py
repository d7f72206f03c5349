"""Look: what was understood of a table, column by column and cell by cell; nothing is decided."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import pandas as pd

from tansaku.language import _
from tansaku.space import Comma
from tansaku.tables.cells import DECIMAL_ATTRIBUTE, is_plain_number, read_column
from tansaku.tables.choices import are_choices, is_a_name, spellings_in
from tansaku.tables.details import detail_of
from tansaku.tables.grids import Uncomputed, address, letter
from tansaku.tables.parts import parts_of
from tansaku.tables.read import Table
from tansaku.tables.reading import CellReading
from tansaku.tables.role_words import Role
from tansaku.tables.roles import HALF, Proposal, ReadColumn, is_setting, roles_of, wanted_of
from tansaku.tables.shapes import lies_on_its_side, repeats_among
from tansaku.tables.units import conversion, name_without_unit

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


_OF_PELLETS: Final = {
    "resistance": (re.compile(r"^(r|r_?b|r_?t|r_?tot(al)?|z)\b|resistance|抵抗|widerstand"), "Ω"),
    "thickness": (re.compile(r"^l$|thick|厚|dicke"), "cm"),
    "area": (re.compile(r"^[as]$|area|面積|fläche"), "cm2"),
    "diameter": (re.compile(r"diam|直径|φ|⌀|durchmesser"), "cm"),
}
"""{what is measured of a pellet: (words of its name, the unit that its own can be turned into)}."""


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


@dataclass(frozen=True)
class Look:
    """A table as it was understood; what is concluded is kept, as a table may have 20,000 columns.

    Attributes:
        table: The table.
        columns: Its columns in order.
        comments: Notes that hang on its cells; they are shown and not used.
    """

    table: Table
    columns: tuple[ColumnSeen, ...]
    comments: tuple[Comment, ...]

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """Columns that would be taken as inputs; the formulas among them where the amounts of their
        elements are inputs beside others."""
        taken = {c.name for c in self._set}
        taken |= {self.formula} if taken and self.formula else set()
        return tuple(c.name for c in self.columns if c.name in taken)

    @cached_property
    def _set(self) -> tuple[ColumnSeen, ...]:
        """Columns of numbers or choices that would be taken as inputs."""
        raw = set(self.pellets.values())
        return tuple(
            c for c in self.columns if c.role in INPUT_ROLES and c.usable and c.name not in raw
        )

    @cached_property
    def formula(self) -> str | None:
        """The column that would be taken as formulas: where no other column says what is made."""
        column = next((c for c in self.columns if c.role == "formula"), None)
        roles = {c.role for c in self._set}
        if column is None or not roles:
            return column.name if column else None
        cells = self.table.frame.iloc[:, self.columns.index(column)]
        open_ = roles == {"process"} or ("composition" not in roles and self._unlike(column))
        return column.name if open_ and cells.nunique() > 1 else None

    @cached_property
    def result(self) -> ColumnSeen | None:
        """The column that would be taken as target: the first result, one that was worked out
        before those that were read off an instrument."""
        results = [c for c in self.columns if c.role == "result"]
        raw = set(self.pellets.values())
        return next((c for c in results if c.name not in raw), results[0] if results else None)

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

    @cached_property
    def pellets(self) -> dict[str, str]:
        """{option of ``tansaku conductivity``: column} of measured resistances and of the geometry
        of pellets; empty where a part is missing."""
        found: dict[str, str] = {}
        for column in self.columns:
            name = name_without_unit(column.name).strip().casefold()
            for option, (words, unit) in _OF_PELLETS.items():
                convertible = not column.unit or conversion(column.unit, unit) is not None
                if convertible and column.numbers and words.search(name):
                    found.setdefault(option, column.name)
                    break
        whole = {"resistance", "thickness"} <= set(found) and len(found) > 2
        return found if whole else {}

    @property
    def impedance(self) -> dict[str, str]:
        """The same where no other result stands in the table: a conductivity is still to be made;
        with the columns of temperatures and samples where samples have several."""
        found = dict(self.pellets)
        if not found or (self.result is not None and self.result.name not in found.values()):
            return {}
        frame = self.table.frame
        sample = next((c.name for c in self.columns if c.role == "id"), None)
        degrees = [c.name for c in self.columns if c.unit and conversion(c.unit, "K") is not None]
        if sample is not None and degrees and frame[sample].duplicated().any():
            found |= {"temperature": degrees[0], "sample": sample}
        return found

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
    def unlike(self) -> tuple[str, tuple[int, int]] | None:
        """A column of formulas that would not be used, and rows (0-based, of the table) that the
        inputs make one candidate though it differs between them; ``None`` where there is none."""
        for column in self.columns:
            if column.role != "formula" or column.name == self.formula or not self._set:
                continue
            if rows := self._unlike(column):
                return column.name, rows
        return None

    def _unlike(self, column: ColumnSeen) -> tuple[int, int] | None:
        """Two rows with the same inputs in which a column differs."""
        frame = self.table.frame
        places = {each.name: j for j, each in enumerate(self.columns)}
        at = [places[each.name] for each in (column, *self._set)]
        first: dict[tuple[str, ...], tuple[int, str]] = {}
        for row, (text, *key) in enumerate(frame.iloc[:, at].astype(str).itertuples(index=False)):
            one, there = first.setdefault(tuple(key), (row, text))
            if text != there:
                return one, row
        return None

    @property
    def unreadable(self) -> tuple[tuple[ColumnSeen, CellSeen], ...]:
        """Every cell that could not be read, with its column."""
        return tuple((c, cell) for c in self.columns for cell in c.unreadable)


def look_at(table: Table) -> Look:
    """What is understood of a table."""
    comma: Comma | None = table.frame.attrs.get(DECIMAL_ATTRIBUTE)
    seen = _seen(table, comma)
    proposals = roles_of(seen)
    free = [j for j, each in enumerate(proposals) if each.role in (*INPUT_ROLES, "other")]
    table, wholes = _in_parts(table, {j for j in free if seen[j].texts})
    if wholes:
        seen = _seen(table, comma)
        proposals = roles_of(seen)
    series = [column for _name, column in table.frame.items()]
    columns = [
        _column(_InTable(table, j, column, each), proposal)
        for j, (column, each, proposal) in enumerate(zip(series, seen, proposals, strict=True))
    ]
    columns = [_with_whole(each, wholes.get(each.name)) for each in columns]
    return Look(table, tuple(columns), _comments(table))


def _seen(table: Table, comma: Comma | None) -> list[ReadColumn]:
    return [
        ReadColumn(str(name), read_column(column, comma)) for name, column in table.frame.items()
    ]


def _in_parts(table: Table, free: set[int]) -> tuple[Table, dict[str, str]]:
    """The table with the parts of columns of several quantities in their places, and {part: the
    column}; ``free`` are the columns that may be inputs."""
    frame, layout = table.frame, table.layout
    names, columns = list(map(str, frame.columns)), []
    wholes: dict[str, str] = {}
    for j, (name, (_label, cells)) in enumerate(zip(names, frame.items(), strict=True)):
        parts = parts_of(name, cells.tolist()) if j in free else {}
        if not parts or not parts.keys().isdisjoint(names):
            columns.append((name, j, cells))
            continue
        wholes |= dict.fromkeys(parts, name)
        columns += [
            (part, j, pd.Series(each, index=frame.index, dtype=object))
            for part, each in parts.items()
        ]
    if not wholes:
        return table, {}
    split = pd.concat({part: cells for part, _j, cells in columns}, axis="columns")
    split.attrs = frame.attrs
    rows = [
        [split.iat[i, k] if part in wholes else row[j] for k, (part, j, _c) in enumerate(columns)]
        for i, row in enumerate(layout.rows)
    ]
    laid = replace(
        layout,
        names=tuple(part for part, _j, _cells in columns),
        columns=tuple(layout.columns[j] for _part, j, _cells in columns),
        rows=rows,
    )
    return replace(table, layout=laid, frame=split), wholes


def _with_whole(column: ColumnSeen, whole: str | None) -> ColumnSeen:
    """A column; of a part, whose numbers all stand beside others, with the column it is of."""
    if whole is None:
        return column
    reason = _("one of the quantities in the cells of '{name}'").format(name=whole)
    return replace(column, reason=reason, special=())


@dataclass(frozen=True, slots=True)
class _InTable:
    """A column in its table."""

    table: Table
    j: int
    column: pd.Series
    seen: ReadColumn

    @property
    def place(self) -> str:
        """Its letters."""
        return letter(self.table.layout.columns[self.j])

    def raw(self, i: int) -> Any:
        """What stands in a row, as it was read from the file."""
        return self.table.layout.rows[i][self.j]

    def cells(self, rows: Iterable[int]) -> tuple[CellSeen, ...]:
        """The cells of some rows: only of those that are told, as a table may have millions."""
        return tuple(map(self._cell, rows))

    def _cell(self, i: int) -> CellSeen:
        where = address(self.table.layout.body[i], self.table.layout.columns[self.j])
        cell = self.seen.reading.cells[i]
        if isinstance(self.raw(i), Uncomputed):
            return CellSeen(
                where,
                cell,
                _("the formula '{formula}' has no stored value").format(formula=cell.text),
                _("Open the workbook in Excel and save it, or paste the values."),
            )
        return CellSeen(where, cell, *self.seen.reading.complaints.get(i, ("", "")))


def _column(where: _InTable, proposal: Proposal) -> ColumnSeen:
    seen, role = where.seen, proposal.role
    if role in INPUT_ROLES and are_choices(where.column):
        return _of_choices(where, proposal)
    rows: dict[str, list[int]] = {}
    for i, cell in enumerate(seen.reading.cells):
        rows.setdefault("limit" if cell.limit else cell.kind, []).append(i)
    numbers, texts = rows.get("number", []), rows.get("text", [])
    values = [v for i in numbers if (v := seen.reading.cells[i].value) is not None]
    # Of texts that are in place only formulas without a value are told.
    unreadable = [i for i in texts if role in NUMERIC_ROLES or isinstance(where.raw(i), Uncomputed)]
    goal, scale = wanted_of(seen) if role == "result" else ("", "")
    return ColumnSeen(
        name=seen.name,
        place=where.place,
        role=role,
        reason=proposal.reason,
        unit=seen.reading.unit,
        numbers=len(numbers),
        low=min(values, default=None),
        high=max(values, default=None),
        limits=where.cells(rows.get("limit", [])),
        failed=where.cells(rows.get("failed", [])),
        missing=where.cells(rows.get("missing", [])),
        unreadable=where.cells(unreadable),
        texts=len(texts) - len(unreadable),
        special=where.cells(_special(where, sorted(numbers + rows.get("limit", [])))),
        usable=seen.share >= HALF and seen.varies and not seen.holes,
        goal=goal,
        scale=scale,
        sample=next(iter(seen.texts), ""),
        mixed=any(map(is_setting, seen.texts)),
    )


def _of_choices(where: _InTable, proposal: Proposal) -> ColumnSeen:
    """An input that is a choice between names, in which x and none are names as others."""
    choices = tuple(first for first, *_others in spellings_in(where.column).values())
    empty = [i for i, raw in enumerate(where.column) if not is_a_name(raw)]
    return ColumnSeen(
        name=where.seen.name,
        place=where.place,
        role=proposal.role,
        reason=_("{reason}, and it holds names to choose from").format(reason=proposal.reason),
        unit="",
        numbers=0,
        low=None,
        high=None,
        limits=(),
        failed=(),
        missing=where.cells(empty),
        unreadable=(),
        texts=len(where.column) - len(empty),
        special=(),
        usable=not empty and len(choices) > 1,
        goal="",
        scale="",
        choices=choices,
    )


def _special(where: _InTable, numbers: Sequence[int]) -> list[int]:
    """Rows of numbers that were not written plainly: none where all became numbers at once."""
    if where.column.dtype.kind == "f":
        return []
    raw = {i: where.raw(i) for i in numbers}
    return [i for i, text in raw.items() if isinstance(text, str) and not is_plain_number(text)]


def _comments(table: Table) -> tuple[Comment, ...]:
    lines = {*table.layout.header, *table.layout.body}
    found: Mapping[tuple[int, int], str] = table.grid.comments
    return tuple(
        Comment(address(i, j), text) for (i, j), text in sorted(found.items()) if i in lines
    )
