"""Kernels with gradients: their values may be computed in place, which autograd cannot see."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.kernels.kernel import Kernel


def smooth_correlation(
    kernel: Kernel,
    A: Float[Tensor, "*#b n d"],
    B: Float[Tensor, "*#b m d"],
    length_scales: Float[Tensor, "*#b d"],
) -> Float[Tensor, "*b n m"]:
    """The correlation of all pairs, as a function that gradients pass through."""
    scale = length_scales.unsqueeze(-2)
    gap = (A / scale).unsqueeze(-2) - (B / scale).unsqueeze(-3)
    found: Tensor = _Correlation.apply(gap.square().sum(-1), kernel)  # type: ignore[no-untyped-call]
    return found


class _Correlation(torch.autograd.Function):
    """k(s) of any kernel; the kernel gives its slope."""

    @staticmethod
    def forward(ctx: Any, s: Tensor, kernel: Kernel) -> Tensor:
        ctx.save_for_backward(s)
        ctx.kernel = kernel
        return kernel.value(s.clone())

    @staticmethod
    def backward(ctx: Any, *grad: Tensor) -> tuple[Tensor, None]:
        (s,) = ctx.saved_tensors
        return grad[0] * ctx.kernel.slope(s), None
