"""Characters: chemical text as people type it -> the plain characters that the grammar knows.

Every character stands for exactly one plain character, so a position in the plain text is the
position in the text as given.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from tansaku.chem.arithmetic import unreadable
from tansaku.errors import FormulaError
from tansaku.language import _
from tansaku.typed import HALF_WIDTH

LONGEST: Final = 4000
"""Characters of a formula; the longest real ones have some hundred."""

SEPARATOR: Final = "·"
"""The dot of hydrates, as the plain text has it."""

_RAISED: Final = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-", strict=True))
_LOWERED: Final = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
_SEPARATORS: Final = dict.fromkeys("·・･•⋅∙‧*", SEPARATOR)
_MINUS: Final = dict.fromkeys("−–‐‑﹣", "-")
_BLANKS: Final = dict.fromkeys(" \u00a0\u2002\u2003\u2009\u202f\u3000", " ")
_SLASH: Final = {"⁄": "/", "∕": "/"}
_SAME: Final = HALF_WIDTH | str.maketrans(
    {**_RAISED, **_LOWERED, **_SEPARATORS, **_MINUS, **_BLANKS, **_SLASH, "＊": "·"}
)
_AROUND: Final = " \t\r\n"
_HALVES: Final = frozenset("½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞")


def plain_text(text: str, *, signs: str) -> str:
    """The plain text, of the same length.

    Args:
        text: As given.
        signs: The plain characters beside letters, digits and blanks that have a meaning here.

    Raises:
        FormulaError: no text, too long, or a character without meaning.
    """
    if not isinstance(text, str):
        raise FormulaError(
            _("A formula is a text, not {value}.").format(value=repr(text)[:40]),
            _("Write it in quotes, for example 'LiZr2(PO4)3'."),
        )
    if len(text) > LONGEST:
        raise FormulaError(
            _("The formula has {n} characters; at most {most} are read.").format(
                n=len(text), most=LONGEST
            ),
            _("Write one formula unit."),
        )
    # Line ends and tabs around a formula come from files; inside they are refused.
    head = len(text) - len(text.lstrip(_AROUND))
    inner = text[head:].rstrip(_AROUND).translate(_SAME)
    plain = " " * head + inner + " " * (len(text) - head - len(inner))
    for position, character in enumerate(plain):
        known = character.isascii() and (character.isalnum() or character == " ")
        if not known and character not in signs:
            raise _meaningless(text, position)
    if not plain.strip():
        raise FormulaError(_("The formula is empty."), _("Write for example LiZr2(PO4)3."))
    return plain


def is_raised(character: str) -> bool:
    """Whether a character is a superscript."""
    return character in _RAISED


def pointed(text: str, position: int, rule: str, hint: str) -> FormulaError:
    """The error for ``text`` that breaks ``rule`` at ``position`` (from 0); shows the place.

    What a terminal would obey or hide instead of showing is shown as a replacement character.
    """
    shown = "".join(each if each.isprintable() else "\ufffd" for each in text)
    return unreadable(shown, position, rule, hint)


def _meaningless(text: str, position: int) -> FormulaError:
    character = text[position]
    code = f"U+{ord(character):04X}"
    name = unicodedata.name(character, "").lower()
    what = f"'{character}' ({code})" if character.isprintable() else f"{code} {name}".strip()
    if character in _HALVES:
        hint = _("Write a fraction with digits and a slash, for example 1/2.")
    elif character.isprintable():
        hint = _("Write element symbols, amounts, brackets, and · before water.")
    else:
        hint = _("The character cannot be seen: delete it, or type the formula anew.")
    return pointed(text, position, _("{what} has no meaning here").format(what=what), hint)
