"""Expected improvement: Mockus (1978); Jones, Schonlau, Welch, J. Glob. Optim. 13 (1998) 455."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from tansaku.bo.acquisition.acquisition import ACQUISITIONS, Acquisition
from tansaku.bo.acquisition_input import AcquisitionInput


@ACQUISITIONS.register("ei")
class ExpectedImprovement(Acquisition):
    """The gain that is expected; 0 where it underflows (``log_ei`` is the cure)."""

    kind = "gain"
    rises = True

    def score(self, given: AcquisitionInput) -> Float[Tensor, "b N"]:
        """See :class:`Acquisition`."""
        return given.log_gain().exp()
