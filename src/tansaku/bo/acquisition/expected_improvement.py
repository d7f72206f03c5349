"""Expected improvement: Mockus (1978); Jones, Schonlau, Welch, J. Glob. Optim. 13 (1998) 455."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.acquisition.base import ACQUISITIONS, LOG_SQRT_2PI, AcquisitionInput, average
from tansaku.bo.acquisition.log_expected_improvement import log_expected_closeness
from tansaku.design import Direction


def expected_improvement(
    mean: Float[Tensor, "*#shape"], sd: Float[Tensor, "*#shape"], best: Float[Tensor, "*#shape"]
) -> Float[Tensor, "*shape"]:
    """E[max(f - best, 0)] for f ~ N(mean, sd^2), in the units of f."""
    u = (mean - best) / sd
    density = torch.exp(-0.5 * u.square() - LOG_SQRT_2PI)
    return sd * (density + u * torch.special.ndtr(u)).clamp_min(0.0)


@ACQUISITIONS.register("ei", kind="gain")
def score_ei(acquisition_input: AcquisitionInput) -> Float[Tensor, "b N"]:
    """Expected improvement; 0 where it underflows (``log_ei`` is the cure)."""
    if acquisition_input.direction is Direction.MATCH:
        offset = acquisition_input.mean - acquisition_input.match
        gain = log_expected_closeness(offset, acquisition_input.sd, acquisition_input.best).exp()
        return average(gain, acquisition_input.share)
    gain = expected_improvement(
        acquisition_input.mean, acquisition_input.sd, acquisition_input.best
    )
    return average(gain, acquisition_input.share)
