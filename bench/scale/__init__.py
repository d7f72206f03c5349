"""A study by one worker, by two, ..: how much faster it is, and what each of them needs."""

from __future__ import annotations

import resource
import time
from typing import NamedTuple

import numpy as np

from tansaku.bo.threads import threads_for
from tansaku.design import Design, Ints
from tansaku.strategy import STRATEGIES
from tansaku.studies.checkpoint import computed_by
from tansaku.studies.cluster import workers_of
from tansaku.studies.dask_workers import DaskWorkers
from tansaku.studies.replay import PoolSearch, replay, starts

SIDE, START, SAMPLES = 20, 6, 40


class Scaled(NamedTuple):
    """A study by n workers: seconds once they are there, seconds of processors that they took, and
    the most memory of each, in bytes."""

    n: int
    seconds: float
    worked: float
    memory: tuple[int, ...]
    picks: Ints


def search() -> PoolSearch:
    """Over the 400 points of a grid, with two hills on it."""
    X = np.stack(np.meshgrid(*[np.linspace(0, 1, SIDE)] * 2), -1).reshape(-1, 2)
    y = np.exp(-(((X - 0.7) / 0.2) ** 2).sum(1)) + 0.8 * np.exp(-(((X - 0.2) / 0.1) ** 2).sum(1))
    strategy = STRATEGIES["standard"]
    return PoolSearch(Design(X, ("a", "b")), y[:, None], SAMPLES, strategy, seed=0)


def by_workers(n: int, runs: int) -> Scaled:
    """The runs by so many workers of this machine; all have loaded what they need before it
    begins."""
    asked, begin = search(), starts(SIDE**2, runs, START, 0, each=False)
    with workers_of(f"local:{n}") as workers:
        assert isinstance(workers, DaskWorkers)
        workers.client.wait_for_workers(n)
        workers.client.run(computed_by)
        replay(asked, begin[: n * asked.size], workers=workers)  # the first one of each is slower
        before = sum(workers.client.run(time.process_time).values())
        begun = time.perf_counter()
        picks = replay(asked, begin, workers=workers)
        seconds = time.perf_counter() - begun
        worked = sum(workers.client.run(time.process_time).values()) - before
        memory = workers.client.run(_peak)
    return Scaled(n, seconds, worked, tuple(memory.values()), picks)


def by_threads(runs: int) -> float:
    """Seconds of the same by threads of this process."""
    asked, begin = search(), starts(SIDE**2, runs, START, 0, each=False)
    with threads_for(0):
        replay(asked, begin[: asked.size])
        begun = time.perf_counter()
        replay(asked, begin)
        return time.perf_counter() - begun


def _peak() -> int:
    """Bytes that this process has had at the most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def line(found: Scaled, alone: Scaled) -> str:
    """A row of the table of docs/benchmarks.md."""
    efficiency = alone.seconds / (found.n * found.seconds)
    memory = max(found.memory) / 1e6
    times = f"{found.seconds:.1f} s | {found.worked:.1f} s"
    return f"| {found.n} | {times} | {efficiency:.2f} | {memory:.0f} MB |"
