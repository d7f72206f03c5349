"""The common starts: the same five random rows for every strategy and peer."""

from __future__ import annotations

import numpy as np

from bench.quality.table import IntArray, Table, frozen_random, name_seed

RUNS = 100
START_SIZE = 5


def starts(table: Table, runs: int = RUNS, size: int = START_SIZE) -> IntArray:
    """Distinct pool rows to begin each run with, shape (runs, size).

    The first r starts are the same whatever `runs` is, so a peer that only runs ten starts is
    paired with the first ten of a strategy that runs a hundred.
    """
    rng = frozen_random(name_seed(f"starts of {table.name}"))
    return np.stack([rng.permutation(len(table.y))[:size] for _ in range(runs)]).astype(np.int64)
