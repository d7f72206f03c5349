"""Pure variance: sample where least is known (MacKay, Neural Comput. 4 (1992) 590)."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from tansaku.bo.acquisition.acquisition import ACQUISITIONS, Acquisition
from tansaku.bo.acquisition_input import AcquisitionInput


@ACQUISITIONS.register("variance")
class Variance(Acquisition):
    """The variance of the function, averaged over the futures, in model units squared; of several
    goals the product of theirs, which is the spread of all together."""

    kind = "gain"
    explores = True
    rises = True

    def score(self, given: AcquisitionInput) -> Float[Tensor, "b N"]:
        """See :class:`Acquisition`."""
        return given.log_mean_of([goal.sd.square().mean(1).log() for goal in given.goals]).exp()
