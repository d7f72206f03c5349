"""Known: columns of a table that are filled in every row, such as a price."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from tansaku.design import Floats
from tansaku.language import _
from tansaku.tables.cells import numbers_of
from tansaku.tables.columns import columns_named
from tansaku.tables.places import Places, Problems


def filled_columns(
    frame: pd.DataFrame, names: Sequence[str], *, above_zero: Collection[str] = ()
) -> dict[str, Floats]:
    """The numbers of some columns, one per row of the table.

    Args:
        frame: The table.
        names: The columns.
        above_zero: Those whose numbers have to be above 0.

    Raises:
        TableError: a column is missing or stands twice.
        CellError: a cell that is empty, no number, or not above 0 where it has to be.
    """
    found: dict[str, Floats] = {}
    problems = Problems(Places(frame))
    wanted = columns_named(frame, list(dict.fromkeys(names)))
    for order, (name, column) in enumerate(wanted.items()):
        found[name], complaints = numbers_of(column)
        for row, (complaint, hint) in complaints.items():
            problems.add(row, order, name, complaint, hint)
        for row in np.flatnonzero(np.isnan(found[name])).tolist():
            if row not in complaints:
                problems.add(
                    row, order, name, _("empty"), _("It has to be known of every candidate.")
                )
        if name in above_zero:
            for row in np.flatnonzero(found[name] <= 0).tolist():
                problems.add(
                    row,
                    order,
                    name,
                    _("{value:g} is no cost").format(value=found[name][row]),
                    _("A cost is above 0: improvement is divided by it."),
                )
    problems.raise_any()
    return found
