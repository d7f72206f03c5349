"""Run the peers from the common starts and cache what they pick.

    OMP_NUM_THREADS=1 python -m bench.quality.peers [--runs 2 5 10] [--minutes 75]
        [--peer botorch ...] [--table bowl_2d ...]

All peers do the first number of runs on all tables, then the next number, and so on, so that
the cache is complete early and grows. Resumable: runs that are in a valid file are kept; a file
that no longer fits its table, or was made by another version or recipe, is made anew.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import time
import traceback
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from types import ModuleType
from typing import Any

import numpy as np

from bench.quality.pick_files import fault, pick_path, sequence_length, write_json
from bench.quality.starts import starts
from bench.quality.suggesters.protocol import OpenRun, Suggest
from bench.quality.table import Table, frozen_random, name_seed
from bench.quality.tables import load_tables

# In the order of running. A peer's library is only imported when its turn comes.
PEERS: dict[str, tuple[str, str]] = {
    "botorch": ("bench.quality.suggesters.botorch_default", "botorch"),
    "baybe": ("bench.quality.suggesters.baybe_default", "baybe"),
    "physbo": ("bench.quality.suggesters.physbo_default", "physbo"),
    "lecture": ("bench.quality.suggesters.lecture", "scikit-learn"),
}
STAGES = (2, 4, 5, 7, 10)
FULL_RUNS = 10


@dataclass
class Outcome:
    """What one peer did on one table."""

    picks: list[list[int]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0  # of the processor, so that a busy machine does not count
    timed_picks: int = 0


def run_peer(open_run: OpenRun, table: Table, outcome: Outcome, runs: int) -> None:
    """Add the runs that are missing up to `runs`; run numbers fix starts and seeds."""
    for number in range(len(outcome.picks), runs):
        seed = name_seed(f"run {number} of {table.name}")
        sampled = [int(row) for row in starts(table, number + 1)[number]]
        suggest = open_run(table.X, seed % 2**31)
        while len(sampled) < sequence_length(table):
            sampled.append(_next_row(suggest, table, sampled, seed, outcome))
        outcome.picks.append(sampled)


def _next_row(
    suggest: Suggest, table: Table, sampled: list[int], seed: int, outcome: Outcome
) -> int:
    """One pick; a peer that fails gets a random row, and the failure is kept."""
    began = time.process_time()
    try:
        row = suggest(np.array(sampled), table.y[sampled])
        if row in sampled:
            raise RuntimeError(f"row {row} was suggested a second time")
    # Whatever a peer raises is its result: counted, written down, never hidden.
    except Exception as error:  # noqa: BLE001
        last = traceback.format_exception_only(error)[-1].strip()[:200]
        outcome.failures.append(f"run {len(outcome.picks)}, sample {len(sampled) + 1}: {last}")
        left = np.setdiff1d(np.arange(len(table.y)), sampled)
        row = int(frozen_random((seed + len(sampled)) % 2**32).choice(left))
    outcome.seconds += time.process_time() - began
    outcome.timed_picks += 1
    return row


def _identity(peer: str, table: Table, module: ModuleType) -> dict[str, Any]:
    """What must be unchanged for cached runs to be kept."""
    package = PEERS[peer][1]
    return {
        "peer": peer,
        "version": f"{package} {version(package)}",
        "recipe": module.RECIPE,
        "table": table.name,
        "table_crc": table.crc,
    }


def _earlier(identity: dict[str, Any], table: Table) -> Outcome:
    """The runs already cached for this very peer, version, recipe and table."""
    path = pick_path(identity["peer"], table.name)
    if not path.exists():
        return Outcome()
    document = json.loads(path.read_text(encoding="utf-8"))
    changed = [key for key, value in identity.items() if document.get(key) != value]
    if changed or fault(document, table):
        print(f"{path.name} of {identity['peer']} is made anew: {changed or 'it is not valid'}")
        return Outcome()
    timed = document.get("timed_picks", 0)
    seconds = document["seconds_per_pick"] * timed
    return Outcome(document["picks"], document["failures"], seconds, timed)


def cache(peer: str, table: Table, runs: int) -> None:
    """Bring the file of a peer on a table to at least this number of runs."""
    module = importlib.import_module(PEERS[peer][0])
    identity = _identity(peer, table, module)
    outcome = _earlier(identity, table)
    if len(outcome.picks) >= runs:
        return
    began = time.monotonic()
    run_peer(module.open_run, table, outcome, runs)
    seconds_per_pick = round(outcome.seconds / outcome.timed_picks, 5)
    document = identity | {
        "seconds_per_pick": seconds_per_pick,
        "timed_picks": outcome.timed_picks,
        "runs": runs,
        "runs_note": "" if runs >= FULL_RUNS else "cut for time; --runs 10 adds the others",
        "failed_picks": len(outcome.failures),
        "failures": outcome.failures,
        "picks": outcome.picks,
    }
    write_json(pick_path(peer, table.name), document)
    print(
        f"{time.strftime('%H:%M:%S')} {peer:8s} {table.name:28s} runs {runs:2d}  "
        f"{seconds_per_pick:.3f} cpu s/pick  +{time.monotonic() - began:.0f} s  "
        f"failed picks {len(outcome.failures)}",
        flush=True,
    )


def run_stages(
    stages: Sequence[int], peers: Sequence[str], tables: Sequence[Table], minutes: float
) -> None:
    """All peers and tables to the first number of runs, then to the next, until time is up."""
    end = time.monotonic() + 60 * minutes
    for runs in stages:
        for peer in peers:
            for table in tables:
                if time.monotonic() > end:
                    print(f"time is up in the stage of {runs} runs", flush=True)
                    return
                cache(peer, table, runs)
        print(f"every asked peer and table has {runs} runs", flush=True)


def main() -> None:
    """Cache every missing run, small pools first."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", nargs="*", type=int, default=STAGES)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--peer", nargs="*", choices=tuple(PEERS), default=tuple(PEERS))
    parser.add_argument("--table", nargs="*", default=None)
    asked = parser.parse_args()
    if os.environ.get("OMP_NUM_THREADS") != "1":
        raise SystemExit("set OMP_NUM_THREADS=1 before the start, the cores are shared")
    # Peers warn at nearly every fit (bounds, jitter); failures are recorded, not warned.
    warnings.simplefilter("ignore")
    tables = sorted(load_tables().values(), key=lambda t: len(t.y))
    if asked.table is not None:
        tables = [t for t in tables if t.name in asked.table]
    run_stages(asked.runs, asked.peer, tables, asked.minutes)


if __name__ == "__main__":
    main()
