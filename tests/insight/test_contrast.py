"""Shapley values of the difference between two points: against the mean over all orders."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from tansaku.design import Bools, Floats
from tansaku.insight import contrast
from tansaku.insight.contrast import shapley_values, steps_between
from tests.seeds import scatter


def entangled(d: int) -> tuple[Floats, Floats]:
    """Weights of a function in which every pair of inputs has a part of its own."""
    return scatter(2 * d, 2).reshape(d, 2), scatter(2 * d * d, 3).reshape(d, d, 2)


def asked(d: int) -> tuple[Floats, Floats]:
    """(what each input adds over all orders, the whole difference) by brute force."""
    at = {"": value(np.zeros((1, d), dtype=bool))[0]}
    added = np.zeros((d, 2))
    orders = list(permutations(range(d)))
    for order in orders:
        second = np.zeros((1, d), dtype=bool)
        before = at[""]
        for j in order:
            second[0, j] = True
            now = value(second)[0]
            added[j] += now - before
            before = now
    return added / len(orders), value(np.ones((1, d), dtype=bool))[0] - at[""]


def value(second: Bools) -> Floats:
    """A function of which inputs are the second point's, shape (k, 2)."""
    alone, pairs = entangled(second.shape[1])
    given = second.astype(float)
    return np.tanh(given @ alone) + np.einsum("ki,kj,ijm->km", given, given, pairs)


@pytest.mark.parametrize("d", [1, 2, 3, 5])
def test_it_is_the_mean_over_all_orders(d: int) -> None:
    found, (parts, whole) = shapley_values(value(steps_between(d)), d), asked(d)
    np.testing.assert_allclose(found, parts, atol=1e-12)
    np.testing.assert_allclose(found.sum(0), whole, atol=1e-12)


def test_nothing_differs() -> None:
    assert shapley_values(value(steps_between(0)), 0).shape == (0, 2)


def test_drawn_orders_sum_to_the_difference_and_come_near(monkeypatch: pytest.MonkeyPatch) -> None:
    """With many inputs: exactly what is to be shared out, each part near its own."""
    d = 6
    exact = shapley_values(value(steps_between(d)), d)
    monkeypatch.setattr(contrast, "EXACT_MOST", 3)
    drawn = shapley_values(value(steps_between(d)), d)
    np.testing.assert_allclose(drawn.sum(0), exact.sum(0), atol=1e-12)
    assert 0 < np.abs(drawn - exact).max() < 0.2 * np.abs(exact).max()
