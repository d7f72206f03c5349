"""Shared data of the tests of the mathematics."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tansaku import datasets
from tansaku.bo.surrogates import GP, Hyperparameters, Noise, standardise
from tansaku.design import Floats
from tests.seeds import generator


def table(name: str) -> tuple[Floats, Floats]:
    """Encoded inputs (n, 2) and log10 conductivity (n,) of a shipped table."""
    frame = datasets.load(name).dropna()
    columns = {
        "lczsp_49": ["x_Si", "y_Ca", "sigma_S_cm"],
        "lyczp_47": ["x_Y", "y_Ca", "sigma_lowT_S_cm"],
    }[name]
    raw = frame[columns].to_numpy(dtype=np.float64)
    X = (raw[:, :2] - raw[:, :2].min(0)) / np.ptp(raw[:, :2], axis=0)
    return X, np.log10(raw[:, 2])


@pytest.fixture(params=["lczsp_49", "lyczp_47"])
def real(request: pytest.FixtureRequest) -> tuple[Floats, Floats]:
    """X (n, 2) in [0, 1] and y (n,) of a real table, rows shuffled."""
    X, y = table(request.param)
    order = generator(3).permutation(len(y))
    return X[order], y[order]


def conditioned(
    X: Floats,
    y: Floats,
    *,
    kernel: object,
    scales: list[float],
    signal: float,
    noise: float,
    constant_mean: bool = False,
    nugget: float = 0.0,
    unbiased: bool = False,
) -> GP:
    """One GP (b = 1) at given hyperparameters."""
    data = standardise(
        torch.from_numpy(X)[None],
        torch.from_numpy(y)[None],
        Noise.of(torch.ones(1, len(y), dtype=torch.float64)),
        unbiased=unbiased,
    )
    one = torch.ones(1, dtype=torch.float64)
    h = Hyperparameters(torch.tensor([scales], dtype=torch.float64), signal * one, noise * one)
    return GP.condition(kernel, h, data, constant_mean=constant_mean, nugget=nugget)
