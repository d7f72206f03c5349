"""Averaging over hyperparameters: a bank of settings, weighted by how well each explains the data.

No single set of hyperparameters is safe on few measurements, and fitting one is slow. So a fixed
bank of settings, spread over the prior, is held against the data: the mean and the signal variance
are integrated out in closed form (Rasmussen and Williams 2006, section 2.7; O'Hagan and Forster,
Bayesian Inference, 2004, chapter 11), which leaves the evidence of each setting. Predictions are
averaged over settings drawn with these weights (importance sampling from the prior; MacKay,
Neural Comput. 11 (1999) 1035, on integrating over hyperparameters rather than maximising).

A new measurement updates every setting's factor by one row, in O(n^2). Beside the bank stands the
belief that the inputs tell nothing: values scattered about one mean, with an evidence of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo import device as place
from tansaku.bo.device import to_device, to_host
from tansaku.bo.factorise import factorise
from tansaku.bo.kernels import Kernel, Several, kernels_named, squared_distance
from tansaku.bo.surrogates.fitting import Listed
from tansaku.bo.surrogates.gp import Data
from tansaku.strategy import SurrogateSpec

SHARED_SETTINGS = 24
"""Settings with one length scale for all columns: they win on small tables of 2 to 5 columns."""
OWN_SETTINGS = 40
"""Settings with a length scale per column: they win where columns differ in weight."""
SHARED_RANGE = (0.1, 3.0)
"""Range of the shared length scales, times sqrt(d / 2): from one step of a 10-step grid to a
nearly linear function. sqrt(d) as in Hvarfner, Hellsten, Nardi, ICML 2024."""
OWN_MEDIAN, OWN_SIGMA = 0.5, 1.0
"""Log-normal law of the length scales per column, times sqrt(d / 2): half the range, within a
factor of e."""
NOISE_MU, NOISE_SIGMA = -3.5, 2.0
"""Log-normal law of noise / signal variance: an sd ratio of 17 %, within a factor of e. Wide on
purpose: a single misleading neighbour must be explicable as noise. Chosen among four on 15 open
tables of bench/quality, where the geometric means of the four lay within 6 %."""
SIGNAL_SHAPE, SIGNAL_RATE = 1.0, 1.0
"""Inverse-gamma law of the signal variance of standardised values: mode 1/2, one observation's
worth of belief (Gelman et al., Bayesian Data Analysis, 2013, section 2.6)."""
LARGEST = 200
"""Measurements up to which the bank is held: 64 stored factors grow with n^2 (20 MB at 200) and
the work on them with n^3. Larger searches maximise the posterior instead. A bound on cost, not
one at which quality was compared."""
LOOK_UP_CANDIDATES, LOOK_UP_PROBLEMS = 512, 8
"""Pools up to which, and problems from which, the kernel of all pairs of candidates is tabulated
under every setting (134 MB for 512): a study looks each pair up many times, a single suggestion
hardly once."""
LABEL_SCALES = (1e4, 0.5, 1.5)
"""Length scales of columns that hold a label (a phase), whose values lie 1 apart, in turn: the
label tells nothing; samples of two labels have little in common; much. A third of the settings
each, so that a label that tells nothing costs little (docs/results.md)."""
GROWTH = 4
"""Rows by which the stored factors grow at a time: few, because products of matrices that stand in
larger ones take several times as long (measured at 1 to 16)."""
AT_ONCE = 4_000_000
"""Covariances of all settings that are factorised at once (a few arrays of 32 MB are alive: 64
settings of one search at the most measurements that are held); beyond, row by row."""
LAWFUL_FLOOR = 1e-10
"""Smallest pivot of a unit-signal covariance: below it lies rounding only."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The h settings of a bank for d columns.

    Attributes:
        length_scales: Shape (h, d).
        noise: Noise variance / signal variance, shape (h,).
        log_prior: ln of each setting's weight before the data, shape (h,).
    """

    length_scales: Float[Tensor, "h d"]
    noise: Float[Tensor, " h"]
    log_prior: Float[Tensor, " h"]


def settings_for(d: int, labels: int = 0) -> Settings:
    """A low-discrepancy sample of the prior, half its weight on shared length scales.

    One column has no difference between shared and own: all settings are shared there. The last
    ``labels`` columns are those of a label.
    """
    plain = _settings_on(place.chosen(), d - labels)
    return plain if labels == 0 else _with_labels(plain, labels)


def _with_labels(plain: Settings, labels: int) -> Settings:
    """The settings with columns of a label; kernels take turns at each setting, so at every second
    one another scale comes."""
    turns = torch.arange(len(plain.noise), device=plain.noise.device) // 2 % len(LABEL_SCALES)
    scales = plain.length_scales.new_tensor(LABEL_SCALES)[turns]
    columns = scales.unsqueeze(-1).expand(-1, labels)
    return Settings(torch.cat([plain.length_scales, columns], -1), plain.noise, plain.log_prior)


@cache
def _settings_on(device: torch.device, d: int) -> Settings:
    """The settings where the work is done; drawn on the processor, so that they are the same."""
    shared = SHARED_SETTINGS if d > 1 else SHARED_SETTINGS + OWN_SETTINGS
    own = OWN_SETTINGS if d > 1 else 0
    unit = math.sqrt(d / 2)
    sobol = torch.quasirandom.SobolEngine(d + 1, scramble=True, seed=1)
    draws = sobol.draw(shared + own, dtype=torch.float64)
    normal = to_host(torch.special.ndtri(draws.clamp(1e-3, 1 - 1e-3)))
    scales = np.empty((shared + own, d))
    scales[:shared] = unit * np.geomspace(*SHARED_RANGE, shared)[:, None]
    scales[shared:] = unit * OWN_MEDIAN * np.exp(OWN_SIGMA * normal[shared:, :d])
    weight = np.full(shared + own, 1.0 / shared)
    weight[shared:] = 1.0 / max(own, 1)
    return Settings(
        length_scales=torch.as_tensor(scales, device=device),
        noise=torch.as_tensor(np.exp(NOISE_MU + NOISE_SIGMA * normal[:, d]), device=device),
        log_prior=torch.as_tensor(np.log(weight / weight.sum()), device=device),
    )


@dataclass(frozen=True, slots=True)
class MarginalLikelihood:
    """What each of h settings makes of the data of b problems, at unit signal variance.

    Attributes:
        X: Measured points, shape (b, n, d).
        inverse: Inverses of the Cholesky factors, rows filled up to n, shape (b, h, c, c).
        half_log_det: Half the log determinants, shape (b, h).
        ones: L^-1 1, shape (b, h, n).
        values: L^-1 z of the standardised values, shape (b, h, n).
        table: Kernel of all pairs of candidates, shape (h, N, N); ``None`` where not tabulated.
    """

    X: Float[Tensor, "b n d"]
    inverse: Float[Tensor, "b h c c"]
    half_log_det: Float[Tensor, "b h"]
    ones: Float[Tensor, "b h n"]
    values: Float[Tensor, "b h n"]
    table: Float[Tensor, "h N N"] | None = None

    @classmethod
    def nothing(
        cls, b: int, settings: Settings, table: Float[Tensor, "h N N"] | None = None
    ) -> MarginalLikelihood:
        """Before any measurement."""
        scales = settings.length_scales
        h, d = scales.shape
        empty = scales.new_zeros(b, h, 0)
        return cls(
            X=scales.new_zeros(b, 0, d),
            inverse=scales.new_zeros(b, h, GROWTH, GROWTH),
            half_log_det=scales.new_zeros(b, h),
            ones=empty,
            values=empty,
            table=table,
        )

    @classmethod
    def at_once(cls, data: Data, kernel: Kernel, settings: Settings) -> MarginalLikelihood:
        """After all of ``data``, by one factorisation of every setting's covariance."""
        X, (b, n) = data.X, data.z.shape
        squares = (X.unsqueeze(2) - X.unsqueeze(1)).square()
        s = squares @ settings.length_scales.reciprocal().square().T
        K = kernel.value(s.permute(3, 0, 1, 2).contiguous()).transpose(0, 1)
        noise = settings.noise.view(-1, 1) / data.counts.unsqueeze(1)
        L = factorise((K + torch.diag_embed(noise)).flatten(0, 1)).L
        one = torch.eye(n, dtype=L.dtype, device=L.device).expand_as(L)
        inverse = torch.linalg.solve_triangular(L, one, upper=False).view(b, -1, n, n)
        return cls(
            X=X,
            inverse=torch.nn.functional.pad(inverse, (0, GROWTH, 0, GROWTH)),
            half_log_det=-inverse.diagonal(dim1=-2, dim2=-1).log().sum(-1),
            ones=inverse.sum(-1),
            values=(inverse @ data.z.view(b, 1, n, 1)).squeeze(-1),
        )

    def add(
        self,
        settings: Settings,
        k: Float[Tensor, "b h n"],
        x: Float[Tensor, "b d"],
        z: Float[Tensor, "b m"],
        count: Float[Tensor, " b"],
    ) -> MarginalLikelihood:
        """One more measurement, ``k`` its kernel with the earlier ones: a new row of every factor.
        ``z`` are all values so far, the new one last. Writes into the stored inverses."""
        n = self.X.shape[1]
        noise = settings.noise / count.unsqueeze(-1)
        inverse = self.inverse
        if n == inverse.shape[-1]:
            inverse = torch.nn.functional.pad(inverse, (0, GROWTH, 0, GROWTH))
        known = inverse[..., :n, :n]
        earlier = z[:, None, :n].expand_as(k)
        # Vectors stand in rows and without gaps: only then is a batch of products one call.
        row, values = (torch.stack([k, earlier], -2) @ known.mT).unbind(-2)
        pivot = (1 + noise - row.square().sum(-1)).clamp_min(LAWFUL_FLOOR).sqrt()
        row = row.contiguous()
        inverse[..., n, :n] = -(row.unsqueeze(-2) @ known).squeeze(-2) / pivot.unsqueeze(-1)
        inverse[..., n, n] = 1 / pivot
        one = (1 - (row * self.ones).sum(-1)) / pivot
        value = (z[:, n, None] - (row * values).sum(-1)) / pivot
        return MarginalLikelihood(
            X=torch.cat([self.X, x.unsqueeze(1)], 1),
            inverse=inverse,
            half_log_det=self.half_log_det + pivot.log(),
            ones=torch.cat([self.ones, one.unsqueeze(-1)], -1),
            values=torch.cat([values, value.unsqueeze(-1)], -1),
            table=self.table,
        )

    def log_weights(self, settings: Settings) -> tuple[Float[Tensor, "b h"], Float[Tensor, "b h"]]:
        """(ln of unnormalised posterior weights, posterior mean of the signal variance); mean and
        signal variance are integrated out."""
        precision = self.ones.square().sum(-1)
        along = (self.ones * self.values).sum(-1)
        residual = self.values.square().sum(-1) - along.square() / precision
        return weigh(settings, self.half_log_det, precision, residual, self.ones.shape[-1])


def weigh(
    settings: Settings,
    half_log_det: Float[Tensor, "b h"],
    precision: Float[Tensor, "b h"],
    residual: Float[Tensor, "b h"],
    n: int,
) -> tuple[Float[Tensor, "b h"], Float[Tensor, "b h"]]:
    """(ln of unnormalised posterior weights, posterior mean of the signal variance) of the settings
    under which n values have this precision of their mean and these squares about it."""
    log_evidence, signal = signal_integrated(residual, n)
    determinant = -half_log_det - 0.5 * precision.log()
    return determinant + log_evidence + settings.log_prior, signal


def signal_integrated(
    residual: Float[Tensor, "*shape"], n: int
) -> tuple[Float[Tensor, "*shape"], Float[Tensor, "*shape"]]:
    """(ln evidence up to constants of n, posterior mean) of the signal variance of n values whose
    weighted squares about their mean sum to ``residual``."""
    shape, rate = SIGNAL_SHAPE + 0.5 * (n - 1), SIGNAL_RATE + 0.5 * residual.clamp_min(0)
    return -shape * rate.log(), rate / (shape - 1 if shape > 1 else shape)  # the mode where no mean


def log_weight_of_scatter(z: Float[Tensor, "b n"]) -> Float[Tensor, " b"]:
    """ln of the unnormalised evidence that the inputs tell nothing: independent values about one
    mean, on the scale of ``MarginalLikelihood.log_weights`` before the prior."""
    n = z.shape[-1]
    about = (z - z.mean(-1, keepdim=True)).square().sum(-1)
    return signal_integrated(about, n)[0] - 0.5 * math.log(n)


def gather(
    data: Data,
    kernel: Several,
    settings: Settings,
    evidence: MarginalLikelihood | None,
    listed: Listed | None,
) -> MarginalLikelihood:
    """The evidence of ``data``; only what ``evidence`` lacks is added, and it is used up."""
    X, (b, n) = data.X, data.z.shape
    if evidence is None:
        table = None if listed is None else table_of(kernel, settings, b, listed.pool)
        if table is None and 0 < b * n * n * len(settings.noise) <= AT_ONCE:
            return MarginalLikelihood.at_once(data, kernel, settings)
        evidence = MarginalLikelihood.nothing(b, settings, table)
    where = None if evidence.table is None or listed is None else listed.positions
    for i in range(evidence.X.shape[1], n):
        if where is None or evidence.table is None:
            k = kernel_with(kernel, settings, X[:, :i], X[:, i])
        else:
            rows = evidence.table[:, where[:, i]]
            k = rows.gather(-1, where[:, :i].expand(len(rows), -1, -1)).transpose(0, 1)
        evidence = evidence.add(settings, k, X[:, i], data.z[:, : i + 1], data.counts[:, i])
    return evidence


def kernel_of(spec: SurrogateSpec, settings: Settings) -> Several:
    """The kernel of each setting: they take turns, so that each meets short and long scales."""
    kernels = kernels_named(spec.kernel)
    turns = torch.arange(len(settings.noise), device=settings.noise.device)
    return Several(kernels, turns % len(kernels))


def table_of(
    kernel: Kernel, settings: Settings, problems: int, pool: Float[Tensor, "N d"]
) -> Float[Tensor, "h N N"] | None:
    """The kernel of all pairs of candidates, where looking it up pays."""
    if problems < LOOK_UP_PROBLEMS or len(pool) > LOOK_UP_CANDIDATES:
        return None
    pool = pool.expand(len(settings.noise), -1, -1)
    return kernel.value(squared_distance(pool, pool, settings.length_scales))


def kernel_with(
    kernel: Kernel, settings: Settings, X: Float[Tensor, "b n d"], x: Float[Tensor, "b d"]
) -> Float[Tensor, "b h n"]:
    """The kernel of one point with others under every setting."""
    squares = (X - x.unsqueeze(1)).square()
    s = squares @ settings.length_scales.reciprocal().square().T
    return kernel.value(s.permute(2, 0, 1).contiguous()).transpose(0, 1).contiguous()


def systematic(
    weights: Float[Tensor, "b h"], count: int, rngs: Sequence[np.random.Generator]
) -> Int[Tensor, "b k"]:
    """``count`` indices per problem by systematic resampling, in random order (Kitagawa, J.
    Comput. Graph. Stat. 5 (1996) 1)."""
    first = np.array([rng.random() for rng in rngs])
    order = np.stack([rng.permutation(count) for rng in rngs])
    at = to_device((first[:, None] + order) / count)
    return torch.searchsorted(weights.cumsum(-1), at).clamp_max(weights.shape[-1] - 1)
