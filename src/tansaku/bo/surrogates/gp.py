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

from tansaku.bo.batch import Batch
from tansaku.bo.factorise import factorise, inverse_of
from tansaku.bo.kernels import Kernel, squared_distance
from tansaku.bo.surrogates.conditioned_prior import ConditionedPrior

OWN_RUN, NO_RUN = -1, -2
"""In place of a run."""


@dataclass(frozen=True, slots=True)
class Hyperparameters(Batch):
    """Of b Gaussian processes on encoded inputs and standardised values.

    Attributes:
        length_scales: Shape (b, d); all columns equal where one is shared.
        signal: Signal variance, shape (b,).
        noise: Noise variance of one measurement, shape (b,).
        between: Variance of the error that samples of one run share, shape (b,); ``None`` for none.
    """

    length_scales: Float[Tensor, "b d"]
    signal: Float[Tensor, " b"]
    noise: Float[Tensor, " b"]
    between: Float[Tensor, " b"] | None = None


@dataclass(frozen=True, slots=True)
class Noise(Batch):
    """What is known of the errors of n values in each of b problems, besides the noise variance
    that is learned.

    Attributes:
        counts: Replicates behind each value, shape (b, n); the noise of a mean is divided by them.
        known: Variance that each value has besides, shape (b, n).
        runs: Run whose error each value shares, shape (b, n); ``OWN_RUN`` for one that is not
            known, which is taken for one of its own, ``NO_RUN`` for an error of no run.
    """

    counts: Float[Tensor, "b n"]
    known: Float[Tensor, "b n"]
    runs: Int[Tensor, "b n"]

    @classmethod
    def of(
        cls,
        counts: Float[Tensor, "b n"],
        known: Float[Tensor, "b n"] | None = None,
        runs: Int[Tensor, "b n"] | None = None,
    ) -> Noise:
        """Nothing known, and every value in a run of its own, unless it is told."""
        own = torch.full_like(counts, OWN_RUN, dtype=torch.int64)
        known = torch.zeros_like(counts) if known is None else known
        return cls(counts, known, own if runs is None else runs)

    def variance(self, of_one: Float[Tensor, " b"]) -> Float[Tensor, "b n"]:
        """Of each value's own error, where that of one measurement is ``of_one``."""
        return of_one.unsqueeze(-1) / self.counts + self.known

    @property
    def same_run(self) -> Float[Tensor, "b n n"]:
        """1 where two values share a run."""
        of_run, by = self.runs.unsqueeze(-1), self.runs.unsqueeze(-2)
        shared = ((of_run == by) & (by >= 0)).to(self.counts)
        return shared + torch.diag_embed((self.runs == OWN_RUN).to(self.counts))

    def covariance(self, h: Hyperparameters, nugget: float = 0.0) -> Float[Tensor, "b n n"]:
        """Of all errors."""
        own = torch.diag_embed(self.variance(h.noise) + nugget)
        return own if h.between is None else own + h.between.view(-1, 1, 1) * self.same_run

    def joined(self, variance: Float[Tensor, "b c"]) -> Noise:
        """With c more values, of which this variance is all the error."""
        return Noise(
            torch.cat([self.counts, torch.full_like(variance, math.inf)], 1),
            torch.cat([self.known, variance], 1),
            torch.cat([self.runs, torch.full_like(variance, NO_RUN).long()], 1),
        )


@dataclass(frozen=True, slots=True)
class Data(Batch):
    """Standardised data of b problems.

    Attributes:
        X: Encoded inputs, shape (b, n, d).
        z: Standardised values (y - centre) / scale, shape (b, n).
        noise: What is known of their errors, standardised.
        centre: Shape (b,), in model units.
        scale: Shape (b,), in model units; 1 where the values do not differ.
    """

    X: Float[Tensor, "b n d"]
    z: Float[Tensor, "b n"]
    noise: Noise
    centre: Float[Tensor, " b"]
    scale: Float[Tensor, " b"]

    @classmethod
    def of(
        cls,
        X: Float[Tensor, "b n d"],
        y: Float[Tensor, "b n"],
        noise: Noise,
        centre: Float[Tensor, " b"],
        scale: Float[Tensor, " b"],
    ) -> Data:
        """Values and known variances in model units, standardised by these."""
        unit = scale.unsqueeze(-1)
        noise = replace(noise, known=noise.known / unit.square())
        return cls(X, (y - centre.unsqueeze(-1)) / unit, noise, centre, scale)

    def mean_of(self, gp: GP) -> Float[Tensor, "b n"]:
        """Posterior mean at the measurements, standardised: K alpha = z - mean - E alpha, where E
        is the covariance of the errors, nugget included."""
        noise, h = self.noise, gp.hyperparameters
        errors = (noise.variance(h.noise) + gp.nugget) * gp.alpha
        if h.between is not None:
            shared = noise.same_run @ gp.alpha.unsqueeze(-1)
            errors = errors + h.between.unsqueeze(-1) * shared.squeeze(-1)
        return self.z - errors

    def errors(self, gp: GP, draws: Float[Tensor, "s n"]) -> Float[Tensor, "s n"]:
        """Standard normal draws -> errors of the values, standardised (b = 1)."""
        h = gp.hyperparameters
        if h.between is None:
            return (self.noise.variance(h.noise)[0] + gp.nugget).sqrt() * draws
        return draws @ factorise(self.noise.covariance(h, gp.nugget)).L[0].mT

    def left_out(self, gp: GP) -> tuple[Float[Tensor, "b n"], Float[Tensor, "b n"]]:
        """(variance, residual) of each measurement by the others, standardised; the mean is
        estimated again without it."""
        precision = gp.root.mT @ gp.root
        along = precision.sum(-1)
        total = along.sum(-1, keepdim=True)
        kept = precision.diagonal(dim1=-2, dim2=-1) - along.square() / total
        variance = kept.clamp_min(1e-300).reciprocal()
        return variance, gp.alpha * variance

    def weights(self, gp: GP, points: Float[Tensor, "b N d"]) -> Float[Tensor, "b n N"]:
        """Weight of each measurement in the mean at ``points``: K^-1 k, with the level where that
        is estimated from the values (then they sum to 1)."""
        weights = gp.root.mT @ (gp.root @ gp.cross(points))
        ones = gp.root.mT @ gp.root.sum(-1, keepdim=True)
        left = (1 - weights.sum(-2, keepdim=True)) * ones / ones.sum(-2, keepdim=True)
        return weights + torch.where(gp.mean_variance.view(-1, 1, 1) > 0, left, 0.0)


def standardise(
    X: Float[Tensor, "b n d"], y: Float[Tensor, "b n"], noise: Noise, *, unbiased: bool = True
) -> Data:
    """Centre and scale each problem's values by their mean and standard deviation, known variances
    with them. Values that are :func:`alike` keep scale 1.
    """
    centre = y.mean(-1)
    scale = torch.ones_like(centre)
    if y.shape[-1] > 1:
        scale = torch.where(alike(y), scale, y.std(-1, correction=1 if unbiased else 0))
    return Data.of(X, y, noise, centre, scale)


def alike(y: Float[Tensor, "b n"]) -> Bool[Tensor, " b"]:
    """Whose values show no spread: they differ by rounding only (1e-12 of their size), or there is
    but one."""
    if y.shape[-1] < 2:
        return torch.ones(len(y), dtype=torch.bool, device=y.device)
    return y.std(-1, correction=1) <= 1e-12 * y.abs().amax(-1)


@dataclass(frozen=True, slots=True)
class GP(Batch):
    """b Gaussian processes that have seen their data.

    Attributes:
        kernel: The correlation function.
        hyperparameters: Of each problem.
        data: What was learned from.
        nugget: Variance added to the diagonal besides the noise.
        mean: Constant mean of the standardised values, shape (b,).
        mean_variance: How uncertain it was after the data, shape (b,); 0 where it is no estimate.
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
    mean_variance: Float[Tensor, " b"]
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
    ) -> GP:
        """Learn from ``data`` at given hyperparameters.

        With ``constant_mean`` the mean is the generalised least squares estimate, which is also
        where the likelihood is largest; otherwise it is 0.
        """
        h = hyperparameters
        correlation = kernel.value(squared_distance(data.X, data.X, h.length_scales))
        K = h.signal.view(-1, 1, 1) * correlation + data.noise.covariance(h, nugget)
        factor = factorise(K)
        level = torch.full_like(h.signal, math.nan if constant_mean else 0.0)
        return cls.from_root(
            kernel, h, data, inverse_of(factor.L), level, nugget=nugget, jittered=factor.jittered
        )

    @classmethod
    def from_root(
        cls,
        kernel: Kernel,
        hyperparameters: Hyperparameters,
        data: Data,
        root: Float[Tensor, "b n n"],
        level: Float[Tensor, " b"],
        *,
        nugget: float = 0.0,
        jittered: Int[Tensor, " b"] | None = None,
        source: ConditionedPrior | None = None,
    ) -> GP:
        """Learn from ``data`` where ``root``, the inverse of the Cholesky factor, is known.
        ``level`` is the mean; NaN where it is to be estimated by generalised least squares."""
        z = data.z if source is None else data.z - source.mean(source.rows(data.X))
        values, ones = (root @ torch.stack([z, torch.ones_like(z)], -1)).unbind(-1)
        precision, estimated = ones.square().sum(-1), level.isnan()
        mean = torch.where(estimated, (values * ones).sum(-1) / precision, level)
        variance = torch.where(estimated, precision.reciprocal(), 0.0)
        alpha = (root.mT @ (values - mean.unsqueeze(-1) * ones).unsqueeze(-1)).squeeze(-1)
        fit = ((z - mean.unsqueeze(-1)) * alpha).sum(-1)
        half_log_det = -root.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        lml = -0.5 * fit - half_log_det - 0.5 * z.shape[-1] * math.log(2 * math.pi)
        if jittered is None:
            jittered = torch.zeros(len(lml), dtype=torch.int64, device=lml.device)
        h = hyperparameters
        return cls(kernel, h, data, nugget, mean, variance, root, alpha, lml, jittered, source)

    def joined(
        self, X: Float[Tensor, "b c d"], z: Float[Tensor, "b c"], noise: Float[Tensor, "b c"]
    ) -> GP:
        """After c more standardised values, of which this noise is all the error; a mean that was
        estimated is so again."""
        cross = self.cross(X)
        left = self.left_over(X, self.solve(X, cross)[1]) + torch.diag_embed(noise)
        corner = inverse_of(factorise(left).L)
        below = torch.cat([-corner @ (self.root @ cross).mT @ self.root, corner], -1)
        root = torch.cat([torch.nn.functional.pad(self.root, (0, z.shape[-1])), below], -2)
        data = replace(
            self.data,
            X=torch.cat([self.data.X, X], 1),
            z=torch.cat([self.data.z, z], 1),
            noise=self.data.noise.joined(noise),
        )
        return GP.from_root(
            self.kernel,
            self.hyperparameters,
            data,
            root,
            torch.where(self.mean_variance > 0, math.nan, self.mean),
            nugget=self.nugget,
            jittered=self.jittered,
            source=self.source,
        )

    def gradient(self) -> tuple[Float[Tensor, "b d"], Float[Tensor, " b"], Float[Tensor, " b"]]:
        """d(log marginal likelihood)/d ln of length scales, signal and noise variance."""
        h, X = self.hyperparameters, self.data.X
        s = squared_distance(X, X, h.length_scales)
        W = self.alpha.unsqueeze(-1) * self.alpha.unsqueeze(-2) - self.root.mT @ self.root
        signal = h.signal.view(-1, 1, 1)
        d_signal = 0.5 * (W * signal * self.kernel.value(s)).sum((-2, -1))
        d_noise = 0.5 * h.noise * (W.diagonal(dim1=-2, dim2=-1) / self.data.noise.counts).sum(-1)
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
        """Posterior mean at the measured points, in model units."""
        return self.to_units(self.data.mean_of(self))

    def covariance(self, points: Float[Tensor, "b N d"]) -> Float[Tensor, "b N N"]:
        """Posterior covariance of the function at ``points``, in model units squared."""
        left = self.left_over(points, self.solve(points)[1])
        return left * self.data.scale.square().view(-1, 1, 1)

    def left_over(
        self, points: Float[Tensor, "b N d"], solved: Float[Tensor, "b r N"]
    ) -> Float[Tensor, "b N N"]:
        """What ``solved`` leaves of the covariance at ``points``, standardised."""
        h = self.hyperparameters
        correlation = self.kernel.value(squared_distance(points, points, h.length_scales))
        return h.signal.view(-1, 1, 1) * correlation - solved.mT @ solved

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
    def error_variance(self) -> Float[Tensor, " b"]:
        """Variance of the error of one measurement, standardised: noise, and that of its run."""
        h = self.hyperparameters
        return h.noise if h.between is None else h.noise + h.between

    @property
    def measurement_variance(self) -> Float[Tensor, " b"]:
        """Variance of one new measurement about the function, in model units squared: its error,
        and as much as is stated of a middling value (those that stand for limits, of endless
        counts, say nothing of it)."""
        noise, variance = self.data.noise, self.error_variance
        if bool(noise.known.any()):
            of_one = torch.where(noise.counts.isfinite(), noise.known * noise.counts, torch.nan)
            variance = variance + of_one.nanmedian(-1).values.nan_to_num(0.0)
        return variance * self.data.scale.square()
