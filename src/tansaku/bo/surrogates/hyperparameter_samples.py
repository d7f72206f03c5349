"""Hyperparameter samples: a fixed sample of the prior, held against the data.

No single set of hyperparameters is safe on few measurements, and fitting one is slow. So a fixed
low-discrepancy sample of the prior is held against the data: the mean and the signal variance are
integrated out in closed form (Rasmussen and Williams 2006, section 2.7; O'Hagan and Forster,
Bayesian Inference, 2004, chapter 11), which leaves the marginal likelihood of each.

Beside the samples stands the
null model: the inputs tell nothing, values are scattered about one mean.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo import device as place
from tansaku.bo.device import to_host
from tansaku.bo.factorise import factorise, inverse_of
from tansaku.bo.kernels import BatchedKernel, Kernel, kernels_named, squared_distance
from tansaku.bo.surrogates.gp import Data
from tansaku.strategy import SurrogateSpec

SHARED_SAMPLES = 24
"""Samples with one length scale for all columns: they win on small tables of 2 to 5 columns."""
OWN_SAMPLES = 40
"""Samples with a length scale per column: they win where columns differ in weight."""
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
"""Measurements up to which samples are held against the data: work on 64 factors grows with n^3.
Larger searches maximise the posterior instead. A bound on cost, not one at which quality was
compared."""
LOOK_UP_CANDIDATES, LOOK_UP_PROBLEMS = 512, 8
"""Pools up to which, and problems from which, the kernel of all pairs of candidates is tabulated
under every sample (134 MB for 512): a study looks each pair up many times, a single suggestion
hardly once."""
LABEL_SCALES = (1e4, 0.5, 1.5)
"""Length scales of columns that hold a label (a phase), whose values lie 1 apart, in turn: the
label tells nothing; samples of two labels have little in common; much. A third of the samples
each, so that a label that tells nothing costs little (docs/results.md)."""
LAWFUL_FLOOR = 1e-10
"""Smallest pivot of a unit-signal covariance: below it lies rounding only."""


@dataclass(frozen=True, slots=True)
class HyperparameterSamples:
    """h samples for d columns.

    Attributes:
        length_scales: Shape (h, d).
        noise: Noise variance / signal variance, shape (h,).
        log_prior: ln of each sample's weight before the data, shape (h,).
    """

    length_scales: Float[Tensor, "h d"]
    noise: Float[Tensor, " h"]
    log_prior: Float[Tensor, " h"]


def samples_for(d: int, labels: int = 0) -> HyperparameterSamples:
    """A low-discrepancy sample of the prior, half its weight on shared length scales.

    One column has no difference between shared and own: all samples are shared there. The last
    ``labels`` columns are those of a label.
    """
    plain = _samples_on(place.chosen(), d - labels)
    return plain if labels == 0 else _with_labels(plain, labels)


def _with_labels(plain: HyperparameterSamples, labels: int) -> HyperparameterSamples:
    """The samples with columns of a label; kernels take turns at each sample, so at every second
    one another scale comes."""
    turns = torch.arange(len(plain.noise), device=plain.noise.device) // 2 % len(LABEL_SCALES)
    scales = plain.length_scales.new_tensor(LABEL_SCALES)[turns]
    columns = scales.unsqueeze(-1).expand(-1, labels)
    return HyperparameterSamples(
        torch.cat([plain.length_scales, columns], -1), plain.noise, plain.log_prior
    )


@cache
def _samples_on(device: torch.device, d: int) -> HyperparameterSamples:
    """The samples where the work is done; drawn on the processor, so that they are the same."""
    shared = SHARED_SAMPLES if d > 1 else SHARED_SAMPLES + OWN_SAMPLES
    own = OWN_SAMPLES if d > 1 else 0
    unit = math.sqrt(d / 2)
    sobol = torch.quasirandom.SobolEngine(d + 1, scramble=True, seed=1)
    draws = sobol.draw(shared + own, dtype=torch.float64)
    normal = to_host(torch.special.ndtri(draws.clamp(1e-3, 1 - 1e-3)))
    scales = np.empty((shared + own, d))
    scales[:shared] = unit * np.geomspace(*SHARED_RANGE, shared)[:, None]
    scales[shared:] = unit * OWN_MEDIAN * np.exp(OWN_SIGMA * normal[shared:, :d])
    weight = np.full(shared + own, 1.0 / shared)
    weight[shared:] = 1.0 / max(own, 1)
    return HyperparameterSamples(
        length_scales=torch.as_tensor(scales, device=device),
        noise=torch.as_tensor(np.exp(NOISE_MU + NOISE_SIGMA * normal[:, d]), device=device),
        log_prior=torch.as_tensor(np.log(weight / weight.sum()), device=device),
    )


def unit_factors(
    data: Data,
    kernel: Kernel,
    samples: HyperparameterSamples,
    errors: Float[Tensor, "b n n"] | None = None,
) -> Float[Tensor, "b h n n"]:
    """Inverse Cholesky factors of the covariance of ``data`` at unit signal variance under every
    sample. ``errors`` is the covariance of what is known of the errors besides counts, over the
    signal variance."""
    X, (b, n) = data.X, data.z.shape
    squares = (X.unsqueeze(2) - X.unsqueeze(1)).square()
    s = squares @ samples.length_scales.reciprocal().square().T
    K = kernel.value(s.permute(3, 0, 1, 2).contiguous()).transpose(0, 1)
    noise = samples.noise.view(-1, 1) / data.noise.counts.unsqueeze(1)
    K = K + torch.diag_embed(noise) + (0.0 if errors is None else errors.unsqueeze(1))
    return inverse_of(factorise(K.flatten(0, 1)).L).view(b, len(samples.noise), n, n)


def weigh(
    samples: HyperparameterSamples,
    half_log_det: Float[Tensor, "*b h"],
    precision: Float[Tensor, "*b h"],
    residual: Float[Tensor, "*b h"],
    n: int,
) -> tuple[Float[Tensor, "*b h"], Float[Tensor, "*b h"]]:
    """(ln of unnormalised posterior weights, posterior mean of the signal variance) of the samples
    under which n values have this precision of their mean and these squares about it."""
    log_evidence, signal = signal_integrated(residual, n)
    determinant = -half_log_det - 0.5 * precision.log()
    return determinant + log_evidence + samples.log_prior, signal


def signal_integrated(
    residual: Float[Tensor, "*shape"], n: int
) -> tuple[Float[Tensor, "*shape"], Float[Tensor, "*shape"]]:
    """(ln likelihood up to constants of n, posterior mean) of the signal variance of n values whose
    weighted squares about their mean sum to ``residual``."""
    shape, rate = SIGNAL_SHAPE + 0.5 * (n - 1), SIGNAL_RATE + 0.5 * residual.clamp_min(0)
    return -shape * rate.log(), rate / (shape - 1 if shape > 1 else shape)  # the mode where no mean


def log_weight_of_null(z: Float[Tensor, "b n"]) -> Float[Tensor, " b"]:
    """ln of the unnormalised evidence of the null model: independent values about one mean, on the
    scale of :func:`weigh` before the prior."""
    n = z.shape[-1]
    about = (z - z.mean(-1, keepdim=True)).square().sum(-1)
    return signal_integrated(about, n)[0] - 0.5 * math.log(n)


def kernel_of(spec: SurrogateSpec, samples: HyperparameterSamples) -> BatchedKernel:
    """The kernel of each sample: they take turns, so that each meets short and long scales."""
    kernels = kernels_named(spec.kernel)
    turns = torch.arange(len(samples.noise), device=samples.noise.device)
    return BatchedKernel(kernels, turns % len(kernels))


def table_of(
    kernel: Kernel, samples: HyperparameterSamples, problems: int, pool: Float[Tensor, "N d"]
) -> Float[Tensor, "h N N"] | None:
    """The kernel of all pairs of candidates, where looking it up pays."""
    if problems < LOOK_UP_PROBLEMS or len(pool) > LOOK_UP_CANDIDATES:
        return None
    pool = pool.expand(len(samples.noise), -1, -1)
    return kernel.value(squared_distance(pool, pool, samples.length_scales))


def kernel_with(
    kernel: Kernel,
    samples: HyperparameterSamples,
    X: Float[Tensor, "b n d"],
    x: Float[Tensor, "b d"],
) -> Float[Tensor, "b h n"]:
    """The kernel of one point with others under every sample."""
    squares = (X - x.unsqueeze(1)).square()
    s = squares @ samples.length_scales.reciprocal().square().T
    return kernel.value(s.permute(2, 0, 1).contiguous()).transpose(0, 1).contiguous()


def log_constant(n: int) -> float:
    """ln of what the integral over the signal variance of n values brings besides
    :func:`signal_integrated`."""
    shape = SIGNAL_SHAPE + 0.5 * (n - 1)
    return SIGNAL_SHAPE * math.log(SIGNAL_RATE) - math.lgamma(SIGNAL_SHAPE) + math.lgamma(shape)
