"""Transfer models: ways to use old data for the target, held against the same measurements.

Each is a family of settings, each a Gaussian process of the target's function given the source.
Mean and signal variance are integrated out in closed form, so that every setting has an evidence,
and voices can be weighed against each other and against the target alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.kernels import Several
from tansaku.bo.surrogates.bank import Settings
from tansaku.bo.surrogates.gp import Data

LEVEL = 3.0
"""How far, in standard deviations of the source, a target's own level may lie from the source's: a
wide guess. Levels of their own are integrated over with this density, levels that are the source's
need no such room; without it the two could not be compared."""


SMALLEST = 1e-12
"""Share of a variance or a sum of squares below which only rounding is left."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the source tells k processes beforehand; zeros where it tells nothing.

    Attributes:
        which: Bank settings of the source's kernels, shape (k,).
        X: Source points, shape (k, m, d).
        root: Inverse Cholesky factors of the source at unit signal, shape (k, m, m).
        reach: Shape (k, m), as in :class:`Informed`.
        white: Shape (k, m), as in :class:`Informed`.
    """

    which: Int[Tensor, " k"]
    X: Float[Tensor, "k m d"]
    root: Float[Tensor, "k m m"]
    reach: Float[Tensor, "k m"]
    white: Float[Tensor, "k m"]


@dataclass(frozen=True, slots=True)
class Parts:
    """What k processes are made of, standardised.

    Attributes:
        which: Bank settings of the target's kernel, shape (k,).
        signal: Shape (k,).
        noise: Noise variance of one measurement, shape (k,).
        root: Inverse Cholesky factors of the target's data at unit signal, shape (k, n, n).
        level: Constant added to what the source tells, shape (k,); NaN where the target's own is
            to be estimated.
        told: ``None`` where no source speaks.
    """

    which: Int[Tensor, " k"]
    signal: Float[Tensor, " k"]
    noise: Float[Tensor, " k"]
    root: Float[Tensor, "k n n"]
    level: Float[Tensor, " k"]
    told: Told | None


@runtime_checkable
class TransferModel(Protocol):
    """A family of S settings held against the data of b problems."""

    @property
    def sources(self) -> tuple[int, ...]:
        """Which sources speak, t of them; none for the target alone."""

    @property
    def log_weight(self) -> Float[Tensor, "b S"]:
        """ln of evidence and of the settings' prior within the family."""

    @property
    def correlation(self) -> Float[Tensor, "b S t"]:
        """Task correlation with each of these sources that each setting stands for."""

    def leave_one_out(self) -> Float[Tensor, "b S n"]:
        """ln predictive density of each value from the others, under each setting."""

    def parts(self, problem: Int[Tensor, " k"], at: Int[Tensor, " k"]) -> Parts:
        """Of the settings ``at`` of these problems."""


@dataclass(frozen=True, slots=True)
class TransferData:
    """What all transfer models share.

    Attributes:
        data: The target's, standardised by the first source.
        kernel: One for each setting of the bank.
        settings: The bank.
    """

    data: Data
    kernel: Several
    settings: Settings


@dataclass(frozen=True, slots=True)
class Quadratic:
    """Evidence of settings, axes * first (b, then the family's own).

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

    def single(self) -> Quadratic:
        """The same with a last axis of one."""
        parts = (self.half_log_det, self.precision, self.along, self.squares)
        half_log_det, precision, along, squares = (v.unsqueeze(-1) for v in parts)
        ones, values = self.ones.unsqueeze(-2), self.values.unsqueeze(-2)
        rate = self.rate.unsqueeze(-1) if self.rate.dim() else self.rate
        return Quadratic(half_log_det, ones, values, precision, along, squares, self.shape, rate)

    def log_density(self) -> Float[Tensor, "*#s"]:
        """ln of the density of all values, up to -n/2 ln 2 pi and what the prior adds."""
        determinant = self.half_log_det + 0.5 * self.precision.log()
        return -determinant - self.shape * self.after.log() + self.shape.lgamma()

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
    axis g of the settings, as are ``ones``."""
    solved = (q.values - q.level.unsqueeze(-1) * q.ones) @ inverse
    own, w = inverse.square().sum(-2).unsqueeze(-2), q.ones[..., :1, :] @ inverse
    diagonal = own - w.square() / q.precision.unsqueeze(-1)
    return diagonal.clamp_min(SMALLEST * own), solved


def prior_of_signal(shape: float, rate: Tensor) -> Tensor:
    """What an inverse-gamma law of the signal variance adds to a log density."""
    return shape * rate.log() - math.lgamma(shape)


def log_level() -> float:
    """ln of the density of a level of the target's own; its integral brings a factor of
    sqrt(2 pi), as every value brings one over it."""
    return -math.log(LEVEL)


def mixture_leave_one_out(
    log_weights: Float[Tensor, "b S"], each: Float[Tensor, "b S n"]
) -> Float[Tensor, "b n"]:
    """ln predictive density of each value from the others under the weighted average of settings.

    A setting's weight without value i is its weight with it over its density of value i, so that
    the density of the average is the harmonic mean: exact, nothing is fitted again.
    """
    log_weights = torch.log_softmax(log_weights, -1).unsqueeze(-1)
    return -torch.logsumexp(log_weights - each, -2)
