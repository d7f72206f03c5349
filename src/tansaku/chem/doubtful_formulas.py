"""Formulas that are read as they stand, but may have been meant otherwise."""

from __future__ import annotations

import re
from typing import Final

from tansaku.chem.elements import GROUPS, element, is_symbol
from tansaku.chem.syntax import Term, read_terms
from tansaku.language import _

ORDINARY: Final = frozenset({"CO", "CS", "HF", "HO", "OS"})
"""Two capitals that are mostly meant as such, though Co, Cs, Hf, Ho and Os exist."""


OXIDES: Final = frozenset({"CO", "HF", "HO"})
"""Of these those that cannot be meant where oxygen follows at once: LiCOO2, HFO2, HO2O3."""

ABBREVIATIONS: Final = {
    "BFO": "BiFeO3",
    "BSCF": "Ba0.5Sr0.5Co0.8Fe0.2O3",
    "KFSI": "KN(SO2F)2",
    "KNN": "K0.5Na0.5NbO3",
    "LiBOB": "LiB(C2O4)2",
    "LiFSI": "LiN(SO2F)2",
    "NaBOB": "NaB(C2O4)2",
    "NaFSI": "NaN(SO2F)2",
    "PVB": "C8H14O2",
    "PVP": "C6H9NO",
    "YBCO": "YBa2Cu3O7",
}
"""Short names that read as formulas -> what they stand for, an example where it varies."""


def look_alikes(text: str, *, variables: bool = False) -> tuple[str, ...]:
    """Sentences on what may be meant otherwise: pairs of capitals that read as two elements, groups
    and short names of salts that read as elements.

    Args:
        text: A formula.
        variables: It is a template.

    Raises:
        FormulaError: the text is no formula; as ``Composition.parse``.

    Example:
        >>> look_alikes("SIO2")
        ('SI reads as S and I; Si is written with a small letter.',)
        >>> look_alikes("Zr(OPr)4")
        ('Pr reads as the element; propyl is written with its atoms.',)
    """
    terms, _charge = read_terms(text, variables=variables)
    found = {}
    for first, second, third in zip(terms, terms[1:], [*terms[2:], None], strict=False):
        pair = first.symbol + second.symbol
        adjacent = second.position == first.position + 1 and first.group == second.group
        if not (adjacent and len(pair) == 2 and _has_mass(pair.capitalize())):
            continue
        if pair not in ORDINARY or (pair in OXIDES and not _ordinary(text, second, third)):
            said = _("{pair} reads as {a} and {b}; {one} is written with a small letter.")
            found[pair] = said.format(pair=pair, a=pair[0], b=pair[1], one=pair.capitalize())
    for before, term in zip([None, *terms], terms, strict=False):
        alkoxide = (
            before is not None and before.symbol == "O" and before.position + 1 == term.position
        )
        # Actinium, americium and tennessine are hardly ever meant; praseodymium often is.
        if term.symbol in GROUPS and (alkoxide or not _has_mass(term.symbol)):
            said = _("{symbol} reads as the element; {group} is written with its atoms.")
            found[term.symbol] = said.format(symbol=term.symbol, group=GROUPS[term.symbol])
    if text.strip() in ABBREVIATIONS:
        said = _("{text} reads as a formula; as a short name it stands for {meant}.")
        found[text] = said.format(text=text.strip(), meant=ABBREVIATIONS[text.strip()])
    return tuple(found.values())


def _ordinary(text: str, second: Term, third: Term | None) -> bool:
    """Whether an amount and what follows suit two elements: CO2, COOH, HO2; not CO0.2, COO2."""
    own = _amount(text, second)
    if own and not (own.isdigit() and int(own) > 0):
        return False
    if third is None or third.symbol != "O" or third.group != second.group:
        return True
    between = text[second.position + 1 + len(own) : third.position]
    return bool(between.strip()) or not (own or _amount(text, third))


def _amount(text: str, term: Term) -> str:
    """What is written as the amount right behind a symbol."""
    found = _AMOUNT.match(text, term.position + len(term.symbol))
    return found.group() if found else ""


_AMOUNT: Final = re.compile(r"[0-9][0-9./]*")


def _has_mass(symbol: str) -> bool:
    """Whether it is an element that someone may weigh: Nh and Po are not."""
    return is_symbol(symbol) and element(symbol).mass is not None
