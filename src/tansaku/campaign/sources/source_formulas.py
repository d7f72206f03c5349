"""Formulas of older measurements: what the points of a table or a space are made of."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from tansaku.campaign.sources.source_spec import SourceSpec
from tansaku.chem.composition import Composition
from tansaku.design import Floats, Ints
from tansaku.encode.shared import determined_by
from tansaku.errors import FormulaError, TableError, UsageError
from tansaku.language import _
from tansaku.space import CompositionTemplate, Space
from tansaku.tables.cells import is_empty
from tansaku.tables.formulas import USUAL_NAMES
from tansaku.tables.places import Places, Problems

if TYPE_CHECKING:
    import pandas as pd


def formula_column(spec: SourceSpec, taken: Collection[str], there: Sequence[str]) -> str:
    """The column of formulas: the named one, else one with a usual name that is not taken; empty
    for none."""
    usual = (n for n in there if n.lower() in USUAL_NAMES and n not in taken)
    return spec.formula or next(usual, "")


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


def formula_inputs(space: Space) -> tuple[str, ...]:
    """The inputs of a space that follow from its formulas: a template's variables, the amounts of
    elements, and weighted sums of these."""
    chemistry = space.chemistry
    if chemistry is None:
        return ()
    if isinstance(chemistry, CompositionTemplate):
        return tuple(n for n in space.names if n in chemistry.template().variables)
    if chemistry.amounts_are_inputs:
        return chemistry.amount_inputs
    return sums_of(chemistry.compositions().matrix, space.names, space.matrix)


def sums_of(amounts: Floats, names: Sequence[str], matrix: Floats) -> tuple[str, ...]:
    """The inputs that follow from amounts of elements as weighted sums."""
    return tuple(
        n for n, determined in zip(names, determined_by(amounts, matrix), strict=True) if determined
    )


def formulas_of(
    frame: pd.DataFrame,
    lines: Ints,
    spec: SourceSpec,
    inputs: Mapping[str, str],
    matrix: Floats,
    taken: Sequence[str],
) -> tuple[list[str], tuple[str, ...]]:
    """(canonical formulas of the measured rows, what there is to say); none where not known.

    Args:
        frame: The table.
        lines: Its measured rows.
        spec: What is said of it.
        inputs: {input: column}.
        matrix: The inputs of these rows.
        taken: Columns of values.
    """
    if spec.template is not None:
        return formulas_by(spec.template, tuple(inputs), matrix), ()
    there = [str(label).strip() for label in frame.columns]
    name = formula_column(spec, (*inputs.values(), *taken), there)
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
        if spec.formula:
            raise
        why = _("The column '{name}' is not used as formulas: {why}")
        return [], (why.format(name=name, why=error.message),)
    return texts, ()
