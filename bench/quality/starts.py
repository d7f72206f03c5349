"""The common starts, the same five random rows for every strategy and peer; and own ones."""

from __future__ import annotations

import numpy as np

from bench.quality.table import FloatArray, IntArray, Table, frozen_random, name_seed
from tansaku.bo.start import first_picks
from tansaku.design import Design, Problems
from tansaku.strategy import Strategy

RUNS = 100
START_SIZE = 5


def starts(table: Table, runs: int = RUNS, size: int = START_SIZE) -> IntArray:
    """Distinct pool rows to begin each run with, shape (runs, size).

    The first r starts are the same whatever `runs` is, so a peer that only runs ten starts is
    paired with the first ten of a strategy that runs a hundred.
    """
    rng = frozen_random(name_seed(f"starts of {table.name}"))
    return np.stack([rng.permutation(len(table.y))[:size] for _ in range(runs)]).astype(np.int64)


def own_starts(table: Table, pool: Design, strategy: Strategy, runs: int) -> IntArray:
    """The first samples that a strategy chooses by itself where nothing is known, shape (runs,
    strategy.start_samples)."""
    size = len(table.y)
    nothing: FloatArray = np.empty((runs, 0))
    problems = Problems(
        pool, np.empty((runs, 0, pool.d)), nothing, nothing, np.zeros((runs, size), dtype=bool),
        np.empty((runs, 0), dtype=np.int64),
    )  # fmt: skip
    rngs = [np.random.default_rng([name_seed(table.name), i]) for i in range(runs)]
    return first_picks(problems, strategy, strategy.start_samples, rngs).picks
