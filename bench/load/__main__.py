"""``make bench-load``: 50 clients for a minute, and 100 campaigns with many measurements."""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from datetime import UTC, datetime

import numpy as np

from bench.load import crowd, grown

READ = 0.150
LIST, OPEN, RECORD = 0.200, 0.500, 0.100
"""Seconds that are wanted."""


def row(what: str, seconds: list[float], wanted: float | None, quantile: float = 0.5) -> str:
    """A line of the second table: the first time, the others, and by how much the aim is missed."""
    later = float(np.quantile(seconds[1:], quantile))
    return f"| {what} | {ms(seconds[0])} | {ms(later)} | {aim(later, wanted)} |"


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
    """Print both tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--pause", type=float, default=1.0)
    parser.add_argument("--campaigns", type=int, default=100)
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
        found = grown(f"sqlite:///{folder}/lab.db", told.campaigns, told.measurements)
    print(f"{told.campaigns} campaigns x {told.measurements} measurements.\n")
    print("| | first time | later (median) | wanted |\n|---|---|---|---|")
    print(row("list", found.listed, LIST))
    print(row("open", found.opened, OPEN))
    print(row("record", found.recorded, RECORD))
    print(row("list behind a change", found.relisted, LIST))


if __name__ == "__main__":
    main()
