"""Escape: text that a spreadsheet would run, made harmless, and read back as it was meant."""

from __future__ import annotations

from typing import Final

FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Text in a cell of a CSV file that begins so is a formula to a spreadsheet, also in full width
(OWASP, "CSV Injection")."""


def harmless(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would take it for a formula.

    Example:
        >>> harmless("=2+5"), harmless("LiZr2(PO4)3")
        ("'=2+5", 'LiZr2(PO4)3')
    """
    return "'" + text if text.lstrip("'").startswith(FORMULA_SIGNS) else text


def as_meant(text: str) -> str:
    """The text that :func:`harmless` made harmless.

    Example:
        >>> as_meant("'=2+5"), as_meant("'tis")
        ('=2+5', "'tis")
    """
    guarded = text.startswith("'") and text.lstrip("'").startswith(FORMULA_SIGNS)
    return text[1:] if guarded else text
