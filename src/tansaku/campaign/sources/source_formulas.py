"""Formulas of older measurements: what the points of a table or a space are made of."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tansaku.chem.composition import Composition
from tansaku.chem.elements import is_symbol
from tansaku.design import Floats, Ints
from tansaku.encode.shared import told_by
from tansaku.errors import FormulaError, TableError, UsageError
from tansaku.language import _
from tansaku.space import CompositionTemplate, Space
from tansaku.tables.cells import is_empty
from tansaku.tables.formulas import USUAL_NAMES
from tansaku.tables.places import Places, Problems

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class TableColumns:
    """What the columns of a table of older measurements mean.

    Attributes:
        inputs: Its input columns; ``x=x_Y`` calls the column x_Y x.
        target: Its target column; for several targets {target: column}.
        formula: Its column with formulas; empty for one with a usual name, if there is one.
        template: Instead: a template; see :func:`variables_in`.

    Example:
        >>> TableColumns(("x=x_Y", "y=y_Ca"), "sigma").names
        {'x': 'x_Y', 'y': 'y_Ca'}
    """

    inputs: tuple[str, ...]
    target: str | Mapping[str, str]
    formula: str = ""
    template: CompositionTemplate | None = None

    @property
    def names(self) -> dict[str, str]:
        """{input: column}."""
        found = {}
        for text in self.inputs:
            name, equals, column = text.partition("=")
            found[name.strip()] = column.strip() if equals and column.strip() else text.strip()
            if equals and column.strip() and not name.strip():
                found[text.strip()] = found.pop("")
        return found


def formula_column(columns: TableColumns, there: Sequence[str]) -> str:
    """The column of formulas: the named one, else one with a usual name; empty for none."""
    said = columns.target
    taken = (*columns.names.values(), *([said] if isinstance(said, str) else said.values()))
    usual = (n for n in there if n.lower() in USUAL_NAMES and n not in taken)
    return columns.formula or next(usual, "")


def variables_in(template: CompositionTemplate, inputs: Sequence[str]) -> dict[str, str]:
    """{variable of a template: input}: the input x, or the only one that begins with ``x_``.

    Raises:
        UsageError: a variable is no input.

    Example:
        >>> template = CompositionTemplate(text="Li(?)Ca(y)Y(x)Zr(2-x-y)(PO4)3")
        >>> variables_in(template, ["x_Y", "y_Ca"])
        {'x': 'x_Y', 'y': 'y_Ca'}
    """
    found: dict[str, str] = {}
    lacking = []
    for variable in template.template().variables:
        near = [name for name in inputs if name.startswith(f"{variable}_")]
        if variable in inputs:
            found[variable] = variable
        elif len(near) == 1:
            found[variable] = near[0]
        else:
            lacking.append(variable)
    if lacking:
        raise UsageError(
            _("The template '{text}' has the variables {names}, which are no inputs.").format(
                text=template.text, names=", ".join(lacking)
            ),
            _(
                "A variable {name} is the input {name}, or the only one that begins with {name}_;"
                " of a source write --source-inputs {name}=COLUMN. Inputs: {inputs}."
            ).format(name=lacking[0], inputs=", ".join(inputs) or "-"),
        )
    return found


def formulas_by(template: CompositionTemplate, inputs: Sequence[str], matrix: Floats) -> list[str]:
    """The formulas of points with these inputs, shape (n, p), by a template.

    Raises:
        UsageError: a variable of the template is no input.
        SpaceError: an amount is negative.
    """
    found = variables_in(template, inputs)
    columns = [list(inputs).index(name) for name in found.values()]
    return template.amounts(tuple(found), matrix[:, columns]).texts()


def told_inputs(space: Space) -> tuple[str, ...]:
    """The inputs of a space that its formulas tell: a template's variables, the amounts of
    elements, and what follows from these as a weighted sum."""
    chemistry = space.chemistry
    if chemistry is None:
        return ()
    if isinstance(chemistry, CompositionTemplate):
        return tuple(n for n in space.names if n in chemistry.template().variables)
    if chemistry.amounts_are_inputs:
        return chemistry.amount_inputs
    return told_among(space.names, chemistry.compositions().matrix, space.matrix)


def told_among(names: Sequence[str], amounts: Floats, matrix: Floats) -> tuple[str, ...]:
    """The inputs that follow from amounts of elements as weighted sums."""
    return tuple(n for n, told in zip(names, told_by(amounts, matrix), strict=True) if told)


def formulas_of(
    frame: pd.DataFrame,
    lines: Ints,
    columns: TableColumns,
    inputs: tuple[str, ...],
    matrix: Floats,
) -> tuple[list[str], tuple[str, ...]]:
    """(canonical formulas of the measured rows, what there is to say); none where not known."""
    if columns.template is not None:
        return formulas_by(columns.template, inputs, matrix), ()
    there = [str(label).strip() for label in frame.columns]
    name = formula_column(columns, there)
    if not name:
        return [], ()
    if there.count(name) != 1:
        raise TableError(
            _("The table has {n} columns '{name}' with formulas.").format(
                n=there.count(name), name=name
            ),
            _("Columns found: {names}.").format(names=", ".join(there)),
        )
    problems, texts = Problems(Places(frame)), []
    cells = frame.iloc[:, there.index(name)].astype(object)
    for line in lines.tolist():
        cell = cells.iloc[line]
        if is_empty(cell):
            problems.add(line, 0, name, _("empty"), _("Every measured row needs a formula."))
            continue
        try:
            texts.append(Composition.parse(str(cell)).text())
        except FormulaError as error:
            problems.add(line, 0, name, error.message.rstrip("."), error.hint)
    try:
        problems.raise_any()
    except TableError as error:
        if columns.formula:
            raise
        why = _("The column '{name}' is not used as formulas: {why}")
        return [], (why.format(name=name, why=error.message),)
    return texts, ()


def table_columns(
    given: TableColumns | None,
    *,
    space: Space,
    there: Sequence[str],
    match: Sequence[str] = (),
    fill: Collection[str] = (),
) -> TableColumns:
    """What the input columns of a source's table mean, where that is not said: they are called as
    the target's, or as the pairs that match say; what formulas tell is left to them.

    Args:
        given: What was said.
        space: The target's.
        there: The table's columns.
        match: What was said to mean the same, ``target=source``.
        fill: Inputs that one system lacks.

    Raises:
        TableError: it lacks an input, and nobody has said what stands for it.
    """
    said = TableColumns((), "") if given is None else given
    if said.inputs:
        return said
    named: dict[str, str] = {}
    for text in match:
        ours, equals, theirs = (part.strip() for part in text.partition("="))
        if equals and not (is_symbol(ours) and is_symbol(theirs)):
            named[ours] = theirs
    if said.template is not None:
        variables = variables_in(said.template, there)
        inputs = [f"{v}={column}" for v, column in variables.items()]
        told: tuple[str, ...] = told_inputs(space)
    else:
        inputs = []
        told = told_inputs(space) if not named and formula_column(said, there) else ()
    wanted = [n for n in space.names if n not in told and (n in there or n not in fill)]
    lacking = [n for n in wanted if n not in named and n not in there]
    if lacking:
        raise _lacking(lacking, there)
    inputs += [named.get(n, n) for n in wanted]
    inputs += [column for name, column in named.items() if not name]
    return replace(said, inputs=tuple(name for name in dict.fromkeys(inputs) if name))


def _lacking(names: Sequence[str], there: Sequence[str]) -> TableError:
    """That a source has no column for some inputs, and what can be written."""
    return TableError(
        _("The source has no column for the inputs {names} of the target.").format(
            names=", ".join(f"'{name}'" for name in names)
        ),
        _(
            "Say which column means the same: --match {name}=COLUMN; or what it was there: --fill"
            " {name}=VALUE. Columns found: {there}."
        ).format(name=names[0], there=", ".join(there)),
    )
