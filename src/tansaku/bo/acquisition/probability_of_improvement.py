"""Probability of improvement: Kushner, J. Basic Eng. 86 (1964) 97."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.acquisition.base import ACQUISITIONS, AcquisitionInput, log_mean
from tansaku.design import Direction


def probability_of_improvement(
    mean: Float[Tensor, "*#shape"], sd: Float[Tensor, "*#shape"], best: Float[Tensor, "*#shape"]
) -> Float[Tensor, "*shape"]:
    """P(f > best) for f ~ N(mean, sd^2)."""
    return torch.special.ndtr((mean - best) / sd)


def log_probability_of_improvement(
    mean: Float[Tensor, "*#shape"], sd: Float[Tensor, "*#shape"], best: Float[Tensor, "*#shape"]
) -> Float[Tensor, "*shape"]:
    """ln P(f > best), also where P itself underflows."""
    return torch.special.log_ndtr((mean - best) / sd)


def log_probability_of_closeness(
    offset: Float[Tensor, "*#shape"], sd: Float[Tensor, "*#shape"], best: Float[Tensor, "*#shape"]
) -> Float[Tensor, "*shape"]:
    """ln P(|f - match| < best) for f - match ~ N(offset, sd^2)."""
    offset = offset.abs()  # the law is symmetric; now the near edge is +best
    near = torch.special.log_ndtr((best - offset) / sd)
    far = torch.special.log_ndtr((-best - offset) / sd)
    return near + torch.log1p(-torch.exp((far - near).clamp_max(0.0)))


@ACQUISITIONS.register("pi", kind="log_gain")
def score_pi(acquisition_input: AcquisitionInput) -> Float[Tensor, "b N"]:
    """ln of the probability of improvement (the same ranking, without underflow)."""
    if acquisition_input.direction is Direction.MATCH:
        offset = acquisition_input.mean - acquisition_input.match
        log_p = log_probability_of_closeness(offset, acquisition_input.sd, acquisition_input.best)
        return log_mean(log_p, acquisition_input.share)
    log_p = log_probability_of_improvement(
        acquisition_input.mean, acquisition_input.sd, acquisition_input.best
    )
    return log_mean(log_p, acquisition_input.share)
