"""Values that are known unequally well: stated sds, and limits that are only seen from one side.

A limit enters the likelihood by the probability that the value lies beyond it (Tobin, Econometrica
26 (1958) 24; for Gaussian processes Ertin, IEEE SSP 2007), by expectation propagation. The bank of
hyperparameter settings stays; but with limits or stated sds the signal variance cannot be
integrated out in closed form, so it is by adaptive Gauss-Hermite quadrature (Naylor and Smith, J.
R. Stat. Soc. C 31 (1982) 214): every setting has a few nodes, each with an evidence of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from tansaku.bo.factorise import factorise
from tansaku.bo.kernels import Several, squared_distance
from tansaku.bo.propagation import Sites, propagate
from tansaku.bo.surrogates import bank
from tansaku.bo.surrogates.fitting import Fitted, Unequal
from tansaku.bo.surrogates.gp import GP, Data, Hyperparameters, standardise
from tansaku.strategy import SurrogateSpec

NODES = 7
"""Values of the signal variance per setting; a test holds the evidence of settings to within 3 %
of one by 120 nodes."""
WIDER = 1.4
"""The nodes' law over that of the signal variance where all noise were equal: limits move it."""
NUMBERS = 5_000_000
"""Numbers of the covariances that are worked on at a time, 40 MB."""
NEGLIGIBLE = 14.0
"""Settings whose evidence without the limits is below e^-14 of the best are not asked about the
limits: these would have to speak for them a million times louder than for the best."""
CONTRADICTION = 1e-4
"""Probability, given all other results, below which a limit is set aside, one after the other: it
lies outside the 99.99 % interval. A value as far off is taken for noise by all settings that can;
but nothing bounds how far beyond a limit a value may lie, so noise that could bear with a wrong
limit has no place among settings that are spread by what the values differ."""


@dataclass(frozen=True, slots=True)
class _Pairs:
    """What k (setting, node) pairs make of the values of their problems, at their own signal
    variance.

    Attributes:
        problem: Whose values, shape (k,).
        which: Setting of each; that after the last is "the inputs tell nothing".
        signal: Signal variance, shape (k,).
        root: Inverse Cholesky factors of the covariance of the values, shape (k, n, n).
        ones: root @ 1, shape (k, n).
        values: root @ z, shape (k, n).
        log_weight: ln of the unnormalised posterior weight by the values, shape (k,).
    """

    problem: Int[Tensor, " k"]
    which: Int[Tensor, " k"]
    signal: Float[Tensor, " k"]
    root: Float[Tensor, "k n n"]
    ones: Float[Tensor, "k n"]
    values: Float[Tensor, "k n"]
    log_weight: Float[Tensor, " k"]

    def take(self, index: Int[Tensor, " m"]) -> _Pairs:
        """These pairs."""
        return _Pairs(*(getattr(self, each.name)[index] for each in fields(self)))


@dataclass(frozen=True, slots=True)
class _Answer:
    """Components of some problems, the best of the first one, and how the evidence is shared."""

    gp: GP
    best: GP
    scatter: Float[Tensor, " b"]
    effective: float
    likely: Float[Tensor, "b c"]


def fit_unequal(
    X: Float[Tensor, "b n d"],
    y: Float[Tensor, "b n"],
    counts: Float[Tensor, "b n"],
    spec: SurrogateSpec,
    rngs: Sequence[np.random.Generator],
    unequal: Unequal,
    *,
    labels: int = 0,
) -> Fitted:
    """Weigh the bank's settings by values and limits and draw ``spec.components`` of them; the last
    ``labels`` columns are those of a label.

    The processes see the limits as values with a noise of their own (``Sites.as_values``), placed
    after the measured ones.
    """
    settings = bank.settings_for(X.shape[-1], labels)
    kernel = bank.kernel_of(spec, settings)
    data = standardise(X, y, counts, known=unequal.known)
    b, n = y.shape
    pairs = NODES * (len(settings.noise) + 1)
    size = max(1, NUMBERS // (pairs * (n + unequal.number) ** 2))
    found = []
    for first in range(0, b, size):
        index = torch.arange(first, min(first + size, b), device=y.device)
        some = [rngs[i] for i in index.tolist()]
        found.append(_answer(data.take(index), unequal.take(index), kernel, settings, spec, some))
    gp = _together([each.gp for each in found])
    return Fitted(
        gp=gp,
        before=found[0].best,
        best=found[0].best,
        fit="bank",
        components=spec.components,
        effective=found[0].effective,
        warm=None,
        scatter=torch.cat([each.scatter for each in found]),
        likely=torch.cat([each.likely for each in found]),
    )


def _answer(
    data: Data,
    unequal: Unequal,
    kernel: Several,
    settings: bank.Settings,
    spec: SurrogateSpec,
    rngs: Sequence[np.random.Generator],
) -> _Answer:
    """Some problems, every setting and node of each weighed."""
    b, h = len(data.z), len(settings.noise)
    known = _weigh(data, kernel, settings)
    log_weight, sites = known.log_weight.view(b, -1), None
    prior = math.log(spec.scatter / (1 - spec.scatter)) if spec.scatter else -math.inf
    place = torch.zeros_like(known.which)
    likely = torch.zeros_like(unequal.bound)
    if unequal.number:
        top = log_weight[:, : h * NODES].amax(-1, keepdim=True)
        near = (log_weight > top - NEGLIGIBLE).view(-1) | (known.which == h)
        asked = near.nonzero().squeeze(-1)
        place[asked] = torch.arange(len(asked), device=asked.device)
        some = known.take(asked)
        before = some.log_weight + torch.where(some.which == h, prior, 0.0)
        sites, likely = without_contradictions(
            lambda aside: _sites(some, data, unequal, kernel, settings, aside),
            some.problem,
            before,
            likely,
        )
        spoken = torch.full_like(known.log_weight, -math.inf)
        spoken[asked] = sites.log_evidence
        log_weight = log_weight + spoken.view(b, -1)
    own, scattered = log_weight[:, : h * NODES], log_weight[:, h * NODES :]
    weights = torch.softmax(own, -1)
    row = torch.arange(b, device=weights.device).unsqueeze(-1) * log_weight.shape[-1]
    chosen = (bank.systematic(weights, spec.components, rngs) + row).view(-1)
    best = weights[:1].argmax(-1)
    odds = torch.logsumexp(scattered, -1) - torch.logsumexp(own, -1)

    def processes(index: Int[Tensor, " k"]) -> GP:
        values = None if sites is None else [v[place[index]] for v in sites.as_values()]
        return _process(known.take(index), values, data, unequal, kernel, settings)

    return _Answer(
        gp=processes(chosen),
        best=processes(best),
        scatter=torch.sigmoid(odds + prior),
        effective=float(1 / weights[0].square().sum()),
        likely=likely,
    )


def without_contradictions(
    sites_of: Callable[[Bool[Tensor, "b c"]], Sites],
    problem: Int[Tensor, " k"],
    log_weight: Float[Tensor, " k"],
    likely: Float[Tensor, "b c"],
) -> tuple[Sites, Float[Tensor, "b c"]]:
    """(What the limits are under k laws, ln of the probability of each limit by all other results):
    in each problem, one after the other, the least likely is set aside, while it is a
    ``CONTRADICTION``.

    Args:
        sites_of: The limits under each law, without those set aside.
        problem: Whose each law is.
        log_weight: ln of the unnormalised probability of each law, without the limits.
        likely: Zeros.
    """
    mine = (problem == torch.arange(len(likely), device=problem.device).unsqueeze(-1)).unsqueeze(-1)
    aside = torch.zeros_like(likely, dtype=torch.bool)
    while True:
        sites = sites_of(aside)
        # Without one limit, a law's evidence is what it was over the probability of that limit.
        joint = (log_weight + sites.log_evidence).unsqueeze(-1)
        every, without = (
            torch.where(mine, each, -math.inf).logsumexp(1)
            for each in (joint, joint - sites.log_by_others)
        )
        likely = torch.where(aside, likely, every - without)
        open_ones = torch.where(aside, 0.0, likely)
        least = open_ones.amin(-1, keepdim=True)
        wrong = (open_ones == least) & (least < math.log(CONTRADICTION))
        if not wrong.any():
            return sites, likely
        aside = aside | wrong


def _weigh(data: Data, kernel: Several, settings: bank.Settings) -> _Pairs:
    """Every setting and node of each problem by the values alone, mean integrated out (flat
    prior); problem by problem, setting by setting."""
    (b, n), h = data.z.shape, len(settings.noise)
    each = torch.arange(h, device=data.z.device).repeat(b)
    X, scales = data.X.repeat_interleave(h, 0), settings.length_scales[each]
    correlation = kernel.take(each).value(squared_distance(X, X, scales)).view(b, h, n, n)
    eye = torch.eye(n, dtype=data.z.dtype, device=data.z.device).expand(b, 1, n, n)
    correlation = torch.cat([correlation, eye], 1).view(-1, n, n)
    ratio = torch.cat([settings.noise, settings.noise.new_zeros(1)]).repeat(b)
    log_prior = torch.cat([settings.log_prior, settings.noise.new_zeros(1)]).repeat(b)
    problem = torch.arange(b, device=data.z.device).repeat_interleave(h + 1)
    place, width = _law_of_signal(data.take(problem), correlation, ratio)
    at, weight = (data.z.new_tensor(v) for v in np.polynomial.hermite.hermgauss(NODES))
    step = math.sqrt(2.0) * WIDER * width
    signal = (place.unsqueeze(-1) + step.unsqueeze(-1) * at).exp().view(-1)
    log_node = (weight.log() + at.square() + step.log().unsqueeze(-1)).view(-1)
    pair = torch.arange(len(place), device=data.z.device).repeat_interleave(NODES)
    problem = problem[pair]
    mine = data.take(problem)
    K = signal.view(-1, 1, 1) * correlation[pair]
    K.diagonal(dim1=-2, dim2=-1).add_(mine.noise(ratio[pair] * signal))
    root = _inverse_root(K)
    ones, values = root.sum(-1), (root @ mine.z.unsqueeze(-1)).squeeze(-1)
    precision = ones.square().sum(-1)
    residual = values.square().sum(-1) - (ones * values).sum(-1).square() / precision
    log_det = root.diagonal(dim1=-2, dim2=-1).log().sum(-1)
    log_evidence = log_det - 0.5 * precision.log() - 0.5 * residual.clamp_min(0)
    # The inverse gamma law of the signal variance, times it: the nodes lie in its logarithm.
    law = -bank.SIGNAL_SHAPE * signal.log() - bank.SIGNAL_RATE / signal
    log_weight = log_evidence + law + log_node + log_prior[pair]
    return _Pairs(problem, pair % (h + 1), signal, root, ones, values, log_weight)


def _inverse_root(K: Float[Tensor, "k n n"]) -> Float[Tensor, "k n n"]:
    L = factorise(K).L
    eye = torch.eye(K.shape[-1], dtype=K.dtype, device=K.device)
    return torch.linalg.solve_triangular(L, eye.expand_as(L), upper=False)


def _law_of_signal(
    data: Data, correlation: Float[Tensor, "k n n"], ratio: Float[Tensor, " k"]
) -> tuple[Float[Tensor, " k"], Float[Tensor, " k"]]:
    """(mean, sd) of ln signal variance, the known variances taken for shares of the signal
    variance: twice, first as if that were 1."""
    n = data.z.shape[-1]
    shape = correlation.new_tensor(bank.SIGNAL_SHAPE + 0.5 * (n - 1))
    place = torch.zeros_like(ratio)
    for _round in range(1 if data.known is None else 2):
        signal = place.exp()
        K = correlation.clone()
        K.diagonal(dim1=-2, dim2=-1).add_(data.noise(ratio * signal) / signal.unsqueeze(-1))
        root = _inverse_root(K)
        ones, values = root.sum(-1), (root @ data.z.unsqueeze(-1)).squeeze(-1)
        along = (ones * values).sum(-1).square() / ones.square().sum(-1)
        rate = bank.SIGNAL_RATE + 0.5 * (values.square().sum(-1) - along).clamp_min(0)
        place = rate.log() - torch.digamma(shape)
    return place, torch.polygamma(1, shape).sqrt().expand_as(place)


def _sites(
    known: _Pairs,
    data: Data,
    unequal: Unequal,
    kernel: Several,
    settings: bank.Settings,
    aside: Bool[Tensor, "b c"],
) -> Sites:
    """What the limits are under each pair, given its values; the mean's uncertainty included.
    Those set ``aside`` tell nothing."""
    aside = aside[known.problem]
    h, signal = len(settings.noise), known.signal.view(-1, 1, 1)
    plain = known.which.clamp_max(h - 1)
    scales, kernels = settings.length_scales[plain], kernel.take(plain)
    scattered = known.which == h
    data, unequal = data.take(known.problem), unequal.take(known.problem)
    cross = signal * kernels.value(squared_distance(data.X, unequal.X, scales))
    own = signal * kernels.value(squared_distance(unequal.X, unequal.X, scales))
    eye = torch.eye(unequal.number, dtype=own.dtype, device=own.device)
    cross[scattered], own[scattered] = 0.0, signal[scattered] * eye
    A = known.root @ cross
    precision = known.ones.square().sum(-1)
    mean = (known.ones * known.values).sum(-1) / precision
    white = known.values - mean.unsqueeze(-1) * known.ones
    expected = mean.unsqueeze(-1) + (A.mT @ white.unsqueeze(-1)).squeeze(-1)
    lever = 1 - (A.mT @ known.ones.unsqueeze(-1)).squeeze(-1)
    unsure = lever.unsqueeze(-1) * lever.unsqueeze(-2) / precision.view(-1, 1, 1)
    noise = torch.where(scattered, 0.0, settings.noise[plain]) * known.signal
    return propagate(
        expected,
        own - A.mT @ A + unsure,
        unequal.side,
        (unequal.bound - data.centre.unsqueeze(-1)) / data.scale.unsqueeze(-1),
        torch.where(aside, math.inf, noise.unsqueeze(-1)),
    )


def _process(
    chosen: _Pairs,
    values: Sequence[Tensor] | None,
    data: Data,
    unequal: Unequal,
    kernel: Several,
    settings: bank.Settings,
) -> GP:
    """The processes of chosen pairs; ``values`` are what stands for their limits, and its noise."""
    which, signal = chosen.which, chosen.signal
    h = Hyperparameters(settings.length_scales[which], signal, settings.noise[which] * signal)
    told = data.take(chosen.problem)
    if values is not None:
        told = beside(told, unequal.X[chosen.problem], *values)
    return GP.condition(kernel.take(which), h, told, constant_mean=True)


def beside(
    data: Data, X: Float[Tensor, "k c d"], z: Float[Tensor, "k c"], noise: Float[Tensor, "k c"]
) -> Data:
    """The data with c more values, whose noise is known and is all that they have."""
    known = torch.zeros_like(data.z) if data.known is None else data.known
    return Data(
        torch.cat([data.X, X], 1),
        torch.cat([data.z, z], 1),
        torch.cat([data.counts, torch.full_like(z, math.inf)], 1),
        data.centre,
        data.scale,
        torch.cat([known, noise], 1),
    )


def _together(parts: Sequence[GP]) -> GP:
    """Processes of several problems as one batch."""
    if len(parts) == 1:
        return parts[0]
    h = Hyperparameters(
        *(
            torch.cat([getattr(p.hyperparameters, name) for p in parts])
            for name in ("length_scales", "signal", "noise")
        )
    )
    known = [p.data.known for p in parts if p.data.known is not None]
    data = Data(
        X=torch.cat([p.data.X for p in parts]),
        z=torch.cat([p.data.z for p in parts]),
        counts=torch.cat([p.data.counts for p in parts]),
        centre=torch.cat([p.data.centre for p in parts]),
        scale=torch.cat([p.data.scale for p in parts]),
        known=torch.cat(known) if known else None,
    )
    kernels = [p.kernel for p in parts if isinstance(p.kernel, Several)]
    kernel = Several(kernels[0].kernels, torch.cat([k.which for k in kernels]))
    return GP.condition(kernel, h, data, constant_mean=True)


def meet(fitted: Fitted, unequal: Unequal, *, constant_mean: bool) -> Fitted:
    """Processes of any fit that have met the limits as well, at the hyperparameters that they have:
    these were chosen without the limits, and the mean's uncertainty is left out."""
    gp, h = fitted.gp, fitted.gp.hyperparameters
    X = unequal.X.repeat_interleave(fitted.components, 0)
    bound = unequal.bound.repeat_interleave(fitted.components, 0)
    cross = gp.cross(X)
    mean, solved = gp.solve(X, cross)
    own = h.signal.view(-1, 1, 1) * gp.kernel.value(squared_distance(X, X, h.length_scales))
    problem = torch.arange(len(unequal.bound), device=mean.device)
    problem = problem.repeat_interleave(fitted.components)
    sites, likely = without_contradictions(
        lambda aside: propagate(
            mean,
            own - solved.mT @ solved,
            unequal.side[problem],
            (bound - gp.data.centre.unsqueeze(-1)) / gp.data.scale.unsqueeze(-1),
            torch.where(aside[problem], math.inf, h.noise.unsqueeze(-1)),
        ),
        problem,
        torch.zeros_like(h.noise),
        torch.zeros_like(unequal.bound),
    )
    z, noise = sites.as_values()
    B = gp.root @ cross
    corner = _inverse_root(own - solved.mT @ solved + torch.diag_embed(noise))
    below = torch.cat([-corner @ B.mT @ gp.root, corner], -1)
    root = torch.cat([torch.nn.functional.pad(gp.root, (0, unequal.number)), below], -2)
    after = GP.from_root(
        gp.kernel,
        h,
        beside(gp.data, X, z, noise),
        root,
        constant_mean=constant_mean,
        nugget=gp.nugget,
        jittered=gp.jittered,
        source=gp.source,
    )
    return replace(fitted, gp=after, posterior=None, warm=None, likely=likely)
