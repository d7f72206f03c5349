"""Portions: moles of each precursor for one formula unit. Arrays only.

Letters: e elements that stay, k precursors, N targets; ``A`` (e, k) holds the moles of each
element in one mole of each precursor, ``b`` (e,) the moles that are wanted, ``z`` (k,) the moles
of each precursor. What is solved is A z = b with z between 0 and the stock.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TIED: Final = 1e-3
"""Relative error up to which elements that come tied to each other (Li and S in Li2S) are
accepted: formulas are written to three decimals, so 5.333 for 16/3 must do. Above it the set is
refused; below it the error is told with the result."""

EXACT: Final = 1e-9
"""Relative size below which a portion is none and a residual is rounding noise."""


def nearest(A: Floats, b: Floats) -> tuple[Floats, Floats]:
    """The non-negative portions with the least squared relative error, and A z / b - 1, (e,).

    Lawson and Hanson, Solving Least Squares Problems, 1974, chapter 23. Every b is above 0.
    """
    from scipy.optimize import nnls  # on demand: scipy.optimize takes half a second to import

    z = np.asarray(nnls(A / b[:, None], np.ones(len(b)))[0], dtype=np.float64)
    return z, (A @ z) / b - 1


def unique(A: Floats) -> bool:
    """Whether no two different portions give the same composition."""
    sizes = np.linalg.norm(A, axis=0)
    return bool(np.linalg.matrix_rank(A / sizes) == A.shape[1])


def first_named_first(A: Floats, b: Floats, most: Floats) -> Floats | None:
    """Among all portions that give b, those with the most of the first precursor, then the second.

    So what is named first is used first, up to its stock ``most`` (k,), infinite where there is
    enough. The answer is a corner of the feasible region: one linear programme per precursor,
    then the precursors that are in use, neither none nor all, are solved for exactly.

    Returns:
        None where the stock is not enough.
    """
    from scipy.optimize import linprog  # on demand, as in nearest

    scaled = A / b[:, None]
    ones = np.ones(len(b))
    low = np.zeros(A.shape[1])
    best: Floats | None = None
    for i in range(A.shape[1]):
        cost = np.zeros(A.shape[1])
        cost[i] = -1.0
        found = linprog(cost, A_eq=scaled, b_eq=ones, bounds=np.stack([low, most], axis=1))
        if found.x is None:
            # The first programme fails where there is no solution. A later one still has that of
            # the one before, so only the solver's tolerance can fail it, and that one stands.
            break
        best = np.asarray(found.x, dtype=np.float64)
        # Kept a hair open, so that the tolerance does not shut the next programme.
        low[i] = max(best[i] * (1 - EXACT) - EXACT, 0.0)
    return None if best is None else _exact(A, b, best, most)


def _exact(A: Floats, b: Floats, near: Floats, most: Floats) -> Floats:
    """The corner that ``near`` is close to, to rounding."""
    slack = 1e-6 * max(1.0, float(near.max()))  # the solver's feasibility tolerance is 1e-7
    full = near >= most - slack
    z = np.where(full, most, 0.0)
    between = (near > slack) & ~full
    rest = (b - A @ z) / b
    z[between] = np.linalg.lstsq(A[:, between] / b[:, None], rest, rcond=None)[0]
    good = np.all(z >= 0) and np.all(z <= most) and np.allclose(A @ z, b, rtol=1e-7, atol=0)
    return z if good else np.clip(near, 0.0, most)


def shortage(A: Floats, b: Floats, most: Floats, cost: Floats) -> Floats:
    """How much more of each precursor must be had, (k,): the least in all, weighed by ``cost``."""
    from scipy.optimize import linprog  # on demand, as in nearest

    e, k = A.shape
    limited = np.flatnonzero(np.isfinite(most))
    found = linprog(
        np.concatenate([np.zeros(k), cost]),
        A_eq=np.hstack([A / b[:, None], np.zeros((e, k))]),
        b_eq=np.ones(e),
        A_ub=np.hstack([np.eye(k), -np.eye(k)])[limited],
        b_ub=most[limited],
    )
    return np.asarray(found.x[k:], dtype=np.float64)


def many(A: Floats, targets: Floats) -> Floats:
    """Portions for many targets at once, (N, k); a row of NaN where there is no solution.

    Args:
        A: Moles of each element in one mole of each precursor, (e, k).
        targets: Moles wanted, (N, e); 0 where a target lacks an element.
    """
    z = np.full((len(targets), A.shape[1]), np.nan)
    open_ = np.all((targets <= 0) | np.any(A > 0, axis=1), axis=1)
    everything = list(range(A.shape[1]))
    while open_.any():
        # Which precursors are in use decides for every target that the same ones can make: by
        # complementary slackness the choice that is best for one is best for all of them.
        used = everything if unique(A) else _in_use(A, targets[np.argmax(open_)])
        rows = np.flatnonzero(open_)
        found = np.zeros((len(rows), A.shape[1]))
        found[:, used] = targets[rows] @ np.linalg.pinv(A[:, used]).T
        good = ~_missed(A, targets[rows], found)
        z[rows[good]] = np.maximum(found[good], 0.0)
        open_[rows[good]] = False
        open_[rows[0]] = False  # solved, or it cannot be
        if unique(A):
            break
    return z


def _missed(A: Floats, targets: Floats, z: Floats) -> NDArray[np.bool_]:
    """The rows of portions that do not give their target, (N,)."""
    size = targets.max(axis=1, keepdims=True)
    error = np.abs(z @ A.T - targets)
    wrong = np.any((error > TIED * targets) & (error > EXACT * size), axis=1)
    return np.asarray(wrong | np.any(z < -EXACT * size, axis=1))


def _in_use(A: Floats, b: Floats) -> list[int]:
    """The precursors that b is made from, first named first; none where it cannot be made."""
    there = b > 0
    fit = np.flatnonzero(~np.any(A[~there] > 0, axis=0))
    if not len(fit) or not there.any():
        return []
    part, wanted = A[np.ix_(there, fit)], b[there]
    near, error = nearest(part, wanted)
    if np.abs(error).max() > TIED:
        return []
    if not unique(part):
        best = first_named_first(part, part @ near, np.full(len(fit), np.inf))
        near = near if best is None else best
    return [int(i) for i in fit[near > EXACT * near.max()]]
