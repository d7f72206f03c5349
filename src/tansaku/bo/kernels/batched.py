"""Several kernels in one batch: each element of the leading axis has its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.batch import Batch
from tansaku.bo.kernels.kernel import KERNELS, Kernel
from tansaku.design import Floats

SEPARATOR = "+"
"""Between the names of kernels in a strategy that are averaged over: ``matern52+rbf``."""


@dataclass(frozen=True, slots=True)
class BatchedKernel(Batch, Kernel):
    """Kernel ``which[i]`` of ``kernels`` for element i of the leading axis.

    Attributes:
        kernels: The kernels.
        which: Index into ``kernels``, shape (b,).
    """

    kernels: tuple[Kernel, ...]
    which: Int[Tensor, " b"]

    def value(self, s: Float[Tensor, "b *shape"]) -> Float[Tensor, "b *shape"]:
        """k(s), each element by its kernel."""
        return self._each("value", s)

    def slope(self, s: Float[Tensor, "b *shape"]) -> Float[Tensor, "b *shape"]:
        """dk/ds, each element by its kernel."""
        return self._each("slope", s)

    def frequencies(self, rng: np.random.Generator, n: int, d: int) -> Floats:
        """Of the one kernel of a batch of one."""
        (kernel,) = self.which.tolist()
        return self.kernels[kernel].frequencies(rng, n, d)

    def _each(self, part: str, s: Float[Tensor, "b *shape"]) -> Float[Tensor, "b *shape"]:
        out = torch.empty_like(s)
        for i, kernel in enumerate(self.kernels):
            mine = (self.which == i).nonzero().squeeze(-1)
            if len(mine) == len(s):
                return cast("Tensor", getattr(kernel, part)(s))
            if len(mine):
                out[mine] = getattr(kernel, part)(s[mine])
        return out


def kernels_named(names: str) -> tuple[Kernel, ...]:
    """The kernels of a name such as ``matern52`` or ``matern52+rbf``."""
    return tuple(KERNELS[name] for name in names.split(SEPARATOR))
