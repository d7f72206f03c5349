"""Projected: the inputs that come nearest to what was really made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tansaku.chem.composition import Composition
from tansaku.chem.template import Template
from tansaku.design import Floats
from tansaku.space.chemistry import CompositionTemplate, ListedFormulas
from tansaku.space.space import Space

STEP = 1e-4
"""Step of the central differences: exact for amounts of the second degree, and for higher ones the
next round corrects what is left."""

ROUNDS = 20
"""Rounds of Gauss and Newton; a linear template needs one, others a handful."""

SETTLED = 1e-10
"""Change of a variable that ends the rounds."""


def projectable(space: Space) -> bool:
    """Whether inputs can be told from a composition."""
    if isinstance(space.chemistry, ListedFormulas):
        return bool(space.chemistry.amount_inputs)
    return space.chemistry is not None


def projected(space: Space, row: Floats, made: Composition, elements: Sequence[str]) -> Floats:
    """The inputs that say best what was made, shape (p,); other inputs as planned.

    Of a template those values of the variables whose amounts are nearest to the made ones (least
    squares over ``elements``, in moles per formula unit, starting from the plan).

    Args:
        space: The campaign's space.
        row: The planned inputs, shape (p,).
        made: What was made.
        elements: Those that the masses decide: not what leaves, and not what the atmosphere sets.
    """
    chemistry = space.chemistry
    found = row.copy()
    if isinstance(chemistry, CompositionTemplate):
        template = chemistry.template()
        columns = [space.names.index(name) for name in template.variables]
        found[columns] = _nearest(template, row[columns], made, elements)
    elif isinstance(chemistry, ListedFormulas):
        for name in chemistry.amount_inputs:
            if name in elements:
                found[space.names.index(name)] = made[name]
    return found


def _nearest(
    template: Template, start: Floats, made: Composition, elements: Sequence[str]
) -> Floats:
    """Values of the variables, shape (v,)."""
    counted = [s for s in template.elements if s in elements]
    wanted = np.array([made[symbol] for symbol in counted])
    at = start.astype(np.float64)
    shifts = STEP * np.eye(len(at))
    for _round in range(ROUNDS):
        points = np.concatenate([at[None], at + shifts, at - shifts])
        values = _values(template, counted, points)
        up, down = values[1 : 1 + len(at)], values[1 + len(at) :]
        slopes = ((up - down) / (2 * STEP)).T
        step = np.linalg.lstsq(slopes, wanted - values[0], rcond=None)[0]
        at = at + step
        if np.abs(step).max(initial=0.0) < SETTLED:
            break
    return np.asarray(at, dtype=np.float64)


def _values(template: Template, counted: Sequence[str], points: Floats) -> Floats:
    """Moles of the counted elements at points of the variables, shape (k, e); negative ones too."""
    at: Mapping[str, Floats] = {n: points[:, i] for i, n in enumerate(template.variables)}
    amounts = [template.polynomials[template.elements.index(symbol)] for symbol in counted]
    return np.stack([amount.value(at, len(points)) for amount in amounts], axis=1)
