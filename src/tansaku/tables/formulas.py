"""Formulas in a table: a column that says what each candidate is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd

from tansaku.chem.amounts import Amounts
from tansaku.chem.composition import Composition
from tansaku.errors import CellError, FormulaError, NotInPoolError, TableError
from tansaku.language import _
from tansaku.space import ColumnRoles, ListedFormulas, ListedPool, Space, Target
from tansaku.tables.cells import is_empty, numbers_of
from tansaku.tables.places import Places, Problems
from tansaku.tables.understand import PLAIN_ROLES, Reading, understand

USUAL_NAMES: Final = ("formula", "composition", "組成", "組成式", "化学式")
"""Columns that are read as formulas without being told to, where all of their cells can be."""

WEIGHED: Final = "weighed "
"""A column of results that begins so holds the grams that were weighed of a precursor."""


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of formulas: its name, and the canonical text of each row."""

    name: str
    texts: tuple[str, ...]


def understand_formulas(
    frame: pd.DataFrame,
    inputs: Sequence[str],
    targets: Sequence[Target],
    wanted: ListedFormulas | None,
    *,
    outcomes: bool = False,
    partly: bool = False,
    roles: ColumnRoles = PLAIN_ROLES,
) -> Reading:
    """:func:`~tansaku.tables.understand.understand`, with the formulas of the candidates.

    Without inputs the amounts of the elements that vary are the inputs.

    Args:
        frame: The table.
        inputs: Names of the input columns; none where a formula column is named.
        targets: What is wanted.
        wanted: The formula column and how it is encoded; ``None`` takes a column of one of
            ``USUAL_NAMES``, if there is one and it can be read.
        outcomes: As in ``understand``.
        partly: Likewise.
        roles: Likewise.

    Raises:
        TableError, CellError: as ``understand``; a formula that cannot be read, by its row.
    """
    column, notices = _column(frame, [*inputs, *(t.name for t in targets)], wanted)
    if column is None:
        reading = understand(frame, inputs, targets, outcomes=outcomes, partly=partly, roles=roles)
        return replace(reading, notices=(*reading.notices, *notices))
    names = list(inputs)
    table = frame
    if not names:
        table, names = _amounts_as_inputs(frame, column, targets)
    reading = understand(table, names, targets, outcomes=outcomes, partly=partly, roles=roles)
    if isinstance(reading.space.pool, ListedPool):
        _check_same(reading, column, Places(frame))
        labels = reading.space.pool.labels
        options = wanted or ListedFormulas()
        chemistry = options.model_copy(
            update={
                "formulas": tuple(column.texts[label] for label in labels),
                "column": column.name,
                "amounts_are_inputs": not inputs,
            }
        )
        space = reading.space.model_copy(update={"chemistry": chemistry})
        reading = replace(reading, space=space)
    return replace(reading, notices=(*reading.notices, *notices))


def with_inputs(frame: pd.DataFrame, space: Space) -> pd.DataFrame:
    """A table of results with the inputs of the candidates that its formulas name.

    Where the inputs stand in the table, or the campaign has no formulas, it is left as it is.

    Raises:
        CellError: a formula cannot be read; names the row.
        NotInPoolError: no candidate has the formula; names the row.
    """
    chemistry = space.chemistry
    names = [str(label).strip() for label in frame.columns]
    if (
        not isinstance(chemistry, ListedFormulas)
        or chemistry.column not in names
        or set(space.names) <= set(names)
    ):
        return frame
    texts = _read(frame, chemistry.column).texts
    rows = np.empty((len(texts), len(space.names)))
    for i, text in enumerate(texts):
        position = chemistry.position(text)
        if position is None:
            raise NotInPoolError(
                _("{row}: no candidate of the pool has the formula {formula}.").format(
                    row=Places(frame).row(i), formula=text
                ),
                _("'tansaku pool' shows the candidates."),
            )
        rows[i] = space.matrix[position]
    found = frame.copy()
    for i, name in enumerate(space.names):
        found[name] = rows[:, i]
    return found


def weighed_masses(frame: pd.DataFrame, lines: Sequence[int]) -> list[dict[str, float] | None]:
    """The masses in the columns ``weighed Li2CO3``, .. of these rows; None for an empty row.

    Raises:
        CellError: a mass that is no number; names row and column.
    """
    found: list[dict[str, float]] = [{} for _line in lines]
    problems = Problems(Places(frame))
    for order, label in enumerate(frame.columns):
        name = str(label).strip()
        if not name.lower().startswith(WEIGHED):
            continue
        masses, complaints = numbers_of(frame.iloc[:, order])
        for row, (complaint, hint) in complaints.items():
            problems.add(row, order, name, complaint, hint)
        for each, line in zip(found, lines, strict=True):
            if not np.isnan(masses[line]):
                each[name[len(WEIGHED) :].strip()] = float(masses[line])
    problems.raise_any()
    return [each or None for each in found]


def _column(
    frame: pd.DataFrame, taken: Sequence[str], wanted: ListedFormulas | None
) -> tuple[_Column | None, tuple[str, ...]]:
    """The formulas, and what there is to say where a usual column cannot be read."""
    names = [str(label).strip() for label in frame.columns]
    if wanted is not None:
        return _read(frame, wanted.column), ()
    usual = [n for n in names if n.lower() in USUAL_NAMES and n not in taken]
    if not usual:
        return None, ()
    try:
        return _read(frame, usual[0]), ()
    except CellError as error:
        return None, (
            _("The column '{name}' is not used as formulas: {why}").format(
                name=usual[0], why=error.message
            ),
        )


def _read(frame: pd.DataFrame, name: str) -> _Column:
    """The column as canonical formulas."""
    names = [str(label).strip() for label in frame.columns]
    if names.count(name) != 1:
        raise TableError(
            _("The table has {n} columns '{name}' with formulas.").format(
                n=names.count(name), name=name
            ),
            _("Columns found: {names}.").format(names=", ".join(names)),
        )
    problems, texts = Problems(Places(frame)), []
    for row, cell in enumerate(frame.iloc[:, names.index(name)].astype(object)):
        if is_empty(cell):
            problems.add(row, 0, name, _("empty"), _("Every candidate needs a formula."))
            continue
        try:
            texts.append(Composition.parse(str(cell)).text())
        except FormulaError as error:
            problems.add(row, 0, name, error.message.rstrip("."), error.hint)
    problems.raise_any()
    return _Column(name, tuple(texts))


def _amounts_as_inputs(
    frame: pd.DataFrame, column: _Column, targets: Sequence[Target]
) -> tuple[pd.DataFrame, list[str]]:
    """A table with the amounts of the elements that vary, and their names."""
    amounts = Amounts.of([Composition.parse(text) for text in column.texts])
    varies = np.ptp(amounts.matrix, axis=0) > 0 if len(amounts) else np.zeros(0, dtype=bool)
    names = [s for s, kept in zip(amounts.elements, varies, strict=True) if kept]
    if not names:
        raise TableError(
            _("All formulas of the column '{name}' are the same.").format(name=column.name),
            _("Name the columns that differ with --inputs."),
        )
    wanted = {target.name for target in targets}
    found = frame[[label for label in frame.columns if str(label).strip() in wanted]].copy()
    if clash := wanted & set(names):
        raise TableError(
            _("A target is called as an element: {names}.").format(names=", ".join(sorted(clash))),
            _("Rename the column."),
        )
    found.attrs = dict(frame.attrs)
    for name in names:
        found[name] = amounts.column(name)
    return found, names


def _check_same(reading: Reading, column: _Column, places: Places) -> None:
    """See that rows that are one candidate have one formula."""
    pool = reading.space.pool
    if not isinstance(pool, ListedPool):
        return
    first: Mapping[int, int] = dict(enumerate(pool.labels))
    for position, line in zip(reading.positions, reading.lines, strict=True):
        other = first[position]
        if column.texts[line] != column.texts[other]:
            raise TableError(
                _("{row} and {other} have the same inputs and different formulas.").format(
                    row=places.row(other), other=places.row(line)
                ),
                _("Correct the formula, or name the input in which they differ."),
            )
