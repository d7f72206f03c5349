"""Matern kernels of order 1/2, 3/2 and 5/2: Rasmussen and Williams, GPML (2006), eq. 4.14-4.17."""

from __future__ import annotations

import math

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.kernels.kernel import KERNELS, Kernel, student_frequencies
from tansaku.design import Floats

_ROOT3 = math.sqrt(3.0)
_ROOT5 = math.sqrt(5.0)


class _Matern12(Kernel):
    def frequencies(self, rng: np.random.Generator, n: int, d: int) -> Floats:
        return student_frequencies(rng, n, d, 1.0)

    def value(self, s: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return torch.exp(-s.sqrt())

    def slope(self, s: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        r = s.sqrt()
        return torch.where(r > 0, -0.5 * torch.exp(-r) / r, torch.zeros_like(r))


class _Matern32(Kernel):
    def frequencies(self, rng: np.random.Generator, n: int, d: int) -> Floats:
        return student_frequencies(rng, n, d, 3.0)

    def value(self, s: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        r = _ROOT3 * s.sqrt()
        return (1 + r) * torch.exp(-r)

    def slope(self, s: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return -1.5 * torch.exp(-_ROOT3 * s.sqrt())


class _Matern52(Kernel):
    def frequencies(self, rng: np.random.Generator, n: int, d: int) -> Floats:
        return student_frequencies(rng, n, d, 5.0)

    def value(self, s: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        r = (5.0 * s).sqrt_()
        polynomial = torch.add(r, s, alpha=5.0 / 3.0).add_(1.0)
        return r.neg_().exp_().mul_(polynomial)  # in place: studies spend most of their time here

    def slope(self, s: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        r = (5.0 * s).sqrt_()
        polynomial = r.add(1.0).mul_(-5.0 / 6.0)
        return r.neg_().exp_().mul_(polynomial)


MATERN12 = KERNELS.add("matern12", _Matern12())
MATERN32 = KERNELS.add("matern32", _Matern32())
MATERN52 = KERNELS.add("matern52", _Matern52())
