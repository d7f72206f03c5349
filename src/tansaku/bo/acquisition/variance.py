"""Pure variance: sample where least is known (MacKay, Neural Comput. 4 (1992) 590)."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from tansaku.bo.acquisition.base import ACQUISITIONS, AcquisitionInput, average


@ACQUISITIONS.register("variance", kind="gain")
def variance(acquisition_input: AcquisitionInput) -> Float[Tensor, "b N"]:
    """The variance of the function, averaged over the futures, in model units squared."""
    return average(acquisition_input.sd.square(), acquisition_input.share)
