"""Candidate rows: a table of any length as blocks of rows of a matrix, read one after the other.

A Parquet file is never held whole; any other table is, and has the size that tables may have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from tansaku.design import Floats
from tansaku.errors import NotInPoolError, TableError
from tansaku.language import _
from tansaku.space.parameters import Categorical, Parameter
from tansaku.space.values import number_of
from tansaku.tables.blocks import Coded, Column
from tansaku.tables.cells import is_empty
from tansaku.tables.opening import ending_of, parquet_blocks
from tansaku.tables.read import read_table

NO_CHOICE = -1.0
"""Stands where a choice is none of the campaign's."""


class CandidateRows(NamedTuple):
    """The rows of a table.

    Attributes:
        file: Its name.
        total: How many rows there are.
        blocks: The first row of each block, counted from 0, and its rows as they stand in a matrix,
            shape (k, p): NaN where a cell is empty, ``NO_CHOICE`` where a choice is not known.
    """

    file: str
    total: int
    blocks: Iterator[tuple[int, Floats]]


def candidate_rows(path: Path, parameters: Sequence[Parameter]) -> CandidateRows:
    """The rows of a table, of which only the columns of the parameters are read.

    Raises:
        StoreError: the file is missing or cannot be opened.
        TableError: it is no table, is damaged, or lacks a column.
        UsageError: while blocks are read: a cell is no number; names the row.
    """
    names = [parameter.name for parameter in parameters]
    if ending_of(path.name) == ".parquet":
        file = parquet_blocks(path)
        _check_columns(path.name, file.names, names)
        total, columns = file.total, file.read(names)
    else:
        frame = read_table(path, wanted=names)
        frame.columns = frame.columns.astype(str)
        _check_columns(path.name, list(frame.columns), names)
        total, columns = len(frame), iter([[_of_frame(frame[name]) for name in names]])

    def blocks() -> Iterator[tuple[int, Floats]]:
        start = 0
        for block in columns:
            pairs = zip(parameters, block, strict=True)
            rows = np.stack([_numbers(p, each, path.name, start) for p, each in pairs], axis=1)
            yield start, rows
            start += len(rows)

    return CandidateRows(path.name, total, blocks())


def _check_columns(file: str, there: Sequence[str], names: Sequence[str]) -> None:
    missing = [name for name in names if name not in there]
    if missing:
        raise TableError(
            _("'{file}' has no column {names}.").format(
                file=file, names=", ".join(f"'{name}'" for name in missing)
            ),
            _("Each input needs a column of its name. The columns are: {names}.").format(
                names=", ".join(there)
            ),
        )


def _of_frame(column: pd.Series) -> Column:
    if pd.api.types.is_float_dtype(column):
        return column.to_numpy(np.float64)
    codes, cells = pd.factorize(column)
    return Coded(list(cells), codes.astype(np.int64))


def _numbers(parameter: Parameter, column: Column, file: str, start: int) -> Floats:
    """A column as it stands in a matrix, shape (k,); each different cell is read once."""
    if isinstance(column, np.ndarray) and not isinstance(parameter, Categorical):
        return column
    if isinstance(column, np.ndarray):
        cells, codes = np.unique(column, return_inverse=True)
        column = Coded([None if np.isnan(c) else c for c in cells.tolist()], codes.reshape(-1))
    values = np.full(len(column.cells) + 1, np.nan)  # the last one is of rows without a cell
    for i, cell in enumerate(column.cells):
        if is_empty(cell):
            continue
        row = start + int(np.argmax(column.codes == i)) + 1
        where = _("Row {row} of '{file}'").format(row=row, file=file)
        try:
            values[i] = number_of(parameter, cell, where)
        except NotInPoolError:
            values[i] = NO_CHOICE
    return values[column.codes]
