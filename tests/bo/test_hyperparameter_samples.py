"""Hyperparameter samples: their marginal likelihood, its bookkeeping, and the answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from tansaku.bo.kernels import KERNELS, BatchedKernel
from tansaku.bo.posteriors import posterior_of
from tansaku.bo.surrogates import Fitted, Listed, Observations, fit
from tansaku.bo.surrogates.gp import standardise
from tansaku.bo.surrogates.hyperparameter_samples import (
    LARGEST,
    SIGNAL_RATE,
    SIGNAL_SHAPE,
    log_weight_of_null,
    samples_for,
    unit_factors,
)
from tansaku.bo.surrogates.mixture import fewest
from tansaku.bo.surrogates.posterior import Posterior
from tansaku.bo.surrogates.quadrature import Grid
from tansaku.design import Floats
from tansaku.strategy import STRATEGIES, SurrogateSpec
from tests.seeds import generator

KERNEL = KERNELS["matern52"]


def weighed(X: Floats, z: Floats) -> torch.Tensor:
    """ln weight of every sample in one problem; ``z`` are standardised values."""
    samples = samples_for(X.shape[1])
    one = Observations.plain(torch.from_numpy(X)[None], torch.from_numpy(z)[None])
    data = standardise(one.X, one.y, one.noise)
    kernel = BatchedKernel((KERNEL,), torch.zeros(len(samples.noise), dtype=torch.int64))
    return Grid.of(data, kernel, samples).closed()[0][0, 0, :-1]


def standard(y: Floats) -> Floats:
    """Values -> mean 0, sd 1, as the model standardises them."""
    return np.asarray((y - y.mean()) / y.std(ddof=1))


def correlation(X: Floats, which: int, counts: Floats | None = None) -> Floats:
    """Covariance of the data at unit signal variance under one sample."""
    samples = samples_for(X.shape[1])
    scaled = torch.from_numpy(X) / samples.length_scales[which]
    K = KERNEL.value(torch.cdist(scaled, scaled).square()).numpy()
    k = np.ones(len(X)) if counts is None else counts
    return K + float(samples.noise[which]) * np.diag(1 / k)


def by_integration(z: Floats, K: Floats, fine: int = 1) -> float:
    """Evidence of standardised values with covariance v K about one mean; the mean (flat) and v
    (inverse gamma) integrated by trapezoids, which are exact to rounding for a smooth function
    that vanishes outside."""
    law = stats.invgamma(SIGNAL_SHAPE, scale=SIGNAL_RATE)
    t, log_v = np.linspace(-14, 14, 1400 // fine + 1), np.linspace(-12, 30, 840 // fine + 1)
    off = z[:, None] - np.sinh(t)  # the tails are heavy
    squares = (off * np.linalg.solve(K, off)).sum(0)
    v = np.exp(log_v)
    density = np.exp(-0.5 * squares[:, None] / v) * np.cosh(t)[:, None]
    inside = integrate.trapezoid(density, t, axis=0)
    inside /= np.sqrt(np.linalg.det(2 * np.pi * K) * v ** len(z))
    return float(integrate.trapezoid(inside * law.pdf(v) * v, log_v))


def test_evidence_by_numerical_integration() -> None:
    """Three values; mean and signal variance are integrated out."""
    rng = generator(4)
    X, y = rng.random((3, 2)), rng.standard_normal(3)
    z = standard(y)
    samples = samples_for(2)
    ours = weighed(X, z) - samples.log_prior
    each = {a: by_integration(z, correlation(X, a)) for a in (0, 12, 30, 60)}
    for a, b in ((0, 12), (30, 60)):
        assert float(ours[a] - ours[b]) == pytest.approx(np.log(each[a] / each[b]), abs=1e-4)
    against = float(log_weight_of_null(torch.from_numpy(z)[None])[0] - ours[30])
    assert against == pytest.approx(np.log(by_integration(z, np.eye(3)) / each[30]), abs=1e-4)


@pytest.mark.parametrize("prior", [0.1, 0.6])
def test_probability_that_the_inputs_tell_nothing_by_integration(prior: float) -> None:
    """Five values in a unit of their own, against all samples."""
    rng = generator(4)
    X, y = rng.random((5, 2)), 100 + 7 * rng.standard_normal(5)
    z, shares = standard(y), samples_for(2).log_prior.exp().tolist()
    own = sum(p * by_integration(z, correlation(X, h), 4) for h, p in enumerate(shares))
    nothing = by_integration(z, np.eye(5), 4)
    expected = prior * nothing / (prior * nothing + (1 - prior) * own)
    found = learned(X, y, SurrogateSpec(scatter=prior)).scatter
    assert found is not None
    assert 1e-3 < expected < 1 - 1e-3
    assert float(found[0]) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("counts", [None, np.array([1.0, 2, 1, 3, 1, 1, 5, 1, 1, 1, 1, 2])])
def test_factors_are_those_of_dense_algebra(
    real: tuple[Floats, Floats], counts: Floats | None
) -> None:
    X, z = real[0][:12], standard(real[1][:12])
    tensors = [torch.from_numpy(v)[None] for v in (X, z, np.ones(12) if counts is None else counts)]
    one = Observations.plain(*tensors)
    data = standardise(one.X, one.y, one.noise)
    kernel = BatchedKernel((KERNEL,), torch.zeros(64, dtype=torch.int64))
    inverse = unit_factors(data, kernel, samples_for(2))
    for which in (0, 20, 40, 63):
        L = np.linalg.cholesky(correlation(X, which, counts))
        np.testing.assert_allclose(
            inverse[0, which].numpy(), np.linalg.inv(L), rtol=1e-7, atol=1e-7
        )


def test_draws_follow_the_weights(real: tuple[Floats, Floats]) -> None:
    X, y = real[0][:10], real[1][:10]
    samples = samples_for(2)
    weights = torch.softmax(weighed(X, standard(y)), -1).numpy()
    rngs = [generator(seed) for seed in range(500)]
    many = [torch.from_numpy(np.stack([v] * 500)) for v in (X, y, np.ones(10))]
    drawn = fit(Observations.plain(*many), SurrogateSpec(), rngs).gp.hyperparameters.length_scales[
        :, 0
    ]
    seen = np.array([np.isclose(drawn, float(s)).mean() for s in samples.length_scales[:, 0]])
    assert np.abs(seen - weights).max() < 0.03


def test_one_column_has_shared_samples_only() -> None:
    samples = samples_for(1)
    assert samples.length_scales.shape == (64, 1)
    assert float(samples.log_prior.exp().sum()) == pytest.approx(1.0)
    assert (samples.length_scales[1:] > samples.length_scales[:-1]).all()


def test_many_measurements_are_fitted_by_maximisation_and_said_so() -> None:
    rng = generator(0)
    n = LARGEST + 1
    X = rng.random((1, n, 2))
    y = np.sin(5 * X[..., 0]) + 0.1 * rng.standard_normal((1, n))
    tensors = [torch.from_numpy(v) for v in (X, y, np.ones((1, n)))]
    found = fit(Observations.plain(*tensors), SurrogateSpec(restarts=1), [rng])
    assert found.fit == "map"
    assert found.components == 1


def test_the_belief_of_a_study_is_that_of_the_processes(real: tuple[Floats, Floats]) -> None:
    """Over the whole pool, with a candidate that is measured twice, and with warm starts."""
    X, y = real
    rows = np.stack([generator(i).permutation(len(y))[:12] for i in range(9)])
    rows[:, 11] = rows[:, 3]
    pool, values = torch.from_numpy(X), 1e4 + 50 * y[rows]
    spec = SurrogateSpec(kernel="matern52+rbf", components=8)

    def learned(n: int, *, listed: bool, warm: object = None) -> Fitted:
        tensors = [torch.from_numpy(v[:, :n]) for v in (X[rows], values, 1.0 + rows % 3)]
        where = Listed(pool, torch.from_numpy(rows[:, :n])) if listed else None
        rngs = [generator(i) for i in range(9)]
        observed = replace(Observations.plain(*tensors), listed=where)
        return fit(observed, spec, rngs, start=warm)

    plain, early = learned(12, listed=False), learned(5, listed=True)
    quick = learned(12, listed=True, warm=early.warm)
    assert plain.posterior is None
    assert quick.posterior is not None
    wanted = Posterior.over(plain.gp, pool)
    for part in ("mean", "variance", "noise", "solved"):
        one, other = getattr(quick.posterior, part), getattr(wanted, part)
        torch.testing.assert_close(one, other, rtol=1e-8, atol=1e-8)
    index = torch.full((72,), 5)
    draws = torch.from_numpy(generator(0).standard_normal((72, 4)))
    for _again in range(2):
        one, other = quick.posterior.fantasize(index, draws), wanted.fantasize(index, draws)
        torch.testing.assert_close(one.mean, other.mean, rtol=1e-8, atol=1e-8)
        torch.testing.assert_close(one.solved, other.solved, rtol=1e-7, atol=1e-7)
    assert quick.scatter is not None
    torch.testing.assert_close(quick.scatter, plain.scatter, rtol=1e-8, atol=1e-12)
    for part in ("gp", "best", "before"):  # of the first problem
        one, other = (
            getattr(quick, part).alpha,
            getattr(plain, part).alpha[: 8 if part == "gp" else 1],
        )
        torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-8)


def test_alike_processes_are_asked_once(real: tuple[Floats, Floats]) -> None:
    X, _y = real
    spec = SurrogateSpec(components=17)  # a prime: all are kept unless all are the same
    found = learned(X[:18], np.sin(3 * X[:18, 0]), spec)
    gp, where = found.processes, found.which
    assert where is not None
    assert len(gp.alpha) < len(found.gp.alpha) == len(where) == 17
    pool = torch.from_numpy(X)
    one, other = posterior_of(found, pool, STRATEGIES["standard"]), Posterior.over(found.gp, pool)
    torch.testing.assert_close(one.mean, other.mean, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(one.solved, other.solved, rtol=1e-12, atol=1e-12)


def test_processes_that_are_all_drawn_as_often_are_one_each(real: tuple[Floats, Floats]) -> None:
    """A mixture of fewer, with the very same averages."""
    X, _y = real
    spec = SurrogateSpec(components=16)
    found = learned(X[:40], np.sin(3 * X[:40, 0]), spec)
    assert found.components < 16
    assert len(found.gp.alpha) == found.components
    drawn = torch.tensor([[4, 1, 4, 4, 4, 1]])
    for some in (drawn, drawn.repeat_interleave(3, 1), drawn[:, :3]):
        few = fewest(some)
        assert sorted(few[0].tolist()) == [1, 4, 4]
        shares = [each[0].bincount(minlength=5) / each.numel() for each in (some, few)]
        torch.testing.assert_close(*shares)


def learned(X: Floats, y: Floats, spec: SurrogateSpec) -> Fitted:
    """One problem, fitted."""
    tensors = [torch.from_numpy(v)[None] for v in (X, y, np.ones(len(y)))]
    return fit(Observations.plain(*tensors), spec, [generator(0)])


def test_noise_speaks_for_scatter_and_a_smooth_surface_against_it() -> None:
    """On the average over 20 tables of each kind, and more so with more measurements."""
    spec, shares = SurrogateSpec(kernel="matern52+rbf", scatter=0.1), {}
    for n in (10, 40):
        for kind in ("noise", "smooth"):
            found = []
            for seed in range(20):
                rng = generator([seed, n])
                X = rng.random((n, 2))
                smooth = np.sin(4 * X[:, 0]) + X[:, 1]
                y = rng.standard_normal(n) if kind == "noise" else smooth
                scatter = learned(X, y, spec).scatter
                assert scatter is not None
                found.append(float(scatter[0]))
            shares[kind, n] = float(np.mean(found))
    assert shares["noise", 40] > shares["noise", 10] > 0.1
    assert shares["smooth", 40] < shares["smooth", 10] < 0.05
    assert shares["smooth", 40] < 1e-6


def test_scatter_is_asked_for_or_absent() -> None:
    rng = generator(0)
    X, y = rng.random((8, 2)), rng.standard_normal(8)
    plain = learned(X, y, SurrogateSpec(scatter=0.0)).scatter
    assert plain is not None
    assert plain.tolist() == [0.0]
    assert learned(X, y, SurrogateSpec(fit="map")).scatter is None


def test_samples_take_kernels_in_turn() -> None:
    rng = generator(1)
    X, y = rng.random((6, 2)), rng.standard_normal(6)
    found = learned(X, y, SurrogateSpec(kernel="matern52+rbf", components=64))
    kernel = found.gp.kernel
    assert isinstance(kernel, BatchedKernel)
    scales = samples_for(2).length_scales
    for i, which in enumerate(kernel.which.tolist()):
        sample = (scales - found.gp.hyperparameters.length_scales[i]).abs().sum(-1).argmin()
        assert which == int(sample) % 2
