"""Filled: the cells of a table that are asked for, as numbers and outcomes, or one complaint that
names every bad cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd

from tansaku.design import Bools, Floats, Ints
from tansaku.language import _, joined
from tansaku.space import Scale, Target
from tansaku.tables.cells import (
    DECIMAL_ATTRIBUTE,
    ColumnReading,
    no_unit_known,
    only_plain,
    read_column,
)
from tansaku.tables.columns import columns
from tansaku.tables.details import detail_of
from tansaku.tables.places import Places, Problems
from tansaku.tables.reading import PLAIN, CellReading, Outcome
from tansaku.tables.units import unit_in
from tansaku.tables.words import NOT_DETECTED, is_failure, plain_word

SHOWN: Final = 5
"""Cells of a column that one notice names."""


@dataclass(frozen=True, slots=True)
class Cells:
    """What a table says: the rows kept (n,), their inputs (n, d) and their targets (n, m).

    Attributes:
        lines: 0-based rows of the table, shape (n,).
        inputs: Shape (n, d).
        targets: Shape (n, m), NaN where there is no value; a limit as it stands.
        outcomes: Limits, standard deviations and failures, one per row.
        units: {column: its unit}, of the header or of the cells.
        assumed: Notices of what was assumed or converted.
    """

    lines: Ints
    inputs: Floats
    targets: Floats
    outcomes: tuple[Outcome, ...]
    units: Mapping[str, str]
    assumed: tuple[str, ...]

    @property
    def measured(self) -> Bools:
        """Rows with a value of a target, or of a sample that failed, shape (n,)."""
        failed = np.array([bool(each.failed) for each in self.outcomes], dtype=bool)
        return np.asarray(failed | ~np.isnan(self.targets).all(axis=1))


def cells_of(
    frame: pd.DataFrame,
    inputs: Sequence[str],
    targets: Sequence[Target],
    *,
    only_measured: bool,
    outcomes: bool = False,
    partly: bool = False,
    units: Mapping[str, str] | None = None,
) -> Cells:
    """All numbers at once, or a CellError that names every bad cell.

    Args:
        frame: The table.
        inputs: Names of the inputs, which need a number in every row that is kept.
        targets: What is wanted.
        only_measured: Whether rows without any result are passed over.
        outcomes: Whether limits, standard deviations and failures are results; else they are
            complained about.
        partly: Whether a row may have some of the targets only.
        units: {column: what it is known to be in, empty where nothing is}, for headers without a
            unit; without it the cells decide.

    Raises:
        TableError: columns missing, repeated or named twice.
        CellError: cells that cannot be used; names the row and column of the first ten.
    """
    names = [target.name for target in targets]
    found = columns(frame, inputs, names)
    problems = Problems(Places(frame))
    comma = frame.attrs.get(DECIMAL_ATTRIBUTE)
    known = units or {}
    read = {n: read_column(column, comma, known.get(n)) for n, column in found.items()}
    every = np.empty((len(frame), len(found)))
    d = len(inputs)
    for order, (name, column) in enumerate(read.items()):
        every[:, order] = column.values
        _note_bad(problems, order, name, column, plain=order < d, outcomes=outcomes)
        if not known.get(name, "-") and not unit_in(name):
            for position, cell in enumerate(column.cells):
                if cell.unit:
                    problems.add(position, order, name, *no_unit_known(cell))
    outcomes_of_rows = _outcomes(read, names, len(frame)) if outcomes else [PLAIN] * len(frame)
    failed = np.array([bool(each.failed) for each in outcomes_of_rows], dtype=bool)
    empty = np.asarray(np.isnan(every[:, d:]).all(axis=1) & ~failed)
    beside = _failed_beside(frame, read, empty) if outcomes else {}
    for position, (_name, word) in beside.items():
        outcomes_of_rows[position], failed[position] = (
            replace(outcomes_of_rows[position], failed=word),
            True,
        )
    keep = np.ones(len(frame), dtype=np.bool_)
    if only_measured:
        keep = failed | ~np.isnan(every[:, d:]).all(axis=1) | _complained(problems, every, d)
        problems.drop_rows(np.flatnonzero(~keep).tolist())
    for order, name in enumerate(inputs):
        for position in np.flatnonzero(keep & np.isnan(every[:, order])).tolist():
            word = read[name].cells[position].word
            complaint = _("'{text}' is not a number").format(text=word) if word else _("empty")
            problems.add(position, order, name, complaint, _("Every input needs a value."))
    _check_scale(every[:, d:], targets, problems, first_order=d)
    if not partly:
        _check_whole(every[:, d:], failed, targets, problems, first_order=d)
    problems.raise_any()
    rows = np.flatnonzero(keep)
    return Cells(
        lines=rows,
        inputs=every[keep, :d],
        targets=every[keep, d:],
        outcomes=tuple(outcomes_of_rows[i] for i in rows.tolist()),
        units={name: column.unit for name, column in read.items()},
        assumed=(*_assumed(read), *_beside_notices(beside, Places(frame))),
    )


def assumed_in(frame: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """A notice for each of these columns in which something was assumed or converted."""
    comma = frame.attrs.get(DECIMAL_ATTRIBUTE)
    return _assumed(
        {
            str(label): read_column(frame[label], comma)
            for label in frame.columns
            if str(label).strip() in names
        }
    )


def _assumed(read: Mapping[str, ColumnReading]) -> list[str]:
    return [
        _("Column '{name}': {what}.").format(
            name=name, what="; ".join(said[:SHOWN]) + (" …" if len(said) > SHOWN else "")
        )
        for name, column in read.items()
        if (said := list(column.assumed.values()))
    ]


def said_nothing(frame: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """A notice for each column in which words stand for no result, such as ``ND``."""
    notices = []
    for label in frame.columns:
        if str(label).strip() not in names:
            continue
        cells = read_column(frame[label]).cells
        words = Counter(cell.word for cell in cells if cell.kind == "missing" and cell.word)
        if not words:
            continue
        shown = ", ".join(f"'{word}' ({n})" for word, n in words.items())
        notice = _("In column '{name}' these words mean no result: {words}.").format(
            name=label, words=shown
        )
        if any(plain_word(word) in NOT_DETECTED for word in words):
            notice = joined(
                notice, _("What was not detected teaches more as a limit, such as <1e-9.")
            )
        notices.append(notice)
    return notices


def _note_bad(
    problems: Problems,
    order: int,
    name: str,
    column: ColumnReading,
    *,
    plain: bool,
    outcomes: bool,
) -> None:
    """Note the cells of a column that cannot be used where it stands."""
    for position, (complaint, hint) in column.complaints.items():
        if (
            plain
            and column.cells[position].kind == "text"
            and column.cells[position].text.isalpha()
        ):
            more = _("With 'tansaku new', --choices {name} takes a column of names as choices.")
            hint = f"{hint} {more.format(name=name)}"
        problems.add(position, order, name, complaint, hint)
    for position, cell in enumerate(column.cells):
        if cell.kind == "number" and not cell.limit and cell.sd is None:
            continue
        if plain and cell.kind in ("number", "failed") and (bad := only_plain(cell)):
            problems.add(position, order, name, *bad)
        elif not plain and not outcomes and (not_yet := _no_outcome(cell)):
            problems.add(position, order, name, *not_yet)


def _no_outcome(cell: CellReading) -> tuple[str, str] | None:
    """The complaint about a result that only :data:`outcomes` would take; None for others."""
    said = _("'{text}' is not a number").format(text=cell.text)
    if cell.kind == "failed":
        return said, _("Failed samples cannot be used here; leave the cell empty.")
    if cell.limit:
        return said, _("Limits such as <1e-8 cannot be used here; leave the cell empty.")
    if cell.sd is not None:
        return said, _("Write the number alone, without ±.")
    return None


def _failed_beside(
    frame: pd.DataFrame, read: Mapping[str, ColumnReading], empty: Bools
) -> dict[int, tuple[str, str]]:
    """{0-based row without a result: (another column of numbers, its word for a sample that
    failed)}: what melted has no conductivity either, though only its density says so."""
    found: dict[int, tuple[str, str]] = {}
    rows = [
        row
        for row in np.flatnonzero(empty).tolist()
        if all(row not in column.complaints for column in read.values())
    ]
    taken = {name.strip() for name in read}
    for j, label in enumerate(frame.columns):
        column = frame.iloc[:, j]
        name = str(label).strip()
        if column.dtype.kind in "iufb" or name in taken or detail_of(name) is not None:
            continue
        words = {row: cell for row in rows if isinstance(cell := column.iloc[row], str)}
        words = {row: cell for row, cell in words.items() if is_failure(plain_word(cell))}
        if not words:
            continue
        kinds = Counter(cell.kind for cell in read_column(column).cells)
        if kinds["number"] > kinds["text"]:
            found = {row: (name, cell.strip()) for row, cell in words.items()} | found
    return found


def _beside_notices(beside: Mapping[int, tuple[str, str]], places: Places) -> list[str]:
    """A notice of rows that count as failed by the word of another column."""
    if not beside:
        return []
    cells = [f"{places.cell(row, name)} '{word}'" for row, (name, word) in sorted(beside.items())]
    return [
        _(
            "Rows without a result count as failed where another column of results says so:"
            " {cells}."
        ).format(cells=", ".join(cells[:SHOWN]) + (" …" if len(cells) > SHOWN else ""))
    ]


def _outcomes(read: Mapping[str, ColumnReading], targets: Sequence[str], n: int) -> list[Outcome]:
    """What each row says beyond plain values."""
    outcomes_of_rows = [PLAIN] * n
    columns = [read[name].cells for name in targets]
    for i, row in enumerate(zip(*columns, strict=True)):
        if not any(cell.limit or cell.sd is not None or cell.kind == "failed" for cell in row):
            continue
        cells = dict(zip(targets, row, strict=True))
        outcomes_of_rows[i] = Outcome(
            limits={name: cell.limit for name, cell in cells.items() if cell.limit},
            sd={name: cell.sd for name, cell in cells.items() if cell.sd is not None},
            failed=next((cell.word for cell in cells.values() if cell.kind == "failed"), ""),
        )
    return outcomes_of_rows


def _complained(problems: Problems, every: Floats, d: int) -> Bools:
    """Rows with a bad target cell, shape (n,): they hold something, though not a number."""
    n, width = every.shape
    return np.array(
        [any(problems.has(i, o) for o in range(d, width)) for i in range(n)], dtype=bool
    )


def _check_whole(
    values: Floats,
    failed: Bools,
    targets: Sequence[Target],
    problems: Problems,
    *,
    first_order: int,
) -> None:
    """Note rows that are filled in part; a sample that failed may be."""
    filled = ~np.isnan(values)
    partly = filled.any(axis=1) & ~filled.all(axis=1) & ~failed
    for column, target in enumerate(targets):
        for position in np.flatnonzero(partly & ~filled[:, column]).tolist():
            problems.add(
                position,
                first_order + column,
                target.name,
                _("empty, though another target of this row is filled"),
                _("Fill all targets of a row, or empty all of them."),
            )


def _check_scale(
    values: Floats, targets: Sequence[Target], problems: Problems, *, first_order: int
) -> None:
    """Note values without a logarithm."""
    for column, target in enumerate(targets):
        if target.scale is not Scale.LOG10:
            continue
        for position in np.flatnonzero(values[:, column] <= 0).tolist():
            problems.add(
                position,
                first_order + column,
                target.name,
                _("{value:g} has no log10, as it is not above 0").format(
                    value=values[position, column]
                ),
                _("Correct or empty such cells, or use the linear scale."),
            )
