"""Run tansaku's own strategies on every table, by the code that users run.

python -m bench.quality.ours --runs 100 standard
python -m bench.quality.ours --runs 20 standard central --own-starts olympus open

The first keeps the picks from the common starts; the second compares strategies from starts of
their own, regret from sample 1 on and samples to a value, with the first of them.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from bench.quality.development_tables import development_tables
from bench.quality.olympus_tables import olympus_tables
from bench.quality.pick_files import PICKS_FOLDER, read_picks, sequence_length, write_json
from bench.quality.score import REGRET_FLOOR, SAMPLES, regret, samples_to_best
from bench.quality.starts import own_starts, starts
from bench.quality.table import FloatArray, IntArray, Table
from bench.quality.tables import DATA_FOLDER, load_tables
from tansaku.design import Design
from tansaku.strategy import STRATEGIES
from tansaku.studies.replay import PoolSearch, replay

OWN_FOLDER = PICKS_FOLDER.parents[2] / "build" / "quality"
"""Our picks change with the code, so they are not kept in the repository."""


def pool_of(table: Table) -> Design:
    """The candidates, encoded."""
    low, span = table.X.min(axis=0), np.ptp(table.X, axis=0)
    return Design((table.X - low) / span, table.columns)


SHARES = (0.9, 0.95, 1.0)
"""Of the way from the mean of a table to its best value: how many samples until it is gone?"""
SIDES: dict[str, Callable[[], Iterable[Table]]] = {
    "olympus": lambda: olympus_tables(DATA_FOLDER / "olympus"),
    "development": lambda: development_tables(DATA_FOLDER).values(),
    "open": lambda: (t for t in load_tables().values() if not t.held_out),
    "held_out": lambda: (t for t in load_tables().values() if t.held_out),
}


def run(name: str, table: Table, runs: int, *, own: bool = False) -> IntArray:
    """Picks of a strategy on a table, from the common starts or its own, shape (runs, samples)."""
    pool, strategy = pool_of(table), STRATEGIES[name]
    begin = own_starts(table, pool, strategy, runs) if own else starts(table, runs)
    return replay(PoolSearch(pool, table.y[:, None], sequence_length(table), strategy, 0), begin)


def upside_down(tables: Iterable[Table]) -> Iterator[Table]:
    """The same inputs with the worst value as the best: what a start gains by a bet it loses."""
    return (replace(each, name=f"{each.name}_down", y=-each.y) for each in tables)


def measures(table: Table, picks: IntArray) -> FloatArray:
    """Mean over the runs of the regret from sample 1 on, and of the samples to each of ``SHARES``
    of the best; one more than were made where it was not reached."""
    most = min(SAMPLES, len(table.y)) + 1
    counts = [np.minimum(samples_to_best(table, picks, share), most).mean() for share in SHARES]
    return np.array([max(regret(table, picks, 1).mean(), REGRET_FLOOR), *counts])


def compare_starts(names: Sequence[str], tables: Iterable[Table], runs: int) -> None:
    """Print one line for each table, and for all: regret and samples of each strategy over, or
    less, those of the first."""
    first, *others = names
    titles = "regret / | 90 % - | 95 % - | 100 % -"
    print(f"against {first} | " + " | ".join(f"{name}: {titles}" for name in others))
    found, outward = [], []
    for table in tables:
        base, *rest = (measures(table, run(name, table, runs, own=True)) for name in names)
        found.append([[each[0] / base[0], *(each[1:] - base[1:])] for each in rest])
        outward.append(outwardness(table))
        print(f"{table.name} | " + " | ".join(f"{v:.2f}" for row in found[-1] for v in row),
              flush=True)  # fmt: skip
    every, out = np.array(found), np.array(outward)
    every[..., 0] = np.log(every[..., 0])
    for title, chosen in {
        "all": out >= 0,
        "inner half": out < 0.5,
        "outer quarter": out >= 0.75,
    }.items():
        for i, name in enumerate(others):
            print(f"{name}, best in {title}: {summary(every[chosen, i])}", flush=True)


def outwardness(table: Table) -> float:
    """Share of the candidates that lie nearer to the middle of all than the best one does."""
    X = pool_of(table).X
    off = np.linalg.norm(X - X.mean(axis=0), axis=1)
    return float((off < off[table.y.argmax()]).mean())


def summary(every: FloatArray) -> str:
    """Means over the tables, the first column of logarithms, with 95 % intervals."""
    drawn = np.random.default_rng(0).integers(len(every), size=(4000, len(every)))
    ends = np.quantile(every[drawn].mean(1), [0.025, 0.975], axis=0)
    rows = [np.concatenate([np.exp(row[:1]), row[1:]]) for row in (every.mean(0), *ends)]
    cells = [f"{m:.2f} ({a:.2f} to {b:.2f})" for m, a, b in zip(*rows, strict=True)]
    return " | ".join((f"{len(every)} tables", *cells))


def main() -> None:
    """Run and keep the picks of each named strategy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("strategies", nargs="*", default=["standard"])
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--own-starts", choices=SIDES, nargs="+")
    parser.add_argument("--upside-down", action="store_true", help="and each with its sign turned")
    given = parser.parse_args()
    if given.own_starts:
        tables = [table for side in given.own_starts for table in SIDES[side]()]
        if given.upside_down:
            tables += upside_down(tables)
        compare_starts(given.strategies, tables, given.runs)
        return
    for name in given.strategies:
        for table in load_tables().values():
            known = read_picks(name, table, OWN_FOLDER)
            if known is not None and len(known) >= given.runs:
                continue
            clock = time.perf_counter()
            picks = run(name, table, given.runs)
            seconds = time.perf_counter() - clock
            document = {"peer": name, "table": table.name, "table_crc": table.crc}
            document |= {"seconds": seconds, "picks": picks.tolist()}
            write_json(OWN_FOLDER / name / f"{table.name}.json", document)
            print(f"{name:12s} {table.name:28s} {seconds:6.1f} s", flush=True)


if __name__ == "__main__":
    main()
