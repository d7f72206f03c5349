"""Sources as tasks of one multi-task process, before the target says anything.

Intrinsic coregionalisation of all sources and the target: the covariance of point x in task i with
x' in task j is B_ij k(x, x'). Correlations among the sources are drawn and weighed by the sources'
own values; how the target goes with them is left to :mod:`coregion`. Level and scale of each source
are its own, as it taught them by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.device import to_device, to_host
from tansaku.bo.factorise import factorise
from tansaku.bo.kernels import BatchedKernel, squared_distance
from tansaku.bo.surrogates import hyperparameter_samples as hs
from tansaku.bo.surrogates.correlations import SEED, loading_of, rank_of, targets_of
from tansaku.bo.surrogates.source_posterior import SourcePosterior, evenly_drawn
from tansaku.bo.surrogates.transfer_model import SourceParts
from tansaku.strategy import SurrogateSpec

KEPT = 16
"""Settings drawn from those that explain the sources."""
DRAWN = 128
"""Settings with correlations among several sources, of which those are drawn by their evidence."""
NUMBERS = 12_000_000
"""Numbers in the factors of these (96 MB): fewer are drawn where the sources have many points."""
DIRECTIONS = 4
"""Ways in which the target may go with several sources under each sample: as each of them, and
along drawn directions; at least one is drawn."""


@dataclass(frozen=True, slots=True)
class MultiTaskSources:
    """What t sources of m points in all taught, under each of K samples; the target's correlations
    with them are drawn D times for each, and H = K D.

    Attributes:
        X: Points of all sources, shape (m, d).
        members: 1 where a point is of a source, shape (t, m).
        which: Bank samples, shape (K,).
        between: Correlations of the sources among each other, shape (K, t, t).
        root: Inverse Cholesky factors at unit task variances, shape (K, m, m).
        white: Whitened values about each source's own level, in its sds, shape (K, m).
        signal: Signal variance that the target is expected to have, in the common unit: the
            geometric mean of the sources', shape (K,).
        level: Middle of the sources' levels, in the common unit, shape (K,).
        toward: Correlations of the target with the sources at multiple correlation 1, (H, t).
    """

    X: Float[Tensor, "m d"]
    members: Float[Tensor, "t m"]
    which: Int[Tensor, " K"]
    between: Float[Tensor, "K t t"]
    root: Float[Tensor, "K m m"]
    white: Float[Tensor, "K m"]
    signal: Float[Tensor, " K"]
    level: Float[Tensor, " K"]
    toward: Float[Tensor, "H t"]

    @classmethod
    def of(
        cls,
        source_posteriors: Sequence[SourcePosterior],
        kernel: BatchedKernel,
        samples: hs.HyperparameterSamples,
        spec: SurrogateSpec,
    ) -> MultiTaskSources:
        """Of one source nothing is drawn but its samples."""
        if len(source_posteriors) > 1:
            return _jointly(source_posteriors, kernel, samples, spec)
        (source_posterior,) = source_posteriors
        which = source_posterior.drawn(KEPT)
        signal = source_posterior.signal[which]
        return cls(
            X=source_posterior.X,
            members=source_posterior.z.new_ones(1, len(source_posterior.X)),
            which=which,
            between=signal.new_ones(len(which), 1, 1),
            root=source_posterior.root[which],
            white=source_posterior.centred[which] / signal.sqrt().unsqueeze(-1),
            signal=signal,
            level=source_posterior.mean[which],
            toward=signal.new_ones(len(which), 1),
        )

    @property
    def each(self) -> Int[Tensor, " H"]:
        """Of the K samples, that of each of the H."""
        K = len(self.which)
        return torch.arange(K, device=self.which.device).repeat_interleave(len(self.toward) // K)

    @property
    def reach(self) -> Float[Tensor, "H m"]:
        """Correlation of each source point with the target at multiple correlation 1."""
        return self.toward @ self.members

    def rows(
        self, X: Float[Tensor, "b n d"], kernel: BatchedKernel, samples: hs.HyperparameterSamples
    ) -> Float[Tensor, "b H m n"]:
        """Whitened covariance of the sources with target points, at unit signal and multiple
        correlation 1."""
        (b, n, _d), K, H = X.shape, len(self.which), len(self.toward)
        flat = X.reshape(1, b * n, X.shape[-1]).expand(K, -1, -1)
        points, scales = self.X.expand(K, -1, -1), samples.length_scales[self.which]
        correlation = kernel.take(self.which).value(squared_distance(points, flat, scales))
        roots = self.root.unsqueeze(1) * self.reach.view(K, -1, 1, len(self.X))
        found = roots @ correlation.unsqueeze(1)
        return found.reshape(H, -1, b, n).permute(2, 0, 1, 3)

    def parts(
        self, at: Int[Tensor, " k"], reach: Float[Tensor, " k"], white: Float[Tensor, " k"]
    ) -> SourceParts:
        """What k processes hear, under the samples ``at`` of the H; ``reach`` and ``white`` are
        factors of what is kept here."""
        one = self.each[at]
        every = reach.unsqueeze(-1) * self.reach[at]
        values = white.unsqueeze(-1) * self.white[one]
        X = self.X.expand(len(at), -1, -1)
        return SourceParts(self.which[one], X, self.root[one], every, values)


def _jointly(
    source_posteriors: Sequence[SourcePosterior],
    kernel: BatchedKernel,
    samples: hs.HyperparameterSamples,
    spec: SurrogateSpec,
) -> MultiTaskSources:
    """Draw correlations among the sources, and keep those that their values tell for.

    Source by source: loadings are drawn for the next one, and samples by how probable they make
    its values, given those before (as particles; N. Chopin, Biometrika 89 (2002) 539).
    """
    t, m = len(source_posteriors), sum(len(each.X) for each in source_posteriors)
    p, rng = rank_of(t, spec.rank), np.random.default_rng(SEED)
    number = max(KEPT, min(DRAWN, NUMBERS // m**2))
    log_share = torch.log_softmax(
        torch.stack([each.log_weight for each in source_posteriors]).sum(0), -1
    )
    which = evenly_drawn(log_share, number)
    W = to_device(loading_of(0, t, (number, p), spec.signs, rng)).unsqueeze(1)
    before = _by_itself(source_posteriors[0], which)
    for k in range(1, t):
        row = to_device(loading_of(k, t, (number, p), spec.signs, rng))
        W = torch.cat([W, row.unsqueeze(1)], 1)
        root, white, evidence = _factors(source_posteriors[: k + 1], (which, W), kernel, samples)
        weight = evidence - before - _by_itself(source_posteriors[k], which)
        kept = evenly_drawn(torch.log_softmax(weight, -1), KEPT if k + 1 == t else number)
        which, W, before = which[kept], W[kept], evidence[kept]
    toward = targets_of(to_host(W), max(DIRECTIONS, t + 1), spec.signs)
    signal = torch.stack([each.signal[which] for each in source_posteriors])
    return MultiTaskSources(
        X=torch.cat([each.X for each in source_posteriors]),
        members=_members(source_posteriors),
        which=which,
        between=_between(W),
        root=root[kept],
        white=white[kept],
        signal=signal.log().mean(0).exp(),
        level=torch.stack([each.mean[which] for each in source_posteriors]).mean(0),
        toward=to_device(toward).flatten(0, 1),
    )


def _members(source_posteriors: Sequence[SourcePosterior]) -> Float[Tensor, "t m"]:
    """1 where a point is of a source."""
    return torch.block_diag(*(each.z.new_ones(1, len(each.X)) for each in source_posteriors))


def _between(W: Float[Tensor, "K t p"]) -> Float[Tensor, "K t t"]:
    """W W' with what is left to 1 on the diagonal."""
    R = W @ W.mT
    return R + torch.diag_embed(1 - R.diagonal(dim1=-2, dim2=-1))


def _factors(
    source_posteriors: Sequence[SourcePosterior],
    drawn: tuple[Int[Tensor, " K"], Float[Tensor, "K t p"]],
    kernel: BatchedKernel,
    samples: hs.HyperparameterSamples,
) -> tuple[Float[Tensor, "K m m"], Float[Tensor, "K m"], Float[Tensor, " K"]]:
    """(inverse Cholesky factors, whitened values about the levels, ln evidence) of some sources
    under (hyperparameter samples, loadings)."""
    which, W = drawn
    X, members = torch.cat([each.X for each in source_posteriors]), _members(source_posteriors)
    points, scales = X.expand(len(which), -1, -1), samples.length_scales[which]
    own = kernel.take(which).value(squared_distance(points, points, scales))
    counts = torch.cat([each.counts for each in source_posteriors])
    noise = torch.diag_embed(samples.noise[which].unsqueeze(-1) / counts)
    L = factorise((members.T @ _between(W) @ members) * own + noise).L
    one = torch.eye(len(X), dtype=X.dtype, device=X.device).expand_as(L)
    root = torch.linalg.solve_triangular(L, one, upper=False)
    signal = torch.stack([each.signal[which] for each in source_posteriors], -1)
    values = torch.cat([each.z for each in source_posteriors]) / (signal.sqrt() @ members)
    return root, *_about_levels(root, values, members)


def _about_levels(
    root: Float[Tensor, "K m m"], values: Float[Tensor, "K m"], members: Float[Tensor, "t m"]
) -> tuple[Float[Tensor, "K m"], Float[Tensor, " K"]]:
    """(whitened values about each source's level, ln evidence with flat levels integrated out, up
    to a constant)."""
    whitened, ones = root @ values.unsqueeze(-1), root @ members.T
    precision = ones.mT @ ones
    centred = (whitened - ones @ torch.linalg.solve(precision, ones.mT @ whitened)).squeeze(-1)
    evidence = root.diagonal(dim1=-2, dim2=-1).log().sum(-1) - 0.5 * centred.square().sum(-1)
    return centred, evidence - 0.5 * torch.linalg.slogdet(precision).logabsdet


def _by_itself(source_posterior: SourcePosterior, which: Int[Tensor, " K"]) -> Float[Tensor, " K"]:
    """The same evidence of one source without the others."""
    squares = source_posterior.centred[which].square().sum(-1) / source_posterior.signal[which]
    determinant = source_posterior.root[which].diagonal(dim1=-2, dim2=-1).log().sum(-1)
    return determinant - 0.5 * squares - 0.5 * source_posterior.ones[which].square().sum(-1).log()


__all__ = ["KEPT", "MultiTaskSources"]
