"""Searches on a pair of tables, and what they are judged by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.quality.score import REGRET_FLOOR, paired_bootstrap
from bench.quality.table import FloatArray, IntArray
from bench.seeds import SEEDS
from bench.transfer.pairs import Pair
from tansaku.campaign.history.model_inputs import uses_sources
from tansaku.design import Design, SourceData
from tansaku.strategy import Strategy
from tansaku.studies.replay import PoolSearch, replay, starts

STEPS = 20
"""Samples after the first: what a lab can make in a season."""
HEADLINE_STEPS = 24
"""Samples after the first on the lecture's pair: the later half of its table costs most of the time
and tells nothing of searches that go well."""


def searched(
    pair: Pair,
    strategy: Strategy,
    runs: int | None = None,
    steps: int | None = STEPS,
    *,
    first: int | None = None,
) -> IntArray:
    """Candidates in the order of sampling, shape (runs, 1 + steps).

    Args:
        pair: The tables.
        strategy: How to choose.
        runs: Random first samples; ``None`` takes every candidate, one after the other, once for
            each of ``SEEDS``.
        steps: Samples after the first; ``None`` goes on to the end of the table.
        first: The candidate that all runs begin with, in place of random ones.
    """
    N = len(pair.y)
    begin = starts(N, runs or N, 1, 0, each=runs is None)
    if first is not None:
        begin = np.full_like(begin, first)
    elif runs is None:
        begin = np.tile(begin, (len(SEEDS), 1))  # every run draws from a generator of its own
    samples = N if steps is None else min(N, 1 + steps)
    pool, sources = seen_by(pair, strategy)
    return replay(PoolSearch(pool, pair.y[:, None], samples, strategy, 0, older=(sources,)), begin)


def seen_by(pair: Pair, strategy: Strategy) -> tuple[Design, tuple[SourceData, ...]]:
    """(the candidates, the source), as a strategy sees them: one that ignores the source sees the
    candidates in their own columns where the pair has some."""
    counts = np.ones(len(pair.older_y)) if pair.counts is None else pair.counts
    source = SourceData(np.ascontiguousarray(pair.older), pair.older_y, counts)
    alone = pair.own is not None and not uses_sources(strategy)
    X = pair.own if alone and pair.own is not None else pair.X
    return Design(X, tuple(f"x{i}" for i in range(X.shape[1]))), () if alone else (source,)


def regret(pair: Pair, picks: IntArray, steps: int = STEPS) -> FloatArray:
    """Mean over the samples after the first of (best - best so far) / (best - mean), (runs,)."""
    best_so_far = np.maximum.accumulate(pair.y[picks[:, : 1 + steps]], axis=1)[:, 1:]
    best = pair.y.max()
    return np.asarray((best - best_so_far).mean(1) / (best - pair.y.mean()))


def steps_to_best(pair: Pair, picks: IntArray) -> FloatArray:
    """Samples after the first until the best, shape (runs,); infinite where it is never met."""
    hit = pair.y[picks] == pair.y.max()
    return np.where(hit.any(1), hit.argmax(1), np.inf)


def n95(steps: FloatArray) -> float:
    """Steps after the first within which 95 % of the runs have the best."""
    return float(np.sort(steps)[int(np.ceil(0.95 * len(steps) - 1e-9)) - 1])


@dataclass(frozen=True)
class Ratio:
    """A strategy's regret over that of the same search without the source.

    Attributes:
        value: Ratio of the means over the runs; below 1 is a gain.
        low: Lower end of the 95 % paired bootstrap interval.
        high: Upper end.
    """

    value: float
    low: float
    high: float


def ratio(ours: FloatArray, alone: FloatArray) -> Ratio:
    """Of the regrets of common starts."""
    return Ratio(*paired_bootstrap(ours, alone))


def kept(ours: FloatArray, alone: FloatArray, others: list[FloatArray]) -> float:
    """Share of the best strategy's gain over ``alone`` that ``ours`` keeps; NaN where no strategy
    gains at least a tenth."""
    a, best = alone.mean(), min(o.mean() for o in others)
    if best > 0.9 * a or a < REGRET_FLOOR:
        return float("nan")
    return float((a - ours.mean()) / (a - best))
