"""Is the search over a large grid as good as looking at every candidate?
python -m bench.speed.large_grids

Grids of a million settings, too many to be listed: what is suggested after some measurements is
held against the best of all of them under the same model, by expected improvement.
"""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np

import tansaku as tk
from tansaku.space import Settable, Stepped

SHAPES = ((1000, 1000), (101, 101, 100), (32, 32, 32, 32), (10, 10, 10, 10, 10, 10))
"""Levels of each parameter."""
MEASURED = (5, 15, 40)
SEEDS = 4
BLOCK = 50_000
"""Candidates that are asked at a time."""


class Found(NamedTuple):
    """Of one search: EI of what is suggested over the best of all, how many are better, and the
    seconds of both."""

    share: float
    better: int
    searched: float
    looked: float


def one(shape: tuple[int, ...], measured: int, seed: int) -> Found:
    """A smooth function with three peaks is measured at random, and searched once."""
    rng, levels = np.random.default_rng([measured, seed, len(shape)]), np.array(shape)
    peaks, height = rng.random((3, len(shape))), rng.uniform(0.5, 1, 3)
    parts: list[Settable] = [
        Stepped(name=f"x{i}", low=0, high=n - 1, step=1) for i, n in enumerate(shape)
    ]
    campaign = tk.Campaign.from_space(parts, target="y")
    for at in rng.integers(0, levels, (measured, len(shape))):
        y = float((height * np.exp(-np.square((at / levels - peaks) / 0.3).sum(1))).max())
        inputs = {f"x{i}": float(v) for i, v in enumerate(at)}
        campaign.record_at(inputs, {"y": y + 0.02 * rng.normal()})
    p = campaign.posterior
    begun = time.perf_counter()
    asked = campaign.suggest(1, seed=seed)
    searched = time.perf_counter() - begun
    here = p([asked[0].inputs], seed=seed).score("ei")[0]
    every = np.stack(np.unravel_index(np.arange(levels.prod()), shape), 1).astype(np.float64)
    taken = {tuple(m.inputs.values()) for m in campaign.state.measurements}
    every = every[[tuple(each) not in taken for each in every.tolist()]]
    begun = time.perf_counter()
    scores = np.concatenate(
        [p(block, seed=seed).score("ei") for block in np.array_split(every, len(every) // BLOCK)]
    )
    looked = time.perf_counter() - begun
    better = int((scores > here * (1 + 1e-6)).sum())
    return Found(min(1.0, float(here / scores.max())), better, searched, looked)


def main() -> None:
    """One line for each grid and number of measurements."""
    print("| grid | measured | best of all | EI over the best's, least | search | looking at all |")
    print("|---|---|---|---|---|---|")
    for shape in SHAPES:
        name = " x ".join(map(str, shape))
        for measured in MEASURED:
            found = [one(shape, measured, seed) for seed in range(SEEDS)]
            same = sum(each.better == 0 for each in found)
            print(
                f"| {name} | {measured} | {same} of {SEEDS} | {min(f.share for f in found):.4f} |"
                f" {np.median([f.searched for f in found]):.1f} s |"
                f" {np.median([f.looked for f in found]):.0f} s |",
                flush=True,
            )


if __name__ == "__main__":
    main()
