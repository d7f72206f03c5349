"""The first samples, chosen before there is a model of the values.

Where samples have failed already, half of the open candidates are left out: those that the
classifier of ``bo.feasibility`` gives a smaller chance to work than the median one. The draw stays
a draw, no region is given up for good, and where failures seem to be scattered all chances are
nearly alike and the half that is left is nearly any half.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tansaku.bo import feasibility
from tansaku.bo.device import to_device, to_host
from tansaku.bo.optimize import farthest_allowed, random_allowed
from tansaku.design import Bools, Floats, Ints, Problems
from tansaku.strategy import Strategy

DRAWN = 1024
"""Candidates of a large pool among which the safer half is found: a share of it is known to 2 %."""


@dataclass(frozen=True, slots=True)
class Start:
    """n first samples of b searches.

    Attributes:
        picks: Pool indices, shape (b, n).
        works: Probability that each works, shape (b, n); ``None`` where no failure steers.
    """

    picks: Ints
    works: Floats | None = None


def first_picks(
    problems: Problems, strategy: Strategy, n: int, rngs: Sequence[np.random.Generator]
) -> Start:
    """Samples at random or far from all others, as the strategy says; away from failures, unless
    the strategy is random search."""
    taken, rows = problems.taken.copy(), np.arange(problems.size)
    chosen, picks, chances = taken.copy(), [], []
    works = None
    if problems.tried is not None and strategy.surrogate is not None:
        works = feasibility.learn(to_device(problems.tried.X), to_device(problems.tried.worked))
    for _step in range(n):
        left_out = taken
        if works is not None:
            chance = _chances(works, problems, taken, rngs)
            left_out = _unsafe(chance, taken)
        if strategy.start == "space_filling":
            pick = farthest_allowed(problems.pool.X, chosen, left_out, rngs)
        else:
            pick = random_allowed(left_out, rngs)
        if works is not None:
            chances.append(chance[rows, pick])
        picks.append(pick)
        taken[rows, pick] = chosen[rows, pick] = True
    return Start(np.stack(picks, 1), np.stack(chances, 1) if chances else None)


def _chances(
    works: feasibility.FeasibilityClassifier,
    problems: Problems,
    taken: Bools,
    rngs: Sequence[np.random.Generator],
) -> Floats:
    """P(works) of each candidate, shape (b, N); NaN where a large pool was not looked at."""
    size = len(problems.pool)
    if size <= DRAWN:
        return to_host(works.probability(to_device(problems.pool.X)))
    found = np.full((problems.size, size), np.nan)
    for i, rng in enumerate(rngs):
        index = rng.integers(size, size=DRAWN)
        index = index[~taken[i, index]]
        if not len(index):
            index = np.flatnonzero(~taken[i])[:DRAWN]
        found[i, index] = to_host(works.probability(to_device(problems.pool.X[index])))[i]
    return found


def _unsafe(chance: Floats, taken: Bools) -> Bools:
    """Candidates that are taken, or less likely to work than the median open one."""
    open_ones = np.where(taken, np.nan, chance)
    return ~(open_ones >= np.nanmedian(open_ones, axis=1, keepdims=True))
