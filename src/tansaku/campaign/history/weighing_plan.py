"""Weighing: from what a campaign's samples are made, and what weighed masses have become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import Field, model_validator

from tansaku.chem.achieved import achieved
from tansaku.chem.composition import Composition
from tansaku.chem.precursors import Precursor, share
from tansaku.chem.weighing_task import BALANCE, check_balance, elements_that_leave, usable
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.spec import Spec

MASS: Final = 5.0
"""Grams of a batch where none are stated: a usual batch of a ceramic in a laboratory."""


class WeighingPlan(Spec):
    """From what samples are made; kept with a campaign, or with its suggestions.

    Attributes:
        precursors: Each as ``Precursor.parse`` reads it: Li2CO3, Li2CO3:purity=99.5%.
        mass: Grams of the fired product.
        excess: Each as Li=10%.
        balance: Grams of the balance's last digit.
        leaving: Elements that leave on firing; ``None`` for the usual rule.

    Example:
        >>> plan = WeighingPlan(precursors=("Li2CO3", "ZrO2", "Y2O3"), excess=("Li=10%",))
        >>> [each.name for each in plan.shelf(Composition.parse("Li2ZrO3"))], plan.shares()
        (['Li2CO3', 'ZrO2'], {'Li': 0.1})
    """

    precursors: tuple[str, ...] = Field(min_length=1)
    mass: float = Field(default=MASS, gt=0)
    excess: tuple[str, ...] = ()
    balance: float = BALANCE
    leaving: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _reads(self) -> WeighingPlan:
        for text in self.precursors:
            Precursor.parse(text)
        self.shares()
        check_balance(self.balance)
        return self

    def shelf(self, target: Composition) -> tuple[Precursor, ...]:
        """The precursors of use for this target; the rest is for other candidates."""
        every = [Precursor.parse(text) for text in self.precursors]
        return usable(target, every, self.leaving)

    def shares(self) -> dict[str, float]:
        """The excess as shares, {"Li": 0.1}."""
        return excess_shares(self.excess)


class WeighedSample(Spec):
    """What was really made of a sample.

    Attributes:
        weighed: Grams by precursor.
        formula: The composition that these masses make, once the excess has evaporated.
        elements: Elements that the masses decide; the others are as planned.
    """

    weighed: dict[str, float]
    formula: str
    elements: tuple[str, ...]

    @classmethod
    def of(cls, formula: str, grams: Mapping[str, float], plan: WeighingPlan) -> WeighedSample:
        """What masses of this plan have become.

        Args:
            formula: What was to be made.
            grams: Masses by precursor; of a precursor that is of no use here 0, or none.
            plan: From what.

        Raises:
            WeighingError: a mass is missing or of something else, or nothing was weighed.
        """
        target = Composition.parse(formula)
        shelf = plan.shelf(target)
        here = {each.name for each in shelf}
        given = {name: mass for name, mass in grams.items() if mass != 0 or name in here}
        found = achieved(
            target,
            shelf,
            given,
            excess=plan.shares(),
            balance=plan.balance,
            leaving=plan.leaving,
        )
        gone = elements_that_leave(target.elements, plan.leaving)
        decided = tuple(symbol for symbol in target.elements if symbol not in gone)
        return cls(weighed=dict(grams), formula=found.fired.text(), elements=decided)


def excess_shares(texts: Sequence[str]) -> dict[str, float]:
    """``["Li=10%"] -> {"Li": 0.1}``.

    Raises:
        UsageError: no element with a share, or one twice.
        WeighingError: a share that cannot be read.
    """
    found: dict[str, float] = {}
    for text in texts:
        element, equals, value = text.partition("=")
        if not equals or not element.strip() or element.strip() in found:
            raise UsageError(
                _("The excess '{text}' is not understood.").format(text=text),
                _("Write for example --excess Li=10%, each element once."),
            )
        name = element.strip()
        found[name] = share(value, _("excess of {element}").format(element=name))
    return found
