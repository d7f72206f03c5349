"""Formulas: text, or a column of texts, as compositions."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from tansaku.chem.amounts import Amounts
from tansaku.chem.composition import Composition
from tansaku.chem.elements import element, is_symbol
from tansaku.chem.syntax import read_terms
from tansaku.errors import FormulaError
from tansaku.language import _

ORDINARY: Final = frozenset({"CO", "CS", "HF", "HO", "OS"})
"""Two capitals that are mostly meant as such, though Co, Cs, Hf, Ho and Os exist."""


def parse_formula(text: str) -> Composition:
    """Read one formula; docs/formulas.md has the grammar.

    Raises:
        FormulaError: the text is no formula or can be read in two ways; points at the character.

    Example:
        >>> parse_formula("CuSO4·5H2O")["O"], parse_formula("PO4^3-").charge
        (9.0, -3.0)
    """
    return Composition.parse(text)


def parse_formulas(texts: Iterable[str]) -> Amounts:
    """Read a column of formulas; each different text is read once.

    Raises:
        FormulaError: as :func:`parse_formula`; names the row, counted from 1.
    """
    found: dict[str, Composition] = {}
    rows = []
    for number, text in enumerate(texts, start=1):
        if text not in found:
            try:
                found[text] = Composition.parse(text)
            except FormulaError as error:
                message = _("Row {row}: {message}").format(row=number, message=error.message)
                raise FormulaError(message, error.hint) from error
        rows.append(found[text])
    return Amounts.of(rows)


def look_alikes(text: str) -> tuple[str, ...]:
    """Sentences on pairs of capitals that read as two elements where one may be meant: SIO2.

    Raises:
        FormulaError: as :func:`parse_formula`.

    Example:
        >>> look_alikes("SIO2")
        ('SI reads as S and I; Si is written with a small letter.',)
    """
    terms, _charge = read_terms(text)
    found = {}
    for first, second in pairwise(terms):
        pair = first.symbol + second.symbol
        adjacent = second.position == first.position + 1 and first.group == second.group
        if adjacent and len(pair) == 2 and pair not in ORDINARY and _has_mass(pair.capitalize()):
            found[pair] = _("{pair} reads as {a} and {b}; {one} is written with a small letter.")
    return tuple(
        sentence.format(pair=pair, a=pair[0], b=pair[1], one=pair.capitalize())
        for pair, sentence in found.items()
    )


def _has_mass(symbol: str) -> bool:
    """Whether it is an element that someone may weigh: Nh and Po are not."""
    return is_symbol(symbol) and element(symbol).mass is not None
