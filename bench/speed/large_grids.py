"""Is the search over a large grid as good as looking at every candidate?
python -m bench.speed.large_grids

Grids of a million settings, too many to be listed: what is suggested after some measurements is
held against the best of all of them under the same model, by expected improvement, and so is what
is said to be proved. Grids of a hundred million are searched only.
"""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np

import tansaku as tk
from tansaku.space import Settable, Stepped

SHAPES = ((1000, 1000), (101, 101, 100), (32, 32, 32, 32), (10, 10, 10, 10, 10, 10))
"""Levels of each parameter."""
LARGER = ((10_000, 10_000), (464, 464, 464), (100, 100, 100, 100), (40, 40, 40, 40, 40))
MEASURED = (5, 15, 40)
SEEDS = 4
BLOCK = 50_000
"""Candidates that are asked at a time."""


class Found(NamedTuple):
    """Of one search: EI of what is suggested over the best of all, how many are better, the seconds
    of both, and how many times as much EI no other has, as is said; empty where nothing is."""

    share: float
    better: int
    searched: float
    looked: float
    at_most: str


def one(shape: tuple[int, ...], measured: int, seed: int, *, look: bool = True) -> Found:
    """A smooth function with three peaks is measured at random, and searched once; ``look`` at all
    settings then."""
    rng, levels = np.random.default_rng([measured, seed, len(shape)]), np.array(shape)
    peaks, height = rng.random((3, len(shape))), rng.uniform(0.5, 1, 3)
    parts: list[Settable] = [
        Stepped(name=f"x{i}", low=0, high=n - 1, step=1) for i, n in enumerate(shape)
    ]
    campaign = tk.Campaign.from_space(parts, target="y")
    for at in rng.integers(0, levels, (measured, len(shape))):
        y = float((height * np.exp(-np.square((at / levels - peaks) / 0.3).sum(1))).max())
        inputs = {f"x{i}": float(v) for i, v in enumerate(at)}
        campaign.record_at(inputs, {"y": y + 0.02 * rng.normal()}, confirm=True)
    p = campaign.posterior
    begun = time.perf_counter()
    asked = campaign.suggest(1, seed=seed)
    searched = time.perf_counter() - begun
    at_most = str(asked[0].reason.facts["at_most"])
    if not look:
        return Found(np.nan, 0, searched, np.nan, at_most)
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
    assert at_most == "" or scores.max() <= float(at_most) * here * (1 + 1e-6)
    return Found(min(1.0, float(here / scores.max())), better, searched, looked, at_most)


def said(found: list[Found]) -> str:
    """How many are proved to be the best, and what is proved of the others."""
    others = [float(each.at_most or "inf") for each in found if each.at_most != "1"]
    proved = f"{len(found) - len(others)} of {len(found)}"
    return proved + (f"; {min(others):g} to {max(others):g} times" if others else "")


def main() -> None:
    """One line for each grid and number of measurements."""
    print("| grid | measured | best of all | proved | search | looking at all |")
    print("|---|---|---|---|---|---|")
    for shape in (*SHAPES, *LARGER):
        name, look = " x ".join(map(str, shape)), shape in SHAPES
        for measured in MEASURED:
            found = [one(shape, measured, seed, look=look) for seed in range(SEEDS)]
            same = f"{sum(each.better == 0 for each in found)} of {SEEDS}" if look else ""
            looked = f"{np.median([each.looked for each in found]):.0f} s" if look else ""
            searched = np.median([each.searched for each in found])
            print(
                f"| {name} | {measured} | {same} | {said(found)} | {searched:.1f} s | {looked} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
