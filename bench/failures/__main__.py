"""python -m bench.failures: samples until the best is found, failed ones counted; over five seeds.

Four ways to treat a failed sample, from the same first one: the default learns from it, while the
first samples are drawn as well as afterwards; it does so from the model on only; the sample is
dropped (not made again, and that is all); or it is entered as the poorest value so far, as is often
done.
"""

from __future__ import annotations

import argparse

import numpy as np

from bench.failures.tables import TABLES, Table
from bench.seeds import SEEDS, spread
from tansaku.bo import engine
from tansaku.bo.threads import threads_for
from tansaku.design import Bools, Design, Floats, Ints, Joint, Problems, Tried
from tansaku.strategy import STRATEGIES

WAYS = ("learned", "model only", "dropped", "poorest")
STRATEGY = STRATEGIES["standard"]
DRAWS = 10_000
"""Bootstrap draws of the runs behind an interval."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="bench.failures", description=__doc__)
    parser.add_argument("--runs", type=int, default=49, help="starts of each table")
    runs = parser.parse_args().runs
    print("| table | way | samples | failed | saved by learning |\n|---|---|---|---|---|")
    for name, table in TABLES.items():
        found = {
            way: np.array([[searched(table(r), r, way, s) for r in range(runs)] for s in SEEDS])
            for way in WAYS
        }
        learned = found["learned"][..., 0]
        for way, each in found.items():
            steps, failed = each[..., 0], each[..., 1].mean()
            told = "" if way == "learned" else saved(steps - learned)
            samples = spread(steps.mean(1), 1)
            print(f"| {name} | {way} | {samples} | {failed:.1f} | {told} |", flush=True)


def searched(table: Table, run: int, way: str, seed: int = 0) -> tuple[int, int]:
    """(Samples until the best is found, failed ones counted; how many failed)."""
    picks = [run % len(table.y)]
    choose = np.random.default_rng([run, 1, seed])
    while table.best not in picks:
        picks.append(next_pick(table, np.array(picks), way, choose))
    return len(picks), int((~table.works[picks]).sum())


def next_pick(table: Table, picks: Ints, way: str, rng: np.random.Generator) -> int:
    """What the default suggests."""
    works, taken = table.works[picks], np.zeros((1, len(table.y)), dtype=bool)
    taken[0, picks] = True
    values = known_values(table.y[picks], works, way)
    kept = picks if way == "poorest" and works.any() else picks[works]
    start = len(kept) < STRATEGY.start_samples
    heeded = way == "learned" or (way == "model only" and not start)
    tried = Tried(table.X[picks][None], works[None])
    problems = Problems(
        pool=Design(table.X, ("a", "b")),
        X=table.X[kept][None],
        y=values[None],
        counts=np.ones((1, len(kept))),
        taken=taken,
        pending=np.empty((1, 0), dtype=np.int64),
        tried=tried if heeded and not works.all() else None,
    )
    return int(engine.propose(Joint.of(problems), STRATEGY, 1, [rng]).picks[0, 0])


def known_values(y: Floats, works: Bools, way: str) -> Floats:
    """What the model is told: failed samples have no value, or the poorest one."""
    if way != "poorest" or not works.any():
        return y[works]
    return np.where(works, y, y[works].min())


def saved(fewer: Floats) -> str:
    """The mean of paired differences, shape (seeds, starts), with its 95 % interval: each start
    with the mean of its seeds, bootstrapped over the starts."""
    low, high = interval(fewer.mean(0))
    return f"{fewer.mean():.1f} ({low:.1f} to {high:.1f})"


def interval(saved: Floats) -> tuple[float, float]:
    """95 % of the bootstrapped means of the paired differences."""
    rng = np.random.default_rng(0)
    index = rng.integers(len(saved), size=(DRAWS, len(saved)))
    low, high = np.quantile(saved[index].mean(1), [0.025, 0.975])
    return float(low), float(high)


if __name__ == "__main__":
    with threads_for(1):
        main()
