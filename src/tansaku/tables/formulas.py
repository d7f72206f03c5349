"""Formulas in a table: a column that says what each candidate is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd

from tansaku.chem.amounts import Amounts
from tansaku.chem.composition import Composition
from tansaku.errors import CellError, FormulaError, TableError
from tansaku.language import _
from tansaku.space import (
    ColumnRoles,
    ListedFormulas,
    ListedPool,
    Space,
    Target,
    read_off_formula,
)
from tansaku.tables.cells import is_empty, numbers_of
from tansaku.tables.places import Places, Problems
from tansaku.tables.roles import are_formulas, role_by_name
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

    The amounts of the elements that vary are inputs where there are no others, where the column of
    formulas is named among the inputs, and where all inputs are settings of a process, which leave
    open what is made.

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
    inputs = [name.strip() for name in inputs]

    def read(table: pd.DataFrame, names: Sequence[str]) -> Reading:
        return understand(table, names, targets, outcomes=outcomes, partly=partly, roles=roles)

    column, notices = _column(frame, inputs, targets, wanted, roles)
    if column is None:
        reading = read(frame, inputs)
        return replace(reading, notices=(*reading.notices, *notices))
    amounts = not inputs or column.name in inputs
    if not amounts:
        reading = read(frame, inputs)
        if unlike := _unlike(reading, column):
            amounts = all(role_by_name(name) == "process" for name in inputs)
            notices = (*notices, _open(column, inputs, unlike, Places(frame), amounts=amounts))
            inputs = [column.name, *inputs]
    if amounts:
        reading = read(*_with_amounts(frame, column, inputs or [column.name], targets))
    if isinstance(reading.space.pool, ListedPool):
        labels = reading.space.pool.labels
        options = wanted or ListedFormulas()
        chemistry = options.model_copy(
            update={
                "formulas": tuple(column.texts[label] for label in labels),
                "column": column.name,
                "amounts_are_inputs": amounts,
            }
        )
        space = reading.space.model_copy(update={"chemistry": chemistry})
        reading = replace(reading, space=space)
    return replace(reading, notices=(*reading.notices, *notices))


def with_inputs(frame: pd.DataFrame, space: Space) -> pd.DataFrame:
    """A table of results with the inputs that follow from its formulas.

    Where the inputs stand in the table, or the campaign has no formulas, it is left as it is.

    Raises:
        CellError: a formula cannot be read; names the row.
        NotInPoolError: no candidate has the formula, or several that differ in an input for which
            there is no column; names the row.
    """
    chemistry = space.chemistry
    names = [str(label).strip() for label in frame.columns]
    lacking = [name for name in space.names if name not in names]
    if not isinstance(chemistry, ListedFormulas) or chemistry.column not in names or not lacking:
        return frame
    places = Places(frame)
    read_off = [
        read_off_formula(space, text, lacking, where=places.row(i))
        for i, text in enumerate(_read(frame, chemistry.column).texts)
    ]
    return frame.assign(**{name: [each[name] for each in read_off] for name in lacking})


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
    frame: pd.DataFrame,
    inputs: Sequence[str],
    targets: Sequence[Target],
    wanted: ListedFormulas | None,
    roles: ColumnRoles,
) -> tuple[_Column | None, tuple[str, ...]]:
    """The formulas, and what there is to say where a usual column cannot be read."""
    if wanted is not None:
        return _read(frame, wanted.column), ()
    names = [str(label).strip() for label in frame.columns]
    taken = {*roles.choices, *(target.name for target in targets)}
    usual = next((n for n in names if n.lower() in USUAL_NAMES and n not in taken), None)
    if usual is None:
        return None, ()
    if usual in inputs:
        cells = frame.iloc[:, names.index(usual)].tolist()
        texts = [str(cell) for cell in cells if not is_empty(cell)]
        return (_read(frame, usual), ()) if are_formulas(texts) else (None, ())
    try:
        return _read(frame, usual), ()
    except CellError as error:
        return None, (
            _("The column '{name}' is not used as formulas: {why}").format(
                name=usual, why=error.message
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


def _with_amounts(
    frame: pd.DataFrame, column: _Column, inputs: Sequence[str], targets: Sequence[Target]
) -> tuple[pd.DataFrame, list[str]]:
    """A table with the amounts of the elements that vary, and the inputs with these in place of the
    column of formulas."""
    amounts = Amounts.of([Composition.parse(text) for text in column.texts])
    if not amounts.varying:
        raise TableError(
            _("All formulas of the column '{name}' are the same.").format(name=column.name),
            _("Name the columns that differ with --inputs."),
        )
    others = [name for name in inputs if name != column.name]
    kept = {*others, *(target.name for target in targets)}
    if clash := kept & set(amounts.varying):
        raise TableError(
            _("A column is called as an element that varies: {names}.").format(
                names=", ".join(sorted(clash))
            ),
            _("Rename the column."),
        )
    table = frame[[label for label in frame.columns if str(label).strip() in kept]]
    at = inputs.index(column.name)
    names = [*inputs[:at], *amounts.varying, *inputs[at + 1 :]]
    return table.assign(**{name: amounts.column(name) for name in amounts.varying}), names


def _unlike(reading: Reading, column: _Column) -> tuple[int, int] | None:
    """Two rows that their inputs make one candidate and that have different formulas."""
    differ = ((o, i) for i, o in reading.firsts.items() if column.texts[i] != column.texts[o])
    return next(differ, None)


def _open(
    column: _Column,
    inputs: Sequence[str],
    rows: tuple[int, int],
    places: Places,
    *,
    amounts: bool,
) -> str:
    """What is said of rows with the same inputs and different formulas, where the inputs leave open
    what is made.

    Raises:
        TableError: they do not; a formula or an input is wrong, or an input is missing.
    """
    one, other = (places.row(each) for each in rows)
    what = _("{row} and {other} have the same inputs and different formulas.").format(
        row=one, other=other
    )
    if amounts:
        return f"{what} " + _("The amounts of the elements that vary are inputs, too.")
    raise TableError(
        what,
        _(
            "Correct the formula, or name the input in which they differ; with '{name}' among the"
            " inputs the amounts of its elements are inputs: {inputs}."
        ).format(name=column.name, inputs=", ".join([column.name, *inputs])),
    )
