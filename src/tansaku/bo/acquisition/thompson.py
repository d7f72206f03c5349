"""Thompson sampling: Thompson, Biometrika 25 (1933) 285; the best of one function drawn from the
posterior. Several picks draw independent functions, which spreads them."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from tansaku.bo.acquisition.acquisition import ACQUISITIONS, Acquisition
from tansaku.bo.acquisition_input import AcquisitionInput
from tansaku.bo.objectives.improvement import objective_score


@ACQUISITIONS.register("thompson")
class Thompson(Acquisition):
    """How good a function drawn from the posterior of each goal is."""

    kind = "value"
    draws = True

    def score(self, given: AcquisitionInput) -> Float[Tensor, "b N"]:
        """See :class:`Acquisition`."""
        drawn = zip(given.sample(), given.goals, strict=True)
        return given.value([objective_score(values, goal.want) for values, goal in drawn])
