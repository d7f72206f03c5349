"""Frames: a table as a Python program holds it -> a frame whose columns are called by text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from tansaku.errors import TableError
from tansaku.language import _

MOST_AXES = 2


def frame_from(table: Any) -> pd.DataFrame:
    """A frame of pandas or polars, a dict of columns, a dict of one row, a list of rows or an array
    of NumPy; columns without names are called 0, 1, 2.

    Raises:
        TableError: it is none of these, or its columns differ in length.

    Example:
        >>> frame_from([{"x": 1, "y": 2.0}, {"x": 3}]).columns.tolist()
        ['x', 'y']
    """
    frame = table if isinstance(table, pd.DataFrame) else _made(table)
    if all(type(label) is str for label in frame.columns):
        return frame
    named = frame.set_axis([str(label) for label in frame.columns], axis="columns")
    named.attrs = frame.attrs
    return named


def _made(table: Any) -> pd.DataFrame:
    for method, options in (("to_pydict", {}), ("to_dict", {"as_series": False})):
        if hasattr(table, method) and not isinstance(table, pd.Series):  # of arrow and of polars
            return _frame(getattr(table, method)(**options))
    if isinstance(table, pd.Series):
        is_row = all(isinstance(label, str) for label in table.index)
        return table.to_frame().T if is_row else table.to_frame()
    if isinstance(table, np.ndarray) and table.dtype.names:
        return _frame({name: table[name] for name in table.dtype.names})
    if isinstance(table, np.ndarray) and table.ndim <= MOST_AXES:
        return _frame(table)
    if isinstance(table, Mapping):
        one = not any(
            isinstance(column, Sequence | np.ndarray | pd.Series) and not isinstance(column, str)
            for column in table.values()
        )
        return _frame([dict(table)] if one else dict(table))
    if isinstance(table, list | tuple) and all(
        isinstance(row, Mapping | list | tuple | np.ndarray) for row in table
    ):
        return _frame(list(table))
    raise TableError(
        _("A {kind} is given where a table is needed.").format(kind=type(table).__name__),
        _("Give a frame, a dict of columns or a list of rows; a file is read by read_table."),
    )


def _frame(data: Any) -> pd.DataFrame:
    try:
        return pd.DataFrame(data)
    except (ValueError, TypeError) as error:
        raise TableError(
            _("This is no table: {why}.").format(why=error),
            _("Give every column the same number of rows."),
        ) from error
