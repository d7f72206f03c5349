"""Task correlations that are averaged over, and what is thought of them beforehand."""

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
1 is uniform; a little above it prefers weak correlations, as a sceptic would."""


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


CORRELATION_PRIORS: Registry[Callable[[Floats], Floats]] = Registry("correlation prior")
"""Laws of the task correlation: its grid -> weights, up to a factor on each side of zero."""
CORRELATION_PRIORS.add("even", _even)
CORRELATION_PRIORS.add("beta", _beta)
CORRELATION_PRIORS.add("lkj", _lkj)


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
