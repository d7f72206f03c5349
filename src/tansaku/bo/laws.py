"""Laws: what is believed of an outcome at some candidates, a mixture of normal laws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.device import to_device, to_host
from tansaku.bo.mixture_quantile import mixture_quantile
from tansaku.design import Floats, Ints

AT_A_TIME = 1_000_000
"""Numbers of the laws up to which their quantiles are found together."""


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
        which: Of the laws that differ, each component; ``None`` where nothing is known of that.
        misfit: What a new measurement lies from its mean, over what function and noise say.
    """

    mean: Float[Tensor, "b P k N"]
    function_sd: Float[Tensor, "b P k N"]
    noise: Float[Tensor, "b #P #k #N"]
    share: Float[Tensor, "b P N"] | None = None
    which: Int[Tensor, " k"] | None = None
    misfit: float = 1.0

    def at(self, picks: Ints) -> Laws:
        """Of some of the candidates, shape (b, n)."""
        index = to_device(picks)

        def there(values: Tensor) -> Tensor:
            inner = values.shape[1:-1]
            each = index.view(len(index), *(1,) * len(inner), -1)
            return values.gather(-1, each.expand(-1, *inner, -1))

        share = None if self.share is None else there(self.share)
        mean, sd = there(self.mean), there(self.function_sd)
        return replace(self, mean=mean, function_sd=sd, share=share)

    def chances(self) -> Float[Tensor, "b P N"]:
        """P(phase); 1 where phases play no part."""
        return torch.ones_like(self.mean[:, :, 0]) if self.share is None else self.share

    def variance(self, *, measured: bool) -> Float[Tensor, "b P k N"]:
        """Of the function, or of the next measurement."""
        variance = self.function_sd.square()
        return self.misfit**2 * (variance + self.noise) if measured else variance

    def sd(self, *, measured: bool) -> Float[Tensor, "b P k N"]:
        """Standard deviation of the function, or of the next measurement."""
        return self.variance(measured=measured).sqrt()

    def quantiles(self, asked: Sequence[tuple[float, bool]]) -> Floats:
        """Below which the function, or the next measurement, lies with some probabilities.

        Args:
            asked: (probability between 0 and 1, whether of the next measurement), q of them.

        Returns:
            Shape (q, b, N).
        """
        b, _P, k, N = self.mean.shape
        if len(asked) > 1 and self.mean.numel() > AT_A_TIME:
            return np.concatenate([self.quantiles([each]) for each in asked])
        which = np.arange(k) if self.which is None else to_host(self.which)
        _each, first, count = np.unique(which, return_index=True, return_counts=True)
        at, share = to_device(first), to_device(count / k).view(-1, 1)
        sds = {of: self.sd(measured=of)[:, :, at] for of in {of for _p, of in asked}}
        every = (
            self.chances().unsqueeze(2) * share,
            self.mean[:, :, at],
            torch.stack([sds[of] for _p, of in asked]),
        )
        # Components and phases first; what is asked, problems and candidates as one.
        weight, mean, sd = (
            each.expand(len(asked), *each.shape[-4:]).flatten(2, 3).movedim(2, 0).flatten(1)
            for each in every
        )
        p = to_device(np.array([p for p, _of in asked])).repeat_interleave(b * N)
        return to_host(mixture_quantile(weight, mean, sd, p).view(len(asked), b, N))

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
