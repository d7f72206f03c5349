"""Observations: what a fit learns from, and what is known of each value besides the value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.batch import Batch
from tansaku.bo.device import to_device
from tansaku.bo.surrogates.gp import Noise
from tansaku.design import Problems, SourceData


@dataclass(frozen=True, slots=True)
class Limits(Batch):
    """Values of b problems that are only seen from one side.

    Attributes:
        X: Points, shape (b, c, d).
        bound: The limits, model units, shape (b, c).
        side: 1 where the value lies above its limit, -1 below, shape (b, c).
    """

    X: Float[Tensor, "b c d"]
    bound: Float[Tensor, "b c"]
    side: Float[Tensor, "b c"]

    @classmethod
    def none(cls, X: Float[Tensor, "b n d"], y: Float[Tensor, "b n"]) -> Limits:
        """Beside these values."""
        return cls(X[:, :0], y[:, :0], y[:, :0])

    @property
    def number(self) -> int:
        """c."""
        return int(self.bound.shape[-1])


@dataclass(frozen=True, slots=True)
class Listed:
    """Where the measured points stand among the candidates: a way to be quick, without any other
    effect.

    Attributes:
        pool: Encoded candidates, shape (N, d).
        positions: Candidate of each measured point, shape (b, n).
    """

    pool: Float[Tensor, "N d"]
    positions: Int[Tensor, "b n"]


@dataclass(frozen=True, slots=True)
class Observations:
    """Of b problems.

    Attributes:
        X: Encoded inputs, shape (b, n, d).
        y: Model-scale values, shape (b, n).
        noise: What is known of their errors, model units.
        limits: Values that are only seen from one side.
        labels: The last so many columns are those of a label (a phase); the averaged fit has length
            scales of their own for them, other fits take them for columns like others.
        listed: Where the points stand in the pool; ``None`` where they are not all candidates.
    """

    X: Float[Tensor, "b n d"]
    y: Float[Tensor, "b n"]
    noise: Noise
    limits: Limits
    labels: int = 0
    listed: Listed | None = None

    @classmethod
    def plain(
        cls,
        X: Float[Tensor, "b n d"],
        y: Float[Tensor, "b n"],
        counts: Float[Tensor, "b n"] | None = None,
    ) -> Observations:
        """Values of which no more is known than how many replicates are behind each."""
        noise = Noise.of(torch.ones_like(y) if counts is None else counts)
        return cls(X, y, noise, Limits.none(X, y))

    @classmethod
    def of(cls, problems: Problems, labels: int = 0) -> Observations:
        """All that some searches know of their values."""
        X, y, counts = map(to_device, (problems.X, problems.y, problems.counts))
        known, runs = (None if v is None else to_device(v) for v in (problems.noise, problems.runs))
        limits, stated, listed = Limits.none(X, y), problems.limits, None
        if stated is not None:
            limits = Limits(*map(to_device, (stated.X, stated.bound, stated.side)))
        if problems.positions is not None:
            listed = Listed(to_device(problems.pool.X), to_device(problems.positions))
        return cls(X, y, Noise.of(counts, known, runs), limits, labels, listed)

    @property
    def number(self) -> int:
        """n."""
        return int(self.y.shape[-1])

    def in_unit(self, unit: float) -> Observations:
        """In this unit."""
        noise = replace(self.noise, known=self.noise.known / unit**2)
        limits = replace(self.limits, bound=self.limits.bound / unit)
        return replace(self, y=self.y / unit, noise=noise, limits=limits)

    def with_sources(self, sources: Sequence[SourceData]) -> Observations:
        """The sources' measurements before the target's own, as if they were its own."""

        def stacked(own: Tensor, parts: Sequence[Tensor]) -> Tensor:
            return torch.cat([*(v.expand(len(own), *v.shape) for v in parts), own], 1)

        X, y, counts = ([to_device(getattr(s, k)) for s in sources] for k in ("X", "y", "counts"))
        older = Noise.of(torch.cat(counts)[None])
        noise = Noise(
            *(
                stacked(getattr(self.noise, k), [getattr(older, k)[0]])
                for k in ("counts", "known", "runs")
            )
        )
        return replace(self, X=stacked(self.X, X), y=stacked(self.y, y), noise=noise, listed=None)
