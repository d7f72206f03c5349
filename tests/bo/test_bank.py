"""The bank of hyperparameter settings: its evidence, its bookkeeping, its answers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from tansaku.bo.kernels import KERNELS
from tansaku.bo.surrogates import Fitted, Listed, fit, standardise
from tansaku.bo.surrogates.bank import (
    LARGEST,
    SIGNAL_RATE,
    SIGNAL_SHAPE,
    Evidence,
    _kernel_with,
    settings_for,
)
from tansaku.design import Floats
from tansaku.strategy import SurrogateSpec

KERNEL = KERNELS["matern52"]


def gathered(X: Floats, y: Floats, counts: Floats | None = None) -> Evidence:
    """The evidence of one problem, measurement by measurement."""
    settings = settings_for(X.shape[1])
    evidence = Evidence.nothing(1, settings)
    k = np.ones(len(y)) if counts is None else counts
    for i in range(len(y)):
        x = torch.from_numpy(X[[i]])
        cross = _kernel_with(KERNEL, settings, torch.from_numpy(X[:i])[None], x)
        evidence = evidence.add(
            settings, cross, x, torch.from_numpy(y[[i]]), torch.from_numpy(k[[i]])
        )
    return evidence


def correlation(X: Floats, which: int, counts: Floats | None = None) -> Floats:
    """Covariance of the data at unit signal variance under one setting."""
    settings = settings_for(X.shape[1])
    scaled = torch.from_numpy(X) / settings.length_scales[which]
    K = KERNEL.value(torch.cdist(scaled, scaled).square()).numpy()
    k = np.ones(len(X)) if counts is None else counts
    return K + float(settings.noise[which]) * np.diag(1 / k)


def test_evidence_by_numerical_integration() -> None:
    """Three values; mean (flat) and signal variance (inverse gamma) integrated by quadrature."""
    rng = np.random.default_rng(4)
    X, y = rng.random((3, 2)), rng.standard_normal(3)
    data = standardise(*(torch.from_numpy(v)[None] for v in (X, y, np.ones(3))))
    z = data.z[0].numpy()
    settings = settings_for(2)
    ours = gathered(X, y).log_weights(settings, data)[0][0] - settings.log_prior
    law = stats.invgamma(SIGNAL_SHAPE, scale=SIGNAL_RATE)

    def integral(which: int) -> float:
        K = correlation(X, which)

        def density(mean: float, log_v: float) -> float:
            v = np.exp(log_v)
            return float(stats.multivariate_normal.pdf(z, np.full(3, mean), v * K) * law.pdf(v) * v)

        return float(integrate.dblquad(density, -7, 7, -25, 25, epsabs=1e-10, epsrel=1e-8)[0])

    for a, b in ((0, 12), (30, 60)):
        expected = np.log(integral(a) / integral(b))
        assert float(ours[a] - ours[b]) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("counts", [None, np.array([1.0, 2, 1, 3, 1, 1, 5, 1, 1, 1, 1, 2])])
def test_row_by_row_equals_all_at_once(real: tuple[Floats, Floats], counts: Floats | None) -> None:
    X, y = real[0][:12], real[1][:12]
    evidence = gathered(X, y, counts)
    for which in (0, 20, 40, 63):
        K = correlation(X, which, counts)
        L = np.linalg.cholesky(K)
        np.testing.assert_allclose(
            evidence.inverse[0, which, :12, :12].numpy(), np.linalg.inv(L), rtol=1e-7, atol=1e-7
        )
        assert float(evidence.half_log_det[0, which]) == pytest.approx(np.log(np.diag(L)).sum())
        np.testing.assert_allclose(
            evidence.values[0, which].numpy(), np.linalg.solve(L, y), rtol=1e-7, atol=1e-7
        )


def test_warm_and_cold_answers_agree(real: tuple[Floats, Floats]) -> None:
    X, y = real
    spec = SurrogateSpec()

    def learned(n: int, warm: object = None) -> object:
        tensors = [torch.from_numpy(v)[None] for v in (X[:n], y[:n], np.ones(n))]
        return fit(*tensors, spec, [np.random.default_rng(0)], warm=warm)

    warm = learned(9)
    pool = torch.from_numpy(X).expand(spec.components, -1, -1)
    after = learned(10, warm.warm).gp.predict(pool)
    cold = learned(10).gp.predict(pool)
    for a, b in zip(after, cold, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-9)


def test_draws_follow_the_weights(real: tuple[Floats, Floats]) -> None:
    X, y = real[0][:10], real[1][:10]
    data = standardise(*(torch.from_numpy(v)[None] for v in (X, y, np.ones(10))))
    settings = settings_for(2)
    weights = torch.softmax(gathered(X, y).log_weights(settings, data)[0][0], -1).numpy()
    tensors = [torch.from_numpy(v)[None] for v in (X, y, np.ones(10))]
    drawn = []
    for seed in range(500):
        found = fit(*tensors, SurrogateSpec(), [np.random.default_rng(seed)])
        drawn += found.gp.hyperparameters.length_scales[:, 0].tolist()
    seen = np.array([np.isclose(drawn, float(s)).mean() for s in settings.length_scales[:, 0]])
    assert np.abs(seen - weights).max() < 0.03


def test_one_column_has_shared_settings_only() -> None:
    settings = settings_for(1)
    assert settings.length_scales.shape == (64, 1)
    assert float(settings.log_prior.exp().sum()) == pytest.approx(1.0)
    assert (settings.length_scales[1:] > settings.length_scales[:-1]).all()


def test_many_measurements_are_fitted_by_maximisation_and_said_so() -> None:
    rng = np.random.default_rng(0)
    n = LARGEST + 1
    X = rng.random((1, n, 2))
    y = np.sin(5 * X[..., 0]) + 0.1 * rng.standard_normal((1, n))
    tensors = [torch.from_numpy(v) for v in (X, y, np.ones((1, n)))]
    found = fit(*tensors, SurrogateSpec(restarts=1), [rng])
    assert found.fit == "map"
    assert found.components == 1


def test_looking_kernels_up_changes_nothing(real: tuple[Floats, Floats]) -> None:
    X, y = real
    rows = np.stack([np.random.default_rng(i).permutation(len(y))[:7] for i in range(9)])
    pool = torch.from_numpy(X)
    tensors = [torch.from_numpy(v) for v in (X[rows], y[rows], np.ones(rows.shape))]

    def learned(listed: Listed | None) -> Fitted:
        rngs = [np.random.default_rng(i) for i in range(9)]
        return fit(*tensors, SurrogateSpec(), rngs, listed=listed)

    plain, quick = learned(None), learned(Listed(pool, torch.from_numpy(rows)))
    assert plain.cross is None
    assert quick.cross is not None
    cross = plain.gp.cross(pool.expand(len(plain.gp.alpha), -1, -1))
    torch.testing.assert_close(quick.cross, cross, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(quick.gp.alpha, plain.gp.alpha, rtol=1e-8, atol=1e-8)
