"""Cells: what a person or an instrument wrote into a column -> typed readings, or complaints.

A column is read as a whole, as one cell alone does not say what its comma means or whether its
unit is that of the others. What is no number, no limit, no word for a missing or failed result
stays text and is complained about where a number is needed; nothing is guessed.
"""

from __future__ import annotations

import math
import numbers
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final

import numpy as np
import pandas as pd

from tansaku.design import Floats
from tansaku.language import _
from tansaku.space import Comma
from tansaku.tables.cell_formats import in_hours
from tansaku.tables.commas import Commas, OpenPoint, commas_of
from tansaku.tables.one_unit import cut, in_one_unit
from tansaku.tables.quantities import LOST_SUPERSCRIPT, Written, value_of, written
from tansaku.tables.reading import MISSING, CellReading
from tansaku.tables.units import name_without_unit, same_unit, unit_in
from tansaku.tables.words import is_failure, is_nothing, plain_word
from tansaku.typed import as_typed

DECIMAL_ATTRIBUTE: Final = "tansaku_decimal"
"""Where a frame keeps what its person said of commas: ``decimal`` or ``thousands``."""

_COMMA = re.compile("[,，]")
_PLAIN_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_INFINITE = re.compile(r"[+-]?(inf|infinity|∞)", re.IGNORECASE)
_CLOCK = re.compile(r"([0-9]{1,4}):([0-5][0-9])(?::([0-5][0-9]))?")
_DURATION = re.compile(
    r"\b(?:time|hold|holding|dwell|soak|soaking|duration|zeit|dauer|haltezeit)\b|時間|保持"
)
"""Words of names of columns that hold how long something took."""
_EXCEL_ERROR = re.compile(r"#(DIV/0!|VALUE!|REF!|NAME\?|NUM!|NULL!|SPILL!|CALC!)")
MOSTLY: Final = 0.8
"""Share of the filled cells that must be of one kind: labs leave a stray cell in five."""

COMPANY: Final = 3.0
"""Factor up to which a number beyond the others of its column still lies among them."""

Complaints = dict[int, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ColumnReading:
    """What a column says.

    Attributes:
        cells: One reading per row.
        unit: Of the header, or the one that the cells name; empty where there is none.
        complaints: {0-based row: (what is wrong, what to do)} of cells that say something else
            than a number, a limit, nothing or a failure.
        assumed: {0-based row: what was assumed of a cell}, which a person should know.

    Example:
        >>> found = read_column(pd.Series(["1.2×10⁻⁵", "<1e-8", "割れ"], name="sigma"))
        >>> [cell.kind for cell in found.cells], found.cells[1].limit
        (['number', 'number', 'failed'], 'below')
    """

    cells: tuple[CellReading, ...]
    unit: str
    complaints: Mapping[int, tuple[str, str]]
    assumed: Mapping[int, str] = field(default_factory=dict)

    @property
    def values(self) -> Floats:
        """The numbers, shape (n,), NaN where there is none; limits as they stand."""
        return np.array([np.nan if c.value is None else c.value for c in self.cells], dtype=float)


def read_column(
    column: pd.Series, comma: Comma | None = None, unit: str | None = None
) -> ColumnReading:
    """Read every cell of a column.

    Args:
        column: Its name is the header, which may hold the unit.
        comma: What commas mean, where the person has said it; else the column itself decides.
        unit: Of a column that is known to hold numbers what they are in, where the header does not
            say it; empty where nobody knows.
    """
    stated = unit_in(str(column.name)) or unit or ""
    if column.dtype.kind in "iuf":
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return _of_floats(values, stated)
    cells: list[CellReading] = []
    found: dict[int, Written] = {}
    raw = column.astype(object).tolist()
    clocks = _durations(raw, str(column.name), stated)
    # Without a comma in the column every point is a decimal one, and a cell speaks for itself.
    pointed = comma != "decimal" and not any(type(c) is str and _COMMA.search(c) for c in raw)
    for row, cell in enumerate(raw):
        if pointed and type(cell) is str and _PLAIN_NUMBER.fullmatch(cell):
            value = float(cell)
            if value - value == 0:  # finite
                cells.append(CellReading("number", value, text=cell))
                continue
        reading, parts = _first_look(clocks.get(row, cell))
        cells.append(replace(reading, text=str(cell).strip()) if row in clocks else reading)
        if parts is not None:
            found[row] = parts
    plain = any(
        cell.kind == "number" or not found[row].over > 1 for row, cell in _numeric(cells, found)
    )
    if unit is None and not plain:
        found = {}  # nothing but 1/2, 3/4: rather days or grades
    assumed = {
        row: _("'{text}' was read as {hours}").format(text=cut(cells[row]), hours=hours)
        for row, hours in clocks.items()
    }
    unsettled: Complaints = {}
    _settle_numbers(cells, found, comma, unsettled, _in_percent(stated, found), assumed)
    complaints = {
        row: unsettled.get(row)
        or (_open_point(cell) if isinstance(raw[row], OpenPoint) else _not_a_number(cell))
        for row, cell in enumerate(cells)
        if cell.kind == "text"
    }
    stated = in_one_unit(cells, str(column.name), stated, complaints, assumed)
    return ColumnReading(tuple(cells), stated, dict(sorted(complaints.items())), assumed)


def _durations(raw: Sequence[object], name: str, unit: str) -> dict[int, str]:
    """{0-based row: ``1.5 h``} of cells such as 1:30, where the column is one of hours or, without
    a unit, of times, and all that is written in it is so; else none: 1:30 may be a ratio."""
    words = as_typed(name_without_unit(name)).casefold()
    if not (same_unit(unit, "h") if unit else _DURATION.search(words)):
        return {}
    found = {}
    for row, cell in enumerate(raw):
        text = as_typed(cell).strip() if isinstance(cell, str) else cell
        if isinstance(text, str) and (clock := _CLOCK.fullmatch(text)):
            hours, minutes, seconds = (int(part or 0) for part in clock.groups())
            found[row] = in_hours(timedelta(hours=hours, minutes=minutes, seconds=seconds))
        elif not is_empty(cell) and not (isinstance(text, str) and is_nothing(plain_word(text))):
            return {}
    return found


def numbers_of(column: pd.Series) -> tuple[Floats, Complaints]:
    """The plain numbers of a column, shape (n,), and the complaints {0-based row: (text, hint)}.

    Here limits, failures, standard deviations, words and units other than the header's are
    complained about, too. Empty and bad cells are NaN; only the bad ones have a complaint.
    """
    if column.dtype.kind in "iuf":
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        infinite = np.isinf(values)
        complaints = {int(row): _infinite() for row in np.flatnonzero(infinite)}
        return (np.where(infinite, np.nan, values) if complaints else values), complaints
    reading = read_column(column)
    values, complaints = reading.values, dict(reading.complaints)
    has_unit = bool(unit_in(str(column.name)))
    for row, cell in enumerate(reading.cells):
        if row in complaints or cell.kind == "text":
            continue
        if complaint := only_plain(cell, has_unit=has_unit):
            complaints[row] = complaint
            values[row] = np.nan
    return values, dict(sorted(complaints.items()))


def only_plain(cell: CellReading, *, has_unit: bool = True) -> tuple[str, str] | None:
    """What is wrong with a cell where only a plain number is of use; None for nothing."""
    if cell.kind == "failed" or cell.word or (cell.unit and not has_unit):
        return _not_a_number(cell)
    if cell.limit:
        return _not_a_number(cell)[0], _("A limit cannot be used here; write a number.")
    if cell.sd is not None:
        return _not_a_number(cell)[0], _("Write the number alone, without ±.")
    return None


def no_unit_known(cell: CellReading) -> tuple[str, str]:
    """What is wrong with a cell in a unit where the campaign knows of none."""
    return (
        _("'{text}' is in {unit}, and no unit is known of what the campaign has").format(
            text=cut(cell), unit=cell.unit
        ),
        _("Write the number alone, in the unit of the others."),
    )


def is_plain_number(text: str) -> bool:
    """Whether a text is digits with a point and an exponent, as programs write them."""
    return _PLAIN_NUMBER.fullmatch(text.strip()) is not None


def is_empty(cell: object) -> bool:
    """Whether nothing is written in a cell: missing, blank, or the text ``nan``."""
    if isinstance(cell, str):
        text = cell.strip()
        return not text or (len(text) == 3 and text.lower() == "nan")
    return cell is None or cell is pd.NA or cell is pd.NaT or cell != cell


def _of_floats(values: Floats, unit: str) -> ColumnReading:
    cells = []
    complaints: Complaints = {}
    for row, value in enumerate(values.tolist()):
        if value != value:
            cells.append(MISSING)
        elif math.isinf(value):
            cells.append(CellReading("text", text=str(value)))
            complaints[row] = _infinite()
        else:
            cells.append(CellReading("number", value, text=f"{value:.15g}"))
    return ColumnReading(tuple(cells), unit, complaints)


def _first_look(cell: object) -> tuple[CellReading, Written | None]:
    """The reading of a cell; with the parts of a number that the column has yet to settle."""
    if isinstance(cell, OpenPoint):
        return CellReading("text", text=str(cell)), None
    if isinstance(cell, str):
        return _of_text(cell.strip())
    if isinstance(cell, bool | np.bool_):
        return CellReading("text", text=str(cell)), None
    if isinstance(cell, numbers.Real | Decimal):
        value = float(cell)
        if value != value:
            return MISSING, None
        kind = "text" if np.isinf(value) else "number"
        return (
            CellReading("text", text=str(value))
            if kind == "text"
            else CellReading("number", value, text=f"{value:.15g}")
        ), None
    if is_empty(cell):
        return MISSING, None
    return CellReading("text", text=_shown_date(cell)), None


@lru_cache(maxsize=4096)  # most cells of a column repeat
def _of_text(text: str) -> tuple[CellReading, Written | None]:
    if is_empty(text):
        return MISSING, None
    word = plain_word(text)
    if is_nothing(word):
        return CellReading("missing", word=text, text=text), None
    if is_failure(word):
        return CellReading("failed", word=text, text=text), None
    return CellReading("text", text=text), written(text)


def _shown_date(cell: object) -> str:
    text = str(cell)
    return text.removesuffix(" 00:00:00") if isinstance(cell, date) else text


def _settle_numbers(
    cells: list[CellReading],
    found: Mapping[int, Written],
    comma: Comma | None,
    complaints: Complaints,
    percent: bool,
    assumed: dict[int, str],
) -> None:
    """Turn what was written into numbers, as all cells of the column together allow."""
    commas = commas_of(found)
    meant = comma or commas.comma
    doubts = {} if comma else _doubts(commas, cells)
    if commas.decision == "unknown" and not comma and _are_thousands(cells, found, commas.open):
        for row in commas.open:
            assumed[row] = _("'{text}' was read with a comma between thousands").format(
                text=cut(cells[row])
            )
        doubts = {}
    for row, parts in found.items():
        if row in doubts:
            complaints[row] = doubts[row]
            continue
        if percent and parts.sd_percent:  # in a column of per cent 45 ± 2 % is 43 to 47
            parts = replace(parts, sd_percent=False, unit="%")
        pair = value_of(parts, comma=meant)
        if pair is None:
            continue
        value, sd = pair
        if np.isinf(value):
            complaints[row] = _infinite()
            continue
        cells[row] = replace(
            cells[row], kind="number", value=value, limit=parts.limit, sd=sd, unit=parts.unit
        )


def _doubts(commas: Commas, cells: list[CellReading]) -> Complaints:
    """Complaints about commas and points that the column does not settle."""
    advice = _("Write decimal points only, or say what commas mean with --decimal.")
    doubts: Complaints = {}
    if commas.decision == "unknown":
        for row in commas.open:
            doubts[row] = (
                _("'{text}' may mean thousands or a decimal comma").format(text=cut(cells[row])),
                _("No other cell of the column decides. Say it with --decimal comma or point."),
            )
    elif commas.decision == "contradicting":
        both = dict.fromkeys(commas.decimal, commas.thousands[0])
        both |= dict.fromkeys((*commas.thousands, *commas.open), commas.decimal[0])
        for row, other in both.items():
            doubts[row] = (
                _("'{text}' contradicts '{other}' of the same column").format(
                    text=cut(cells[row]), other=cut(cells[other])
                ),
                advice,
            )
    elif commas.decision == "decimal" and not commas.gapped:
        for row in commas.dotted:
            doubts[row] = (
                _("'{text}' has a point, other cells of the column a decimal comma").format(
                    text=cut(cells[row])
                ),
                advice,
            )
    return doubts


def _numeric(
    cells: Sequence[CellReading], found: Mapping[int, Written]
) -> list[tuple[int, CellReading]]:
    """The cells that are numbers already, or may become some."""
    return [(row, cell) for row, cell in enumerate(cells) if cell.kind == "number" or row in found]


def _in_percent(unit: str, found: Mapping[int, Written]) -> bool:
    """Whether a column holds per cent, by its header or a cell of its own."""
    return unit.endswith("%") or any(parts.unit == "%" for parts in found.values())


def _are_thousands(
    cells: Sequence[CellReading], found: Mapping[int, Written], undecided: Sequence[int]
) -> bool:
    """Whether numbers such as 1,200 lie among the others of the column only with thousands."""
    others = [abs(cell.value) for cell in cells if cell.kind == "number" and cell.value]
    others += [
        abs(pair[0])
        for row, parts in found.items()
        if row not in undecided and (pair := value_of(parts, comma="thousands")) and pair[0]
    ]
    if not others or not undecided:
        return False
    low, high = min(others) / COMPANY, max(others) * COMPANY

    def lies_among(row: int, comma: Comma) -> bool:
        pair = value_of(found[row], comma=comma)
        return pair is not None and low <= abs(pair[0]) <= high

    return all(lies_among(row, "thousands") and not lies_among(row, "decimal") for row in undecided)


def _not_a_number(cell: CellReading) -> tuple[str, str]:
    complaint = _("'{text}' is not a number").format(text=cut(cell))
    plain = as_typed(cell.text)
    if _INFINITE.fullmatch(plain):
        return _infinite()
    if plain.casefold() in ("true", "false"):
        return complaint, _("Write 0 and 1 instead of true and false.")
    if _EXCEL_ERROR.match(plain):
        return complaint, _("The spreadsheet could not compute this cell; correct its formula.")
    if _CLOCK.fullmatch(plain):
        return complaint, _("Hours and minutes are written in hours: 2.5 for 2:30.")
    if "±" in plain or "+/-" in plain:
        return complaint, _("Write both numbers in one way: 5.5e-4 ± 0.3e-4, or 5.5e-4 ± 5%.")
    if LOST_SUPERSCRIPT.match(plain):
        return complaint, _("Raised digits were lost; write 1.2e4 for 1.2×10⁴.")
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}.*", plain):
        return complaint, _("Spreadsheets turn 1-2 into a date; format the cell as text first.")
    return complaint, _("Write plain numbers such as 0.05 or 1.2e-5, without a unit.")


def _open_point(cell: CellReading) -> tuple[str, str]:
    plain = cell.text.replace(".", "")
    return (
        _("'{text}' may be {plain} or {text}, as other columns have decimal commas").format(
            text=cell.text, plain=plain
        ),
        _("Say --decimal comma where points part thousands, or write the numbers without them."),
    )


def _infinite() -> tuple[str, str]:
    return _("the number is infinite"), _("Write a finite number.")
