"""Probes: target samples at a source's settings, to learn whether the source can be trusted."""

from __future__ import annotations

import math

import numpy as np
import torch

from tansaku.bo.device import to_device, to_host
from tansaku.bo.source_relevance.assessment import WORTH_BITS, Probe, Verdict
from tansaku.bo.source_relevance.leave_one_out import DRAWN, log_bayes, model_average_of, spec_for
from tansaku.bo.surrogates.hyperparameter_samples import LARGEST
from tansaku.bo.surrogates.mixture import systematic
from tansaku.bo.surrogates.model_average import ModelAverage
from tansaku.bo.surrogates.transfer import SHARES
from tansaku.design import Floats, Ints, Problems, SourceData
from tansaku.strategy import Strategy

SAME_POINT = 1e-6
"""Distance in encoded columns (of unit range) below which two points are the same setting."""
GRID, TINY = 400, 1e-300
"""Points of the values over which two predictions are compared, and a density that is none."""
BLOCK = 4096
"""Candidates whose distances to a source are worked out at a time."""


def most_telling(
    problems: Problems, strategy: Strategy, verdict: Verdict, n: int = 1
) -> tuple[Probe, ...]:
    """The n open candidates nearest to source settings that would tell most about the sources, best
    first; fewer where fewer candidates lie at a source's setting. Empty without sources, and before
    the first measurement, when the source's best is as good a test as any.

    Criterion: the expected information about "the source helps", that is the Jensen-Shannon
    divergence of the two predictions of the value (G. E. P. Box, W. J. Hill, Technometrics 9 (1967)
    57, on discrimination among models).
    """
    spec = spec_for(strategy)
    if not problems.sources or not 0 < problems.measured <= LARGEST:
        return ()
    is_open = verdict is Verdict.OPEN
    found: dict[int, Probe] = {}
    for i, source in enumerate(problems.sources):
        index, point, distance = _at_source(problems, source)
        bits = _information(problems.pool.X[index], model_average_of(problems, spec, source))
        for c, p, far, b in zip(index.tolist(), point, distance, bits, strict=True):
            probe = Probe(c, i, int(p), float(far), float(b), bool(is_open and b >= WORTH_BITS))
            if c not in found or found[c].information < probe.information:
                found[c] = probe
    return tuple(sorted(found.values(), key=lambda p: -p.information)[:n])


def _at_source(problems: Problems, source: SourceData) -> tuple[Ints, Ints, Floats]:
    """(open candidates, nearest source point, distance): for each source point its nearest open
    candidate, those at a source's setting only where there are any."""
    best = np.full(len(source.X), np.inf)
    index = np.zeros(len(source.X), dtype=np.int64)
    for start, X in problems.pool.blocks(BLOCK):
        squares = np.square(source.X[:, None] - X[None]).sum(-1)
        squares[:, problems.taken[0, start : start + len(X)]] = np.inf
        here = squares.argmin(1)
        distance = np.sqrt(squares[np.arange(len(best)), here])
        index = np.where(distance < best, start + here, index)
        best = np.minimum(best, distance)
    point = np.flatnonzero(np.isfinite(best))
    if (best[point] <= SAME_POINT).any():
        point = point[best[point] <= SAME_POINT]
    candidates, first = np.unique(index[point], return_index=True)
    return candidates, point[first], best[point][first]


def _information(points: Floats, model_average: ModelAverage) -> Floats:
    """Expected information about "this source helps" of a value at each point, in bits."""
    mine = _predicted(points, model_average, with_sources=True)
    own = _predicted(points, model_average, with_sources=False)
    p = 1 / (1 + math.exp(-log_bayes(model_average)) * _odds_against())
    mean, sd = (np.concatenate([mine[k], own[k]]) for k in (0, 1))
    low, high = (mean - 5 * sd).min(0), (mean + 5 * sd).max(0)
    grid = np.linspace(low, high, GRID)
    density = [_normal_density(grid[:, None], m, s).mean(1) for m, s in (mine, own)]
    both = p * density[0] + (1 - p) * density[1]
    step = (high - low) / (GRID - 1)
    bits = [
        (d * np.log2(np.maximum(d, TINY) / np.maximum(both, TINY))).sum(0) * step for d in density
    ]
    return np.clip(p * bits[0] + (1 - p) * bits[1], 0.0, 1.0)


def _odds_against() -> float:
    """Prior odds of the target alone."""
    alone = SHARES["weighed"]["alone"]
    return alone / (1 - alone)


def _predicted(
    points: Floats, model_average: ModelAverage, *, with_sources: bool
) -> tuple[Floats, Floats]:
    """(mean, sd of a new measurement) at points under samples drawn from the models of the source,
    or from the target alone, shapes (DRAWN, k), model scale."""
    weights = torch.softmax(model_average.log_weights, -1)
    parts = [
        part if bool(transfer_model.sources) is with_sources else torch.zeros_like(part)
        for transfer_model, part in zip(
            model_average.transfer_models, model_average.split(weights), strict=True
        )
    ]
    mine = torch.cat(parts, -1)
    chosen = systematic(mine / mine.sum(), DRAWN, [np.random.default_rng(0)])[0]
    gp = model_average.condition(torch.zeros_like(chosen), chosen)
    mean, variance = gp.predict(to_device(np.ascontiguousarray(points)).expand(DRAWN, -1, -1))
    sd = (variance + gp.measurement_variance.unsqueeze(-1)).sqrt()
    return to_host(mean), to_host(sd)


def _normal_density(at: Floats, mean: Floats, sd: Floats) -> Floats:
    """Of normal laws; written out because scipy.stats takes 0.6 s to import."""
    z = (at - mean) / sd
    return np.exp(-0.5 * z**2) / (sd * math.sqrt(2 * math.pi))
