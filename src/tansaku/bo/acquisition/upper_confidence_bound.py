"""Upper confidence bound: Srinivas, Krause, Kakade, Seeger, ICML 2010; in batches as GP-BUCB
(Desautels, Krause, Burdick, JMLR 15 (2014) 4053): imagined values leave the mean and shrink the sd.
"""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from tansaku.bo.acquisition.acquisition import ACQUISITIONS, Acquisition
from tansaku.bo.acquisition_input import AcquisitionInput
from tansaku.bo.objectives.improvement import objective_score


def upper_confidence_bound(
    mean: Float[Tensor, "*#shape"], sd: Float[Tensor, "*#shape"], beta: float
) -> Float[Tensor, "*shape"]:
    """mean + beta * sd, in the units of f. (``beta`` multiplies the sd, not its square.)"""
    return mean + beta * sd


@ACQUISITIONS.register("ucb")
@dataclass(frozen=True)
class UpperConfidenceBound(Acquisition):
    """How good the mean of each goal is, and ``beta`` sds more."""

    kind = "value"
    beta: float = 2.0

    def score(self, given: AcquisitionInput) -> Float[Tensor, "b N"]:
        """See :class:`Acquisition`."""
        return given.value(
            [
                upper_confidence_bound(
                    objective_score(given.average(goal.mean), goal.want),
                    given.average(goal.sd),
                    self.beta,
                )
                for goal in given.goals
            ]
        )
