"""Choosing candidates of a listed pool, for b problems at once. Ties are broken at random."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tansaku.design import Bools, Floats, Ints

TIE_TOLERANCE = 1e-12
"""Scores closer than this share of the best one's size are equal: rounding, not preference."""


def best_allowed(score: Floats, taken: Bools, rngs: Sequence[np.random.Generator]) -> Ints:
    """Index of the highest score among the candidates that are not taken, shape (b,).

    Args:
        score: Shape (b, N); -inf is a score, NaN is not.
        taken: Shape (b, N), with at least one False per row.
        rngs: One generator per problem.
    """
    if np.isnan(score).any():
        raise ValueError("scores hold NaN")
    allowed = np.where(taken, -np.inf, score)
    top = allowed.max(axis=1, keepdims=True)
    finite = np.isfinite(top)
    margin = TIE_TOLERANCE * np.abs(np.where(finite, top, 0.0))
    tied = ~taken & ((allowed >= top - margin) | ~finite)
    several = tied.sum(axis=1) > 1
    picks = tied.argmax(axis=1).astype(np.int64)
    for i in np.flatnonzero(several).tolist():
        picks[i] = rngs[i].choice(np.flatnonzero(tied[i]))
    return picks


def random_allowed(taken: Bools, rngs: Sequence[np.random.Generator]) -> Ints:
    """A random candidate that is not taken, shape (b,)."""
    return np.array(
        [rng.choice(np.flatnonzero(~row)) for row, rng in zip(taken, rngs, strict=True)],
        dtype=np.int64,
    )


def random_distinct(taken: Bools, n: int, rng: np.random.Generator) -> Ints:
    """n different random candidates of one problem that are not taken, shape (n,)."""
    return rng.choice(np.flatnonzero(~taken), size=n, replace=False).astype(np.int64)


def farthest_allowed(
    pool: Floats, centres: Sequence[Floats], taken: Bools, rngs: Sequence[np.random.Generator]
) -> Ints:
    """The candidate farthest from its nearest centre (maximin; Johnson, Moore, Ylvisaker, J.
    Stat. Plan. Inference 26 (1990) 131); without any centre a random one. Shape (b,).

    Args:
        pool: Encoded candidates, shape (N, d).
        centres: Of each problem, the points to stay away from, shape (z, d).
        taken: May not be proposed, shape (b, N).
        rngs: One generator per problem.
    """
    picks = np.empty(len(taken), dtype=np.int64)
    for i, rng in enumerate(rngs):
        if len(centres[i]) == 0:
            picks[i] = random_allowed(taken[i : i + 1], [rng])[0]
            continue
        nearest = np.full(len(pool), np.inf)
        for centre in centres[i]:
            nearest = np.minimum(nearest, ((pool - centre) ** 2).sum(axis=1))
        picks[i] = best_allowed(nearest[None], taken[i : i + 1], [rng])[0]
    return picks
