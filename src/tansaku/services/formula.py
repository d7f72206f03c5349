"""formula: what tansaku reads in a chemical formula."""

from __future__ import annotations

from collections.abc import Mapping

from tansaku.chem.charge import exact_states, net_charge
from tansaku.chem.composition import RESOLUTION, Composition
from tansaku.chem.doubtful_formulas import look_alikes
from tansaku.chem.elements import element
from tansaku.language import _
from tansaku.spec import Answer

DECIMALS = 6
"""Of a charge; the resolution of amounts, which it is a sum of."""


class ReadFormula(Answer):
    """What was read.

    Attributes:
        formula: As tansaku writes it.
        amounts: {element: amount}.
        molar_mass: In g/mol.
        net_charge: The written charge; without one what the oxidation states add up to, if all are
            known.
        charge: The written charge; ``None`` for none.
        atomic_percent: By element.
        weight_percent: By element.
        oxidation_states: That of each element, in its order; ``None`` where there is no default.
        notices: What the reader should check.
    """

    formula: str
    amounts: dict[str, float]
    molar_mass: float
    net_charge: float | None
    charge: float | None
    atomic_percent: dict[str, float]
    weight_percent: dict[str, float]
    oxidation_states: dict[str, float | None]
    notices: tuple[str, ...]


def formula(text: str, *, states: Mapping[str, float] | None = None) -> ReadFormula:
    """Read a formula.

    Args:
        text: The formula; docs/formulas.md has the grammar.
        states: Oxidation states that differ from the defaults, ``{"Fe": 3}``.

    Raises:
        FormulaError: the formula cannot be read, or an element has no standard atomic mass.
        ChargeError: a stated oxidation state that no element has.
    """
    stated, rounded = exact_states(states or {})
    found = Composition.parse(text)
    taken = {
        symbol: stated.get(symbol, element(symbol).default_oxidation) for symbol in found.elements
    }
    missing = [symbol for symbol, state in taken.items() if state is None]
    # With a state for each missing element the look-up still checks all that were stated.
    total = net_charge(found, stated | dict.fromkeys(missing, 0.0))
    charge = None if missing else round(total, DECIMALS) + 0.0
    notices = [
        *look_alikes(text),
        *rounded,
        *_unused(stated, found),
        *_charges(found, taken, charge),
    ]
    return ReadFormula(
        formula=found.text(),
        amounts=dict(found.amounts),
        molar_mass=found.molar_mass,
        net_charge=found.charge or charge,
        charge=found.charge or None,
        atomic_percent=found.atomic_percent(),
        weight_percent=found.weight_percent(),
        oxidation_states=taken,
        notices=tuple(notices),
    )


def _unused(stated: Mapping[str, float], found: Composition) -> list[str]:
    absent = ", ".join(symbol for symbol in stated if symbol not in found.amounts)
    return [_("No use for the oxidation state of {names}.").format(names=absent)] if absent else []


def _charges(
    found: Composition, states: Mapping[str, float | None], charge: float | None
) -> list[str]:
    """What there is to say about the charge."""
    if charge is None:
        if found.charge:
            return []
        return [
            _("The net charge is unknown: no default oxidation state for {names}.").format(
                names=", ".join(symbol for symbol, state in states.items() if state is None)
            )
        ]
    if abs(charge - found.charge) <= RESOLUTION:
        return []
    return [
        _("The oxidation states {states} add up to {charge:+g}. Others can be stated.").format(
            states=", ".join(f"{symbol} {state:+g}" for symbol, state in states.items()),
            charge=charge,
        )
    ]
