"""Laws: what is believed of an outcome at some candidates, a mixture of normal laws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.device import to_device, to_host
from tansaku.bo.mixture_quantile import mixture_quantile
from tansaku.design import Floats, Ints


class ByPhase(NamedTuple):
    """What is believed of N candidates of b problems in each of P phases.

    Attributes:
        share: P(phase), shape (b, P, N).
        mean: Predicted mean in that phase, shape (b, P, N), model scale.
        sd: Standard deviation of the function there, shape (b, P, N).
        measured_sd: Standard deviation of the next measurement there, shape (b, P, N).
    """

    share: Floats
    mean: Floats
    sd: Floats
    measured_sd: Floats


@dataclass(frozen=True, slots=True)
class Laws:
    """One normal law of each of k components in each of P phases, all components as likely.

    Attributes:
        mean: Of the function, shape (b, P, k, N), model scale.
        function_sd: Standard deviation of the function, shape (b, P, k, N).
        noise: What a new measurement adds to it, shape (b, 1, k, 1).
        share: P(phase), shape (b, P, N); ``None`` where phases play no part.
    """

    mean: Float[Tensor, "b P k N"]
    function_sd: Float[Tensor, "b P k N"]
    noise: Float[Tensor, "b #P #k #N"]
    share: Float[Tensor, "b P N"] | None = None

    def at(self, picks: Ints) -> Laws:
        """Of some of the candidates, shape (b, n)."""
        index = to_device(picks)

        def there(values: Tensor) -> Tensor:
            inner = values.shape[1:-1]
            each = index.view(len(index), *(1,) * len(inner), -1)
            return values.gather(-1, each.expand(-1, *inner, -1))

        share = None if self.share is None else there(self.share)
        return Laws(there(self.mean), there(self.function_sd), self.noise, share)

    def chances(self) -> Float[Tensor, "b P N"]:
        """P(phase); 1 where phases play no part."""
        return torch.ones_like(self.mean[:, :, 0]) if self.share is None else self.share

    def variance(self, *, measured: bool) -> Float[Tensor, "b P k N"]:
        """Of the function, or of the next measurement."""
        variance = self.function_sd.square()
        return variance + self.noise if measured else variance

    def sd(self, *, measured: bool) -> Float[Tensor, "b P k N"]:
        """Standard deviation of the function, or of the next measurement."""
        return self.variance(measured=measured).sqrt()

    def quantile(
        self, p: float, *, measured: bool, times: tuple[Ints, Ints] | None = None
    ) -> Floats:
        """Below which the function, or the next measurement, lies with probability ``p``, 0 < p <
        1, shape (b, N). ``times`` are (components that differ, how many are like each)."""
        b, _P, k, _N = self.mean.shape
        first, count = (np.arange(k), np.ones(k)) if times is None else times
        at, weight = to_device(first), to_device(count / k).view(-1, 1)
        every = (self.chances().unsqueeze(2) * weight, self.mean[:, :, at])
        sd = self.sd(measured=measured)[:, :, at]
        # Components and phases first, problems and candidates as one.
        weights, means, sds = (
            each.flatten(1, 2).transpose(0, 1).flatten(1) for each in (*every, sd)
        )
        return to_host(mixture_quantile(weights, means, sds, p).view(b, -1))

    def by_phase(self) -> ByPhase | None:
        """Phase by phase, by the law of total variance; ``None`` without phases."""
        if self.share is None:
            return None
        between = self.mean.var(2, correction=0)
        sds = [
            (self.variance(measured=measured).mean(2) + between).sqrt()
            for measured in (False, True)
        ]
        return ByPhase(*map(to_host, (self.share, self.mean.mean(2), *sds)))


def same(components: Int[Tensor, " k"]) -> tuple[Ints, Ints]:
    """(Components that differ, how many are like each), by the number of each one's sample."""
    _each, first, count = np.unique(to_host(components), return_index=True, return_counts=True)
    return first, count
