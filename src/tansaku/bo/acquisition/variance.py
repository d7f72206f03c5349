"""Pure variance: sample where least is known (MacKay, Neural Comput. 4 (1992) 590)."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from tansaku.bo.acquisition.base import ACQUISITIONS, Outlook, average


@ACQUISITIONS.register("variance", kind="gain")
def variance(outlook: Outlook) -> Float[Tensor, "b N"]:
    """The variance of the function, averaged over the futures, in model units squared."""
    return average(outlook.sd.square(), outlook.share)
