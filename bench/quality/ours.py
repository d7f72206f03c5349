"""Run tansaku's own strategies on every table, by the code that users run.

python -m bench.quality.ours --runs 100 standard
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from bench.quality.pick_files import PICKS_FOLDER, read_picks, sequence_length, write_json
from bench.quality.starts import starts
from bench.quality.table import IntArray, Table
from bench.quality.tables import load_tables
from tansaku.design import Design
from tansaku.strategy import STRATEGIES
from tansaku.studies.replay import PoolSearch, replay

OWN_FOLDER = PICKS_FOLDER.parents[2] / "build" / "quality"
"""Our picks change with the code, so they are not kept in the repository."""


def pool_of(table: Table) -> Design:
    """The candidates, encoded."""
    low, span = table.X.min(axis=0), np.ptp(table.X, axis=0)
    return Design((table.X - low) / span, table.columns)


def run(name: str, table: Table, runs: int) -> IntArray:
    """Picks of a strategy on a table, shape (runs, samples)."""
    pool = pool_of(table)
    begin = starts(table, runs)
    return replay(
        PoolSearch(pool, table.y[:, None], sequence_length(table), STRATEGIES[name], 0), begin
    )


def main() -> None:
    """Run and keep the picks of each named strategy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("strategies", nargs="*", default=["standard"])
    parser.add_argument("--runs", type=int, default=100)
    given = parser.parse_args()
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
