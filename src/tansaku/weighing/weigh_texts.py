"""What a weighing sheet says in words, on paper, in a workbook and in the terminal alike."""

from __future__ import annotations

from decimal import Decimal

from tansaku.chem.composition import Composition
from tansaku.chem.precursor_masses import WeighOut
from tansaku.chem.precursors import HANDLING, Precursor, handling_sentence
from tansaku.language import _


def shown_grams(value: float, balance: float) -> str:
    """A mass to the last digit of the balance.

    >>> shown_grams(1.5, 0.0001), shown_grams(2.0, 0.5), shown_grams(3.0, 1.0)
    ('1.5000', '2.0', '3')
    """
    places = max(-int(Decimal(repr(balance)).normalize().as_tuple().exponent), 0)
    return f"{value:.{places}f}"


def shown_share(value: float) -> str:
    """A share as a percentage, without trailing zeros.

    >>> shown_share(0.995), shown_share(0.1)
    ('99.5 %', '10 %')
    """
    return f"{100 * value:.6g} %"


def shown_formula(composition: Composition) -> str:
    """A formula to four decimals, as far as a balance tells amounts apart.

    >>> shown_formula(Composition.parse("Li1.400061Zr2P2.99999O12"))
    'Li1.4001Zr2P3O12'
    """
    rounded = {each: round(amount, 4) for each, amount in composition.amounts.items()}
    return Composition.of(rounded).text()


def quality(precursor: Precursor) -> list[str]:
    """What of the bottle went into the mass, where it is not simply pure."""
    remarks = []
    if precursor.purity < 1:
        remarks.append(_("purity {share}").format(share=shown_share(precursor.purity)))
    if precursor.loss_on_ignition > 0:
        remarks.append(
            _("loss on ignition {share}").format(share=shown_share(precursor.loss_on_ignition))
        )
    return remarks


def bottle_remarks(precursor: Precursor) -> tuple[str, ...]:
    """What to know of a precursor before it is weighed."""
    return (*quality(precursor), *map(handling_sentence, precursor.handling))


def assumptions(sheet: WeighOut) -> tuple[str, ...]:
    """What the masses rest on: a person who knows better can then object."""
    found = [
        _("The batch is {mass} g of the fired product, without the excess.").format(
            mass=f"{sheet.mass:g}"
        )
    ]
    if sheet.leaving:
        found.append(
            _("Leaves on firing or comes from the atmosphere: {elements}.").format(
                elements=", ".join(sheet.leaving)
            )
        )
    for element, share in sheet.excess.items():
        found.append(
            _("{element}: {share} more than the target, expected to evaporate.").format(
                element=element, share=shown_share(share)
            )
        )
    return tuple(found)


def handling_lines(sheet: WeighOut) -> tuple[str, ...]:
    """One line for each way of handling, with the precursors in use that need it."""
    used = [each for each, grams in zip(sheet.precursors, sheet.rounded, strict=True) if grams > 0]
    return tuple(
        f"{', '.join(names)}: {handling_sentence(tag)}"
        for tag in HANDLING
        if (names := [each.name for each in used if tag in each.handling])
    )
