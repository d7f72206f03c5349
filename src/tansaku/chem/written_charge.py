"""The charge written at the end of a formula: PO4^3-, PO4(3-), SO₄²⁻, SO4 2-, NH4+, Ca++."""

from __future__ import annotations

import re
from typing import Final

from tansaku.chem.characters import is_raised, pointed
from tansaku.errors import FormulaError
from tansaku.language import _

SURELY_AMOUNT: Final = 4
"""A single digit from here on, before a bare sign and behind several elements, is an amount: NH4+,
PF6-. Ions of several elements with a charge of 4 or more are not written so; below it both
readings are ions that exist (VO2+ is vanadyl VO^2+ or pervanadyl VO2^+)."""

_NUMBER: Final = r"\d+(?:\.\d+)?"
_SIGNED: Final = rf"(?:{_NUMBER})?[+-]|[+-]{_NUMBER}"
_CARET: Final = re.compile(rf"\^\s*(?:\(({_SIGNED})\)|\{{({_SIGNED})\}}|({_SIGNED}|[+]+|-+))$")
_IN_BRACKETS: Final = re.compile(rf"[(\{{]((?:{_NUMBER})?[+-])[)\}}]$")
_APART: Final = re.compile(r"\s(\d*[+-])$")
_RAISED: Final = re.compile(rf"{_SIGNED}|[+]+|-+")
_BARE: Final = re.compile(r"([+]+|-+)$")


def split_charge(text: str, plain: str) -> tuple[int, str]:
    """Where the formula ends and its charge begins, and the charge as ``"3-"``; ``""`` if none.

    Args:
        text: As given.
        plain: Its plain characters, of the same length.

    Raises:
        FormulaError: the charge could as well be an amount; points at the character.
    """
    end = len(plain.rstrip())
    start = end
    while start and is_raised(text[start - 1]):
        start -= 1
    sign_only = plain[start:end] in ("+", "-")
    if start < end and not plain[:start].strip():
        raise pointed(
            text, start, _("an element is missing before the superscript"),
            _("Write the formula first, and its charge at the end."),
        )  # fmt: skip
    if start < end and not (sign_only and text[start - 1].isascii()):
        if _RAISED.fullmatch(plain[start:end]) is None:
            raise pointed(
                text, start, _("the superscript is no charge"),
                _("Write amounts as Li2 or Li₂, and a charge as ^2+ or ²⁺."),
            )  # fmt: skip
        return start, _charge(plain[start:end])
    for pattern in (_CARET, _IN_BRACKETS, _APART):
        match = pattern.search(plain, 0, end)
        if match and plain[: match.start()].strip():
            return match.start(), _charge(next(each for each in match.groups() if each))
    match = _BARE.search(plain, 0, end)
    if match is None or not plain[: match.start()].strip():
        return len(plain), ""
    _refuse_ambiguous(text, plain, match.start(), match.group())
    return match.start(), _charge(match.group())


def charge_value(charge: str) -> float:
    """The elementary charges of ``"3-"``; 0.0 of nothing."""
    if not charge:
        return 0.0
    return float(charge[:-1]) * (1.0 if charge.endswith("+") else -1.0)


def _charge(written: str) -> str:
    """``-3``, ``3-``, ``---`` and ``-`` as a number and a sign."""
    sign = "+" if "+" in written else "-"
    number = written.strip("+-")
    return f"{number or len(written)}{sign}"


def _refuse_ambiguous(text: str, plain: str, start: int, signs: str) -> None:
    """A digit before a bare sign is an amount or part of the charge."""
    match = re.search(r"[\d./]+$", plain[:start])
    if match is None or not text[start - 1].isascii():
        return  # no digit, or a subscript, which is an amount for sure
    digits, before = match.group(), plain[: match.start()]
    if digits[-2:-1] in (".", "/"):
        return  # Li1.5+: without its last digit the amount would be none
    several = len(re.findall("[A-Z]", before)) > 1
    plainly = len(signs) == 1 and len(digits) == 1 and several and before[-1:].isalpha()
    if plainly and int(digits) >= SURELY_AMOUNT:
        return
    raise _ambiguous(text, before.strip()[-12:], digits, signs, start - 1)


def _ambiguous(text: str, before: str, digits: str, signs: str, position: int) -> FormulaError:
    sign, count = signs[0], len(signs)
    amount = f"{before}{digits}^{count if count > 1 else ''}{sign}"
    charge = f"{before}{digits[:-1]}^{digits[-1]}{sign}"
    return pointed(
        text, position, _("the number before the charge's sign is an amount or part of the charge"),
        _("Write {charge} or {amount}, whichever is meant.").format(charge=charge, amount=amount),
    )  # fmt: skip
