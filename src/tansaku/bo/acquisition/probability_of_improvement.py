"""Probability of improvement: Kushner, J. Basic Eng. 86 (1964) 97."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from tansaku.bo.acquisition.acquisition import ACQUISITIONS, Acquisition
from tansaku.bo.acquisition_input import AcquisitionInput


@ACQUISITIONS.register("pi")
class ProbabilityOfImprovement(Acquisition):
    """ln of the probability that a sample improves (the same ranking, without underflow)."""

    kind = "log_gain"
    in_logarithms = True

    def score(self, given: AcquisitionInput) -> Float[Tensor, "b N"]:
        """See :class:`Acquisition`."""
        return given.log_chance()
