"""Replay: b runs of a strategy over a finished pool, in lock-step, by the production engine.

The runs go in chunks, each done by one of the :class:`Workers`. A run draws from its own generator,
so its picks depend neither on its chunk nor on how many workers there are, of what kind.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock
from typing import Protocol

import numpy as np

from tansaku.bo import engine
from tansaku.bo.threads import threads_for
from tansaku.design import Design, Direction, Floats, Ints, Joint, Problems, SourceData, Want
from tansaku.stages import Progress, listener, listening, nobody
from tansaku.strategy import Strategy
from tansaku.studies.checkpoint import Checkpoint, Chunk, Origin, computed_by, fingerprint

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
    found = np.empty((candidates if each else runs, size), dtype=np.int64)
    for run in range(len(found)):
        order = np.random.default_rng([seed, run]).permutation(candidates)
        if each:
            order = np.concatenate([[run], order[order != run]])
        found[run] = order[:size]
    return found


@dataclass(frozen=True, slots=True)
class PoolSearch:
    """What every run of a replay shares, all that decides on its picks but for its start: a search
    over a finished pool, for one target or many. The model is asked from the first sample after
    the start on, however few those are.

    Attributes:
        pool: The N candidates.
        values: Their true outcomes on the model scale, shape (N, m).
        samples: Samples in all.
        strategy: How to choose.
        seed: Run i draws from the generator of [seed, i, 1], whatever the strategy.
        wants: What is wanted of each outcome.
        cost: Of each candidate, shape (N,); ``None`` where all cost the same.
        older: Older data of each outcome, in the pool's encoding, the same in every run; empty
            without any.
    """

    pool: Design
    values: Floats
    samples: int
    strategy: Strategy
    seed: int
    wants: Sequence[Want] = (Want(),)
    cost: Floats | None = None
    older: Sequence[tuple[SourceData, ...]] = ()

    @property
    def identity(self) -> object:
        """What tells it from other searches."""
        return self

    @property
    def size(self) -> int:
        """Runs that go in lock-step at a time."""
        known = max((sum(len(s.y) for s in each) for each in self.older), default=0)
        alone = runs_per_chunk(self.samples, len(self.pool), self.strategy, known)
        return max(1, alone // len(self.wants))

    def run(self, picks: Ints, first: int, meter: Meter) -> Ints:
        """The runs ``first``, ``first`` + 1, .. in lock-step, shape (k, s) -> (k, samples); fewer
        samples where the meter says that they have to stop."""
        strategy = self.strategy.model_copy(update={"start_samples": 1})
        rngs = [np.random.default_rng([self.seed, first + i, 1]) for i in range(len(picks))]
        warm = None
        while picks.shape[1] < self.samples and not meter.stopped.is_set():
            answer = engine.propose(self.seen(picks), strategy, 1, rngs, warm=warm)
            warm = answer.warm
            picks = np.concatenate([picks, answer.picks], axis=1)
            meter.add(len(picks))
        return picks

    def seen(self, picks: Ints) -> Joint:
        """What k runs know after their picks, shape (k, n)."""
        taken = np.zeros((len(picks), len(self.pool)), dtype=bool)
        taken[np.arange(len(picks))[:, None], picks] = True
        X, y = self.pool.X[picks], self.values[picks]
        outcomes = tuple(
            Problems(
                pool=self.pool,
                X=X,
                y=np.ascontiguousarray(y[..., j]),
                counts=np.ones(picks.shape),
                taken=taken,
                pending=np.empty((len(picks), 0), dtype=np.int64),
                direction=want.direction or Direction.MAXIMISE,
                match=want.match,
                positions=picks,
                sources=self.older[j] if self.older else (),
            )
            for j, want in enumerate(self.wants)
        )
        return Joint(outcomes, tuple(self.wants), X, y, self.cost)


class Search(Protocol):
    """What every run of a replay shares."""

    @property
    def samples(self) -> int:
        """Samples in all."""

    @property
    def strategy(self) -> Strategy:
        """How to choose."""

    @property
    def seed(self) -> int:
        """Of the runs' generators."""

    @property
    def size(self) -> int:
        """Runs that go together."""

    @property
    def identity(self) -> object:
        """All that decides on the picks: what tells it from other searches."""

    def run(self, picks: Ints, first: int, meter: Meter) -> Ints:
        """The runs ``first``, .. from their start samples on, shape (k, s) -> (k, samples)."""


class Meter:
    """What all chunks of a replay share: it counts their picks, has those that are finished, and
    tells the others to stop.

    Attributes:
        chunks: {number of the first run: picks of a finished chunk, shape (k, samples)}.
        seconds: That the finished ones took, those before a stop included.
    """

    def __init__(
        self,
        name: str,
        progress: Progress = nobody,
        checkpoint: Checkpoint | None = None,
    ) -> None:
        before = [] if checkpoint is None else [c for c in checkpoint.chunks if c.strategy == name]
        self.name, self.progress, self.checkpoint = name, progress, checkpoint
        self.chunks = {chunk.first: chunk.array() for chunk in before}
        self.seconds = max((chunk.seconds for chunk in before), default=0.0)
        self.done, self.total, self.clock = 0, 0, 0.0
        self.stopped, self.lock = Event(), Lock()

    def begin(self, runs: int, picks: int) -> None:
        """So many runs of so many picks each are wanted in all."""
        self.total, self.clock = runs * picks, time.perf_counter() - self.seconds
        self.add(picks * sum(map(len, self.chunks.values())))

    def add(self, picks: int) -> None:
        """So many picks more; told to ``progress`` one chunk at a time."""
        with self.lock:
            self.done += picks
            self.progress(self.name, self.done, self.total)

    def finish(self, first: int, picks: Ints) -> None:
        """A chunk is finished, and kept where there is a checkpoint."""
        with self.lock:
            self.chunks[first], self.seconds = picks, time.perf_counter() - self.clock
            if self.checkpoint is not None:
                rows = tuple(map(tuple, picks.tolist()))
                self.checkpoint.add(
                    Chunk(strategy=self.name, first=first, seconds=self.seconds, picks=rows)
                )

    @property
    def picks(self) -> Ints:
        """Of all finished runs in their order, shape (b, samples)."""
        return np.concatenate([self.chunks[first] for first in sorted(self.chunks)])


class Workers(Protocol):
    """Who does the chunks of a replay."""

    def run(self, search: Search, chunks: Mapping[int, Ints], meter: Meter) -> None:
        """Have chunks done, {number of the first run: start samples, shape (k, s)}: the meter
        finishes each as soon as it is done. Where one fails, or somebody wants an end, the others
        stop at their next sample, and nothing of them counts."""


class Threads:
    """One for each processor that this process may use: torch lets other threads work meanwhile."""

    def run(self, search: Search, chunks: Mapping[int, Ints], meter: Meter) -> None:
        """As :class:`Workers` has it."""
        with threads_for(search.samples), ThreadPoolExecutor(processors()) as threads:
            try:
                running = [
                    # each chunk in a copy of the context: it speaks the caller's language
                    threads.submit(copy_context().run, _chunk, search, begin, first, meter)
                    for first, begin in chunks.items()
                ]
                for chunk in running:
                    chunk.result()
            except BaseException:  # Ctrl-C too
                meter.stopped.set()
                threads.shutdown(cancel_futures=True)
                raise


def _chunk(search: Search, begin: Ints, first: int, meter: Meter) -> None:
    """Replay one chunk; where it is stopped on its way, nothing of it counts."""
    with listening(nobody):  # what each pick is made of
        picks = search.run(begin, first, meter)
    if picks.shape[1] == search.samples:
        meter.finish(first, picks)


def processors() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def replay(
    search: Search, begin: Ints, meter: Meter | None = None, workers: Workers | None = None
) -> Ints:
    """Pool indices in the order of sampling, shape (b, samples), of runs from the start samples
    ``begin``, shape (b, s), s <= samples <= N, by ``workers`` or else threads of this process.
    Chunks that the meter has already are not replayed.
    """
    meter = meter or Meter(search.strategy.name)
    meter.begin(len(begin), search.samples - begin.shape[1])
    lows = range(0, len(begin), search.size)
    chunks = {low: begin[low : low + search.size] for low in lows if low not in meter.chunks}
    if chunks:
        (workers or Threads()).run(search, chunks, meter)
    return meter.picks


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a study's strategies have sampled.

    Attributes:
        strategies: (name, picks of the finished runs, seconds) of each that has finished any.
        total: Runs that were asked for, of all strategies.
        stopped: Ctrl-C came before all were finished.
    """

    strategies: tuple[tuple[str, Ints, float], ...]
    total: int
    stopped: bool

    @property
    def done(self) -> int:
        """Finished runs."""
        return sum(len(picks) for _name, picks, _seconds in self.strategies)


def replay_all(
    searches: Sequence[Search],
    begin: Ints,
    *,
    checkpoint: str | Path | None = None,
    workers: Workers | None = None,
) -> Replayed:
    """One replay after the other, all from the same start samples; what is finished when Ctrl-C
    comes is not lost. The stages are the strategies, counted in picks.

    Args:
        searches: One for each strategy.
        begin: Start samples, shape (b, s).
        checkpoint: File that keeps the finished runs; what it has already is not replayed.
        workers: Who does them; else threads of this process.

    Raises:
        StoreError: the checkpoint is of another study, or cannot be used.
        ClusterError: the workers are lost; what is finished is in the checkpoint.
    """
    kept = None
    if checkpoint is not None:
        kept = Checkpoint.open(Path(checkpoint), _origin(searches, begin))
    meters = [Meter(search.strategy.name, listener(), kept) for search in searches]
    stopped = False
    try:
        for search, meter in zip(searches, meters, strict=True):
            replay(search, begin, meter, workers)
    except KeyboardInterrupt:
        stopped = True
    found = tuple((meter.name, meter.picks, meter.seconds) for meter in meters if meter.chunks)
    return Replayed(found, len(searches) * len(begin), stopped)


def _origin(searches: Sequence[Search], begin: Ints) -> Origin:
    """Which study these replays are."""
    return Origin(
        version=computed_by(),
        strategies=tuple(search.strategy.name for search in searches),
        runs=begin.shape[0],
        start=begin.shape[1],
        samples=searches[0].samples,
        seed=searches[0].seed,
        fingerprint=fingerprint([begin, *((each.identity, each.size) for each in searches)]),
    )


def runs_per_chunk(samples: int, candidates: int, strategy: Strategy, older: int) -> int:
    """Runs that go in lock-step: one where the model is fitted one run after the other anyway, so
    that a study can be stopped between two fits; fewer where ``older`` measurements are held."""
    if strategy.surrogate is not None and strategy.surrogate.fit == "lecture":
        return 1
    size = min(MOST_RUNS, max(1, CHUNK_NUMBERS // (samples * candidates)))
    if older == 0 or strategy.surrogate is None or strategy.surrogate.sources == "ignored":
        return size
    return max(1, min(size, SOURCE_NUMBERS // (samples + older) ** 2))
