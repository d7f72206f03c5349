"""GP mean, sd, covariance and log marginal likelihood against scikit-learn and BoTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from botorch.models import SingleTaskGP
from botorch.models.transforms import Standardize
from gpytorch.constraints import GreaterThan
from gpytorch.kernels import MaternKernel, RBFKernel, ScaleKernel
from gpytorch.likelihoods import GaussianLikelihood
from gpytorch.mlls import ExactMarginalLogLikelihood
from gpytorch.priors import LogNormalPrior
from scipy import stats
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, Matern, WhiteKernel

from tansaku.bo.acquisition import expected_improvement, probability_of_improvement
from tansaku.bo.kernels import KERNELS
from tansaku.bo.priors import PRIORS
from tansaku.bo.surrogates import GP, Hyperparameters, Noise, standardise
from tansaku.bo.surrogates.map import Layout
from tansaku.design import Floats
from tests.bo.conftest import conditioned
from tests.seeds import generator

SKLEARN = {
    "rbf": RBF,
    "matern12": lambda s: Matern(s, nu=0.5),
    "matern32": lambda s: Matern(s, nu=1.5),
    "matern52": lambda s: Matern(s, nu=2.5),
}


@pytest.mark.parametrize("n", [1, 2, 3, 8, 20, 40])
@pytest.mark.parametrize("kernel", sorted(KERNELS))
@pytest.mark.parametrize("scales", [[0.3, 0.3], [0.15, 1.7]])
def test_agrees_with_scikit_learn(
    real: tuple[Floats, Floats], n: int, kernel: str, scales: list[float]
) -> None:
    X, y = real
    signal, noise, alpha = 1.7, 0.03, 0.1
    reference = GaussianProcessRegressor(
        ConstantKernel(signal) * SKLEARN[kernel](scales) + WhiteKernel(noise),
        alpha=alpha,
        optimizer=None,
        normalize_y=True,
    ).fit(X[:n], y[:n])
    gp = conditioned(
        X[:n],
        y[:n],
        kernel=KERNELS[kernel],
        scales=scales,
        signal=signal,
        noise=noise,
        nugget=alpha,
    )
    pool = torch.from_numpy(X)[None]
    mean, variance = gp.predict(pool)
    covariance = gp.covariance(pool)[0].numpy()
    expected_mean, expected_covariance = reference.predict(X, return_cov=True)
    white = noise * float(gp.data.scale[0]) ** 2  # scikit-learn adds the noise to new points
    np.testing.assert_allclose(mean[0].numpy(), expected_mean, rtol=0, atol=1e-6)
    np.testing.assert_allclose(
        covariance + white * np.eye(len(X)), expected_covariance, rtol=0, atol=1e-6
    )
    np.testing.assert_allclose(variance[0].numpy(), np.diag(covariance), rtol=0, atol=1e-9)
    np.testing.assert_allclose(gp.mean_at_data()[0].numpy(), expected_mean[:n], rtol=0, atol=1e-6)
    assert float(gp.log_marginal_likelihood[0]) == pytest.approx(
        reference.log_marginal_likelihood_value_, abs=1e-6
    )
    best, expected_sd = y[:n].max(), np.sqrt(np.diag(expected_covariance))
    u = (expected_mean - best) / expected_sd
    sd, top = (variance + white).sqrt(), torch.tensor(best, dtype=torch.float64)
    np.testing.assert_allclose(
        probability_of_improvement(mean, sd, top)[0].numpy(), stats.norm.cdf(u), rtol=0, atol=1e-6
    )
    np.testing.assert_allclose(
        expected_improvement(mean, sd, top)[0].numpy(),
        expected_sd * (u * stats.norm.cdf(u) + stats.norm.pdf(u)),
        rtol=0,
        atol=1e-6,
    )


def botorch_model(
    X: Floats, y: Floats, kernel: str, scales: list[float], signal: float, noise: float
) -> SingleTaskGP:
    """A SingleTaskGP at given hyperparameters, constant mean at its least squares estimate."""
    base = (
        RBFKernel(ard_num_dims=2)
        if kernel == "rbf"
        else MaternKernel(
            nu={"matern12": 0.5, "matern32": 1.5, "matern52": 2.5}[kernel], ard_num_dims=2
        )
    )
    model = SingleTaskGP(
        torch.from_numpy(X),
        torch.from_numpy(y)[:, None],
        likelihood=GaussianLikelihood(noise_constraint=GreaterThan(1e-8)),
        covar_module=ScaleKernel(base),
        outcome_transform=Standardize(m=1),
    )
    model.double()
    model.covar_module.base_kernel.lengthscale = torch.tensor([scales], dtype=torch.float64)
    model.covar_module.outputscale = torch.tensor(signal, dtype=torch.float64)
    model.likelihood.noise = torch.tensor(noise, dtype=torch.float64)
    return model


@pytest.mark.filterwarnings("ignore:.*input data.*")
@pytest.mark.parametrize("n", [2, 3, 8, 20, 40])
@pytest.mark.parametrize("kernel", sorted(KERNELS))
def test_agrees_with_botorch(real: tuple[Floats, Floats], n: int, kernel: str) -> None:
    X, y = real
    scales, signal, noise = [0.25, 0.8], 1.3, 0.02
    gp = conditioned(
        X[:n],
        y[:n],
        kernel=KERNELS[kernel],
        scales=scales,
        signal=signal,
        noise=noise,
        constant_mean=True,
        unbiased=True,
    )
    model = botorch_model(X[:n], y[:n], kernel, scales, signal, noise)
    model.mean_module.constant.data.fill_(float(gp.mean[0]))
    mll = ExactMarginalLogLikelihood(model.likelihood, model)
    model.train()
    expected_lml = float(mll(model(*model.train_inputs), model.train_targets).detach()) * n
    assert float(gp.log_marginal_likelihood[0]) == pytest.approx(expected_lml, abs=1e-6)
    model.eval()
    with torch.no_grad():
        posterior = model.posterior(torch.from_numpy(X))
    mean, _variance = gp.predict(torch.from_numpy(X)[None])
    np.testing.assert_allclose(mean[0].numpy(), posterior.mean[:, 0].numpy(), rtol=0, atol=1e-6)
    np.testing.assert_allclose(
        gp.covariance(torch.from_numpy(X)[None])[0].numpy(),
        posterior.distribution.covariance_matrix.numpy(),
        rtol=0,
        atol=1e-6,
    )


@pytest.mark.parametrize("d", [1, 2, 6])
def test_dimension_scaled_prior_is_gpytorchs(d: int) -> None:
    priors = PRIORS["dimension_scaled"](d)
    scale = LogNormalPrior(np.sqrt(2.0) + 0.5 * np.log(d), np.sqrt(3.0)).double()
    noise = LogNormalPrior(-4.0, 1.0).double()
    values = torch.tensor([0.01, 0.3, 2.0, 40.0], dtype=torch.float64)
    for ours, reference in ((priors.length_scale.prior, scale), (priors.noise.prior, noise)):
        assert ours is not None
        torch.testing.assert_close(
            ours.log_density(values.log()), reference.log_prob(values), rtol=1e-6, atol=1e-6
        )


@pytest.mark.parametrize("kernel", sorted(KERNELS))
@pytest.mark.parametrize("constant_mean", [True, False])
@pytest.mark.parametrize("shared", [True, False])
def test_gradient_is_that_of_the_likelihood(
    real: tuple[Floats, Floats], kernel: str, constant_mean: bool, shared: bool
) -> None:
    X, y = real
    layout = Layout(2, shared, PRIORS["uniform"](2))
    data = standardise(
        torch.from_numpy(X[:15])[None],
        torch.from_numpy(y[:15])[None],
        Noise.of(torch.tensor([[1.0, 2.0, 3.0] * 5], dtype=torch.float64)),
    )
    p = layout.scales + 2
    theta = torch.linspace(-1.2, 0.3, p, dtype=torch.float64)[None].requires_grad_()

    def lml(vector: torch.Tensor) -> GP:
        return GP.condition(
            KERNELS[kernel], layout.unpack(vector), data, constant_mean=constant_mean, nugget=0.01
        )

    step = 1e-6
    ours = layout.gradient(lml(theta.detach()))[0].numpy()
    for i in range(p):
        shift = torch.zeros_like(theta)
        shift[0, i] = step
        up = lml((theta + shift).detach()).log_marginal_likelihood
        down = lml((theta - shift).detach()).log_marginal_likelihood
        assert ours[i] == pytest.approx(float((up - down) / (2 * step)), rel=1e-5, abs=1e-6)


def test_replicates_weigh_as_repeated_points() -> None:
    """The mean of k equal replicates teaches what k separate measurements teach."""
    rng = generator(0)
    X, y = rng.random((5, 2)), rng.standard_normal(5)
    counts = np.array([1, 3, 1, 2, 1])
    repeated = np.repeat(np.arange(5), counts)
    one = torch.ones(1, dtype=torch.float64)
    h = Hyperparameters(torch.tensor([[0.4, 0.4]], dtype=torch.float64), one, 0.2 * one)

    def mean_of(index: np.ndarray, k: np.ndarray) -> torch.Tensor:
        data = standardise(
            torch.from_numpy(X[index])[None],
            torch.from_numpy(y[index])[None],
            Noise.of(torch.from_numpy(k.astype(float))[None]),
        )
        data = type(data)(data.X, torch.from_numpy(y[index])[None], data.noise, 0 * one, one)
        gp = GP.condition(KERNELS["rbf"], h, data, constant_mean=False)
        return torch.stack(gp.predict(torch.from_numpy(rng2.random((1, 9, 2)))))

    rng2 = generator(1)
    averaged = mean_of(np.arange(5), counts)
    rng2 = generator(1)
    separate = mean_of(repeated, np.ones(len(repeated)))
    torch.testing.assert_close(averaged, separate, rtol=1e-9, atol=1e-9)


def test_one_value_and_equal_values_keep_scale_one() -> None:
    for values in ([4.2], [4.2, 4.2, 4.2]):
        data = standardise(
            torch.zeros(1, len(values), 1, dtype=torch.float64),
            torch.tensor([values], dtype=torch.float64),
            Noise.of(torch.ones(1, len(values), dtype=torch.float64)),
        )
        assert float(data.scale[0]) == 1.0
        assert float(data.centre[0]) == pytest.approx(4.2)


def test_noise_is_told_in_the_unit_of_the_values() -> None:
    """Of values a thousand times as large a million times the variance, and on values with scale 1
    the share of the signal variance that it is."""
    X, y = (
        torch.linspace(0, 1, 6, dtype=torch.float64).view(1, 6, 1),
        generator(3).standard_normal(6),
    )
    one = torch.ones(1, dtype=torch.float64)
    h = Hyperparameters(one.view(1, 1), one, 0.2 * one)
    found = []
    for unit in (1.0, 1000.0):
        data = standardise(
            X, unit * torch.from_numpy(y)[None], Noise.of(torch.ones_like(X[..., 0]))
        )
        found.append(
            float(GP.condition(KERNELS["rbf"], h, data, constant_mean=True).noise_variance)
        )
    assert found[1] == pytest.approx(1e6 * found[0], rel=1e-12)
    assert found[0] == pytest.approx(0.2 * y.var(ddof=1), rel=1e-12)
