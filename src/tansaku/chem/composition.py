"""Composition: moles of each element in one formula unit, the value that all chemistry shares."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

from tansaku.chem.elements import atomic_mass, element, ranks
from tansaku.chem.syntax import factor_value, read_terms
from tansaku.chem.written_charge import charge_value
from tansaku.errors import FormulaError
from tansaku.language import _

RESOLUTION: Final = 1e-6
"""Moles per formula unit that are told apart: amounts are compared, hashed and written as whole
multiples of it. It is far above rounding in float64 and far below what a balance resolves."""

PER_UNIT: Final = 1_000_000
"""Multiples of :data:`RESOLUTION` in one mole."""

LARGEST: Final = 1e6
"""Largest amount of one element: above it float64 would lose :data:`RESOLUTION` in arithmetic,
and no formula unit comes near it."""

PERCENT_SLACK: Final = 0.5
"""How far percentages may miss 100 in all: published ones are rounded to 0.1 each."""

MISREAD: Final = {"NaN": "Na1N1"}
"""Formulas that tables, spreadsheets and pandas take for something else, and how we write them."""


@dataclass(frozen=True, slots=True, eq=False)
class Composition:
    """Moles of each element in one formula unit.

    Make one with :meth:`of` or :meth:`parse`. An amount that rounds to no multiple of
    :data:`RESOLUTION` is no amount, so that rounding in float64 leaves no trace. Two compositions
    are equal where all amounts, and the charges, round to the same multiples of it.

    Attributes:
        amounts: Moles by symbol, each above 0, in the canonical order (rising electronegativity);
            read-only.
        charge: The charge written in the formula, in elementary charges.

    Example:
        >>> lzp = Composition.parse("LiZr2(PO4)3")
        >>> lzp.text(), round(lzp.molar_mass, 3), lzp["O"]
        ('LiZr2P3O12', 474.297, 12.0)
        >>> (2 * Composition.parse("Li2O") + Composition.parse("SiO2")).text()
        'Li4SiO4'
    """

    amounts: Mapping[str, float]
    charge: float = 0.0

    @classmethod
    def of(cls, amounts: Mapping[str, float], charge: float = 0.0) -> Composition:
        """A composition of these moles, in any order.

        Raises:
            FormulaError: an unknown symbol, an amount that is negative, not finite or above
                :data:`LARGEST`, or nothing at all.
        """
        unknown = [symbol for symbol in amounts if symbol not in ranks()]
        if unknown:
            element(unknown[0])
        kept = {
            symbol: _checked(symbol, float(amounts[symbol]))
            for symbol in sorted(amounts, key=ranks().__getitem__)
        }
        kept = {symbol: amount for symbol, amount in kept.items() if multiples(amount)}
        if not kept:
            raise FormulaError(
                _("The composition holds nothing: no amount is above {resolution:g}.").format(
                    resolution=RESOLUTION
                ),
                _("Give at least one element an amount."),
            )
        if not math.isfinite(charge) or abs(charge) > LARGEST:
            raise FormulaError(
                _("The charge {charge} is no number that an ion can have.").format(charge=charge),
                _("Write a charge such as 3- or 2+."),
            )
        return cls(MappingProxyType(kept), float(charge) if multiples(charge) else 0.0)

    @classmethod
    def parse(cls, text: str) -> Composition:
        """Read a formula such as ``Li1.25Ca0.125Zr1.875(PO4)3``; docs/formulas.md has the grammar.

        Raises:
            FormulaError: the text cannot be read, or in two ways; points at the character.
        """
        if isinstance(text, str) and text.strip() in MISREAD:
            raise FormulaError(
                _("'{text}' stands for 'no value' in tables.").format(text=text.strip()),
                _("Write {formula} for the composition, or leave the cell empty.").format(
                    formula=MISREAD[text.strip()]
                ),
            )
        terms, charge = read_terms(text)
        found: dict[str, float] = {}
        for term in terms:
            amount = math.prod(map(factor_value, term.factors))
            found[term.symbol] = found.get(term.symbol, 0.0) + amount
        return cls.of(found, charge_value(charge))

    @classmethod
    def from_atomic_percent(cls, percent: Mapping[str, float]) -> Composition:
        """The normalised composition with these at.%; they are scaled to 100 in all.

        Raises:
            FormulaError: as :meth:`of`, or the sum misses 100 by more than :data:`PERCENT_SLACK`.
        """
        return cls.of(_shares(percent, "at.%"))

    @classmethod
    def from_weight_percent(cls, percent: Mapping[str, float]) -> Composition:
        """The normalised composition with these wt.%; they are scaled to 100 in all.

        Raises:
            FormulaError: as :meth:`from_atomic_percent`, or an element has no standard mass.
        """
        shares = _shares(percent, "wt.%")
        moles = {symbol: share / atomic_mass(symbol) for symbol, share in shares.items()}
        total = math.fsum(moles.values())
        return cls.of({symbol: amount / total for symbol, amount in moles.items()})

    @classmethod
    def from_moles(cls, moles: Mapping[str, float]) -> Composition:
        """The sum of substances: ``{"Li2O": 1, "SiO2": 2}`` is Li2Si2O5.

        Raises:
            FormulaError: a formula cannot be read, a number of moles is negative, or nothing is
                left.
        """
        found: dict[str, float] = {}
        charge = 0.0
        for text, amount in moles.items():
            _checked(text, amount)
            part = cls.parse(text)
            charge += amount * part.charge
            for symbol, value in part.amounts.items():
                found[symbol] = found.get(symbol, 0.0) + amount * value
        return cls.of(found, charge)

    @property
    def elements(self) -> tuple[str, ...]:
        """Symbols in canonical order."""
        return tuple(self.amounts)

    @property
    def total(self) -> float:
        """Moles of atoms in one formula unit."""
        return math.fsum(self.amounts.values())

    @property
    def molar_mass(self) -> float:
        """In g/mol; electrons are not counted.

        Raises:
            FormulaError: an element has no standard atomic mass.
        """
        return math.fsum(value * atomic_mass(symbol) for symbol, value in self.amounts.items())

    def normalised(self) -> Composition:
        """The same composition for one mole of atoms; what then is below the resolution is gone."""
        return self / self.total

    def atomic_percent(self) -> dict[str, float]:
        """at.% by symbol, 100 in all."""
        return {symbol: 100 * value / self.total for symbol, value in self.amounts.items()}

    def weight_percent(self) -> dict[str, float]:
        """wt.% by symbol, 100 in all.

        Raises:
            FormulaError: an element has no standard atomic mass.
        """
        mass = self.molar_mass
        return {
            symbol: 100 * value * atomic_mass(symbol) / mass
            for symbol, value in self.amounts.items()
        }

    def text(self) -> str:
        """Canonical formula: ``parse(text()) == self``, and equal compositions have equal texts.

        Elements stand in canonical order, amounts with at most six decimals, a charge as ``^2-``.
        """
        return written(
            [symbol + amount_text(multiples(value)) for symbol, value in self.amounts.items()],
            multiples(self.charge),
        )

    def __getitem__(self, symbol: str) -> float:
        """Moles of an element; 0.0 where it is absent."""
        return self.amounts.get(symbol, 0.0)

    def __add__(self, other: Composition) -> Composition:
        return self._combined(other, 1.0)

    def __sub__(self, other: Composition) -> Composition:
        """What is left; FormulaError where an element would become negative, or nothing is left."""
        return self._combined(other, -1.0)

    def __mul__(self, factor: float) -> Composition:
        return Composition.of(
            {symbol: factor * value for symbol, value in self.amounts.items()},
            factor * self.charge,
        )

    __rmul__ = __mul__

    def __truediv__(self, divisor: float) -> Composition:
        if not divisor:
            raise FormulaError(
                _("{formula} cannot be divided by 0.").format(formula=self.text()),
                _("Divide by a number above 0."),
            )
        return self * (1.0 / divisor)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Composition):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __str__(self) -> str:
        return self.text()

    def __reduce__(self) -> tuple[object, ...]:
        """Copies and other processes make it anew: a read-only mapping cannot be copied."""
        return (Composition.of, (dict(self.amounts), self.charge))

    def _combined(self, other: Composition, sign: float) -> Composition:
        symbols = {**self.amounts, **other.amounts}
        return Composition.of(
            {symbol: self[symbol] + sign * other[symbol] for symbol in symbols},
            self.charge + sign * other.charge,
        )

    def _key(self) -> tuple[frozenset[tuple[str, int]], int]:
        amounts = frozenset((symbol, multiples(value)) for symbol, value in self.amounts.items())
        return amounts, multiples(self.charge)


def mole_ratios(composition: Composition, parts: Sequence[str]) -> dict[str, float]:
    """Moles of each substance that make up the composition, the way back from ``from_moles``.

    Args:
        composition: What is made.
        parts: Formulas, e.g. ``["Li2O", "SiO2"]``.

    Raises:
        FormulaError: the substances cannot make it exactly (within the resolution), or can in
            more than one way.

    Example:
        >>> mole_ratios(Composition.parse("Li2Si2O5"), ["Li2O", "SiO2"])
        {'Li2O': 1.0, 'SiO2': 2.0}
    """
    columns = [Composition.parse(text) for text in parts]
    symbols = canonical({*composition.elements, *(s for each in columns for s in each.elements)})
    matrix = np.array([[each[symbol] for each in columns] for symbol in symbols])
    wanted = np.array([composition[symbol] for symbol in symbols])
    matrix = matrix.reshape(len(symbols), len(columns))
    moles, _residue, rank, _singular = np.linalg.lstsq(matrix, wanted, rcond=None)
    if rank < len(columns):
        raise FormulaError(
            _("{parts} make {formula} in more than one way.").format(
                parts=", ".join(parts), formula=composition.text()
            ),
            _("Leave out a substance that the others can make."),
        )
    missed = np.abs(matrix @ moles - wanted)
    absent = (matrix.max(axis=1, initial=0.0) == 0) & (wanted > 0)
    made_from = {"parts": ", ".join(parts), "formula": composition.text()}
    if absent.any() or missed.max() > RESOLUTION:
        worst = int((missed + LARGEST * absent).argmax())
        raise FormulaError(
            _("{parts} cannot make {formula}: {symbol} does not come out.").format(
                symbol=symbols[worst], **made_from
            ),
            _("Give the substances that hold its elements in the right ratio."),
        )
    if moles.min(initial=0.0) < -RESOLUTION:
        raise FormulaError(
            _("{parts} cannot make {formula}: it would take less than nothing of {part}.").format(
                part=parts[int(moles.argmin())], **made_from
            ),
            _("Exchange {part} for another substance.").format(part=parts[int(moles.argmin())]),
        )
    rounded = np.rint(moles * PER_UNIT) / PER_UNIT
    return dict(zip(parts, (float(each) for each in rounded + 0.0), strict=True))


def canonical(symbols: Iterable[str]) -> tuple[str, ...]:
    """Symbols in canonical order: rising electronegativity, cations first."""
    return tuple(sorted(symbols, key=ranks().__getitem__))


def multiples(amount: float) -> int:
    """How many times :data:`RESOLUTION` an amount is, rounded half to even."""
    return round(amount * PER_UNIT)


def amount_text(count: int) -> str:
    """``count`` multiples of the resolution as written behind a symbol; nothing for one mole."""
    if count == PER_UNIT:
        return ""
    whole, rest = divmod(count, PER_UNIT)
    return f"{whole}.{rest:06d}".rstrip("0") if rest else str(whole)


def written(pieces: Sequence[str], charge: int = 0) -> str:
    """A canonical formula from its written elements and ``charge`` multiples of the resolution."""
    text = "".join(pieces)
    if charge:
        text += f"^{amount_text(abs(charge))}{'+' if charge > 0 else '-'}"
    return MISREAD.get(text, text)


def _checked(name: str, amount: float) -> float:
    if not math.isfinite(amount) or amount > LARGEST or multiples(amount) < 0:
        raise FormulaError(
            _("The amount {amount:g} of {name} is not between 0 and {largest:g}.").format(
                amount=amount, name=name, largest=LARGEST
            ),
            _("Correct the amount of {name}.").format(name=name),
        )
    return amount


def _shares(percent: Mapping[str, float], unit: str) -> dict[str, float]:
    """Shares of 1 from percentages."""
    for symbol, value in percent.items():
        element(symbol)
        _checked(symbol, value)
    total = math.fsum(percent.values())
    if abs(total - 100) > PERCENT_SLACK:
        raise FormulaError(
            _("The {unit} add up to {total:.6g}, not 100.").format(unit=unit, total=total),
            _("Give the {unit} of all elements.").format(unit=unit),
        )
    return {symbol: value / total for symbol, value in percent.items()}
