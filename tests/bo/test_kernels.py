"""Every kernel keeps the family's laws, and agrees with scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.gaussian_process.kernels import RBF as SkRBF
from sklearn.gaussian_process.kernels import Matern as SkMatern

from tansaku.bo.kernels import KERNELS, Kernel, squared_distance
from tests.seeds import allowed, generator

REFERENCE = {
    "rbf": lambda scales: SkRBF(scales),
    "matern12": lambda scales: SkMatern(scales, nu=0.5),
    "matern32": lambda scales: SkMatern(scales, nu=1.5),
    "matern52": lambda scales: SkMatern(scales, nu=2.5),
}


M12, M52, RBF = (KERNELS[name] for name in ("matern12", "matern52", "rbf"))
COMPOSED: dict[str, Kernel] = {"sum": M12 + RBF, "product": M52 * RBF, "both": M12 * RBF + M52}
EVERY = dict(KERNELS) | COMPOSED
REFERENCE |= {
    "sum": lambda scales: 0.5 * REFERENCE["matern12"](scales) + 0.5 * REFERENCE["rbf"](scales),
    "product": lambda scales: REFERENCE["matern52"](scales) * REFERENCE["rbf"](scales),
    "both": lambda scales: (
        0.5 * REFERENCE["matern12"](scales) * REFERENCE["rbf"](scales)
        + 0.5 * REFERENCE["matern52"](scales)
    ),
}


def test_every_kernel_has_a_reference() -> None:
    assert sorted(REFERENCE) == sorted(EVERY)


@pytest.mark.parametrize("name", sorted(EVERY))
@given(seed=st.integers(0, 10_000), n=st.integers(1, 12), d=st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_kernel_is_symmetric_positive_semidefinite_and_one_at_zero(
    name: str, seed: int, n: int, d: int
) -> None:
    rng = generator(seed)
    X = torch.from_numpy(rng.random((1, n, d)))
    scales = torch.from_numpy(rng.uniform(0.05, 3.0, (1, d)))
    K = EVERY[name].value(squared_distance(X, X, scales))[0]
    torch.testing.assert_close(K, K.T, rtol=0, atol=1e-12)
    torch.testing.assert_close(K.diagonal(), torch.ones(n, dtype=torch.float64))
    assert float(torch.linalg.eigvalsh(K).min()) > -1e-10
    assert float(K.min()) >= 0.0


@pytest.mark.parametrize("name", sorted(EVERY))
@pytest.mark.parametrize("d", [1, 2, 5])
def test_kernel_agrees_with_scikit_learn(name: str, d: int) -> None:
    rng = generator(d)
    A, B, scales = rng.random((9, d)), rng.random((7, d)), rng.uniform(0.1, 2.0, d)
    ours = EVERY[name].value(
        squared_distance(
            torch.from_numpy(A)[None], torch.from_numpy(B)[None], torch.from_numpy(scales)[None]
        )
    )[0]
    np.testing.assert_allclose(ours.numpy(), REFERENCE[name](scales)(A, B), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", sorted(EVERY))
def test_slope_is_the_derivative(name: str) -> None:
    s, step = torch.linspace(0.01, 9.0, 200, dtype=torch.float64), 1e-6
    kernel = EVERY[name]
    expected = (kernel.value(s + step) - kernel.value(s - step)) / (2 * step)
    torch.testing.assert_close(kernel.slope(s), expected, rtol=1e-6, atol=1e-9)
    assert torch.isfinite(kernel.slope(torch.zeros(1, dtype=torch.float64))).all()


@pytest.mark.parametrize("name", sorted(EVERY))
def test_frequencies_follow_the_spectral_law(name: str) -> None:
    """The mean of cos(w x) over the frequencies w is the kernel (Bochner)."""
    rng, kernel = generator(3), EVERY[name]
    X = rng.normal(size=(6, 2))
    waves = np.cos(kernel.frequencies(rng, 20_000, 2) @ X.T)
    for x, wave in zip(X, waves.T, strict=True):
        expected = float(kernel.value(torch.tensor([x @ x])))
        assert abs(wave.mean() - expected) < allowed(wave) < 0.05
