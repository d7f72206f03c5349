"""Every input scaled to [0, 1] over its range, so that one prior fits all units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tansaku.design import Design, Floats, Ints
from tansaku.space import Categorical, Parameter, Space


@dataclass(frozen=True, slots=True)
class UnitRange:
    """x -> (x - low) / span, column by column; choices count as equal steps in their order.

    Attributes:
        low: Smallest value of each input, shape (d,).
        spans: Range of each input, shape (d,).
        names: The inputs' names.

    Example:
        >>> space = Space.from_matrix(("T",), np.array([[900.0], [1100.0]]))
        >>> UnitRange.of(space).encode(np.array([[1000.0]])).X.tolist()
        [[0.5]]
    """

    low: Floats
    spans: Floats
    names: tuple[str, ...]

    @classmethod
    def of(cls, space: Space) -> UnitRange:
        """The encoding of this space's inputs."""
        low, spans = np.array([ends(p) for p in space.inputs]).T
        return cls(low, spans, space.names)

    @property
    def columns(self) -> Ints:
        """Encoded column of each input, shape (p,)."""
        return np.arange(len(self.names), dtype=np.int64)

    def encode(self, matrix: Floats) -> Design:
        """Experimental values, shape (n, d) -> design, shape (n, d)."""
        return Design.continuous((matrix - self.low) / self.spans, self.names)

    def decode(self, X: Floats) -> Floats:
        """Encoded points, shape (n, d) -> experimental values, shape (n, d)."""
        return X * self.spans + self.low


def ends(parameter: Parameter) -> tuple[float, float]:
    """(smallest value, range) of an input, as it stands in a matrix."""
    if isinstance(parameter, Categorical):
        return 0.0, parameter.count - 1.0
    return parameter.low, parameter.span
