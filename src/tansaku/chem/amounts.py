"""Amounts: many compositions at once, as one matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tansaku.chem.composition import (
    LARGEST,
    PER_UNIT,
    Composition,
    amount_text,
    canonical,
    written,
)
from tansaku.chem.elements import atomic_mass
from tansaku.errors import FormulaError
from tansaku.language import _

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NOTHING: Final = "-"
"""The text of a row without any amount: no formula."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """N compositions over e elements.

    Attributes:
        elements: Symbols in canonical order, length e; others may be absent from all rows.
        matrix: Moles per formula unit, shape (N, e); what rounds to no multiple of
            :data:`~tansaku.chem.composition.RESOLUTION` counts as 0.

    Example:
        >>> both = Amounts.of([Composition.parse("Li2O"), Composition.parse("SiO2")])
        >>> both.elements, both.texts(), both.molar_masses().round(2).tolist()
        (('Li', 'Si', 'O'), ['Li2O', 'SiO2'], [29.88, 60.08])
    """

    elements: tuple[str, ...]
    matrix: Floats

    @classmethod
    def of(cls, compositions: Sequence[Composition]) -> Amounts:
        """The compositions as rows; their elements in union. Written charges are not kept."""
        symbols = canonical({symbol for each in compositions for symbol in each.elements})
        matrix = np.zeros((len(compositions), len(symbols)))
        columns = {symbol: column for column, symbol in enumerate(symbols)}
        for row, each in enumerate(compositions):
            for symbol, value in each.amounts.items():
                matrix[row, columns[symbol]] = value
        return cls(symbols, matrix)

    def __len__(self) -> int:
        return len(self.matrix)

    @property
    def varying(self) -> tuple[str, ...]:
        """The elements whose amounts differ between the rows."""
        most, least = self.matrix.max(axis=0, initial=0.0), self.matrix.min(axis=0, initial=np.inf)
        return tuple(s for s, kept in zip(self.elements, most > least, strict=True) if kept)

    def column(self, symbol: str) -> Floats:
        """Moles of one element, shape (N,); zeros where no row holds it."""
        if symbol not in self.elements:
            return np.zeros(len(self))
        return self.matrix[:, self.elements.index(symbol)]

    def molar_masses(self) -> Floats:
        """In g/mol, shape (N,).

        Raises:
            FormulaError: an element has no standard atomic mass.
        """
        masses = np.array([atomic_mass(symbol) for symbol in self.elements], dtype=np.float64)
        return np.asarray(self.matrix @ masses, dtype=np.float64)

    def texts(self) -> list[str]:
        """Canonical formulas, one per row; ``-`` for a row without any amount.

        Raises:
            FormulaError: an amount is negative, not finite or too large.
        """
        counts = self._multiples()
        columns = [
            _column_texts(symbol, counts[:, column]) for column, symbol in enumerate(self.elements)
        ]
        if not columns:
            return [NOTHING] * len(self)
        return [written(pieces) or NOTHING for pieces in zip(*columns, strict=True)]

    def composition(self, row: int) -> Composition:
        """One row.

        Raises:
            FormulaError: the row holds nothing, or an amount that no composition can have.
        """
        return Composition.of(dict(zip(self.elements, self.matrix[row].tolist(), strict=True)))

    def _multiples(self) -> Ints:
        """Amounts in multiples of the resolution, rounded as single compositions are."""
        counts = np.rint(self.matrix * PER_UNIT)
        wrong = ~((counts >= 0) & (counts <= LARGEST * PER_UNIT))
        if wrong.any():
            row, column = (int(each[0]) for each in np.nonzero(wrong))
            raise FormulaError(
                _(
                    "Row {row}: the amount {amount:g} of {name} is not between 0 and {largest:g}."
                ).format(
                    row=row,
                    amount=self.matrix[row, column],
                    name=self.elements[column],
                    largest=LARGEST,
                ),
                _("Correct the amount of {name}.").format(name=self.elements[column]),
            )
        return counts.astype(np.int64)


def _column_texts(symbol: str, counts: Ints) -> list[str]:
    """The texts of one element; each different amount is written once."""
    values, which = np.unique(counts, return_inverse=True)
    texts = [symbol + amount_text(int(count)) if count else "" for count in values]
    return np.array(texts, dtype=object)[which].tolist()  # type: ignore[no-any-return]
