"""The posterior of a finished source, before the target says anything."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.device import to_device
from tansaku.bo.kernels import BatchedKernel, squared_distance
from tansaku.bo.surrogates import hyperparameter_samples as hs
from tansaku.bo.surrogates.gp import Data, Noise, standardise
from tansaku.bo.surrogates.transfer_model import SourceParts
from tansaku.design import SourceData

SOURCE_POINTS = 500
"""Source points up to which 64 factors of their covariance are held (128 MB)."""


def drawn(source: SourceData, most: int = SOURCE_POINTS) -> SourceData:
    """At most so many points of a source, drawn, each time the same ones. Of a real table of 1,060
    they told as much as all; those that cover it best told less (bench/transfer/large.py)."""
    n = len(source.y)
    if n <= most:
        return source
    rows = np.sort(np.random.default_rng(0).choice(n, most, replace=False))
    return SourceData(source.X[rows], source.y[rows], source.counts[rows])


@dataclass(frozen=True, slots=True)
class Unit:
    """The zero and the scale in which sources and target are spoken of: the first source's."""

    centre: float
    scale: float

    @classmethod
    def of(cls, source: SourceData) -> Unit:
        """Mean and sd of its values."""
        data = _standardised(source)
        return cls(float(data.centre[0]), float(data.scale[0]))


@dataclass(frozen=True, slots=True)
class SourcePosterior:
    """What one source taught under each of the h hyperparameter samples, in the common unit.

    Attributes:
        X: Source points, shape (m, d).
        z: Their values in the common unit, shape (m,).
        counts: Replicates behind each, shape (m,).
        log_weight: ln of the posterior weights of the samples, shape (h,).
        root: Inverse Cholesky factors at unit signal, shape (h, m, m).
        ones: Whitened ones, shape (h, m).
        values: Whitened values, shape (h, m).
        signal: Signal variance, shape (h,).
        scale: The source's own scale in the common unit.
    """

    X: Float[Tensor, "m d"]
    z: Float[Tensor, " m"]
    counts: Float[Tensor, " m"]
    log_weight: Float[Tensor, " h"]
    root: Float[Tensor, "h m m"]
    ones: Float[Tensor, "h m"]
    values: Float[Tensor, "h m"]
    signal: Float[Tensor, " h"]
    scale: float

    @property
    def mean(self) -> Float[Tensor, " h"]:
        """The source's own mean."""
        return (self.ones * self.values).sum(-1) / self.ones.square().sum(-1)

    @property
    def centred(self) -> Float[Tensor, "h m"]:
        """Whitened values about the mean."""
        return self.values - self.mean.unsqueeze(-1) * self.ones

    def drawn(self, number: int) -> Int[Tensor, " H"]:
        """Settings drawn by their weights, systematically and without chance, ascending."""
        return evenly_drawn(self.log_weight, number)

    def rows(
        self,
        which: Int[Tensor, " H"],
        X: Float[Tensor, "b n d"],
        kernel: BatchedKernel,
        samples: hs.HyperparameterSamples,
    ) -> Float[Tensor, "b H m n"]:
        """Whitened covariance of the source with target points, at unit signal."""
        (b, n, _d), H = X.shape, len(which)
        flat = X.reshape(1, b * n, X.shape[-1]).expand(H, -1, -1)
        source, scales = self.X.expand(H, -1, -1), samples.length_scales[which]
        correlation = kernel.take(which).value(squared_distance(source, flat, scales))
        return (self.root[which] @ correlation).view(H, -1, b, n).permute(2, 0, 1, 3)

    def parts(
        self,
        which: Int[Tensor, " k"],
        reach: Float[Tensor, " k"],
        white: Float[Tensor, "k m"],
    ) -> SourceParts:
        """What k processes hear, each under one sample of the source."""
        X = self.X.expand(len(which), -1, -1)
        every = reach.unsqueeze(-1).expand(-1, len(self.X))
        return SourceParts(which, X, self.root[which], every, white)


def evenly_drawn(log_weight: Float[Tensor, " h"], number: int) -> Int[Tensor, " k"]:
    """Indices drawn by normalised weights, systematically and without chance, ascending."""
    at = to_device((np.arange(number) + 0.5) / number)
    which = torch.searchsorted(log_weight.exp().cumsum(-1), at)
    return which.clamp_max(len(log_weight) - 1)


def own_correlation(
    which: Int[Tensor, " H"],
    X: Float[Tensor, "b n d"],
    kernel: BatchedKernel,
    samples: hs.HyperparameterSamples,
) -> Float[Tensor, "b H n n"]:
    """Kernel of the target's points under some hyperparameter samples."""
    (b, n, _d), H = X.shape, len(which)
    every = X.unsqueeze(0).expand(H, -1, -1, -1).reshape(H * b, n, -1)
    scales = samples.length_scales[which].repeat_interleave(b, 0)
    s = squared_distance(every, every, scales).view(H, b, n, n)
    return kernel.take(which).value(s).transpose(0, 1)


def learn(
    source: SourceData, kernel: BatchedKernel, samples: hs.HyperparameterSamples, unit: Unit
) -> SourcePosterior:
    """Hold the samples against a source."""
    data = _standardised(source)
    root = hs.unit_factors(data, kernel, samples)[0]
    ones, values = root.sum(-1), (root @ data.z[0].unsqueeze(-1)).squeeze(-1)
    precision = ones.square().sum(-1)
    residual = values.square().sum(-1) - (ones * values).sum(-1).square() / precision
    half_log_det = -root.diagonal(dim1=-2, dim2=-1).log().sum(-1)
    m, scale = len(source.y), float(data.scale[0]) / unit.scale
    log_weights, signal = hs.weigh(samples, half_log_det, precision, residual, m)
    shift = (float(data.centre[0]) - unit.centre) / unit.scale
    return SourcePosterior(
        X=data.X[0],
        z=scale * data.z[0] + shift,
        counts=data.noise.counts[0],
        log_weight=torch.log_softmax(log_weights, -1),
        root=root,
        ones=ones,
        values=scale * values + shift * ones,
        signal=signal * scale**2,
        scale=scale,
    )


def _standardised(source: SourceData) -> Data:
    X, y, counts = (to_device(v)[None] for v in (source.X, source.y, source.counts))
    return standardise(X, y, Noise.of(counts))
