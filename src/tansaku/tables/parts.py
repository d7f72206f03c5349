"""Parts: a column whose cells hold several quantities, ``1150℃ 12h`` -> a column for each.

The parts are called by the column and their unit, ``焼成条件 [℃]``, and are found under these names
wherever columns are, so that a table that grows is recorded as it was read the first time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import starmap
from typing import Any, Final

import pandas as pd

from tansaku.language import _
from tansaku.tables.cells import MOSTLY, is_empty
from tansaku.tables.units import conversion, is_unit, same_unit
from tansaku.tables.words import is_nothing, plain_word
from tansaku.typed import as_typed

_QUANTITY: Final = re.compile(
    r"(?<![0-9.,])([0-9]+(?:[.,][0-9]+)?)\s*([A-Za-zΩμÅ°%‰℃度時間分秒日]+(?:/[A-Za-z℃°分時間秒]+)?)"
)
"""A number with a unit behind it."""


def parts_of(name: str, cells: Sequence[Any]) -> dict[str, list[Any]]:
    """{name of the part: its cells}; empty where the cells are not several quantities each.

    Nearly all filled cells have to hold the same kinds of quantities in the same order, and beside
    them the same words or none; the others stay whole in each part and are complained about there.

    Example:
        >>> parts_of("firing", ["1150℃ 12h", "1200 °C, 90 min", None])
        {'firing [℃]': ['1150℃', '1200°C', None], 'firing [h]': ['12h', '90min', None]}
        >>> parts_of("firing", ["1150℃", "1200℃"]), parts_of("firing", ["Ar 1150℃ 2h", "N2 3h"])
        ({}, {})
    """
    texts = {i: cell for i, cell in enumerate(cells) if isinstance(cell, str) and _says(cell)}
    filled = sum(
        not is_empty(cell) and not (isinstance(cell, str) and not _says(cell)) for cell in cells
    )
    found = {i: apart for i, text in texts.items() if (apart := _apart(text)) is not None}
    if not found:
        return {}
    rests = Counter(rest for _quantities, rest in found.values())
    rest, _n = rests.most_common(1)[0]
    units = next(
        [unit for _number, unit in each] for each, other in found.values() if other == rest
    )
    like = {i: each for i, (each, other) in found.items() if other == rest and _alike(each, units)}
    if len(units) < 2 or len(like) < MOSTLY * filled:
        return {}
    return {
        called: [
            f"{like[i][k][0]}{like[i][k][1]}" if i in like else cell for i, cell in enumerate(cells)
        ]
        for k, called in enumerate(_names(name, units))
    }


def parted(frame: pd.DataFrame, missing: Iterable[str]) -> dict[str, tuple[str, pd.Series]]:
    """{name: (the column, the part)} of those names that are parts of a column of a table."""
    wanted, found = set(missing), dict[str, tuple[str, pd.Series]]()
    for j, label in enumerate(frame.columns):
        whole = str(label).strip()
        if not any(name.startswith(f"{whole} ") for name in wanted):
            continue
        for name, cells in parts_of(whole, frame.iloc[:, j].tolist()).items():
            if name in wanted:
                found[name] = (whole, pd.Series(cells, index=frame.index, name=name, dtype=object))
    return found


def notices_of_parts(frame: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """A notice for each column of which these names are parts."""
    there = {str(label).strip() for label in frame.columns}
    by_column: dict[str, list[str]] = {}
    for name, (whole, _part) in parted(frame, [n for n in names if n not in there]).items():
        by_column.setdefault(whole, []).append(name)
    return [
        _("Column '{name}' holds several quantities; read as {parts}.").format(
            name=whole, parts=", ".join(f"'{part}'" for part in parts)
        )
        for whole, parts in by_column.items()
    ]


def _says(text: str) -> bool:
    """Whether a text is more than a word for nothing."""
    return bool(text.strip()) and not is_nothing(plain_word(text))


def _apart(text: str) -> tuple[list[tuple[str, str]], str] | None:
    """(numbers with their units, the words beside them); None where a number has no unit."""
    plain = as_typed(text)
    quantities = [(number, unit) for number, unit in _QUANTITY.findall(plain) if is_unit(unit)]
    rest = _QUANTITY.sub(lambda found: " " if is_unit(found[2]) else found[0], plain)
    if not quantities or any(map(str.isdigit, rest)):
        return None
    return quantities, " ".join(re.findall(r"\w+", rest)).casefold()


def _alike(quantities: Sequence[tuple[str, str]], units: Sequence[str]) -> bool:
    """Whether quantities can be converted into these units, one by one."""

    def turns(quantity: tuple[str, str], unit: str) -> bool:
        own = quantity[1]
        return same_unit(own, unit) or conversion(own, unit) is not None

    return len(quantities) == len(units) and all(
        starmap(turns, zip(quantities, units, strict=True))
    )


def _names(name: str, units: Sequence[str]) -> list[str]:
    """What the parts are called: by their units, with a number where a unit comes twice."""
    if len(set(units)) == len(units):
        return [f"{name} [{unit}]" for unit in units]
    return [f"{name} {k} [{unit}]" for k, unit in enumerate(units, start=1)]
