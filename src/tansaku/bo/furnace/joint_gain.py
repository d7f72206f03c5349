"""What several samples gain together: the joint expected improvement of those made at once.

The gain of a set S is E[max(max over S of f - best, 0)]: how far the best of the set is expected to
exceed the best so far, 0 where none does (Ginsbourger, Le Riche, Carraro, in Computational
Intelligence in Expensive Optimization Problems, Springer 2010, "q-EI"). It is the sum, over the
samples in any order, of what each adds to those before it. Here the values of those before are
imagined and the next one's part is exact, so that gains far below one in a thousand are told apart,
where counting successes among random draws would see none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.factorise import factorise
from tansaku.bo.objectives.normal import (
    LOG_SQRT_2PI,
    log_expected_closeness,
    log_expected_improvement,
)
from tansaku.design import Direction

SMALLEST_DISTANCE = 1e-12
"""A distance to the wanted value that counts as none left: what remains of an exact hit."""
UNDERFLOW = 1e-250
"""Gains above this keep their digits as plain numbers, whatever the unit."""
SMALLEST_VARIANCE = 1e-12
"""Share of the set's largest variance below which a sample is known from the others."""


def log_gain(
    mean: Float[Tensor, "*#shape"],
    sd: Float[Tensor, "*#shape"],
    best: Float[Tensor, "*#shape"],
    direction: Direction,
    match: float,
) -> Float[Tensor, "*shape"]:
    """ln of the expected gain of one sample; ``best`` as an ``AcquisitionInput`` has it (a
    distance where a value is to be matched)."""
    if direction is Direction.MATCH:
        left = best.clamp_min(SMALLEST_DISTANCE)
        return log_expected_closeness(mean - match, sd, left)
    return log_expected_improvement(mean, sd, best)


def log_mean_gain(
    mean: Float[Tensor, "f *shape"],
    sd: Float[Tensor, "#f *shape"],
    best: Float[Tensor, "f *#shape"],
    direction: Direction,
    match: float,
) -> Float[Tensor, "*shape"]:
    """ln of the expected gain averaged over f futures, of candidates that are compared.

    It works without logarithms where some gain can be seen so, in a third of the time and to the
    same digits: sd (phi(u) + u Phi(u)) loses about u^2 roundings, until it underflows. Gains below
    ``UNDERFLOW`` are then told as that: beside the others they are nothing.
    """
    number = mean.shape[0]
    if direction is Direction.MAXIMISE:
        u = (mean - best) / sd
        density = torch.exp(-0.5 * u.square() - LOG_SQRT_2PI)
        gain = torch.addcmul(density, u, torch.special.ndtr(u)).mul_(sd).sum(0)
        if bool((gain > UNDERFLOW).any()):
            return gain.clamp_min(UNDERFLOW).log() - math.log(number)
    return torch.logsumexp(log_gain(mean, sd, best, direction, match), 0) - math.log(number)


def bettered(
    best: Float[Tensor, "*#shape"],
    seen: Float[Tensor, "*#shape"],
    direction: Direction,
    match: float,
) -> Float[Tensor, "*shape"]:
    """The value to beat after ``seen``."""
    if direction is Direction.MATCH:
        return torch.minimum(best, (seen - match).abs())
    return torch.maximum(best, seen)


@dataclass(frozen=True, slots=True)
class Together:
    """What q samples promise together.

    Attributes:
        log_gain: ln of what each adds to the ones before it, shape (q,); their exponentials sum to
            the joint expected improvement.
        chance: Probability that one of the first 1, 2, .. q is better than the best, shape (q,).
    """

    log_gain: Float[Tensor, " q"]
    chance: Float[Tensor, " q"]


def expected_gain(
    mean: Float[Tensor, "c q"],
    covariance: Float[Tensor, "c q q"],
    best: Float[Tensor, " c"],
    draws: Float[Tensor, "q s"],
    *,
    direction: Direction = Direction.MAXIMISE,
    match: float = 0.0,
    working: Float[Tensor, "q s"] | None = None,
) -> Together:
    """What q samples promise together.

    Args:
        mean: Of the samples under each of c components, model units.
        covariance: Of the samples.
        best: The value to beat.
        draws: Standard normal, one row for each sample; s futures.
        direction: What is wanted.
        match: The wanted value, with MATCH.
        working: 1 in the futures in which a sample works and 0 where it fails, without a value;
            ``None`` where nothing fails.

    Example:
        >>> one = torch.ones(1, dtype=torch.float64)
        >>> found = expected_gain(one[None] * 0, one[None, None], 0 * one, one[None] * 0)
        >>> round(float(found.log_gain.exp()), 4)  # of a standard normal over 0: 1 / sqrt(2 pi)
        0.3989
    """
    size = covariance.diagonal(dim1=-2, dim2=-1).amax(-1).view(-1, 1, 1)
    eye = torch.eye(mean.shape[-1], dtype=mean.dtype, device=mean.device)
    L = factorise(covariance + SMALLEST_VARIANCE * size * eye).L
    seen = mean.unsqueeze(-1) + L @ draws
    expected = seen - L.diagonal(dim1=-2, dim2=-1).unsqueeze(-1) * draws
    before = best.view(-1, 1).expand(-1, draws.shape[-1])
    parts, chances, beaten = [], [], before
    for i in range(mean.shape[-1]):
        part = log_gain(expected[:, i], L[:, i, i, None], beaten, direction, match)
        after = bettered(beaten, seen[:, i], direction, match)
        if working is not None:
            part = part + working[i].log()
            after = torch.where(working[i] > 0, after, beaten)
        beaten = after
        parts.append(torch.logsumexp(part.reshape(-1), 0) - math.log(part.numel()))
        chances.append((beaten != before).double().mean())
    return Together(torch.stack(parts), torch.stack(chances))
