"""What sources tell of the target: a prior mean, and rows that take uncertainty away.

Under intrinsic coregionalisation with unit task variances (Goovaerts 1997; Bonilla, Chai, Williams,
NIPS 2007), the target function given the sources' data is again a Gaussian process: with c(x) the
covariances r_i k(S, x) of x with the source points, r_i the task correlation of each point's source
with the target, its mean is c(x) K_S^-1 y and its covariance k(x, x') - c(x) K_S^-1 c(x'). Both are
linear in the whitened features L_S^-1 c(x), which are all that is kept here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.batch import Batch
from tansaku.bo.device import to_device
from tansaku.bo.kernels import BatchedKernel, Kernel, squared_distance
from tansaku.bo.kernels.smooth import smooth_correlation

FEW = 64
"""Processes up to which it is looked which of them see the sources alike: a live search, not a
study."""
TINY = 1e-12
"""Share of a number below which only rounding is left."""


@dataclass(frozen=True, slots=True)
class ConditionedPrior(Batch):
    """The sources as b processes see them.

    Attributes:
        kernel: The correlation function.
        X: Source points, shape (b, m, d); rows beyond a source's own are zero in ``root``.
        length_scales: Shape (b, d).
        root: Inverse Cholesky factors of the source's covariance at unit signal, shape (b, m, m).
        reach: Correlation of each point's source with the target times the square root of the
            target's signal variance, shape (b, m); 0 where the source plays no part.
        white: Whitened source values, so that the prior mean is ``white`` . rows, shape (b, m).
    """

    kernel: Kernel
    X: Float[Tensor, "b m d"]
    length_scales: Float[Tensor, "b d"]
    root: Float[Tensor, "b m m"]
    reach: Float[Tensor, "b m"]
    white: Float[Tensor, "b m"]

    def rows(self, points: Float[Tensor, "b N d"]) -> Float[Tensor, "b m N"]:
        """What of the prior covariance the sources explain: rows(A)^T rows(B), standardised."""
        if points.requires_grad:  # a climb between the settings of a space without a list
            correlation = smooth_correlation(self.kernel, self.X, points, self.length_scales)
            return (self.root * self.reach.unsqueeze(-2)) @ correlation
        k = len(points)
        if 1 < k <= FEW and points.stride(0) == 0 and points.shape[1] > self.X.shape[1]:
            first, alike, times = self._alike()
            if len(first) < k:
                found = self.take(first)._rows(points[: len(first)])
                return found[alike] * times.view(-1, 1, 1)
        return self._rows(points)

    def _rows(self, points: Float[Tensor, "b N d"]) -> Float[Tensor, "b m N"]:
        correlation = self.kernel.value(squared_distance(self.X, points, self.length_scales))
        return (self.root * self.reach.unsqueeze(-2)) @ correlation

    def _alike(self) -> tuple[Int[Tensor, " g"], Int[Tensor, " b"], Float[Tensor, " b"]]:
        """(first processes of their kind, kind of each process, its reach in that of the first):
        of one kind are those that see the sources under the same sample, but for their reach."""
        size = self.reach.abs().amax(-1)
        unit = self.reach / size.clamp_min(TINY).unsqueeze(-1)
        turn = (
            self.kernel.which
            if isinstance(self.kernel, BatchedKernel)
            else size.new_zeros(len(size))
        )
        parts = (turn, self.length_scales, unit, self.root)
        first: list[int] = []
        alike: list[int] = []
        for i in range(len(size)):
            same = (
                g
                for g, j in enumerate(first)
                if size[j] > 0 and all(torch.allclose(v[i], v[j], rtol=TINY, atol=0) for v in parts)
            )
            alike.append(next(same, len(first)))
            if alike[-1] == len(first):
                first.append(i)
        index, kinds = (to_device(np.array(v, dtype=np.int64)) for v in (first, alike))
        own = size[index][kinds]
        return index, kinds, torch.where(own > 0, size / own.clamp_min(TINY), torch.ones_like(own))

    def as_seen(
        self, signal: Float[Tensor, " b"]
    ) -> tuple[Float[Tensor, " m"], Float[Tensor, " m"], Float[Tensor, " m"]]:
        """What the first process takes the source points for that play a part: their correlations
        with the target, and, standardised, their values about their level as the target would have
        them, and the variances of their errors; ``signal`` is the target's signal variance."""
        part, size = self.reach[0] != 0, signal[0].sqrt()
        lower = torch.linalg.inv(self.root[0][part][:, part])
        values = size * (lower @ self.white[0][part])
        return self.reach[0][part] / size, values, signal[0] * (lower.square().sum(-1) - 1)

    def mean(self, rows: Float[Tensor, "b m N"]) -> Float[Tensor, "b N"]:
        """Prior mean at the points of these rows, standardised, up to the target's own mean."""
        return (self.white.unsqueeze(-2) @ rows).squeeze(-2)
