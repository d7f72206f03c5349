"""Composed: formula, molar mass and net charge of the candidates."""

from __future__ import annotations

from collections.abc import Mapping
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
        formulas: Canonical texts.
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

    formulas: tuple[str, ...]
    molar_masses: tuple[float | None, ...]
    charges: tuple[float | None, ...]


def composed(space: Space, matrix: Floats) -> Composed | None:
    """What candidates with these inputs are made of, shape (n, p); None where nothing is known.

    Raises:
        SpaceError, NotInPoolError: as :func:`amounts_at`.
    """
    if space.chemistry is None:
        return None
    amounts = amounts_at(space, matrix)
    none: tuple[None, ...] = (None,) * len(matrix)
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
    found = composed(space, space.row(inputs)[None])
    return None if found is None else found.formulas[0]


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

    A campaign from a table that has formulas takes ``formula=Li1.2..`` in place of its inputs.

    Raises:
        FormulaError: the formula cannot be read.
        NotInPoolError: no candidate has it.
    """
    chemistry, inputs = space.chemistry, given(space.names, inputs_from(inputs))
    if not isinstance(chemistry, ListedFormulas) or set(inputs) != {chemistry.column}:
        return inputs
    if chemistry.column in space.names:
        return inputs
    text = str(inputs[chemistry.column])
    position = chemistry.position(text)
    if position is None:
        raise NotInPoolError(
            _("No candidate of the pool has the formula {formula}.").format(formula=text),
            _("'tansaku pool' shows the candidates."),
        )
    return space.inputs_of(position)
