"""Belief: the joint normal law of the pool under a fitted GP, and what it becomes when values of
candidates are imagined (for picks that must take earlier ones into account)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.factorise import factorise
from tansaku.bo.kernels import squared_distance
from tansaku.bo.surrogates.gp import GP

VARIANCE_FLOOR = 1e-12
"""Smallest variance, as a share of the signal variance: below it lies rounding only."""


@dataclass(frozen=True, slots=True)
class Belief:
    """What is believed of N candidates in b problems, in s imagined futures each.

    Attributes:
        gp: The fitted processes.
        pool: Encoded candidates, shape (N, d).
        solved: L^-1 K(data and imagined, pool), shape (b, n, N), standardised.
        mean: Mean of the function, shape (b, s, N), in model units.
        variance: Variance of the function, shape (b, N), in model units squared; the same in
            every future, because a variance does not depend on the value seen.
        imagined: Values imagined so far, shape (b, s, q), model units; ``None`` before the first.
        works: P(a sample works), one row for each problem; ``None`` where nothing has failed.
        shares: P(phase) of each candidate, one row for each problem. With P phases the points of
            the belief are the candidates in each phase, phase by phase, and ``works`` stays one
            for each candidate. ``None`` where phases play no part.
    """

    gp: GP
    pool: Float[Tensor, "N d"]
    solved: Float[Tensor, "b n N"]
    mean: Float[Tensor, "b s N"]
    variance: Float[Tensor, "b N"]
    imagined: Float[Tensor, "b s q"] | None = None
    works: Float[Tensor, "p C"] | None = None
    shares: Float[Tensor, "p P C"] | None = None

    @classmethod
    def over(
        cls, gp: GP, pool: Float[Tensor, "N d"], cross: Float[Tensor, "b n N"] | None = None
    ) -> Belief:
        """The belief before anything is imagined: one future. ``cross`` is ``gp.cross(pool)``
        where it is known already."""
        points = pool.expand(gp.alpha.shape[0], -1, -1)
        mean, solved = gp.solve(points, cross)
        signal = gp.hyperparameters.signal.unsqueeze(-1)
        variance = torch.maximum(signal - solved.square().sum(-2), VARIANCE_FLOOR * signal)
        scale = gp.data.scale.unsqueeze(-1)
        return cls(gp, pool, solved, gp.to_units(mean).unsqueeze(1), variance * scale.square())

    def with_noise(self) -> Belief:
        """The same with the law of a new measurement in place of the function's."""
        return replace(self, variance=self.variance + self.gp.noise_variance.unsqueeze(-1))

    def imagine(self, index: Int[Tensor, " b"], draws: Float[Tensor, "b s"]) -> Belief:
        """Condition each future on a value of candidate ``index`` drawn from it.

        ``draws`` are standard normal. One future spreads into s; s futures stay s. The mean over
        many futures is the old mean: imagining adds no knowledge, it only takes uncertainty away.
        """
        rows = torch.arange(index.numel(), device=index.device)
        h, scale = self.gp.hyperparameters, self.gp.data.scale.unsqueeze(-1)
        s = squared_distance(self.pool[index].unsqueeze(1), self.pool.unsqueeze(0), h.length_scales)
        prior = h.signal.unsqueeze(-1) * self.gp.kernel.value(s).squeeze(1)
        own = self.solved[rows, :, index].unsqueeze(1)
        covariance = prior - (own @ self.solved).squeeze(1)
        sd = (self.variance[rows, index].unsqueeze(-1) / scale.square()).sqrt()
        known = self.variance.sqrt() / scale  # no covariance exceeds both sds, but by rounding
        row = torch.maximum(torch.minimum(covariance / sd, known), -known)
        floor = VARIANCE_FLOOR * h.signal.unsqueeze(-1) * scale.square()
        mean = self.mean + draws.unsqueeze(-1) * (row * scale).unsqueeze(1)
        seen = mean[rows, :, index].unsqueeze(-1)
        if self.imagined is not None:
            before = self.imagined.expand(-1, draws.shape[1], -1)
            seen = torch.cat([before, seen], -1)
        return replace(
            self,
            solved=torch.cat([self.solved, row.unsqueeze(1)], 1),
            mean=mean,
            imagined=seen,
            variance=torch.maximum(self.variance - (row * scale).square(), floor),
        )

    def places(self, index: Int[Tensor, " p"]) -> Int[Tensor, " p"]:
        """Where a candidate of each problem stands among the points: in its likeliest phase."""
        if self.shares is None:
            return index
        rows = torch.arange(len(index), device=index.device)
        phase = self.shares.expand(len(index), -1, -1)[rows, :, index].argmax(-1)
        return phase * self.shares.shape[-1] + index

    def take(self, index: Int[Tensor, " k"]) -> Belief:
        """The beliefs with these indices."""
        imagined = None if self.imagined is None else self.imagined[index]
        return Belief(
            self.gp.take(index),
            self.pool,
            self.solved[index],
            self.mean[index],
            self.variance[index],
            imagined,
            self.works,
            self.shares,
        )

    def sample(self, draws: Float[Tensor, "b N"]) -> Float[Tensor, "b N"]:
        """One joint sample of the function over the pool from the first future, model units."""
        h = self.gp.hyperparameters
        prior = h.signal.view(-1, 1, 1) * self.gp.kernel.value(
            squared_distance(self.pool, self.pool, h.length_scales)
        )
        factor = factorise(prior - self.solved.mT @ self.solved)
        scale = self.gp.data.scale.unsqueeze(-1)
        return self.mean[:, 0] + scale * (factor.L @ draws.unsqueeze(-1)).squeeze(-1)
