"""Intrinsic coregionalisation: the target is correlated with the source, by how much is averaged.

The covariance of point x in task i with x' in task j is B_ij k(x, x') (P. Goovaerts, Geostatistics
for Natural Resources Evaluation, 1997; E. V. Bonilla, K. M. A. Chai, C. K. I. Williams, NIPS 2007).
Of two tasks B is any positive definite matrix, that is of full rank: two variances and a
correlation that may be negative. Mean, scale and noise are the target's own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.device import to_device
from tansaku.bo.factorise import factorise
from tansaku.bo.surrogates.correlations import CORRELATIONS, log_prior_of
from tansaku.bo.surrogates.learnt import Learnt, own_correlation
from tansaku.bo.surrogates.voice import (
    Parts,
    Quadratic,
    Scene,
    log_level,
    prior_of_signal,
    projected,
)

FROM_SOURCE = 16
"""Hyperparameter settings drawn from those that explain a source."""
SPREADS = (0.5, 1.0, 2.0)
"""How far the target spreads, times the source: within a factor of two, 1 twice as likely."""
SPREAD_PRIOR = (0.25, 0.5, 0.25)
NOISES = (0.003, 0.03, 0.3)
"""Noise variances of the target over its signal variance: its own, whatever the source's was."""
SIGNAL_SHAPE = 1.5
"""Inverse-gamma law of the target's signal variance about the source's: worth three observations.
Of 1.5 and 3 the better on the open pairs of bench/transfer."""


@dataclass(frozen=True, slots=True)
class Coregionalised:
    """Settings: correlations x noises x H of the source x spreads, for b problems.

    Attributes:
        source: Which source.
        learnt: What it taught.
        which: Its H settings.
        inverse: Inverse Cholesky factors of the target's data given the source's, at unit signal,
            shape (b, correlations x noises, H, n, n).
        quadratic: Shapes (b, correlations x noises, H, spreads).
        log_weight: Shape (b, S).
    """

    source: int
    learnt: Learnt
    which: Int[Tensor, " H"]
    inverse: Float[Tensor, "b R H n n"]
    quadratic: Quadratic
    log_weight: Float[Tensor, "b S"]

    @classmethod
    def speak(cls, source: int, learnt: Learnt, scene: Scene, prior: str) -> Coregionalised:
        """Hold the family against the target's data."""
        X, z, counts = scene.data.X, scene.data.z, scene.data.counts
        b, n = z.shape
        which = learnt.drawn(FROM_SOURCE)
        rho, noise, spread = (z.new_tensor(v) for v in (CORRELATIONS, NOISES, SPREADS))
        (R,), (V,), H, (G,) = rho.shape, noise.shape, len(which), spread.shape
        rows = learnt.rows(which, X, scene.kernel, scene.settings)
        mean = (learnt.centred[which].unsqueeze(-2) @ rows).view(b, 1, H, n, 1)
        told = (rows.mT @ rows).unsqueeze(1)
        own = own_correlation(which, X, scene.kernel, scene.settings).unsqueeze(1)
        C = (own - rho.square().view(1, R, 1, 1, 1) * told).unsqueeze(2)
        C = C + torch.diag_embed(noise.view(V, 1, 1) / counts.view(b, 1, 1, 1, n))
        L = factorise(C.reshape(-1, n, n)).L.view(b, R * V, H, n, n)
        one = torch.eye(n, dtype=z.dtype, device=z.device).expand_as(L)
        inverse = torch.linalg.solve_triangular(L, one, upper=False)
        expected = rho.repeat_interleave(V).view(1, R * V, 1, 1, 1) * mean * spread
        values = (inverse @ (z.view(b, 1, 1, n, 1) - expected)).mT
        ones = inverse.sum(-1).unsqueeze(-2).expand_as(values)
        rate = (SIGNAL_SHAPE - 1) * learnt.signal[which].view(H, 1) * spread.square()
        quadratic = Quadratic(
            half_log_det=-inverse.diagonal(dim1=-2, dim2=-1).log().sum(-1).unsqueeze(-1),
            ones=ones,
            values=values,
            precision=ones.square().sum(-1),
            along=(ones * values).sum(-1),
            squares=values.square().sum(-1),
            shape=SIGNAL_SHAPE + 0.5 * (n - 1),
            rate=rate,
        )
        log_prior = to_device(log_prior_of(prior)).repeat_interleave(V).view(-1, 1, 1) - math.log(
            H * V
        )
        log_prior = log_prior + z.new_tensor(SPREAD_PRIOR).log()
        weight = quadratic.log_density() + prior_of_signal(SIGNAL_SHAPE, rate) + log_prior
        weight = (weight + log_level()).reshape(b, R * V * H * G)
        return cls(source, learnt, which, inverse, quadratic, weight)

    @property
    def correlation(self) -> Float[Tensor, "b S"]:
        """Of each setting."""
        rho = self.log_weight.new_tensor(CORRELATIONS)
        each = rho.repeat_interleave(self.log_weight.shape[-1] // len(rho))
        return each.expand_as(self.log_weight)

    def leave_one_out(self) -> Float[Tensor, "b S n"]:
        """Of each setting."""
        q = self.quadratic
        return q.leave_one_out(*projected(q, self.inverse)).flatten(1, -2)

    def parts(self, problem: Int[Tensor, " k"], at: Int[Tensor, " k"]) -> Parts:
        """Of the settings ``at`` of these problems."""
        H, G, V = len(self.which), len(SPREADS), len(NOISES)
        signal, rest = self.quadratic.signal.flatten(1)[problem, at], at // G
        spread, s, r = signal.new_tensor(SPREADS)[at % G], rest % H, rest // H
        which, rho = self.which[s], signal.new_tensor(CORRELATIONS)[r // V]
        white = self.learnt.centred[which] * (spread / signal.sqrt()).unsqueeze(-1)
        return Parts(
            which=which,
            signal=signal,
            noise=signal.new_tensor(NOISES)[r % V] * signal,
            root=self.inverse[problem, r, s],
            level=torch.full_like(signal, math.nan),
            told=self.learnt.told(which, rho * signal.sqrt(), white),
        )
