"""``make bench-scale``: a study by 1, 2, .. workers of this machine."""

from __future__ import annotations

import argparse
import os

import numpy as np

from bench.scale import by_threads, by_workers, line
from tansaku.studies.replay import processors

RUNS = 1024


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--runs", type=int, default=RUNS, help="searches")
    runs = asked.parse_args().runs
    print(f"{runs} searches, {processors()} processors, load {os.getloadavg()[0]:.1f} before")
    print("| workers | time | of processors | efficiency | most memory of a worker |")
    print("|---|---|---|---|---|")
    alone = by_workers(1, runs)
    print(line(alone, alone), flush=True)
    n = 2
    while n <= processors():
        found = by_workers(n, runs)
        assert np.array_equal(found.picks, alone.picks)
        print(line(found, alone), flush=True)
        n *= 2
    print(f"| threads of one process | {by_threads(runs):.1f} s | | | |")
    print(f"load {os.getloadavg()[0]:.1f} after")


if __name__ == "__main__":
    main()
