"""The source's prediction as a prior mean, and a process of the target's own about it.

y(x) = level + a m(x) + residual(x): m is the source's posterior mean, a how far the target follows
it, and the residual has length scales of its own (M. C. Kennedy, A. O'Hagan, Biometrika 87 (2000)
1, with the source's mean plugged in as by L. Le Gratiet, J. Garnier, Int. J. Uncertain. Quantif. 4
(2014) 365). Nothing is factorised for it that the target alone does not need already.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.surrogates import bank
from tansaku.bo.surrogates.source_posterior import Learnt
from tansaku.bo.surrogates.target_only import TargetOnly
from tansaku.bo.surrogates.transfer_model import (
    Parts,
    Quadratic,
    TransferData,
    log_level,
    prior_of_signal,
    projected,
)

FOLLOWED = (-1.0, 0.5, 1.0, 2.0)
"""How far the target follows the source: upside down, by half, as it is, twice."""
FOLLOWED_PRIOR = (0.15, 0.2125, 0.425, 0.2125)
"""Of each: negative ones as likely as for the task correlation, 1 twice as likely as its
neighbours."""
MEANS = 4
"""Predictions of the source, each under one of its settings drawn by their evidence."""
SIGNAL_RATE = 0.25
"""Inverse-gamma law of the residual's variance, in variances of the source: what the source leaves
is expected to be half as wide as its own values (mode 1/8)."""
NO_REACH = 1e-7
"""The source moves the mean and takes no uncertainty away: 1e-14 of the variance, less than
rounding."""


@dataclass(frozen=True, slots=True)
class PriorMean:
    """Settings: a x predictions of the source x h of the bank, for b problems.

    Attributes:
        source: Which source.
        learnt: What it taught.
        own: The target alone, whose factors serve here too.
        which: Its settings behind each prediction, shape (M,).
        quadratic: Shapes (b, a, M, h).
        log_weight: Shape (b, S).
    """

    source: int
    learnt: Learnt
    own: TargetOnly
    which: Int[Tensor, " M"]
    quadratic: Quadratic
    log_weight: Float[Tensor, "b S"]

    @classmethod
    def fit(
        cls, source: int, learnt: Learnt, transfer_data: TransferData, own: TargetOnly
    ) -> PriorMean:
        """Hold the family against the target's data."""
        X, z = transfer_data.data.X, transfer_data.data.z
        b, n = z.shape
        which, a = learnt.drawn(MEANS), z.new_tensor(FOLLOWED)
        rows = learnt.rows(which, X, transfer_data.kernel, transfer_data.settings)
        mean = (learnt.centred[which].unsqueeze(-2) @ rows).view(b, -1, n)
        expected = own.inverse.unsqueeze(1) @ mean.view(b, -1, 1, n, 1)  # b, M, h, n, 1
        expected = a.view(-1, 1, 1, 1) * expected.squeeze(-1).unsqueeze(1)
        values = own.quadratic.values.view(b, 1, 1, -1, n) - expected
        ones = own.quadratic.ones.view(b, 1, 1, -1, n).expand_as(values)
        rate = SIGNAL_RATE * learnt.signal[which].view(-1, 1)
        quadratic = Quadratic(
            half_log_det=own.quadratic.half_log_det.view(b, 1, 1, -1),
            ones=ones,
            values=values,
            precision=ones.square().sum(-1),
            along=(ones * values).sum(-1),
            squares=values.square().sum(-1),
            shape=rate.new_tensor(bank.SIGNAL_SHAPE + 0.5 * (n - 1)),
            rate=rate,
        )
        log_prior = (
            z.new_tensor(FOLLOWED_PRIOR).log().view(-1, 1, 1) + transfer_data.settings.log_prior
        )
        weight = quadratic.log_density() + prior_of_signal(bank.SIGNAL_SHAPE, rate) + log_prior
        weight = (weight - math.log(len(which)) + log_level()).flatten(1)
        return cls(source, learnt, own, which, quadratic, weight)

    @property
    def sources(self) -> tuple[int, ...]:
        """One."""
        return (self.source,)

    @property
    def correlation(self) -> Float[Tensor, "b S 1"]:
        """a s / sqrt(a^2 s^2 + r^2), of the sds s of the source and r of the residual."""
        a = self.log_weight.new_tensor(FOLLOWED).view(-1, 1, 1)
        explained = a.square() * self.learnt.signal[self.which].view(-1, 1)
        each = a.sign() * (explained / (explained + self.quadratic.signal)).sqrt()
        return each.flatten(1).unsqueeze(-1)

    def leave_one_out(self) -> Float[Tensor, "b S n"]:
        """Of each setting."""
        q = self.quadratic
        followed = q.values.flatten(1, 2).transpose(1, 2)  # b, h, a x M, n: one factor for all
        last = [v.expand_as(q.level).flatten(1, 2).transpose(1, 2) for v in self._sums(q)]
        half_log_det, precision, along, squares, rate = last
        ones = q.ones.flatten(1, 2).transpose(1, 2)
        turned = Quadratic(half_log_det, ones, followed, precision, along, squares, q.shape, rate)
        found = turned.leave_one_out(*projected(turned, self.own.inverse))
        return found.transpose(1, 2).flatten(1, 2)

    @staticmethod
    def _sums(q: Quadratic) -> tuple[Tensor, ...]:
        return q.half_log_det, q.precision, q.along, q.squares, q.rate

    def parts(self, problem: Int[Tensor, " k"], at: Int[Tensor, " k"]) -> Parts:
        """Of the settings ``at`` of these problems."""
        h = len(self.own.noise)
        which, rest, M = at % h, at // h, len(self.which)
        signal = self.quadratic.signal.flatten(1)[problem, at]
        s, a = self.which[rest % M], signal.new_tensor(FOLLOWED)[rest // M]
        white = self.learnt.centred[s] * (a / NO_REACH).unsqueeze(-1)
        return Parts(
            which=which,
            signal=signal,
            noise=self.own.noise[which] * signal,
            root=self.own.inverse[problem, which],
            level=torch.full_like(signal, math.nan),
            told=self.learnt.told(s, torch.full_like(signal, NO_REACH), white),
        )
