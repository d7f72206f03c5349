"""python -m bench.phases: samples until the best is found, with and without their phases told.

On the same starts the default is told the phase of every sample, of every other one, or of none.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np

from bench.failures.__main__ import interval
from bench.phases.tables import TABLES, Table
from tansaku.bo import engine
from tansaku.bo.threads import threads_for
from tansaku.design import Design, Ints, Phases, Problems
from tansaku.strategy import STRATEGIES

WAYS = {"told": 1, "every other": 2, "not told": 0}
"""{way: of how many samples the phase of one is told}."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="bench.phases", description=__doc__)
    parser.add_argument("--runs", type=int, default=47, help="starts of each table")
    runs = parser.parse_args().runs
    print(f"{'table':38}{'way':>12}{'mean':>7}{'saved against not told':>28}")
    for name, table in TABLES.items():
        found = {
            way: np.array([searched(table(run), run, way) for run in range(runs)], dtype=float)
            for way in WAYS
        }
        for way, steps in found.items():
            saved = found["not told"] - steps
            low, high = interval(saved)
            text = "" if way == "not told" else f"{saved.mean():.2f} ({low:.2f} to {high:.2f})"
            print(f"{name:38}{way:>12}{steps.mean():7.2f}{text:>28}")
            sys.stdout.flush()


def searched(table: Table, run: int, way: str) -> int:
    """Samples until the best is found."""
    rng, best = np.random.default_rng([run, 1]), int(table.y.argmax())
    picks = [run % len(table.y)]
    while best not in picks:
        picks.append(next_pick(table, np.array(picks), way, rng))
    return len(picks)


def next_pick(table: Table, picks: Ints, way: str, rng: np.random.Generator) -> int:
    """What the default suggests."""
    taken = np.zeros((1, len(table.y)), dtype=bool)
    taken[0, picks] = True
    problems = Problems(
        pool=Design.continuous(table.X, ("a", "b")),
        X=table.X[picks][None],
        y=table.y[picks][None],
        counts=np.ones((1, len(picks))),
        taken=taken,
        pending=np.empty((1, 0), dtype=np.int64),
        phases=told(table, picks, WAYS[way]),
    )
    return int(engine.propose(problems, STRATEGIES["standard"], 1, [rng]).picks[0, 0])


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
