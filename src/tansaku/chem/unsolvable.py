"""Why a batch cannot be weighed: every refusal names the element and what would help."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from tansaku.chem.composition import Composition
from tansaku.chem.doubtful_formulas import look_alikes
from tansaku.chem.precursors import Precursor, common, suppliers
from tansaku.errors import WeighingError
from tansaku.language import _

SHOWN: Final = 4
"""Precursors that a hint proposes: enough of a choice, short enough to read."""


def charged(target: Composition) -> WeighingError:
    """An ion is to be made."""
    return WeighingError(
        _("{formula} carries a charge of {charge:+g}; ions cannot be weighed.").format(
            formula=target.text(), charge=target.charge
        ),
        _("Give the neutral compound."),
    )


def nothing_stays(target: Composition, leaving: Collection[str]) -> WeighingError:
    """All elements of the target are said to leave."""
    return WeighingError(
        _("Nothing of {formula} stays: {elements} leave on firing.").format(
            formula=target.text(), elements=", ".join(leaving)
        ),
        _("Declare fewer elements as leaving."),
    )


def excess_of_what_leaves(
    target: Composition, element: str, staying: Sequence[str]
) -> WeighingError:
    """An excess of an element that is not weighed in."""
    return WeighingError(
        _("An excess of {element} is asked for, which {formula} does not keep.").format(
            element=element, formula=target.text()
        ),
        _("An excess can be given of {elements}.").format(elements=", ".join(staying)),
    )


def excess_out_of_range(element: str, value: float, most: float) -> WeighingError:
    """A negative excess, or one that is likely a slip."""
    return WeighingError(
        _("The excess of {element} is {value}.").format(element=element, value=f"{value:g}"),
        _("Give a share from 0 to {most:.0%} of the target's amount, for example 10%.").format(
            most=most
        ),
    )


def idle(precursors: Sequence[Precursor], leaving: Collection[str]) -> WeighingError | None:
    """A precursor of which nothing stays: any mass of it would do; None where there is none."""
    for each in precursors:
        if set(each.composition.elements) <= set(leaving):
            return WeighingError(
                _("Nothing of {name} stays, so its mass cannot be worked out.").format(
                    name=each.name
                ),
                _("Leave it out, or declare what of it stays (leaving now: {now}).").format(
                    now=", ".join(leaving)
                ),
            )
    return None


def foreign(
    target: Composition, precursors: Sequence[Precursor], leaving: Collection[str]
) -> WeighingError | None:
    """Precursors that bring what stays and is not wanted; None where there are none."""
    strays = {
        each.name: stray
        for each in precursors
        if (
            stray := [
                element
                for element in each.composition.elements
                if element not in target.elements and element not in leaving
            ]
        )
    }
    if not strays:
        return None
    return WeighingError(
        _("{who}; that stays on firing and is not in {formula}.").format(
            who="; ".join(
                _("{name} brings {elements}").format(name=name, elements=", ".join(elements))
                for name, elements in strays.items()
            ),
            formula=target.text(),
        ),
        " ".join(
            [
                *(each for name in strays for each in look_alikes(name)),
                _(
                    "Exchange it; or, if it leaves in your furnace, declare that (leaving now:"
                    " {now})."
                ).format(now=", ".join(leaving)),
            ]
        ),
    )


def missing(
    target: Composition,
    precursors: Sequence[Precursor],
    staying: Sequence[str],
    leaving: Collection[str],
) -> WeighingError | None:
    """Elements that no precursor brings, and what would; None where there are none."""
    lacking = [
        element for element in staying if not any(each.composition[element] for each in precursors)
    ]
    if not lacking:
        return None
    hints = [_supply(element, target, leaving) for element in lacking]
    return WeighingError(
        _("No precursor brings {elements}, which {formula} needs.").format(
            elements=", ".join(lacking), formula=target.text()
        ),
        " ".join(hints),
    )


def _supply(element: str, target: Composition, leaving: Collection[str]) -> str:
    found = [each.formula for each in suppliers(element, target.elements, leaving)][:SHOWN]
    if not found:
        return _("Add a precursor that brings {element}.").format(element=element)
    return _("For {element} add one of {names}.").format(element=element, names=", ".join(found))


def tied(
    target: Composition,
    precursors: Sequence[Precursor],
    error: Mapping[str, float],
    leaving: Collection[str],
    *,
    but_for_excess: Sequence[str],
    helps: Callable[[Composition], bool],
) -> WeighingError:
    """The precursors bring every element, but not in these proportions.

    Args:
        target: What is to be made.
        precursors: From what.
        error: Relative error of each element in the nearest mixture.
        leaving: Elements that are not counted.
        but_for_excess: Elements whose excess alone stands in the way; empty otherwise.
        helps: Whether one more precursor would make the set sufficient.
    """
    off = {element: e for element, e in error.items() if abs(e) > 1e-4}
    parts = [
        (
            _("{percent:.1f} % too much {element}")
            if e > 0
            else _("{percent:.1f} % too little {element}")
        ).format(percent=100 * abs(e), element=element)
        for element, e in sorted(off.items(), key=lambda item: item[1])
    ]
    has = {each.composition for each in precursors}
    would = [
        each.formula
        for composition, each in common().items()
        if composition not in has
        and all(el in target.elements or el in leaving for el in composition.elements)
        and helps(composition)
    ][:SHOWN]
    hints = []
    if but_for_excess:
        hints.append(
            _(
                "Without the excess of {elements} they can: what comes along with it in a precursor"
                " needs an excess, too."
            ).format(elements=", ".join(but_for_excess))
        )
    if would:
        hints.append(_("One of {names} beside them would do.").format(names=", ".join(would)))
    elif not but_for_excess:
        short = min(error, key=lambda element: error[element])
        hints.append(_("Add a precursor that brings {element} alone.").format(element=short))
    return WeighingError(
        _("These precursors cannot make {formula}: the nearest mixture has {parts}.").format(
            formula=target.text(), parts=", ".join(parts)
        ),
        " ".join(hints),
    )


def out_of_stock(precursors: Sequence[Precursor], lack: Sequence[float]) -> WeighingError:
    """What is left of the precursors is not enough; ``lack`` is the grams that are missing."""
    parts = [
        _("{name}: {stock} g are left, {lack} g more are needed").format(
            name=each.name, stock=f"{each.stock:.6g}", lack=f"{missing_grams:.4g}"
        )
        for each, missing_grams in zip(precursors, lack, strict=True)
        if each.stock is not None and missing_grams > 0
    ]
    return WeighingError(
        _("The stock is not enough. {parts}.").format(parts="; ".join(parts)),
        _("Make a smaller batch, or name another precursor for what is short."),
    )


def too_small_to_weigh(
    precursor: Precursor, grams: float, balance: float, mass: float
) -> WeighingError:
    """A portion that the balance shows as nothing."""
    enough = mass * balance / grams
    digits = 10.0 ** math.floor(math.log10(enough))
    return WeighingError(
        _("{name} needs {grams} g, which a balance with steps of {balance} g cannot show.").format(
            name=precursor.name, grams=f"{grams:.2g}", balance=f"{balance:g}"
        ),
        _("Use a finer balance, or make a larger batch; {mass} g would be one step of it.").format(
            mass=f"{math.ceil(enough / digits) * digits:g}"
        ),
    )
