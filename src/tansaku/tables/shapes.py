"""Shapes: tables that mean something else than one column for each quantity; they are asked about.

A table may lie on its side, with one sample in each column, and repeated measurements may stand in
columns of their own instead of rows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from tansaku.tables.roles import role_by_name
from tansaku.typed import as_typed

_NUMBERED: Final = re.compile(
    r"(?P<base>.*?)[\s_#(-]*(?P<number>(?<![0-9.])[1-9])\s*(?:回目|回|本目|st|nd|rd|th|\.)?\)?"
    r"(?:\s*\[[^\[\]]*\])?"
)
"""A name with a number behind it: ``σ 1回目``, ``y_2``, ``run #3``."""

_QUANTITIES: Final = ("composition", "process", "result")


def lies_on_its_side(names: Sequence[str], first: Sequence[object]) -> bool:
    """Whether the names of quantities stand in the first column and those of samples in the header.

    Args:
        names: Of the columns.
        first: The cells of the first column.

    Example:
        >>> lies_on_its_side(["試料", "S1", "S2"], ["x", "温度", "σ"])
        True
        >>> lies_on_its_side(["試料", "x", "σ"], ["S1", "S2", "S3"])
        False
    """
    said = [role_by_name(cell) for cell in first if isinstance(cell, str)]
    return (
        sum(role in _QUANTITIES for role in said) >= 2
        and "result" in said
        and len(said) == len(first)
        and not any(role_by_name(name) in _QUANTITIES for name in names[1:])
    )


def repeats_among(results: Sequence[str]) -> tuple[str, ...]:
    """Columns of results that differ only in a number 1, 2, .. behind their names.

    Example:
        >>> repeats_among(["σ 1回目", "σ 2回目", "density"])
        ('σ 1回目', 'σ 2回目')
        >>> repeats_among(["T1", "density"]), repeats_among(["σ 25", "σ 60"])
        ((), ())
    """
    groups: dict[str, dict[int, str]] = {}
    for name in results:
        found = _NUMBERED.fullmatch(as_typed(name).strip())
        if found and found["base"].strip():
            groups.setdefault(found["base"].strip(), {})[int(found["number"])] = name
    for group in groups.values():
        if len(group) > 1 and sorted(group) == list(range(1, len(group) + 1)):
            return tuple(group[i] for i in sorted(group))
    return ()
