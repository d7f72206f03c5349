"""Cell formats: what a spreadsheet shows of a cell, where that is more than its stored value.

A share formatted as per cent is read as it is shown (0.451 as ``45.1%``), a time of hours and
minutes as hours, and true and false as words; a cell that is struck out says nothing any more.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
"""Parts of a number format in which a per cent sign is only a sign."""


@dataclass(frozen=True, slots=True)
class Struck:
    """What stands in a cell that is struck out."""

    text: str


def as_shown() -> Callable[[Any], Any]:
    """A function that turns cells of one workbook, as openpyxl reads them, into values."""
    formats: dict[int, tuple[bool, bool]] = {}

    def style(cell: Any) -> tuple[bool, bool]:
        known = formats.get(cell._style_id)
        if known is None:
            percent = "%" in _QUOTED.sub("", cell.number_format or "")
            known = formats[cell._style_id] = (percent, bool(cell.font and cell.font.strike))
        return known

    def shown(cell: Any) -> Any:
        value = cell.value
        if value is None:
            return None
        percent, struck = style(cell)
        if struck:
            return Struck(str(value))
        if isinstance(value, bool):
            return str(value).upper()
        if percent and isinstance(value, int | float):
            return f"{value * 100:.15g}%"
        return in_hours(value)

    return shown


def in_hours(value: Any) -> Any:
    """A time of hours and minutes as hours; anything else as it is.

    Example:
        >>> in_hours(datetime.time(2, 30)), in_hours(datetime.timedelta(hours=26, minutes=30))
        ('2.5 h', '26.5 h')
    """
    if isinstance(value, datetime.time):
        seconds = 3600 * value.hour + 60 * value.minute + value.second
    elif isinstance(value, datetime.timedelta):
        seconds = round(value.total_seconds())
    else:
        return value
    return f"{seconds / 3600:.12g} h"
