"""The bank of hyperparameter settings: its evidence, its bookkeeping, its answers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from tansaku.bo.kernels import KERNELS, Several
from tansaku.bo.shortlist import over
from tansaku.bo.surrogates import Fitted, Listed, fit
from tansaku.bo.surrogates.bank import (
    LARGEST,
    SIGNAL_RATE,
    SIGNAL_SHAPE,
    MarginalLikelihood,
    kernel_with,
    log_weight_of_scatter,
    settings_for,
)
from tansaku.bo.surrogates.posterior import Posterior
from tansaku.design import Floats
from tansaku.strategy import SurrogateSpec
from tests.seeds import generator

KERNEL = KERNELS["matern52"]


def gathered(X: Floats, z: Floats, counts: Floats | None = None) -> MarginalLikelihood:
    """The evidence of one problem, measurement by measurement; ``z`` are standardised values."""
    settings = settings_for(X.shape[1])
    evidence = MarginalLikelihood.nothing(1, settings)
    k = np.ones(len(z)) if counts is None else counts
    for i in range(len(z)):
        x = torch.from_numpy(X[[i]])
        cross = kernel_with(KERNEL, settings, torch.from_numpy(X[:i])[None], x)
        so_far = torch.from_numpy(z[None, : i + 1])
        evidence = evidence.add(settings, cross, x, so_far, torch.from_numpy(k[[i]]))
    return evidence


def standard(y: Floats) -> Floats:
    """Values -> mean 0, sd 1, as the model standardises them."""
    return np.asarray((y - y.mean()) / y.std(ddof=1))


def correlation(X: Floats, which: int, counts: Floats | None = None) -> Floats:
    """Covariance of the data at unit signal variance under one setting."""
    settings = settings_for(X.shape[1])
    scaled = torch.from_numpy(X) / settings.length_scales[which]
    K = KERNEL.value(torch.cdist(scaled, scaled).square()).numpy()
    k = np.ones(len(X)) if counts is None else counts
    return K + float(settings.noise[which]) * np.diag(1 / k)


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
    settings = settings_for(2)
    ours = gathered(X, z).log_weights(settings)[0][0] - settings.log_prior
    each = {a: by_integration(z, correlation(X, a)) for a in (0, 12, 30, 60)}
    for a, b in ((0, 12), (30, 60)):
        assert float(ours[a] - ours[b]) == pytest.approx(np.log(each[a] / each[b]), abs=1e-4)
    against = float(log_weight_of_scatter(torch.from_numpy(z)[None])[0] - ours[30])
    assert against == pytest.approx(np.log(by_integration(z, np.eye(3)) / each[30]), abs=1e-4)


@pytest.mark.parametrize("prior", [0.1, 0.6])
def test_probability_that_the_inputs_tell_nothing_by_integration(prior: float) -> None:
    """Five values in a unit of their own, against all settings of the bank."""
    rng = generator(4)
    X, y = rng.random((5, 2)), 100 + 7 * rng.standard_normal(5)
    z, shares = standard(y), settings_for(2).log_prior.exp().tolist()
    own = sum(p * by_integration(z, correlation(X, h), 4) for h, p in enumerate(shares))
    nothing = by_integration(z, np.eye(5), 4)
    expected = prior * nothing / (prior * nothing + (1 - prior) * own)
    found = learned(X, y, SurrogateSpec(scatter=prior)).scatter
    assert found is not None
    assert 1e-3 < expected < 1 - 1e-3
    assert float(found[0]) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("counts", [None, np.array([1.0, 2, 1, 3, 1, 1, 5, 1, 1, 1, 1, 2])])
def test_row_by_row_equals_all_at_once(real: tuple[Floats, Floats], counts: Floats | None) -> None:
    X, z = real[0][:12], standard(real[1][:12])
    evidence = gathered(X, z, counts)
    for which in (0, 20, 40, 63):
        K = correlation(X, which, counts)
        L = np.linalg.cholesky(K)
        np.testing.assert_allclose(
            evidence.inverse[0, which, :12, :12].numpy(), np.linalg.inv(L), rtol=1e-7, atol=1e-7
        )
        assert float(evidence.half_log_det[0, which]) == pytest.approx(np.log(np.diag(L)).sum())
        np.testing.assert_allclose(
            evidence.values[0, which].numpy(), np.linalg.solve(L, z), rtol=1e-7, atol=1e-7
        )


def test_warm_and_cold_answers_agree(real: tuple[Floats, Floats]) -> None:
    X, y = real
    spec = SurrogateSpec()

    def learned(n: int, warm: object = None) -> object:
        tensors = [torch.from_numpy(v)[None] for v in (X[:n], y[:n], np.ones(n))]
        return fit(*tensors, spec, [generator(0)], warm=warm)

    warm = learned(9)
    pool = torch.from_numpy(X).expand(spec.components, -1, -1)
    after = learned(10, warm.warm).gp.predict(pool)
    cold = learned(10).gp.predict(pool)
    for a, b in zip(after, cold, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-9)


def test_draws_follow_the_weights(real: tuple[Floats, Floats]) -> None:
    X, y = real[0][:10], real[1][:10]
    settings = settings_for(2)
    weights = torch.softmax(gathered(X, standard(y)).log_weights(settings)[0][0], -1).numpy()
    rngs = [generator(seed) for seed in range(500)]
    many = [torch.from_numpy(np.stack([v] * 500)) for v in (X, y, np.ones(10))]
    drawn = fit(*many, SurrogateSpec(), rngs).gp.hyperparameters.length_scales[:, 0]
    seen = np.array([np.isclose(drawn, float(s)).mean() for s in settings.length_scales[:, 0]])
    assert np.abs(seen - weights).max() < 0.03


def test_one_column_has_shared_settings_only() -> None:
    settings = settings_for(1)
    assert settings.length_scales.shape == (64, 1)
    assert float(settings.log_prior.exp().sum()) == pytest.approx(1.0)
    assert (settings.length_scales[1:] > settings.length_scales[:-1]).all()


def test_many_measurements_are_fitted_by_maximisation_and_said_so() -> None:
    rng = generator(0)
    n = LARGEST + 1
    X = rng.random((1, n, 2))
    y = np.sin(5 * X[..., 0]) + 0.1 * rng.standard_normal((1, n))
    tensors = [torch.from_numpy(v) for v in (X, y, np.ones((1, n)))]
    found = fit(*tensors, SurrogateSpec(restarts=1), [rng])
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
        return fit(*tensors, spec, rngs, listed=where, warm=warm)

    plain, early = learned(12, listed=False), learned(5, listed=True)
    quick = learned(12, listed=True, warm=early.warm)
    assert plain.posterior is None
    assert quick.posterior is not None
    wanted = Posterior.over(plain.gp, pool)
    for part in ("mean", "variance", "noise", "at_data", "solved"):
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
    found = learned(X[:30], np.sin(3 * X[:30, 0]), SurrogateSpec(components=16))
    gp, where = found.distinct()
    assert where is not None
    assert len(gp.alpha) < len(found.gp.alpha) == len(where) == 16
    pool = torch.from_numpy(X)
    one, other = over(found, pool), Posterior.over(found.gp, pool)
    torch.testing.assert_close(one.mean, other.mean, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(one.solved, other.solved, rtol=1e-12, atol=1e-12)


def learned(X: Floats, y: Floats, spec: SurrogateSpec) -> Fitted:
    """One problem, fitted."""
    tensors = [torch.from_numpy(v)[None] for v in (X, y, np.ones(len(y)))]
    return fit(*tensors, spec, [generator(0)])


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


def test_settings_take_kernels_in_turn() -> None:
    rng = generator(1)
    X, y = rng.random((6, 2)), rng.standard_normal(6)
    found = learned(X, y, SurrogateSpec(kernel="matern52+rbf", components=64))
    kernel = found.gp.kernel
    assert isinstance(kernel, Several)
    scales = settings_for(2).length_scales
    for i, which in enumerate(kernel.which.tolist()):
        setting = (scales - found.gp.hyperparameters.length_scales[i]).abs().sum(-1).argmin()
        assert which == int(setting) % 2
