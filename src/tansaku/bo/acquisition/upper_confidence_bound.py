"""Upper confidence bound: Srinivas, Krause, Kakade, Seeger, ICML 2010; in batches as GP-BUCB
(Desautels, Krause, Burdick, JMLR 15 (2014) 4053): imagined values leave the mean and shrink the sd.
"""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from tansaku.bo.acquisition.base import ACQUISITIONS, AcquisitionInput, average
from tansaku.design import Direction


def upper_confidence_bound(
    mean: Float[Tensor, "*#shape"], sd: Float[Tensor, "*#shape"], beta: float
) -> Float[Tensor, "*shape"]:
    """mean + beta * sd, in the units of f. (``beta`` multiplies the sd, not its square.)"""
    return mean + beta * sd


@ACQUISITIONS.register("ucb", kind="value")
def score_ucb(acquisition_input: AcquisitionInput) -> Float[Tensor, "b N"]:
    """mean + beta sd; for MATCH the same of minus the distance to the wanted value."""
    mean, sd = (
        average(each, acquisition_input.share)
        for each in (acquisition_input.mean, acquisition_input.sd)
    )
    if acquisition_input.direction is Direction.MATCH:
        mean = -(mean - acquisition_input.match).abs()
    return upper_confidence_bound(mean, sd, acquisition_input.beta)
