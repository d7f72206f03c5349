"""Pareto sets: the points that no other point beats in everything. numpy only, larger is better."""

from __future__ import annotations

import numpy as np

from tansaku.design import Bools, Floats

BLOCK_NUMBERS = 20_000_000
"""Comparisons that are held at a time: 20 MB."""


def dominates(a: Floats, b: Floats, within: Floats | float = 0.0) -> Bools:
    """Whether points ``a`` are at least as good in everything as ``b`` and better in something;
    values that differ by no more than ``within`` are equal.

    Shapes (.., m) that broadcast; the answer has the shape without m.
    """
    return np.asarray((a >= b - within).all(-1) & (a > b + within).any(-1), dtype=np.bool_)


def pareto(values: Floats, within: Floats | float = 0.0) -> Bools:
    """Which of n points no other point dominates, shape (n,); equal points are in or out together.

    Args:
        values: Shape (n, m), larger is better, finite.
        within: Difference up to which values are equal, for all or for each of m.

    Example:
        >>> pareto(np.array([[1.0, 3.0], [2.0, 2.0], [1.0, 2.0]])).tolist()
        [True, True, False]
    """
    n, m = values.shape
    size = max(1, BLOCK_NUMBERS // max(1, n * m))
    best = np.ones(n, dtype=np.bool_)
    for start in range(0, n, size):
        block = values[start : start + size]
        best[start : start + size] = ~dominates(values[None], block[:, None], within).any(1)
    return best
