"""Intrinsic coregionalisation: the target is correlated with sources, by how much is averaged.

The covariance of point x in task i with x' in task j is B_ij k(x, x') (P. Goovaerts, Geostatistics
for Natural Resources Evaluation, 1997; E. V. Bonilla, K. M. A. Chai, C. K. I. Williams, NIPS 2007).
All sources and the target are tasks of one process; correlations may be negative. Mean, scale and
noise are the target's own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.device import to_device
from tansaku.bo.factorise import factorise
from tansaku.bo.surrogates.correlations import grid_of
from tansaku.bo.surrogates.multitask import Together
from tansaku.bo.surrogates.source_posterior import own_correlation
from tansaku.bo.surrogates.transfer_model import (
    Parts,
    Quadratic,
    TransferData,
    log_level,
    prior_of_signal,
    projected,
)
from tansaku.strategy import SurrogateSpec

SPREADS = (0.5, 1.0, 2.0)
"""How far the target spreads, times the source: within a factor of two, 1 twice as likely."""
SPREAD_PRIOR = (0.25, 0.5, 0.25)
NEAR, NEAR_PRIOR = 0.2, 0.5
"""Variance, in signal variances, of the target's level about the sources', where it is taken to be
near: the two differ by less than half a standard deviation, as likely as not; else the level is the
target's own."""
NOISES = (0.003, 0.03, 0.3)
"""Noise variances of the target over its signal variance: its own, whatever the source's was."""
SIGNAL_SHAPE = 1.5
"""Inverse-gamma law of the target's signal variance about the source's: worth three observations.
Of 1.5 and 3 the better on the open pairs of bench/transfer."""


@dataclass(frozen=True, slots=True)
class Coregionalised:
    """Settings: correlations x noises x H of the sources x (spreads x levels), for b problems.

    Attributes:
        sources: Which sources.
        together: What they taught.
        correlations: Multiple correlations of the target with all sources, length R.
        inverse: Inverse Cholesky factors of the target's data given the sources', at unit signal,
            shape (b, correlations x noises, H, n, n).
        quadratic: Shapes (b, correlations x noises, H, spreads x levels).
        log_weight: Shape (b, S).
    """

    sources: tuple[int, ...]
    together: Together
    correlations: tuple[float, ...]
    inverse: Float[Tensor, "b R H n n"]
    quadratic: Quadratic
    log_weight: Float[Tensor, "b S"]

    @classmethod
    def fit(
        cls,
        sources: tuple[int, ...],
        together: Together,
        transfer_data: TransferData,
        spec: SurrogateSpec,
    ) -> Coregionalised:
        """Hold the family against the target's data."""
        X, z, counts = transfer_data.data.X, transfer_data.data.z, transfer_data.data.counts
        b, n = z.shape
        correlations, log_prior_of_rho = grid_of(spec.correlation, spec.signs)
        rho, noise, spread = (z.new_tensor(v) for v in (correlations, NOISES, SPREADS))
        (R,), (V,), H, (G,) = rho.shape, noise.shape, len(together.toward), spread.shape
        rows, each = together.rows(X, transfer_data.kernel, transfer_data.settings), together.each
        signal = together.signal[each]
        white = together.white[each] * signal.sqrt().unsqueeze(-1)
        mean = (white.unsqueeze(-2) @ rows).view(b, 1, H, n, 1)
        told = (rows.mT @ rows).unsqueeze(1)
        own = own_correlation(together.which, X, transfer_data.kernel, transfer_data.settings)
        own = own.repeat_interleave(H // len(together.which), 1).unsqueeze(1)
        C = (own - rho.square().view(1, R, 1, 1, 1) * told).unsqueeze(2)
        C = C + torch.diag_embed(noise.view(V, 1, 1) / counts.view(b, 1, 1, 1, n))
        L = factorise(C.reshape(-1, n, n)).L.view(b, R * V, H, n, n)
        one = torch.eye(n, dtype=z.dtype, device=z.device).expand_as(L)
        inverse = torch.linalg.solve_triangular(L, one, upper=False)
        spread = spread.repeat_interleave(2)  # with a level near the sources', and with its own
        near = spread.new_tensor([1.0, 0.0] * G)
        expected = rho.repeat_interleave(V).view(1, R * V, 1, 1, 1) * mean * spread
        values = (inverse @ (z.view(b, 1, 1, n, 1) - expected)).mT
        ones = inverse.sum(-1).unsqueeze(-2).expand_as(values)
        rate = (SIGNAL_SHAPE - 1) * signal.view(H, 1) * spread.square()
        level, sure = together.level[each].view(H, 1), near / NEAR
        quadratic = Quadratic(
            half_log_det=-inverse.diagonal(dim1=-2, dim2=-1).log().sum(-1).unsqueeze(-1),
            ones=ones,
            values=values,
            precision=ones.square().sum(-1) + sure,
            along=(ones * values).sum(-1) + sure * level,
            squares=values.square().sum(-1) + sure * level.square(),
            shape=SIGNAL_SHAPE + 0.5 * (n - 1 + near),
            rate=rate,
        )
        log_prior = to_device(log_prior_of_rho).repeat_interleave(V).view(-1, 1, 1)
        log_prior = log_prior - math.log(H * V)
        log_prior = log_prior + z.new_tensor(SPREAD_PRIOR).log().repeat_interleave(2)
        of_level = z.new_tensor(
            [math.log(NEAR_PRIOR) - 0.5 * math.log(NEAR), math.log(1 - NEAR_PRIOR) + log_level()]
        )
        log_prior = log_prior + of_level.repeat(G)
        weight = quadratic.log_density() + prior_of_signal(SIGNAL_SHAPE, rate) + log_prior
        weight = weight.reshape(b, R * V * H * 2 * G)
        return cls(sources, together, correlations, inverse, quadratic, weight)

    @property
    def correlation(self) -> Float[Tensor, "b S t"]:
        """Of each setting."""
        rho, toward = self.log_weight.new_tensor(self.correlations), self.together.toward
        each = rho.view(-1, 1, 1, 1, 1) * toward.view(1, 1, len(toward), 1, -1)
        each = each.expand(-1, len(NOISES), -1, 2 * len(SPREADS), -1)
        return each.reshape(1, -1, toward.shape[-1]).expand(len(self.log_weight), -1, -1)

    def leave_one_out(self) -> Float[Tensor, "b S n"]:
        """Of each setting."""
        q = self.quadratic
        return q.leave_one_out(*projected(q, self.inverse)).flatten(1, -2)

    def parts(self, problem: Int[Tensor, " k"], at: Int[Tensor, " k"]) -> Parts:
        """Of the settings ``at`` of these problems."""
        H, G, V = len(self.together.toward), 2 * len(SPREADS), len(NOISES)
        signal, rest = self.quadratic.signal.flatten(1)[problem, at], at // G
        level = self.quadratic.level.flatten(1)[problem, at]
        level = torch.where(at % 2 == 0, level, torch.full_like(level, math.nan))
        spread, s, r = signal.new_tensor(SPREADS)[at % G // 2], rest % H, rest // H
        rho, expected = signal.new_tensor(self.correlations)[r // V], self.together.signal
        one = self.together.each[s]
        stretch = spread * (expected[one] / signal).sqrt()
        return Parts(
            which=self.together.which[one],
            signal=signal,
            noise=signal.new_tensor(NOISES)[r % V] * signal,
            root=self.inverse[problem, r, s],
            level=level,
            told=self.together.told(s, rho * signal.sqrt(), stretch),
        )
