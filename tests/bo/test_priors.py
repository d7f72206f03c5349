"""Named priors: their densities against SciPy, their slopes, their starting points."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tansaku.bo.priors import PRIORS, Gamma, HyperparameterPrior, LogNormal, start_points
from tests.seeds import generator

LAWS = [LogNormal(-4.0, 1.0), LogNormal(1.4, math.sqrt(3.0)), Gamma(3.0, 9.8), Gamma(2.0, 148.4)]
VALUES = np.array([1e-4, 0.01, 0.3, 2.0])


def reference(law: LogNormal | Gamma) -> stats.rv_continuous:
    """The same law of SciPy."""
    if isinstance(law, Gamma):
        return stats.gamma(law.concentration, scale=1 / law.rate)
    return stats.lognorm(law.sigma, scale=math.exp(law.mu))


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_density_is_scipys(law: LogNormal | Gamma) -> None:
    ours = law.log_density(torch.from_numpy(np.log(VALUES))).numpy()
    np.testing.assert_allclose(ours, reference(law).logpdf(VALUES), rtol=1e-12)


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_mu_is_the_median_and_sigma_the_spread_of_the_logarithm(law: LogNormal | Gamma) -> None:
    drawn = np.log(reference(law).rvs(200_000, random_state=0))
    assert law.mu == pytest.approx(np.median(drawn), abs=0.02)
    assert law.sigma == pytest.approx(drawn.std(), rel=0.02)


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_slope_is_the_derivative(law: LogNormal | Gamma) -> None:
    at = torch.linspace(-6, 1, 15, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(law.log_density(at).sum(), at)
    torch.testing.assert_close(law.slope(at.detach()), slope, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_nothing_is_likelier_than_the_mode(law: LogNormal | Gamma) -> None:
    density = reference(law).pdf
    assert density(law.mode) > max(density(0.99 * law.mode), density(1.01 * law.mode))


@given(concentration=st.floats(1.5, 20), mode=st.floats(1e-3, 10))
def test_a_gamma_law_has_the_mode_it_is_asked_for(concentration: float, mode: float) -> None:
    assert Gamma.with_mode(concentration, mode).mode == pytest.approx(mode)


@pytest.mark.parametrize("d", [1, 4, 20])
def test_gamma_prior_is_that_of_baybe(d: int) -> None:
    """The formulas of its preset (Apache 2.0, version 0.15), written out."""
    priors = PRIORS["dimension_scaled_gamma"](d)
    rate = 2 / math.exp(math.sqrt(2) - 3) / math.sqrt(d)
    for posterior, law in (
        (priors.length_scale, stats.gamma(3, scale=1 / rate)),
        (priors.noise, stats.gamma(2, scale=math.exp(-4.0 - 1.0**2))),
    ):
        assert posterior.prior is not None
        ours = posterior.prior.log_density(torch.from_numpy(np.log(VALUES))).numpy()
        np.testing.assert_allclose(ours, law.logpdf(VALUES), rtol=1e-12)
        assert posterior.start == pytest.approx(posterior.prior.mode)
    lognormal = PRIORS["dimension_scaled"](d)
    assert priors.length_scale.start == pytest.approx(lognormal.length_scale.start)
    assert priors.noise.start == pytest.approx(lognormal.noise.start)


@pytest.mark.parametrize("name", sorted(PRIORS))
@pytest.mark.parametrize("d", [1, 7])
def test_starting_points_lie_in_the_range_and_begin_with_the_first_guess(name: str, d: int) -> None:
    priors = PRIORS[name](d)
    posteriors: list[HyperparameterPrior] = [priors.length_scale, priors.noise]
    for posterior in posteriors:
        draws = torch.from_numpy(generator(0).random((5, 50)))
        starts = start_points(posterior, 5, draws).exp()
        assert float(starts.min()) >= posterior.low * (1 - 1e-12)
        assert float(starts.max()) <= posterior.high * (1 + 1e-12)
        assert starts[0].numpy() == pytest.approx(posterior.start)
        assert len(starts[2:].unique()) > 100  # the others are spread
