"""One finished table: every candidate with its value, so that a search can be replayed."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Digits kept after the decimal point, so that the checksum of a table does not hang on the
# last bit of a platform's sin or exp.
DECIMALS = 9


@dataclass(frozen=True, eq=False)
class Table:
    """A pool of N candidates with d columns, and the value of every candidate.

    Attributes:
        name: Stable tag; the starts are derived from it.
        family: What the table is like, e.g. "needle" or "calisol".
        X: Inputs in experimental units, shape (N, d).
        columns: The d column names.
        y: Value in the modelled scale, LARGER IS BETTER, shape (N,).
        note: Source or formula.
        held_out: True where the table only judges; no choice may be made on it.
    """

    name: str
    family: str
    X: FloatArray
    columns: tuple[str, ...]
    y: FloatArray
    note: str
    held_out: bool

    @property
    def crc(self) -> int:
        """Checksum of the bytes of X and y."""
        return zlib.crc32(self.y.tobytes(), zlib.crc32(self.X.tobytes()))


def name_seed(name: str) -> int:
    """A seed that depends on nothing but the name.

    Example:
        >>> name_seed("bowl_2d") == name_seed("bowl_2d")
        True
    """
    return zlib.crc32(name.encode())


def frozen_random(seed: int) -> np.random.RandomState:
    """A generator whose stream NumPy has promised never to change (NEP 19)."""
    return np.random.RandomState(seed)


def make_table(
    name: str,
    family: str,
    X: FloatArray,
    columns: tuple[str, ...],
    y: FloatArray,
    *,
    note: str,
    held_out: bool,
    at_most: int | None = None,
) -> Table:
    """Average replicates, drop constant columns, thin with a fixed seed, and freeze.

    Args:
        name: Stable tag.
        family: What the table is like.
        X: Inputs, shape (M, D).
        columns: D names.
        y: Values, larger is better, shape (M,).
        note: Source or formula.
        held_out: Whether the table only judges.
        at_most: Pools larger than this keep a random subset of this size.

    Raises:
        ValueError: If shapes disagree or a value is not finite.
    """
    X, y = np.asarray(X, np.float64), np.asarray(y, np.float64)
    if X.shape != (len(y), len(columns)):
        raise ValueError(f"{name}: X is {X.shape}, expected {(len(y), len(columns))}")
    if not (np.isfinite(X).all() and np.isfinite(y).all()):
        raise ValueError(f"{name}: X or y holds a value that is not finite")
    X, y = average_replicates(_rounded(X), y)
    varies = np.ptp(X, axis=0) > 0
    X, columns = X[:, varies], tuple(c for c, v in zip(columns, varies, strict=True) if v)
    if at_most is not None and len(y) > at_most:
        kept = np.sort(frozen_random(name_seed(name)).permutation(len(y))[:at_most])
        X, y = X[kept], y[kept]
    X, y = np.ascontiguousarray(X), _rounded(y)
    X.flags.writeable = y.flags.writeable = False
    return Table(name, family, X, columns, y, note, held_out)


def average_replicates(X: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Rows that agree in X become one row with the mean of y; (M, D) and (M,) in and out."""
    unique, inverse = np.unique(X, axis=0, return_inverse=True)
    inverse = inverse.ravel()
    return unique, np.bincount(inverse, weights=y) / np.bincount(inverse)


def _rounded(values: FloatArray) -> FloatArray:
    """Round to DECIMALS and turn -0.0 into 0.0."""
    return np.round(values, DECIMALS) + 0.0
