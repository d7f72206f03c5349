"""Batches and pools beyond memory: python -m bench.speed.big_pools

Each pool is worked on in a process of its own, so that its peak memory can be told. The largest is
a .npy file that is mapped, not read: ``Design(numpy.load(path, mmap_mode="r"), ...)``
is all it takes. Parquet files are left out: nothing in the dependencies reads them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from bench.speed.searches import cpu_seconds, peak_gigabytes, points, search
from tansaku.bo import engine
from tansaku.design import Joint
from tansaku.strategy import STRATEGIES

COLUMNS, MEASURED = 6, 100
BLOCK = 1_000_000


def batches() -> tuple[float, float]:
    """Median processor seconds of (q = 1, q = 10) on 1e5 candidates."""
    problems = search(points(100_000, COLUMNS), MEASURED)

    def ask(q: int) -> object:
        return engine.propose(
            Joint.of(problems), STRATEGIES["standard"], q, [np.random.default_rng(0)]
        )

    return cpu_seconds(lambda: ask(1), 5), cpu_seconds(lambda: ask(10), 5)


def write_pool(path: Path, N: int) -> None:
    """N random candidates as a .npy file, written in blocks."""
    X = np.lib.format.open_memmap(path, "w+", np.float64, (N, COLUMNS))
    for start in range(0, N, BLOCK):
        stop = min(start + BLOCK, N)
        X[start:stop] = np.random.default_rng(start).random((stop - start, COLUMNS))
    X.flush()


def one(path: str, q: int) -> None:
    """A suggestion of q from the pool in ``path``; prints seconds and peak memory as JSON."""
    torch.set_num_threads(1)
    problems = search(np.load(path, mmap_mode="r"), MEASURED)
    wall, cpu = time.perf_counter(), time.process_time()
    found = engine.propose(
        Joint.of(problems), STRATEGIES["standard"], q, [np.random.default_rng(0)]
    )
    told = {
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "gigabytes": peak_gigabytes(),
        "seen": found.seen,
    }
    print(json.dumps(told))


def main() -> None:
    """Print a Markdown table."""
    torch.set_num_threads(1)
    alone, ten = batches()
    print(
        f"q = 10 against q = 1, pool 100,000 x {COLUMNS}, n = {MEASURED}: {ten:.2f} s against"
        f" {alone:.2f} s, {ten / alone:.2f} times (wanted: at most 3).\n"
    )
    print("| pool | q | wall time | processor time | peak memory of the process | wanted |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for N, wanted in ((1_000_000, "15 s, 1 GB"), (10_000_000, "2 GB")):
            path = Path(folder) / f"{N}.npy"
            write_pool(path, N)
            run = [sys.executable, "-m", "bench.speed.big_pools", str(path), "5"]
            told = json.loads(subprocess.run(run, check=True, capture_output=True).stdout)
            path.unlink()
            print(
                f"| {N:,} x {COLUMNS} from a .npy file | 5 | {told['wall']:.1f} s |"
                f" {told['cpu']:.1f} s | {told['gigabytes']:.2f} GB | {wanted} |",
                flush=True,
            )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        one(sys.argv[1], int(sys.argv[2]))
    else:
        main()
