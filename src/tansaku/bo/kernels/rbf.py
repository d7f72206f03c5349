"""RBF (squared exponential): Rasmussen and Williams, GPML (2006), eq. 4.9."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.kernels.kernel import KERNELS


class _Rbf:
    def degrees(self) -> float:
        return math.inf

    def value(self, s: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return torch.exp(-0.5 * s)

    def slope(self, s: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return -0.5 * torch.exp(-0.5 * s)


RBF = KERNELS.add("rbf", _Rbf())
