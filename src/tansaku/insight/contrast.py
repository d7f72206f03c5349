"""Contrast: how much each input has to do with the difference between two points."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tansaku.design import Bools, Floats

EXACT_MOST = 8
"""Inputs that differ up to which every subset of them is asked: 256 points."""
ORDERS = 64
"""Orders in which the inputs are changed where they are more, each beside its reverse."""


def shapley_values(value: Callable[[Bools], Floats], d: int) -> Floats:
    """What each of d inputs adds on the way from one point to another, shape (d, m): the mean over
    the orders in which the inputs can be changed (L. S. Shapley, Contributions to the Theory of
    Games II, 1953, 307). They sum to the whole difference.

    Exact up to ``EXACT_MOST`` inputs; of more, the mean over ``ORDERS`` drawn orders and their
    reverses, which sums to the difference as well.

    Args:
        value: (Which inputs are the second point's, shape (k, d)) -> m values of each, shape
            (k, m).
        d: Inputs that differ.

    Example:
        >>> at, to = np.array([0.0, 1.0]), np.array([2.0, 4.0])
        >>> def product(second):
        ...     return np.where(second, to, at).prod(1, keepdims=True)
        >>> shapley_values(product, 2).ravel().tolist()
        [5.0, 3.0]
    """
    if d <= EXACT_MOST:
        return _over_subsets(value, d)
    rng = np.random.default_rng(d)
    half = np.stack([rng.permutation(d) for _order in range(ORDERS // 2)])
    orders = np.concatenate([half, half[:, ::-1]])
    place = np.argsort(orders, axis=1)
    steps = place[:, None, :] < np.arange(d + 1)[:, None]
    values = value(steps.reshape(-1, d)).reshape(len(orders), d + 1, -1)
    added = np.diff(values, axis=1)
    return np.asarray(np.take_along_axis(added, place[:, :, None], axis=1).mean(0))


def _over_subsets(value: Callable[[Bools], Floats], d: int) -> Floats:
    number = np.arange(2**d)
    subsets = (number[:, None] >> np.arange(d)) & 1 == 1
    values, size = value(subsets), subsets.sum(1)
    ways = np.ones(max(d, 1))
    for k in range(1, d):
        ways[k] = ways[k - 1] * (d - k) / k  # binomial coefficients of d - 1
    found = []
    for j in range(d):
        without = number[~subsets[:, j]]
        weight = 1 / (d * ways[size[without]])
        found.append((weight[:, None] * (values[without + 2**j] - values[without])).sum(0))
    return np.array(found).reshape(d, values.shape[1])
