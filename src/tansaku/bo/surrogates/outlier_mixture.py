"""One value may stand apart from what a source tells, without refuting it.

A source that is right everywhere but at one point, where one of the two values is wrong or the
target goes a way of its own, would be dropped for that point: its sharp predictions make the
surprise enormous. So each value has a small chance to be explained by the target alone, one value
at a time. The evidence of a sample becomes

    (1 - e)^n p(y) + sum over i of e (1 - e)^(n - 1) p(y without i) p_alone(y_i | y without i),

exact for at most one such value, and closed-form, because p(y without i) = p(y) / p(y_i | y without
i). (Mixtures with a wide second component: G. E. P. Box, G. C. Tiao, Biometrika 55 (1968) 119.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.surrogates.gp import Data
from tansaku.bo.surrogates.transfer_model import TransferModel, mixture_leave_one_out

APART = 0.05
"""Chance e that a value stands apart: 1 to 10 % of routine values are gross errors (F. R. Hampel et
al., Robust Statistics, 1986, section 1.2c). Of 0 and 0.05 it was the better on the open pairs of
bench/transfer."""
UNHEARD = 1e6
"""Factor of the noise variance of a value that is left out."""


@dataclass(frozen=True, slots=True)
class OutlierMixture:
    """Which value stands apart under each sample.

    Attributes:
        probability: Of each value, shape (b, S, n); what is left to 1 is that none does.
    """

    probability: Float[Tensor, "b S n"]

    def leave_out(
        self,
        data: Data,
        at: tuple[Int[Tensor, " k"], Int[Tensor, " k"]],
        draws: Float[Tensor, " k"],
    ) -> Data:
        """Data of k processes, (problem, sample) in ``at``, with drawn values hardly counting;
        ``draws`` are uniform."""
        running = self.probability[at].cumsum(-1)
        which, n = (running < draws.unsqueeze(-1)).sum(-1), running.shape[-1]
        out = torch.nn.functional.one_hot(which, n + 1)[:, :n].bool()
        counts = torch.where(out, data.noise.counts / UNHEARD, data.noise.counts)
        return replace(data, noise=replace(data.noise, counts=counts))


def weigh_outliers(
    transfer_model: TransferModel, own: TransferModel, log_weights: Float[Tensor, "b S"]
) -> tuple[Float[Tensor, "b S"], Float[Tensor, "b S n"]]:
    """(weights with the chance of one value apart, probability of each); needs two values.

    The target alone has nothing to stand apart from.
    """
    n = own.inverse.shape[-1]
    if not transfer_model.sources:
        return log_weights, log_weights.new_zeros(*log_weights.shape, n)
    alone = mixture_leave_one_out(own.log_weight, own.leave_one_out())
    none = n * math.log1p(-APART)
    one = alone.unsqueeze(1) - transfer_model.leave_one_out() + none + math.log(APART / (1 - APART))
    gain = torch.logaddexp(torch.logsumexp(one, -1), torch.full_like(log_weights, none))
    return log_weights + gain, (one - gain.unsqueeze(-1)).exp()
