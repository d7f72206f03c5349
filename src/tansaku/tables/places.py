"""Places: the words by which a person finds a row again, and notes that travel with a table.

A frame that came from a file carries its file's name in ``frame.attrs``; its rows are then also
named by their line in the sheet (the header is line 1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral

import pandas as pd

from tansaku.errors import CellError
from tansaku.language import _

FILE_ATTRIBUTE = "tansaku_file"
NOTICES_ATTRIBUTE = "tansaku_notices"
COMMENTS_ATTRIBUTE = "tansaku_comments"
"""Where a frame keeps the comments on the cells of its rows: {row label: text}."""
LETTERS_ATTRIBUTE = "tansaku_letters"
"""{name of a column: its letters}, of a frame that came from a sheet with letters."""

SHOWN_PROBLEMS = 10
"""Bad cells listed in one message: enough to see the pattern, short enough to read."""


class Places:
    """Names the rows of one table.

    Example:
        >>> Places(pd.DataFrame({"x": [1, 2]})).row(1)
        'row 2'
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._index = frame.index
        self._from_file = FILE_ATTRIBUTE in frame.attrs
        self._letters: Mapping[str, str] = frame.attrs.get(LETTERS_ATTRIBUTE, {})

    def row(self, position: int) -> str:
        """Words for the row at 0-based ``position``; people count data rows from 1."""
        label = self._index[position]
        if self._from_file and isinstance(label, Integral):
            return _("row {row} (line {line} of the sheet)").format(
                row=position + 1, line=int(label) + 2
            )
        return _("row {row}").format(row=position + 1)

    def cell(self, position: int, column: str) -> str:
        """Words for a cell; in a workbook by its address."""
        label = self._index[position]
        letter = self._letters.get(column.strip())
        if letter and self._from_file and isinstance(label, Integral):
            return _("cell {address} (row {row}, column '{column}')").format(
                address=f"{letter}{int(label) + 2}", row=position + 1, column=column
            )
        return _("{place}, column '{column}'").format(place=self.row(position), column=column)

    def rows(self, positions: Sequence[int]) -> str:
        """Words for several rows, the first :data:`SHOWN_PROBLEMS` of them."""
        words = [self.row(p) for p in positions[:SHOWN_PROBLEMS]]
        return ", ".join(words) + _and_more(len(positions) - SHOWN_PROBLEMS)


class Problems:
    """Bad cells of one table, gathered so that a person can mend them all at once."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._found: dict[tuple[int, int], tuple[str, str, str]] = {}

    def add(self, position: int, order: int, column: str, complaint: str, hint: str) -> None:
        """Note a bad cell: its 0-based row, the place of its column, and what is wrong with it.

        The first complaint about a cell stays.
        """
        self._found.setdefault((position, order), (column, complaint, hint))

    def drop_rows(self, positions: Sequence[int]) -> None:
        """Forget what was found in these rows."""
        gone = set(positions)
        self._found = {key: value for key, value in self._found.items() if key[0] not in gone}

    def has(self, position: int, order: int) -> bool:
        """Whether this cell was complained about."""
        return (position, order) in self._found

    def raise_any(self) -> None:
        """Raise a CellError that names every bad cell (the first ten), if there is any."""
        if not self._found:
            return
        ordered = sorted(self._found.items())
        words = [
            _("{place}: {complaint}").format(
                place=self._places.cell(position, column), complaint=complaint
            )
            for (position, _order), (column, complaint, _hint) in ordered[:SHOWN_PROBLEMS]
        ]
        hints = dict.fromkeys(hint for _cell, (_name, _text, hint) in ordered[:SHOWN_PROBLEMS])
        if len(ordered) == 1:
            message = _("A cell cannot be used: {problem}.").format(problem=words[0])
        else:
            message = _("{n} cells cannot be used: {problems}.").format(
                n=len(ordered),
                problems="; ".join(words) + _and_more(len(ordered) - SHOWN_PROBLEMS),
            )
        raise CellError(message, " ".join(hints))


def _and_more(n: int) -> str:
    return _(" and {n} more").format(n=n) if n > 0 else ""
