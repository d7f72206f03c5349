"""The table of conductivities, and the table of what was fitted: CSV and Excel in, CSV out."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tansaku.conduction.measured_columns import Columns, Point, Sheet
from tansaku.language import _

if TYPE_CHECKING:
    import pandas as pd

    from tansaku.tables.places import Problems

Cell = str | float | None


@dataclass(slots=True)
class Series:
    """The points of one sample, gathered row by row.

    Attributes:
        sample: Cells of the sample's columns, or its row.
        carried: Cells of other columns, which are the same in all rows of each sample.
        temperatures: In K.
        conductivities: In S/cm.
        sds: In S/cm; NaN where none is stated.
        limits: How many cells held a limit, and were left out.
    """

    sample: dict[str, Cell]
    carried: dict[str, Cell]
    temperatures: list[float] = field(default_factory=list)
    conductivities: list[float] = field(default_factory=list)
    sds: list[float] = field(default_factory=list)
    limits: int = 0

    @property
    def name(self) -> str:
        """For people."""
        cells = self.sample
        if len(cells) == 1:
            return shown(next(iter(cells.values())))
        return ", ".join(f"{name}={shown(cell)}" for name, cell in cells.items())


def shown(cell: Cell) -> str:
    """A cell as text."""
    return f"{cell:.12g}" if isinstance(cell, float) else "" if cell is None else str(cell)


def read_series(path: Path, wanted: Columns) -> tuple[list[Series], list[str]]:
    """The samples of a table in the order of their first rows, and notices.

    Rows without a conductivity are passed over. Limits (``<1e-8``, ``nd``) are counted and left
    out: as values they would bend every line.

    Raises:
        UsageError: columns that do not belong together.
        TableError: columns that are missing, or whose unit is not stated.
        CellError: cells that cannot be used; names the row and column of the first ten.
    """
    from tansaku.tables.columns import columns  # on demand: tables load pandas
    from tansaku.tables.places import NOTICES_ATTRIBUTE, Places, Problems
    from tansaku.tables.read import read_table

    wanted.check()
    frame = read_table(path)
    names = wanted.names([str(label).strip() for label in frame.columns])
    found = columns(frame, names[:1], names[1:])
    problems = Problems(Places(frame))
    points = Sheet(found, problems, len(frame)).points(wanted)
    keys = _keys(frame, found, wanted, problems, filled=[bool(row) for row in points])
    problems.raise_any()
    series, differing = _gathered(frame, names, path, keys, points)
    notices = list(frame.attrs.get(NOTICES_ATTRIBUTE, ()))
    if differing:
        notices.append(
            _("Columns that differ within a sample are not carried over: {names}.").format(
                names=", ".join(differing)
            )
        )
    return series, notices


def _keys(
    frame: pd.DataFrame,
    found: Mapping[str, pd.Series],
    wanted: Columns,
    problems: Problems,
    *,
    filled: Sequence[bool],
) -> list[dict[str, Cell] | None]:
    """The sample of each row; None for rows in which nothing is written."""
    from tansaku.tables.cells import is_empty

    keys: list[dict[str, Cell] | None] = []
    for i in range(len(frame)):
        key = {name: _cell(found[name].iloc[i]) for name in wanted.sample}
        blank = [name for name, cell in key.items() if is_empty(cell)]
        if blank and not filled[i] and len(blank) == len(key):
            keys.append(None)
            continue
        for name in blank:
            problems.add(
                i, list(found).index(name), name, _("empty"), _("Every row needs its sample.")
            )
        if not key and not wanted.temperature:
            key = {_ROW: float(i + 1)}
        keys.append(key)
    return keys


_ROW: Final = "row"


def _gathered(
    frame: pd.DataFrame,
    read: Sequence[str],
    path: Path,
    keys: Sequence[dict[str, Cell] | None],
    points: Sequence[Sequence[Point]],
) -> tuple[list[Series], list[str]]:
    """Rows of one sample together, with what else is the same in all of them; and what is not."""
    rows: dict[tuple[Cell, ...], list[int]] = {}
    for i, key in enumerate(keys):
        if key is not None:
            rows.setdefault(tuple(key.values()), []).append(i)
    labels = [str(label).strip() for label in frame.columns]
    others = {name: frame.iloc[:, j] for j, name in enumerate(labels) if name not in read}
    cells = {name: [_cell(cell) for cell in column] for name, column in others.items()}
    carried = [
        name
        for name, column in cells.items()
        if all(len({column[i] for i in each}) == 1 for each in rows.values())
    ]
    series = []
    for each in rows.values():
        key = keys[each[0]] or {"sample": path.stem}
        one = Series(key, {name: cells[name][each[0]] for name in carried})
        for point in (point for i in each for point in points[i]):
            if point.conductivity is None:
                one.limits += 1
                continue
            one.temperatures.append(float(point.temperature))
            one.conductivities.append(float(point.conductivity))
            one.sds.append(float(point.sd))
        series.append(one)
    return series, [name for name in cells if name not in carried]


def _cell(cell: Any) -> Cell:
    from tansaku.tables.cells import is_empty

    if is_empty(cell):
        return None
    if isinstance(cell, int | float | np.number) and not isinstance(cell, bool):
        return float(cell)
    return str(cell).strip()


def as_csv(rows: Sequence[dict[str, Cell]]) -> bytes:
    """Rows with the same columns as CSV that Excel opens, with nothing that it would run."""
    from tansaku.tables.escape import harmless

    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    for i, row in enumerate(rows):
        if i == 0:
            writer.writerow([harmless(name) for name in row])
        writer.writerow([_plain(cell) for cell in row.values()])
    return stream.getvalue().encode("utf-8-sig")


def _plain(cell: Cell) -> Cell:
    from tansaku.tables.escape import harmless

    if isinstance(cell, str):
        return harmless(cell)
    return shown(cell) if isinstance(cell, float) and cell.is_integer() else cell
