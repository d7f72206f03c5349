"""Markup: what notebooks show of an object, in HTML that holds all it needs; texts are escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

MOST_ROWS = 20
"""Rows of a table; what is left out is counted."""

_AMOUNT: Final = re.compile(r"(?<=[A-Za-z)\]])(\d+(?:\.\d+)?)")

Cell = str | float | int | None


def block(title: str, *parts: str) -> str:
    """A block of parts below its title.

    >>> block("a < b", lines(["c"]))
    '<div><p><strong>a &lt; b</strong></p><p>c</p></div>'
    """
    return f"<div><p><strong>{escape(title)}</strong></p>{''.join(parts)}</div>"


def lines(texts: Iterable[str]) -> str:
    """A paragraph for each text that is not empty."""
    return "".join(f"<p>{escape(text)}</p>" for text in texts if text)


def grid(header: Sequence[str], rows: Sequence[Sequence[Cell]], more: str = "") -> str:
    """A table, of its first ``MOST_ROWS`` rows.

    Args:
        header: One heading for each column.
        rows: Numbers, which stand to the right with four digits, and texts.
        more: What is said of rows that are left out; ``{n}`` is how many they are.
    """
    head = "".join(f"<th>{escape(name)}</th>" for name in header)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows[:MOST_ROWS])
    left = len(rows) - MOST_ROWS
    rest = lines([more.format(n=left)]) if left > 0 and more else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"


def _cell(value: Cell) -> str:
    if value is None or value != value:  # NaN
        return "<td></td>"
    if isinstance(value, str):
        return f'<td style="text-align:left">{escape(value)}</td>'
    return f'<td style="text-align:right">{value:.4g}</td>'


def with_subscripts(formula: str) -> str:
    """A formula as HTML, its amounts lowered.

    >>> with_subscripts("Zr1.5(PO4)3·2H2O")
    'Zr<sub>1.5</sub>(PO<sub>4</sub>)<sub>3</sub>·2H<sub>2</sub>O'
    """
    pieces = _AMOUNT.split(formula)
    return "".join(
        f"<sub>{escape(piece)}</sub>" if i % 2 else escape(piece) for i, piece in enumerate(pieces)
    )
