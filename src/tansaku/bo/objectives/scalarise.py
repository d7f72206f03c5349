"""Several objectives as one number: augmented Chebyshev (ParEGO) and desirability.

ParEGO draws other weights for each sample, so that the samples spread over the front (Knowles,
IEEE Trans. Evol. Comput. 10 (2006) 50). As in qNParEGO (Daulton, Balandat, Bakshy, NeurIPS 2020)
the number is computed from draws of every outcome's own model, which also learns from rows with
only some outcomes measured. Its improvement is that of a normal law with the draws' mean and sd.
Desirability: Derringer, Suich, J. Qual. Technol. 12 (1980) 214.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.device import to_device
from tansaku.bo.objectives.improvement import Outcome, objective_score
from tansaku.bo.objectives.normal import log_expected_improvement
from tansaku.design import Floats

AUGMENTED = 0.05
"""Share of the plain weighted sum in the Chebyshev distance: Knowles (2006)."""
DRAWS = 64
"""Draws of the outcomes per candidate; a test holds the mean to 1 % of that of 100,000."""
LEAST_SD = 1e-9
"""Smallest sd of the number, on its scale of about 0 to 1: below it lies rounding only."""


@dataclass(frozen=True, slots=True)
class Range:
    """What of each objective is worth nothing and what everything, shapes (b, m) each."""

    worst: Float[Tensor, "b m"]
    best: Float[Tensor, "b m"]

    def share(self, values: Float[Tensor, "b *n m"]) -> Float[Tensor, "b *n m"]:
        """Goodness -> 0 at the worst, 1 at the best."""
        shape = (len(values), *[1] * (values.ndim - 2), values.shape[-1])
        width = self.best - self.worst
        width = torch.where(width > 0, width, torch.ones_like(width))
        return (values - self.worst.view(shape)) / width.view(shape)


def drawn_weights(preference: Floats, rngs: Sequence[np.random.Generator]) -> Float[Tensor, "b m"]:
    """Weights of the objectives, summing to 1: uniform where the preferences are equal, else with
    these as their mean (a Dirichlet law)."""
    alpha = preference * len(preference) / preference.sum()
    return to_device(np.stack([rng.dirichlet(alpha) for rng in rngs]))


def chebyshev(
    share: Float[Tensor, "b *n m"], weights: Float[Tensor, "b m"]
) -> Float[Tensor, "b *n"]:
    """Minus the augmented Chebyshev distance to the best of every objective."""
    shape = (len(share), *[1] * (share.ndim - 2), share.shape[-1])
    missing = weights.view(shape) * (1 - share)
    return -(missing.amax(-1) + AUGMENTED * missing.sum(-1))


def desirability(
    share: Float[Tensor, "b *n m"], weights: Float[Tensor, "b m"]
) -> Float[Tensor, "b *n"]:
    """Weighted geometric mean of how good each objective is, between 0 and 1."""
    shape = (len(share), *[1] * (share.ndim - 2), share.shape[-1])
    powers = (weights / weights.sum(-1, keepdim=True)).view(shape)
    return share.clamp(0.0, 1.0).pow(powers).prod(-1)


NUMBERS = {"chebyshev": chebyshev, "desirability": desirability}
"""Ways that make one number of several goals."""


@dataclass(frozen=True, slots=True)
class Draws:
    """The same normal numbers for all candidates, and the component that each draw looks at.

    Attributes:
        normal: Shape (b, s, m), antithetic.
        turn: Shape (b, s, m); components take turns, in another order for each outcome.
    """

    normal: Float[Tensor, "b s m"]
    turn: Int[Tensor, "b s m"]

    @classmethod
    def make(cls, m: int, rngs: Sequence[np.random.Generator], count: int = DRAWS) -> Draws:
        """``count`` draws for each problem."""
        half = np.stack([rng.standard_normal((count // 2, m)) for rng in rngs])
        turn = [np.stack([rng.permutation(count) for _each in range(m)], -1) for rng in rngs]
        normal = np.concatenate([half, -half], axis=1)
        return cls(to_device(normal), to_device(np.stack(turn)))

    def take(self, index: Int[Tensor, " k"]) -> Draws:
        """Of the problems with these indices."""
        return Draws(self.normal[index], self.turn[index])

    def of(self, outcomes: Sequence[Outcome]) -> Float[Tensor, "b s N m"]:
        """Goodness of every candidate in each draw."""
        found = []
        for j, each in enumerate(outcomes):
            which = (self.turn[..., j] % each.mean.shape[1]).unsqueeze(-1)
            index = which.expand(-1, -1, each.mean.shape[-1])
            mean, sd = each.mean.gather(1, index), each.sd.gather(1, index)
            found.append(objective_score(mean + sd * self.normal[..., j, None], each.want))
        return torch.stack(found, -1)


def log_scalar_improvement(
    numbers: Float[Tensor, "b s N"], best: Float[Tensor, " b"]
) -> Float[Tensor, "b N"]:
    """ln of the expected improvement of a number over ``best``, as of a normal law."""
    mean, sd = numbers.mean(1), numbers.std(1, correction=0).clamp_min(LEAST_SD)
    return log_expected_improvement(mean, sd, best.unsqueeze(-1))
