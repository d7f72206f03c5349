"""Outcome constraints: the probability that a candidate keeps what is demanded of its outcomes.

It multiplies the acquisition (Schonlau, Welch, Jones, 1998; Gardner et al., ICML 2014).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from tansaku.bo.objectives.improvement import Outcome
from tansaku.bo.objectives.normal import log_mean, log_probability_of_closeness
from tansaku.bo.objectives.reference import absorbed
from tansaku.design import Want


def log_feasible(outcome: Outcome) -> Float[Tensor, "b N"]:
    """ln P(lower <= f <= upper) of one outcome, averaged over its components."""
    low, high = outcome.want.lower, outcome.want.upper
    mean, sd = outcome.mean, outcome.sd
    if low is not None and high is not None:
        middle, half = (low + high) / 2, torch.full_like(mean[..., :1], (high - low) / 2)
        return log_mean(log_probability_of_closeness(mean - middle, sd, half))
    if low is not None:
        return log_mean(torch.special.log_ndtr((mean - low) / sd))
    if high is not None:
        return log_mean(torch.special.log_ndtr((high - mean) / sd))
    return torch.zeros_like(mean[:, 0])


def log_all_feasible(
    outcomes: Sequence[Outcome], *, outright: bool = True
) -> list[Float[Tensor, "b N"]]:
    """The same of each of several independent outcomes that has a limit; without ``outright`` but
    for those that the reference point takes care of."""
    kept = [
        replace(each, want=replace(each.want, lower=None))
        if not outright and absorbed(each.want)
        else each
        for each in outcomes
    ]
    return [log_feasible(each) for each in kept if each.want.bound]


def kept(values: Float[Tensor, "*shape"], want: Want) -> Bool[Tensor, "*shape"]:
    """Which values keep the constraint."""
    inside = torch.ones_like(values, dtype=torch.bool)
    if want.lower is not None:
        inside = inside & (values >= want.lower)
    if want.upper is not None:
        inside = inside & (values <= want.upper)
    return inside
