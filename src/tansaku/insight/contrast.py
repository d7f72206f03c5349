"""Contrast: how much each input has to do with the difference between two points."""

from __future__ import annotations

import numpy as np

from tansaku.design import Bools, Floats, Ints

EXACT_MOST = 8
"""Inputs that differ up to which every subset of them is asked: 256 points."""
ORDERS = 64
"""Orders in which the inputs are changed where they are more, each beside its reverse."""


def steps_between(d: int) -> Bools:
    """Points between two that differ in d inputs, for :func:`shapley_values`: which inputs are the
    second one's, shape (k, d); the first row is the first point.

    Example:
        >>> steps_between(2).astype(int).tolist()
        [[0, 0], [1, 0], [0, 1], [1, 1]]
    """
    if d <= EXACT_MOST:
        return np.asarray((np.arange(2**d)[:, None] >> np.arange(d)) & 1 == 1)
    return np.asarray(_places(d)[:, None, :] < np.arange(d + 1)[:, None]).reshape(-1, d)


def shapley_values(values: Floats, d: int) -> Floats:
    """What each of d inputs adds on the way from one point to another, shape (d, m): the mean over
    the orders in which the inputs can be changed (L. S. Shapley, Contributions to the Theory of
    Games II, 1953, 307). They sum to the whole difference.

    Exact up to ``EXACT_MOST`` inputs; of more, the mean over ``ORDERS`` drawn orders and their
    reverses, which sums to the difference as well.

    Args:
        values: m values at each point of :func:`steps_between`, shape (k, m).
        d: Inputs that differ.

    Example:
        >>> at, to = np.array([0.0, 1.0]), np.array([2.0, 4.0])
        >>> product = np.where(steps_between(2), to, at).prod(1, keepdims=True)
        >>> shapley_values(product, 2).ravel().tolist()
        [5.0, 3.0]
    """
    if d <= EXACT_MOST:
        return _over_subsets(values, d)
    place = _places(d)
    added = np.diff(values.reshape(len(place), d + 1, -1), axis=1)
    return np.asarray(np.take_along_axis(added, place[:, :, None], axis=1).mean(0))


def _places(d: int) -> Ints:
    """When each input is changed, in each of the drawn orders, shape (orders, d)."""
    rng = np.random.default_rng(d)
    half = np.stack([rng.permutation(d) for _order in range(ORDERS // 2)])
    return np.argsort(np.concatenate([half, half[:, ::-1]]), axis=1)


def _over_subsets(values: Floats, d: int) -> Floats:
    subsets, number = steps_between(d), np.arange(2**d)
    size = subsets.sum(1)
    ways = np.ones(max(d, 1))
    for k in range(1, d):
        ways[k] = ways[k - 1] * (d - k) / k  # binomial coefficients of d - 1
    found = []
    for j in range(d):
        without = number[~subsets[:, j]]
        weight = 1 / (d * ways[size[without]])
        found.append((weight[:, None] * (values[without + 2**j] - values[without])).sum(0))
    return np.array(found).reshape(d, values.shape[1])
