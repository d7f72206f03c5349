"""Quadrature: samples weighed where values are known unequally well, or share errors.

With known variances or limits the signal variance cannot be integrated out in closed form, so it is
by adaptive Gauss-Hermite quadrature (Naylor and Smith, J. R. Stat. Soc. C 31 (1982) 214): every
sample has a few nodes, each with a marginal likelihood of its own. Errors that runs share
(:mod:`run_blocks`) keep the closed form: their variance over the signal's is one more
hyperparameter, on a grid.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.device import to_host
from tansaku.bo.factorise import factorise
from tansaku.bo.kernels import BatchedKernel, squared_distance
from tansaku.bo.surrogates.gp import GP, Data, Hyperparameters
from tansaku.bo.surrogates.hyperparameter_samples import (
    SHARED_SAMPLES,
    SIGNAL_RATE,
    SIGNAL_SHAPE,
    HyperparameterSamples,
)
from tansaku.bo.surrogates.mixture import Mixture
from tansaku.bo.surrogates.run_blocks import ratios_for
from tansaku.strategy import SurrogateSpec

NODES = 7
"""Values of the signal variance per sample; a test holds the marginal likelihood of samples to
within 3 % of one by 120 nodes."""
WIDER = 1.4
"""The nodes' law over that of the signal variance where all noise were equal: limits move it."""
NUMBERS = 5_000_000
"""Numbers of the covariances that are worked on at a time, 40 MB."""
NEGLIGIBLE = 14.0
"""Samples below e^-14 of the best are not asked any further: what is asked then would have to speak
for them a million times louder than for the best."""
REMEMBERED = 32
"""Campaigns' problems whose weights a process keeps, some 20 kB each."""
NO_SIGNAL = 1e-12
"""Signal variance of the null model over the variance of its values: rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Every hyperparameter sample with every ratio of the run effect, and the null model last; two
    that hold the same are the same.

    Attributes:
        data: Of b problems.
        kernel: Of each sample.
        samples: h of them.
        ratios: Variance of the run effect over the signal's, shape (R,).
        log_prior: Of each ratio and sample, shape (b, R, h + 1).
    """

    data: Data
    kernel: BatchedKernel
    samples: HyperparameterSamples
    ratios: Float[Tensor, " R"]
    log_prior: Float[Tensor, "b R s"]

    @classmethod
    def of(
        cls, data: Data, kernel: BatchedKernel, samples: HyperparameterSamples, labels: int = 0
    ) -> Grid:
        """The last ``labels`` columns are those of a label."""
        ratios, prior = ratios_for(data, labels)
        own = torch.cat([samples.log_prior, samples.log_prior.new_zeros(1)])
        return cls(data, kernel, samples, ratios, prior.unsqueeze(-1) + own)

    def closed(self) -> tuple[Float[Tensor, "b R s"], Float[Tensor, "b R s"]]:
        """(ln of unnormalised weights, rate of the inverse-gamma law of the signal variance); known
        variances are taken for shares of the signal variance: twice, first as if that were 1."""
        n, stated = self.data.z.shape[-1], bool(self.data.noise.known.any())

        def each(at: Int[Tensor, " k"]) -> Tensor:
            problem, run, which = self._parts(at)
            K, z = self._covariance(problem, run, which), self.data.z[problem]
            if not stated:
                return torch.stack(evidence(K, z))
            known, signal = self.data.noise.known[problem], torch.ones_like(K[:, 0, 0])
            for _round in range(2):
                log_evidence, rate = evidence(K + torch.diag_embed(known / signal.unsqueeze(-1)), z)
                signal = (rate.log() - torch.digamma(rate.new_tensor(_shape(n)))).exp()
            return torch.stack([log_evidence, rate])

        every = torch.arange(self.log_prior.numel(), device=self.log_prior.device)
        log_evidence, rate = self._in_parts(each, every, n * n).view(2, *self.log_prior.shape)
        return log_evidence + self.log_prior, rate

    def __hash__(self) -> int:
        return hash(self.content)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Grid) and self.content == other.content

    @property
    def content(self) -> tuple[bytes, ...]:
        """All that its weights follow from; kernels by their identity, which no other ones get as
        long as the grid is kept."""
        data, samples = self.data, self.samples
        parts = (
            *(data.X, data.z, data.noise.counts, data.noise.known, data.noise.runs),
            *(samples.length_scales, samples.noise, self.kernel.which),
            *(self.ratios, self.log_prior),
        )
        kernels = str([*map(id, self.kernel.kernels), data.X.shape, data.X.device])
        return (kernels.encode(), *(to_host(part).tobytes() for part in parts))

    def weighed(self, *, nodes: bool) -> tuple[Float[Tensor, "b R s q"], Float[Tensor, "b R s q"]]:
        """(ln of unnormalised weights, signal variance) of every sample and ratio: at several
        ``nodes`` each, or at one."""
        log_weight, rate = self.closed()
        if nodes:
            return self.on_nodes(log_weight, rate)
        return log_weight.unsqueeze(-1), self.signal(rate).unsqueeze(-1)

    def signal(self, rate: Float[Tensor, "b R s"]) -> Float[Tensor, "b R s"]:
        """Its posterior mean (its mode where it has none), given :meth:`closed`."""
        shape = _shape(self.data.z.shape[-1])
        return rate / (shape - 1 if shape > 1 else shape)

    def on_nodes(
        self, log_weight: Float[Tensor, "b R s"], rate: Float[Tensor, "b R s"]
    ) -> tuple[Float[Tensor, "b R s q"], Float[Tensor, "b R s q"]]:
        """(ln of unnormalised weights of every node, signal variance there), given :meth:`closed`;
        of several ratios those with a negligible weight are not asked."""
        n = self.data.z.shape[-1]
        shape = rate.new_tensor(_shape(n))
        at, weight = (rate.new_tensor(v) for v in np.polynomial.hermite.hermgauss(NODES))
        step = math.sqrt(2.0) * WIDER * torch.polygamma(1, shape).sqrt()
        place = rate.log() - torch.digamma(shape)
        signal = (place.unsqueeze(-1) + step * at).exp()
        # The inverse gamma law of the signal variance, times it: the nodes lie in its logarithm.
        law = -SIGNAL_SHAPE * signal.log() - SIGNAL_RATE / signal
        log_node = law + (weight.log() + at.square() + step.log()) + self.log_prior.unsqueeze(-1)
        near = torch.ones_like(log_weight, dtype=torch.bool)
        if len(self.ratios) > 1:
            near = log_weight > log_weight.amax((1, 2), keepdim=True) - NEGLIGIBLE
            near[..., -1] = True
        asked, found = near.view(-1).nonzero().squeeze(-1), torch.full_like(signal, -math.inf)
        signals = signal.view(-1, NODES)

        def each(some: Int[Tensor, " k"]) -> Tensor:
            problem, run, which = self._parts(some)
            data, s = self.data.take(problem), signals[some]
            K = s.view(-1, NODES, 1, 1) * self._covariance(problem, run, which).unsqueeze(1)
            K = K + torch.diag_embed(data.noise.known).unsqueeze(1)
            half_log_det, precision, residual = squares(
                K.flatten(0, 1), data.z.repeat_interleave(NODES, 0)
            )
            return (-half_log_det - 0.5 * precision.log() - 0.5 * residual).view(-1, NODES).mT

        values = self._in_parts(each, asked, NODES * n * n).mT
        found.view(-1, NODES)[asked] = values + log_node.view(-1, NODES)[asked]
        return found, signal

    def condition(
        self,
        problem: Int[Tensor, " k"],
        run: Int[Tensor, " k"],
        which: Int[Tensor, " k"],
        signal: Float[Tensor, " k"],
    ) -> GP:
        """The process of each (problem, ratio, sample) at this signal variance; that of the null
        model has a mean and noise, whatever the replicates."""
        null, which = which == len(self.samples.noise), self._plain(which)
        data = self.data.take(problem)
        counts = torch.where(null.unsqueeze(-1), 1.0, data.noise.counts)
        between = self.ratios[run] * signal if len(self.ratios) > 1 else None
        return GP.condition(
            self.kernel.take(which),
            Hyperparameters(
                self.samples.length_scales[which],
                torch.where(null, NO_SIGNAL * signal, signal),
                torch.where(null, signal, self.samples.noise[which] * signal),
                between,
            ),
            replace(data, noise=replace(data.noise, counts=counts)),
            constant_mean=True,
        )

    def mixture(
        self,
        log_weight: Float[Tensor, "b R s q"],
        signal: Float[Tensor, "b R h q"],
        spec: SurrogateSpec,
    ) -> Mixture:
        """Of every place of the grid, at q values of the signal variance each."""
        _b, R, s, q = log_weight.shape
        own = R * (s - 1) * q

        def condition(
            problem: Int[Tensor, " k"], at: Int[Tensor, " k"], _draws: Float[Tensor, " k"] | None
        ) -> GP:
            null = at >= own
            run = torch.where(null, (at - own) // q, at // ((s - 1) * q))
            which, node = torch.where(null, s - 1, at // q % (s - 1)), (at - own).remainder(q)
            return self.condition(problem, run, which, signal[problem, run, which, node])

        def before() -> GP:
            first = torch.zeros(1, dtype=torch.int64, device=signal.device)
            return condition(first, first + SHARED_SAMPLES // 2 * q + q // 2, None)

        def extras(weights: Float[Tensor, "b S"]) -> dict[str, float]:
            return {} if R == 1 else {"run_effect": float(weights[0].view(R, -1)[1:].sum())}

        return Mixture(
            log_weights=log_weight[:, :, :-1].flatten(1),
            null=log_weight[:, :, -1].flatten(1),
            doubt=spec.scatter,
            condition=condition,
            before=before,
            fit="bank",
            components=spec.components,
            extras=extras,
        )

    def _plain(self, which: Int[Tensor, " k"]) -> Int[Tensor, " k"]:
        return which.clamp_max(len(self.samples.noise) - 1)

    def _parts(self, at: Int[Tensor, " k"]) -> tuple[Tensor, Tensor, Tensor]:
        """(Problem, ratio, sample) at these places of the grid."""
        _b, R, s = self.log_prior.shape
        return at // (R * s), at // s % R, at % s

    def _covariance(
        self, problem: Int[Tensor, " k"], run: Int[Tensor, " k"], which: Int[Tensor, " k"]
    ) -> Float[Tensor, "k n n"]:
        """Of the values at unit signal variance, without what is known of them."""
        null, which, data = which == len(self.samples.noise), self._plain(which), self.data
        X = data.X[problem]
        K = self.kernel.take(which).value(squared_distance(X, X, self.samples.length_scales[which]))
        K[null] = torch.eye(K.shape[-1], dtype=K.dtype, device=K.device)
        noise = torch.where(null, 0.0, self.samples.noise[which]).unsqueeze(-1)
        K.diagonal(dim1=-2, dim2=-1).add_(noise / data.noise.counts[problem])
        if len(self.ratios) > 1:
            K += self.ratios[run].view(-1, 1, 1) * data.noise.same_run[problem]
        return K

    @staticmethod
    def _in_parts(
        each: Callable[[Int[Tensor, " k"]], Tensor], at: Int[Tensor, " k"], numbers: int
    ) -> Tensor:
        """What ``each`` makes of places, the last axis, that need so many numbers each."""
        return torch.cat([each(some) for some in at.split(max(1, NUMBERS // numbers))], -1)


def by_quadrature(grid: Grid, spec: SurrogateSpec, *, limited: bool) -> Mixture:
    """The mixture of every sample, ratio and (with known variances, or before limits) node."""
    nodes = limited or bool(grid.data.noise.known.any())
    if len(grid.data.z) > 1:  # those of a study are asked once
        return grid.mixture(*grid.weighed(nodes=nodes), spec)
    return grid.mixture(*_remembered(grid, nodes), spec)


@lru_cache(REMEMBERED)
def _remembered(grid: Grid, nodes: bool) -> tuple[Tensor, Tensor]:
    """:meth:`Grid.weighed` of one problem: a suggestion and the reasons that are given for it ask
    for the same."""
    return grid.weighed(nodes=nodes)


def forget() -> None:
    """Weigh everything anew: for those who measure how long that takes."""
    _remembered.cache_clear()


def squares(
    K: Float[Tensor, "k n n"], z: Float[Tensor, "*k n"]
) -> tuple[Float[Tensor, " k"], Float[Tensor, " k"], Float[Tensor, " k"]]:
    """(half the log determinant, precision of the mean, whitened squares about it) of values with
    covariance K."""
    L = factorise(K).L
    both = torch.stack([torch.ones_like(z), z], -1).expand(len(K), -1, -1)
    ones, values = torch.linalg.solve_triangular(L, both, upper=False).unbind(-1)
    precision = ones.square().sum(-1)
    residual = values.square().sum(-1) - (ones * values).sum(-1).square() / precision
    half_log_det = L.diagonal(dim1=-2, dim2=-1).log().sum(-1)
    return half_log_det, precision, residual.clamp_min(0)


def evidence(
    K: Float[Tensor, "k n n"], z: Float[Tensor, "*k n"]
) -> tuple[Float[Tensor, " k"], Float[Tensor, " k"]]:
    """(ln evidence up to constants of n, rate of the signal variance's inverse-gamma law) of values
    with covariance signal x K about one unknown mean; both are integrated out."""
    half_log_det, precision, residual = squares(K, z)
    rate = SIGNAL_RATE + 0.5 * residual
    return -half_log_det - 0.5 * precision.log() - _shape(z.shape[-1]) * rate.log(), rate


def _shape(n: int) -> float:
    """Of the inverse-gamma law of the signal variance after n values."""
    return SIGNAL_SHAPE + 0.5 * (n - 1)
