"""Where samples fail: the probability that one works, learned from those that worked and failed.

A Gaussian process under a probit (Rasmussen and Williams 2006, chapter 3), by expectation
propagation, averaged over a few settings by their evidence. One of these says that failures are
scattered at random: then a failure says little about its neighbours. The probability multiplies
the acquisition (Gelbart, Snoek, Adams, UAI 2014; Gardner et al., ICML 2014).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from tansaku.bo.propagation import propagate

MEAN, MEAN_VARIANCE = 1.0, 1.0
"""Normal law of the probit of the share of samples that work: about 3 in 4 before any is made,
worth some two samples, so that a laboratory's own share soon replaces it."""
SCALES = (0.1, 0.2, 0.4, 0.8)
"""Length scales, times sqrt(d / 2): from one step of a 10-step grid to most of the space."""
SIGNALS = (1.0, 4.0)
"""Variances of the probit over the space: from a shade to nearly certain."""
SCATTERED = 0.5
"""Prior probability that failures have nothing to do with the inputs."""


@dataclass(frozen=True, slots=True)
class Works:
    """What was learned of b problems, k settings each.

    Attributes:
        X: Points that were tried, shape (b, t, d).
        scales: Length scales, shape (k,).
        signal: Variance of the probit, shape (k,); 0 for "scattered at random".
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

    X: Float[Tensor, "b t d"]
    scales: Float[Tensor, " k"]
    signal: Float[Tensor, " k"]
    weights: Float[Tensor, "b k"]
    alpha: Float[Tensor, "b k t"]
    root: Float[Tensor, "b k t t"]

    def probability(self, points: Float[Tensor, "N d"]) -> Float[Tensor, "b N"]:
        """P(a sample at each point works); gradients pass through."""
        cross = _covariance(self.X, points.unsqueeze(0), self.scales, self.signal)
        mean = MEAN + (self.alpha.unsqueeze(-2) @ cross).squeeze(-2)
        solved = self.root @ cross
        prior = (MEAN_VARIANCE + self.signal).unsqueeze(-1)
        variance = (prior - solved.square().sum(-2)).clamp_min(0)
        each = torch.special.ndtr(mean / (1 + variance).sqrt())
        return (self.weights.unsqueeze(-1) * each).sum(1)


def learn(X: Float[Tensor, "b t d"], worked: Bool[Tensor, "b t"]) -> Works:
    """Where samples work, from t that were tried in each of b problems."""
    (b, t, _d), (scales, signal, log_prior) = X.shape, _settings(X)
    k = len(scales)
    K = _covariance(X, X, scales, signal).reshape(b * k, t, t)
    side = torch.where(worked, 1.0, -1.0).to(X.dtype).repeat_interleave(k, 0)
    mean = torch.full_like(side, MEAN)
    sites = propagate(mean, K, side, torch.zeros_like(side), torch.ones_like(side))
    weights = torch.softmax(sites.log_evidence.view(b, k) + log_prior, -1)
    alpha = sites.shift - sites.precision * sites.mean
    width = sites.precision.sqrt()
    B = width.unsqueeze(-1) * K * width.unsqueeze(-2)
    B.diagonal(dim1=-2, dim2=-1).add_(1.0)
    L = torch.linalg.cholesky(B)
    root = torch.linalg.solve_triangular(L, torch.diag_embed(width), upper=False)
    return Works(X, scales, signal, weights, alpha.view(b, k, t), root.view(b, k, t, t))


def _settings(
    X: Float[Tensor, "b t d"],
) -> tuple[Float[Tensor, " k"], Float[Tensor, " k"], Float[Tensor, " k"]]:
    """(length scale, variance, ln prior probability) of each setting."""
    unit = math.sqrt(X.shape[-1] / 2)
    pairs = [(unit * scale, signal) for scale in SCALES for signal in SIGNALS]
    share = (1 - SCATTERED) / len(pairs)
    return (
        X.new_tensor([1.0, *(scale for scale, _signal in pairs)]),
        X.new_tensor([0.0, *(signal for _scale, signal in pairs)]),
        X.new_tensor([SCATTERED, *[share] * len(pairs)]).log(),
    )


def _covariance(
    A: Float[Tensor, "b t d"],
    B: Float[Tensor, "#b N d"],
    scales: Float[Tensor, " k"],
    signal: Float[Tensor, " k"],
) -> Float[Tensor, "b k t N"]:
    """Prior covariance of the probits: the mean's variance, and a squared exponential."""
    squares = (A.unsqueeze(-2) - B.unsqueeze(-3)).square().sum(-1).unsqueeze(1)
    shape = torch.exp(-0.5 * squares / scales.square().view(-1, 1, 1))
    return MEAN_VARIANCE + signal.view(-1, 1, 1) * shape
