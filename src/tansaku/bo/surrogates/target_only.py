"""The target alone, as one model among those of the average."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.surrogates import bank
from tansaku.bo.surrogates.transfer_model import (
    Parts,
    Quadratic,
    TransferData,
    log_level,
    prior_of_signal,
    projected,
)


@dataclass(frozen=True, slots=True)
class TargetOnly:
    """The h settings of the bank, without any source.

    Attributes:
        noise: Noise over signal variance, shape (h,).
        inverse: Inverse Cholesky factors, shape (b, h, n, n).
        quadratic: Shapes (b, h).
        log_weight: Shape (b, h).
    """

    noise: Float[Tensor, " h"]
    inverse: Float[Tensor, "b h n n"]
    quadratic: Quadratic
    log_weight: Float[Tensor, "b h"]

    @classmethod
    def fit(cls, transfer_data: TransferData, evidence: bank.MarginalLikelihood) -> TargetOnly:
        """Read the family off what was gathered."""
        n = transfer_data.data.z.shape[-1]
        ones, values = evidence.ones, evidence.values
        rate = values.new_tensor(bank.SIGNAL_RATE)
        quadratic = Quadratic(
            half_log_det=evidence.half_log_det,
            ones=ones,
            values=values,
            precision=ones.square().sum(-1),
            along=(ones * values).sum(-1),
            squares=values.square().sum(-1),
            shape=rate.new_tensor(bank.SIGNAL_SHAPE + 0.5 * (n - 1)),
            rate=rate,
        )
        weight = quadratic.log_density() + prior_of_signal(bank.SIGNAL_SHAPE, rate)
        weight = weight + transfer_data.settings.log_prior + log_level()
        return cls(transfer_data.settings.noise, evidence.inverse[..., :n, :n], quadratic, weight)

    @property
    def sources(self) -> tuple[int, ...]:
        """Nobody but the target."""
        return ()

    @property
    def correlation(self) -> Float[Tensor, "b S 0"]:
        """None."""
        return self.log_weight.new_zeros(*self.log_weight.shape, 0)

    def leave_one_out(self) -> Float[Tensor, "b h n"]:
        """Of each setting."""
        q = self.quadratic.single()
        return q.leave_one_out(*projected(q, self.inverse)).flatten(1, -2)

    def parts(self, problem: Int[Tensor, " k"], at: Int[Tensor, " k"]) -> Parts:
        """Of the settings ``at`` of these problems."""
        signal = self.quadratic.signal[problem, at]
        return Parts(
            which=at,
            signal=signal,
            noise=self.noise[at] * signal,
            root=self.inverse[problem, at],
            level=torch.full_like(signal, math.nan),
            told=None,
        )
