"""Expectation propagation: a normal law that has met "this value lies above, that one below".

Each one-sided observation is replaced by the normal factor that leaves mean and variance of its
value as the exact one would (Minka, UAI 2001; Rasmussen and Williams, Gaussian Processes for
Machine Learning, 2006, section 3.6). Limits of a measurement and samples that work or fail are of
this kind. The factors are log-concave, so the sweeps settle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

SWEEPS = 30
"""Sweeps over all factors; a handful suffices, strongly correlated ones need more."""
SETTLED = 1e-5
"""Change of a sweep, in posterior sds and as a share of a variance, that ends the sweeps of a law:
each law is left alone once it has settled, so it does not depend on its company."""
WEAKEST = 1e-10
"""Precision given to a factor that tells nothing, so that it has a finite mean and variance."""
MOST_GONE = 1 - 1e-12
"""Largest share of a variance that one factor takes: what is left stays above 0."""
TINY = 1e-300
"""Smallest variance that is divided by."""
FAR_OUT = -1e4
"""Height below which the tail is its own asymptote, to 1e-8."""
_SQRT_2_OVER_PI = math.sqrt(2 / math.pi)


@dataclass(frozen=True, slots=True)
class Sites:
    """The normal factors that stand for c one-sided observations, in k laws.

    Attributes:
        precision: Shape (k, c), >= 0.
        shift: Precision times mean, shape (k, c).
        mean: Of the values, after all observations, shape (k, c).
        covariance: Of the values, likewise, shape (k, c, c).
        log_evidence: ln of the probability of all observations, shape (k,).
        log_by_others: ln of the probability of each observation, given the others, shape (k, c).
    """

    precision: Float[Tensor, "k c"]
    shift: Float[Tensor, "k c"]
    mean: Float[Tensor, "k c"]
    covariance: Float[Tensor, "k c c"]
    log_evidence: Float[Tensor, " k"]
    log_by_others: Float[Tensor, "k c"]

    def as_values(self) -> tuple[Float[Tensor, "k c"], Float[Tensor, "k c"]]:
        """(value, noise variance) of measurements that would tell the same."""
        precision = self.precision.clamp_min(WEAKEST)
        return self.shift / precision, precision.reciprocal()


def propagate(
    mean: Float[Tensor, "k c"],
    covariance: Float[Tensor, "k c c"],
    side: Float[Tensor, "*#k c"],
    bound: Float[Tensor, "*#k c"],
    noise: Float[Tensor, "k c"],
) -> Sites:
    """What c values f ~ N(mean, covariance) become, and how probable that was, when each noisy
    f + e, e ~ N(0, noise), is seen above its bound (``side`` 1) or below it (-1). One of endless
    noise tells nothing."""
    seen = _Seen(side.expand_as(mean), bound.expand_as(mean), noise)
    precision, shift = torch.zeros_like(mean), torch.zeros_like(mean)
    active = torch.arange(len(mean), device=mean.device)
    for _sweep in range(SWEEPS):
        law = mean[active], covariance[active]
        mu, S, _half = _posterior(*law, precision[active], shift[active])
        new, push = _swept(mu, S, precision[active], shift[active], seen.take(active))
        precision[active], shift[active] = new, push
        after, T, _half = _posterior(*law, new, push)
        variance = T.diagonal(dim1=-2, dim2=-1)
        moved = ((after - mu).abs() / variance.clamp_min(TINY).sqrt()).amax(-1)
        shrunk = (variance / S.diagonal(dim1=-2, dim2=-1) - 1).abs().amax(-1)
        active = active[torch.maximum(moved, shrunk) > SETTLED]
        if not len(active):
            break
    mu, S, half_log_det = _posterior(mean, covariance, precision, shift)
    log_evidence, by_others = -half_log_det, torch.zeros_like(mean)
    for i in range(mean.shape[-1]):
        cavity = _cavity(mu[:, i], S[:, i, i], precision[:, i], shift[:, i])
        by_others[:, i] = seen.log_probability(i, *cavity)
        log_evidence = log_evidence - _log_integral(*cavity, precision[:, i], shift[:, i])
    push = shift - precision * mean
    log_evidence = (
        log_evidence + by_others.sum(-1) + (shift * mean - 0.5 * precision * mean.square()).sum(-1)
    )
    log_evidence = log_evidence + 0.5 * (push * (S @ push.unsqueeze(-1)).squeeze(-1)).sum(-1)
    return Sites(precision, shift, mu, S, log_evidence, by_others)


def _swept(
    mu: Float[Tensor, "k c"],
    S: Float[Tensor, "k c c"],
    precision: Float[Tensor, "k c"],
    shift: Float[Tensor, "k c"],
    seen: _Seen,
) -> tuple[Float[Tensor, "k c"], Float[Tensor, "k c"]]:
    """(precision, shift) after one sweep over the factors."""
    S = S.clone()
    for i in range(mu.shape[-1]):
        cavity = _cavity(mu[:, i], S[:, i, i], precision[:, i], shift[:, i])
        new, push = seen.factor(i, *cavity)
        more, push = new - precision[:, i], push - shift[:, i]
        precision[:, i] += more
        shift[:, i] += push
        row = S[:, i].clone()
        share = 1 + more * row[:, i]
        mu = mu + row * ((push - more * mu[:, i]) / share).unsqueeze(-1)
        S.baddbmm_(row.unsqueeze(-1), (row * (-more / share).unsqueeze(-1)).unsqueeze(-2))
    return precision, shift


@dataclass(frozen=True, slots=True)
class _Seen:
    """On which side of its bound each noisy value lies; all of shape (k, c)."""

    side: Float[Tensor, "k c"]
    bound: Float[Tensor, "k c"]
    noise: Float[Tensor, "k c"]

    def take(self, index: Int[Tensor, " m"]) -> _Seen:
        """These laws."""
        return _Seen(self.side[index], self.bound[index], self.noise[index])

    def log_probability(
        self, i: int, mean: Float[Tensor, " k"], variance: Float[Tensor, " k"]
    ) -> Float[Tensor, " k"]:
        """ln P that value i ~ N(mean, variance) is seen where it was."""
        return torch.special.log_ndtr(self._height(i, mean, variance))

    def factor(
        self, i: int, mean: Float[Tensor, " k"], variance: Float[Tensor, " k"]
    ) -> tuple[Float[Tensor, " k"], Float[Tensor, " k"]]:
        """(precision, shift) of the factor that leaves the moments as the observation does."""
        u, width = self._height(i, mean, variance), self.noise[:, i] + variance
        ratio = _SQRT_2_OVER_PI / torch.special.erfcx(-u / math.sqrt(2))
        # The share of the variance that goes: between 0 and 1, however far out the tail is, where
        # u + ratio is 1 / -u and lost in rounding.
        share = torch.where(u < FAR_OUT, 1 - u.square().reciprocal(), ratio * (u + ratio))
        gone = (share * variance / width).clamp(0.0, MOST_GONE)
        after = variance * (1 - gone)
        moved = mean + self.side[:, i] * variance * ratio / width.sqrt()
        return gone / after, moved / after - mean / variance

    def _height(
        self, i: int, mean: Float[Tensor, " k"], variance: Float[Tensor, " k"]
    ) -> Float[Tensor, " k"]:
        return self.side[:, i] * (mean - self.bound[:, i]) / (self.noise[:, i] + variance).sqrt()


def _cavity(
    mean: Float[Tensor, " k"],
    variance: Float[Tensor, " k"],
    precision: Float[Tensor, " k"],
    shift: Float[Tensor, " k"],
) -> tuple[Float[Tensor, " k"], Float[Tensor, " k"]]:
    """(mean, variance) of a value without its own factor."""
    whole = variance.clamp_min(TINY).reciprocal()
    left = (whole - precision).clamp_min(WEAKEST)
    return (mean * whole - shift) / left, left.reciprocal()


def _log_integral(
    mean: Float[Tensor, " k"],
    variance: Float[Tensor, " k"],
    precision: Float[Tensor, " k"],
    shift: Float[Tensor, " k"],
) -> Float[Tensor, " k"]:
    """ln of the mean of exp(-precision f^2 / 2 + shift f) over f ~ N(mean, variance)."""
    together, push = variance.reciprocal() + precision, mean / variance + shift
    log_det = torch.log1p(precision * variance)
    return 0.5 * (push.square() / together - mean.square() / variance - log_det)


def _posterior(
    mean: Float[Tensor, "k c"],
    covariance: Float[Tensor, "k c c"],
    precision: Float[Tensor, "k c"],
    shift: Float[Tensor, "k c"],
) -> tuple[Float[Tensor, "k c"], Float[Tensor, "k c c"], Float[Tensor, " k"]]:
    """(mean, covariance, half the log determinant of I + covariance x precision)."""
    root = precision.sqrt()
    B = root.unsqueeze(-1) * covariance * root.unsqueeze(-2)
    B.diagonal(dim1=-2, dim2=-1).add_(1.0)
    L = torch.linalg.cholesky(B)
    solved = torch.linalg.solve_triangular(L, root.unsqueeze(-1) * covariance, upper=False)
    S = covariance - solved.mT @ solved
    push = shift - precision * mean
    mu = mean + (S @ push.unsqueeze(-1)).squeeze(-1)
    return mu, S, L.diagonal(dim1=-2, dim2=-1).log().sum(-1)
