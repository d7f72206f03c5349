"""``make bench-load``: 50 clients for a minute, and campaigns with many measurements."""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from itertools import count

import numpy as np

from bench.load import Grown, crowd, grown
from tests.databases import new_cluster

READ = 0.150
WANTED = {"list": 0.2, "open": 0.5, "record": 0.1, "list after one has changed": 0.2}
"""Seconds that are wanted."""


def row(what: str, found: list[Grown], wanted: float | None) -> str:
    """A line of the second table: the first time and the median of the others, by size, and by how
    much the aim is missed at the last one."""
    times = [each.seconds[what] for each in found]
    later = [float(np.median(each[1:])) for each in times]
    cells = " | ".join(f"{ms(t[0])}, {ms(m)}" for t, m in zip(times, later, strict=True))
    return f"| {what} | {cells} | {aim(later[-1], wanted)} |".replace("|  |", "| |")


def table(kind: str, new_store: Callable[[], str], sizes: list[int], measurements: int) -> None:
    """Print what campaigns cost, by how many there are."""
    found = [grown(new_store(), campaigns, measurements) for campaigns in sizes]
    heads = " | ".join(f"{n:,}" for n in sizes)
    print(f"\n{kind}, campaigns of {measurements:,} measurements: the first time, later (median)\n")
    print(f"| campaigns | {heads} | wanted |\n|---|{'---|' * len(sizes)}---|")
    for what in found[0].seconds:
        print(row(what, found, WANTED.get(what)))
    print(f"| size | {' | '.join(f'{each.size / 1e6:.0f} MB' for each in found)} | |")
    # Of the largest: PostgreSQL reads a table of a few pages whole, and is right.
    print(f"\nStatements that read a growing table from end to end: {len(found[-1].read_whole)}.")
    for statement, plan in found[-1].read_whole.items():
        print(f"\n{statement}\n{plan}")
    print(f"\nLoad average after {os.getloadavg()[0]:.1f}.", flush=True)


def ms(seconds: float) -> str:
    """Milliseconds as they are printed."""
    return f"{1e3 * seconds:.0f} ms"


def aim(seconds: float, wanted: float | None) -> str:
    """What is wanted, and by how much it is missed."""
    if wanted is None:
        return ""
    if seconds <= wanted:
        return f"{ms(wanted)}: kept"
    return f"{ms(wanted)}: missed by {ms(seconds - wanted)}"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--pause", type=float, default=1.0)
    parser.add_argument("--campaigns", type=int, nargs="+", default=[100])
    parser.add_argument("--measurements", type=int, default=1000)
    told = parser.parse_args()
    busy = os.getloadavg()[0]
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores ({platform.machine()}), Python"
        f" {platform.python_version()}, load average before {busy:.1f}\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        load = crowd(f"sqlite:///{folder}/lab.db", told.clients, told.seconds, told.pause)
    print(f"{told.clients} clients, {told.seconds:.0f} s, a pause of about {told.pause} s.\n")
    print("| | requests | median | 95 % | wanted |\n|---|---|---|---|---|")
    for what, waits, wanted in (
        ("reads", load.reads, READ),
        ("recordings", load.recordings, None),
    ):
        median, high = np.quantile(waits, [0.5, 0.95])
        print(
            f"| {what} | {len(waits)} | {ms(median)} | {ms(high)} | {aim(high, wanted)} |".replace(
                "|  |", "| |"
            )
        )
    print(f"\nErrors {len(load.errors)}, lost {load.lost}, doubled {load.doubled}.", flush=True)
    print(*load.errors[:3], sep="\n")
    with tempfile.TemporaryDirectory() as folder:
        files = (f"sqlite:///{folder}/{n}.db" for n in count())
        table("SQLite", partial(next, files), told.campaigns, told.measurements)
    cluster = new_cluster()
    try:
        table("PostgreSQL", cluster.new_schema, told.campaigns, told.measurements)
    finally:
        cluster.remove()


if __name__ == "__main__":
    main()
