"""Matching: which rows are the same setting, exactly and fast, without rounding to a grid.

Two points are the same when no column differs by more than a tolerance (in spans). All points
are sorted along one generic direction; the same points lie close along it, so only neighbours in
that order are compared. The direction's weights are square roots, so that points of a regular grid
hardly ever coincide along it.
"""

from __future__ import annotations

import numpy as np

from tansaku.design import Floats, Ints
from tansaku.space.space import MATCH_TOLERANCE

MERGE_TOLERANCE = MATCH_TOLERANCE * (1 - 1e-5)
"""Rows merge a shade below the tolerance of ``Space.find``, so that every merged row is found
again even where the merged row had been the end of a column's span."""

_SLACK = 1e-3
"""Widening of the search along the direction, against rounding; distances are compared exactly."""


def first_rows(matrix: Floats, spans: Floats) -> Ints:
    """Rows, ascending, that repeat no earlier row of this list; every other row repeats one.

    As a reader would do it from the top: a row within :data:`MERGE_TOLERANCE` of a row already
    kept is a repetition, any other row is kept.

    Args:
        matrix: Shape (n, d), in experimental units.
        spans: Shape (d,), above 0.
    """
    along = _along(matrix, matrix.min(axis=0), spans)
    kept: list[Ints] = []
    left = np.arange(len(matrix))
    while left.size:
        order = left[np.argsort(along[left], kind="stable")]
        far = np.diff(along[order]) > MERGE_TOLERANCE * (1 + _SLACK)
        starts = np.concatenate(([0], np.flatnonzero(far) + 1))
        first = np.minimum.reduceat(order, starts)
        theirs = np.repeat(first, np.diff(np.append(starts, len(order))))
        distance = (np.abs(matrix[order] - matrix[theirs]) / spans).max(axis=1)
        kept.append(first)
        left = order[distance > MERGE_TOLERANCE]
    return np.sort(np.concatenate(kept))


def nearest(points: Floats, pool: Floats, spans: Floats) -> Ints:
    """Pool position of each point, shape (n,); -1 where none lies within ``MATCH_TOLERANCE``.

    Gives what ``Space.find`` gives, for many points at once.

    Args:
        points: Shape (n, d), in experimental units.
        pool: Shape (N, d).
        spans: Shape (d,), above 0.
    """
    low = pool.min(axis=0)
    pool_along = _along(pool, low, spans)
    order = np.argsort(pool_along, kind="stable")
    along = _along(points, low, spans)
    reach = MATCH_TOLERANCE * (1 + _SLACK)
    begin = np.searchsorted(pool_along[order], along - reach, side="left")
    end = np.searchsorted(pool_along[order], along + reach, side="right")
    best = np.full(len(points), np.inf)
    position = np.full(len(points), -1, dtype=np.int64)
    for offset in range(int((end - begin).max(initial=0))):
        rows = np.flatnonzero(begin + offset < end)
        candidates = order[begin[rows] + offset]
        distance = (np.abs(points[rows] - pool[candidates]) / spans).max(axis=1)
        tie = (distance == best[rows]) & (candidates < position[rows])
        better = (distance < best[rows]) | tie
        best[rows[better]] = distance[better]
        position[rows[better]] = candidates[better]
    return np.where(best <= MATCH_TOLERANCE, position, -1)


def _along(points: Floats, low: Floats, spans: Floats) -> Floats:
    """Place along the direction, shape (n,); points closer than t in every column are closer
    than t along it, as the weights sum to 1."""
    weights = np.sqrt(np.arange(2.0, points.shape[1] + 2))
    return np.asarray((points - low) / spans @ (weights / weights.sum()))
