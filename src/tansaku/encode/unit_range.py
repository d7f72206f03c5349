"""Every numeric input scaled to [0, 1] over the pool, so that one prior fits all units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tansaku.design import Design, Floats
from tansaku.space import Space


@dataclass(frozen=True, slots=True)
class UnitRange:
    """x -> (x - low) / span, column by column.

    Attributes:
        low: Smallest value of each input, shape (d,).
        span: Range of each input, shape (d,).
        names: The inputs' names.

    Example:
        >>> space = Space.from_matrix(("T",), np.array([[900.0], [1100.0]]))
        >>> UnitRange.of(space).encode(np.array([[1000.0]])).X.tolist()
        [[0.5]]
    """

    low: Floats
    span: Floats
    names: tuple[str, ...]

    @classmethod
    def of(cls, space: Space) -> UnitRange:
        """The encoding of this space's pool."""
        low = np.array([p.low for p in space.inputs])
        return cls(low, np.array([p.span for p in space.inputs]), space.names)

    def encode(self, matrix: Floats) -> Design:
        """Experimental values, shape (n, d) -> design, shape (n, d)."""
        return Design.continuous((matrix - self.low) / self.span, self.names)

    def decode(self, X: Floats) -> Floats:
        """Encoded points, shape (n, d) -> experimental values, shape (n, d)."""
        return X * self.span + self.low
