"""The full stop: a decimal point, or the dot before water? CaSO4.2H2O holds O4.2 or 2 H2O."""

from __future__ import annotations

import re
from typing import Final

from tansaku.chem.characters import SEPARATOR, pointed
from tansaku.errors import FormulaError
from tansaku.language import _

_SOLVENT: Final = re.compile(r"\(?(?:H2O|D2O|NH3|CH3OH|CH4O|C2H5OH|C2H6O)(?![a-z\d])")
_OXIDE: Final = re.compile(r"[A-Z][a-z]?\d*O\d*(?=$|[·.\s)\]}])")
_COUNT: Final = re.compile(r"[1-9]\d*(?:/\d+)?")


def reads_twice(plain: str, number: re.Match[str], symbol: str) -> bool:
    """Whether the full stop in a number could as well be the dot of a hydrate or a double oxide.

    It could where the digits behind it count water or another solvent, where they count an oxide
    and oxygen stands before, where no digit stands before it, and in numbers with two full stops.

    Args:
        plain: The formula.
        number: The number in it, a decimal or a fraction.
        symbol: The element before the number.
    """
    whole, dot, count = number.group().partition(".")
    if not dot:
        return False
    following = plain[number.end() : number.end() + 2]
    if not whole or "." in count or (following[:1] == "." and following[1:].isdigit()):
        return True
    if not whole.strip("0") or _COUNT.fullmatch(count) is None:
        return False  # 0.5 and 4.05 are decimals in any case
    if _SOLVENT.match(plain, number.end()):
        return True
    return symbol == "O" and _OXIDE.match(plain, number.end()) is not None


def two_readings(text: str, plain: str, position: int) -> FormulaError:
    """The error for the full stop at ``position``; shows how to write either reading."""
    before = _digits_before(plain, position)
    after = _digits_after(plain, position + 1)
    rest = plain[position + 1 + len(after) :]
    rest = SEPARATOR + rest[1:] if rest.startswith(".") else rest
    decimal = f"{plain[: position - len(before)]}({before or 0}.{after}){rest}".strip()
    hydrate = f"{plain[:position]}{SEPARATOR}{plain[position + 1 :]}".strip()
    return pointed(
        text,
        position,
        _("the full stop is a decimal point, or the dot before water or another part"),
        _("Write {decimal} or {hydrate}, whichever is meant.").format(
            decimal=decimal, hydrate=hydrate
        )
        if len(plain) < _SHOWN
        else _("Write a decimal in brackets, (0.5), and · before water, ·5H2O."),
    )


_SHOWN: Final = 80
"""Longest formula that is written out twice in an error."""


def _digits_before(plain: str, position: int) -> str:
    start = position
    while start and plain[start - 1].isdigit():
        start -= 1
    return plain[start:position]


def _digits_after(plain: str, position: int) -> str:
    end = position
    while plain[end : end + 1].isdigit():
        end += 1
    return plain[position:end]
