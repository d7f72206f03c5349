"""Every input scaled to [0, 1] over its range, so that one prior fits all units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tansaku.design import Bools, Design, Floats, Ints
from tansaku.errors import DataError
from tansaku.language import _
from tansaku.space import Categorical, Parameter, Scale, Space


@dataclass(frozen=True, slots=True)
class UnitRange:
    """x -> (x - low) / span, column by column; choices count as equal steps in their order, and
    numbers on a log scale by their log10.

    Attributes:
        low: Smallest value of each input on the scale of the model, shape (d,).
        spans: Range of each input there, shape (d,).
        names: The inputs' names.
        logs: Whether the input is on a log scale, shape (d,).

    Example:
        >>> space = Space.from_matrix(("T",), np.array([[900.0], [1100.0]]))
        >>> UnitRange.of(space).encode(np.array([[1000.0]])).X.tolist()
        [[0.5]]
    """

    low: Floats
    spans: Floats
    names: tuple[str, ...]
    logs: Bools

    @classmethod
    def of(cls, space: Space) -> UnitRange:
        """The encoding of this space's inputs."""
        low, spans = np.array([ends(p) for p in space.inputs]).T
        return cls(low, spans, space.names, on_log_scale(space))

    @property
    def columns(self) -> Ints:
        """Encoded column of each input, shape (p,)."""
        return np.arange(len(self.names), dtype=np.int64)

    def encode(self, matrix: Floats) -> Design:
        """Experimental values, shape (n, d) -> design, shape (n, d)."""
        return Design((decades(matrix, self.logs) - self.low) / self.spans, self.names)

    def decode(self, X: Floats) -> Floats:
        """Encoded points, shape (n, d) -> experimental values, shape (n, d)."""
        return powers(X * self.spans + self.low, self.logs)


def ends(parameter: Parameter) -> tuple[float, float]:
    """(smallest value, range) of an input, as the model has it."""
    if isinstance(parameter, Categorical):
        return 0.0, parameter.count - 1.0
    low, high = parameter.ends
    return low, high - low


def on_log_scale(space: Space) -> Bools:
    """Which inputs the model has by their log10, shape (p,)."""
    return np.array([getattr(p, "scale", None) is Scale.LOG10 for p in space.inputs])


def decades(matrix: Floats, logs: Bools) -> Floats:
    """Values, shape (n, p) -> log10 in the columns that ``logs`` names.

    Raises:
        DataError: one of them is not above 0.
    """
    if not logs.any():
        return matrix
    found = matrix.copy()
    if (found[:, logs] <= 0).any():
        raise DataError(
            _("An input on a log scale holds values that are not above 0."),
            _("Leave these rows out, or make the campaign with this input linear."),
        )
    found[:, logs] = np.log10(found[:, logs])
    return found


def powers(matrix: Floats, logs: Bools) -> Floats:
    """What :func:`decades` made, back in the inputs' units."""
    if not logs.any():
        return matrix
    found = matrix.copy()
    found[:, logs] = 10.0 ** found[:, logs]
    return found
