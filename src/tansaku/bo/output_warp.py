"""Output warp: the poor half of the values, drawn in.

How poor a poor sample is says little about the best.

A few values decades below the rest would otherwise rule the model's scale, and send the search
where nothing is known. Values at or above the median stay as they are; with s the root mean square
of the better half about the median m, a value y below it becomes m - s ln(1 + (m - y) / s). The
order is kept, and so is every question about the better half. Warping the poor half alone follows
Song et al., The Vizier Gaussian Process Bandit Algorithm, arXiv:2408.11527 (2024); the logarithm
in place of ranks keeps distances. It helped on some tables with very poor rows
and cost on others (docs/benchmarks.md), so it is a strategy of its own and not the default.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tansaku.design import Floats, Problems

FEWEST = 3
"""Values from which a median and a better half mean anything."""


@dataclass(frozen=True, slots=True)
class OutputWarp:
    """The map of b problems, and its inverse.

    Attributes:
        middle: Median of each problem's values, shape (b, 1).
        scale: Root mean square of the better half about it, shape (b, 1), > 0.

    Example:
        >>> tail = OutputWarp.of(np.array([[-9.0, 1.0, 2.0, 3.0, 4.0]]))
        >>> tail.compress(np.array([[-9.0, 2.0, 4.0]])).round(2).tolist()
        [[-1.28, 2.0, 4.0]]
    """

    middle: Floats
    scale: Floats

    @classmethod
    def of(cls, y: Floats) -> OutputWarp | None:
        """The map for values y, shape (b, n), larger being better; ``None`` for fewer than 3."""
        if y.shape[1] < FEWEST:
            return None
        middle = np.median(y, axis=1, keepdims=True)
        above = np.where(y > middle, y - middle, 0.0)
        number = (above > 0).sum(axis=1, keepdims=True)
        scale = np.sqrt(np.square(above).sum(axis=1, keepdims=True) / np.maximum(number, 1))
        spread = np.ptp(y, axis=1, keepdims=True)
        scale = np.where(scale > 0, scale, np.where(spread > 0, spread, 1.0))
        return cls(middle, scale)

    def compress(self, y: Floats) -> Floats:
        """Values -> what the model learns, shape (b, n)."""
        below = np.maximum(self.middle - y, 0.0) / self.scale
        return np.where(below > 0, self.middle - self.scale * np.log1p(below), y)

    def of_problems(self, problems: Problems) -> Problems:
        """The searches with values, limits and stated variances as they are learned (the variances
        by the slope at the value)."""
        y, noise, limits = problems.y, problems.noise, problems.limits
        if noise is not None:
            noise = noise / np.square(1 + np.maximum(self.middle - y, 0.0) / self.scale)
        if limits is not None:
            limits = replace(limits, bound=self.compress(limits.bound))
        return replace(problems, y=self.compress(y), noise=noise, limits=limits)

    def expand(self, mean: Floats, sd: Floats) -> tuple[Floats, Floats]:
        """The model's mean and sd -> median and sd in the values' own unit, shape (b, k) each.

        The sd is carried by the slope at the mean (first order).
        """
        below = np.maximum(self.middle - mean, 0.0) / self.scale
        slope = np.exp(below)
        return np.where(below > 0, self.middle - self.scale * np.expm1(below), mean), sd * slope
