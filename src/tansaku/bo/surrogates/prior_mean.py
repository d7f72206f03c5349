"""The source's prediction as a prior mean, and a process of the target's own about it.

y(x) = level + a m(x) + residual(x): m is the source's posterior mean, a how far the target follows
it, and the residual has length scales of its own (M. C. Kennedy, A. O'Hagan, Biometrika 87 (2000)
1, with the source's mean plugged in as by L. Le Gratiet, J. Garnier, Int. J. Uncertain. Quantif. 4
(2014) 365). Nothing is factorised for it that the target alone does not need already.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Int
from torch import Tensor

from tansaku.bo.surrogates import hyperparameter_samples as hs
from tansaku.bo.surrogates.source_posterior import SourcePosterior
from tansaku.bo.surrogates.target_only import target_only
from tansaku.bo.surrogates.transfer_model import (
    Parts,
    Quadratic,
    TransferData,
    TransferModel,
    log_level,
)

FOLLOWED = (-1.0, 0.5, 1.0, 2.0)
"""How far the target follows the source: upside down, by half, as it is, twice."""
FOLLOWED_PRIOR = (0.15, 0.2125, 0.425, 0.2125)
"""Of each: negative ones as likely as for the task correlation, 1 twice as likely as its
neighbours."""
MEANS = 4
"""Predictions of the source, each under one of its samples drawn by their evidence."""
SIGNAL_RATE = 0.25
"""Inverse-gamma law of the residual's variance, in variances of the source: what the source leaves
is expected to be half as wide as its own values (mode 1/8)."""
NO_REACH = 1e-7
"""The source moves the mean and takes no uncertainty away: 1e-14 of the variance, less than
rounding."""


def prior_mean(
    source: int,
    source_posterior: SourcePosterior,
    transfer_data: TransferData,
    own: TransferModel | None = None,
) -> TransferModel:
    """Samples: a x predictions of the source x h of the prior; quadratic (b, h, a x predictions),
    because the factors are those of the target alone, ``own`` where it is known."""
    own = own or target_only(transfer_data)
    X, z, samples = transfer_data.data.X, transfer_data.data.z, transfer_data.samples
    (b, n), h, inverse = z.shape, len(samples.noise), own.inverse
    which, a = source_posterior.drawn(MEANS), z.new_tensor(FOLLOWED)
    rows = source_posterior.rows(which, X, transfer_data.kernel, samples)
    mean = (source_posterior.centred[which].unsqueeze(-2) @ rows).view(b, -1, n)
    followed = (a.view(-1, 1, 1) * mean.unsqueeze(1)).flatten(1, 2)  # b, a x M, n
    values = own.quadratic.values - followed.unsqueeze(1) @ inverse.mT
    rate = SIGNAL_RATE * source_posterior.signal[which].repeat(len(a))
    quadratic = Quadratic.of(
        inverse,
        own.quadratic.ones.expand_as(values),
        values,
        (rate.new_tensor(hs.SIGNAL_SHAPE + 0.5 * (n - 1)), rate),
    )
    evidence = quadratic.log_evidence(hs.SIGNAL_SHAPE) + log_level() - math.log(len(which))
    prior = z.new_tensor(FOLLOWED_PRIOR).log().repeat_interleave(len(which)).unsqueeze(-1)
    weight = (evidence.mT + prior + samples.log_prior).flatten(1)
    explained = (a.square().unsqueeze(-1) * source_posterior.signal[which]).flatten()
    # a s / sqrt(a^2 s^2 + r^2), of the sds s of the source and r of the residual
    size = (explained / (explained + quadratic.signal)).sqrt()
    correlation = (a.sign().repeat_interleave(len(which)) * size).mT.flatten(1)

    def parts(problem: Int[Tensor, " k"], at: Int[Tensor, " k"]) -> Parts:
        own_sample, by_sources = at % h, at // h
        signal = quadratic.signal[problem, own_sample, by_sources]
        s = which[by_sources % len(which)]
        white = source_posterior.centred[s] * (a[by_sources // len(which)] / NO_REACH).unsqueeze(-1)
        return Parts(
            which=own_sample,
            signal=signal,
            noise=samples.noise[own_sample] * signal,
            root=inverse[problem, own_sample],
            level=torch.full_like(signal, math.nan),
            of=transfer_data.signal[problem],
            by_sources=source_posterior.parts(s, torch.full_like(signal, NO_REACH), white),
        )

    return TransferModel(
        (source,), weight, correlation.unsqueeze(-1), parts, quadratic, inverse, turned=True
    )
