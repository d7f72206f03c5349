"""Cells: what a person or an instrument wrote into a table -> float64, or a complaint.

Numbers are ASCII decimals (``0.05``, ``-3``, ``1.2e-5``), after one normalisation that loses
nothing: the full-width forms U+FF01..U+FF5E become their ASCII twins (as in NFKC) and U+2212
becomes the minus sign. Whole NFKC is not applied, as it would read ``10²`` as 102. Empty cells
(missing, blank, or the text ``nan``) become NaN. Everything else is complained about, not guessed.
"""

from __future__ import annotations

import numbers
import re
from decimal import Decimal

import numpy as np
import pandas as pd

from tansaku.design import Floats
from tansaku.language import _
from tansaku.typed import as_typed

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_INFINITE = re.compile(r"[+-]?(inf|infinity|∞)", re.IGNORECASE)
_SHOWN_TEXT = 40
"""Characters of a cell that are quoted in a message."""


def numbers_of(column: pd.Series) -> tuple[Floats, dict[int, tuple[str, str]]]:
    """The numbers of a column, shape (n,), and the complaints {0-based row: (text, hint)}.

    Empty and bad cells are NaN; only the bad ones have a complaint.
    """
    if column.dtype.kind in "iuf":
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        infinite = np.flatnonzero(np.isinf(values))
        if infinite.size:
            values = np.where(np.isinf(values), np.nan, values)
        return values, {int(i): _infinite() for i in infinite}
    values = np.full(len(column), np.nan)
    complaints: dict[int, tuple[str, str]] = {}
    for position, cell in enumerate(column.astype(object)):
        if type(cell) is str:
            number = _from_text(cell)
        elif type(cell) is bool:
            number = None
        elif isinstance(cell, numbers.Real | Decimal):
            number = float(cell)
        else:
            number = np.nan if is_empty(cell) else None
        if number is None:
            complaints[position] = _not_a_number(cell)
        elif np.isinf(number):
            complaints[position] = _infinite()
        else:
            values[position] = number
    return values, complaints


def is_empty(cell: object) -> bool:
    """Whether nothing is written in a cell: missing, blank, or the text ``nan``."""
    if isinstance(cell, str):
        return cell.strip().lower() in ("", "nan")
    return cell is None or cell is pd.NA or cell is pd.NaT or cell != cell


def _from_text(text: str) -> float | None:
    """The number; NaN for an empty cell, infinity where it is written, None for other text."""
    plain = as_typed(text).strip()
    if _NUMBER.fullmatch(plain):
        return float(plain)
    if is_empty(plain):
        return np.nan
    return np.inf if _INFINITE.fullmatch(plain) else None


def _not_a_number(cell: object) -> tuple[str, str]:
    text = str(cell).strip()
    shown = text if len(text) <= _SHOWN_TEXT else text[:_SHOWN_TEXT] + "…"
    complaint = _("'{text}' is not a number").format(text=shown)
    plain = as_typed(text)
    if isinstance(cell, (bool, np.bool_)):
        return complaint, _("Write 0 and 1 instead of true and false.")
    if re.match(r"[<>≦≧≤≥]", plain):
        return complaint, _("Limits such as <1e-8 cannot be used yet; leave the cell empty.")
    if re.search(r"[0-9],[0-9]", plain):
        return complaint, _("Write a decimal point, and no comma between thousands.")
    return complaint, _("Write plain numbers such as 0.05 or 1.2e-5, without a unit.")


def _infinite() -> tuple[str, str]:
    return _("the number is infinite"), _("Write a finite number.")
