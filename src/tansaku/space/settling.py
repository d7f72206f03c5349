"""Settling: which candidates are meant by values that stand in a file, many rows at a time."""

from __future__ import annotations

import numpy as np

from tansaku.design import Bools, Floats
from tansaku.space.constraints import BoundConstraint
from tansaku.space.grid import Grid
from tansaku.space.listed import on_scales
from tansaku.space.parameters import SETTLING, Continuous
from tansaku.space.same import FirstOfItsComposition


def settled(grid: Grid, rows: Floats) -> tuple[Floats, Bools]:
    """The candidates that are meant by rows of values, and which rows mean one.

    As :meth:`~tansaku.space.space.Space.locate` has it: a value within ``SETTLING`` of a step is
    that setting, and of a continuous parameter any number inside its range is one.

    Args:
        grid: The settable combinations of p parameters.
        rows: In experimental units, shape (k, p), a choice as its level; NaN where nothing stands.

    Returns:
        Rows as candidates, shape (k, p), and whether they are, shape (k,).

    Example:
        >>> from tansaku.space.parameters import Stepped
        >>> x = Stepped(name="x", low=0, high=1, step=0.5)
        >>> found, meant = settled(Grid((x,), ()), np.array([[0.50001], [0.3], [np.nan]]))
        >>> found[meant].tolist(), meant.tolist()
        ([[0.5]], [True, False, False])
    """
    known = np.asarray(np.isfinite(on_scales(grid.parameters, rows)).all(axis=1), dtype=np.bool_)
    some = grid.matrix(np.zeros((1, len(grid.parameters)), dtype=np.int64))
    values = np.where(known[:, None], rows, some)
    found = [p.levels(values[:, i]) for i, p in enumerate(grid.parameters)]
    levels, off = (np.stack(each, axis=1) for each in zip(*found, strict=True))
    for once in grid.constraints:
        if isinstance(once, FirstOfItsComposition):
            levels = once.first(levels)
    at = np.asarray((off <= SETTLING).all(axis=1), dtype=np.bool_)
    meant = at & grid.holds(levels)
    between = ~at
    if between.any():
        between[between] = settable_between(grid, values[between], off[between])
    return np.where(between[:, None], values, grid.matrix(levels)), known & (meant | between)


def settable_between(grid: Grid, rows: Floats, off: Floats) -> Bools:
    """Whether rows differ from settings only in continuous numbers, inside their ranges, and keep
    the constraints to the tolerance of comparisons: what is really set is finer than what is asked
    for.

    Args:
        grid: The settable combinations.
        rows: Shape (k, p).
        off: Distance from the nearest settings in steps, shape (k, p).
    """
    kept = np.ones(len(rows), dtype=np.bool_)
    for parameter, values, far in zip(grid.parameters, rows.T, off.T, strict=True):
        kept &= (far <= SETTLING) | (
            (parameter.low <= values) & (values <= parameter.high)
            if isinstance(parameter, Continuous)
            else False
        )
    for rule in grid.constraints:
        kept &= rule.holds_between(rows) if isinstance(rule, BoundConstraint) else False
    return kept
