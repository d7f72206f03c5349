"""Grids as the mathematics sees them: a region of settable points."""

from __future__ import annotations

import numpy as np

from tansaku.design import Region
from tansaku.encode.encoder import Encoder
from tansaku.space import Categorical
from tansaku.space.grid import Grid


def region_of(grid: Grid, encoder: Encoder) -> Region:
    """The settable points of a grid, as an encoder sees them."""
    columns = encoder.columns
    steps = np.array(
        [
            0.0
            if column < 0
            else (1.0 if isinstance(p, Categorical) else p.interval) / encoder.spans[column]
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
