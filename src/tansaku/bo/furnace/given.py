"""What a furnace can be given, and what is planned for it, as plain arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tansaku.bo.engine import Proposal
from tansaku.design import Floats, Ints

CLOSE = 1e-12
"""Hours that differ by less than this share are equal: sums of decimal fractions."""


@dataclass(frozen=True, slots=True)
class Furnace:
    """What can be fired.

    Attributes:
        group: Shared setting 0 .. G - 1 of each candidate, shape (N,).
        runs: Runs to plan, m.
        crucibles: Samples that a run takes, k.
        hours: What a run at each setting takes, shape (G,); zeros where time plays no part.
        available: Hours for all runs together.
    """

    group: Ints
    runs: int
    crucibles: int
    hours: Floats
    available: float = np.inf

    @property
    def settings(self) -> int:
        """G, the number of shared settings."""
        return len(self.hours)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a plan: its setting, and pool indices, shape (up to k,)."""

    setting: int
    picks: Ints


Tell = Callable[[Sequence[Run], tuple[bool, ...]], Proposal]
"""Runs, and which of them were drawn at random -> what is told of all their samples."""


@dataclass(frozen=True, slots=True)
class Plan:
    """m runs.

    Attributes:
        settings: Shared setting of each run, shape (m,).
        picks: Pool indices of each run's samples in the order of choosing; m arrays of up to k.
        gains: Expected gain of each run given the ones before it, shape (m,), model units (of
            several goals a hypervolume, or what else is to grow); NaN without a model.
        by_setting: Expected gain of a run (per cost, where there are costs) at every setting with
            the other runs held, shape (m, G); 0 where hours or candidates are short.
        greedy: Expected gain of the plan (per cost) before any exchange.
        chances: Probability that a run, or one before it, holds a sample better than the best so
            far, shape (m,); NaN without a model.
        at_random: Runs drawn at random, as there is no model or the inputs seem to tell nothing.
        proposal: All picks one after the other, as :func:`tansaku.bo.engine.propose` tells
            them.
    """

    settings: Ints
    picks: tuple[Ints, ...]
    gains: Floats
    by_setting: Floats
    greedy: float
    chances: Floats
    at_random: tuple[bool, ...]
    proposal: Proposal

    @property
    def total(self) -> float:
        """Expected gain of all runs together, model units."""
        return float(self.gains.sum())
