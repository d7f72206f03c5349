"""A study on a graphics card beside the processor: python -m bench.speed.gpu [--runs 10000]

Each device has a process of its own, which replays the same searches by the same code. Where there
is no card, the processor is measured and the line of the card says so.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time

import numpy as np
import torch

from bench.speed.searches import peak_gigabytes, points, surface
from tansaku.bo.device import VARIABLE
from tansaku.design import Design
from tansaku.strategy import STRATEGIES
from tansaku.studies.replay import PoolSearch, replay, starts

CANDIDATES, COLUMNS, START, SAMPLES = 169, 2, 6, 16
SAME = 0.99
"""Share of the picks that has to agree: near ties may fall to either side of a rounding."""


def one(runs: int) -> None:
    """Replay the searches on the device that the environment names; prints JSON."""
    X = points(CANDIDATES, COLUMNS)
    pool, y = Design(X, ("a", "b")), surface(X)[:, None]
    begin = starts(CANDIDATES, runs, START, 0, each=False)
    search = PoolSearch(pool, y, SAMPLES, STRATEGIES["standard"], 0)
    replay(search, begin[:50])  # everything is loaded
    clock = time.perf_counter()
    picks = replay(search, begin)
    told = {"seconds": time.perf_counter() - clock, "gigabytes": peak_gigabytes()}
    if torch.cuda.is_available():
        told["card"] = torch.cuda.max_memory_allocated() / 1e9
    print(json.dumps(told | {"picks": picks.tolist()}))


def on(device: str, runs: int) -> dict[str, float]:
    """What a process on this device tells."""
    asked = [sys.executable, "-m", "bench.speed.gpu", "--one", "--runs", str(runs)]
    there = os.environ | {VARIABLE: device}
    done = subprocess.run(asked, env=there, check=True, capture_output=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main(runs: int) -> None:
    """Print a Markdown table; fails where the devices choose differently."""
    picks = runs * (SAMPLES - START)
    print(f"{runs:,} searches, {SAMPLES - START} picks each, pool {CANDIDATES} x {COLUMNS}.\n")
    print("| device | time | each pick | memory |\n|---|---|---|---|")
    here = on("cpu", runs)
    print(f"| processor | {here['seconds']:.1f} s | {1e3 * here['seconds'] / picks:.3f} ms |"
          f" {here['gigabytes']:.2f} GB |", flush=True)  # fmt: skip
    if not torch.cuda.is_available():
        print("| card | there is none here | | |")
        return
    card = on("cuda", runs)
    print(f"| {torch.cuda.get_device_name()} | {card['seconds']:.1f} s |"
          f" {1e3 * card['seconds'] / picks:.3f} ms | {card['card']:.2f} GB there |")  # fmt: skip
    same = float((np.array(here["picks"]) == np.array(card["picks"])).mean())
    print(f"\n{same:.2%} of the picks agree.")
    if same < SAME:
        raise SystemExit(1)


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--runs", type=int, default=10_000)
    asked.add_argument("--one", action="store_true", help="on the device of the environment")
    given = asked.parse_args()
    one(given.runs) if given.one else main(given.runs)
