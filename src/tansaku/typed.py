"""Typed: characters as keyboards and documents write them -> the plain ones that programs read."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

HALF_WIDTH: Final = {0xFF01 + i: 0x21 + i for i in range(0x5E)}
"""Full-width forms, as a Japanese keyboard writes them -> their ASCII twins (as in NFKC)."""

_IN_NUMBERS: Final = HALF_WIDTH | {0x2212: ord("-"), 0x3000: ord(" ")}
"""The same, with the typographic minus and the wide blank."""


def as_typed(text: str) -> str:
    """A text with a number in it, in plain characters; whole NFKC would read 10² as 102.

    >>> as_typed("−１．５"), as_typed("10²")
    ('-1.5', '10²')
    """
    return text.translate(_IN_NUMBERS)


def as_word(text: str) -> str:
    """A name as it is compared with others: without regard to width, capitals and blanks.

    >>> as_word(" Ｎ₂  Gas") == as_word("n2 gas")
    True
    """
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip().casefold()
