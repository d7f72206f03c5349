"""Grid: all combinations of settings that keep the constraints, counted and never written out.

The combinations of all settings stand in a fixed order: the last parameter changes fastest, as the
digits of a number do. A combination's label is its place in that order, counted from 0 before any
constraint, so a label needs no list to be understood.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tansaku.design import Bools, Floats, Ints, LevelRule
from tansaku.space.parameters import Settable

BLOCK = 2**16
"""Combinations looked at in one go: a few MB for ten parameters."""


class GridRule(Protocol):
    """What every candidate of a grid keeps."""

    @property
    def text(self) -> str:
        """As a person reads it."""

    @property
    def rules(self) -> tuple[LevelRule, ...]:
        """What of it can be told in whole numbers."""

    def holds(self, levels: Ints) -> Bools:
        """Which points keep it; levels of shape (k, p)."""


@dataclass(frozen=True)
class Grid:
    """The settable combinations of p parameters.

    Attributes:
        parameters: In the order of the columns.
        constraints: What every candidate keeps.

    Example:
        >>> from tansaku.space.parameters import Stepped
        >>> x = Stepped(name="x", low=0, high=1, step=0.5)
        >>> Grid((x,), ()).matrix(np.array([[0], [2]])).tolist()
        [[0.0], [1.0]]
    """

    parameters: tuple[Settable, ...]
    constraints: tuple[GridRule, ...]

    @property
    def product(self) -> int:
        """Combinations before any constraint."""
        return math.prod(p.count for p in self.parameters)

    def levels(self, labels: Ints) -> Ints:
        """Labels, shape (k,) -> levels, shape (k, p)."""
        found = np.empty((len(labels), len(self.parameters)), dtype=np.int64)
        rest = labels.astype(np.int64)
        for column in range(len(self.parameters) - 1, -1, -1):
            rest, found[:, column] = np.divmod(rest, self.parameters[column].count)
        return found

    def labels(self, levels: Ints) -> list[int]:
        """Levels, shape (k, p) -> labels; whole numbers of any size."""
        found: NDArray[Any] = np.zeros(
            len(levels), dtype=np.int64 if self.product < 2**62 else np.object_
        )
        for column, parameter in enumerate(self.parameters):
            found = found * parameter.count + levels[:, column]
        return [int(label) for label in found]

    def matrix(self, levels: Ints) -> Floats:
        """Levels -> values as they stand in a matrix, shape (k, p) both."""
        return np.stack([p.at(levels[:, i]) for i, p in enumerate(self.parameters)], axis=1)

    def holds(self, levels: Ints) -> Bools:
        """Which points keep every constraint; levels of shape (k, p)."""
        kept = np.ones(len(levels), dtype=np.bool_)
        for constraint in self.constraints:
            kept[kept] = constraint.holds(levels[kept])
        return kept

    def block(self, start: int, stop: int) -> Ints:
        """Labels of the candidates among the combinations start .. stop - 1, ascending."""
        labels = np.arange(start, min(stop, self.product), dtype=np.int64)
        return labels[self.holds(self.levels(labels))] if self.constraints else labels

    def blocks(self) -> Iterator[Ints]:
        """Labels of the candidates, block by block."""
        for start in range(0, self.product, BLOCK):
            yield self.block(start, start + BLOCK)

    @cached_property
    def counts(self) -> Ints:
        """Candidates in each block of ``BLOCK`` combinations. Looks at every combination once."""
        if not self.constraints:
            sizes = [min(BLOCK, self.product - s) for s in range(0, self.product, BLOCK)]
            return np.array(sizes, dtype=np.int64)
        return np.array([len(labels) for labels in self.blocks()], dtype=np.int64)
