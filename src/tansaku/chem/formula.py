"""Formulas that are read as they stand, but may have been meant otherwise."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from tansaku.chem.elements import element, is_symbol
from tansaku.chem.syntax import read_terms
from tansaku.language import _

ORDINARY: Final = frozenset({"CO", "CS", "HF", "HO", "OS"})
"""Two capitals that are mostly meant as such, though Co, Cs, Hf, Ho and Os exist."""


def look_alikes(text: str) -> tuple[str, ...]:
    """Sentences on pairs of capitals that read as two elements where one may be meant: SIO2.

    Raises:
        FormulaError: the text is no formula; as ``Composition.parse``.

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
