"""Weighing sheet: grams of each precursor for a batch, and what a weighed batch has become.

The mass of a batch is that of the fired product, without the excess: what is given in excess is
expected to evaporate. docs/weighing.md explains the mathematics.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from types import MappingProxyType

import numpy as np

from tansaku.chem.achieved import Achieved, achieved_by
from tansaku.chem.composition import Composition
from tansaku.chem.portions import EXACT, TIED, Floats, first_named_first, nearest, shortage, unique
from tansaku.chem.precursors import Precursor
from tansaku.chem.unsolvable import out_of_stock, tied, too_small_to_weigh
from tansaku.chem.weighing_task import BALANCE, MOST_MASS, WeighingTask, check_balance, task_of
from tansaku.errors import WeighingError
from tansaku.language import _


@dataclass(frozen=True, slots=True)
class WeighOut:
    """Masses to weigh in.

    Attributes:
        target: What is to be made.
        precursors: From what, in the order in which they were named.
        mass: Grams of the fired product, without the excess.
        excess: Share of the target's amount that is added, for some elements.
        balance: Grams of the balance's last digit.
        leaving: Elements that leave on firing or are set by the atmosphere.
        exact: Grams of each precursor, not rounded.
        rounded: Grams of each precursor on the balance; 0 where it is not needed.
        achieved: What these masses amount to.

    Example:
        >>> shelf = [Precursor.of("Li2CO3"), Precursor.of("SiO2")]
        >>> sheet = weigh(Composition.parse("Li2SiO3"), shelf, 5.0, excess={"Li": 0.1})
        >>> sheet.grams
        {'Li2CO3': 4.5173, 'SiO2': 3.3394}
    """

    target: Composition
    precursors: tuple[Precursor, ...]
    mass: float
    excess: Mapping[str, float]
    balance: float
    leaving: tuple[str, ...]
    exact: tuple[float, ...]
    rounded: tuple[float, ...]
    achieved: Achieved

    @property
    def grams(self) -> dict[str, float]:
        """Rounded grams by the precursor's name."""
        return {each.name: m for each, m in zip(self.precursors, self.rounded, strict=True)}

    @property
    def total(self) -> float:
        """Grams of all precursors together, as rounded."""
        return float(sum(Decimal(repr(m)) for m in self.rounded))


def weigh(
    target: Composition,
    precursors: Sequence[Precursor],
    mass: float,
    *,
    excess: Mapping[str, float] | None = None,
    balance: float = BALANCE,
    leaving: Collection[str] | None = None,
) -> WeighOut:
    """Grams of each precursor for ``mass`` grams of fired product.

    Where several mixtures would do, precursors that are named first are used first, up to their
    stock.

    Args:
        target: What is to be made.
        precursors: From what.
        mass: Grams of the fired product, without the excess.
        excess: Share of the target's amount to be added, e.g. ``{"Li": 0.1}`` for 10 mol%.
        balance: Grams of the balance's last digit; masses are rounded to it.
        leaving: Elements that leave on firing or are set by the atmosphere, and so are not
            counted. None: :data:`LEAVING` but those in the target, and O where the target has it.

    Raises:
        WeighingError: a mass, balance or excess outside its range, precursors that bring what must
            not stay or cannot make the target (the error names the element and what would help),
            or too little stock.
    """
    _check_batch(mass, balance)
    task = task_of(target, precursors, excess or {}, leaving)
    units = mass / target.molar_mass
    per_mole = np.array([each.grams_per_mole for each in task.precursors])
    exact = units * per_mole * _portions(task, units * per_mole)
    rounded = []
    for each, grams in zip(task.precursors, exact.tolist(), strict=True):
        rounded.append(on_balance(grams, balance, each.stock))
        if grams > 0 and rounded[-1] == 0:
            raise too_small_to_weigh(each, grams, balance, mass)
    return WeighOut(
        target=target,
        precursors=task.precursors,
        mass=mass,
        excess=MappingProxyType(task.excess),
        balance=balance,
        leaving=task.leaving,
        exact=tuple(exact.tolist()),
        rounded=tuple(rounded),
        achieved=achieved_by(task, np.array(rounded), balance),
    )


def on_balance(grams: float, balance: float, stock: float | None = None) -> float:
    """The nearest mass that the balance can show and, where it is limited, the stock can give.

    >>> on_balance(1.23456, 1e-4), on_balance(1.23456, 1e-4, stock=1.23456)
    (1.2346, 1.2345)
    """
    step = Decimal(repr(float(balance)))
    exactly = Decimal(repr(float(grams)))
    rounded = (exactly / step).to_integral_value(ROUND_HALF_EVEN) * step
    if stock is not None and rounded > Decimal(repr(float(stock))):
        rounded = (Decimal(repr(float(stock))) / step).to_integral_value(ROUND_FLOOR) * step
    return float(rounded)


def _portions(task: WeighingTask, grams: Floats) -> Floats:
    """Moles of each precursor per formula unit, (k,); ``grams`` is what one such mole weighs."""
    z, error = nearest(task.A, task.wanted)
    z[z < EXACT * z.max()] = 0.0  # rounding noise would stand on the sheet as too little to weigh
    if np.abs(error).max() > TIED:
        plain = np.array([task.target[each] for each in task.staying])
        solvable = bool(task.excess) and np.abs(nearest(task.A, plain)[1]).max() <= TIED
        raise tied(
            task.target,
            task.precursors,
            dict(zip(task.staying, error.tolist(), strict=True)),
            task.leaving,
            but_for_excess=tuple(task.excess) if solvable else (),
            helps=lambda column: _helps(task, column),
        )
    stocks = [math.inf if each.stock is None else each.stock for each in task.precursors]
    most = np.array(stocks) / grams
    if unique(task.A) and np.all(z <= most * (1 + EXACT)):
        return np.minimum(z, most)
    reached = task.A @ z  # the nearest that these precursors can make; exactly b in most cases
    best = first_named_first(task.A, reached, most)
    if best is None:
        lack = shortage(task.A, reached, most, grams) * grams
        raise out_of_stock(task.precursors, lack.tolist())
    return best


def _helps(task: WeighingTask, composition: Composition) -> bool:
    """Whether one more precursor of this composition would make the set sufficient."""
    column = np.array([[composition[each]] for each in task.staying])
    more = np.hstack([task.A, column])
    return bool(np.abs(nearest(more, task.wanted)[1]).max() <= TIED)


def _check_batch(mass: float, balance: float) -> None:
    check_balance(balance)
    if not 0 < mass <= MOST_MASS:
        raise WeighingError(
            _("A batch of {mass} g cannot be made.").format(mass=f"{mass:g}"),
            _("Give grams of the fired product, above 0 and up to {most}.").format(
                most=f"{MOST_MASS:g}"
            ),
        )
    if balance > mass:
        raise WeighingError(
            _("The balance shows steps of {balance} g, more than the batch of {mass} g.").format(
                balance=f"{balance:g}", mass=f"{mass:g}"
            ),
            _("Make a larger batch, or give the last digit of the balance, for example 0.0001."),
        )
