"""Grids as the mathematics sees them: a region of settable points."""

from __future__ import annotations

import numpy as np

from tansaku.design import Region
from tansaku.encode.encoder import Encoder
from tansaku.encode.one_hot import OneHot
from tansaku.encode.unit_range import UnitRange
from tansaku.space import Continuous, Discrete, Settable, Stepped
from tansaku.space.constraints import BoundConstraint
from tansaku.space.grid import Grid


def region_of(grid: Grid, encoder: Encoder) -> Region:
    """The settable points of a grid, as an encoder sees them."""
    columns = encoder.columns.copy()
    # Uneven numbers are tried one by one, as choices are: their levels are no equal steps.
    columns[[isinstance(p, Discrete) for p in grid.parameters]] = -1
    steps = np.array(
        [
            0.0 if column < 0 else _interval(p) / encoder.spans[column]
            for p, column in zip(grid.parameters, columns.tolist(), strict=True)
        ]
    )
    return Region(
        sizes=np.array([p.count for p in grid.parameters], dtype=np.int64),
        columns=columns,
        steps=steps,
        rules=tuple(rule for c in grid.constraints for rule in c.rules),
        counts=tuple(
            rule for c in grid.constraints if isinstance(c, BoundConstraint) for rule in c.counts
        ),
        holds=grid.holds,
        encode=lambda levels: encoder.encode(grid.matrix(levels)).X,
        separable=isinstance(encoder, UnitRange | OneHot),
    )


def _interval(parameter: Settable) -> float:
    """Distance of neighbouring settings on the scale of the model; of choices in order, a level."""
    return parameter.interval if isinstance(parameter, Stepped | Continuous) else 1.0
