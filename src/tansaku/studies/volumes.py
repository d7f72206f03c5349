"""Volumes: how much of the reachable hypervolume a search has after each sample.

All sample counts include the start samples. Axes: b runs, k samples, N candidates, m goals.
"""

from __future__ import annotations

import numpy as np

from tansaku.bo.objectives.hypervolume import growing_hypervolume, hypervolume
from tansaku.design import Bools, Floats, Ints

MOST_CELLS = 20_000_000
"""Cells of the grid of all values for which random search is given exactly: 160 MB an array. With
three goals that are 270 candidates."""
SIMULATED = 2000
"""Random orders where there are more: their mean is known to 1 % of its spread or so."""


def relative_volumes(good: Floats, counts: Bools, reference: Floats, picks: Ints) -> Floats:
    """Hypervolume of the samples so far over that of all candidates, shape (b, k).

    Args:
        good: Goodness of every candidate, larger is better, shape (N, m).
        counts: Which candidates keep all limits, shape (N,); others add nothing.
        reference: What every goal has to beat, shape (m,).
        picks: Candidates in the order of sampling, shape (b, k).
    """
    values = np.where(counts[:, None], good, reference)
    known: dict[bytes, float] = {}
    found = [growing_hypervolume(values, row, reference, known) for row in picks]
    return np.stack(found) / hypervolume(values, reference)


def random_volume(good: Floats, counts: Bools, reference: Floats, seed: int) -> tuple[Floats, bool]:
    """(expected relative hypervolume of random search after 1 .. N samples, whether it is exact).

    A cell of the grid of all values is covered once one of the c candidates that dominate it is
    sampled: 1 - C(N - c, n) / C(N, n). Summed over all cells that is exact; where there are too
    many cells, the mean over ``SIMULATED`` random orders is given.
    """
    N, inside = len(good), counts & (good > reference).all(1)
    values = good[inside] - reference
    edges = [np.unique(np.append(0.0, column)) for column in values.T]
    if np.prod([float(len(edge) - 1) for edge in edges]) > MOST_CELLS:
        rng = np.random.default_rng([seed, N])
        orders = np.stack([rng.permutation(N) for _run in range(SIMULATED)])
        return relative_volumes(good, counts, reference, orders).mean(0), False
    shape = tuple(len(edge) - 1 for edge in edges)
    covering = np.zeros(shape, dtype=np.int32)
    ranks = [
        np.searchsorted(edge, column) - 1 for edge, column in zip(edges, values.T, strict=True)
    ]
    np.add.at(covering, tuple(ranks), 1)
    volume = np.ones(shape)
    for axis, edge in enumerate(edges):
        covering = np.flip(np.flip(covering, axis).cumsum(axis), axis)
        sides = [1] * len(shape)
        sides[axis] = -1
        volume *= np.diff(edge).reshape(sides)
    of_count = np.bincount(covering.ravel(), weights=volume.ravel(), minlength=N + 1)
    left = (N - np.arange(N + 1))[:, None] - np.arange(N)[None]  # candidates that cover nothing
    miss = np.cumprod(np.maximum(left, 0) / (N - np.arange(N)), axis=1)
    found = of_count[1:] @ (1 - miss[1:])
    return found / of_count[1:].sum(), True
