"""Replay of searches for several targets, by the production engine; see ``replay`` for one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tansaku.bo.joint import propose_joint
from tansaku.design import Design, Floats, Ints, Joint, Problems, SourceData, Want
from tansaku.strategy import Strategy
from tansaku.studies.replay import Meter, in_chunks, runs_per_chunk


@dataclass(frozen=True, slots=True)
class Setting:
    """What every run of a replay shares.

    Attributes:
        pool: The N candidates.
        values: Their true outcomes on the model scale, shape (N, m).
        wants: What is wanted of each outcome.
        cost: Of each candidate, shape (N,); ``None`` where all cost the same.
        older: Older data of each outcome, in the pool's encoding; empty without any.
    """

    pool: Design
    values: Floats
    wants: Sequence[Want]
    cost: Floats | None = None
    older: Sequence[tuple[SourceData, ...]] = ()


def replay_several(
    setting: Setting,
    begin: Ints,
    samples: int,
    strategy: Strategy,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> Ints:
    """Pool indices in the order of sampling, shape (b, samples).

    The model is asked from the first sample after ``begin`` on, however few those are.

    Args:
        setting: The finished table.
        begin: Start samples, shape (b, s).
        samples: Samples in all, s <= samples <= N.
        strategy: How to choose.
        seed: Run i draws from the generator of [seed, i, 1], whatever the strategy.
        progress: Called with (picks done, picks in all).
    """
    strategy = strategy.model_copy(update={"start_samples": 1})
    known = max((sum(len(s.y) for s in each) for each in setting.older), default=0)
    size = max(1, runs_per_chunk(samples, len(setting.pool), strategy, known) // len(setting.wants))

    def run(picks: Ints, first: int, meter: Meter) -> Ints:
        rngs = [np.random.default_rng([seed, first + i, 1]) for i in range(len(picks))]
        warm = None
        while picks.shape[1] < samples and not meter.stopped.is_set():
            answer = propose_joint(_seen(setting, picks), strategy, 1, rngs, warm=warm)
            warm = answer.warm
            picks = np.concatenate([picks, answer.picks], axis=1)
            meter.add(len(picks))
        return picks

    return in_chunks(run, begin, samples, size, progress)


def _seen(setting: Setting, picks: Ints) -> Joint:
    """What k runs know after their picks, shape (k, n)."""
    taken = np.zeros((len(picks), len(setting.pool)), dtype=bool)
    taken[np.arange(len(picks))[:, None], picks] = True
    X, y = setting.pool.X[picks], setting.values[picks]
    outcomes = tuple(
        Problems(
            pool=setting.pool,
            X=X,
            y=np.ascontiguousarray(y[..., j]),
            counts=np.ones(picks.shape),
            taken=taken,
            pending=np.empty((len(picks), 0), dtype=np.int64),
            positions=picks,
            sources=setting.older[j] if setting.older else (),
        )
        for j in range(len(setting.wants))
    )
    return Joint(outcomes, tuple(setting.wants), X, y, setting.cost)
