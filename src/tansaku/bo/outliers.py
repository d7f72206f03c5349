"""Outliers: how far each result lies from what the others say of it.

Leave-one-out predictions in closed form, the constant mean left out and estimated again, too
(Dubrule, Math. Geol. 15 (1983) 687; Rasmussen and Williams 2006, section 5.4.2). Nothing is removed
here: a result that stands out is shown to a person.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.device import to_host
from tansaku.bo.surrogates.gp import GP
from tansaku.design import Floats

CHANCE = 0.05
"""Probability that any result of a campaign without a single bad one is called doubtful."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What the others say of each of n results; model scale.

    Attributes:
        expected: Shape (n,).
        sd: Of a result, its noise included, shape (n,).
        residual: (result - expected) / sd, shape (n,).

    Example:
        >>> LeftOut(np.zeros(2), np.ones(2), np.array([0.3, 4.0])).doubtful().tolist()
        [1]
    """

    expected: Floats
    sd: Floats
    residual: Floats

    def doubtful(self) -> np.ndarray:
        """Those that lie further off than chance explains, the furthest first (Bonferroni over all
        n and both sides)."""
        from scipy.special import ndtri

        limit = ndtri(1 - CHANCE / (2 * max(len(self.residual), 1)))
        found = np.flatnonzero(np.abs(self.residual) > limit)
        return found[np.argsort(-np.abs(self.residual[found]), kind="stable")]


def leave_one_out(gp: GP, components: int, y: Floats) -> LeftOut:
    """What the other data say of each of the n values ``y`` of one problem.

    Args:
        gp: Its processes, a batch of ``components``; a constant mean is estimated. Of their data
            the last are the problem's own, values before limits.
        components: Processes that are averaged over.
        y: Values, model scale, shape (n,).

    The hyperparameters are those found with the value; a single bad value among many moves them
    little, and towards more noise, so it is rather missed than a good one accused.
    """
    n = len(y)
    noise, residual = _left_out(gp)
    scale = gp.data.scale.unsqueeze(-1)
    off, sd = residual * scale, noise.sqrt() * scale
    limits = int(torch.isinf(gp.data.counts[0]).sum())
    own = slice(gp.data.z.shape[-1] - limits - n, gp.data.z.shape[-1] - limits)
    mean = torch.as_tensor(y, device=off.device) - off[:components, own]
    variance = sd[:components, own].square().mean(0) + mean.var(0, correction=0)
    expected, spread = to_host(mean.mean(0)), to_host(variance.sqrt())
    return LeftOut(expected, spread, (y - expected) / spread)


def _left_out(gp: GP) -> tuple[Float[Tensor, "b n"], Float[Tensor, "b n"]]:
    """(variance, residual) of each standardised value by the others."""
    precision = gp.root.mT @ gp.root
    along = precision.sum(-1)
    total = along.sum(-1, keepdim=True)
    kept = precision.diagonal(dim1=-2, dim2=-1) - along.square() / total
    variance = kept.clamp_min(1e-300).reciprocal()
    return variance, gp.alpha * variance
