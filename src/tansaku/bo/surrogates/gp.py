"""Exact Gaussian processes in batches: likelihood, its gradient, prediction.

Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), algorithm 2.1, eq. 2.30
(log marginal likelihood) and 5.9 (its gradient). Axes: b problems, n measured, N points, d columns.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from tansaku.bo.factorise import factorise
from tansaku.bo.kernels import Kernel, Several, squared_distance
from tansaku.bo.surrogates.conditioned_prior import ConditionedPrior


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

    def take(self, index: Int[Tensor, " k"]) -> Hyperparameters:
        """Of the processes with these indices."""
        return Hyperparameters(self.length_scales[index], self.signal[index], self.noise[index])


@dataclass(frozen=True, slots=True)
class Data:
    """Standardised data of b problems.

    Attributes:
        X: Encoded inputs, shape (b, n, d).
        z: Standardised values (y - centre) / scale, shape (b, n).
        counts: Replicates behind each value, shape (b, n).
        centre: Shape (b,), in model units.
        scale: Shape (b,), in model units; 1 where the values do not differ.
        known: Variance that each value is known to have besides the noise, standardised, shape
            (b, n); ``None`` where none is known.
        shared: Covariance of the errors that values share (those of one furnace run), standardised;
            ``None`` where none share any.
    """

    X: Float[Tensor, "b n d"]
    z: Float[Tensor, "b n"]
    counts: Float[Tensor, "b n"]
    centre: Float[Tensor, " b"]
    scale: Float[Tensor, " b"]
    known: Float[Tensor, "b n"] | None = None
    shared: Float[Tensor, "b n n"] | None = None

    def take(self, index: Int[Tensor, " k"]) -> Data:
        """The problems with these indices."""
        return Data(
            self.X[index],
            self.z[index],
            self.counts[index],
            self.centre[index],
            self.scale[index],
            None if self.known is None else self.known[index],
            None if self.shared is None else self.shared[index],
        )

    @property
    def usual(self) -> Float[Tensor, " b"]:
        """Variance that one measurement usually has besides the noise, standardised. Values that
        stand for limits, of endless counts, say nothing of it."""
        usual = torch.zeros_like(self.scale)
        if self.shared is not None:
            usual = usual + self.shared.diagonal(dim1=-2, dim2=-1).amax(-1)
        if self.known is not None:
            of_one = torch.where(self.counts.isfinite(), self.known * self.counts, torch.nan)
            usual = usual + of_one.nanmedian(-1).values.nan_to_num(0.0)
        return usual

    def noise(self, of_one: Float[Tensor, " b"]) -> Float[Tensor, "b n"]:
        """Noise variance of each value, where that of one measurement is ``of_one``."""
        noise = of_one.unsqueeze(-1) / self.counts
        return noise if self.known is None else noise + self.known


def standardise(
    X: Float[Tensor, "b n d"],
    y: Float[Tensor, "b n"],
    counts: Float[Tensor, "b n"],
    *,
    unbiased: bool = True,
    known: Float[Tensor, "b n"] | None = None,
) -> Data:
    """Centre and scale each problem's values by their mean and standard deviation; ``known``
    variances, in model units squared, with them.

    Values that are :func:`alike` keep scale 1.
    """
    centre = y.mean(-1)
    scale = torch.ones_like(centre)
    if y.shape[-1] > 1:
        scale = torch.where(alike(y), scale, y.std(-1, correction=1 if unbiased else 0))
    z = (y - centre.unsqueeze(-1)) / scale.unsqueeze(-1)
    if known is not None:
        known = known / scale.square().unsqueeze(-1)
    return Data(X, z, counts, centre, scale, known)


def alike(y: Float[Tensor, "b n"]) -> Bool[Tensor, " b"]:
    """Whose values show no spread: they differ by rounding only (1e-12 of their size), or there is
    but one."""
    if y.shape[-1] < 2:
        return torch.ones(len(y), dtype=torch.bool, device=y.device)
    return y.std(-1, correction=1) <= 1e-12 * y.abs().amax(-1)


@dataclass(frozen=True, slots=True)
class GP:
    """b Gaussian processes that have seen their data.

    Attributes:
        kernel: The correlation function.
        hyperparameters: Of each problem.
        data: What was learned from.
        nugget: Variance added to the diagonal besides the noise.
        mean: Estimated constant mean of the standardised values, shape (b,).
        root: Inverse of the Cholesky factor L of the covariance of the data, shape (b, n, n):
            everything that is asked later is then a matrix product.
        alpha: K^-1 (z - mean), shape (b, n).
        log_marginal_likelihood: Of the standardised values, shape (b,), without any prior.
        jittered: Rungs of jitter needed, shape (b,).
        source: What a source tells beforehand; ``None`` without one.
    """

    kernel: Kernel
    hyperparameters: Hyperparameters
    data: Data
    nugget: float
    mean: Float[Tensor, " b"]
    root: Float[Tensor, "b n n"]
    alpha: Float[Tensor, "b n"]
    log_marginal_likelihood: Float[Tensor, " b"]
    jittered: Int[Tensor, " b"]
    source: ConditionedPrior | None = None

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
        noise = data.noise(h.noise) + nugget
        factor = factorise(K + torch.diag_embed(noise))
        one = torch.eye(noise.shape[-1], dtype=noise.dtype, device=noise.device)
        root = torch.linalg.solve_triangular(factor.L, one.expand_as(factor.L), upper=False)
        return cls.from_root(
            kernel,
            h,
            data,
            root,
            constant_mean=constant_mean,
            nugget=nugget,
            jittered=factor.jittered,
        )

    @classmethod
    def from_root(
        cls,
        kernel: Kernel,
        hyperparameters: Hyperparameters,
        data: Data,
        root: Float[Tensor, "b n n"],
        *,
        constant_mean: bool,
        nugget: float = 0.0,
        jittered: Int[Tensor, " b"] | None = None,
        source: ConditionedPrior | None = None,
    ) -> GP:
        """Learn from ``data`` where ``root``, the inverse of the Cholesky factor, is known."""
        z = data.z if source is None else data.z - source.mean(source.rows(data.X))
        mean, alpha = _solve(root, z, constant_mean)
        fit = ((z - mean.unsqueeze(-1)) * alpha).sum(-1)
        half_log_det = -root.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        lml = -0.5 * fit - half_log_det - 0.5 * data.z.shape[-1] * math.log(2 * math.pi)
        if jittered is None:
            jittered = torch.zeros(len(lml), dtype=torch.int64, device=lml.device)
        return cls(kernel, hyperparameters, data, nugget, mean, root, alpha, lml, jittered, source)

    def take(self, index: Int[Tensor, " k"]) -> GP:
        """The processes with these indices."""
        kernel = self.kernel.take(index) if isinstance(self.kernel, Several) else self.kernel
        return GP(
            kernel,
            self.hyperparameters.take(index),
            self.data.take(index),
            self.nugget,
            self.mean[index],
            self.root[index],
            self.alpha[index],
            self.log_marginal_likelihood[index],
            self.jittered[index],
            None if self.source is None else self.source.take(index),
        )

    def gradient(self) -> tuple[Float[Tensor, "b d"], Float[Tensor, " b"], Float[Tensor, " b"]]:
        """d(log marginal likelihood)/d ln of length scales, signal and noise variance."""
        h, X = self.hyperparameters, self.data.X
        s = squared_distance(X, X, h.length_scales)
        W = self.alpha.unsqueeze(-1) * self.alpha.unsqueeze(-2) - self.root.mT @ self.root
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
        return self._cross(points, None if self.source is None else self.source.rows(points))

    def _cross(
        self, points: Float[Tensor, "b N d"], rows: Float[Tensor, "b m N"] | None
    ) -> Float[Tensor, "b n N"]:
        """The same where ``source.rows(points)`` is known."""
        h = self.hyperparameters
        s = squared_distance(self.data.X, points, h.length_scales)
        prior = h.signal.view(-1, 1, 1) * self.kernel.value(s)
        if self.source is None or rows is None:
            return prior
        return prior - self.source.rows(self.data.X).mT @ rows

    def predict(
        self, points: Float[Tensor, "b N d"]
    ) -> tuple[Float[Tensor, "b N"], Float[Tensor, "b N"]]:
        """Posterior mean and variance of the function, in model units."""
        mean, solved = self.solve(points)
        variance = self.hyperparameters.signal.unsqueeze(-1) - solved.square().sum(-2)
        return self.to_units(mean), variance.clamp_min(0) * self.data.scale.square().unsqueeze(-1)

    def solve(
        self, points: Float[Tensor, "b N d"], cross: Float[Tensor, "b n N"] | None = None
    ) -> tuple[Float[Tensor, "b N"], Float[Tensor, "b r N"]]:
        """(posterior mean, rows whose squares sum to the variance explained), standardised;
        ``cross`` is ``self.cross(points)`` where it is known already."""
        rows = None if self.source is None else self.source.rows(points)
        cross = self._cross(points, rows) if cross is None else cross
        solved = self.root @ cross
        mean = self.mean.unsqueeze(-1) + (self.alpha.unsqueeze(-2) @ cross).squeeze(-2)
        if self.source is None or rows is None:
            return mean, solved
        return mean + self.source.mean(rows), torch.cat([rows, solved], -2)

    def mean_at_data(self) -> Float[Tensor, "b n"]:
        """Posterior mean at the measured points, in model units: K alpha = z - mean - D alpha,
        where D is the diagonal of noise and nugget, and the errors that values share."""
        noise = self.data.noise(self.hyperparameters.noise) + self.nugget
        errors = noise * self.alpha
        if self.data.shared is not None:
            errors = errors + (self.data.shared @ self.alpha.unsqueeze(-1)).squeeze(-1)
        return self.to_units(self.data.z - errors)

    def covariance(self, points: Float[Tensor, "b N d"]) -> Float[Tensor, "b N N"]:
        """Posterior covariance of the function at ``points``, in model units squared."""
        h = self.hyperparameters
        solved = self.solve(points)[1]
        prior = h.signal.view(-1, 1, 1) * self.kernel.value(
            squared_distance(points, points, h.length_scales)
        )
        return (prior - solved.mT @ solved) * self.data.scale.square().view(-1, 1, 1)

    def in_units_of(self, unit: float) -> GP:
        """The same where the values were given in this unit."""
        data = self.data
        scaled = replace(data, centre=data.centre * unit, scale=data.scale * unit)
        return replace(self, data=scaled)

    def to_units(self, z: Float[Tensor, "b N"]) -> Float[Tensor, "b N"]:
        """Standardised values -> model units."""
        return self.data.centre.unsqueeze(-1) + self.data.scale.unsqueeze(-1) * z

    @property
    def noise_variance(self) -> Float[Tensor, " b"]:
        """Noise variance of one measurement, in model units squared."""
        return self.hyperparameters.noise * self.data.scale.square()

    @property
    def measurement_variance(self) -> Float[Tensor, " b"]:
        """Variance of one new measurement about the function, in model units squared: the noise,
        what samples of a furnace run share, and as much as is stated of a middling value."""
        return self.noise_variance + self.data.usual * self.data.scale.square()


def _solve(
    root: Float[Tensor, "b n n"], z: Float[Tensor, "b n"], constant_mean: bool
) -> tuple[Float[Tensor, " b"], Float[Tensor, "b n"]]:
    """(Generalised least squares mean, K^-1 (z - mean)); the mean is 0 unless it is asked for."""
    if not constant_mean:
        alpha = root.mT @ (root @ z.unsqueeze(-1))
        return torch.zeros_like(z[..., 0]), alpha.squeeze(-1)
    white = root @ torch.stack([z, torch.ones_like(z)], dim=-1)
    values, ones = white.unbind(-1)
    mean = (values * ones).sum(-1) / ones.square().sum(-1)
    alpha = root.mT @ (values - mean.unsqueeze(-1) * ones).unsqueeze(-1)
    return mean, alpha.squeeze(-1)
