"""Shared data of the tests of the mathematics."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tansaku import datasets
from tansaku.bo.acquisition_input import AcquisitionInput
from tansaku.bo.engine import Landscape, Proposal
from tansaku.bo.objectives.improvement import Outcome
from tansaku.bo.objectives.utility import Front
from tansaku.bo.surrogates import GP, Fitted, Hyperparameters, Noise, standardise
from tansaku.design import Floats, Want
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


def believed_of(
    mean: Tensor, sd: Tensor, best: Tensor, want: Want | None = None, **more: Any
) -> AcquisitionInput:
    """What an acquisition sees of one goal: shapes (b, f, N), (b, f, N) and, what is to be beaten
    as goodness, (b, f, 1)."""
    goal = Outcome(mean.flatten(0, 1).unsqueeze(1), sd.flatten(0, 1).unsqueeze(1), want or Want())
    best = best.flatten(0, 1)
    front = Front(best.unsqueeze(1), torch.ones_like(best, dtype=torch.bool), best - 1)
    rngs = [generator(i) for i in range(len(mean))]
    told = {"sample": lambda: [mean[:, 0]], "way": "hypervolume"} | more
    return AcquisitionInput([goal], front, best, rngs=rngs, **told)


def fitted_of(found: Proposal | Landscape) -> Fitted:
    """The model of the only outcome."""
    (fitted,) = found.fitted
    assert fitted is not None
    return fitted


def area(points: Floats) -> Floats:
    """What points (.., k, 2) dominate of the first quadrant."""
    order = np.argsort(-points[..., 0], axis=-1)
    x, y = (np.take_along_axis(points[..., j], order, -1) for j in (0, 1))
    before = np.maximum.accumulate(y, -1)[..., :-1]
    before = np.concatenate([np.zeros_like(y[..., :1]), before], -1)
    return np.asarray((x * np.clip(y - before, 0, None)).sum(-1))
