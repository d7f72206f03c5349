"""Layout: where the table lies on its sheet: titles above it, header lines, rows, notes below.

The header is the first line that has cells over most of the columns in use; what stands above it
is a title. A second line of names below merged cells, and a line of units, belong to the header.
Blank lines and columns are passed over. What is below the rows and is no row (a note, a mean, a
second table) is left out, and said.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tansaku.errors import TableError
from tansaku.language import _
from tansaku.tables.cells import is_empty
from tansaku.tables.grids import Grid
from tansaku.tables.quantities import written
from tansaku.tables.size_limits import check_cells
from tansaku.tables.units import is_unit, unit_in
from tansaku.tables.words import plain_word

LOOKED_AT: Final = 50
"""Lines below a possible header that say which columns are in use."""

TITLE_LINES: Final = 30
"""Lines above the header that may hold titles, names and dates."""

COVERS: Final = 0.75
"""Share of the columns in use from which the first line is the header: one column in four may
have no name."""

USED: Final = 0.2
"""Share of the lines in which a column in use has a cell; rarer ones are remarks at the side."""

_NOTE_MARK: Final = re.compile(r"[※*＊†‡]|注|備考|note|n\.b\.|remark|出典|source", re.IGNORECASE)
_SUMMARY: Final = frozenset(
    {
        "mean", "average", "avg", "median", "sd", "std", "stdev", "std dev", "sem", "sum",
        "total", "min", "max", "minimum", "maximum", "平均", "平均値", "中央値", "合計", "計",
        "総計", "小計",
        "mittelwert", "mittel", "durchschnitt", "summe", "gesamt", "standardabweichung", "anzahl",
        "標準偏差", "最大", "最小", "最大値", "最小値", "件数",
    }
)  # fmt: skip
"""First words of lines that sum a table up."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A line of the sheet that is no row of the table.

    Attributes:
        line: 0-based.
        kind: ``title``, ``note``, ``summary``, ``header`` (repeated) or ``second table``.
        text: What stands there.
    """

    line: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the table lies.

    Attributes:
        header: 0-based lines of the names.
        names: Of the columns that are used, in order.
        columns: Their 0-based places on the sheet.
        body: 0-based lines of the rows.
        rows: Their cells, one list per row, in the order of ``columns``.
        left_out: Lines that are no rows.
        spread: How many cells below merged ones took over their value.
    """

    header: tuple[int, ...]
    names: tuple[str, ...]
    columns: tuple[int, ...]
    body: tuple[int, ...]
    rows: Sequence[Sequence[Any]]
    left_out: tuple[LeftOut, ...]
    spread: int


def lay_out(grid: Grid, where: str) -> Layout:
    """Find the table on a sheet.

    Args:
        grid: The sheet.
        where: Its name for messages.

    Raises:
        TableError: there are no cells, or no line with names.
    """
    rows, spread = _spread(grid, where)
    lines = [i for i, row in enumerate(rows) if not all(map(is_empty, row))]
    if not lines:
        raise _no_names(where)
    top = _header_line(rows, lines)
    if not any(map(_is_name, rows[top])):
        raise _no_names(where)
    body = [i for i in lines if i > top]
    if _is_data(rows, top, body):
        raise TableError(
            _("Line {line} of '{file}' looks like data and not like names: {text}.").format(
                line=top + 1, file=where, text=_text(rows[top])[:60]
            ),
            _("Write the names of the columns into a line above it."),
        )
    names, used = _names(grid, rows, top, body)
    below = [i for i in body if i not in used]
    left_out = [LeftOut(i, "title", _text(rows[i])) for i in lines if i < top]
    body, dropped = _body(rows, below, rows[top])
    width = max(1 + max(names), max((len(rows[i]) for i in body), default=0))
    columns = [
        j
        for j in range(width)
        if j in names or any(j < len(rows[i]) and not is_empty(rows[i][j]) for i in body)
    ]
    taken = set(body)
    return Layout(
        header=(top, *used),
        names=tuple(names.get(j, f"Unnamed: {j}") for j in columns),
        columns=tuple(columns),
        body=tuple(body),
        rows=[_at(rows[i], columns) for i in body],
        left_out=tuple(left_out + dropped),
        spread=sum(1 for i, _j in spread if i in taken),
    )


def _at(row: list[Any], columns: Sequence[int]) -> list[Any]:
    """The cells in some columns; the row itself where these are all of its cells."""
    if len(row) == len(columns) == columns[-1] + 1:
        return row
    return [row[j] if j < len(row) else None for j in columns]


def _no_names(where: str) -> TableError:
    return TableError(
        _("The first line of '{file}' has no column names.").format(file=where),
        _("Write the column names into the first line and one candidate into each row."),
    )


def _spread(grid: Grid, where: str) -> tuple[list[list[Any]], list[tuple[int, int]]]:
    """The rows, in which cells merged downwards all have the value of the first one."""
    rows = [list(row) for row in grid.rows] if grid.merged else grid.rows
    filled: list[tuple[int, int]] = []
    for block in grid.merged:
        if block.top >= len(rows) or block.bottom == block.top:
            continue
        value = rows[block.top][block.left] if block.left < len(rows[block.top]) else None
        if is_empty(value) or block.left != block.right:
            continue
        for i in range(block.top + 1, min(block.bottom + 1, len(rows))):
            rows[i].extend([None] * (block.left + 1 - len(rows[i])))
            rows[i][block.left] = value
            filled.append((i, block.left))
        check_cells(where, len(filled))
    return rows, filled


def _header_line(rows: Sequence[Sequence[Any]], lines: Sequence[int]) -> int:
    """The line with the names."""
    first = lines[0]
    covered = _coverage(rows, lines, 0)
    if covered >= COVERS:
        return first
    for place, line in enumerate(lines[1 : TITLE_LINES + 1], start=1):
        filled = _filled(rows[line])
        if len(filled) < 2 or not all(_is_name(rows[line][j]) for j in filled):
            continue
        here = _coverage(rows, lines, place)
        if here > max(covered, 0.5) and place + 1 < len(lines):
            return line
    return first


_BROKEN: Final = re.compile(r"[-+]?(\d*[.,]\d+([eE][-+]?\d+)?|\d+[eE][-+]?\d+)")
"""A number that is no whole one, without a unit: ``25 degC`` may well be a name."""


def _is_data(rows: Sequence[Sequence[Any]], top: int, body: Sequence[int]) -> bool:
    """Whether the line of names holds a number over each column of numbers, and so is a row: one of
    them is no whole number, or a text of the line comes again below it."""
    filled = _filled(rows[top])
    named = {j for j in filled if _is_name(rows[top][j])}
    if any(_mostly_numbers(rows, body, j) for j in named):  # the first will do: there may be many
        return False
    numbers = {j for j in filled if j not in named and _mostly_numbers(rows, body, j)}
    if not numbers:
        return False
    texts = [j for j in filled if j not in numbers]
    broken = any(_BROKEN.fullmatch(str(rows[top][j]).strip()) for j in numbers)
    again = any(rows[i][j] == rows[top][j] for i in body for j in texts if j < len(rows[i]))
    return again or (broken and len(numbers) > 1)


def _coverage(rows: Sequence[Sequence[Any]], lines: Sequence[int], place: int) -> float:
    """The share of the columns in use below a line in which it has cells."""
    below = lines[place + 1 : place + 1 + LOOKED_AT]
    counts: dict[int, int] = {}
    for i in below:
        for j in _filled(rows[i]):
            counts[j] = counts.get(j, 0) + 1
    used = {j for j, n in counts.items() if n >= USED * len(below)}
    return len(used & set(_filled(rows[lines[place]]))) / len(used) if used else 1.0


def _names(
    grid: Grid, rows: Sequence[Sequence[Any]], top: int, body: Sequence[int]
) -> tuple[dict[int, str], tuple[int, ...]]:
    """{column: name}, and the lines below the first one that belong to the header."""
    names = {j: _one_line(rows[top][j]) for j in _filled(rows[top])}
    used: list[int] = []
    if body and _is_second_line(grid, rows, top, body):
        line = body[0]
        groups = _groups(grid, top, names)
        upright = {b.left for b in grid.merged if b.top <= top and b.bottom >= line}
        for j in _filled(rows[line]):
            if j in upright:
                continue
            group = groups.get(j, "")
            names[j] = f"{group} {_one_line(rows[line][j])}".strip()
        used.append(line)
        body = body[1:]
    if body and _is_units(rows[body[0]], body[1:], rows):
        for j in _filled(rows[body[0]]):
            unit = _bare(_one_line(rows[body[0]][j]))
            if is_unit(unit) and j in names and not unit_in(names[j]):
                names[j] = f"{names[j]} [{unit}]"
        used.append(body[0])
    return names, tuple(used)


def _is_second_line(
    grid: Grid, rows: Sequence[Sequence[Any]], top: int, body: Sequence[int]
) -> bool:
    """Whether the line below the first names holds names, too: below merged or missing ones."""
    line = body[0]
    filled = _filled(rows[line])
    if not filled or not all(_is_name(rows[line][j]) for j in filled):
        return False
    above = set(_filled(rows[top]))
    merged = {
        j
        for b in grid.merged
        if b.top <= top <= b.bottom and b.right > b.left
        for j in range(b.left, b.right + 1)
    }
    below = {j for j in filled if j not in above or j in merged}
    numeric = [j for j in below if _mostly_numbers(rows, body[1:], j)]
    return bool(numeric) and line == top + 1


def _groups(grid: Grid, top: int, names: Mapping[int, str]) -> dict[int, str]:
    """{column: the name that stands over it}, from merged cells; where there are none, a name
    stands over the columns without one to its right."""
    blocks = [b for b in grid.merged if b.top <= top <= b.bottom and b.right > b.left]
    if blocks:
        groups = dict(names)
        for block in blocks:
            for j in range(block.left, block.right + 1):
                groups[j] = names.get(block.left, "")
        return groups
    groups, last = {}, ""
    for j in range(max(names) + LOOKED_AT):
        last = names.get(j, last)
        groups[j] = last
    return groups


def _is_units(row: Sequence[Any], below: Sequence[int], rows: Sequence[Sequence[Any]]) -> bool:
    """Whether a line below the names holds nothing but units (and strokes for none)."""
    filled = _filled(row)
    words = [_bare(_one_line(row[j])) for j in filled]
    known = [word for word in words if is_unit(word)]
    if not known or not below:
        return False
    if not all(is_unit(word) or plain_word(word) in ("-", "--", "1") for word in words):
        return False
    return any(_mostly_numbers(rows, below, j) for j in filled)


def _body(
    rows: Sequence[Sequence[Any]], lines: Sequence[int], header: Sequence[Any]
) -> tuple[list[int], list[LeftOut]]:
    """The lines that are rows, and those that are not."""
    names = _texts(header)
    first = next(iter(names))
    repeated = {
        i
        for i in lines
        if first < len(rows[i]) and rows[i][first] == header[first] and _texts(rows[i]) == names
    }
    body = [i for i in lines if i not in repeated]
    left_out = [LeftOut(i, "header", _text(rows[i])) for i in repeated]
    second = _second_table(rows, body)
    if second is not None:
        gone = [i for i in body if i >= second]
        left_out += [LeftOut(i, "second table", _text(rows[i])) for i in gone]
        body = [i for i in body if i < second]
    while len(body) > 1:
        kind = _no_row(rows, body)
        if not kind:
            break
        left_out.append(LeftOut(body[-1], kind, _text(rows[body[-1]])))
        body = body[:-1]
    return body, sorted(left_out, key=lambda each: each.line)


def _second_table(rows: Sequence[Sequence[Any]], body: Sequence[int]) -> int | None:
    """The line after a blank one where names begin anew; None where there is none."""
    for before, line in itertools.pairwise(body):
        if line == before + 1:
            continue
        filled = _filled(rows[line])
        if len(filled) < 2 or not all(_is_name(rows[line][j]) for j in filled):
            continue
        above = [i for i in body if i < line]
        numeric = [j for j in filled if _mostly_numbers(rows, above, j)]
        if 2 * len(numeric) >= len(filled):
            return line
    return None


def _no_row(rows: Sequence[Sequence[Any]], body: Sequence[int]) -> str:
    """What the last line is if it is no row; empty where it is one."""
    last, above = body[-1], body[:-1]
    filled = _filled(rows[last])
    first = rows[last][filled[0]]
    if not isinstance(first, str):
        return ""
    if plain_word(first).rstrip(":： ") in _SUMMARY and len(filled) > 1:
        return "summary"
    widest = max(len(_filled(rows[i])) for i in above)
    if len(filled) > 1 and not (_NOTE_MARK.match(first.strip()) and len(filled) == 2):
        return ""
    if widest < 2 or not _is_name(first):
        return ""
    marked = _NOTE_MARK.match(first.strip()) is not None
    alone = last > above[-1] + 1
    strange = not any(filled[0] < len(rows[i]) and _is_word(rows[i][filled[0]]) for i in above)
    return "note" if marked or alone or strange else ""


def _mostly_numbers(rows: Sequence[Sequence[Any]], lines: Iterable[int], column: int) -> bool:
    cells = [rows[i][column] for i in list(lines)[:LOOKED_AT] if column < len(rows[i])]
    cells = [cell for cell in cells if not is_empty(cell)]
    return bool(cells) and 2 * sum(not _is_name(cell) for cell in cells) > len(cells)


def _is_name(cell: Any) -> bool:
    """Whether a cell may be a name: text that is no number."""
    return isinstance(cell, str) and not is_empty(cell) and written(cell) is None


def _is_word(cell: Any) -> bool:
    return isinstance(cell, str) and _is_name(cell)


def _filled(row: Sequence[Any]) -> list[int]:
    return [j for j, cell in enumerate(row) if not is_empty(cell)]


def _one_line(cell: Any) -> str:
    """A name: on one line, without blanks around."""
    return re.sub(r"\s*[\r\n]+\s*", " ", str(cell)).strip()


def _bare(text: str) -> str:
    """A unit without the brackets around it."""
    return re.sub(r"^[\[(［（]\s*(.*?)\s*[\])］）]$", r"\1", text)


def _texts(row: Sequence[Any]) -> dict[int, str]:
    return {j: _one_line(row[j]) for j in _filled(row)}


def _text(row: Sequence[Any]) -> str:
    return " | ".join(_one_line(row[j]) for j in _filled(row))
