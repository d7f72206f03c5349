"""Quantiles of mixtures of normal laws."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.objectives.normal import density, ndtr

STEPS = 100
"""Most steps of a search; about eight are needed."""
TOLERANCE = 1e-12
"""Last step, as a share of the largest sd of a value's laws."""


def mixture_quantile(
    weight: Float[Tensor, "C N"],
    mean: Float[Tensor, "C N"],
    sd: Float[Tensor, "C N"],
    p: float | Float[Tensor, " N"],
) -> Float[Tensor, " N"]:
    """Below which each of N values lies with probability ``p``, 0 < p < 1.

    By Newton's method, held between the quantiles of the single laws and halving where it would
    leave them or hardly moves (rtsafe of Press and others, Numerical Recipes, 3rd ed., 2007, 9.4).

    Args:
        weight: Of C normal laws, 1 in all for each value.
        mean, sd: Of these laws; sd > 0.
        p: Probability, of all or of each.

    Example:
        >>> halves = torch.full((2, 1), 0.5).double()
        >>> mean = torch.tensor([[0.0], [10.0]]).double()
        >>> mixture_quantile(halves, mean, torch.ones_like(mean), 0.25).round(decimals=6).tolist()
        [0.0]
    """
    p = torch.as_tensor(p, dtype=mean.dtype, device=mean.device)
    z = torch.special.ndtri(p)
    each, centre = mean + z * sd, (weight * mean).sum(0)
    variance = (weight * (sd.square() + (mean - centre).square())).sum(0)
    low = torch.where(weight > 0, each, torch.inf).amin(0)
    high = torch.where(weight > 0, each, -torch.inf).amax(0)
    x, last = (centre + z * variance.sqrt()).clamp(low, high), high - low
    small = TOLERANCE * sd.amax(0)
    for _step in range(STEPS):
        u = (x - mean) / sd
        over = (weight * ndtr(u)).sum(0) - p
        slope = (weight * density(u) / sd).sum(0)
        low, high = torch.where(over < 0, x, low), torch.where(over < 0, high, x)
        newton = x - over / slope
        held = (newton > low) & (newton < high) & ((newton - x).abs() <= 0.5 * last)
        following = torch.where(held, newton, (low + high) / 2)
        last, x = (following - x).abs(), following
        if bool((last <= small).all()):
            break
    return x
