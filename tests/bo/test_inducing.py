"""Inducing points against NumPy's dense formulas, the exact process, and GPyTorch."""

from __future__ import annotations

import gpytorch
import numpy as np
import pytest
import torch

from tansaku.bo.kernels import MATERN52, RBF
from tansaku.bo.surrogates.gp import GP, Data, Hyperparameters, Noise, standardise
from tansaku.bo.surrogates.inducing import Induced, condition_induced
from tansaku.bo.surrogates.paths import Path
from tests.seeds import generator

H = Hyperparameters(
    torch.tensor([[0.4, 0.9]]).double(), torch.tensor([1.7]).double(), torch.tensor([0.04]).double()
)


def measured(n: int, *, stated: bool = False) -> Data:
    """n noisy values of two columns; with stated sds and replicates, each with others."""
    rng = generator(5)
    X = torch.tensor(rng.random((1, n, 2)))
    y = torch.sin(5 * X[..., 0]) + X[..., 1].square() + 0.2 * torch.tensor(rng.normal(size=(1, n)))
    counts = torch.tensor(rng.integers(1, 4, (1, n))).double() if stated else torch.ones(1, n)
    known = 0.1 * torch.tensor(rng.random((1, n))) if stated else torch.zeros(1, n)
    return standardise(X, y, Noise.of(counts.double(), known.double()))


def asked(N: int = 50) -> torch.Tensor:
    """Points, somewhat beyond the data."""
    return torch.tensor(generator(6).uniform(-0.2, 1.2, (1, N, 2)))


def correlation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """RBF of the length scales of ``H``."""
    apart = (a[:, None] - b[None]) / H.length_scales[0].numpy()
    return np.asarray(float(H.signal) * np.exp(-0.5 * np.square(apart).sum(-1)))


@pytest.mark.parametrize("stated", [False, True])
def test_the_posterior_is_that_of_titsias(stated: bool) -> None:
    """Means, covariances, weights and the bound on the likelihood, from the formulas as printed."""
    data, points = measured(120, stated=stated), asked()
    gp = condition_induced(RBF, H, data, constant_mean=True, nugget=1e-6, points=15)
    assert isinstance(gp.data, Induced)
    Z, X, P = (each[0].numpy() for each in (gp.data.X, data.X, points))
    assert len(Z) == 15
    D = float(H.noise) / data.noise.counts[0].numpy() + data.noise.known[0].numpy() + 1e-6
    K, k, kx = correlation(Z, Z), correlation(Z, X), correlation(Z, P)
    z, ones = data.z[0].numpy(), np.ones(len(X))
    Q = k.T @ np.linalg.solve(K, k)
    S = np.linalg.inv(Q + np.diag(D))
    mean = ones @ S @ z / (ones @ S @ ones)
    precise = np.linalg.inv(K + (k / D) @ k.T)
    scale = float(data.scale)
    expected = float(data.centre) + scale * (mean + kx.T @ precise @ (k / D) @ (z - mean))
    covariance = correlation(P, P) - kx.T @ np.linalg.solve(K, kx) + kx.T @ precise @ kx
    weights = ((k / D).T @ precise @ kx)[None]
    assert gp.mean.item() == pytest.approx(mean, rel=1e-6)
    assert gp.predict(points)[0][0].numpy() == pytest.approx(expected, abs=1e-5)
    assert gp.covariance(points)[0].numpy() == pytest.approx(scale**2 * covariance, abs=1e-5)
    assert gp.data.weights(gp, points).numpy() == pytest.approx(weights, abs=1e-4)
    fitted = float(data.centre) + scale * (mean + k.T @ precise @ (k / D) @ (z - mean))
    assert gp.mean_at_data()[0].numpy() == pytest.approx(fitted, abs=1e-5)
    _sign, log_det = np.linalg.slogdet(2 * np.pi * (Q + np.diag(D)))
    left = float(H.signal) - np.diag(Q)
    bound = -0.5 * ((z - mean) @ S @ (z - mean) + log_det + (left / D).sum())
    assert gp.log_marginal_likelihood.item() == pytest.approx(bound, abs=1e-3)


def test_with_a_point_for_each_measurement_it_is_the_exact_process() -> None:
    """And with fewer the bound is below its likelihood, the more points the nearer."""
    data, points = measured(60), asked()
    exact = GP.condition(MATERN52, H, data, constant_mean=True)
    all_of_them = condition_induced(MATERN52, H, data, constant_mean=True, points=60)
    for mine, other in zip(all_of_them.predict(points), exact.predict(points), strict=True):
        assert mine.numpy() == pytest.approx(other.numpy(), abs=2e-3)
    bounds = [
        condition_induced(MATERN52, H, data, constant_mean=True, points=m).log_marginal_likelihood
        for m in (5, 10, 20, 40, 60)
    ]
    assert bounds == sorted(bounds)
    assert bounds[-1].item() == pytest.approx(exact.log_marginal_likelihood.item(), abs=1e-3)


def test_gpytorch_predicts_the_same() -> None:
    """Its own model of inducing points, at the same points and hyperparameters."""
    data, points = measured(100), asked()
    ours = condition_induced(RBF, H, data, constant_mean=False, points=12)

    class Theirs(gpytorch.models.ExactGP):
        def __init__(self) -> None:
            likelihood = gpytorch.likelihoods.GaussianLikelihood()
            super().__init__(data.X[0], data.z[0], likelihood)
            base = gpytorch.kernels.ScaleKernel(gpytorch.kernels.RBFKernel(ard_num_dims=2))
            base.base_kernel.lengthscale, base.outputscale = H.length_scales, H.signal
            self.of_mean = gpytorch.means.ZeroMean()
            self.of_covariance = gpytorch.kernels.InducingPointKernel(
                base, inducing_points=ours.data.X[0], likelihood=likelihood
            )
            likelihood.noise = H.noise

        def forward(self, x: torch.Tensor) -> gpytorch.distributions.MultivariateNormal:
            return gpytorch.distributions.MultivariateNormal(self.of_mean(x), self.of_covariance(x))

    model = Theirs().double().eval()
    with torch.no_grad(), gpytorch.settings.sgpr_diagonal_correction(state=False):
        theirs = model(points[0])
    mean, variance = ours.predict(points)
    found = (mean[0] - data.centre) / data.scale
    assert found.numpy() == pytest.approx(theirs.mean.numpy(), abs=1e-3)
    assert (variance[0] / data.scale.square()).min() >= 0


def test_drawn_functions_have_its_mean_and_spread() -> None:
    """Within six standard errors."""
    data, points = measured(300), asked(8)
    gp = condition_induced(RBF, H, data, constant_mean=True, points=40)
    drawn = Path.draw(gp, generator(7), 4000)(points[0])
    mean, variance = (each[0] for each in gp.predict(points))
    assert ((drawn.mean(0) - mean).abs() < 6 * (variance / 4000).sqrt() + 1e-3).all()
    assert drawn.var(0).numpy() == pytest.approx(variance.numpy(), rel=0.25, abs=1e-4)


def test_what_is_joined_later_is_learned() -> None:
    """One more value, as the exact process learns it."""
    data, points = measured(80), asked()
    X, z, noise = points[:, :1], torch.full((1, 1), 2.0).double(), torch.full((1, 1), 0.01).double()
    exact = GP.condition(RBF, H, data, constant_mean=False).joined(X, z, noise)
    few = condition_induced(RBF, H, data, constant_mean=False, points=60).joined(X, z, noise)
    for mine, other in zip(few.predict(points), exact.predict(points), strict=True):
        assert mine.numpy() == pytest.approx(other.numpy(), abs=5e-3)
    assert few.mean_at_data().numpy() == pytest.approx(
        exact.mean_at_data()[:, :80].numpy(), abs=5e-3
    )
    assert few.data.weights(few, points).shape == (1, 81, 50)


def test_each_measurement_is_left_out() -> None:
    """Against the same points learned anew without it, at the same mean."""
    data = measured(60, stated=True)
    gp = condition_induced(RBF, H, data, constant_mean=False, points=20)
    variance, residual = gp.data.left_out(gp)
    Z, X = gp.data.X[0].numpy(), data.X[0].numpy()
    D = float(H.noise) / data.noise.counts[0].numpy() + data.noise.known[0].numpy()
    K, k, z = correlation(Z, Z), correlation(Z, X), data.z[0].numpy()
    for i in range(60):
        rest = np.delete(np.arange(60), i)
        precise = np.linalg.inv(K + (k[:, rest] / D[rest]) @ k[:, rest].T)
        mean = k[:, i] @ precise @ (k[:, rest] / D[rest]) @ z[rest]
        own = k[:, i] @ precise @ k[:, i] - k[:, i] @ np.linalg.solve(K, k[:, i])
        assert residual[0, i].item() == pytest.approx(z[i] - mean, abs=1e-4)
        expected = own + float(H.signal) + D[i]
        assert variance[0, i].item() == pytest.approx(expected, abs=1e-4)
    later = gp.joined(data.X[:, :1] + 0.01, data.z[:, :1], torch.full((1, 1), 0.1).double())
    assert [each.shape for each in later.data.left_out(later)] == [(1, 61)] * 2


def test_points_end_where_nothing_is_left_to_explain() -> None:
    """Thousands of measurements of few distinct places are told by these."""
    data = measured(40)
    many = data.X.repeat(1, 50, 1)
    z = data.z.repeat(1, 50)
    gp = condition_induced(
        MATERN52, H, standardise(many, z, Noise.of(torch.ones_like(z))), constant_mean=True
    )
    assert gp.data.X.shape[1] <= 40
