"""A whole suggestion behind thousands of measurements: python -m bench.speed.many

Each number of measurements in a process of its own: wall time of ``Campaign.suggest`` and its
peak memory, with the accuracy of what it predicts of the 1,000 candidates.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time

import numpy as np
import pandas as pd

import tansaku as tk

MEASURED = (1000, 2000, 4000, 5000, 10_000, 20_000, 50_000)
CANDIDATES = 1000
NOISE = 0.05


def value(X: np.ndarray) -> np.ndarray:
    """A smooth function of four columns."""
    return np.asarray(np.sin(6 * X[:, 0]) + X[:, 1] ** 2 - X[:, 2] * X[:, 3])


def one(n: int) -> str:
    """A line of the table."""
    rng = np.random.default_rng(0)
    X = rng.random((n + CANDIDATES, 4)).round(4)
    truth = value(X)
    table = pd.DataFrame(X, columns=list("abcd"))
    table["y"] = [*(truth[:n] + NOISE * rng.normal(size=n)), *[None] * CANDIDATES]
    campaign = tk.Campaign.from_table(table, inputs=list("abcd"), target="y")
    begun, used = time.perf_counter(), time.process_time()
    campaign.suggest(1)
    wall, processor = time.perf_counter() - begun, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    mean = campaign.posterior(table[["a", "b", "c", "d"]].iloc[n:]).mean
    error = float(np.sqrt(np.square(mean - truth[n:]).mean()))
    return f"| {n:,} | {wall:.1f} s | {processor:.1f} s | {peak:.2f} GB | {error:.4f} |"


def main() -> None:
    """Print the table, or one line of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--one", type=int)
    told = parser.parse_args()
    if told.one:
        print(one(told.one))
        return
    print("| measured | time | of processors | peak memory | error of the mean |")
    print("|---|---|---|---|---|")
    for n in MEASURED:
        command = [sys.executable, "-m", "bench.speed.many", "--one", str(n)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        print(done.stdout.strip(), flush=True)


if __name__ == "__main__":
    main()
