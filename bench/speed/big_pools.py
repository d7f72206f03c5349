"""Batches and pools beyond memory: python -m bench.speed.big_pools

Each pool is a Parquet file, and is worked on in a process of its own, so that its peak memory can
be told. ``--rows 100_000_000`` measures a pool of that many.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import torch
from pyarrow import parquet

import tansaku as tk
from bench.speed.searches import cpu_seconds, peak_gigabytes, points, search
from tansaku.bo import engine
from tansaku.design import Joint
from tansaku.strategy import STRATEGIES

COLUMNS, MEASURED, Q = 6, 100, 10
NAMES = [f"x{j}" for j in range(COLUMNS)]
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
    """N random candidates, written in blocks."""
    schema = pa.schema([(name, pa.float64()) for name in NAMES])
    with parquet.ParquetWriter(path, schema) as writer:
        for start in range(0, N, BLOCK):
            rows = np.random.default_rng(start).random((min(BLOCK, N - start), COLUMNS))
            writer.write_table(pa.table(dict(zip(NAMES, rows.T, strict=True))))


def one(path: str, q: int) -> None:
    """A suggestion of q from the pool in ``path``; prints seconds and peak memory as JSON."""
    torch.set_num_threads(1)
    space = [tk.Continuous(name=name, low=0, high=1) for name in NAMES]
    campaign = tk.Campaign.from_space(space, target="y")
    learned = search(points(MEASURED, COLUMNS), MEASURED)
    rows = pd.DataFrame(learned.X[0], columns=NAMES)
    campaign.record(rows.assign(y=learned.y[0]))
    campaign.suggest(1)  # everything is loaded
    wall, cpu = time.perf_counter(), time.process_time()
    campaign.suggest(q, candidates=path)
    told = {
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "gigabytes": peak_gigabytes(),
    }
    print(json.dumps(told))


def main(rows: Sequence[int] = (1_000_000, 10_000_000)) -> None:
    """Print a Markdown table."""
    torch.set_num_threads(1)
    alone, ten = batches()
    print(
        f"q = 10 against q = 1, pool 100,000 x {COLUMNS}, n = {MEASURED}: {ten:.2f} s against"
        f" {alone:.2f} s, {ten / alone:.2f} times (wanted: at most 3).\n"
    )
    print(f"| pool, q = {Q} | wall time | processor time | each million | peak memory |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for N in rows:
            path = Path(folder) / f"{N}.parquet"
            write_pool(path, N)
            run = [sys.executable, "-m", "bench.speed.big_pools", "--pool", str(path)]
            told = json.loads(subprocess.run(run, check=True, capture_output=True).stdout)
            path.unlink()
            print(
                f"| {N:,} x {COLUMNS} from a Parquet file | {told['wall']:.1f} s |"
                f" {told['cpu']:.1f} s | {told['cpu'] / N * 1e6:.1f} s |"
                f" {told['gigabytes']:.2f} GB |",
                flush=True,
            )


if __name__ == "__main__":
    asked = argparse.ArgumentParser()
    asked.add_argument("--rows", type=int, nargs="+", default=(1_000_000, 10_000_000))
    asked.add_argument("--pool")
    given = asked.parse_args()
    if given.pool:
        one(given.pool, Q)
    else:
        main(given.rows)
