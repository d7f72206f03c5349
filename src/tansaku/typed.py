"""Typed: characters as keyboards and documents write them -> the plain ones that programs read."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

HALF_WIDTH: Final = {0xFF01 + i: 0x21 + i for i in range(0x5E)}
"""Full-width forms, as a Japanese keyboard writes them -> their ASCII twins (as in NFKC)."""

_IN_NUMBERS: Final = HALF_WIDTH | {0x2212: ord("-"), 0x3000: ord(" ")}
"""The same, with the typographic minus and the wide blank."""

_JAPANESE: Final = "[\u3005-\u30ff\u4e00-\u9fff]"


def as_typed(text: str) -> str:
    """A text with a number in it, in plain characters; whole NFKC would read 10² as 102.

    >>> as_typed("−１．５"), as_typed("10²")
    ('-1.5', '10²')
    """
    return text.translate(_IN_NUMBERS)


def as_word(text: str) -> str:
    """A name as it is compared with others: without regard to width, capitals, and blanks beside
    Japanese characters.

    >>> as_word(" Ｎ₂  Gas") == as_word("n2 gas"), as_word("空気 1150") == as_word("空気1150")
    (True, True)
    >>> as_word("N2 gas") == as_word("N2gas")
    False
    """
    plain = unicodedata.normalize("NFKC", text).casefold().split()
    return re.sub(rf"(?<={_JAPANESE}) | (?={_JAPANESE})", "", " ".join(plain))
