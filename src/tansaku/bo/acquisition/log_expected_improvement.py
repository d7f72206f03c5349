"""ln of expected improvement, exact where EI underflows: Ament et al., NeurIPS 2023."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from tansaku.bo.acquisition.acquisition import ACQUISITIONS, Acquisition
from tansaku.bo.acquisition_input import AcquisitionInput


@ACQUISITIONS.register("log_ei")
class LogExpectedImprovement(Acquisition):
    """ln of the gain that is expected, averaged over the futures before the logarithm."""

    kind = "log_gain"
    rises = True

    def score(self, given: AcquisitionInput) -> Float[Tensor, "b N"]:
        """See :class:`Acquisition`."""
        return given.log_gain()
