"""Acquisition values against BoTorch, high-precision arithmetic and brute force."""

from __future__ import annotations

import itertools
import math

import mpmath
import numpy as np
import pytest
import torch
from botorch.acquisition.analytic import (
    ExpectedImprovement,
    LogExpectedImprovement,
    ProbabilityOfImprovement,
    UpperConfidenceBound,
)
from botorch.models.model import Model
from botorch.posteriors import GPyTorchPosterior
from gpytorch.distributions import MultivariateNormal
from scipy import integrate, stats

from tansaku.bo.acquisition import (
    ACQUISITIONS,
    AcquisitionInput,
    acquisition_of,
    expected_improvement,
    log_expected_improvement,
    probability_of_improvement,
    upper_confidence_bound,
)
from tansaku.bo.objectives.normal import (
    density,
    log_expected_closeness,
    log_mean,
    log_mean_improvement,
    log_probability_of_closeness,
)
from tansaku.design import Direction, Want
from tansaku.strategy import AcquisitionSpec
from tests.bo.conftest import believed_of
from tests.seeds import generator


class Known(Model):
    """A BoTorch model with given mean and sd at its only points."""

    def __init__(self, mean: torch.Tensor, sd: torch.Tensor) -> None:
        super().__init__()
        self.mean, self.sd = mean, sd

    @property
    def num_outputs(self) -> int:
        return 1

    def posterior(self, X: torch.Tensor, **_kwargs: object) -> GPyTorchPosterior:
        index = X[:, 0, 0].long()
        return GPyTorchPosterior(
            MultivariateNormal(
                self.mean[index][:, None], torch.diag_embed(self.sd[index].square()[:, None])
            )
        )


@pytest.fixture
def believed() -> tuple[torch.Tensor, torch.Tensor, float]:
    rng = generator(5)
    mean = torch.from_numpy(rng.normal(0.0, 3.0, 400))
    sd = torch.from_numpy(rng.uniform(0.01, 2.0, 400))
    return mean, sd, 1.3


@pytest.mark.filterwarnings("ignore:.*has known numerical issues")  # why log_ei exists
def test_values_agree_with_botorch(believed: tuple[torch.Tensor, torch.Tensor, float]) -> None:
    mean, sd, best = believed
    model, X = Known(mean, sd), torch.arange(400, dtype=torch.float64)[:, None, None]
    value = torch.tensor(best, dtype=torch.float64)
    for ours, theirs in (
        (expected_improvement(mean, sd, value), ExpectedImprovement(model, value)),
        (log_expected_improvement(mean, sd, value), LogExpectedImprovement(model, value)),
        (probability_of_improvement(mean, sd, value), ProbabilityOfImprovement(model, value)),
        (upper_confidence_bound(mean, sd, 2.0), UpperConfidenceBound(model, beta=4.0)),
    ):
        np.testing.assert_allclose(ours.numpy(), theirs(X).numpy(), rtol=1e-9, atol=1e-6)


def test_small_probabilities_and_gains_keep_their_digits() -> None:
    u = torch.linspace(-35.0, 9.0, 200, dtype=torch.float64)
    one, best = torch.ones_like(u), torch.zeros_like(u)
    chance = probability_of_improvement(u, one, best)
    np.testing.assert_allclose(chance.numpy(), stats.norm.cdf(u), rtol=1e-12)
    gain = expected_improvement(u, one, best)
    np.testing.assert_allclose(gain.log(), log_expected_improvement(u, one, best), rtol=1e-11)
    everywhere = torch.tensor([-1e9, -40.0, 40.0, 1e9], dtype=torch.float64)
    assert bool((density(everywhere) < 1e-295).all())


@pytest.mark.parametrize("u", [3.0, 0.0, -0.99, -1.0, -1.01, -5.0, -38.0, -120.0, -9e3, -2e4, -1e7])
def test_log_ei_is_exact_where_ei_underflows(u: float) -> None:
    mpmath.mp.dps = 60
    x = mpmath.mpf(u)
    exact = mpmath.log(mpmath.npdf(x) + x * mpmath.ncdf(x)) if u > -100 else None
    if exact is None:  # the continued tail: phi(u)/u^2 (1 - 3/u^2 + 15/u^4)
        exact = -(x**2) / 2 - mpmath.log(2 * mpmath.pi) / 2 - 2 * mpmath.log(-x)
        exact += mpmath.log1p(-3 / x**2 + 15 / x**4)
    one = torch.ones(1, dtype=torch.float64)
    ours = float(log_expected_improvement(u * one, one, 0 * one))
    assert ours == pytest.approx(float(exact), rel=1e-12, abs=2e-7)
    assert math.isfinite(ours)


@pytest.mark.parametrize("best", [1e-3, 0.3, 2.0, 7.9, 8.1, 50.0])
@pytest.mark.parametrize("offset", [0.0, 0.2, 3.0, 7.0, 12.0, -4.0, 55.1, 60.0])
def test_match_values_agree_with_quadrature(best: float, offset: float) -> None:
    """E[max(best - |d|, 0)] and P(|d| < best) for d ~ N(offset, 1), by adaptive quadrature."""
    law = stats.norm(offset, 1.0)
    kinks = sorted({-best, 0.0, best, min(max(offset, -best), best)})
    pieces = list(itertools.pairwise(kinks))
    gain = sum(
        integrate.quad(lambda d: (best - abs(d)) * law.pdf(d), a, b, epsabs=0, epsrel=1e-11)[0]
        for a, b in pieces
    )
    inside = law.cdf(best) - law.cdf(-best) if offset < 0 else law.sf(-best) - law.sf(best)
    one = torch.ones(1, dtype=torch.float64)
    ours = float(log_expected_closeness(offset * one, one, best * one).exp())
    assert ours == pytest.approx(gain, rel=1e-7, abs=1e-300)
    chance = float(log_probability_of_closeness(offset * one, one, best * one).exp())
    assert chance == pytest.approx(float(inside), rel=1e-7, abs=1e-12)


def score(name: str, given: AcquisitionInput) -> torch.Tensor:
    return acquisition_of(AcquisitionSpec(name=name)).score(given)


@pytest.mark.parametrize("name", sorted(ACQUISITIONS))
@pytest.mark.parametrize("direction", list(Direction))
@pytest.mark.parametrize("fantasies", [1, 8])
def test_every_acquisition_is_finite_and_of_the_right_shape(
    name: str, direction: Direction, fantasies: int
) -> None:
    rng = generator(0)
    given = believed_of(
        torch.from_numpy(rng.normal(0, 50, (3, fantasies, 20))),
        torch.from_numpy(rng.uniform(1e-9, 2, (3, fantasies, 20))),
        -torch.from_numpy(rng.uniform(0.1, 1, (3, fantasies, 1))),
        Want(direction, match=0.4),
        sample=lambda: [torch.from_numpy(rng.normal(0, 1, (3, 20)))],
    )
    found = score(name, given)
    assert found.shape == (3, 20)
    assert not torch.isnan(found).any()
    assert not (found == math.inf).any()


@pytest.mark.parametrize("name", ["pi", "ei", "log_ei", "ucb"])
def test_a_better_mean_never_ranks_lower(name: str) -> None:
    mean = torch.linspace(-4, 4, 50, dtype=torch.float64).view(1, 1, 50)
    given = believed_of(mean, torch.ones_like(mean), torch.zeros_like(mean[..., :1]))
    assert (score(name, given)[0].diff() > 0).all()


@pytest.mark.parametrize("name", ["pi", "ei", "log_ei", "ucb", "thompson"])
def test_what_comes_nearer_to_the_wanted_value_never_ranks_lower(name: str) -> None:
    """On both sides of it."""
    far = torch.linspace(0, 3, 25, dtype=torch.float64)
    for side in (-1.0, 1.0):
        mean = (5.0 + side * far).view(1, 1, -1)
        want = Want(Direction.MATCH, match=5.0)
        given = believed_of(mean, torch.full_like(mean, 0.8), -torch.ones_like(mean[..., :1]), want)
        assert (score(name, given)[0].diff() < 0).all()


def test_the_averaged_gain_keeps_its_digits() -> None:
    """From sure improvements to hopeless ones, and components that differ by hundreds of
    decades."""
    rng = generator(0)
    mean = torch.from_numpy(np.concatenate([rng.uniform(-45, 3, 400), rng.uniform(-3e4, -20, 200)]))
    mean = torch.stack([mean, mean.flip(0), mean.roll(7)]).expand(2, -1, -1).clone()
    mean.requires_grad_(True)
    sd = torch.from_numpy(rng.uniform(0.2, 3, (2, 3, 600)))
    best = torch.from_numpy(rng.uniform(0, 1, (2, 3, 1)))
    found = log_mean_improvement(mean, sd, best)
    wanted = log_mean(log_expected_improvement(mean, sd, best))
    assert bool(((mean - best) / sd).amax(1).lt(-30).any())
    torch.testing.assert_close(found, wanted, rtol=1e-11, atol=1e-11)
    slope = torch.autograd.grad(found.sum(), mean)[0]
    assert bool(slope.isfinite().all())
    assert float(slope.sum(1).min()) > 0
