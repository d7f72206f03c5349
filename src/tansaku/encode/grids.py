"""Grids as the mathematics sees them: in encoded blocks, or as a region of settable points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tansaku.design import Floats, Ints, Region
from tansaku.encode.encoder import Encoder
from tansaku.space import Categorical, Space


@dataclass(frozen=True, slots=True)
class GridBlocks:
    """The candidates of a grid in encoded blocks; keeps :class:`tansaku.design.BlockPool`.

    Attributes:
        space: A space with a counted grid.
        encoder: Its encoding.

    Example:
        >>> from tansaku.encode import encoder_for
        >>> from tansaku.space import Stepped
        >>> space = Space.from_parameters([Stepped(name="x", low=0, high=1, step=0.25)])
        >>> blocks = GridBlocks(space, encoder_for(space))
        >>> [(start, X[:, 0].tolist()) for start, X in blocks.blocks(3)]
        [(0, [0.0, 0.25, 0.5]), (3, [0.75, 1.0])]
    """

    space: Space
    encoder: Encoder

    def __len__(self) -> int:
        return int(self.space.grid.counts.sum())

    @property
    def d(self) -> int:
        """Encoded columns."""
        return len(self.encoder.names)

    def blocks(self, size: int) -> Iterator[tuple[int, Floats]]:
        """(index of the first candidate, encoded candidates (k, d)), k <= size, in order."""
        grid, start = self.space.grid, 0
        for labels in grid.blocks():
            for at in range(0, len(labels), size):
                part = labels[at : at + size]
                yield start + at, self._encoded(part)
            start += len(labels)

    def rows(self, index: Ints) -> Floats:
        """The encoded candidates with these indices, shape (k, d)."""
        return self._encoded(self.space.grid.at(index))

    def _encoded(self, labels: Ints) -> Floats:
        grid = self.space.grid
        return self.encoder.encode(grid.matrix(grid.levels(labels))).X


def region_of(space: Space, encoder: Encoder) -> Region:
    """The settable points of a space that its parameters span."""
    grid = space.grid
    columns = encoder.columns
    steps = np.array(
        [
            0.0
            if column < 0
            else 1.0 / (p.count - 1)
            if isinstance(p, Categorical)
            else p.interval / p.span
            for p, column in zip(grid.parameters, columns.tolist(), strict=True)
        ]
    )
    return Region(
        sizes=np.array([p.count for p in grid.parameters], dtype=np.int64),
        columns=columns,
        steps=steps,
        rules=tuple(rule for c in grid.constraints for rule in c.rules),
        holds=grid.holds,
        encode=lambda levels: encoder.encode(grid.matrix(levels)).X,
    )
