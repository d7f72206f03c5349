"""The run effect: its evidence by quadrature, and what it finds in made-up furnace runs."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats

from tansaku.bo.furnace.effect import RunEffect, run_effect
from tansaku.bo.surrogates.hyperparameter_samples import SIGNAL_RATE, SIGNAL_SHAPE
from tansaku.bo.surrogates.quadrature import evidence
from tests.seeds import binomial_range, generator, scatter, spread


def test_evidence_against_quadrature() -> None:
    """Two covariances: the ratio of their evidences, by integrating over mean and signal."""
    rng = generator(0)
    z, root = rng.standard_normal(4), rng.standard_normal((2, 4, 4))
    K = root @ root.transpose(0, 2, 1) + np.eye(4)

    mean, log_s = np.linspace(-30, 30, 1501), np.linspace(-8, 12, 401)
    law = stats.invgamma(SIGNAL_SHAPE, scale=SIGNAL_RATE)

    def whole(covariance: np.ndarray) -> float:
        gap = z - mean[:, None]
        squares = np.einsum("mi,ij,mj->m", gap, np.linalg.inv(covariance), gap)
        s = np.exp(log_s)[:, None]
        likely = np.exp(-0.5 * squares / s) / np.sqrt(np.linalg.det(covariance) * s**4)
        return float((likely.sum(axis=1) * law.pdf(s[:, 0]) * s[:, 0]).sum())

    found = evidence(torch.from_numpy(K), torch.from_numpy(z))[0]
    ratio = whole(K[0]) / whole(K[1])
    assert float((found[0] - found[1]).exp()) == pytest.approx(ratio, rel=1e-4)


def fired(seed: int, between: float, within: float, runs: int = 10, each: int = 6) -> RunEffect:
    """A smooth surface measured in runs that share the second input."""
    rng = generator(seed)
    run = np.repeat(np.arange(runs), each)
    X = np.stack([rng.random(runs * each), rng.random(runs)[run]], axis=1)
    y = np.sin(3 * X[:, 0]) + X[:, 1] ** 2 + between * rng.standard_normal(runs)[run]
    y += within * rng.standard_normal(len(y))
    found = run_effect(X, y, run, generator(1))
    assert found is not None
    return found


def test_runs_that_differ_are_found() -> None:
    """The intervals hold the truth in 90 % of made-up campaigns.

    ``larger`` was 0.99 +- 0.03 over 120 of them, ``likely`` 0.9999."""
    found = [fired(seed, between=0.4, within=0.1) for seed in range(20)]
    low, _high = binomial_range(20, 0.9)
    assert np.mean([f.between[0] <= 0.4 <= f.between[2] for f in found]) >= low
    assert np.mean([f.within[0] <= 0.1 <= f.within[2] for f in found]) >= low
    assert np.mean([f.larger for f in found]) > 0.9
    assert np.mean([f.likely for f in found]) > 0.9


def test_runs_without_an_effect_are_not_blamed() -> None:
    """Over 120 made-up campaigns ``larger`` was 0.02 +- 0.03, the sd between runs 0.02 +- 0.03."""
    found = [fired(seed, between=0.0, within=0.2) for seed in range(20)]
    assert np.mean([f.larger for f in found]) < 0.1
    assert np.mean([f.between[1] for f in found]) < 0.08


def test_runs_do_not_take_the_place_of_what_they_share() -> None:
    """A strong effect of the shared input is no run effect."""
    run = np.repeat(np.arange(10), 5)
    X = np.stack([spread(50, 1)[:, 0], np.linspace(0, 1, 10)[run]], axis=1)
    y = 3 * X[:, 1] + X[:, 0] + 0.05 * scatter(50)
    found = run_effect(X, y, run, generator(1))
    assert found is not None
    assert found.between[1] < 0.05


@pytest.mark.parametrize(
    "runs", [[0, 0, 1, 1, -1, -1], [0, 1, 2, 3, -1, -1], [-1] * 6], ids=["two", "single", "none"]
)
def test_too_few_runs_tell_nothing(runs: list[int]) -> None:
    X, y = np.linspace(0, 1, 6)[:, None], np.arange(6.0)
    assert run_effect(X, y, np.array(runs), generator(0)) is None
