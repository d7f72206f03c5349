"""What a batch has become, from the grams that were weighed."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

from tansaku.chem.composition import Composition
from tansaku.chem.portions import Floats
from tansaku.chem.precursors import Precursor
from tansaku.chem.weighing_task import BALANCE, MOST_MASS, WeighingTask, check_balance, task_of
from tansaku.errors import WeighingError
from tansaku.language import _

READING_SD: Final = 1 / math.sqrt(6)
"""Standard uncertainty of a mass in steps of the balance: the reading and the tare are each off by
up to half a step with equal probability, 1/sqrt(12) each (JCGM 100:2008, F.2.2.1)."""


@dataclass(frozen=True, slots=True)
class Achieved:
    """What a batch is made of, once it is weighed.

    Attributes:
        amounts: Moles of each element per formula unit as weighed in, the excess included. Scaled
            so that the median element is on target: one slip then shows in its own element and
            leaves the others where they are. Elements that the atmosphere sets are as in the
            target.
        sd: Standard deviation of the amounts that comes from reading the balance, at that scale.
        fired: The same once the excess has evaporated: what the sample is, and what a model of it
            should learn from.
        error: Largest relative error of an element that stays, against the target with excess.

    Example:
        >>> target = Composition.parse("Li2SiO3")
        >>> shelf = [Precursor.of("Li2CO3"), Precursor.of("SiO2")]
        >>> found = achieved(target, shelf, {"Li2CO3": 0.7389, "SiO2": 0.6008})
        >>> {element: round(amount, 3) for element, amount in found.amounts.items()}
        {'Li': 2.0, 'Si': 1.0, 'O': 3.0}
    """

    amounts: Mapping[str, float]
    sd: Mapping[str, float]
    fired: Composition
    error: float


def achieved(
    target: Composition,
    precursors: Sequence[Precursor],
    weighed: Mapping[str, float],
    *,
    excess: Mapping[str, float] | None = None,
    balance: float = BALANCE,
    leaving: Collection[str] | None = None,
) -> Achieved:
    """What a batch is made of, from the grams that were really weighed.

    Args:
        target: What was to be made; the answer is scaled to its formula unit.
        precursors: From what.
        weighed: Grams of each precursor by its name; 0 for one that was not used.
        excess: As in :func:`weigh`: what is expected to evaporate.
        balance: Grams of the balance's last digit.
        leaving: As in :func:`weigh`.

    Raises:
        WeighingError: a mass is missing, of an unknown precursor, or no mass; or as in
            :func:`weigh`.
    """
    check_balance(balance)
    task = task_of(target, precursors, excess or {}, leaving)
    names = [each.name for each in task.precursors]
    for name, grams in weighed.items():
        if name not in names:
            raise WeighingError(
                _("'{name}' was weighed but is no precursor here.").format(name=name),
                _("The precursors are {names}.").format(names=", ".join(names)),
            )
        if not 0 <= grams <= MOST_MASS:
            raise WeighingError(
                _("The weighed mass of {name} is {grams} g.").format(name=name, grams=grams),
                _("Give grams from 0 to {most}.").format(most=f"{MOST_MASS:g}"),
            )
    if absent := [name for name in names if name not in weighed]:
        raise WeighingError(
            _("No weighed mass is given for {names}.").format(names=", ".join(absent)),
            _("Give one for each precursor, 0 where it was not used."),
        )
    return achieved_by(task, np.array([weighed[name] for name in names], dtype=np.float64), balance)


def achieved_by(task: WeighingTask, grams: Floats, balance: float) -> Achieved:
    """Moles per formula unit from grams (k,), with the balance's uncertainty propagated."""
    per_gram = task.A / np.array([each.grams_per_mole for each in task.precursors])
    moles = per_gram @ grams
    scale = _scale(task, moles)
    read = np.where(grams > 0, balance * READING_SD, 0.0)
    spread = scale * np.sqrt((per_gram**2) @ (read**2))
    found = dict(zip(task.staying, (scale * moles).tolist(), strict=True))
    sd = dict(zip(task.staying, spread.tolist(), strict=True))
    amounts = {each: found.get(each, task.target[each]) for each in task.target.elements}
    fired = {each: x / (1 + task.excess.get(each, 0.0)) for each, x in amounts.items() if x > 0}
    return Achieved(
        amounts=MappingProxyType(amounts),
        sd=MappingProxyType({each: sd.get(each, 0.0) for each in amounts}),
        fired=Composition.of(fired),
        error=float(np.abs(scale * moles / task.wanted - 1).max()),
    )


def _scale(task: WeighingTask, moles: Floats) -> float:
    """One over the formula units that were weighed: the median of what each element says."""
    units = float(np.median(moles / task.wanted))
    if units == 0:
        none = [each for each, m in zip(task.staying, moles, strict=True) if m == 0]
        raise WeighingError(
            _("Nothing was weighed of {elements}: what was made cannot be told.").format(
                elements=", ".join(none)
            ),
            _("Give the masses that were weighed."),
        )
    return 1 / units
