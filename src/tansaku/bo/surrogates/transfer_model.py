"""Transfer models: ways to use old data for the target, held against the same measurements.

Each is a family of samples, each a Gaussian process of the target's function given the source.
Mean and signal variance are integrated out in closed form, so that every sample has an evidence,
and transfer models can be weighed against each other and against the target alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.batch import Batch
from tansaku.bo.factorise import factorise, inverse_of
from tansaku.bo.kernels import BatchedKernel
from tansaku.bo.surrogates.gp import Data
from tansaku.bo.surrogates.hyperparameter_samples import HyperparameterSamples

LEVEL = 3.0
"""How far, in standard deviations of the source, a target's own level may lie from the source's: a
wide guess. Levels of their own are integrated over with this density, levels that are the source's
need no such room; without it the two could not be compared."""


SMALLEST = 1e-12
"""Share of a variance or a sum of squares below which only rounding is left."""


@dataclass(frozen=True, slots=True)
class SourceParts(Batch):
    """What the source tells k processes beforehand; zeros where it tells nothing.

    Attributes:
        which: Hyperparameter samples of the source's kernels, shape (k,).
        X: Source points, shape (k, m, d).
        root: Inverse Cholesky factors of the source at unit signal, shape (k, m, m).
        reach: Shape (k, m), as in :class:`ConditionedPrior`.
        white: Shape (k, m), as in :class:`ConditionedPrior`.
    """

    which: Int[Tensor, " k"]
    X: Float[Tensor, "k m d"]
    root: Float[Tensor, "k m m"]
    reach: Float[Tensor, "k m"]
    white: Float[Tensor, "k m"]

    @classmethod
    def nothing(cls, k: int, like: Float[Tensor, "b n d"]) -> SourceParts:
        """Of a source without points."""
        new, which = like.new_zeros, torch.zeros(k, dtype=torch.int64, device=like.device)
        return cls(which, new(k, 0, like.shape[-1]), new(k, 0, 0), new(k, 0), new(k, 0))

    def with_room(self, m: int) -> SourceParts:
        """With points that tell nothing, up to ``m``."""
        pad, more = torch.nn.functional.pad, m - self.X.shape[1]
        X, root = pad(self.X, (0, 0, 0, more)), pad(self.root, (0, more, 0, more))
        return SourceParts(
            self.which, X, root, pad(self.reach, (0, more)), pad(self.white, (0, more))
        )


@dataclass(frozen=True, slots=True)
class Parts(Batch):
    """What k processes are made of, standardised.

    Attributes:
        which: Hyperparameter samples of the target's kernel, shape (k,).
        signal: Shape (k,).
        noise: Noise variance of one measurement, shape (k,).
        root: Inverse Cholesky factors of the target's data at unit signal, shape (k, n, n).
        level: Constant added to what the source tells, shape (k,); NaN where the target's own is
            to be estimated.
        of: Signal variance of which the known errors in ``root`` are shares, shape (k,); infinite
            where they are not in it.
        by_sources: By the sources.
    """

    which: Int[Tensor, " k"]
    signal: Float[Tensor, " k"]
    noise: Float[Tensor, " k"]
    root: Float[Tensor, "k n n"]
    level: Float[Tensor, " k"]
    of: Float[Tensor, " k"]
    by_sources: SourceParts


@dataclass(frozen=True, slots=True)
class TransferData:
    """What all transfer models share.

    Attributes:
        data: The target's, standardised by the first source.
        kernel: One for each hyperparameter sample.
        samples: The prior's.
        between: Variance of the error that runs share, shape (b,); ``None`` without one.
        signal: Signal variance of which known errors are taken for shares, shape (b,).
    """

    data: Data
    kernel: BatchedKernel
    samples: HyperparameterSamples
    between: Float[Tensor, " b"] | None
    signal: Float[Tensor, " b"]

    @property
    def errors(self) -> Float[Tensor, "b n n"] | None:
        """Covariance of the errors beside those that are learned: stated variances, and what runs
        share; ``None`` where nothing is known of them."""
        noise = self.data.noise
        stated = torch.diag_embed(noise.known)
        if self.between is not None:
            return stated + self.between.view(-1, 1, 1) * noise.same_run
        return stated if bool(noise.known.any()) else None

    @property
    def shares(self) -> Float[Tensor, "b n n"] | None:
        """The errors as shares of the signal variance."""
        errors = self.errors
        return None if errors is None else errors / self.signal.view(-1, 1, 1)

    def noisy(
        self, C: Float[Tensor, "b *s n n"], noise: Float[Tensor, "*r"]
    ) -> Float[Tensor, "b *q n n"]:
        """Covariances at unit signal with the errors of the values; ``noise`` is that of one
        measurement over the signal variance."""
        counts, b = self.data.noise.counts, len(C)
        axes = (b, *(1 for _axis in range(C.dim() - 3)))
        C = C + torch.diag_embed(noise.unsqueeze(-1) / counts.view(*axes, -1))
        shares = self.shares
        return C if shares is None else C + shares.view(*axes, *shares.shape[1:])


@dataclass(frozen=True, slots=True)
class Member:
    """A family of S samples of b problems.

    Attributes:
        sources: Which sources speak, t of them; none for the target alone.
        log_weight: ln of evidence and of the samples' prior within the family, shape (b, S).
        correlation: Task correlation with each of these sources that each sample stands for,
            shape (b, S, t).
        parts: Of some samples of some problems.
    """

    sources: tuple[int, ...]
    log_weight: Float[Tensor, "b S"]
    correlation: Float[Tensor, "b S t"]
    parts: Callable[[Int[Tensor, " k"], Int[Tensor, " k"]], Parts]

    def leave_one_out(self) -> Float[Tensor, "b S n"]:
        """ln predictive density of each value from the others, under each sample."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class TransferModel(Member):
    """A family that is held against the target's data.

    Attributes:
        quadratic: Its last axis is that of samples that share a factor.
        inverse: Inverse Cholesky factors of the target's data given the source's, at unit signal.
    """

    quadratic: Quadratic
    inverse: Float[Tensor, "b *s n n"]

    def leave_one_out(self) -> Float[Tensor, "b S n"]:
        """See :class:`Member`."""
        q = self.quadratic
        found = q.leave_one_out(*projected(q, self.inverse))
        return found.flatten(1, -2)

    @property
    def signal(self) -> Float[Tensor, " b"]:
        """Posterior mean of the signal variance."""
        return (torch.softmax(self.log_weight, -1) * self.quadratic.signal.flatten(1)).sum(-1)


def at_own_signal(
    make: Callable[[TransferData], TransferModel], transfer_data: TransferData
) -> TransferModel:
    """A family whose known errors are shares of its own signal variance, as it finds that with
    those of the target alone."""
    found = make(transfer_data)
    if transfer_data.errors is None:
        return found
    return make(replace(transfer_data, signal=found.signal))


@dataclass(frozen=True, slots=True)
class Quadratic:
    """Evidence of samples, axes * first (b, then the family's own).

    Attributes:
        half_log_det: Half the log determinant of the data's covariance at unit signal, shape (*,).
        ones: L^-1 of what a level adds to each value, shape (*, n).
        values: L^-1 of the values less what the source tells, shape (*, n).
        precision: Of the level, with what the source knows of it, shape (*,).
        along: ``ones`` . ``values``, likewise, shape (*,).
        squares: ``values`` . ``values``, likewise, shape (*,).
        shape: Of the inverse-gamma law of the signal variance after the values; one, or of the
            last axis.
        rate: Its rate before any value, shape (*,) or ().
    """

    half_log_det: Float[Tensor, "*#s"]
    ones: Float[Tensor, "*#s n"]
    values: Float[Tensor, "*#s n"]
    precision: Float[Tensor, "*#s"]
    along: Float[Tensor, "*#s"]
    squares: Float[Tensor, "*#s"]
    shape: Tensor
    rate: Tensor

    @classmethod
    def of(
        cls,
        inverse: Float[Tensor, "*s n n"],
        ones: Float[Tensor, "*#s #g n"],
        values: Float[Tensor, "*#s #g n"],
        law: tuple[Tensor, Tensor],
        known: tuple[Tensor, Tensor, Tensor] | None = None,
    ) -> Quadratic:
        """Of samples that share factors, g each, with ``shape`` and ``rate`` in ``law``. ``known``
        is what the source knows of the level: its precision, that times its mean, and times the
        square of its mean."""
        half_log_det = -inverse.diagonal(dim1=-2, dim2=-1).log().sum(-1, keepdim=True)
        precision, squares = ones.square().sum(-1), values.square().sum(-1)
        along = (ones * values).sum(-1)
        if known is not None:
            precision, along, squares = precision + known[0], along + known[1], squares + known[2]
        return cls(half_log_det, ones, values, precision, along, squares, *law)

    @property
    def level(self) -> Float[Tensor, "*#s"]:
        """Posterior mean of the level."""
        return self.along / self.precision

    @property
    def after(self) -> Float[Tensor, "*#s"]:
        """The rate after the values."""
        residual = self.squares - self.along.square() / self.precision
        return self.rate + 0.5 * residual.clamp_min(0)

    @property
    def signal(self) -> Float[Tensor, "*#s"]:
        """Posterior mean of the signal variance."""
        return self.after / torch.where(self.shape > 1, self.shape - 1, self.shape)

    def log_evidence(self, shape: float) -> Float[Tensor, "*#s"]:
        """ln of the density of all values, up to -n/2 ln 2 pi and the prior of the level; ``shape``
        is that of the signal variance's inverse-gamma law before the values."""
        determinant = self.half_log_det + 0.5 * self.precision.log()
        density = -determinant - self.shape * self.after.log() + self.shape.lgamma()
        return density + (shape * self.rate.log() - math.lgamma(shape))

    def leave_one_out(
        self, diagonal: Float[Tensor, "*#s n"], solved: Float[Tensor, "*#s n"]
    ) -> Float[Tensor, "*#s n"]:
        """ln Student-t density of each value from the others.

        ``diagonal`` and ``solved`` are those of P and P z, where P is the precision of the data
        with the level projected out: leaving value i out takes (P z)_i^2 / P_ii off the squares and
        1 / P_ii off the determinant (Rasmussen and Williams 2006, eq. 5.10 to 5.12).
        """
        after = self.after.unsqueeze(-1)
        without = (after - 0.5 * solved.square() / diagonal).clamp_min(SMALLEST * after)
        shape = self.shape.unsqueeze(-1)
        constant = shape.lgamma() - (shape - 0.5).lgamma() - 0.5 * math.log(2 * math.pi)
        return 0.5 * diagonal.log() - shape * after.log() + (shape - 0.5) * without.log() + constant


def projected(
    q: Quadratic, inverse: Float[Tensor, "*#s n n"]
) -> tuple[Float[Tensor, "*#s #g n"], Float[Tensor, "*#s #g n"]]:
    """(P_ii, (P z)_i) for :meth:`Quadratic.leave_one_out`; ``inverse`` is L^-1, shared by the last
    axis g of the samples, as are ``ones``."""
    solved = (q.values - q.level.unsqueeze(-1) * q.ones) @ inverse
    own, w = inverse.square().sum(-2).unsqueeze(-2), q.ones[..., :1, :] @ inverse
    diagonal = own - w.square() / q.precision.unsqueeze(-1)
    return diagonal.clamp_min(SMALLEST * own), solved


def log_level() -> float:
    """ln of the density of a level of the target's own; its integral brings a factor of
    sqrt(2 pi), as every value brings one over it."""
    return -math.log(LEVEL)


def mixture_leave_one_out(
    log_weights: Float[Tensor, "b S"], each: Float[Tensor, "b S n"]
) -> Float[Tensor, "b n"]:
    """ln predictive density of each value from the others under the weighted average of samples.

    A sample's weight without value i is its weight with it over its density of value i, so that
    the density of the average is the harmonic mean: exact, nothing is fitted again.
    """
    log_weights = torch.log_softmax(log_weights, -1).unsqueeze(-1)
    return -torch.logsumexp(log_weights - each, -2)


def refactored(
    parts: Parts, before: Data, after: Data, errors: Float[Tensor, "k n n"] | None
) -> Parts:
    """The parts with inverse factors of data whose counts have changed, and with the known errors
    as they are at each signal variance."""
    counts, new = before.noise.counts, after.noise.counts
    changed = (counts != new).any(-1) if errors is None else torch.ones_like(parts.of).bool()
    rows = changed.nonzero().squeeze(-1)
    if not len(rows):
        return parts
    L = torch.linalg.inv(parts.root[rows])
    noise = (parts.noise[rows] / parts.signal[rows]).unsqueeze(-1)
    C = L @ L.mT + torch.diag_embed(noise * (1 / new[rows] - 1 / counts[rows]))
    if errors is not None:
        C = C + (1 / parts.signal - 1 / parts.of).view(-1, 1, 1) * errors
    root = parts.root.clone()
    root[rows] = inverse_of(factorise(C).L)
    return replace(parts, root=root)
