"""Kernels with gradients, and a source seen from between the settings of a space."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tansaku.bo.kernels import KERNELS, squared_distance
from tansaku.bo.kernels.smooth import smooth_correlation
from tansaku.bo.search import _cross
from tansaku.bo.surrogates import Observations, fit
from tansaku.design import SourceData
from tansaku.strategy import STRATEGIES
from tests.seeds import generator


@pytest.mark.parametrize("name", KERNELS)
def test_gradients_are_differences(name: str) -> None:
    rng = generator(0)
    A, B = (torch.from_numpy(rng.random((2, n, 3))) for n in (4, 5))
    scales = torch.from_numpy(rng.random((2, 3)) + 0.3)
    kernel = KERNELS[name]
    plain = kernel.value(squared_distance(A, B, scales))
    torch.testing.assert_close(smooth_correlation(kernel, A, B, scales), plain)
    assert torch.autograd.gradcheck(
        lambda points: smooth_correlation(kernel, A, points, scales), B.requires_grad_()
    )


def test_a_climb_sees_the_source() -> None:
    """Covariances with gradients are those without: what a source explains is taken off both."""
    rng = generator(1)
    X, y = rng.random((1, 5, 2)), rng.standard_normal((1, 5))
    older = SourceData(rng.random((12, 2)), rng.standard_normal(12), np.ones(12))
    spec = STRATEGIES["transfer"].surrogate
    assert spec is not None
    fitted = fit(
        Observations.plain(torch.from_numpy(X), torch.from_numpy(y)),
        spec,
        [generator(2)],
        sources=[older],
    )
    assert fitted.gp.source is not None
    points = torch.from_numpy(rng.random((7, 2)))
    wanted = fitted.gp.cross(points.expand(len(fitted.gp.alpha), -1, -1))
    torch.testing.assert_close(_cross(fitted.gp, points), wanted)
    torch.testing.assert_close(_cross(fitted.gp, points.clone().requires_grad_()), wanted)
    _cross(fitted.gp, points.requires_grad_()).sum().backward()
    assert points.grad is not None
    assert points.grad.abs().max() > 0
