"""Composed: formula, molar mass and net charge of the candidates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tansaku.chem.amounts import Amounts
from tansaku.design import Floats, Ints
from tansaku.errors import FormulaError, NotInPoolError
from tansaku.language import _
from tansaku.space.arguments import inputs_from
from tansaku.space.chemistry import CompositionTemplate, ListedFormulas
from tansaku.space.space import Space
from tansaku.space.values import Value, given, settings


@dataclass(frozen=True, slots=True)
class Composed:
    """What n candidates are made of, one entry each.

    Attributes:
        formulas: Canonical texts; None in a space that knows no formulas.
        molar_masses: In g/mol; None where an element has no standard atomic mass.
        charges: Net charges; None where an oxidation state is unknown.

    Example:
        >>> from tansaku.space.parameters import Stepped
        >>> x = Stepped(name="x", low=0, high=0.5, step=0.25)
        >>> template = CompositionTemplate(text="Li(?)Y(x)Zr(2-x)(PO4)3")
        >>> space = Space.from_parameters([x], template=template)
        >>> composed(space, space.matrix[:2]).formulas
        ('LiZr2P3O12', 'Li1.25Y0.25Zr1.75P3O12')
    """

    formulas: tuple[str | None, ...]
    molar_masses: tuple[float | None, ...]
    charges: tuple[float | None, ...]


def composed(space: Space, matrix: Floats) -> Composed:
    """What candidates with these inputs are made of, shape (n, p).

    Raises:
        SpaceError, NotInPoolError: as :func:`amounts_at`.
    """
    none: tuple[None, ...] = (None,) * len(matrix)
    if space.chemistry is None or not len(matrix):
        return Composed(none, none, none)
    amounts = amounts_at(space, matrix)
    try:
        masses: tuple[float | None, ...] = tuple(amounts.molar_masses().tolist())
    except FormulaError:  # an element without a standard atomic mass: the formula is still good
        masses = none
    charges = space.chemistry.charges(amounts)
    return Composed(
        tuple(amounts.texts()), masses, none if charges is None else tuple(charges.tolist())
    )


def composed_at(space: Space, inputs: Mapping[str, Value]) -> str | None:
    """The formula of the candidate with these inputs; None where nothing is known."""
    return composed(space, space.row(inputs)[None]).formulas[0]


def amounts_at(space: Space, matrix: Floats) -> Amounts:
    """Compositions of points with these inputs, shape (n, p), of a space that knows formulas.

    Raises:
        SpaceError: an amount is negative.
        NotInPoolError: the formulas are listed, and a point is not in the list.
    """
    chemistry = space.chemistry
    if isinstance(chemistry, CompositionTemplate):
        return chemistry.amounts(space.names, matrix)
    if chemistry is None:
        raise TypeError("this space knows no formulas")
    found = chemistry.compositions()
    if matrix is space.matrix:
        return found
    return Amounts(found.elements, found.matrix[_positions(space, matrix)])


def _positions(space: Space, matrix: Floats) -> Ints:
    """Positions of listed candidates by their very inputs, shape (n,)."""
    place = {row.tobytes(): i for i, row in enumerate(space.matrix + 0.0)}
    found = np.empty(len(matrix), dtype=np.int64)
    for i, row in enumerate(matrix + 0.0):
        position = place.get(row.tobytes())
        if position is None:
            raise NotInPoolError(
                _("The formula at {given} is not known: it is no candidate.").format(
                    given=settings(space.named(row))
                ),
                _("Give the inputs of a candidate, as 'tansaku pool' shows them."),
            )
        found[i] = position
    return found


def inputs_of_formula(space: Space, inputs: Mapping[str, Value]) -> dict[str, Value]:
    """Inputs with a formula among them, as those of the candidate that has it.

    A campaign from a table that has formulas takes ``formula=Li1.2..`` in place of the inputs that
    follow from it; others, such as a temperature, stand beside it.

    Raises:
        FormulaError: the formula cannot be read.
        NotInPoolError: no candidate has it, or several that differ in an input not given.
    """
    chemistry, inputs = space.chemistry, given(space.names, inputs_from(inputs))
    if not isinstance(chemistry, ListedFormulas):
        return inputs
    name = chemistry.column if chemistry.column in inputs else "formula"
    if name not in inputs or name in space.names:
        return inputs
    others = {key: value for key, value in inputs.items() if key != name}
    lacking = [each for each in space.names if each not in others]
    return read_off_formula(space, str(inputs[name]), lacking) | others


def read_off_formula(
    space: Space, text: str, names: Sequence[str], *, where: str = ""
) -> dict[str, Value]:
    """These inputs as they are in all candidates with a formula; ``where`` names the place in an
    error.

    Raises:
        FormulaError: the formula cannot be read.
        NotInPoolError: no candidate has it, or those that have it differ in one of the inputs.
    """
    if not isinstance(space.chemistry, ListedFormulas):
        raise TypeError("the candidates of this space have no listed formulas")
    positions, prefix = space.chemistry.positions(text), f"{where}: " if where else ""
    if not positions:
        raise NotInPoolError(
            _("{where}No candidate of the pool has the formula {formula}.").format(
                where=prefix, formula=text
            ),
            _("'tansaku pool' shows the candidates."),
        )
    candidates = [space.inputs_of(each) for each in positions]
    found = {name: candidates[0][name] for name in names}
    for name in names:
        if any(each[name] != found[name] for each in candidates):
            raise NotInPoolError(
                _("{where}{n} candidates with the formula {formula} differ in {name}.").format(
                    where=prefix, n=len(candidates), formula=text, name=name
                ),
                _("Give {name} beside the formula.").format(name=name),
            )
    return found
