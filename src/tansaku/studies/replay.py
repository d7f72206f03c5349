"""Replay: b runs of a strategy over a finished pool, in lock-step, by the production engine.

The runs go in chunks, one chunk a thread: torch lets other threads work meanwhile. A run draws
from its own generator, so its picks depend neither on its chunk nor on the number of threads.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from threading import Event, Lock

import numpy as np

from tansaku.bo import engine
from tansaku.bo.threads import threads_for
from tansaku.design import Design, Direction, Floats, Ints, Problems, SourceData
from tansaku.strategy import Strategy

CHUNK_NUMBERS = 500_000
"""Runs go in chunks of about this many float64 (runs x samples x candidates; the model holds a few
times as much): large enough to keep Python out of the way, small enough for the processor's cache
(measured on 169 candidates, one thread: 0.58 ms a pick, against 0.65 at 200,000 and 0.64 at
1,000,000)."""

SOURCE_NUMBERS = 80_000
"""Runs x (samples + source points)^2 of a chunk with a source: its settings, some 400, each hold a
covariance, 250 MB in all."""

MOST_RUNS = 128
"""Runs of a chunk at the most: on small tables the model's own memory counts, not the pool's."""


def starts(candidates: int, runs: int, size: int, seed: int, *, each: bool) -> Ints:
    """Start samples of every run, shape (runs, size): the same for every strategy.

    With ``each`` run i begins with candidate i, and there are as many runs as candidates.
    """
    orders = [
        np.random.default_rng([seed, run]).permutation(candidates)
        for run in range(candidates if each else runs)
    ]
    if each:
        orders = [np.concatenate([[i], o[o != i]]) for i, o in enumerate(orders)]
    return np.stack([order[:size] for order in orders]).astype(np.int64)


def replay(
    pool: Design,
    y: Floats,
    begin: Ints,
    samples: int,
    strategy: Strategy,
    seed: int,
    *,
    direction: Direction = Direction.MAXIMISE,
    match: float = 0.0,
    sources: Sequence[SourceData] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Ints:
    """Pool indices in the order of sampling, shape (b, samples).

    The model is asked from the first sample after ``begin`` on, however few those are.

    Args:
        pool: The N candidates.
        y: Their true values on the model scale, shape (N,).
        begin: Start samples, shape (b, s).
        samples: Samples in all, s <= samples <= N.
        strategy: How to choose.
        seed: Run i draws from the generator of [seed, i, 1], whatever the strategy.
        direction: What is wanted.
        match: The value to match, with MATCH.
        sources: Older data, in the pool's encoding; the same in every run.
        progress: Called with (picks done, picks in all).
    """
    strategy = strategy.model_copy(update={"start_samples": 1})
    size = runs_per_chunk(samples, len(y), strategy, sum(len(s.y) for s in sources))
    table = _Table(pool, y, samples, strategy, seed, direction, match, tuple(sources))
    return in_chunks(table.run, begin, samples, size, progress)


def in_chunks(
    run: Callable[[Ints, int, Meter], Ints],
    begin: Ints,
    samples: int,
    size: int,
    progress: Callable[[int, int], None] | None,
) -> Ints:
    """The picks of all runs, shape (b, samples), ``size`` runs in lock-step at a time.

    ``run`` takes the start samples of some runs, shape (k, s), the number of the first of them, and
    the meter that counts its picks; it gives their picks, shape (k, samples).
    """
    meter = Meter(len(begin) * (samples - begin.shape[1]), progress)
    with threads_for(samples), ThreadPoolExecutor(_workers()) as workers:
        try:
            chunks = [
                # each chunk in a copy of the context: it speaks the caller's language
                workers.submit(copy_context().run, run, begin[low : low + size], low, meter)
                for low in range(0, len(begin), size)
            ]
            return np.concatenate([chunk.result() for chunk in chunks])
        except BaseException:  # Ctrl-C too: the chunks stop at their next sample
            meter.stopped.set()
            workers.shutdown(cancel_futures=True)
            raise


@dataclass(frozen=True, slots=True)
class _Table:
    """What every run of a replay shares."""

    pool: Design
    y: Floats
    samples: int
    strategy: Strategy
    seed: int
    direction: Direction
    match: float
    sources: tuple[SourceData, ...]

    def run(self, picks: Ints, first: int, meter: Meter) -> Ints:
        """The runs ``first``, ``first`` + 1, .. in lock-step, shape (k, s) -> (k, samples)."""
        rngs = [np.random.default_rng([self.seed, first + i, 1]) for i in range(len(picks))]
        rows, warm = np.arange(len(picks))[:, None], None
        while picks.shape[1] < self.samples and not meter.stopped.is_set():
            taken = np.zeros((len(picks), len(self.y)), dtype=bool)
            taken[rows, picks] = True
            problems = Problems(
                pool=self.pool,
                X=self.pool.X[picks],
                y=self.y[picks],
                counts=np.ones(picks.shape),
                taken=taken,
                pending=np.empty((len(picks), 0), dtype=np.int64),
                direction=self.direction,
                match=self.match,
                positions=picks,
                sources=self.sources,
            )
            answer = engine.propose(problems, self.strategy, 1, rngs, warm=warm)
            warm = answer.warm
            picks = np.concatenate([picks, answer.picks], axis=1)
            meter.add(len(picks))
        return picks


class Meter:
    """Counts the picks of all chunks, and tells them to stop."""

    def __init__(self, total: int, progress: Callable[[int, int], None] | None) -> None:
        self.total, self.progress, self.done = total, progress, 0
        self.stopped, self.lock = Event(), Lock()

    def add(self, picks: int) -> None:
        """So many picks more; told to ``progress`` one chunk at a time."""
        with self.lock:
            self.done += picks
            if self.progress is not None:
                self.progress(self.done, self.total)


def runs_per_chunk(samples: int, candidates: int, strategy: Strategy, older: int) -> int:
    """Runs that go in lock-step: one where the model is fitted one run after the other anyway, so
    that a study can be stopped between two fits; fewer where ``older`` measurements are held."""
    if strategy.surrogate is not None and strategy.surrogate.fit == "lecture":
        return 1
    size = min(MOST_RUNS, max(1, CHUNK_NUMBERS // (samples * candidates)))
    if older == 0 or strategy.surrogate is None or strategy.surrogate.sources == "ignored":
        return size
    return max(1, min(size, SOURCE_NUMBERS // (samples + older) ** 2))


def _workers() -> int:
    """As many chunks at a time as this process may use processors."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
