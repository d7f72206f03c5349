"""Precursors: what stands on the shelf, how pure it is, how much is left, how to handle it."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from tansaku.chem.composition import Composition
from tansaku.errors import WeighingError
from tansaku.language import _
from tansaku.typed import as_typed

_NUMBER: Final = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?) *(%?)")
_FIELDS: Final = ("purity", "loi", "stock")


@dataclass(frozen=True, slots=True)
class Precursor:
    """A chemical that is weighed in.

    Attributes:
        name: What it is called on the sheet: its formula as it was given.
        composition: What one mole of it holds.
        purity: Mass fraction of that compound in the dried chemical, above 0 and up to 1; what
            else is in it counts for nothing.
        loss_on_ignition: Mass fraction that the chemical as it stands loses on drying or
            ignition, beyond what its formula says (adsorbed water, taken up carbon dioxide);
            from 0 to below 1. The CO2 of a carbonate is in the formula and not in here.
        stock: Grams that are left; None where there is enough.

    Example:
        >>> powder = Precursor.parse("Li2CO3:purity=99.5%:loi=0.3%:stock=20")
        >>> powder.name, powder.purity, powder.loss_on_ignition, powder.stock
        ('Li2CO3', 0.995, 0.003, 20.0)
        >>> round(powder.grams_per_mole, 2)
        74.48
    """

    name: str
    composition: Composition
    purity: float = 1.0
    loss_on_ignition: float = 0.0
    stock: float | None = None

    @classmethod
    def of(
        cls,
        formula: str,
        *,
        purity: float = 1.0,
        loss_on_ignition: float = 0.0,
        stock: float | None = None,
    ) -> Precursor:
        """A precursor by its formula, its numbers checked.

        Raises:
            FormulaError: the formula cannot be read.
            WeighingError: a charged formula, or a number outside its range.
        """
        name = formula.strip()
        composition = Composition.parse(name)
        if composition.charge:
            raise WeighingError(
                _("The precursor {name} carries a charge; ions cannot be weighed.").format(
                    name=name
                ),
                _("Give the compound that stands in the bottle."),
            )
        _check(name, "purity", purity, 0 < purity <= 1, _("above 0 and up to 100 %"))
        _check(
            name,
            "loi",
            loss_on_ignition,
            0 <= loss_on_ignition < 1,
            _("from 0 to below 100 %"),
        )
        if stock is not None:
            _check(name, "stock", stock, 0 <= stock < math.inf, _("0 g or more"))
        return cls(name, composition, purity, loss_on_ignition, stock)

    @classmethod
    def parse(cls, text: str) -> Precursor:
        """Read ``FORMULA[:purity=P][:loi=L][:stock=G]``, e.g. ``Li2CO3:purity=99.5%:stock=20``.

        Purity and loss on ignition are shares with or without a percent sign (99.5% or 0.995),
        the stock is in grams.

        Raises:
            FormulaError: the formula cannot be read.
            WeighingError: an unknown or repeated option, or a number outside its range.
        """
        formula, *options = as_typed(text).split(":")
        found: dict[str, float] = {}
        for option in options:
            key, equals, value = (part.strip() for part in option.partition("="))
            if key not in _FIELDS or not equals or key in found:
                raise WeighingError(
                    _("'{option}' behind the precursor {formula} is not understood.").format(
                        option=option.strip(), formula=formula.strip()
                    ),
                    _("Write for example {example}; each option once.").format(
                        example="Li2CO3:purity=99.5%:loi=0.3%:stock=20"
                    ),
                )
            what = _("{key} of {formula}").format(key=key, formula=formula.strip())
            found[key] = grams(value, what) if key == "stock" else share(value, what)
        return cls.of(
            formula,
            purity=found.get("purity", 1.0),
            loss_on_ignition=found.get("loi", 0.0),
            stock=found.get("stock"),
        )

    @property
    def grams_per_mole(self) -> float:
        """Grams of the chemical as it stands that hold one mole of the formula."""
        return self.composition.molar_mass / (self.purity * (1 - self.loss_on_ignition))

    @property
    def handling(self) -> tuple[str, ...]:
        """Tags of :data:`HANDLING`, where it is a common precursor; else none."""
        known = common().get(self.composition)
        return known.handling if known else ()


@dataclass(frozen=True, slots=True)
class CommonPrecursor:
    """A line of the table of common precursors.

    Attributes:
        formula: As a label has it.
        name: Its English name.
        composition: What one mole of it holds.
        handling: Tags of :data:`HANDLING`.

    Example:
        >>> common()[Composition.parse("La2O3")].handling
        ('hydroxide',)
    """

    formula: str
    name: str
    composition: Composition
    handling: tuple[str, ...]


HANDLING: Final = (
    "dry",
    "hydroxide",
    "carbonate",
    "hydrate",
    "deliquescent",
    "inert",
    "ammonia",
    "oxidiser",
    "toxic",
)
"""The tags of handling, in the order in which a sheet shows them."""


def handling_sentence(tag: str) -> str:
    """What a tag of :data:`HANDLING` asks of the person who weighs."""
    return {
        "dry": _("Adsorbs water: dry it before weighing."),
        "hydroxide": _(
            "Turns into hydroxide and carbonate in air: ignite it right before weighing and let"
            " it cool dry, or state its loss on ignition."
        ),
        "carbonate": _("Takes up carbon dioxide from air: use a fresh bottle, keep it closed."),
        "hydrate": _(
            "Its water content drifts: measure the residue on ignition of this bottle and state"
            " the purity or the loss on ignition."
        ),
        "deliquescent": _("Draws water from air: weigh fast, or in a dry box."),
        "inert": _("Reacts with moist air: weigh it in a glove box."),
        "ammonia": _("Slowly loses ammonia: use a fresh bottle, do not dry it with heat."),
        "oxidiser": _("Oxidiser: keep it from organic matter; gives off nitrogen oxides."),
        "toxic": _("Toxic: read the safety data sheet first."),
    }[tag]


@cache
def common() -> Mapping[Composition, CommonPrecursor]:
    """The common precursors by what they hold, the usual choice for an element first.

    The handling is that of the class of substance (hydrates, oxides that take up water, ...),
    as bottles are labelled; the label and the safety data sheet of the bottle go first.
    """
    text = files("tansaku.chem").joinpath("precursors.csv").read_text(encoding="utf-8")
    found: dict[Composition, CommonPrecursor] = {}
    for row in csv.DictReader(text.splitlines()):
        composition = Composition.parse(row["formula"])
        tags = tuple(row["handling"].split())
        found[composition] = CommonPrecursor(row["formula"], row["name"], composition, tags)
    return found


def suppliers(
    element: str, allowed: Collection[str], leaving: Collection[str]
) -> tuple[CommonPrecursor, ...]:
    """The common precursors that bring an element and nothing foreign, the plainest first.

    Args:
        element: Symbol of what is wanted.
        allowed: Symbols that may come with it: those of the target.
        leaving: Symbols of what does not stay.
    """
    fitting = [
        each
        for each in common().values()
        if element in each.composition.elements
        and all(other in allowed or other in leaving for other in each.composition.elements)
    ]
    return tuple(
        sorted(fitting, key=lambda each: len(set(each.composition.elements) - set(leaving)))
    )


def share(text: str, what: str) -> float:
    """``"99.5%"`` or ``"0.995"`` -> 0.995.

    Args:
        text: As a person wrote it.
        what: Its name in an error.

    Raises:
        WeighingError: no number.
    """
    number, percent = _read(text, what, _("Write for example 99.5% or 0.995."))
    return number / 100 if percent else number


def grams(text: str, what: str) -> float:
    """``"20"`` -> 20.0, a mass in grams.

    Raises:
        WeighingError: no number, or a share.
    """
    hint = _("Write grams with a decimal point and without a unit, for example 20 or 0.25.")
    number, percent = _read(text, what, hint)
    if percent:
        raise WeighingError(
            _("The {what} is '{text}', a share and not a mass.").format(what=what, text=text), hint
        )
    return number


def _read(text: str, what: str, hint: str) -> tuple[float, bool]:
    """The number, and whether a percent sign stands behind it."""
    found = _NUMBER.fullmatch(as_typed(text).strip())
    if not found or not math.isfinite(float(found.group(1))):
        raise WeighingError(
            _("The {what} is '{text}', which is no number.").format(what=what, text=text.strip()),
            hint,
        )
    return float(found.group(1)), bool(found.group(2))


def _check(name: str, key: str, value: float, fits: bool, rule: str) -> None:
    if not fits:
        raise WeighingError(
            _("{name}: {key}={value} is not {rule}.").format(
                key=key, name=name, value=f"{value:.12g}", rule=rule
            ),
            _("Purity and loss on ignition are shares: 99.5% or 0.995."),
        )
