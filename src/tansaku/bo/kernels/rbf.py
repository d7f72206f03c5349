"""RBF (squared exponential): Rasmussen and Williams, GPML (2006), eq. 4.9."""

from __future__ import annotations

import math

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.kernels.kernel import KERNELS, Kernel, student_frequencies
from tansaku.design import Floats


class _Rbf(Kernel):
    def frequencies(self, rng: np.random.Generator, n: int, d: int) -> Floats:
        return student_frequencies(rng, n, d, math.inf)

    def value(self, s: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return torch.exp(-0.5 * s)

    def slope(self, s: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return -0.5 * torch.exp(-0.5 * s)


RBF = KERNELS.add("rbf", _Rbf())
