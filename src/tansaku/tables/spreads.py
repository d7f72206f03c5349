"""Spreads: columns that say how sure a result is: standard deviations, standard errors, and how
many measurements a value is the mean of.

They are found by their names, which have to hold the target's name (``σ sd``, ``sem of y``) where
there are several targets; the person may name them instead. Units are never converted here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import pandas as pd

from tansaku.errors import TableError
from tansaku.language import _
from tansaku.space import ColumnRoles, Target
from tansaku.tables.cells import DECIMAL_ATTRIBUTE, ColumnReading, only_plain, read_column
from tansaku.tables.columns import columns_named
from tansaku.tables.places import Places, Problems
from tansaku.tables.units import name_without_unit, same_unit, unit_in
from tansaku.typed import as_typed, as_word

SpreadKind = Literal["sd", "sem", "error", "repeats"]

_LONG: Final = (
    (
        r"standard error of (?:the )?mean|standard errors?|s\.e\.m\.?|標準誤差|standardfehler",
        " sem ",
    ),
    (r"standard deviations?|std\.? ?dev\.?|s\.d\.?|標準偏差|standardabweichung|stabw\.?", " sd "),
    (r"uncertainty|誤差|不確かさ|unsicherheit|fehler|±|\+/-", " error "),
    (r"の", " "),
)
"""Long names and those without blanks around them, in small letters."""

_SHORT: Final[Mapping[str, SpreadKind]] = {
    "sd": "sd", "std": "sd", "stdev": "sd", "sem": "sem", "error": "error", "err": "error",
}  # fmt: skip

_REPEATS: Final = frozenset(
    {
        "n=", "replicates", "repeats", "repetitions", "number of measurements", "n measurements",
        "measurements", "n数", "測定回数", "測定数", "繰り返し数", "繰返し数", "反復数", "繰り返し",
        "wiederholungen", "anzahl messungen",
    }
)  # fmt: skip
"""Whole names of columns that count the measurements behind a value; ``n`` does beside an sd."""


@dataclass(frozen=True, slots=True)
class SpreadColumns:
    """Columns that say how sure results are.

    Attributes:
        sd: {target: column}.
        sem: {target: column}.
        repeats: Column with the number of measurements; empty where there is none.
        doubtful: Columns of which their names do not tell whether they hold the one or the other.

    Example:
        >>> found = spread_columns(["x", "σ", "σ の標準偏差", "n"], ["σ"], ["x", "σ"])
        >>> found.sd, found.repeats
        ({'σ': 'σ の標準偏差'}, 'n')
    """

    sd: Mapping[str, str] = field(default_factory=dict)
    sem: Mapping[str, str] = field(default_factory=dict)
    repeats: str = ""
    doubtful: tuple[str, ...] = ()

    def notices(self) -> list[str]:
        """What is used, and what is not, as a person should know it."""
        said = [
            _("'{column}' is the standard deviation of '{target}'").format(column=c, target=t)
            for t, c in self.sd.items()
        ]
        said += [
            _("'{column}' is the standard error of '{target}'").format(column=c, target=t)
            for t, c in self.sem.items()
        ]
        if self.repeats:
            said.append(
                _("'{column}' is the number of measurements behind each value").format(
                    column=self.repeats
                )
            )
        found = []
        if said:
            found.append(
                _("How sure the results are: {columns}. Rename a column to leave it out.").format(
                    columns=", ".join(said)
                )
            )
        found += [
            _(
                "The column '{name}' is not used: it may be a standard deviation or a standard"
                " error. Say --sd TARGET='{name}' or --sem TARGET='{name}'."
            ).format(name=name)
            for name in self.doubtful
        ]
        return found


@dataclass(frozen=True, slots=True)
class Spread:
    """What one row says: {target: sd of one measurement}, and how many there were.

    Example:
        >>> Spread({"y": 0.1}, 3).repeats
        3
    """

    sd: Mapping[str, float]
    repeats: int | None


def spread_kind(name: str) -> tuple[SpreadKind, tuple[str, ...]] | None:
    """What the name of a column says of spreads, and its other words; ``None`` for others.

    Example:
        >>> spread_kind("σ の標準偏差 [S/cm]"), spread_kind("density_sem"), spread_kind("Se")
        (('sd', ('σ',)), ('sem', ('density',)), None)
    """
    plain = as_word(name_without_unit(name))
    if plain in _REPEATS or is_bare(name):
        return "repeats", ()
    for pattern, word in _LONG:
        plain = re.sub(pattern, word, plain)
    words = _words(plain)
    kinds = [_SHORT[word] for word in words if word in _SHORT]
    if not kinds:
        return None
    return kinds[0], tuple(w for w in words if w not in _SHORT and w not in ("of", "der", "von"))


def spread_columns(
    labels: Sequence[str], targets: Sequence[str], taken: Collection[str]
) -> SpreadColumns:
    """The columns that say by their names what of results they tell.

    Args:
        labels: Names of all columns.
        targets: The results; of several the name has to say which one is meant.
        taken: Columns that are inputs, targets or something else.
    """
    words_of = {name: set(_words(as_word(name_without_unit(name)))) for name in targets}
    found: dict[str, dict[str, str]] = {"sd": {}, "sem": {}}
    repeats, doubtful = "", []
    for label in labels:
        said = None if label in taken else spread_kind(label)
        if said is None:
            continue
        kind, words = said
        if kind == "repeats":
            repeats = repeats or label
        elif (target := _meant(set(words), words_of)) is not None:
            if kind == "error":
                doubtful.append(label)
            else:
                found[kind].setdefault(target, label)
    if is_bare(repeats) and not (found["sd"] or found["sem"] or doubtful):
        repeats = ""  # alone it may be an index, or nitrogen
    return SpreadColumns(found["sd"], found["sem"], repeats, tuple(doubtful))


def _meant(words: set[str], words_of: Mapping[str, set[str]]) -> str | None:
    """The one target whose name holds these words; of several the one with this very name."""
    exact = [name for name, own in words_of.items() if own == words]
    found = exact or [name for name, own in words_of.items() if words <= own]
    return found[0] if len(found) == 1 else None


def is_bare(name: str) -> bool:
    """Whether a column is called just n: beside an sd a count, alone an index or nitrogen."""
    return as_typed(name).strip() == "n"


def columns_of_spreads(
    frame: pd.DataFrame, targets: Sequence[Target], taken: Collection[str], roles: ColumnRoles
) -> SpreadColumns:
    """The columns that a person names; of what is not named, those that their names tell.

    Raises:
        TableError: a column is missing, belongs to no target, or has another unit than it.
    """
    names = [target.name for target in targets]
    labels = [str(label).strip() for label in frame.columns]
    strange = [name for name in {**roles.sd, **roles.sem} if name not in names]
    if strange:
        raise TableError(
            _("'{name}' is no target.").format(name=strange[0]),
            _("The targets are: {names}. Write --sd TARGET=COLUMN.").format(names=", ".join(names)),
        )
    columns_named(frame, roles.columns)
    spreads = spread_columns(labels, names, {*taken, *roles.columns, *roles.choices})
    units = {target.name: target.unit or unit_in(target.name) for target in targets}
    mine = {**roles.sd, **roles.sem}
    sd = {t: c for t, c in spreads.sd.items() if t not in mine and _fits(c, units[t])} | roles.sd
    sem = {t: c for t, c in spreads.sem.items() if t not in mine and _fits(c, units[t])} | roles.sem
    for target, column in mine.items():
        if not _fits(column, units[target]):
            raise TableError(
                _("The column '{column}' is in {other}, the target '{target}' in {unit}.").format(
                    column=column, other=unit_in(column), target=target, unit=units[target]
                ),
                _("Convert it, so that both have one unit."),
            )
    return SpreadColumns(sd, sem, roles.repeats or spreads.repeats, spreads.doubtful)


def spreads_in(
    frame: pd.DataFrame, found: SpreadColumns, lines: Sequence[int]
) -> dict[int, Spread]:
    """{0-based row: what it says}, of these rows; a standard error is turned into the standard
    deviation of one measurement, sem x sqrt(n), or stands for it where n is not known.

    Raises:
        CellError: a cell that cannot be used; names row and column.
    """
    problems = Problems(Places(frame))
    comma = frame.attrs.get(DECIMAL_ATTRIBUTE)
    every = [*found.sd.values(), *found.sem.values(), *([found.repeats] if found.repeats else [])]
    read = {
        name: read_column(column, comma) for name, column in columns_named(frame, every).items()
    }
    counts = _counts(read, found.repeats, lines, problems)
    spreads: dict[int, Spread] = {}
    for line in lines:
        n = counts.get(line)
        sd = {}
        for target, name in found.sem.items():
            if value := _positive(read, name, line, n, problems):
                sd[target] = value * math.sqrt(n or 1)
        for target, name in found.sd.items():
            if value := _positive(read, name, line, n, problems):
                sd[target] = value
        if sd or n is not None:
            spreads[line] = Spread(sd, n)
    problems.raise_any()
    return spreads


def _fits(column: str, unit: str) -> bool:
    """Whether a column can be in a target's unit; one that names none can."""
    own = unit_in(column)
    return not own or not unit or same_unit(own, unit)


def _words(plain: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[^\s_()\[\]・:,/-]+", plain))


def _counts(
    read: Mapping[str, ColumnReading], name: str, lines: Sequence[int], problems: Problems
) -> dict[int, int]:
    """{row: number of measurements}."""
    found: dict[int, int] = {}
    if not name:
        return found
    order = list(read).index(name)
    for line in lines:
        cell = read[name].cells[line]
        if cell.kind == "missing":
            continue
        whole = cell.value is not None and cell.value >= 1 and cell.value.is_integer()
        if not whole or cell.limit or cell.sd is not None:
            complaint = _("'{text}' is no number of measurements").format(text=cell.text)
            problems.add(line, order, name, complaint, _("Write a whole number from 1."))
        elif cell.value is not None:
            found[line] = int(cell.value)
    return found


def _positive(
    read: Mapping[str, ColumnReading], name: str, line: int, n: int | None, problems: Problems
) -> float | None:
    """The number in a cell; ``None`` where there is none, or a 0 of a single measurement."""
    cell, order = read[name].cells[line], list(read).index(name)
    if cell.kind == "missing" or (cell.value == 0 and n == 1):
        return None
    wrong = read[name].complaints.get(line) or only_plain(cell)
    if wrong is None and (cell.value is None or cell.value <= 0):
        wrong = (
            _("{text} is no standard deviation").format(text=cell.text),
            _("It is above 0; leave the cell empty where it is not known."),
        )
    if wrong is not None:
        problems.add(line, order, name, *wrong)
        return None
    return cell.value
