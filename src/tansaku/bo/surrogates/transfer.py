"""Old data at the target's service: by weight of evidence, and not at all where it misleads.

Beside the bank of the target alone stand settings in which a source speaks through intrinsic
coregionalisation (see :mod:`informed`): hyperparameters that explain the source, times a grid of
task correlations, times a grid of how far the target spreads against the source. Each has a
closed-form evidence; together they say how much the source helps. The correlation is averaged
over, not fitted: from a few target points a fitted one is little more than a guess.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.factorise import factorise
from tansaku.bo.kernels import Several, squared_distance
from tansaku.bo.surrogates import bank
from tansaku.bo.surrogates.fitting import Fitted, Knowledge, Listed
from tansaku.bo.surrogates.gp import GP, Data, Hyperparameters, standardise
from tansaku.bo.surrogates.informed import Informed
from tansaku.design import SourceData
from tansaku.strategy import SurrogateSpec

HELPS = 0.7
"""Prior probability that some source helps: somebody chose to attach it. ``trusted`` takes 1."""
FROM_SOURCE = 16
"""Hyperparameter settings drawn from those that explain a source."""
CORRELATIONS = (-0.95, -0.7, 0.4, 0.7, 0.85, 0.95, 0.99)
"""Task correlations, dense where transfer is strong."""
NEGATIVE = 0.15
"""Prior probability that the correlation is negative; the rest is uniform over the grid."""
SPREADS = (0.5, 1.0, 2.0)
"""How far the target spreads, times the source: within a factor of two, 1 twice as likely."""
SPREAD_PRIOR = (0.25, 0.5, 0.25)
NOISES = (0.003, 0.03, 0.3)
"""Noise variances of the target over its signal variance: its own, whatever the source's was."""
SIGNAL_SHAPE = 3.0
"""Inverse-gamma law of the target's signal variance about the source's: worth six observations."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What one source taught, H settings.

    Attributes:
        X: Source points, shape (m, d).
        which: Bank settings, shape (H,).
        root: Inverse Cholesky factors at unit signal, shape (H, m, m).
        white: Whitened centred values in the common unit, shape (H, m).
        signal: Signal variance in the common unit squared, shape (H,).
    """

    X: Float[Tensor, "m d"]
    which: Int[Tensor, " H"]
    root: Float[Tensor, "H m m"]
    white: Float[Tensor, "H m"]
    signal: Float[Tensor, " H"]


@dataclass(frozen=True, slots=True)
class Warm:
    """What the next fit of the same problems starts from."""

    evidence: bank.Evidence
    sources: tuple[Learnt, ...]
    unit: float


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A source's settings against the data of b problems, S = correlations x noises x H x spreads.

    Attributes:
        log_weight: Shape (b, S).
        signal: Shape (b, S).
        covariance: At unit signal, shape (b, correlations x noises, H, n, n).
    """

    log_weight: Float[Tensor, "b S"]
    signal: Float[Tensor, "b S"]
    covariance: Float[Tensor, "b R H n n"]


def fit_transfer(
    X: Float[Tensor, "b n d"],
    y: Float[Tensor, "b n"],
    counts: Float[Tensor, "b n"],
    spec: SurrogateSpec,
    rngs: Sequence[np.random.Generator],
    *,
    warm: Any = None,
    listed: Listed | None = None,
    sources: Sequence[SourceData],
) -> Fitted:
    """Weigh the target's own bank and every source, and draw ``spec.components`` settings.

    Above ``bank.LARGEST`` measurements of the target the sources play no part: they would cost
    most where they tell least.
    """
    b, n, d = X.shape
    if n > bank.LARGEST:
        known = None if isinstance(warm, Warm) else warm
        return bank.fit_bank(X, y, counts, spec, rngs, warm=known, listed=listed)
    settings = bank.settings_for(d)
    kernel = bank.kernel_of(spec, settings)
    if isinstance(warm, Warm):
        learnt, unit = warm.sources, warm.unit
    else:
        unit = _unit(sources[0])
        learnt = tuple(_learn(source, kernel, settings, unit) for source in sources)
    centre, scale = y.mean(-1), torch.full((b,), unit, dtype=torch.float64)
    data = Data(X, (y - centre.unsqueeze(-1)) / unit, counts, centre, scale)
    before = warm.evidence if isinstance(warm, Warm) else None
    evidence = bank.gather(data, kernel, settings, before, listed)
    alone, signal = evidence.log_weights(settings)
    trusted = spec.sources == "trusted"
    share = 0.0 if trusted else 1 - HELPS
    own = alone + _constant(bank.SIGNAL_SHAPE, bank.SIGNAL_RATE, n) + _log(share)
    spoken = [_speak(source, data, kernel, settings) for source in learnt]
    prior = math.log((1 - share) / len(learnt))
    log_weights = torch.cat([own, *(s.log_weight + prior for s in spoken)], -1)
    weights = torch.softmax(log_weights, -1)
    chosen = bank.systematic(weights, spec.components, rngs).reshape(-1)
    problem = torch.arange(b).repeat_interleave(spec.components)
    builder = _Builder(data, kernel, settings, evidence, signal, learnt, spoken)
    first, best = torch.zeros(1, dtype=torch.int64), weights[:1].argmax(-1)
    return Fitted(
        gp=builder.condition(problem, chosen),
        before=builder.condition(first, torch.full_like(best, bank.SHARED_SETTINGS // 2)),
        best=builder.condition(first, best),
        fit="bank",
        components=spec.components,
        effective=float(1 / weights[0].square().sum()),
        warm=Warm(evidence, learnt, unit),
        scatter=_scatter(log_weights, data.z, spec.scatter),
        knowledge=_knowledge(weights, len(settings.noise), len(learnt)),
    )


def _unit(source: SourceData) -> float:
    """The scale in which sources and target are spoken of: the first source's sd."""
    y = torch.from_numpy(source.y)[None]
    return float(standardise(torch.from_numpy(source.X)[None], y, torch.ones_like(y)).scale[0])


def _learn(source: SourceData, kernel: Several, settings: bank.Settings, unit: float) -> Learnt:
    """Hold the bank against a source, and keep settings drawn by their evidence."""
    X, y, counts = (torch.from_numpy(v)[None] for v in (source.X, source.y, source.counts))
    data = standardise(X, y, counts)
    evidence = bank.gather(data, kernel, settings, None, None)
    log_weights, signal = evidence.log_weights(settings)
    at = (torch.arange(FROM_SOURCE) + 0.5) / FROM_SOURCE
    which = torch.searchsorted(torch.softmax(log_weights[0], -1).cumsum(-1), at.double())
    which = which.clamp_max(len(settings.noise) - 1)
    m = len(source.y)
    root = evidence.inverse[0, which, :m, :m]
    ones, values = evidence.ones[0, which], evidence.values[0, which]
    mean = (ones * values).sum(-1) / ones.square().sum(-1)
    scale = float(data.scale[0]) / unit
    white = (values - mean.unsqueeze(-1) * ones) * scale
    return Learnt(X[0], which, root, white, signal[0, which] * scale**2)


def _speak(source: Learnt, data: Data, kernel: Several, settings: bank.Settings) -> _Spoken:
    """The evidence of a source's settings, mean and signal variance integrated out."""
    b, n = data.z.shape
    H, R, G, V = len(source.which), len(CORRELATIONS), len(SPREADS), len(NOISES)
    scales, kernels = settings.length_scales[source.which], kernel.take(source.which)
    rho = torch.tensor(CORRELATIONS, dtype=torch.float64)
    flat = data.X.reshape(1, b * n, -1).expand(H, -1, -1)
    rows = source.root @ kernels.value(squared_distance(source.X.expand(H, -1, -1), flat, scales))
    mean = (source.white.unsqueeze(-2) @ rows).view(H, b, n).transpose(0, 1)
    rows = rows.view(H, -1, b, n).permute(2, 0, 1, 3)
    X = data.X.unsqueeze(1).expand(-1, H, -1, -1)
    own = kernels.value(squared_distance(X, X, scales).transpose(0, 1).contiguous()).transpose(0, 1)
    noise = torch.tensor(NOISES, dtype=torch.float64).view(V, 1, 1) / data.counts.view(b, 1, 1, n)
    told = (rows.mT @ rows).unsqueeze(1)
    covariance = own.unsqueeze(1) - rho.square().view(1, R, 1, 1, 1) * told
    covariance = covariance.unsqueeze(2) + torch.diag_embed(noise).unsqueeze(1)
    covariance = covariance.reshape(b, R * V, H, n, n)
    rho, R = rho.repeat_interleave(V), R * V
    L = factorise(covariance.reshape(-1, n, n)).L.view(b, R, H, n, n)
    spread = torch.tensor(SPREADS, dtype=torch.float64)
    expected = rho.view(1, R, 1, 1, 1) * mean.view(b, 1, H, n, 1) * spread
    asked = torch.cat([data.z.view(b, 1, 1, n, 1) - expected, torch.ones(b, R, H, n, 1)], -1)
    solved = torch.linalg.solve_triangular(L, asked, upper=False)
    values, ones = solved[..., :-1], solved[..., -1:]
    precision = ones.square().sum(-2)
    along = (values * ones).sum(-2)
    residual = (values.square().sum(-2) - along.square() / precision).clamp_min(0)
    log_det = L.diagonal(dim1=-2, dim2=-1).log().sum(-1).unsqueeze(-1)
    shape = SIGNAL_SHAPE + 0.5 * (n - 1)
    before = (SIGNAL_SHAPE - 1) * source.signal.view(H, 1) * spread.square()
    rate = before + 0.5 * residual
    log_evidence = -log_det - 0.5 * precision.log() - shape * rate.log()
    log_evidence = log_evidence + _constant(SIGNAL_SHAPE, before, n)
    prior = _correlation_prior().repeat_interleave(V).log().view(R, 1, 1) - math.log(H * V)
    prior = prior + torch.tensor(SPREAD_PRIOR, dtype=torch.float64).log()
    return _Spoken(
        (log_evidence + prior).reshape(b, R * H * G),
        (rate / (shape - 1)).reshape(b, R * H * G),
        covariance,
    )


def _constant(shape: float, rate: Any, n: int) -> Any:
    """What two inverse-gamma laws differ by, so that their evidences compare."""
    log_rate = rate.log() if isinstance(rate, Tensor) else math.log(rate)
    return shape * log_rate - math.lgamma(shape) + math.lgamma(shape + 0.5 * (n - 1))


def _log(p: float) -> float:
    return math.log(p) if p > 0 else -math.inf


def _correlation_prior() -> Float[Tensor, " R"]:
    """Prior probabilities of the correlations."""
    negative = torch.tensor([rho < 0 for rho in CORRELATIONS])
    below, above = NEGATIVE / negative.sum(), (1 - NEGATIVE) / (~negative).sum()
    return torch.where(negative, below, above).double()


def _scatter(
    log_weights: Float[Tensor, "b S"], z: Float[Tensor, "b n"], prior: float
) -> Float[Tensor, " b"]:
    """Posterior probability that the inputs tell nothing, the sources notwithstanding."""
    if prior == 0 or z.shape[-1] == 0:
        return torch.zeros(len(z), dtype=torch.float64)
    constant = _constant(bank.SIGNAL_SHAPE, bank.SIGNAL_RATE, z.shape[-1])
    odds = math.log(prior / (1 - prior)) + bank.log_weight_of_scatter(z) + constant
    return torch.sigmoid(odds - torch.logsumexp(log_weights, -1))


def _knowledge(weights: Float[Tensor, "b S"], own: int, sources: int) -> Knowledge:
    """How much each source helps, and the task correlation of the first problem's best source."""
    b, R = len(weights), len(CORRELATIONS)
    told = weights[:, own:].view(b, sources, R, -1).sum(-1)
    return Knowledge(told.sum(-1), torch.tensor(CORRELATIONS, dtype=torch.float64), told)


@dataclass(frozen=True, slots=True)
class _Builder:
    """Processes out of chosen settings."""

    data: Data
    kernel: Several
    settings: bank.Settings
    evidence: bank.Evidence
    signal: Float[Tensor, "b h"]
    learnt: tuple[Learnt, ...]
    spoken: list[_Spoken]

    def condition(self, problem: Int[Tensor, " k"], chosen: Int[Tensor, " k"]) -> GP:
        """The process of each (problem, setting)."""
        n = self.data.z.shape[-1]
        h, k = len(self.settings.noise), len(chosen)
        m, d = max(len(s.X) for s in self.learnt), self.data.X.shape[-1]
        which, signal = chosen.clamp_max(h - 1), torch.empty(k, dtype=torch.float64)
        told_root, told_X = torch.zeros(k, m, m).double(), torch.zeros(k, m, d).double()
        reach, white = torch.zeros(k).double(), torch.zeros(k, m).double()
        root = torch.empty(k, n, n, dtype=torch.float64)
        own_noise = self.settings.noise[which]
        alone = chosen < h
        signal[alone] = self.signal[problem[alone], chosen[alone]]
        root[alone] = self.evidence.inverse[problem[alone], chosen[alone], :n, :n]
        start = h
        for source, spoken in zip(self.learnt, self.spoken, strict=True):
            settings = spoken.log_weight.shape[-1]
            mine = (chosen >= start) & (chosen < start + settings)
            at, p = chosen[mine] - start, problem[mine]
            start += settings
            g, rest = at % len(SPREADS), at // len(SPREADS)
            s, r = rest % len(source.which), rest // len(source.which)
            which[mine], signal[mine] = source.which[s], spoken.signal[p, at]
            L = factorise(spoken.covariance[p, r, s]).L
            one = torch.eye(n, dtype=torch.float64).expand_as(L)
            root[mine] = torch.linalg.solve_triangular(L, one, upper=False)
            size = len(source.X)
            rows = mine.nonzero().squeeze(-1)
            told_root[rows, :size, :size], told_X[rows, :size] = source.root[s], source.X
            reach[mine] = (
                torch.tensor(CORRELATIONS).double()[r // len(NOISES)] * signal[mine].sqrt()
            )
            own_noise[mine] = torch.tensor(NOISES).double()[r % len(NOISES)]
            spread = torch.tensor(SPREADS).double()[g]
            white[rows, :size] = source.white[s] * (spread / signal[mine].sqrt()).unsqueeze(-1)
        scales, kernel = self.settings.length_scales[which], self.kernel.take(which)
        noise = own_noise * signal
        source_seen = Informed(kernel, told_X, scales, told_root, reach, white)
        return GP.from_root(
            kernel,
            Hyperparameters(scales, signal, noise),
            self.data.take(problem),
            root / signal.sqrt().view(-1, 1, 1),
            constant_mean=True,
            source=source_seen,
        )
