"""What is to be made from what, checked and as arrays: the task that weighing solves."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tansaku.chem.composition import Composition
from tansaku.chem.elements import element
from tansaku.chem.portions import Floats
from tansaku.chem.precursors import Precursor
from tansaku.chem.unsolvable import (
    charged,
    excess_of_what_leaves,
    excess_out_of_range,
    foreign,
    idle,
    missing,
    nothing_stays,
)
from tansaku.errors import WeighingError
from tansaku.language import _

BALANCE: Final = 1e-4
"""Grams of the last digit of an analytical balance."""

LEAVING: Final = ("C", "N", "H")
"""What leaves on firing in air or oxygen: carbonates, nitrates, ammonium, water."""

ATMOSPHERE: Final = "O"
"""What the atmosphere sets in an oxide."""

MOST_MASS: Final = 1e5
"""Grams of a batch: above 100 kg a slip of the unit is likelier than a batch."""

MOST_EXCESS: Final = 1.0
"""Largest excess, as a share of the target's amount: 10 for 10 % is a slip, and is refused."""


@dataclass(frozen=True, slots=True)
class WeighingTask:
    """What is to be made from what, in arrays: e elements that stay, k precursors.

    Attributes:
        target: What is to be made.
        precursors: From what.
        excess: Share of the target's amount that is added, for some elements.
        leaving: Elements that are not counted.
        staying: Those of the target that are.
        A: Moles of each staying element in one mole of each precursor, shape (e, k).
        wanted: Moles of each staying element per formula unit, the excess included, shape (e,).

    Example:
        >>> shelf = [Precursor.of("Li2CO3"), Precursor.of("SiO2")]
        >>> task = task_of(Composition.parse("Li2SiO3"), shelf, {"Li": 0.1}, None)
        >>> task.staying, task.A.tolist(), task.wanted.tolist()
        (('Li', 'Si'), [[2.0, 0.0], [0.0, 1.0]], [2.2, 1.0])
    """

    target: Composition
    precursors: tuple[Precursor, ...]
    excess: dict[str, float]
    leaving: tuple[str, ...]
    staying: tuple[str, ...]
    A: Floats
    wanted: Floats


def task_of(
    target: Composition,
    precursors: Sequence[Precursor],
    excess: Mapping[str, float],
    leaving: Collection[str] | None,
) -> WeighingTask:
    """The arrays, once everything that can be said without solving has been checked."""
    if target.charge:
        raise charged(target)
    _check_precursors(precursors)
    gone = elements_that_leave(target.elements, leaving)
    staying = tuple(each for each in target.elements if each not in gone)
    if not staying:
        raise nothing_stays(target, gone)
    for symbol, value in excess.items():
        if symbol not in staying:
            raise excess_of_what_leaves(target, symbol, staying)
        if not 0 <= value <= MOST_EXCESS:
            raise excess_out_of_range(symbol, value, MOST_EXCESS)
    if useless := idle(precursors, gone):
        raise useless
    if stray := foreign(target, precursors, gone):
        raise stray
    if lacking := missing(target, precursors, staying, gone):
        raise lacking
    return WeighingTask(
        target=target,
        precursors=tuple(precursors),
        excess=dict(excess),
        leaving=gone,
        staying=staying,
        A=np.array([[each.composition[s] for each in precursors] for s in staying]),
        wanted=np.array([target[s] * (1 + excess.get(s, 0.0)) for s in staying]),
    )


def elements_that_leave(
    elements: Collection[str], leaving: Collection[str] | None
) -> tuple[str, ...]:
    """What of a target with these elements is not counted.

    Raises:
        FormulaError: ``leaving`` names what is no element.

    >>> elements_that_leave(["Li", "Si", "O"], None), elements_that_leave(["Li", "P", "S"], None)
    (('C', 'N', 'H', 'O'), ('C', 'N', 'H'))
    """
    if leaving is not None:
        for each in leaving:
            element(each)
        return tuple(sorted(set(leaving)))
    found = [each for each in LEAVING if each not in elements]
    return (*found, ATMOSPHERE) if ATMOSPHERE in elements else tuple(found)


def usable(
    target: Composition, precursors: Sequence[Precursor], leaving: Collection[str] | None = None
) -> tuple[Precursor, ...]:
    """Those that bring something of the target that stays, and nothing else that would."""
    gone = set(elements_that_leave(target.elements, leaving))
    return tuple(
        each
        for each in precursors
        if (stays := set(each.composition.elements) - gone) and stays <= set(target.elements)
    )


def check_balance(balance: float) -> None:
    """Refuse a last digit that no balance has.

    Raises:
        WeighingError: not a number, 0 or less, infinite.
    """
    if not 1e-9 <= balance < math.inf:
        raise WeighingError(
            _("A balance with steps of {balance} g cannot be used.").format(balance=f"{balance:g}"),
            _("Give the last digit of the balance in grams, for example 0.0001."),
        )


def _check_precursors(precursors: Sequence[Precursor]) -> None:
    if not precursors:
        raise WeighingError(
            _("No precursors are given."), _("Name them, for example Li2CO3, ZrO2, NH4H2PO4.")
        )
    seen: dict[Composition, str] = {}
    for each in precursors:
        if each.composition in seen:
            raise WeighingError(
                _("The precursors {first} and {second} are the same compound.").format(
                    first=seen[each.composition], second=each.name
                ),
                _("Give each compound once."),
            )
        seen[each.composition] = each.name
