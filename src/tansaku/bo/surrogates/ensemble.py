"""Rank-weighted ensemble: models weighed by how well they order the target's own values.

M. Feurer, B. Letham, E. Bakshy, "Scalable meta-learning for Bayesian optimization using
ranking-weighted Gaussian process ensembles", arXiv:1802.02219 (2018), with its guard against weight
dilution. Only the order counts, so that shift and scale of the source play no part. Apart from the
paper, the ensemble is the mixture of its members' laws (the engine averages over samples), not the
weighted sum of their processes, and a member is all hyperparameter samples instead of one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.device import to_device
from tansaku.bo.factorise import factorise
from tansaku.bo.surrogates.mixture import systematic
from tansaku.bo.surrogates.model_average import ModelAverage, TransferContext
from tansaku.bo.surrogates.source_posterior import SourcePosterior, own_correlation
from tansaku.bo.surrogates.transfer_model import (
    Member,
    Parts,
    TransferData,
    TransferModel,
    projected,
)

DRAWS = 128
"""Draws of every member at the target's points, over which rankings are compared: a share of draws
is then known to 0.04."""
SAMPLES = 16
"""Samples of each member behind these draws, drawn by their evidence."""
FEWEST = 3
"""Target values from which rankings are compared; before, all members count alike (the paper)."""
DILUTION = 0.95
"""A source takes no part where its median loss lies above this quantile of the target's own."""
NO_DATA = 1e8
"""Variance, in signal variances, that makes a value of the target tell a source's model nothing."""


def source_alone(
    source: int, source_posterior: SourcePosterior, transfer_data: TransferData
) -> Member:
    """A source's model as it is, h samples, moved to the target's level and stretched to its
    spread; below three values the spread is the source's own. It has no evidence."""
    z, samples = transfer_data.data.z, transfer_data.samples
    b, n = z.shape
    stretch = z.std(-1) / source_posterior.scale if n >= FEWEST else z.new_ones(b)
    stretch = torch.where(stretch > 0, stretch, torch.ones_like(stretch))
    weight = source_posterior.log_weight.expand(b, -1)

    def parts(problem: Int[Tensor, " k"], at: Int[Tensor, " k"]) -> Parts:
        signal = source_posterior.signal[at] * stretch[problem].square()
        one = torch.eye(n, dtype=signal.dtype, device=signal.device)
        white = source_posterior.centred[at] / source_posterior.signal[at].sqrt().unsqueeze(-1)
        return Parts(
            which=at,
            signal=signal,
            noise=samples.noise[at] * signal,
            root=(one / math.sqrt(NO_DATA)).expand(len(at), -1, -1),
            level=torch.full_like(signal, math.nan),
            of=signal,
            by_sources=source_posterior.parts(at, signal.sqrt(), white),
        )

    return Member((source,), weight, torch.ones_like(weight).unsqueeze(-1), parts)


def rank_weighted(context: TransferContext, rngs: Sequence[np.random.Generator]) -> ModelAverage:
    """The target alone and every source, each a member, weighed by ranking."""
    members: list[Member] = [context.own]
    for i, source_posterior in enumerate(context.warm.sources):
        members.append(source_alone(i, source_posterior, context.transfer_data))
    shares = member_weights(context, rngs)
    parts = [
        torch.log_softmax(member.log_weight, -1) + share.unsqueeze(-1).log()
        for member, share in zip(members, shares.unbind(-1), strict=True)
    ]
    weights = torch.cat(parts, -1)
    return ModelAverage(context, tuple(members), weights, weights)


def member_weights(
    context: TransferContext, rngs: Sequence[np.random.Generator]
) -> Float[Tensor, "b members"]:
    """Weights of the target alone and of every source, summing to 1."""
    z, sources = context.transfer_data.data.z, context.warm.sources
    b, n = z.shape
    if n < FEWEST:
        return z.new_full((b, 1 + len(sources)), 1 / (1 + len(sources)))
    draws = np.stack([rng.standard_normal((1 + len(sources), DRAWS, n)) for rng in rngs], 1)
    normal = to_device(draws)
    own = _own_loss(context.own, z, normal[0], rngs)
    losses = [
        own,
        *(_loss(s, context.transfer_data, e) for s, e in zip(sources, normal[1:], strict=True)),
    ]
    most = own.quantile(DILUTION, -1)
    stays = torch.stack(
        [torch.ones_like(most, dtype=torch.bool)]
        + [loss.median(-1).values <= most for loss in losses[1:]],
        -1,
    )
    loss = torch.stack(losses, -1).masked_fill(~stays.unsqueeze(1), math.inf)
    wins = (loss == loss.amin(-1, keepdim=True)).to(z)
    return (wins / wins.sum(-1, keepdim=True)).mean(1)


def _own_loss(
    own: TransferModel,
    z: Float[Tensor, "b n"],
    normal: Float[Tensor, "b D n"],
    rngs: Sequence[np.random.Generator],
) -> Float[Tensor, "b D"]:
    """Pairs put in the wrong order, each value predicted from the others, over draws."""
    which = systematic(torch.softmax(own.log_weight, -1), SAMPLES, rngs)
    diagonal, solved = (
        v.squeeze(-2).gather(1, which.unsqueeze(-1).expand(-1, -1, z.shape[-1]))
        for v in projected(own.quadratic, own.inverse)
    )
    signal = own.quadratic.signal.squeeze(-1).gather(1, which).unsqueeze(-1)
    mean, sd = z.unsqueeze(1) - solved / diagonal, (signal / diagonal).sqrt()
    drawn = _spread_out(mean) + _spread_out(sd) * normal
    below = drawn.unsqueeze(-1) < z.view(len(z), 1, 1, -1)
    return _wrong(below, z)


def _loss(
    source_posterior: SourcePosterior, transfer_data: TransferData, normal: Float[Tensor, "b D n"]
) -> Float[Tensor, "b D"]:
    """Pairs put in the wrong order by joint draws of a source's model."""
    X, z = transfer_data.data.X, transfer_data.data.z
    which = source_posterior.drawn(SAMPLES)
    rows = source_posterior.rows(which, X, transfer_data.kernel, transfer_data.samples)
    mean = (source_posterior.centred[which].unsqueeze(-2) @ rows).squeeze(-2)
    covariance = (
        own_correlation(which, X, transfer_data.kernel, transfer_data.samples) - rows.mT @ rows
    )
    covariance = covariance + 1e-8 * torch.eye(z.shape[-1], dtype=z.dtype, device=z.device)
    L = factorise(covariance.flatten(0, 1)).L.view_as(covariance)
    root = L * source_posterior.signal[which].sqrt().view(1, -1, 1, 1)
    moved = (_spread_out(root) @ normal.unsqueeze(-1)).squeeze(-1)
    drawn = _spread_out(mean) + moved
    return _wrong(drawn.unsqueeze(-1) < drawn.unsqueeze(-2), z)


def _spread_out(of_samples: Tensor) -> Tensor:
    """(b, SAMPLES, ..) -> (b, DRAWS, ..): as many draws of each sample."""
    return of_samples.repeat_interleave(DRAWS // SAMPLES, 1)


def _wrong(below: Tensor, z: Float[Tensor, "b n"]) -> Float[Tensor, "b D"]:
    """Ordered pairs (i, j) that ``below`` (i before j), shape (b, D, n, n), puts wrongly."""
    truly = z.unsqueeze(-1) < z.unsqueeze(-2)
    n = z.shape[-1]
    other = ~torch.eye(n, dtype=torch.bool, device=z.device)
    return ((below != truly.unsqueeze(1)) & other).sum((-2, -1)).to(z)
