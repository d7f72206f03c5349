"""Exact Gaussian processes in batches: likelihood, its gradient, prediction.

Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), algorithm 2.1, eq. 2.30
(log marginal likelihood) and 5.9 (its gradient). Axes: b problems, n measured, N points, d columns.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.factorise import factorise
from tansaku.bo.kernels import Kernel, squared_distance


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """Of b Gaussian processes on encoded inputs and standardised values.

    Attributes:
        length_scales: Shape (b, d); all columns equal where one is shared.
        signal: Signal variance, shape (b,).
        noise: Noise variance of one measurement, shape (b,).
    """

    length_scales: Float[Tensor, "b d"]
    signal: Float[Tensor, " b"]
    noise: Float[Tensor, " b"]


@dataclass(frozen=True, slots=True)
class Data:
    """Standardised data of b problems.

    Attributes:
        X: Encoded inputs, shape (b, n, d).
        z: Standardised values (y - centre) / scale, shape (b, n).
        counts: Replicates behind each value, shape (b, n).
        centre: Shape (b,), in model units.
        scale: Shape (b,), in model units; 1 where the values do not differ.
    """

    X: Float[Tensor, "b n d"]
    z: Float[Tensor, "b n"]
    counts: Float[Tensor, "b n"]
    centre: Float[Tensor, " b"]
    scale: Float[Tensor, " b"]

    def take(self, index: Int[Tensor, " k"]) -> Data:
        """The problems with these indices."""
        return Data(
            self.X[index], self.z[index], self.counts[index], self.centre[index], self.scale[index]
        )


def standardise(
    X: Float[Tensor, "b n d"],
    y: Float[Tensor, "b n"],
    counts: Float[Tensor, "b n"],
    *,
    unbiased: bool = True,
) -> Data:
    """Centre and scale each problem's values by their mean and standard deviation.

    Values that differ by rounding only (1e-12 of their size), and single ones, keep scale 1.
    """
    centre = y.mean(-1)
    scale = torch.ones_like(centre)
    if y.shape[-1] > 1:
        spread = y.std(-1, correction=1 if unbiased else 0)
        floor = 1e-12 * y.abs().amax(-1)
        scale = torch.where(spread > floor, spread, scale)
    z = (y - centre.unsqueeze(-1)) / scale.unsqueeze(-1)
    return Data(X, z, counts, centre, scale)


@dataclass(frozen=True, slots=True)
class GP:
    """b Gaussian processes that have seen their data.

    Attributes:
        kernel: The correlation function.
        hyperparameters: Of each problem.
        data: What was learned from.
        nugget: Variance added to the diagonal besides the noise.
        mean: Estimated constant mean of the standardised values, shape (b,).
        L: Cholesky factor of the covariance of the data, shape (b, n, n).
        alpha: K^-1 (z - mean), shape (b, n).
        log_marginal_likelihood: Of the standardised values, shape (b,), without any prior.
        jittered: Rungs of jitter needed, shape (b,).
    """

    kernel: Kernel
    hyperparameters: Hyperparameters
    data: Data
    nugget: float
    mean: Float[Tensor, " b"]
    L: Float[Tensor, "b n n"]
    alpha: Float[Tensor, "b n"]
    log_marginal_likelihood: Float[Tensor, " b"]
    jittered: Int[Tensor, " b"]

    @classmethod
    def condition(
        cls,
        kernel: Kernel,
        hyperparameters: Hyperparameters,
        data: Data,
        *,
        constant_mean: bool,
        nugget: float = 0.0,
        correlation: Float[Tensor, "b n n"] | None = None,
    ) -> GP:
        """Learn from ``data`` at given hyperparameters.

        ``correlation`` is the kernel between the data where it is known already.

        With ``constant_mean`` the mean is the generalised least squares estimate, which is also
        where the likelihood is largest; otherwise it is 0.
        """
        h = hyperparameters
        if correlation is None:
            correlation = kernel.value(squared_distance(data.X, data.X, h.length_scales))
        K = h.signal.view(-1, 1, 1) * correlation
        noise = h.noise.unsqueeze(-1) / data.counts + nugget
        factor = factorise(K + torch.diag_embed(noise))
        mean, alpha = _solve(factor.L, data.z, constant_mean)
        fit = ((data.z - mean.unsqueeze(-1)) * alpha).sum(-1)
        log_det = 2 * factor.L.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        lml = -0.5 * (fit + log_det + data.z.shape[-1] * math.log(2 * math.pi))
        return cls(kernel, h, data, nugget, mean, factor.L, alpha, lml, factor.jittered)

    def gradient(self) -> tuple[Float[Tensor, "b d"], Float[Tensor, " b"], Float[Tensor, " b"]]:
        """d(log marginal likelihood)/d ln of length scales, signal and noise variance."""
        h, X = self.hyperparameters, self.data.X
        s = squared_distance(X, X, h.length_scales)
        W = self.alpha.unsqueeze(-1) * self.alpha.unsqueeze(-2) - torch.cholesky_inverse(self.L)
        signal = h.signal.view(-1, 1, 1)
        d_signal = 0.5 * (W * signal * self.kernel.value(s)).sum((-2, -1))
        d_noise = 0.5 * h.noise * (W.diagonal(dim1=-2, dim2=-1) / self.data.counts).sum(-1)
        G = W * signal * self.kernel.slope(s)
        U = X / h.length_scales.unsqueeze(-2)
        quadratic = (U * (G @ U)).sum(-2)
        squares = (G.sum(-1, keepdim=True) * U.square()).sum(-2)
        return -2 * (squares - quadratic), d_signal, d_noise

    def cross(self, points: Float[Tensor, "b N d"]) -> Float[Tensor, "b n N"]:
        """Prior covariance of the data with ``points``, standardised."""
        h = self.hyperparameters
        s = squared_distance(self.data.X, points, h.length_scales)
        return h.signal.view(-1, 1, 1) * self.kernel.value(s)

    def predict(
        self, points: Float[Tensor, "b N d"]
    ) -> tuple[Float[Tensor, "b N"], Float[Tensor, "b N"]]:
        """Posterior mean and variance of the function, in model units."""
        cross = self.cross(points)
        solved = torch.linalg.solve_triangular(self.L, cross, upper=False)
        mean = self.mean.unsqueeze(-1) + (self.alpha.unsqueeze(-2) @ cross).squeeze(-2)
        variance = self.hyperparameters.signal.unsqueeze(-1) - solved.square().sum(-2)
        return self.to_units(mean), variance.clamp_min(0) * self.data.scale.square().unsqueeze(-1)

    def mean_at_data(self) -> Float[Tensor, "b n"]:
        """Posterior mean at the measured points, in model units: K alpha = z - mean - D alpha,
        where D is the diagonal of noise and nugget."""
        noise = self.hyperparameters.noise.unsqueeze(-1) / self.data.counts + self.nugget
        return self.to_units(self.data.z - noise * self.alpha)

    def covariance(self, points: Float[Tensor, "b N d"]) -> Float[Tensor, "b N N"]:
        """Posterior covariance of the function at ``points``, in model units squared."""
        h = self.hyperparameters
        solved = torch.linalg.solve_triangular(self.L, self.cross(points), upper=False)
        prior = h.signal.view(-1, 1, 1) * self.kernel.value(
            squared_distance(points, points, h.length_scales)
        )
        return (prior - solved.mT @ solved) * self.data.scale.square().view(-1, 1, 1)

    def to_units(self, z: Float[Tensor, "b N"]) -> Float[Tensor, "b N"]:
        """Standardised values -> model units."""
        return self.data.centre.unsqueeze(-1) + self.data.scale.unsqueeze(-1) * z

    @property
    def noise_variance(self) -> Float[Tensor, " b"]:
        """Noise variance of one measurement, in model units squared."""
        return self.hyperparameters.noise * self.data.scale.square()


def _solve(
    L: Float[Tensor, "b n n"], z: Float[Tensor, "b n"], constant_mean: bool
) -> tuple[Float[Tensor, " b"], Float[Tensor, "b n"]]:
    if not constant_mean:
        alpha = torch.cholesky_solve(z.unsqueeze(-1), L).squeeze(-1)
        return torch.zeros_like(z[..., 0]), alpha
    both = torch.stack([z, torch.ones_like(z)], dim=-1)
    solved = torch.cholesky_solve(both, L)
    mean = solved[..., 0].sum(-1) / solved[..., 1].sum(-1)
    return mean, solved[..., 0] - mean.unsqueeze(-1) * solved[..., 1]
