"""Pooling with a reservation: the source's values are the target's own, but for a known share.

One level, one scale, one noise and one set of length scales for both tables, as in plain pooling; a
correlation below 1 leaves room for a difference of the two functions. At correlation 1 this is the
pooled Gaussian process itself, so that plain pooling stands among the models that are weighed.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Int
from torch import Tensor

from tansaku.bo.factorise import factorise, inverse_of
from tansaku.bo.surrogates.source_posterior import SourcePosterior, own_correlation
from tansaku.bo.surrogates.transfer_model import (
    Parts,
    Quadratic,
    TransferData,
    TransferModel,
)

LIKENESS = (1.0, 0.95, 0.8)
"""Correlations: the same thing, nearly so, and akin."""
SIGNAL_SHAPE, SIGNAL_RATE = 1.5, 0.75
"""Inverse-gamma law of the target's signal variance over the source's: worth three observations,
mode 0.3, mean 1.5. Far from the source's points the target may go much further than the source did;
one such value must not refute the source where it has points."""


def pooled(
    source: int,
    source_posterior: SourcePosterior,
    transfer_data: TransferData,
    likeness: tuple[float, ...] = LIKENESS,
) -> TransferModel:
    """Samples: likeness x h of the prior; quadratic (b, likeness, h, 1), one factor for each."""
    X, z, samples = transfer_data.data.X, transfer_data.data.z, transfer_data.samples
    (b, n), R, h = z.shape, len(likeness), len(samples.noise)
    every = torch.arange(h, device=z.device)
    rho = z.new_tensor(likeness)
    rows = source_posterior.rows(every, X, transfer_data.kernel, samples).unsqueeze(1)
    C = own_correlation(every, X, transfer_data.kernel, samples).unsqueeze(1)
    C = C - rho.square().view(1, R, 1, 1, 1) * (rows.mT @ rows)
    C = transfer_data.noisy(C, samples.noise)
    inverse = inverse_of(factorise(C.reshape(-1, n, n)).L).view(b, R, h, n, n)
    by_sources = (
        torch.stack([source_posterior.ones, source_posterior.values], -2) @ rows
    )  # b, 1, h, 2, n
    asked = torch.stack([torch.ones_like(z), z], -2).view(b, 1, 1, 2, n)
    white = inverse @ (asked - rho.view(1, R, 1, 1, 1) * by_sources).mT
    ones, values = (v.unsqueeze(-2) for v in white.unbind(-1))
    sure, mean = (
        source_posterior.ones.square().sum(-1, keepdim=True),
        source_posterior.mean.unsqueeze(-1),
    )
    rate = SIGNAL_RATE * source_posterior.signal.unsqueeze(-1)
    quadratic = Quadratic.of(
        inverse,
        ones,
        values,
        (z.new_tensor(SIGNAL_SHAPE + 0.5 * n), rate),
        (sure, mean * sure, mean.square() * sure),  # what the source knows of the level
    )
    prior = source_posterior.log_weight - math.log(R) + 0.5 * sure.squeeze(-1).log()
    weight = (quadratic.log_evidence(SIGNAL_SHAPE).squeeze(-1) + prior).flatten(1)

    def parts(problem: Int[Tensor, " k"], at: Int[Tensor, " k"]) -> Parts:
        r, which = at // h, at % h
        signal, level = (v[problem, r, which, 0] for v in (quadratic.signal, quadratic.level))
        white = source_posterior.values[which] - level.unsqueeze(-1) * source_posterior.ones[which]
        return Parts(
            which=which,
            signal=signal,
            noise=samples.noise[which] * signal,
            root=inverse[problem, r, which],
            level=level,
            of=transfer_data.signal[problem],
            by_sources=source_posterior.parts(
                which, rho[r] * signal.sqrt(), white / signal.sqrt().unsqueeze(-1)
            ),
        )

    correlation = rho.repeat_interleave(h).expand_as(weight).unsqueeze(-1)
    return TransferModel((source,), weight, correlation, parts, quadratic, inverse)
