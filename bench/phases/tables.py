"""Finished tables in which samples differ in their phase."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tansaku import datasets
from tansaku.design import Floats, Ints

HALF = 0.5
"""Share of the alpha phase from which a sample is called alpha: the phase that most of it is. The
article gives the share and no names; this is all that is added."""
CLEAR = 0.9
"""Share from which a phase is called pure in the table with mixed samples."""


@dataclass(frozen=True)
class Table:
    """A pool and the truth about it.

    Attributes:
        X: Encoded candidates, shape (N, 2).
        y: Values, larger is better, shape (N,).
        phase: The phase of each, 0 .. P - 1, shape (N,).
    """

    X: Floats
    y: Floats
    phase: Ints


def lyczp(run: int) -> Table:
    """The LYCZP table: 47 compositions, each called by the phase that most of it is."""
    X, y, alpha = _lyczp()
    del run
    return Table(X, y, np.where(alpha >= HALF, 0, 1))


def lyczp_mixed(run: int) -> Table:
    """The same with a third name, mixed, between 10 and 90 % of alpha."""
    X, y, alpha = _lyczp()
    del run
    return Table(X, y, np.where(alpha >= CLEAR, 0, np.where(alpha <= 1 - CLEAR, 1, 2)))


def _lyczp() -> tuple[Floats, Floats, Floats]:
    frame = datasets.load("lyczp_47")
    X = frame[["x_Y", "y_Ca"]].to_numpy(dtype=np.float64) / 0.375
    y = np.log10(frame["sigma_lowT_S_cm"].to_numpy(dtype=np.float64))
    return X, y, frame["alpha_phase_fraction"].to_numpy(dtype=np.float64)


def step(run: int) -> Table:
    """A made-up field of 11 x 11 that falls towards a border beyond which another phase lies 1.5
    higher: the best is at the border. Another slope of the border in each run."""
    X, rng = _grid(), np.random.default_rng([run, 5])
    slope = rng.uniform(-0.6, 0.6)
    phase = (X[:, 0] + slope * (X[:, 1] - 0.5) > 0.55).astype(np.int64)
    y = 1.5 * phase - X[:, 0] + 0.4 * np.sin(4 * X[:, 1] + rng.uniform(0, 6))
    return Table(X, y, phase)


def idle(run: int) -> Table:
    """The counterexample: phases that have nothing to do with the values."""
    X, rng = _grid(), np.random.default_rng([run, 6])
    phase = (X[:, 1] + rng.uniform(-0.6, 0.6) * (X[:, 0] - 0.5) > 0.5).astype(np.int64)
    y = np.sin(3 * X[:, 0] + rng.uniform(0, 6)) + 0.5 * np.cos(4 * X[:, 1] + rng.uniform(0, 6))
    return Table(X, y, phase)


def _grid() -> Floats:
    grid = np.linspace(0, 1, 11)
    return np.stack(np.meshgrid(grid, grid, indexing="ij"), -1).reshape(-1, 2)


TABLES: dict[str, Callable[[int], Table]] = {
    "LYCZP, alpha and beta": lyczp,
    "LYCZP, alpha, beta and mixed": lyczp_mixed,
    "121 made-up candidates, a jump": step,
    "121 made-up candidates, idle phases": idle,
}
