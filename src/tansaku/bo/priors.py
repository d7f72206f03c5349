"""Named priors and search ranges of the hyperparameters, each with its source.

All hyperparameters live on encoded inputs ([0, 1] over the pool) and standardised values. A
log-normal density is that of the hyperparameter itself (not of its logarithm), as in GPyTorch.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.registry import Registry
from tansaku.strategy import NAMES


@dataclass(frozen=True, slots=True)
class LogNormal:
    """ln(v) is normal with mean ``mu`` and standard deviation ``sigma``."""

    mu: float
    sigma: float

    def log_density(self, log_v: Float[Tensor, "*b"]) -> Float[Tensor, "*b"]:
        """ln p(v) at v = exp(log_v)."""
        z = (log_v - self.mu) / self.sigma
        return -0.5 * z.square() - log_v - math.log(self.sigma) - 0.5 * math.log(2 * math.pi)

    def slope(self, log_v: Float[Tensor, "*b"]) -> Float[Tensor, "*b"]:
        """d ln p(v) / d ln v."""
        return -(log_v - self.mu) / self.sigma**2 - 1.0

    @property
    def mode(self) -> float:
        """Where p(v) is largest."""
        return math.exp(self.mu - self.sigma**2)


@dataclass(frozen=True, slots=True)
class Gamma:
    """v has a Gamma law: density proportional to v^(concentration - 1) exp(-rate v).

    Example:
        >>> Gamma(3.0, 4.0).mode
        0.5
    """

    concentration: float
    rate: float

    @classmethod
    def with_mode(cls, concentration: float, mode: float) -> Gamma:
        """The law of this concentration (> 1) whose density is largest at ``mode``."""
        return cls(concentration, (concentration - 1) / mode)

    def log_density(self, log_v: Float[Tensor, "*b"]) -> Float[Tensor, "*b"]:
        """ln p(v) at v = exp(log_v)."""
        a, rate = self.concentration, self.rate
        return (a - 1) * log_v - rate * log_v.exp() + a * math.log(rate) - math.lgamma(a)

    def slope(self, log_v: Float[Tensor, "*b"]) -> Float[Tensor, "*b"]:
        """d ln p(v) / d ln v."""
        return (self.concentration - 1) - self.rate * log_v.exp()

    @property
    def mode(self) -> float:
        """Where p(v) is largest."""
        return (self.concentration - 1) / self.rate

    @property
    def mu(self) -> float:
        """ln of the median, to 1 % (Wilson and Hilferty, PNAS 17 (1931) 684)."""
        a = self.concentration
        return math.log(a / self.rate) + 3 * math.log1p(-1 / (9 * a))

    @property
    def sigma(self) -> float:
        """Standard deviation of ln v."""
        from scipy.special import polygamma  # on demand: the default does without

        return math.sqrt(float(polygamma(1, self.concentration)))


@dataclass(frozen=True, slots=True)
class HyperparameterPrior:
    """Prior, search range and first guess of one hyperparameter. ``prior=None`` is flat."""

    low: float
    high: float
    start: float
    prior: LogNormal | Gamma | None = None


@dataclass(frozen=True, slots=True)
class PriorSet:
    """What is believed of the hyperparameters before the data.

    Attributes:
        length_scale: Of every length scale, in shares of the pool's range.
        noise: Of the noise variance, in shares of the values' variance.
        signal: Of the signal variance; ``None`` keeps it at 1.
    """

    length_scale: HyperparameterPrior
    noise: HyperparameterPrior
    signal: HyperparameterPrior | None


PRIORS: Registry[Callable[[int], PriorSet]] = Registry("prior", NAMES["prior"])
"""Each entry makes the set for d encoded columns."""


def dimension_scaled(d: int) -> PriorSet:
    """Length scales grow with sqrt(d): Hvarfner, Hellsten, Nardi, ICML 2024 (arXiv:2402.02229).

    ln(length scale) ~ N(sqrt(2) + ln(d)/2, 3), ln(noise) ~ N(-4, 1), signal variance 1; the ranges
    (length scale >= 0.025, noise >= 1e-4) are those of BoTorch 0.12 and later.
    """
    scale = LogNormal(math.sqrt(2.0) + 0.5 * math.log(d), math.sqrt(3.0))
    noise = LogNormal(-4.0, 1.0)
    return PriorSet(
        length_scale=HyperparameterPrior(0.025, 1e3, scale.mode, scale),
        noise=HyperparameterPrior(1e-4, 1e1, noise.mode, noise),
        signal=None,
    )


def dimension_scaled_gamma(d: int) -> PriorSet:
    """As ``dimension_scaled`` in its modes, but Gamma laws, which are narrower: BayBE 0.15.

    Length scale: concentration 3; noise variance: concentration 2; signal variance 1. Ranges as
    there (length scale >= 0.025, noise >= 1e-4).
    """
    scale = Gamma.with_mode(3.0, math.exp(math.sqrt(2.0) - 3.0) * math.sqrt(d))
    noise = Gamma.with_mode(2.0, math.exp(-5.0))
    return PriorSet(
        length_scale=HyperparameterPrior(0.025, 1e3, scale.mode, scale),
        noise=HyperparameterPrior(1e-4, 1e1, noise.mode, noise),
        signal=None,
    )


def uniform(d: int) -> PriorSet:
    """Maximum likelihood within ranges that a pool can tell apart.

    A length scale below 1/100 of the range is white noise on any listed grid, and above 100 times
    it is a constant. ``d`` plays no part.
    """
    del d
    return PriorSet(
        length_scale=HyperparameterPrior(1e-2, 1e2, 0.3),
        noise=HyperparameterPrior(1e-6, 1e1, 1e-2),
        signal=HyperparameterPrior(1e-3, 1e3, 1.0),
    )


def uniform_wide(d: int) -> PriorSet:
    """Maximum likelihood within scikit-learn's default bounds (1e-5, 1e5), started at 1."""
    del d
    wide = HyperparameterPrior(1e-5, 1e5, 1.0)
    return PriorSet(length_scale=wide, noise=wide, signal=wide)


for _make in (dimension_scaled, dimension_scaled_gamma, uniform, uniform_wide):
    PRIORS.add(_make.__name__, _make)


def start_points(
    of_one: HyperparameterPrior, count: int, draws: Float[Tensor, "r *k"]
) -> Float[Tensor, "r *k"]:
    """ln of starting points: the first guess, then points spread by ``draws`` in (0, 1).

    With a prior its median comes second (from the mode alone, 3 of 200 small problems ended lower
    than from the median, by up to 4 in log posterior) and the spread is one prior sd around the
    first guess; else the spread is the whole range. All are clipped to the range.
    """
    low, high = math.log(of_one.low), math.log(of_one.high)
    if of_one.prior is None:
        spread = low + (high - low) * draws
    else:
        normal = math.sqrt(2.0) * torch.erfinv(2 * draws.clamp(1e-6, 1 - 1e-6) - 1)
        spread = math.log(of_one.start) + of_one.prior.sigma * normal
        spread[1:2] = of_one.prior.mu
    spread = spread.clamp(low, high)
    spread[: min(1, count)] = math.log(of_one.start)
    return spread
