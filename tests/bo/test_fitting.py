"""The batched fit finds the same optimum as other optimisers of the same objective."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from gpytorch.mlls import ExactMarginalLogLikelihood
from scipy import optimize

from tansaku.bo.kernels import KERNELS
from tansaku.bo.optimize import minimise
from tansaku.bo.priors import PRIORS
from tansaku.bo.surrogates import GP, Hyperparameters, fit
from tansaku.bo.surrogates.map import Layout
from tansaku.strategy import STRATEGIES, SurrogateSpec


def problem(seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """A small random search: X (1, n, d), y (1, n), counts (1, n)."""
    rng = np.random.default_rng(seed)
    n, d = int(rng.integers(3, 25)), int(rng.integers(1, 5))
    X = rng.random((n, d))
    y = (
        np.sin(4 * X @ rng.normal(0, 1, d))
        + 0.3 * X[:, 0]
        + rng.uniform(0, 0.3) * rng.normal(size=n)
    )
    return torch.from_numpy(X)[None], torch.from_numpy(y)[None], torch.ones(1, n).double()


def objective(gp: GP, d: int) -> float:
    """Log marginal likelihood + log priors, as the batched fit maximises it."""
    priors = PRIORS["dimension_scaled"](d)
    assert priors.length_scale.prior is not None
    assert priors.noise.prior is not None
    h = gp.hyperparameters
    return float(
        gp.log_marginal_likelihood[0]
        + priors.length_scale.prior.log_density(h.length_scales[0].log()).sum()
        + priors.noise.prior.log_density(h.noise[0].log())
    )


@pytest.mark.parametrize("seed", range(12))
def test_same_optimum_as_botorch(seed: int) -> None:
    """SingleTaskGP's default model is ours with an RBF; our optimum is not below BoTorch's."""
    X, y, counts = problem(seed)
    d = X.shape[-1]
    spec = SurrogateSpec(fit="map", kernel="rbf", prior="dimension_scaled")
    ours = fit(X, y, counts, spec, [np.random.default_rng(seed)])
    model = SingleTaskGP(X[0], y[0][:, None])
    fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
    theirs = Hyperparameters(
        model.covar_module.lengthscale.detach().double(),
        torch.ones(1).double(),
        model.likelihood.noise.detach().double(),
    )
    reference = GP.condition(KERNELS["rbf"], theirs, ours.gp.data, constant_mean=True)
    assert objective(ours.gp, d) >= objective(reference, d) - 1e-3
    assert objective(ours.gp, d) > objective(ours.before, d)


@pytest.mark.parametrize("kernel", sorted(KERNELS))
def test_no_other_search_does_better(kernel: str) -> None:
    """L-BFGS-B of SciPy from 20 random points, same objective and range."""
    X, y, counts = problem(31)
    d = X.shape[-1]
    spec = SurrogateSpec(fit="map", kernel=kernel, prior="uniform", mean="zero", restarts=8)
    ours = fit(X, y, counts, spec, [np.random.default_rng(0)])
    layout = Layout(d, False, PRIORS["uniform"](d))
    bounds = [(math.log(b.low), math.log(b.high)) for b in layout.beliefs]

    def loss(theta: np.ndarray) -> float:
        gp = GP.condition(
            KERNELS[kernel],
            layout.unpack(torch.from_numpy(theta)[None]),
            ours.gp.data,
            constant_mean=False,
        )
        return -float(gp.log_marginal_likelihood[0])

    rng = np.random.default_rng(1)
    low, high = np.array(bounds).T
    best = min(
        optimize.minimize(loss, rng.uniform(low, high), bounds=bounds, method="L-BFGS-B").fun
        for _ in range(20)
    )
    assert float(ours.gp.log_marginal_likelihood[0]) >= -best - 1e-3


def test_batch_of_problems_is_each_problem_alone() -> None:
    rng = np.random.default_rng(0)
    X = torch.from_numpy(rng.random((5, 9, 2)))
    y = torch.from_numpy(rng.standard_normal((5, 9)))
    counts = torch.ones(5, 9).double()
    spec = SurrogateSpec(fit="map")
    together = fit(X, y, counts, spec, [np.random.default_rng(i) for i in range(5)])
    for i in range(5):
        alone = fit(X[i : i + 1], y[i : i + 1], counts[:1], spec, [np.random.default_rng(i)])
        torch.testing.assert_close(together.warm[i : i + 1], alone.warm, rtol=0, atol=1e-4)


def test_lecture_reports_before_and_after(real: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = real
    spec = STRATEGIES["lecture"].surrogate
    assert spec is not None
    quick = spec.model_copy(update={"restarts": 3})
    found = fit(
        torch.from_numpy(X[:12])[None],
        torch.from_numpy(y[:12])[None],
        torch.ones(1, 12).double(),
        quick,
        [np.random.default_rng(0)],
    )
    before, after = found.before.hyperparameters, found.gp.hyperparameters
    assert float(before.signal[0]) == pytest.approx(1.0)
    assert float(before.length_scales[0, 0]) == pytest.approx(1.0)
    assert float(found.gp.log_marginal_likelihood[0]) >= float(
        found.before.log_marginal_likelihood[0]
    )
    assert float(after.length_scales[0, 0]) == float(after.length_scales[0, 1])


def test_minimise_finds_bounded_minima() -> None:
    """Rosenbrock valleys with different curvatures, some with the minimum outside the box."""
    curvature = torch.tensor([1.0, 10.0, 100.0]).double()

    def rosenbrock(x: torch.Tensor, index: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        a = curvature[index]
        first, second = x[:, 0], x[:, 1]
        f = (1 - first).square() + a * (second - first.square()).square()
        g0 = -2 * (1 - first) - 4 * a * first * (second - first.square())
        return f, torch.stack([g0, 2 * a * (second - first.square())], -1)

    start = torch.tensor([[-1.0, 1.5]] * 3).double()
    inside = minimise(
        rosenbrock, start, torch.tensor([-3.0, -3.0]).double(), torch.full((2,), 3.0).double()
    )
    torch.testing.assert_close(inside.x, torch.ones(3, 2).double(), rtol=0, atol=2e-3)
    assert inside.converged.all()
    boxed = minimise(
        rosenbrock, start, torch.tensor([-3.0, -3.0]).double(), torch.tensor([0.5, 3.0]).double()
    )
    torch.testing.assert_close(boxed.x, torch.tensor([[0.5, 0.25]] * 3).double(), rtol=0, atol=2e-3)
