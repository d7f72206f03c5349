"""What is lost where the average over hyperparameters ends: python -m bench.trust.handover

Above ``LARGEST`` measurements the posterior is maximised, above ``MOST`` the search for it sees a
part of them, and above ``EXACT`` predictions rest on ``POINTS`` inducing points. Each way learns
from the same random rows of large tables and is asked of all others: error over the sd of the
values, mean ln density of a value under its interval's law, and the regret of the one sample that
each way would make next.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import NamedTuple
from unittest import mock

import numpy as np

from bench.quality.family_tables import drawn
from bench.quality.olympus_tables import olympus_tables
from bench.quality.synthetic_tables import sobol
from bench.quality.table import FloatArray, IntArray, Table, frozen_random, make_table
from bench.quality.tables import DATA_FOLDER
from bench.trust.__main__ import problems
from tansaku.bo import engine
from tansaku.bo.surrogates import fitting, inducing
from tansaku.bo.surrogates import map as posterior_map
from tansaku.design import Joint
from tansaku.strategy import STRATEGIES

ROWS = 1000
"""Rows of a table that is large enough to be asked; made-up ones have three times as many."""
SUBSETS = {200: 6, 400: 2, 1500: 1, 2000: 1}
"""{rows that are measured: random subsets of each table}."""
DRAWN = ((2, 0.15, 0.1), (4, 0.4, 0.1), (8, 0.8, 0.3))
"""(columns, length scale, noise sd) of the made-up tables."""
ALL = 10**9


class Way(NamedTuple):
    """(Measurements up to which is averaged, those that the search sees, those up to which each is
    held, inducing points above that)."""

    largest: int = 0
    most: int = 1000
    exact: int = ALL
    points: int = 0

    def plays(self, n: int) -> bool:
        """Whether ``n`` measurements are learned in this way, and not in that of another line."""
        if self.points:
            return n > 2 * ROWS // 5
        return n <= 2 * ROWS // 5 if self.largest else n > self.most or self.most == ALL


WAYS = {
    "averaged": Way(largest=ALL, most=ALL),
    "maximised": Way(most=ALL),
    "maximised, 1,000 seen": Way(),
    "maximised, 400 seen": Way(most=400),
    "1,000 inducing points": Way(exact=0, points=1000),
    "300 inducing points": Way(exact=0, points=300),
}


def tables() -> Iterator[Table]:
    """Large real tables, whole, and drawn functions."""
    for table in olympus_tables(DATA_FOLDER / "olympus", at_most=None):
        if len(table.y) >= ROWS:
            yield table
    for i, (d, scale, noise) in enumerate(DRAWN):
        rng = frozen_random(9100 + i)
        u = sobol(3 * ROWS, d)
        y = drawn(u, np.full(d, scale), rng) + noise * rng.normal(size=len(u))
        yield make_table(
            f"drawn_{d}d", "drawn", u, tuple(f"x{j}" for j in range(d)), y,
            note="drawn from a Gaussian process", held_out=False,
        )  # fmt: skip


def learned(table: Table, rows: IntArray, way: str) -> FloatArray:
    """(error, ln density, regret of the next sample, processor seconds) after these rows, (4,)."""
    largest, most, exact, points = WAYS[way]
    rngs, clock = [np.random.default_rng(0)], time.process_time()
    with (
        mock.patch.object(fitting, "LARGEST", largest),
        mock.patch.object(posterior_map, "MOST", most),
        mock.patch.object(posterior_map, "EXACT", exact),
        mock.patch.object(inducing, "POINTS", points),
    ):
        found = engine.survey(Joint.of(problems(table, rows[None])), STRATEGIES["standard"], rngs)
    seconds = time.process_time() - clock
    left = np.setdiff1d(np.arange(len(table.y)), rows)
    y, mean, sd = table.y[left], found.mean[0, left, 0], found.measured_sd[0, left, 0]
    unit = table.y.std()
    density = -0.5 * np.square((y - mean) / sd) - np.log(sd / unit)
    best = max(y.max(), table.y[rows].max())
    after = max(y[found.score[0, left].argmax()], table.y[rows].max())
    error = float(np.sqrt(np.square(y - mean).mean())) / unit
    return np.array([error, density.mean(), (best - after) / (best - table.y.mean()), seconds])


def main() -> None:
    """One line for each table, number of measurements and way."""
    print("| table | measured | way | error | ln density | regret of the next | seconds |")
    print("|---|---|---|---|---|---|---|")
    for table in tables():
        for n, subsets in SUBSETS.items():
            if n > 0.8 * len(table.y):
                continue
            rng = np.random.default_rng([n, table.crc])
            rows = [rng.permutation(len(table.y))[:n] for _subset in range(subsets)]
            for way, how in WAYS.items():
                if not how.plays(n):
                    continue
                mean = np.mean([learned(table, each, way) for each in rows], axis=0)
                cells = " | ".join(f"{value:.3f}" for value in mean)
                print(f"| {table.name} | {n} | {way} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
