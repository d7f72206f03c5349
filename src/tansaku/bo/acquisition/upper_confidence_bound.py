"""Upper confidence bound: Srinivas, Krause, Kakade, Seeger, ICML 2010; in batches as GP-BUCB
(Desautels, Krause, Burdick, JMLR 15 (2014) 4053): imagined values leave the mean and shrink the sd.
"""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from tansaku.bo.acquisition.base import ACQUISITIONS, Outlook, average
from tansaku.design import Direction


def upper_confidence_bound(
    mean: Float[Tensor, "*#shape"], sd: Float[Tensor, "*#shape"], beta: float
) -> Float[Tensor, "*shape"]:
    """mean + beta * sd, in the units of f. (``beta`` multiplies the sd, not its square.)"""
    return mean + beta * sd


@ACQUISITIONS.register("ucb", kind="value")
def score_ucb(outlook: Outlook) -> Float[Tensor, "b N"]:
    """mean + beta sd; for MATCH the same of minus the distance to the wanted value."""
    mean, sd = (average(each, outlook.share) for each in (outlook.mean, outlook.sd))
    if outlook.direction is Direction.MATCH:
        mean = -(mean - outlook.match).abs()
    return upper_confidence_bound(mean, sd, outlook.beta)
