"""What every kernel offers, how kernels are composed, and the registry that holds them."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.design import Floats
from tansaku.registry import Registry
from tansaku.strategy import NAMES


class Kernel(ABC):
    """A stationary correlation k(s) of s = sum_j ((x_j - x'_j) / length_scale_j)^2, k(0) = 1.

    ``a + b`` is the mean of two correlations (as variances are learned apart from them, a sum of
    kernels is known up to its height), ``a * b`` their product; both are correlations again.

    Example:
        >>> both = KERNELS["rbf"] + KERNELS["rbf"] * KERNELS["rbf"]
        >>> float(both.value(torch.zeros(1)))
        1.0
    """

    @abstractmethod
    def value(self, s: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """k(s), any shape; ``s`` is left as it is. Steps may be in place, so autograd does not
        pass through: ``slope`` is the derivative."""

    @abstractmethod
    def slope(self, s: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """dk/ds, any shape; 0 where s = 0 and the limit is infinite (it meets a factor s there)."""

    @abstractmethod
    def frequencies(self, rng: np.random.Generator, n: int, d: int) -> Floats:
        """n draws from the spectral law at unit length scales, shape (n, d): the mean of cos(w x)
        over w is k (Bochner; Rasmussen and Williams 2006, eq. 4.5)."""

    def __add__(self, other: Kernel) -> Kernel:
        return _Sum(self, other)

    def __mul__(self, other: Kernel) -> Kernel:
        return _Product(self, other)


class _Pair(Kernel):
    def __init__(self, one: Kernel, other: Kernel) -> None:
        self.one, self.other = one, other


class _Sum(_Pair):
    """The mean of two correlations: its frequencies are those of either, as often as not."""

    def value(self, s: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return 0.5 * (self.one.value(s) + self.other.value(s))

    def slope(self, s: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return 0.5 * (self.one.slope(s) + self.other.slope(s))

    def frequencies(self, rng: np.random.Generator, n: int, d: int) -> Floats:
        one, other = (each.frequencies(rng, n, d) for each in (self.one, self.other))
        return np.where(rng.random((n, 1)) < 0.5, one, other)


class _Product(_Pair):
    """The product of two correlations: its frequencies are sums of theirs."""

    def value(self, s: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return self.one.value(s) * self.other.value(s)

    def slope(self, s: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        one, other = self.one, self.other
        return one.slope(s) * other.value(s) + one.value(s) * other.slope(s)

    def frequencies(self, rng: np.random.Generator, n: int, d: int) -> Floats:
        return self.one.frequencies(rng, n, d) + self.other.frequencies(rng, n, d)


KERNELS: Registry[Kernel] = Registry("kernel", NAMES["kernel"])


def student_frequencies(rng: np.random.Generator, n: int, d: int, degrees: float) -> Floats:
    """Draws from a multivariate Student t law, the spectral law of Matern kernels with 2 nu
    ``degrees`` of freedom and, with infinitely many, of RBF (Rasmussen and Williams 2006,
    eq. 4.15), shape (n, d)."""
    found = rng.standard_normal((n, d))
    if math.isfinite(degrees):
        found *= np.sqrt(degrees / rng.chisquare(degrees, (n, 1)))
    return found


def squared_distance(
    A: Float[Tensor, "*#b n d"], B: Float[Tensor, "*#b m d"], length_scales: Float[Tensor, "*#b d"]
) -> Float[Tensor, "*b n m"]:
    """Scaled squared distances, summed over the columns; leading axes broadcast."""
    scale = length_scales.unsqueeze(-2)
    distance = torch.cdist(A / scale, B / scale, compute_mode="donot_use_mm_for_euclid_dist")
    return distance.square_()
