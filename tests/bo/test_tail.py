"""The poor half drawn in: order kept, better half untouched, and back again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tansaku.bo import engine
from tansaku.bo.output_warp import OutputWarp
from tansaku.design import Design, Floats, Limited, Problems
from tansaku.strategy import STRATEGIES
from tests.seeds import generator

VALUES = arrays(
    np.float64,
    st.tuples(st.just(1), st.integers(3, 20)),
    elements=st.floats(-1e3, 1e3).map(lambda v: round(v, 3)),
)


@given(VALUES)
def test_order_is_kept_and_the_better_half_stays(y: Floats) -> None:
    tail = OutputWarp.of(y)
    assert tail is not None
    drawn = tail.compress(y)
    order = np.argsort(y[0], kind="stable")
    assert (np.diff(drawn[0][order]) >= 0).all()
    apart = np.diff(y[0][order]) > 0
    assert (np.diff(drawn[0][order])[apart] > 0).all()
    better = y >= np.median(y)
    np.testing.assert_array_equal(drawn[better], y[better])
    assert (drawn[~better] > y[~better]).all()


@given(VALUES)
def test_expanding_undoes_compressing(y: Floats) -> None:
    tail = OutputWarp.of(y)
    assert tail is not None
    mean, _sd = tail.expand(tail.compress(y), np.ones_like(y))
    np.testing.assert_allclose(mean, y, rtol=1e-6, atol=1e-6)


def test_the_sd_goes_by_the_slope() -> None:
    tail = OutputWarp.of(np.array([[-4.0, 0.0, 1.0, 2.0, 3.0]]))
    assert tail is not None
    at, step = np.array([[-1.5, 0.5, 0.9, 2.0]]), 1e-6
    up, down = (tail.expand(at + s, np.ones_like(at))[0] for s in (step, -step))
    np.testing.assert_allclose(
        tail.expand(at, np.full_like(at, 0.3))[1], 0.3 * (up - down) / (2 * step), rtol=1e-6
    )
    assert tail.expand(np.array([[2.0]]), np.array([[0.3]]))[1].tolist() == [[0.3]]


def test_constant_values_and_values_with_a_common_top_stay_finite() -> None:
    for y in (np.full((1, 5), 3.0), np.array([[0.0, 1.0, 1.0, 1.0]]), np.zeros((1, 3))):
        tail = OutputWarp.of(y)
        assert tail is not None
        assert (tail.scale > 0).all()
        assert np.isfinite(tail.compress(y)).all()
    constant = np.full((1, 5), 3.0)
    tail = OutputWarp.of(constant)
    assert tail is not None
    np.testing.assert_array_equal(tail.compress(constant), constant)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_fewer_than_three_values_have_no_tail(n: int) -> None:
    assert OutputWarp.of(np.zeros((2, n))) is None


def test_problems_do_not_share_a_map() -> None:
    rng = generator(0)
    y = rng.normal(0, [[1.0], [50.0]], (2, 9))
    both = OutputWarp.of(y)
    assert both is not None
    for i in range(2):
        alone = OutputWarp.of(y[i : i + 1])
        assert alone is not None
        np.testing.assert_array_equal(both.compress(y)[i], alone.compress(y[i : i + 1])[0])


def test_predictions_come_back_in_the_values_own_unit() -> None:
    """A row decades below the rest is predicted near its value, not near its drawn-in one."""
    X = np.linspace(0, 1, 12)[:, None]
    y = np.concatenate([np.full(4, -30.0), np.linspace(0, 1, 8)])
    rows = np.array([0, 1, 3, 4, 5, 7, 9, 10, 11])
    taken = np.zeros((1, 12), dtype=bool)
    taken[0, rows] = True
    problems = Problems(
        Design.continuous(X, ("x",)),
        X[rows][None],
        y[rows][None],
        np.ones((1, 9)),
        taken,
        np.empty((1, 0), dtype=np.int64),
    )
    seen = engine.survey(problems, STRATEGIES["compressed"], [generator(0)])
    assert seen.mean[0, 2] < -10  # between two poor rows
    assert abs(seen.mean[0, 8] - y[8]) < 0.2  # between two good ones


def test_variances_and_limits_are_drawn_in_with_the_values() -> None:
    """Each variance by the square of the map's slope at its value, here by differences."""
    y = np.array([[-6.0, -2.0, 0.5, 1.0, 2.0, 3.0]])
    X, noise = np.zeros((1, 6, 1)), np.array([[0.4, 0.1, 0.2, 0.3, 0.1, 0.2]])
    limits = Limited(X[:, :2], np.array([[-4.0, 2.5]]), np.array([[-1.0, 1.0]]))
    plain = Problems(
        Design.continuous(np.zeros((1, 1)), ("x",)), X, y, np.ones((1, 6)),
        np.zeros((1, 1), dtype=bool), np.empty((1, 0), dtype=np.int64),
        noise=noise, limits=limits,
    )  # fmt: skip
    tail = OutputWarp.of(y)
    assert tail is not None
    found = tail.of_problems(plain)
    slope = (tail.compress(y + 1e-6) - tail.compress(y - 1e-6)) / 2e-6
    np.testing.assert_allclose(found.noise, noise * slope**2, rtol=1e-6)
    assert slope[0, 0] < 0.5
    assert found.limits is not None
    np.testing.assert_array_equal(found.limits.bound, tail.compress(limits.bound))
    np.testing.assert_array_equal(found.y, tail.compress(y))
