"""What every kernel offers, and the registry that holds them."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.registry import Registry
from tansaku.strategy import NAMES


@runtime_checkable
class Kernel(Protocol):
    """A stationary correlation k(s) of s = sum_j ((x_j - x'_j) / length_scale_j)^2, k(0) = 1.

    Values may be computed in place, so autograd does not pass through; ``slope`` is the derivative.
    """

    def value(self, s: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """k(s), any shape."""

    def slope(self, s: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """dk/ds, any shape; 0 where s = 0 and the limit is infinite (it meets a factor s there)."""

    def degrees(self) -> float:
        """Degrees of freedom of the Student t law of its frequencies, 2 nu; infinite for the
        normal law of RBF (Rasmussen and Williams 2006, eq. 4.15)."""


KERNELS: Registry[Kernel] = Registry("kernel", NAMES["kernel"])


def squared_distance(
    A: Float[Tensor, "*#b n d"], B: Float[Tensor, "*#b m d"], length_scales: Float[Tensor, "*#b d"]
) -> Float[Tensor, "*b n m"]:
    """Scaled squared distances, summed over the columns; leading axes broadcast."""
    scale = length_scales.unsqueeze(-2)
    distance = torch.cdist(A / scale, B / scale, compute_mode="donot_use_mm_for_euclid_dist")
    return distance.square_()
