"""Masses of precursors for a whole pool of compositions at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from tansaku.chem.amounts import Amounts
from tansaku.chem.portions import Floats, many
from tansaku.chem.precursors import Precursor
from tansaku.chem.unsolvable import idle
from tansaku.chem.weighing_task import elements_that_leave


def pool_masses(
    amounts: Amounts,
    precursors: Sequence[Precursor],
    mass: float,
    *,
    excess: Mapping[str, float] | None = None,
    leaving: Collection[str] | None = None,
) -> Floats:
    """Grams of each precursor for ``mass`` grams of each composition, shape (N, k), not rounded.

    As :func:`tansaku.chem.precursor_masses.weigh`, for N compositions; stocks are not looked at,
    for the batches are alternatives. A precursor whose element a composition lacks gets 0 g there.

    Args:
        amounts: N compositions.
        precursors: k of them.
        mass: Grams of the fired product of each.
        excess: Share of the target's amount to be added.
        leaving: Elements that are not counted; None for the rule of ``weigh``.

    Returns:
        A row of NaN for a composition that these precursors cannot make.

    Raises:
        WeighingError: nothing of a precursor stays.
    """
    gone = elements_that_leave(amounts.elements, leaving)
    if useless := idle(precursors, gone):
        raise useless
    brought = {element for each in precursors for element in each.composition.elements}
    counted = [
        e for e in (*amounts.elements, *sorted(brought - {*amounts.elements})) if e not in gone
    ]
    wanted = np.zeros((len(amounts.matrix), len(counted)))
    for j, element in enumerate(counted):
        if element in amounts.elements:
            column = amounts.matrix[:, amounts.elements.index(element)]
            wanted[:, j] = column * (1 + (excess or {}).get(element, 0.0))
    A = np.array([[each.composition[element] for each in precursors] for element in counted])
    units = mass / amounts.molar_masses()
    per_mole = np.array([each.grams_per_mole for each in precursors])
    return np.asarray(units[:, None] * many(A, wanted) * per_mole, dtype=np.float64)
