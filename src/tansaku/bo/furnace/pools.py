"""Pools for furnace runs where there are more candidates than can be planned with at once."""

from __future__ import annotations

import numpy as np

from tansaku.bo.engine import learn, survey, too_few
from tansaku.bo.shortlist import BEST, WHOLE, scan
from tansaku.bo.threads import threads_for
from tansaku.design import Ints, Problems
from tansaku.strategy import Strategy

MOST = WHOLE
"""Candidates up to which every shared setting is tried with every sample."""
SETTINGS = 64
"""Shared settings that are tried in a larger pool: half of them those of the best single samples,
half drawn at random, so that a run can be far from the first hill."""


def ranked(problems: Problems, strategy: Strategy, rng: np.random.Generator) -> Ints:
    """Candidates from best to worst as single samples (b = 1), shape (N,); in random order where
    no model is asked yet."""
    if strategy.surrogate is None or too_few(problems, strategy.surrogate, strategy.start_samples):
        return rng.permutation(len(problems.pool)).astype(np.int64)
    score = survey(problems, strategy, [rng]).score[0]
    return np.argsort(-score, kind="stable").astype(np.int64)


def narrowed(problems: Problems, strategy: Strategy, group: Ints, rng: np.random.Generator) -> Ints:
    """Candidates to plan with, ascending, at most ``MOST`` or two a setting.

    Args:
        problems: One search over a large pool; what is taken is left out.
        strategy: How single samples are ranked.
        group: Shared setting of each candidate, shape (N,).
        rng: For the model and the draws.
    """
    if strategy.surrogate is None or too_few(problems, strategy.surrogate, strategy.start_samples):
        best = rng.permutation(np.flatnonzero(~problems.taken[0]))[:BEST]
    else:
        with threads_for(problems.measured):
            learnt = learn(problems, strategy, [rng], None)
            best = scan(learnt.problems, strategy, learnt.fitted, BEST, [rng]).best[0]
    _settings, first = np.unique(group[best], return_index=True)
    top = group[best[np.sort(first)]][: SETTINGS // 2]
    rest = np.setdiff1d(np.unique(group[~problems.taken[0]]), top)
    drawn = rng.choice(rest, size=min(SETTINGS - len(top), len(rest)), replace=False)
    chosen = np.concatenate([top, drawn])
    each = max(2, MOST // len(chosen))
    return np.sort(
        np.concatenate([_of(g, each, problems, group, best, rng) for g in chosen.tolist()])
    )


def _of(
    setting: int, most: int, problems: Problems, group: Ints, best: Ints, rng: np.random.Generator
) -> Ints:
    """Open candidates of a setting: the best single samples, and others drawn at random."""
    there = np.flatnonzero((group == setting) & ~problems.taken[0])
    if len(there) <= most:
        return there
    good = best[group[best] == setting][: most // 2]
    others = np.setdiff1d(there, good)
    return np.concatenate([good, rng.choice(others, size=most - len(good), replace=False)])
