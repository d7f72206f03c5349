"""Where samples fail: the probability that one works, learned from those that worked and failed.

A Gaussian process under a probit (Rasmussen and Williams 2006, chapter 3), by expectation
propagation, averaged over a few settings by their evidence. One of these says that failures are
scattered at random: then a failure says little about its neighbours. The probability multiplies
the acquisition (Gelbart, Snoek, Adams, UAI 2014; Gardner et al., ICML 2014).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from tansaku.bo.device import to_device, to_host
from tansaku.bo.objectives.normal import ndtr
from tansaku.bo.propagation import propagate
from tansaku.design import Floats

MEAN, MEAN_VARIANCE = 1.0, 1.0
"""Normal law of the probit of the share of samples that work: about 3 in 4 before any is made,
worth some two samples, so that a laboratory's own share soon replaces it."""
SCALES = (0.1, 0.2, 0.4, 0.8)
"""Length scales, times sqrt(d / 2): from one step of a 10-step grid to most of the space."""
SIGNALS = (1.0, 4.0)
"""Variances of the probit over the space: from a shade to nearly certain."""
SCATTERED = 0.5
"""Prior probability that failures have nothing to do with the inputs."""
REMEMBERED = 8
"""Single problems whose classifiers are kept: a reason card asks for the one that its suggestion
learned, which takes 20 ms for 10 samples and 100 ms for 40."""


@dataclass(frozen=True, slots=True, eq=False)
class Settings:
    """What is averaged over, k settings.

    Attributes:
        scales: Length scales, shape (k, d).
        signal: Variance of the probit over the space, shape (k,); 0 for "scattered at random".
        log_prior: ln of the probability of each, shape (k,).

    Example:
        >>> settings_for(2).scales.shape
        (9, 2)
    """

    scales: Floats
    signal: Floats
    log_prior: Floats


@cache
def settings_for(d: int) -> Settings:
    """Those of failures in d columns: one length scale for all columns."""
    unit = math.sqrt(d / 2)
    pairs = [(unit * scale, signal) for scale in SCALES for signal in SIGNALS]
    share = (1 - SCATTERED) / len(pairs)
    scales = np.array([1.0, *(scale for scale, _signal in pairs)])
    return Settings(
        np.repeat(scales[:, None], d, axis=1),
        np.array([0.0, *(signal for _scale, signal in pairs)]),
        np.log([SCATTERED, *[share] * len(pairs)]),
    )


@dataclass(frozen=True, slots=True)
class FeasibilityClassifier:
    """What was learned of b problems, k settings each.

    Attributes:
        mean: Of the probit before any sample.
        X: Points that were tried, shape (b, t, d).
        scales: Length scales, shape (b, k, d).
        signal: Variance of the probit, shape (b, k); 0 for "scattered at random".
        weights: Posterior probability of each setting, shape (b, k).
        alpha: Weights of the kernel values, shape (b, k, t).
        root: Rows that take variance away, shape (b, k, t, t).

    Example:
        >>> X = torch.tensor([[[0.0], [0.1], [0.9], [1.0]]], dtype=torch.float64)
        >>> works = learn(X, torch.tensor([[False, False, True, True]]))
        >>> low, high = works.probability(torch.tensor([[0.05], [0.95]], dtype=torch.float64))[0]
        >>> bool(low < 0.5 < high)
        True
    """

    mean: float
    X: Float[Tensor, "b t d"]
    scales: Float[Tensor, "b k d"]
    signal: Float[Tensor, "b k"]
    weights: Float[Tensor, "b k"]
    alpha: Float[Tensor, "b k t"]
    root: Float[Tensor, "b k t t"]

    def probability(self, points: Float[Tensor, "N d"]) -> Float[Tensor, "b N"]:
        """P(a sample at each point works); gradients pass through."""
        cross = _covariance(self.X, points.unsqueeze(0), self.scales, self.signal)
        mean = self.mean + (self.alpha.unsqueeze(-2) @ cross).squeeze(-2)
        solved = self.root @ cross
        prior = (MEAN_VARIANCE + self.signal).unsqueeze(-1)
        variance = (prior - solved.square().sum(-2)).clamp_min(0)
        each = ndtr(mean / (1 + variance).sqrt())
        return (self.weights.unsqueeze(-1) * each).sum(1)

    def likeliest(self, most: int) -> FeasibilityClassifier:
        """The same with the ``most`` likeliest settings of each problem alone."""
        if self.weights.shape[-1] <= most:
            return self
        weights, index = self.weights.topk(most, -1)
        rows = torch.arange(len(index), device=index.device).unsqueeze(-1)
        return FeasibilityClassifier(
            self.mean,
            self.X,
            self.scales[rows, index],
            self.signal[rows, index],
            weights / weights.sum(-1, keepdim=True),
            self.alpha[rows, index],
            self.root[rows, index],
        )


def learn(
    X: Float[Tensor, "b t d"],
    worked: Bool[Tensor, "b t"],
    *,
    mean: float = MEAN,
    settings: Settings | None = None,
) -> FeasibilityClassifier:
    """Where samples work, from t that were tried in each of b problems.

    Args:
        X: Encoded points.
        worked: Which of them did.
        mean: Of the probit before any sample.
        settings: What is averaged over; that of failures by default.
    """
    settings = settings or settings_for(X.shape[-1])
    if len(X) > 1:
        return _learned(X, worked, mean, settings)
    parts = (to_host(X).tobytes(), to_host(worked).tobytes())
    return _remembered(*parts, X.shape[-1], X.device, mean, settings)


@lru_cache(REMEMBERED)
@torch.inference_mode(mode=False)  # learned in a proposal, it may be asked in a climb later
def _remembered(
    X: bytes, worked: bytes, d: int, device: torch.device, mean: float, settings: Settings
) -> FeasibilityClassifier:
    """:func:`learn` of one problem, by what its arrays hold."""
    points = torch.frombuffer(bytearray(X), dtype=torch.float64).view(1, -1, d)
    flags = torch.frombuffer(bytearray(worked), dtype=torch.bool).unsqueeze(0)
    return _learned(points.to(device), flags.to(device), mean, settings)


def _learned(
    X: Float[Tensor, "b t d"], worked: Bool[Tensor, "b t"], mean: float, settings: Settings
) -> FeasibilityClassifier:
    b, t, d = X.shape
    k = len(settings.signal)
    scales = to_device(settings.scales).expand(b, k, d)
    signal = to_device(settings.signal).expand(b, k)
    K = _covariance(X, X, scales, signal).reshape(b * k, t, t)
    side = torch.where(worked, 1.0, -1.0).to(X.dtype).repeat_interleave(k, 0)
    before = torch.full_like(side, mean)
    sites = propagate(before, K, side, torch.zeros_like(side), torch.ones_like(side))
    log_prior = to_device(settings.log_prior)
    weights = torch.softmax(sites.log_evidence.view(b, k) + log_prior, -1)
    alpha = sites.shift - sites.precision * sites.mean
    width = sites.precision.sqrt()
    B = width.unsqueeze(-1) * K * width.unsqueeze(-2)
    B.diagonal(dim1=-2, dim2=-1).add_(1.0)
    L = torch.linalg.cholesky(B)
    root = torch.linalg.solve_triangular(L, torch.diag_embed(width), upper=False)
    return FeasibilityClassifier(
        mean, X, scales, signal, weights, alpha.view(b, k, t), root.view(b, k, t, t)
    )


def _covariance(
    A: Float[Tensor, "b t d"],
    B: Float[Tensor, "#b N d"],
    scales: Float[Tensor, "b k d"],
    signal: Float[Tensor, "b k"],
) -> Float[Tensor, "b k t N"]:
    """Prior covariance of the probits: the mean's variance, and a squared exponential."""
    apart = (A.unsqueeze(-2) - B.unsqueeze(-3)).square()
    squares = torch.einsum("btnd,bkd->bktn", apart, scales.reciprocal().square())
    return MEAN_VARIANCE + signal[..., None, None] * torch.exp(-0.5 * squares)
