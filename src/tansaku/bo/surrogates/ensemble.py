"""Rank-weighted ensemble: models weighed by how well they order the target's own values.

M. Feurer, B. Letham, E. Bakshy, "Scalable meta-learning for Bayesian optimization using
ranking-weighted Gaussian process ensembles", arXiv:1802.02219 (2018), with its guard against weight
dilution. Only the order counts, so that shift and scale of the source play no part. Apart from the
paper, the ensemble is the mixture of its members' laws (the engine averages over settings), not the
weighted sum of their processes, and a member is a whole bank of settings instead of one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.device import to_device
from tansaku.bo.factorise import factorise
from tansaku.bo.surrogates import bank
from tansaku.bo.surrogates.model_average import ModelAverage, TransferContext
from tansaku.bo.surrogates.source_posterior import Learnt, own_correlation
from tansaku.bo.surrogates.target_only import TargetOnly
from tansaku.bo.surrogates.transfer_model import Parts, TransferData, TransferModel, projected

DRAWS = 128
"""Draws of every member at the target's points, over which rankings are compared: a share of draws
is then known to 0.04."""
SETTINGS = 16
"""Settings of each member behind these draws, drawn by their evidence."""
FEWEST = 3
"""Target values from which rankings are compared; before, all members count alike (the paper)."""
DILUTION = 0.95
"""A source takes no part where its median loss lies above this quantile of the target's own."""
NO_DATA = 1e8
"""Variance, in signal variances, that makes a value of the target tell a source's model nothing."""


@dataclass(frozen=True, slots=True)
class SourceAlone:
    """A source's model as it is, moved to the target's level and stretched to its spread.

    Attributes:
        source: Which source.
        learnt: What it taught.
        stretch: Spread of the target's values over that of the source's, shape (b,).
        log_weight: The source's own weights, shape (b, h).
        noise: Noise over signal variance, that of the source's settings, shape (h,).
        points: Target points, n.
    """

    source: int
    learnt: Learnt
    stretch: Float[Tensor, " b"]
    log_weight: Float[Tensor, "b h"]
    noise: Float[Tensor, " h"]
    points: int

    @classmethod
    def fit(cls, source: int, learnt: Learnt, transfer_data: TransferData) -> SourceAlone:
        """Needs the target's level and spread only; below three values the spread is the source's
        own."""
        z = transfer_data.data.z
        b, n = z.shape
        stretch = z.std(-1) / learnt.scale if n >= FEWEST else z.new_ones(b)
        stretch = torch.where(stretch > 0, stretch, torch.ones_like(stretch))
        weight = learnt.log_weight.expand(b, -1)
        return cls(source, learnt, stretch, weight, transfer_data.settings.noise, n)

    @property
    def sources(self) -> tuple[int, ...]:
        """One."""
        return (self.source,)

    @property
    def correlation(self) -> Float[Tensor, "b h 1"]:
        """The target is taken for the source."""
        return torch.ones_like(self.log_weight).unsqueeze(-1)

    def leave_one_out(self) -> Float[Tensor, "b h n"]:
        """Not known: the ensemble has no evidence."""
        raise NotImplementedError

    def parts(self, problem: Int[Tensor, " k"], at: Int[Tensor, " k"]) -> Parts:
        """Of the settings ``at`` of these problems."""
        stretch = self.stretch[problem]
        signal = self.learnt.signal[at] * stretch.square()
        one = torch.eye(self.points, dtype=signal.dtype, device=signal.device)
        white = self.learnt.centred[at] / self.learnt.signal[at].sqrt().unsqueeze(-1)
        return Parts(
            which=at,
            signal=signal,
            noise=self.noise[at] * signal,
            root=(one / math.sqrt(NO_DATA)).expand(len(at), -1, -1),
            level=torch.full_like(signal, math.nan),
            told=self.learnt.told(at, signal.sqrt(), white),
        )


def rank_weighted(context: TransferContext, rngs: Sequence[np.random.Generator]) -> ModelAverage:
    """The target alone and every source, each as a voice, weighed by ranking."""
    transfer_data = context.transfer_data
    transfer_models: list[TransferModel] = [context.own]
    for i, learnt in enumerate(context.warm.sources):
        transfer_models.append(SourceAlone.fit(i, learnt, transfer_data))
    shares = member_weights(context, rngs)
    parts = [
        torch.log_softmax(transfer_model.log_weight, -1) + share.unsqueeze(-1).log()
        for transfer_model, share in zip(transfer_models, shares.unbind(-1), strict=True)
    ]
    weights = torch.cat(parts, -1)
    return ModelAverage(context, tuple(transfer_models), weights, weights)


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
    own: TargetOnly,
    z: Float[Tensor, "b n"],
    normal: Float[Tensor, "b D n"],
    rngs: Sequence[np.random.Generator],
) -> Float[Tensor, "b D"]:
    """Pairs put in the wrong order, each value predicted from the others, over draws."""
    q = own.quadratic.single()
    which = bank.systematic(torch.softmax(own.log_weight, -1), SETTINGS, rngs)
    diagonal, solved = (
        v.squeeze(-2).gather(1, which.unsqueeze(-1).expand(-1, -1, z.shape[-1]))
        for v in projected(q, own.inverse)
    )
    signal = own.quadratic.signal.gather(1, which).unsqueeze(-1)
    mean, sd = z.unsqueeze(1) - solved / diagonal, (signal / diagonal).sqrt()
    drawn = _spread_out(mean) + _spread_out(sd) * normal
    below = drawn.unsqueeze(-1) < z.view(len(z), 1, 1, -1)
    return _wrong(below, z)


def _loss(
    learnt: Learnt, transfer_data: TransferData, normal: Float[Tensor, "b D n"]
) -> Float[Tensor, "b D"]:
    """Pairs put in the wrong order by joint draws of a source's model."""
    X, z = transfer_data.data.X, transfer_data.data.z
    which = learnt.drawn(SETTINGS)
    rows = learnt.rows(which, X, transfer_data.kernel, transfer_data.settings)
    mean = (learnt.centred[which].unsqueeze(-2) @ rows).squeeze(-2)
    covariance = (
        own_correlation(which, X, transfer_data.kernel, transfer_data.settings) - rows.mT @ rows
    )
    covariance = covariance + 1e-8 * torch.eye(z.shape[-1], dtype=z.dtype, device=z.device)
    L = factorise(covariance.flatten(0, 1)).L.view_as(covariance)
    root = L * learnt.signal[which].sqrt().view(1, -1, 1, 1)
    moved = (_spread_out(root) @ normal.unsqueeze(-1)).squeeze(-1)
    drawn = _spread_out(mean) + moved
    return _wrong(drawn.unsqueeze(-1) < drawn.unsqueeze(-2), z)


def _spread_out(of_settings: Tensor) -> Tensor:
    """(b, SETTINGS, ..) -> (b, DRAWS, ..): as many draws of each setting."""
    return of_settings.repeat_interleave(DRAWS // SETTINGS, 1)


def _wrong(below: Tensor, z: Float[Tensor, "b n"]) -> Float[Tensor, "b D"]:
    """Ordered pairs (i, j) that ``below`` (i before j), shape (b, D, n, n), puts wrongly."""
    truly = z.unsqueeze(-1) < z.unsqueeze(-2)
    n = z.shape[-1]
    other = ~torch.eye(n, dtype=torch.bool, device=z.device)
    return ((below != truly.unsqueeze(1)) & other).sum((-2, -1)).to(z)
