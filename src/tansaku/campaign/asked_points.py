"""Asked points: where a program wants to know the posterior, whatever holds the points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tansaku.campaign.history.records import Suggestion
from tansaku.campaign.results.typed_values import read_inputs
from tansaku.design import Floats
from tansaku.errors import TableError, UsageError
from tansaku.language import _
from tansaku.space import Categorical, Scale, Space, Value, inputs_of_formula
from tansaku.space.parameters import LARGEST

if TYPE_CHECKING:
    import pandas as pd

Points = Any
"""A frame, a dict of columns or of one point, a sequence of dicts or of suggestions, an array with
one column for each input; ``None`` for every candidate of a space that is listed."""


def points_in(space: Space, points: Points) -> Floats:
    """The points as a matrix, shape (N, inputs), in experimental units; candidates or not. Columns
    that are no inputs are passed over.

    Raises:
        TableError: an input is missing, or an array has another number of columns.
        UsageError: a cell is no number; ``None`` where the candidates are too many to be listed.
        NotInPoolError: a choice that is not there, or a formula that no candidate has.
    """
    if points is None:
        if not space.listed:
            raise UsageError(
                _("The candidates of this space are too many to be listed."),
                _("Say at which points the posterior is wanted."),
            )
        return space.matrix
    if isinstance(points, Suggestion):
        points = points.inputs
    if _is_one(points):
        return _row(space, points)[None]
    if _holds_suggestions(points):
        return np.array([_row(space, each.inputs) for each in points])
    from tansaku.tables.frames import frame_from  # on demand: it brings pandas

    return _matrix(space, _named(space, frame_from(points)))


def _is_one(points: Points) -> bool:
    """Whether it is a mapping of plain values: a single point."""
    plain = (str, int, float, np.number)
    return isinstance(points, Mapping) and all(isinstance(v, plain) for v in points.values())


def _holds_suggestions(points: Points) -> bool:
    return isinstance(points, Iterable) and isinstance(next(iter(points), None), Suggestion)


def _row(space: Space, inputs: Mapping[str, Value], where: str = "") -> Floats:
    return space.row(read_inputs(space, inputs_of_formula(space, inputs)), where=where)


def _named(space: Space, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with the inputs' names, where its columns have none."""
    if set(space.names) <= set(frame.columns):
        return frame
    numbered = [str(i) for i in range(len(frame.columns))]
    if list(frame.columns) != numbered:
        return frame
    if len(numbered) != len(space.names):
        raise TableError(
            _("The points have {given} columns, and there are {n} inputs.").format(
                given=len(numbered), n=len(space.names)
            ),
            _("The inputs are: {names}.").format(names=", ".join(space.names)),
        )
    return frame.set_axis(list(space.names), axis="columns")


def _matrix(space: Space, frame: pd.DataFrame) -> Floats:
    """Numbers column by column; row by row where there is something to read."""
    if set(space.names) <= set(frame.columns):
        columns = [frame[name].to_numpy() for name in space.names]
        if len(frame) and all(map(_usable, space.inputs, columns)):
            return np.stack([column.astype(np.float64) for column in columns], axis=1)
    rows: Sequence[Mapping[Any, Any]] = frame.to_dict("records")
    kept = {*space.names, "formula", getattr(space.chemistry, "column", None)}
    found = [
        _row(
            space,
            {str(name): value for name, value in row.items() if name in kept},
            _("row {row}").format(row=i),
        )
        for i, row in enumerate(rows, start=1)
    ]
    if not found:
        raise TableError(_("No point is given."), _("Give at least one."))
    return np.array(found)


def _usable(parameter: Any, column: np.ndarray) -> bool:
    """Whether a column holds nothing but numbers that the parameter can have."""
    if isinstance(parameter, Categorical) or column.dtype.kind not in "fiu":
        return False
    values = column.astype(np.float64)
    positive = parameter.scale is not Scale.LOG10 or bool((values > 0).all())
    return positive and bool((np.abs(values) < LARGEST).all())  # False for NaN, too
