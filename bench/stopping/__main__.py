"""``python -m bench.stopping``: does the chance that the best has been found come true?

On functions drawn from the prior of the default's own model, with its noise, searched as a lab
would search them: there what is said has to be right. And on real tables: when a search stops at
95 %, how many samples that saves, and what the best so far then lacks to the best of the table.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import torch
from scipy.stats import qmc

from bench.quality.real_tables import real_tables
from bench.quality.table import FloatArray, IntArray, Table
from bench.quality.tables import DATA_FOLDER
from tansaku.bo import engine
from tansaku.bo.kernels import squared_distance
from tansaku.bo.stopping import found_chances
from tansaku.bo.surrogates.hyperparameter_samples import kernel_of, samples_for
from tansaku.design import Design, Joint, Problems
from tansaku.strategy import ROBUST, STRATEGIES
from tansaku.studies import study

CANDIDATES, COLUMNS, TOGETHER = 50, (1, 2, 3), 50
"""Of a drawn problem; problems of one pool, which go in lock-step."""
START, SAMPLES, EVERY = 5, 29, 3
"""Random samples, samples in all, and after how many more the chance is asked."""
EDGES = (0, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.93, 0.97, 0.99, 1.0001)
LEVEL = 0.95
RUNS, LARGEST = 50, 70
"""Searches of a real table, which has at most so many rows."""
STANDARD = STRATEGIES["standard"].model_copy(update={"start_samples": 1})


def drawn(X: FloatArray, number: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """(functions, measured values) from the model's prior at X, shape (number, N) each."""
    samples = samples_for(X.shape[1])
    kernel, weight = kernel_of(ROBUST, samples), samples.log_prior.exp().numpy()
    which = torch.from_numpy(rng.choice(len(weight), number, p=weight / weight.sum()))
    points = torch.from_numpy(X).expand(number, -1, -1)
    s = squared_distance(points, points, samples.length_scales[which])
    size, axes = np.linalg.eigh(kernel.take(which).value(s).numpy())
    normal = np.sqrt(np.maximum(size, 0)) * rng.standard_normal(size.shape)
    values = (axes @ normal[..., None])[..., 0]
    noise = samples.noise[which].sqrt().numpy()[:, None]
    return values, values + noise * rng.standard_normal(values.shape)


def seen(X: FloatArray, y: FloatArray, rows: IntArray) -> Joint:
    """Searches that have measured these rows, shape (b, n)."""
    taken = np.zeros(y.shape, dtype=bool)
    np.put_along_axis(taken, rows, True, 1)
    return Joint.of(Problems(
        Design(X, ("",) * X.shape[1]), X[rows], np.take_along_axis(y, rows, 1),
        np.ones(rows.shape), taken, np.empty((len(rows), 0), dtype=np.int64), positions=rows,
    ))  # fmt: skip


def replays(d: int, seed: int) -> Iterator[FloatArray]:
    """After each few samples of ``TOGETHER`` searches (said, true), shape (b, 2)."""
    rng = np.random.default_rng([seed, d])
    X = qmc.scale(qmc.Sobol(d, seed=rng).random(CANDIDATES), np.zeros(d), np.ones(d))
    values, y = drawn(X, TOGETHER, rng)
    rows = np.stack([rng.permutation(CANDIDATES)[:START] for _run in range(TOGETHER)])
    rngs, warm = [np.random.default_rng([seed, d, i]) for i in range(TOGETHER)], None
    while True:
        if (rows.shape[1] - START) % EVERY == 0:
            said = found_chances(seen(X, y, rows), STANDARD, rngs)
            yield np.stack([said, (rows == values.argmax(1)[:, None]).any(1)], -1)
        if rows.shape[1] == SAMPLES:
            return
        answer = engine.propose(seen(X, y, rows), STANDARD, 1, rngs, warm=warm)
        rows, warm = np.concatenate([rows, answer.picks], 1), answer.warm


def told(said: FloatArray, true: FloatArray) -> str:
    """Cells of a row: answers, said, came true and its standard error over whole searches; answers
    that were not asked are NaN, shape (searches, steps)."""
    asked, n = ~np.isnan(said), (~np.isnan(said)).sum()
    off = np.where(asked, true - said, 0).sum(1)
    error = np.sqrt((off**2).sum()) / n
    return f"{n} | {said[asked].mean():.1%} | {true[asked].mean():.1%} ± {error:.1%}"


def reliability(searches: int) -> None:
    """Print how often the chances come true, by what was said."""
    pools = range(max(1, searches // (len(COLUMNS) * TOGETHER)))
    found = [np.stack([*replays(d, seed)], 1) for d in COLUMNS for seed in pools]
    said, true = np.concatenate(found).transpose(2, 0, 1)
    print(
        f"{len(said)} searches of drawn functions, {CANDIDATES} candidates of {COLUMNS} columns\n"
    )
    print("| said | answers | said on average | came true |\n|---|---|---|---|")
    for low, high in pairwise(EDGES):
        inside = np.where((said >= low) & (said < high), said, np.nan)
        if (~np.isnan(inside)).any():
            print(f"| {low:.0%} to {min(high, 1):.0%} | {told(inside, true)} |")
    first = (said >= LEVEL).argmax(1)
    stops = (said >= LEVEL).any(1)
    at = np.arange(len(said))[stops], first[stops]
    print(f"| first time {LEVEL:.0%} or more | {told(said[at][:, None], true[at][:, None])} |",
          flush=True)  # fmt: skip


def tables() -> Iterator[Table]:
    """The real tables that are small."""
    return (table for table in real_tables(DATA_FOLDER) if len(table.y) <= LARGEST)


def stopped(table: Table) -> str:
    """What searches of a table that stop have found."""
    columns = dict(zip(table.columns, table.X.T, strict=True))
    (found,) = study(
        columns | {"value": table.y}, inputs=table.columns, target="value",  # type: ignore[arg-type]
        strategies=["standard"], runs=RUNS, start=START, stop_at=LEVEL,
    ).strategies  # fmt: skip
    stop, spread = found.stop, float(np.ptp(table.y))
    assert stop is not None
    return (f"{table.name} | {len(table.y)} | {stop.samples:.1f} | {stop.saved / len(table.y):.0%} "
            f"| {stop.found:.0%} | {stop.regret / spread:.2%}")  # fmt: skip


def main() -> None:
    """Print the tables of docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="bench.stopping", description=__doc__)
    parser.add_argument("--searches", type=int, default=1050, help="of drawn functions")
    parser.add_argument("--only", choices=("drawn", "tables"))
    given = parser.parse_args()
    if given.only != "tables":
        reliability(given.searches)
    if given.only != "drawn":
        print(f"\n{RUNS} searches of each table, stopped at {LEVEL:.0%}\n")
        print("| table | rows | samples | saved | had the best | regret, of the range |")
        print("|---|---|---|---|---|---|")
        for table in tables():
            print(f"| {stopped(table)} |", flush=True)


if __name__ == "__main__":
    main()
