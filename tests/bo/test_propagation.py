"""Expectation propagation against integration by other means."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tansaku.bo.propagation import Sites, propagate
from tansaku.design import Floats
from tests.seeds import scatter, spread


def law(c: int, prime: int = 5) -> tuple[Floats, Floats]:
    """Mean and covariance of c values."""
    drawn = scatter(c * c + c, prime)
    A = drawn[c:].reshape(c, c)
    return drawn[:c], A @ A.T / c + 0.1 * np.eye(c)


def propagated(*arrays: Floats) -> Sites:
    return propagate(*(torch.from_numpy(np.asarray(a, dtype=np.float64))[None] for a in arrays))


@pytest.mark.parametrize("c", [1, 2, 4, 6])
def test_the_probability_is_that_of_the_orthant(c: int) -> None:
    mean, S = law(c)
    side, bound, noise = np.sign(scatter(c, 7)), scatter(c, 11), 0.2 * spread(c, 1)[:, 0]
    found = propagated(mean, S, side, bound, noise)
    turned = np.diag(side)
    expected = stats.multivariate_normal(np.zeros(c), turned @ (S + np.diag(noise)) @ turned).cdf(
        side * (mean - bound)
    )
    assert float(found.log_evidence[0]) == pytest.approx(np.log(expected), abs=0.01)


def test_moments_by_quadrature_on_two_values() -> None:
    mean, S = np.array([0.3, -0.5]), np.array([[1.0, 0.6], [0.6, 0.8]])
    side, bound, noise = np.array([1.0, -1.0]), np.array([0.8, -0.9]), np.array([0.05, 0.1])
    found = propagated(mean, S, side, bound, noise)
    grid = np.linspace(-6, 6, 801)
    f = np.stack(np.meshgrid(grid, grid, indexing="ij"), -1)
    p = stats.multivariate_normal(mean, S).pdf(f)
    p *= stats.norm.cdf(side * (f - bound) / np.sqrt(noise)).prod(-1)
    p /= p.sum()
    expected = (p[..., None] * f).sum((0, 1))
    spread = np.sqrt((p[..., None] * (f - expected) ** 2).sum((0, 1)))
    np.testing.assert_allclose(found.mean[0].numpy(), expected, atol=0.01)
    sds = found.covariance[0].diagonal().sqrt().numpy()
    np.testing.assert_allclose(sds, spread, rtol=0.02)


def test_many_observations_of_one_value_settle() -> None:
    """Thirty times the same value, seen above 0 with noise 1: the hardest case for the sweeps."""
    c = 30
    found = propagated(np.zeros(c), np.ones((c, c)), np.ones(c), np.zeros(c), np.ones(c))
    grid = np.linspace(-6, 6, 20001)
    weight = stats.norm.pdf(grid) * stats.norm.cdf(grid) ** c
    assert float(found.mean[0, 0]) == pytest.approx((grid * weight).sum() / weight.sum(), abs=0.01)


PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29)


@given(
    far=st.floats(-40, 40),
    noise=st.floats(1e-6, 10),
    seed=st.integers(0, 9),
)
@settings(max_examples=30, deadline=None)
def test_sites_are_measurements_and_never_wrong_headed(far: float, noise: float, seed: int) -> None:
    """Conditioning on the values that the sites stand for gives the same law, however far out the
    limits are, and no variance grows."""
    mean, S = law(3, PRIMES[seed])
    found = propagated(mean, S, np.ones(3), np.full(3, far), np.full(3, noise))
    value, variance = (v[0].numpy() for v in found.as_values())
    gain = S @ np.linalg.inv(S + np.diag(variance))
    np.testing.assert_allclose(found.mean[0].numpy(), mean + gain @ (value - mean), atol=1e-5)
    assert (variance > 0).all()
    assert (found.covariance[0].diagonal().numpy() <= np.diag(S) + 1e-9).all()
    assert np.isfinite(found.log_evidence.numpy()).all()
