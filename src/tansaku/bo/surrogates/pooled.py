"""Pooling with a reservation: the source's values are the target's own, but for a known share.

One level, one scale, one noise and one set of length scales for both tables, as in plain pooling; a
correlation below 1 leaves room for a difference of the two functions. At correlation 1 this is the
pooled Gaussian process itself, so that plain pooling stands among the models that are weighed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.factorise import factorise
from tansaku.bo.surrogates.source_posterior import Learnt, own_correlation
from tansaku.bo.surrogates.transfer_model import (
    Parts,
    Quadratic,
    TransferData,
    prior_of_signal,
    projected,
)

LIKENESS = (1.0, 0.95, 0.8)
"""Correlations: the same thing, nearly so, and akin."""
SIGNAL_SHAPE, SIGNAL_RATE = 1.5, 0.75
"""Inverse-gamma law of the target's signal variance over the source's: worth three observations,
mode 0.3, mean 1.5. Far from the source's points the target may go much further than the source did;
one such value must not refute the source where it has points."""


@dataclass(frozen=True, slots=True)
class Pooled:
    """Settings: likeness x h of the bank, for b problems.

    Attributes:
        source: Which source.
        learnt: What it taught.
        likeness: Correlations, length R.
        noise: Noise over signal variance, that of the source's settings, shape (h,).
        inverse: Inverse Cholesky factors of the target's data given the source's, at unit signal,
            shape (b, R, h, n, n).
        quadratic: Shapes (b, R, h).
        log_weight: Shape (b, R x h).
    """

    source: int
    learnt: Learnt
    likeness: tuple[float, ...]
    noise: Float[Tensor, " h"]
    inverse: Float[Tensor, "b R h n n"]
    quadratic: Quadratic
    log_weight: Float[Tensor, "b S"]

    @classmethod
    def fit(
        cls,
        source: int,
        learnt: Learnt,
        transfer_data: TransferData,
        likeness: tuple[float, ...] = LIKENESS,
    ) -> Pooled:
        """Hold the family against the target's data."""
        X, z, settings = transfer_data.data.X, transfer_data.data.z, transfer_data.settings
        (b, n), R, h = z.shape, len(likeness), len(settings.noise)
        which = torch.arange(h, device=z.device)
        rho = z.new_tensor(likeness).view(1, R, 1, 1, 1)
        rows = learnt.rows(which, X, transfer_data.kernel, settings).unsqueeze(1)
        C = own_correlation(which, X, transfer_data.kernel, settings).unsqueeze(1)
        noise = settings.noise.view(h, 1) / transfer_data.data.counts.view(b, 1, 1, n)
        C = C - rho.square() * (rows.mT @ rows) + torch.diag_embed(noise)
        L = factorise(C.reshape(-1, n, n)).L.view(b, R, h, n, n)
        one = torch.eye(n, dtype=z.dtype, device=z.device).expand_as(L)
        inverse = torch.linalg.solve_triangular(L, one, upper=False)
        told = torch.stack([learnt.ones, learnt.values], -2) @ rows  # b, 1, h, 2, n
        asked = torch.stack([torch.ones_like(z), z], -2).view(b, 1, 1, 2, n) - rho * told
        ones, values = (inverse @ asked.mT).unbind(-1)
        sure, mean = learnt.ones.square().sum(-1), learnt.mean
        before = sure, mean * sure, mean.square() * sure  # what the source knows of the level
        precision, along, squares = (
            new + old for new, old in zip(_sums(ones, values), before, strict=True)
        )
        shape = z.new_tensor(SIGNAL_SHAPE + 0.5 * n)
        rate = SIGNAL_RATE * learnt.signal
        half_log_det = -inverse.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        after = Quadratic(half_log_det, ones, values, precision, along, squares, shape, rate)
        prior = learnt.log_weight - math.log(R) + 0.5 * sure.log()
        weight = after.log_density() + prior_of_signal(SIGNAL_SHAPE, rate) + prior
        return cls(source, learnt, likeness, settings.noise, inverse, after, weight.flatten(1))

    @property
    def sources(self) -> tuple[int, ...]:
        """One."""
        return (self.source,)

    @property
    def correlation(self) -> Float[Tensor, "b S 1"]:
        """Of each setting."""
        rho = self.log_weight.new_tensor(self.likeness)
        each = rho.repeat_interleave(len(self.noise)).expand_as(self.log_weight)
        return each.unsqueeze(-1)

    def leave_one_out(self) -> Float[Tensor, "b S n"]:
        """Of each setting."""
        q = self.quadratic.single()
        return q.leave_one_out(*projected(q, self.inverse)).flatten(1, -2)

    def parts(self, problem: Int[Tensor, " k"], at: Int[Tensor, " k"]) -> Parts:
        """Of the settings ``at`` of these problems."""
        h = len(self.noise)
        r, which = at // h, at % h
        q = self.quadratic
        signal, level = q.signal[problem, r, which], q.level[problem, r, which]
        rho = signal.new_tensor(self.likeness)[r]
        white = self.learnt.values[which] - level.unsqueeze(-1) * self.learnt.ones[which]
        return Parts(
            which=which,
            signal=signal,
            noise=self.noise[which] * signal,
            root=self.inverse[problem, r, which],
            level=level,
            told=self.learnt.told(which, rho * signal.sqrt(), white / signal.sqrt().unsqueeze(-1)),
        )


def _sums(ones: Tensor, values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(1 . 1, 1 . v, v . v)."""
    return ones.square().sum(-1), (ones * values).sum(-1), values.square().sum(-1)
