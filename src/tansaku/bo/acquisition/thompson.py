"""Thompson sampling: Thompson, Biometrika 25 (1933) 285; the best of one function drawn from the
posterior. Several picks draw independent functions, which spreads them."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from tansaku.bo.acquisition.base import ACQUISITIONS, AcquisitionInput
from tansaku.design import Direction


@ACQUISITIONS.register("thompson", kind="value")
def thompson_sample(acquisition_input: AcquisitionInput) -> Float[Tensor, "b N"]:
    """A function drawn from the posterior over the pool; for MATCH minus its distance."""
    drawn = acquisition_input.sample()
    return (
        -(drawn - acquisition_input.match).abs()
        if acquisition_input.direction is Direction.MATCH
        else drawn
    )
