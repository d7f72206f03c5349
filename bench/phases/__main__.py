"""python -m bench.phases: samples until the best is found, with and without their phases told.

On the same starts the default is told the phase of every sample, of every other one, or of none.
"""

from __future__ import annotations

import argparse

import numpy as np

from bench.failures.__main__ import saved
from bench.phases.tables import TABLES, Table
from bench.seeds import SEEDS, spread
from tansaku.bo import engine
from tansaku.bo.threads import threads_for
from tansaku.design import Design, Ints, Joint, Phases, Problems
from tansaku.strategy import STRATEGIES

WAYS = {"told": 1, "every other": 2, "not told": 0}
"""{way: of how many samples the phase of one is told}."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="bench.phases", description=__doc__)
    parser.add_argument("--runs", type=int, default=47, help="starts of each table")
    runs = parser.parse_args().runs
    print("| table | way | samples | saved against not told |\n|---|---|---|---|")
    for name, table in TABLES.items():
        found = {
            way: np.array([[searched(table(r), r, way, s) for r in range(runs)] for s in SEEDS])
            for way in WAYS
        }
        for way, steps in found.items():
            told = "" if way == "not told" else saved(found["not told"] - steps)
            print(f"| {name} | {way} | {spread(steps.mean(1), 1)} | {told} |", flush=True)


def searched(table: Table, run: int, way: str, seed: int = 0) -> int:
    """Samples until the best is found."""
    rng, best = np.random.default_rng([run, 1, seed]), int(table.y.argmax())
    picks = [run % len(table.y)]
    while best not in picks:
        picks.append(next_pick(table, np.array(picks), way, rng))
    return len(picks)


def next_pick(table: Table, picks: Ints, way: str, rng: np.random.Generator) -> int:
    """What the default suggests."""
    taken = np.zeros((1, len(table.y)), dtype=bool)
    taken[0, picks] = True
    problems = Problems(
        pool=Design(table.X, ("a", "b")),
        X=table.X[picks][None],
        y=table.y[picks][None],
        counts=np.ones((1, len(picks))),
        taken=taken,
        pending=np.empty((1, 0), dtype=np.int64),
        phases=told(table, picks, WAYS[way]),
    )
    return int(engine.propose(Joint.of(problems), STRATEGIES["standard"], 1, [rng]).picks[0, 0])


def told(table: Table, picks: Ints, every: int) -> Phases | None:
    """The phases of one of ``every`` samples; ``None`` where fewer than two are seen."""
    if not every:
        return None
    known = np.arange(len(picks)) % every == 0
    names, of = np.unique(table.phase[picks][known], return_inverse=True)
    if len(names) < 2:
        return None
    values = np.full(len(picks), -1)
    values[known] = of
    return Phases(len(names), table.X[picks[known]][None], of[None], values[None])


if __name__ == "__main__":
    with threads_for(1):
        main()
