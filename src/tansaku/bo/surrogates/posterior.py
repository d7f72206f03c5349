"""Posterior: the joint normal law of the pool under a fitted GP, and what it becomes when values of
candidates are fantasized (for picks that must take earlier ones into account)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.batch import Batch
from tansaku.bo.factorise import factorise
from tansaku.bo.kernels import Kernel, squared_distance
from tansaku.bo.surrogates.gp import GP, Hyperparameters
from tansaku.strategy import FEW

VARIANCE_FLOOR = 1e-12
"""Smallest variance, as a share of the signal variance: below it lies rounding only."""


@dataclass(frozen=True, slots=True)
class Prior(Batch):
    """The prior of b processes.

    Attributes:
        kernel: The correlation function.
        hyperparameters: Of each process, standardised.
        scale: Model units of one standardised unit, shape (b,).
    """

    kernel: Kernel
    hyperparameters: Hyperparameters
    scale: Float[Tensor, " b"]

    def covariance(
        self, A: Float[Tensor, "*#b n d"], B: Float[Tensor, "*#b m d"]
    ) -> Float[Tensor, "b n m"]:
        """Of the function at points A with points B before any data, standardised."""
        h = self.hyperparameters
        s = squared_distance(A, B, h.length_scales)
        return h.signal.view(-1, 1, 1) * self.kernel.value(s)


@dataclass(frozen=True, slots=True)
class Posterior:
    """The posterior at N candidates in b problems, under s fantasies each.

    Attributes:
        law: What the processes take for granted.
        pool: Encoded candidates, shape (N, d).
        rows: Gives L^-1 K(data, pool), shape (b, n, N), standardised; asked for only where
            candidates are looked at together.
        mean: Mean of the function, shape (b, s, N), in model units.
        variance: Variance of the function, shape (b, N), in model units squared; the same in
            every future, because a variance does not depend on the value seen.
        noise: Variance of a new measurement beyond ``variance``, shape (b,), model units squared.
        fantasized: Values imagined so far, shape (b, s, q), model units; ``None`` before the first.
        later: What they add to the rows, shape (b, N) each.
        works: P(a sample works), one row for each problem; ``None`` where nothing has failed.
        shares: P(phase) of each candidate, one row for each problem. With P phases the points of
            the belief are the candidates in each phase, phase by phase, and ``works`` stays one
            for each candidate. ``None`` where phases play no part.
    """

    law: Prior
    pool: Float[Tensor, "N d"]
    rows: Callable[[], Float[Tensor, "b n N"]]
    mean: Float[Tensor, "b s N"]
    variance: Float[Tensor, "b N"]
    noise: Float[Tensor, " b"]
    fantasized: Float[Tensor, "b s q"] | None = None
    later: tuple[Float[Tensor, "b N"], ...] = ()
    works: Float[Tensor, "p C"] | None = None
    shares: Float[Tensor, "p P C"] | None = None

    @classmethod
    def over(
        cls, gp: GP, pool: Float[Tensor, "N d"], cross: Float[Tensor, "b n N"] | None = None
    ) -> Posterior:
        """The belief before anything is imagined: one future. ``cross`` is ``gp.cross(pool)``
        where it is known already."""
        points = pool.expand(gp.alpha.shape[0], -1, -1)
        mean, solved = gp.solve(points, cross)
        signal = gp.hyperparameters.signal.unsqueeze(-1)
        variance = torch.maximum(signal - solved.square().sum(-2), VARIANCE_FLOOR * signal)
        scale = gp.data.scale
        return cls(
            law=Prior(gp.kernel, gp.hyperparameters, scale),
            pool=pool,
            rows=lambda: solved,
            mean=gp.to_units(mean).unsqueeze(1),
            variance=variance * scale.square().unsqueeze(-1),
            noise=gp.measurement_variance,
        )

    @classmethod
    def joined(cls, parts: Sequence[Posterior]) -> Posterior:
        """Of the points of several under the same processes, one after the other in each phase;
        nothing is imagined in any. Its ``rows`` are those of the first, which knows all points."""
        first = parts[0]
        phases = 1 if first.shares is None else first.shares.shape[1]

        def together(each: Sequence[Tensor], axis: int = -1) -> Tensor:
            by_phase = [values.unflatten(axis, (phases, -1)) for values in each]
            return torch.cat(by_phase, axis).flatten(axis - 1, axis)

        works = [part.works for part in parts if part.works is not None]
        shares = [part.shares for part in parts if part.shares is not None]
        return replace(
            first,
            pool=together([part.pool for part in parts], -2),
            mean=together([part.mean for part in parts]),
            variance=together([part.variance for part in parts]),
            works=torch.cat(works, -1) if works else first.works,
            shares=torch.cat(shares, -1) if shares else first.shares,
        )

    @property
    def solved(self) -> Float[Tensor, "b n N"]:
        """L^-1 K(data and imagined, pool), shape (b, n + q, N), standardised: covariances are what
        the prior has less the products of these columns."""
        return torch.cat([self.rows(), *(row.unsqueeze(1) for row in self.later)], 1)

    def with_noise(self) -> Posterior:
        """The same with the law of a new measurement in place of the function's."""
        variance = self.variance + self.noise.unsqueeze(-1)
        return replace(self, variance=variance, noise=torch.zeros_like(self.noise))

    def fantasize(self, index: Int[Tensor, " b"], draws: Float[Tensor, "b s"]) -> Posterior:
        """Condition each future on a value of candidate ``index`` drawn from it.

        ``draws`` are standard normal. One future spreads into s; s futures stay s. The mean over
        many futures is the old mean: imagining adds no knowledge, it only takes uncertainty away.
        """
        rows = torch.arange(index.numel(), device=index.device)
        h, scale, solved = self.law.hyperparameters, self.law.scale.unsqueeze(-1), self.rows()
        prior = self.law.covariance(self.pool[index].unsqueeze(1), self.pool.unsqueeze(0))
        own = solved[rows, :, index].unsqueeze(1)
        covariance = (prior - own @ solved).squeeze(1)
        for earlier in self.later:
            covariance.addcmul_(earlier, earlier[rows, index].unsqueeze(-1), value=-1)
        sd = (self.variance[rows, index].unsqueeze(-1) / scale.square()).sqrt()
        known = self.variance.sqrt() / scale  # no covariance exceeds both sds, but by rounding
        row = torch.maximum(torch.minimum(covariance / sd, known), -known)
        floor = VARIANCE_FLOOR * h.signal.unsqueeze(-1) * scale.square()
        mean = self.mean + draws.unsqueeze(-1) * (row * scale).unsqueeze(1)
        seen = mean[rows, :, index].unsqueeze(-1)
        if self.fantasized is not None:
            before = self.fantasized.expand(-1, draws.shape[1], -1)
            seen = torch.cat([before, seen], -1)
        return replace(
            self,
            later=(*self.later, row),
            mean=mean,
            fantasized=seen,
            variance=torch.maximum(self.variance - (row * scale).square(), floor),
        )

    def places(self, index: Int[Tensor, " p"]) -> Int[Tensor, " p"]:
        """Where a candidate of each problem stands among the points: in its likeliest phase."""
        if self.shares is None:
            return index
        rows = torch.arange(len(index), device=index.device)
        phase = self.shares.expand(len(index), -1, -1)[rows, :, index].argmax(-1)
        return phase * self.shares.shape[-1] + index

    def take(self, index: Int[Tensor, " k"]) -> Posterior:
        """The beliefs with these indices."""
        fantasized = None if self.fantasized is None else self.fantasized[index]
        return Posterior(
            self.law.take(index),
            self.pool,
            cache(lambda: self.rows()[index]),
            self.mean[index],
            self.variance[index],
            self.noise[index],
            fantasized,
            tuple(row[index] for row in self.later),
            self.works,
            self.shares,
        )

    def in_brief(self, problems: int) -> Posterior:
        """Of the first ``FEW`` processes of each problem: they were drawn in random order."""
        each = len(self.mean) // problems
        first = torch.arange(problems, device=self.mean.device).unsqueeze(-1) * each
        few = first + torch.arange(min(FEW, each), device=self.mean.device)
        return self if each <= FEW else self.take(few.reshape(-1))

    def sample(self, draws: Float[Tensor, "b r N"]) -> Float[Tensor, "b r N"]:
        """r joint samples of the function over the pool from the first future, model units."""
        solved = self.solved
        factor = factorise(self.law.covariance(self.pool, self.pool) - solved.mT @ solved)
        return self.mean[:, :1] + self.law.scale.view(-1, 1, 1) * (draws @ factor.L.mT)
