"""Source relevance: is an older source to be trusted for this target, and what would tell?

Arrays in, numbers out; the words are said elsewhere. Four numbers for each source, none of which
needs the others: overlap in input space, rank correlation where both were measured, the learned
task correlation, and the leave-one-out log score on the target of four models. The verdict follows
a rule that is written down in :func:`verdict_of`.
"""

from __future__ import annotations

import math

import numpy as np

from tansaku.bo.device import to_device, to_host
from tansaku.bo.source_relevance.assessment import (
    DECISIVE,
    FEWEST,
    FEWEST_RANKED,
    WORTH_BITS,
    Assessment,
    Estimate,
    Probe,
    SourceEvidence,
    Verdict,
    verdict_of,
)
from tansaku.bo.source_relevance.leave_one_out import (
    DRAWN,
    context_of,
    left_out,
    log_bayes,
    model_average_of,
    spec_for,
)
from tansaku.bo.source_relevance.probing import SAME_POINT, most_telling
from tansaku.bo.surrogates.correlations import CORRELATIONS, log_prior_of
from tansaku.bo.surrogates.hyperparameter_samples import LARGEST
from tansaku.bo.surrogates.model_average import ModelAverage, TransferContext
from tansaku.bo.surrogates.outlier_mixture import APART
from tansaku.bo.surrogates.source_posterior import SourcePosterior
from tansaku.bo.surrogates.transfer import SHARES, knowledge_of
from tansaku.bo.threads import threads_for
from tansaku.design import Floats, Ints, Problems, SourceData
from tansaku.strategy import Strategy, SurrogateSpec

REACHED = 0.5
"""A candidate is within reach where the source's points explain at least this share of the variance
there, on average over the settings that explain the source."""
MOST_LOOKED_AT = 4096
"""Candidates whose reach is looked at, evenly drawn from larger pools."""


def assess(problems: Problems, strategy: Strategy) -> Assessment:
    """Judge every source of one search (b = 1) that has any.

    ``problems`` is what the engine gets. ``strategy`` gives kernel and bank; what it does with
    sources makes no difference here. Works from nothing measured on. Costs about two suggestions.
    """
    n = problems.measured
    if not problems.sources or n > LARGEST:
        return Assessment(n, (), Verdict.OPEN)
    with threads_for(n):
        return _appraised(problems, spec_for(strategy))


def _appraised(problems: Problems, spec: SurrogateSpec) -> Assessment:
    n = problems.measured
    context = context_of(problems, spec, problems.sources)
    if not n:
        found = tuple(
            _beforehand(problems, source_posterior, context)
            for source_posterior in context.warm.sources
        )
        return Assessment(0, found, Verdict.OPEN)
    weights = to_host(knowledge_of(ModelAverage.weigh(context, spec, SHARES["weighed"])).helps[0])
    found = tuple(
        _testimony(source, problems, spec, None if len(weights) == 1 else float(weight))
        for source, weight in zip(problems.sources, weights, strict=True)
    )
    verdicts = {t.verdict for t in found}
    overall = Verdict.OPEN
    if Verdict.HELPS in verdicts or verdicts == {Verdict.HURTS}:
        overall = Verdict.HELPS if Verdict.HELPS in verdicts else Verdict.HURTS
    return Assessment(n, found, overall)


def _beforehand(
    problems: Problems, source_posterior: SourcePosterior, context: TransferContext
) -> SourceEvidence:
    """What is thought of a source before anything is measured."""
    shares = SHARES["weighed"]
    law = [*(shares["correlated"] * np.exp(log_prior_of("even"))), shares["pooled"]]
    return SourceEvidence(
        verdict=Verdict.OPEN,
        helps=1 - shares["alone"],
        log_bayes=0.0,
        weight=(1 - shares["alone"]) / len(context.warm.sources),
        gain=None,
        reach=_reach(problems, source_posterior, context),
        co_located=0,
        rank=None,
        correlation=_quantiles(np.array([*CORRELATIONS, 1.0]), np.array(law) / sum(law)),
    )


def _testimony(
    source: SourceData, problems: Problems, spec: SurrogateSpec, weight: float | None
) -> SourceEvidence:
    """Of one source, held against the target by itself; ``weight`` is its own among several."""
    model_average = model_average_of(problems, spec, source)
    (source_posterior,), context = model_average.context.warm.sources, model_average.context
    factor, n = log_bayes(model_average), problems.measured
    gain = None
    if n >= FEWEST:
        alone, with_it = (
            left_out(model_average, with_sources=False),
            left_out(model_average, with_sources=True),
        )
        with_it = np.logaddexp(math.log1p(-APART) + with_it, math.log(APART) + alone)
        gain = _mean_of(with_it - alone)
    knowledge = knowledge_of(model_average)
    weights = to_host(knowledge.weights[0, 0])
    helps = float(weights.sum())
    co_located, rank = _rank(problems, source, source_posterior, context)
    return SourceEvidence(
        verdict=verdict_of(factor, n),
        helps=helps,
        log_bayes=factor,
        weight=helps if weight is None else weight,
        gain=gain,
        reach=_reach(problems, source_posterior, context),
        co_located=co_located,
        rank=rank,
        correlation=_quantiles(to_host(knowledge.correlations), weights / helps),
    )


def _mean_of(values: Floats) -> Estimate:
    """Mean with its interval by Student's law."""
    from scipy.special import stdtrit  # on demand: 0.1 s to import

    n, mean = len(values), float(values.mean())
    half = float(stdtrit(n - 1, 0.95) * values.std(ddof=1) / math.sqrt(n))
    return Estimate(mean, mean - half, mean + half)


def _reach(
    problems: Problems, source_posterior: SourcePosterior, context: TransferContext
) -> float:
    """Share of the candidates that the source's points reach."""
    N = len(problems.pool)
    index = np.unique(np.linspace(0, N - 1, min(N, MOST_LOOKED_AT)).round().astype(np.int64))
    explained = _explained(problems.pool.X[index], source_posterior, context)
    return float((explained >= REACHED).mean())


def _explained(
    points: Floats, source_posterior: SourcePosterior, context: TransferContext
) -> Floats:
    """Share of the prior variance at some points that the source's points explain, shape (k,)."""
    which = source_posterior.drawn(DRAWN)
    X = to_device(np.ascontiguousarray(points))[None]
    rows = source_posterior.rows(
        which, X, context.transfer_data.kernel, context.transfer_data.samples
    )
    return to_host(rows.square().sum(-2).mean((0, 1)))


def _rank(
    problems: Problems,
    source: SourceData,
    source_posterior: SourcePosterior,
    context: TransferContext,
) -> tuple[int, Estimate | None]:
    """(measured points at a source point, Spearman's rank correlation with Fisher's interval).

    The interval's standard error is that of D. G. Bonett, T. A. Wright, Psychometrika 65 (2000) 23.
    """
    if not problems.measured:
        return 0, None
    X, y = problems.X[0], problems.y[0]
    which = source_posterior.drawn(DRAWN)
    rows = source_posterior.rows(
        which, to_device(problems.X), context.transfer_data.kernel, context.transfer_data.samples
    )
    level = source_posterior.mean[which].view(1, -1, 1)
    mean = level + (source_posterior.centred[which].unsqueeze(-2) @ rows).squeeze(-2)
    predicted = to_host(mean.mean(1)[0]) * context.warm.unit.scale + context.warm.unit.centre
    distance, nearest = _nearest(X, source.X)
    there = distance <= SAME_POINT
    predicted = np.where(there, source.y[nearest], predicted)
    n = len(y)
    if n < FEWEST_RANKED or np.ptp(predicted) == 0 or np.ptp(y) == 0:
        return int(there.sum()), None
    from scipy.special import ndtri  # on demand, as is the next: 0.6 s to import
    from scipy.stats import spearmanr

    r = float(spearmanr(y, predicted).statistic)
    half = ndtri(0.95) * math.sqrt((1 + r**2 / 2) / (n - 3))
    z = math.atanh(max(-1 + SAME_POINT, min(1 - SAME_POINT, r)))
    return int(there.sum()), Estimate(r, math.tanh(z - half), math.tanh(z + half))


def _nearest(points: Floats, others: Floats) -> tuple[Floats, Ints]:
    """(distance to, index of) the nearest of ``others`` for each point."""
    squares = np.square(points[:, None] - others[None]).sum(-1)
    nearest = squares.argmin(1)
    return np.sqrt(squares[np.arange(len(points)), nearest]), nearest


def _quantiles(values: Floats, predicted: Floats) -> Estimate:
    """Mean and 5 % and 95 % points of a discrete law; ``values`` ascend."""
    running = predicted.cumsum()
    low, high = (
        float(values[min(int(np.searchsorted(running, p)), len(values) - 1)]) for p in (0.05, 0.95)
    )
    mean = float(values @ predicted)
    return Estimate(mean, min(low, mean), max(high, mean))  # a mean of few values can lie outside


def probes(problems: Problems, strategy: Strategy, n: int = 1) -> tuple[Probe, ...]:
    """The n open candidates at source settings (or, where no source point is a candidate, nearest
    to them) that would tell most about the sources, best first; fewer where there are fewer. Empty
    without sources, and before the first measurement, when the source's best is as good a test as
    any.

    Criterion: the expected information about "the source helps", that is the Jensen-Shannon
    divergence of the two predictions of the value (G. E. P. Box, W. J. Hill, Technometrics 9 (1967)
    57, on discrimination among models).
    """
    verdict = assess(problems, strategy).verdict
    with threads_for(problems.measured):
        return most_telling(problems, strategy, verdict, n)


__all__ = [
    "DECISIVE",
    "FEWEST",
    "FEWEST_RANKED",
    "WORTH_BITS",
    "Assessment",
    "Estimate",
    "Probe",
    "SourceEvidence",
    "Verdict",
    "assess",
    "probes",
    "verdict_of",
]
