"""One unit: the cells of a column in the unit of its header, or of most of its cells."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import Final

from tansaku.language import _
from tansaku.tables.reading import CellReading
from tansaku.tables.units import conversion, same_unit
from tansaku.typed import as_typed

_LOGARITHM = re.compile(r"\s*(log|lg|ln)(?![a-z])", re.IGNORECASE)
_SHOWN_TEXT: Final = 40
"""Characters of a cell that are quoted in a message."""


def in_one_unit(
    cells: list[CellReading],
    header: str,
    unit: str,
    complaints: dict[int, tuple[str, str]],
    assumed: dict[int, str],
) -> str:
    """The unit of the column: the header's, else the one that most cells name. A cell in another
    one is converted, or complained about; it never gives its unit to others.

    Args:
        cells: Of the column; changed.
        header: Its name.
        unit: Of the header; empty where it has none.
        complaints: Takes what is wrong with cells, by 0-based row.
        assumed: Takes what was made of cells.

    Returns:
        The unit of the column; empty where there is none.
    """
    numbers = [cell for cell in cells if cell.kind == "number"]
    named = Counter(cell.unit for cell in numbers if cell.unit)
    if not named:
        return unit
    if not unit:
        most = max(named, key=lambda one: sum(n for u, n in named.items() if same_unit(u, one)))
        share = sum(n for each, n in named.items() if same_unit(each, most))
        unit = most if 2 * share > len(numbers) else ""
    logarithm = _LOGARITHM.match(as_typed(header)) is not None
    for row, cell in enumerate(cells):
        if cell.kind != "number" or not cell.unit or (unit and same_unit(unit, cell.unit)):
            continue
        turned = None if logarithm or not unit else conversion(cell.unit, unit)
        if turned is None or cell.value is None:
            complaints[row] = _other_unit(cell, header, unit)
            cells[row] = CellReading("text", text=cell.text)
            continue
        factor, offset = turned
        cells[row] = replace(
            cell,
            value=float(f"{cell.value * factor + offset:.15g}"),
            sd=None if cell.sd is None else float(f"{cell.sd * factor:.15g}"),
            unit=unit,
        )
        assumed[row] = _("'{text}' was converted to {value:.6g} {unit}").format(
            text=cut(cell), value=cells[row].value, unit=unit
        )
    return unit


def _other_unit(cell: CellReading, header: str, unit: str) -> tuple[str, str]:
    if unit:
        return (
            _("'{text}' is in {other}, the column in {unit}").format(
                text=cut(cell), other=cell.unit, unit=unit
            ),
            _("Convert it, so that the column has one unit."),
        )
    return (
        _("'{text}' is in {other}, other cells of the column name no unit").format(
            text=cut(cell), other=cell.unit
        ),
        _("Write the unit of the column behind its name: '{name} [{unit}]'.").format(
            name=header, unit=cell.unit
        ),
    )


def cut(cell: CellReading) -> str:
    """A cell's text for a message, not too long."""
    text = cell.text
    return text if len(text) <= _SHOWN_TEXT else text[:_SHOWN_TEXT] + "…"
