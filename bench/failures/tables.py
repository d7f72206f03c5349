"""Finished tables in which some candidates cannot be measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tansaku import datasets
from tansaku.design import Bools, Floats


@dataclass(frozen=True)
class Table:
    """A pool and the truth about it.

    Attributes:
        X: Encoded candidates, shape (N, 2).
        y: Values, larger is better, shape (N,); those that fail have one that nobody sees.
        works: Which can be measured, shape (N,).
    """

    X: Floats
    y: Floats
    works: Bools

    @property
    def best(self) -> int:
        """The best candidate that works."""
        return int(np.where(self.works, self.y, -np.inf).argmax())


def corner(run: int) -> Table:
    """The LCZSP table: 5 of its 49 compositions, at one edge, could not be measured."""
    del run
    frame = datasets.load("lczsp_49")
    sigma = frame["sigma_S_cm"].to_numpy(dtype=np.float64)
    X = frame[["x_Si", "y_Ca"]].to_numpy(dtype=np.float64) / 0.3
    return Table(X, np.log10(sigma), ~np.isnan(sigma))


def scattered(run: int) -> Table:
    """The counterexample: on the same table 8 of the 44 that worked fail, anywhere but at the
    best, other ones in each run; the five are left out."""
    whole = corner(run)
    X, y = whole.X[whole.works], whole.y[whole.works]
    rng = np.random.default_rng([run, 11])
    works = np.ones(len(y), dtype=bool)
    works[rng.choice(np.delete(np.arange(len(y)), y.argmax()), 8, replace=False)] = False
    return Table(X, y, works)


def beyond(run: int) -> Table:
    """A made-up field of 13 x 13 that rises towards a region where samples melt: 30 % of the
    candidates fail, and the best lies at the border. The same field in every run."""
    del run
    grid = np.linspace(0, 1, 13)
    X = np.stack(np.meshgrid(grid, grid, indexing="ij"), -1).reshape(-1, 2)
    y = X[:, 0] + 0.5 * X[:, 1] + 0.3 * np.sin(5 * X[:, 1]) + 0.1 * np.cos(9 * X[:, 0])
    heat = X[:, 0] + 0.6 * X[:, 1] ** 2
    return Table(X, y, heat <= np.quantile(heat, 0.7))


TABLES: dict[str, Callable[[int], Table]] = {
    "LCZSP, its unmeasurable corner": corner,
    "LCZSP, 8 of 44 failing anywhere": scattered,
    "169 made-up candidates, 30 % melt": beyond,
}
