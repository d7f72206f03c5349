"""What the encodings share that put columns of formulas before some of the inputs' own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tansaku.design import Design, Floats, Ints
from tansaku.encode.one_hot import OneHot
from tansaku.space import Space

NEAREST = 2**20
"""Distances that are computed at once where the nearest candidate is looked for: some 10 MB."""


def columns_beside(space: Space, rest: OneHot, beside: Ints, first: int) -> Ints:
    """Encoded column of each input, shape (p,); -1 where it has none of its own.

    Args:
        space: Whose p inputs.
        rest: The encoding of all of them.
        beside: Its columns that are kept.
        first: Where the first of these stands.
    """
    found = np.full(len(space.inputs), -1, dtype=np.int64)
    for column, i in enumerate(beside.tolist(), start=first):
        if rest.level[i] < 0:
            found[rest.source[i]] = column
    return found


def nearest_candidates(space: Space, encode: Callable[[Floats], Design], X: Floats) -> Floats:
    """Inputs of the candidates that are nearest to encoded points, shape (n, d) -> (n, p)."""
    pool = encode(space.matrix).X
    step = max(1, NEAREST // (len(pool) * pool.shape[1]))
    found = [
        ((X[i : i + step, None] - pool[None]) ** 2).sum(axis=2).argmin(axis=1)
        for i in range(0, len(X), step)
    ]
    return np.asarray(space.matrix[np.concatenate([np.zeros(0, dtype=np.int64), *found])])
