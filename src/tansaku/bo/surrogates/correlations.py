"""Task correlations that are averaged over, and what is thought of them beforehand.

Of tasks 1 .. t (the sources) and the target, B = W W' + diag(v) at unit task variances (E. V.
Bonilla, K. M. A. Chai, C. K. I. Williams, NIPS 2007). The rows of W, of p columns (the rank), are
the tasks' *loadings*, of length at most 1; v is what is left to 1. With a row rho u for the target,
u of length 1, its correlations with the sources are rho W u: rho is the multiple correlation of the
target with all sources, and of one source the correlation itself.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tansaku.design import Floats
from tansaku.registry import Registry

CORRELATIONS = (-0.95, -0.7, 0.4, 0.7, 0.85, 0.95, 0.99)
"""Dense where transfer is strong."""
NEGATIVE = 0.15
"""Prior probability that the correlation is negative, under every law: a source is attached in the
hope that it is like the target, and now and then it is the opposite."""
BETA = (2.5, 1.5)
"""BoTorch's law of the task correlation (0.18, ``MultiTaskGP``), there for positive ones only."""
LKJ = 1.5
"""Shape of the law of D. Lewandowski, D. Kurowicka, H. Joe, J. Multivar. Anal. 100 (2009) 1989.
1 is uniform; a little above it prefers weak correlations, as a sceptic would. Of several sources
among each other it is the law, whatever the strategy says of the target."""


def _even(rho: Floats) -> Floats:
    """Every point of the grid alike, on its side of zero."""
    return np.ones_like(rho)


def _beta(rho: Floats) -> Floats:
    """Beta in the size of the correlation."""
    a, b = BETA
    return _cells(rho) * np.abs(rho) ** (a - 1) * (1 - np.abs(rho)) ** (b - 1)


def _lkj(rho: Floats) -> Floats:
    """(1 - rho^2)^(eta - 1), of two tasks."""
    return _cells(rho) * (1 - np.square(rho)) ** (LKJ - 1)


def _cells(rho: Floats) -> Floats:
    """Length of the interval that each point of the grid stands for, on its side of zero."""
    widths = np.empty_like(rho)
    for side in (rho < 0, rho > 0):
        order = np.flatnonzero(side)[np.argsort(np.abs(rho[side]))]
        size = np.abs(rho[order])
        widths[order] = np.diff(np.concatenate([[0.0], (size[1:] + size[:-1]) / 2, [1.0]]))
    return widths


SEED = 1
"""Of the draws: the correlations that are weighed are always the same."""

CORRELATION_PRIORS: Registry[Callable[[Floats], Floats]] = Registry("correlation prior")
"""Laws of the task correlation: its grid -> weights, up to a factor on each side of zero."""
CORRELATION_PRIORS.add("even", _even)
CORRELATION_PRIORS.add("beta", _beta)
CORRELATION_PRIORS.add("lkj", _lkj)


def grid_of(name: str, signs: str) -> tuple[tuple[float, ...], Floats]:
    """(correlations that are weighed, ln of their prior probabilities); with ``signs`` positive
    only those above zero.

    Example:
        >>> rho, log_prior = grid_of("beta", "positive")
        >>> min(rho), round(float(np.exp(log_prior).sum()), 12)
        (0.4, 1.0)
    """
    log_prior, kept = log_prior_of(name), np.array(CORRELATIONS) > 0
    if signs != "positive":
        return CORRELATIONS, log_prior
    above = log_prior[kept]
    return tuple(r for r in CORRELATIONS if r > 0), above - np.logaddexp.reduce(above)


def loading_of(
    k: int, tasks: int, shape: tuple[int, int], signs: str, rng: np.random.Generator
) -> Floats:
    """Loadings of source k (from 0) of t, drawn anew for each of some samples.

    Of full rank (as many columns as sources) they are the rows of Cholesky factors of correlation
    matrices from the LKJ law, by the onion method of its article; of a smaller one directions are
    even and lengths those of the grid of correlations. With ``signs`` positive no loading is
    negative, and so no correlation (as BoTorch's ``PositiveIndexKernel`` has it).

    Args:
        k: Which source.
        tasks: t.
        shape: (samples, rank p); p is at most t.
        signs: ``free`` or ``positive``.
        rng: Draws.
    """
    number, p = shape
    found = np.zeros(shape)
    if p < tasks:
        lengths = rng.choice([r for r in CORRELATIONS if r > 0], (number, 1))
        found = lengths * directions(rng, shape)
    elif k == 0:
        found[:, 0] = 1.0
    else:
        squared = rng.beta(k / 2, LKJ + (tasks - 1 - k) / 2, number)
        found[:, :k] = np.sqrt(squared)[:, None] * directions(rng, (number, k))
        found[:, k] = np.sqrt(1 - squared)
    return np.abs(found) if signs == "positive" else found


def rank_of(tasks: int, rank: int | None) -> int:
    """Columns of the loadings of t sources: no more than sources, which is full rank.

    Example:
        >>> rank_of(3, None), rank_of(3, 2), rank_of(3, 9)
        (3, 2, 3)
    """
    return tasks if rank is None else min(rank, tasks)


def targets_of(loadings: Floats, number: int, signs: str) -> Floats:
    """Correlations of the target with t sources at multiple correlation 1, shape (K, number, t).

    For each of K loadings: in turn as if it were one of the sources, then along drawn directions,
    turned so that they sum to at least 0. Below zero the grid of correlations stands for a target
    that runs against the sources taken together.

    Example:
        >>> targets_of(np.ones((1, 1, 1)), 1, "free").tolist()
        [[[1.0]]]
    """
    K, t, p = loadings.shape
    own = loadings / np.linalg.norm(loadings, axis=-1, keepdims=True)
    drawn = directions(np.random.default_rng(SEED + 1), (K, max(number - t, 0), p))
    along = np.concatenate([own, np.abs(drawn) if signs == "positive" else drawn], 1)[:, :number]
    found = along @ loadings.transpose(0, 2, 1)
    return np.asarray(np.where(found.sum(-1, keepdims=True) < 0, -found, found))


def directions(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Vectors of length 1, evenly drawn; the last axis is theirs."""
    drawn = rng.standard_normal(shape)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=-1, keepdims=True))


def log_prior_of(name: str) -> Floats:
    """ln of the prior probabilities of :data:`CORRELATIONS`, shape (R,).

    Example:
        >>> p = np.exp(log_prior_of("beta"))
        >>> round(float(p.sum()), 12), round(float(p[:2].sum()), 12)
        (1.0, 0.15)
    """
    rho = np.array(CORRELATIONS)
    law, below = CORRELATION_PRIORS[name](rho), rho < 0
    below_share, above_share = NEGATIVE / law[below].sum(), (1 - NEGATIVE) / law[~below].sum()
    return np.log(law * np.where(below, below_share, above_share))
