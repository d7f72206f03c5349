"""Replay of searches for several targets, by the production engine; see ``replay`` for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tansaku.bo import engine
from tansaku.design import Design, Floats, Ints, Joint, Problems, SourceData, Want
from tansaku.strategy import Strategy
from tansaku.studies.replay import Meter, runs_per_chunk


@dataclass(frozen=True, slots=True)
class JointSearch:
    """A search for several targets over a finished pool; the model is asked from the first sample
    after the start on, however few those are.

    Attributes:
        pool: The N candidates.
        values: Their true outcomes on the model scale, shape (N, m).
        wants: What is wanted of each outcome.
        samples, strategy, seed: As of :class:`~tansaku.studies.replay.Search`.
        cost: Of each candidate, shape (N,); ``None`` where all cost the same.
        older: Older data of each outcome, in the pool's encoding; empty without any.
    """

    pool: Design
    values: Floats
    wants: Sequence[Want]
    samples: int
    strategy: Strategy
    seed: int
    cost: Floats | None = None
    older: Sequence[tuple[SourceData, ...]] = ()

    @property
    def size(self) -> int:
        """Runs that go in lock-step at a time."""
        known = max((sum(len(s.y) for s in each) for each in self.older), default=0)
        alone = runs_per_chunk(self.samples, len(self.pool), self.strategy, known)
        return max(1, alone // len(self.wants))

    def run(self, picks: Ints, first: int, meter: Meter) -> Ints:
        """As :class:`~tansaku.studies.replay.Search`."""
        strategy = self.strategy.model_copy(update={"start_samples": 1})
        rngs = [np.random.default_rng([self.seed, first + i, 1]) for i in range(len(picks))]
        warm = None
        while picks.shape[1] < self.samples and not meter.stopped.is_set():
            answer = engine.propose(self._seen(picks), strategy, 1, rngs, warm=warm)
            warm = answer.warm
            picks = np.concatenate([picks, answer.picks], axis=1)
            meter.add(len(picks))
        return picks

    def _seen(self, picks: Ints) -> Joint:
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
                positions=picks,
                sources=self.older[j] if self.older else (),
            )
            for j in range(len(self.wants))
        )
        return Joint(outcomes, tuple(self.wants), X, y, self.cost)
