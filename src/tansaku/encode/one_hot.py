"""Numbers scaled to [0, 1], choices without order as one column for each choice."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tansaku.design import Bools, Design, Floats, Ints
from tansaku.encode.unit_range import decades, ends, on_log_scale, powers
from tansaku.space import Categorical, Space

APART = 0.5
"""Encoded distance of two different choices. Two settings drawn at random from a numeric range are
0.41 of it apart (root mean square, 1 / sqrt 6), so half the range makes a change of the atmosphere
as large a step as a typical change of a number, and the same length-scale prior fits both. Plain
0 and 1 would put them sqrt 2 apart, beyond the ends of any range. One column for each choice as in
Garrido-Merchan and Hernandez-Lobato, Neurocomputing 380 (2020) 20."""

HEIGHT = APART / math.sqrt(2.0)
"""What stands in the column of the chosen name; two choices differ in two columns."""


@dataclass(frozen=True, slots=True)
class OneHot:
    """Choices as columns of 0 and ``HEIGHT``, all else as in ``unit_range``.

    Attributes:
        source: Input of each encoded column, shape (d,).
        level: The choice that each encoded column stands for, shape (d,); -1 for a number.
        low: Smallest value of the column's number as the model has it, shape (d,); 0 for a choice.
        spans: Its range, shape (d,); 1 / ``HEIGHT`` for a choice.
        names: The encoded columns' names, ``gas=Ar`` for a choice.
        logs: Whether the input is on a log scale, shape (p,).

    Example:
        >>> gas = Categorical(name="gas", values=("air", "Ar"))
        >>> space = Space.from_parameters([gas])
        >>> OneHot.of(space).encode(np.array([[1.0]])).X.round(4).tolist()
        [[0.0, 0.3536]]
    """

    source: Ints
    level: Ints
    low: Floats
    spans: Floats
    names: tuple[str, ...]
    logs: Bools

    @classmethod
    def of(cls, space: Space) -> OneHot:
        """The encoding of this space's inputs."""
        plan: list[tuple[int, int, float, float, str]] = []
        for i, parameter in enumerate(space.inputs):
            if isinstance(parameter, Categorical) and parameter.encoding == "one_hot":
                plan += [
                    (i, level, 0.0, 1 / HEIGHT, f"{parameter.name}={value}")
                    for level, value in enumerate(parameter.values)
                ]
            else:
                plan.append((i, -1, *ends(parameter), parameter.name))
        source, level, low, spans, names = zip(*plan, strict=True)
        return cls(
            np.array(source, dtype=np.int64),
            np.array(level, dtype=np.int64),
            np.array(low),
            np.array(spans),
            names,
            on_log_scale(space),
        )

    @property
    def columns(self) -> Ints:
        """Encoded column of each input, shape (p,); -1 for a choice in several columns."""
        found = np.full(int(self.source.max()) + 1, -1, dtype=np.int64)
        numbers = np.flatnonzero(self.level < 0)
        found[self.source[numbers]] = numbers
        return found

    def encode(self, matrix: Floats) -> Design:
        """Experimental values, shape (n, p) -> design, shape (n, d)."""
        values = decades(matrix, self.logs)[:, self.source]
        chosen = np.where(values == self.level, HEIGHT, 0.0)
        X = np.where(self.level < 0, (values - self.low) / self.spans, chosen)
        return Design(X, self.names)

    def decode(self, X: Floats) -> Floats:
        """Encoded points, shape (n, d) -> experimental values, shape (n, p). Of a choice's columns
        the largest counts."""
        matrix = np.empty((len(X), int(self.source.max()) + 1))
        for i, column in enumerate(self.columns.tolist()):
            if column >= 0:
                matrix[:, i] = X[:, column] * self.spans[column] + self.low[column]
            else:
                matrix[:, i] = X[:, self.source == i].argmax(axis=1)
        return powers(matrix, self.logs)
