"""Shared settings to try where there are more candidates than can be planned with at once."""

from __future__ import annotations

import numpy as np

from tansaku.bo.acquisition import LogExpectedImprovement, acquisition_of
from tansaku.bo.engine import asks_model
from tansaku.bo.fantasy_posterior import MultiOutputModel
from tansaku.bo.shortlist import BEST, WHOLE, scan
from tansaku.bo.threads import threads_for
from tansaku.design import Bools, Ints, Joint
from tansaku.strategy import Strategy

MOST = WHOLE
"""Candidates up to which every shared setting is tried with every sample."""
SETTINGS = 64
"""Shared settings that are tried in a larger pool: half of them those of the best single samples,
half drawn at random, so that a run can be far from the first hill."""


def best_samples(
    joint: Joint, strategy: Strategy, rng: np.random.Generator, most: int = BEST
) -> Ints:
    """The candidates that are not taken from best to worst as single samples (b = 1), at most so
    many, by what they are expected to gain where the strategy ranks by drawn functions; in random
    order where no model is asked yet."""
    if not asks_model(joint, strategy):
        taken = joint.outcomes[0].taken[0]
        return rng.permutation(np.flatnonzero(~taken)).astype(np.int64)[:most]
    asked = acquisition_of(strategy.acquisition)
    with threads_for(joint.measured):
        model = MultiOutputModel.of(joint, strategy, [rng])
        asked = LogExpectedImprovement() if asked.draws else asked
        return scan(model, asked, most, [rng]).best[0]


def narrowed(best: Ints, group: Ints, taken: Bools, rng: np.random.Generator) -> Ints:
    """Candidates to plan with, ascending, at most ``MOST`` or two a setting.

    Args:
        best: The best single samples, best first.
        group: Shared setting of each candidate, shape (N,).
        taken: What is left out, shape (N,).
        rng: For the draws.
    """
    _settings, first = np.unique(group[best], return_index=True)
    top = group[best[np.sort(first)]][: SETTINGS // 2]
    rest = np.setdiff1d(np.unique(group[~taken]), top)
    drawn = rng.choice(rest, size=min(SETTINGS - len(top), len(rest)), replace=False)
    chosen = np.concatenate([top, drawn])
    each = max(2, MOST // len(chosen))
    return np.sort(np.concatenate([_of(g, each, group, taken, best, rng) for g in chosen.tolist()]))


def _of(
    setting: int, most: int, group: Ints, taken: Bools, best: Ints, rng: np.random.Generator
) -> Ints:
    """Open candidates of a setting: the best single samples, and others drawn at random."""
    there = np.flatnonzero((group == setting) & ~taken)
    if len(there) <= most:
        return there
    good = best[group[best] == setting][: most // 2]
    others = np.setdiff1d(there, good)
    return np.concatenate([good, rng.choice(others, size=most - len(good), replace=False)])
