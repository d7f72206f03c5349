"""THE WAIST: what the mathematics sees of a campaign. float64 arrays and column kinds, numpy only.

Above the waist things have names and units (spaces, targets, campaigns); below it (``bo``) there
are only arrays. Axes: b problems, n measured, N candidates of the pool, d columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class ColumnKind(StrEnum):
    """What an encoded column means to a kernel."""

    CONTINUOUS = "continuous"


class Direction(StrEnum):
    """What is wanted of the model-scale target."""

    MAXIMISE = "maximise"
    MATCH = "match"


@dataclass(frozen=True, slots=True)
class Design:
    """Encoded points.

    Attributes:
        X: Points, shape (n, d), float64; continuous columns span [0, 1] over the pool.
        kinds: One kind per column, length d.
        names: One name per column, length d; only for messages and reports.

    Example:
        >>> Design.continuous(np.array([[0.0], [1.0]]), ("x",)).X.shape
        (2, 1)
    """

    X: Floats
    kinds: tuple[ColumnKind, ...]
    names: tuple[str, ...]

    @classmethod
    def continuous(cls, X: Floats, names: tuple[str, ...]) -> Design:
        """A design of continuous columns only."""
        return cls(
            np.ascontiguousarray(X, dtype=np.float64), (ColumnKind.CONTINUOUS,) * X.shape[1], names
        )


@dataclass(frozen=True, slots=True)
class Problems:
    """b searches over one pool, at the same number n of measurements each. Live work has b = 1.

    Attributes:
        pool: The N candidates.
        X: Measured points, shape (b, n, d), in the pool's encoding.
        y: Measured values on the model scale, shape (b, n); larger is better where
            ``direction`` is MAXIMISE (a minimised target comes with its sign turned).
        counts: Number of averaged replicates behind each y, shape (b, n), >= 1; the noise
            variance of a mean of k replicates is the noise variance / k.
        taken: Candidates that may not be proposed, shape (b, N).
        pending: Pool indices under way, result unknown, shape (b, p); proposals take them
            into account and they are in ``taken``.
        direction: MAXIMISE, or MATCH the value ``match``.
        match: The wanted model-scale value; used with MATCH only.
        positions: Pool indices of ``X`` where every measured point is a candidate, shape (b, n);
            kernel values of pairs of candidates can then be looked up. ``None`` elsewhere.
    """

    pool: Design
    X: Floats
    y: Floats
    counts: Floats
    taken: Bools
    pending: Ints
    direction: Direction = Direction.MAXIMISE
    match: float = 0.0
    positions: Ints | None = None

    @property
    def size(self) -> int:
        """b, the number of problems."""
        return int(self.y.shape[0])

    @property
    def measured(self) -> int:
        """n, the number of measured points of each problem."""
        return int(self.y.shape[1])
