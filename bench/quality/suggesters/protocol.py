"""What a peer must offer, and the input scaling that two of them share."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from bench.quality.table import FloatArray, IntArray


class Suggest(Protocol):
    """One run of one peer; it may remember what it was told in earlier calls."""

    def __call__(self, rows: IntArray, values: FloatArray) -> int:
        """The next pool row to measure.

        Args:
            rows: All rows sampled so far in their order, shape (n,).
            values: Their values, larger is better, shape (n,).
        """
        ...


class OpenRun(Protocol):
    """Starts a run on a pool."""

    def __call__(self, X: FloatArray, seed: int) -> Suggest:
        """Begin on the pool X, shape (N, d), in experimental units."""
        ...


def unit_cube(X: FloatArray) -> FloatArray:
    """Every column of the pool scaled to [0, 1], shape (N, d)."""
    low = X.min(axis=0)
    return (X - low) / (X.max(axis=0) - low)


def unmeasured(n: int, rows: IntArray) -> IntArray:
    """The pool rows that are not in `rows`, ascending, shape (n - len(rows),)."""
    return np.setdiff1d(np.arange(n), rows)
