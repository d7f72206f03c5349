"""Commas: whether a column writes 1,5 for one and a half, or 1,500 for fifteen hundred.

One cell may leave that open (``1,234``), so all cells of a column decide together: a cell that can
be read in one way only decides for the others, two that contradict each other are complained
about, and where no cell decides the person is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tansaku.space import Comma
from tansaku.tables.quantities import Written, plain_digits

_DOTTED = re.compile(r"[+-]?(?:[1-9][0-9]{0,2}(?:\.[0-9]{3})+|[0-9]+)")
"""Numbers whose points, if they have any, could all stand between thousands."""

_DECIMAL_COMMA = re.compile(
    r"\s*[<>≦≧]?\s*[+-]?[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})(?![0-9,]).*", re.DOTALL
)
"""A number with a comma that can only be a decimal one."""

Decision = Comma | Literal["unknown", "contradicting"]


class OpenPoint(str):
    """A number whose point may part thousands or decimals: 1.100 in a table with decimal commas.

    Example:
        >>> marked("1.100"), type(marked("1.100")).__name__, type(marked("950")).__name__
        ('1.100', 'OpenPoint', 'str')
    """

    __slots__ = ()


def open_points(columns: Sequence[Sequence[Any]]) -> frozenset[int]:
    """Places of the columns of a table whose points may all stand between thousands, while another
    of its columns has decimal commas.

    Example:
        >>> open_points([["1.100", "950"], ["0,5", "0,25"]])
        frozenset({0})
        >>> open_points([["1.100", "950"], ["0.5", "0.25"]])
        frozenset()
    """
    found = []
    for j, cells in enumerate(columns):
        filled = [cell for cell in cells if cell is not None and cell != ""]
        if all(type(cell) is str and _DOTTED.fullmatch(cell) for cell in filled) and any(
            "." in cell for cell in filled
        ):
            found.append(j)
    others = (cell for cells in columns for cell in cells if type(cell) is str)
    if not found or not any(map(_DECIMAL_COMMA.fullmatch, others)):
        return frozenset()
    return frozenset(found)


def marked(cell: Any) -> Any:
    """The cell, as an :class:`OpenPoint` where it has one."""
    return OpenPoint(cell) if type(cell) is str and "." in cell else cell


@dataclass(frozen=True, slots=True)
class Commas:
    """What the commas of a column mean.

    Attributes:
        decision: The meaning; ``unknown`` where no cell tells (there may be no comma at all),
            ``contradicting`` where cells tell different things.
        decimal: 0-based rows that can only have a decimal comma.
        thousands: Rows that can only have commas between thousands, or a decimal point.
        open: Rows with commas that can be read in both ways, with different values.
        dotted: Rows without commas whose points could stand between thousands: read as decimal
            points, but where the column has decimal commas.
        gapped: Whether a cell has both points between thousands and a decimal comma.
    """

    decision: Decision
    decimal: tuple[int, ...]
    thousands: tuple[int, ...]
    open: tuple[int, ...]
    dotted: tuple[int, ...]
    gapped: bool

    @property
    def comma(self) -> Comma:
        """How to read cells that are not in doubt."""
        return "decimal" if self.decision == "decimal" else "thousands"


def commas_of(found: Mapping[int, Written]) -> Commas:
    """What the commas of a column mean.

    Args:
        found: What was written, by 0-based row.

    Example:
        >>> from tansaku.tables.quantities import written
        >>> cells = {i: written(text) for i, text in enumerate(["1,234", "0,5"])}
        >>> commas_of(cells).decision
        'decimal'
    """
    decimal: list[int] = []
    thousands: list[int] = []
    undecided: list[int] = []
    dotted: list[int] = []
    for row, parts in found.items():
        if not set(parts.marks + parts.sd) & set(",."):
            continue
        as_decimal = _readable(parts, "decimal")
        as_thousands = _readable(parts, "thousands")
        if as_decimal and as_thousands:
            (undecided if "," in parts.marks + parts.sd else dotted).append(row)
        elif as_decimal:
            decimal.append(row)
        elif as_thousands:
            thousands.append(row)
    decision: Decision = "unknown"
    if decimal and thousands:
        decision = "contradicting"
    elif decimal or thousands:
        decision = "decimal" if decimal else "thousands"
    return Commas(
        decision=decision,
        decimal=tuple(decimal),
        thousands=tuple(thousands),
        open=tuple(undecided),
        dotted=tuple(dotted),
        gapped=any({",", "."} <= set(found[row].marks) for row in decimal),
    )


def _readable(parts: Written, comma: Comma) -> bool:
    if plain_digits(parts.digits, comma=comma) is None:
        return False
    if not parts.sd or parts.sd_in_last:
        return True
    return plain_digits(parts.sd.lower().partition("e")[0], comma=comma) is not None
