"""Intrinsic coregionalisation: the target is correlated with sources, by how much is averaged.

The covariance of point x in task i with x' in task j is B_ij k(x, x') (P. Goovaerts, Geostatistics
for Natural Resources Evaluation, 1997; E. V. Bonilla, K. M. A. Chai, C. K. I. Williams, NIPS 2007).
All sources and the target are tasks of one process; correlations may be negative. Mean, scale and
noise are the target's own.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Int
from torch import Tensor

from tansaku.bo.device import to_device
from tansaku.bo.factorise import factorise, inverse_of
from tansaku.bo.surrogates.correlations import grid_of
from tansaku.bo.surrogates.multitask import MultiTaskSources
from tansaku.bo.surrogates.source_posterior import own_correlation
from tansaku.bo.surrogates.transfer_model import (
    Parts,
    Quadratic,
    TransferData,
    TransferModel,
    log_level,
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


def coregionalised(
    sources: tuple[int, ...],
    multitask: MultiTaskSources,
    transfer_data: TransferData,
    spec: SurrogateSpec,
) -> TransferModel:
    """Samples: correlations x noises x H of the sources x (spreads x levels); quadratic (b,
    correlations x noises, H, spreads x levels), one factor for each of the last."""
    X, z, toward = transfer_data.data.X, transfer_data.data.z, multitask.toward
    b, n = z.shape
    correlations, log_prior_of_rho = grid_of(spec.correlation, spec.signs)
    rho, noise, spread = (z.new_tensor(v) for v in (correlations, NOISES, SPREADS))
    (R,), (V,), H, (G,) = rho.shape, noise.shape, len(toward), spread.shape
    rows, each = multitask.rows(X, transfer_data.kernel, transfer_data.samples), multitask.each
    signal = multitask.signal[each]
    white = multitask.white[each] * signal.sqrt().unsqueeze(-1)
    mean = (white.unsqueeze(-2) @ rows).view(b, 1, H, n, 1)
    by_sources = (rows.mT @ rows).unsqueeze(1)
    own = own_correlation(multitask.which, X, transfer_data.kernel, transfer_data.samples)
    own = own.repeat_interleave(H // len(multitask.which), 1).unsqueeze(1)
    C = (own - rho.square().view(1, R, 1, 1, 1) * by_sources).unsqueeze(2)
    C = transfer_data.noisy(C, noise.unsqueeze(-1))
    inverse = inverse_of(factorise(C.reshape(-1, n, n)).L).view(b, R * V, H, n, n)
    spread = spread.repeat_interleave(2)  # with a level near the sources', and with its own
    near = spread.new_tensor([1.0, 0.0] * G)
    expected = rho.repeat_interleave(V).view(1, R * V, 1, 1, 1) * mean * spread
    values = (inverse @ (z.view(b, 1, 1, n, 1) - expected)).mT
    level, sure = multitask.level[each].view(H, 1), near / NEAR
    rate = (SIGNAL_SHAPE - 1) * signal.view(H, 1) * spread.square()
    quadratic = Quadratic.of(
        inverse,
        inverse.sum(-1).unsqueeze(-2).expand_as(values),
        values,
        (SIGNAL_SHAPE + 0.5 * (n - 1 + near), rate),
        (sure, sure * level, sure * level.square()),
    )
    of_level = z.new_tensor(
        [math.log(NEAR_PRIOR) - 0.5 * math.log(NEAR), math.log(1 - NEAR_PRIOR) + log_level()]
    )
    log_prior = to_device(log_prior_of_rho).repeat_interleave(V).view(-1, 1, 1) - math.log(H * V)
    log_prior = log_prior + z.new_tensor(SPREAD_PRIOR).log().repeat_interleave(2)
    weight = quadratic.log_evidence(SIGNAL_SHAPE) + (log_prior + of_level.repeat(G))

    def parts(problem: Int[Tensor, " k"], at: Int[Tensor, " k"]) -> Parts:
        g, s, r = at % (2 * G), at // (2 * G) % H, at // (2 * G * H)
        where = problem, r, s, g
        signal, level, one = quadratic.signal[where], quadratic.level[where], each[s]
        stretch = spread[g] * (multitask.signal[one] / signal).sqrt()
        return Parts(
            which=multitask.which[one],
            signal=signal,
            noise=noise[r % V] * signal,
            root=inverse[problem, r, s],
            level=torch.where(at % 2 == 0, level, math.nan),
            of=transfer_data.signal[problem],
            by_sources=multitask.parts(s, rho[r // V] * signal.sqrt(), stretch),
        )

    correlation = rho.view(-1, 1, 1, 1, 1) * toward.view(1, 1, H, 1, -1)
    correlation = correlation.expand(-1, V, -1, 2 * G, -1).reshape(1, -1, toward.shape[-1])
    return TransferModel(
        sources, weight.flatten(1), correlation.expand(b, -1, -1), parts, quadratic, inverse
    )
