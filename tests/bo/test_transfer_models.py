"""The ways in which a source speaks: their evidence by integration, their predictions by dense
algebra, leaving one out by really leaving it out."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from tansaku.bo.kernels import squared_distance
from tansaku.bo.surrogates import Observations, coregion, outlier_mixture, pooled
from tansaku.bo.surrogates.correlations import (
    BETA,
    CORRELATION_PRIORS,
    CORRELATIONS,
    LKJ,
    NEGATIVE,
    log_prior_of,
)
from tansaku.bo.surrogates.hyperparameter_samples import kernel_of, samples_for
from tansaku.bo.surrogates.model_average import ModelAverage, TransferContext, transfer_models
from tansaku.bo.surrogates.source_posterior import Unit, learn
from tansaku.bo.surrogates.transfer import SHARES
from tansaku.bo.surrogates.transfer_model import (
    LEVEL,
    Parts,
    TransferModel,
    mixture_leave_one_out,
    refactored,
)
from tansaku.design import Floats, SourceData
from tansaku.strategy import STRATEGIES, SurrogateSpec
from tests.seeds import generator, spread

SPEC = STRATEGIES["standard"].surrogate or SurrogateSpec()
WAYS = ("alone", "pooled", "correlated")


def made(n: int) -> tuple[Floats, Floats, SourceData]:
    """Target points and values, and a source that is close to them."""
    X, XS = np.split(spread(n + 6, 2), [n])
    source = SourceData(XS, 4 + np.sin(3 * XS[:, 0]) + XS[:, 1], np.ones(6))
    return X, 4.5 + np.sin(3 * X[:, 0]) + 0.5 * X[:, 1], source


def context(X: Floats, y: Floats, source: SourceData) -> TransferContext:
    tensors = (torch.from_numpy(v)[None] for v in (X, y, np.ones(len(y))))
    return TransferContext.of(Observations.plain(*tensors), SPEC, (source,))


def voice_of(way: str, found: TransferContext) -> TransferModel:
    return found.own if way == "alone" else transfer_models(way, found, SPEC)[0]


def kernel(A: Floats, B: Floats, setting: int) -> Floats:
    """Under one hyperparameter sample."""
    samples = samples_for(2)
    one = torch.tensor([setting])
    s = squared_distance(
        torch.from_numpy(A)[None], torch.from_numpy(B)[None], samples.length_scales[one]
    )
    return np.asarray(kernel_of(SPEC, samples).take(one).value(s)[0].numpy())


def told_to(
    found: TransferContext, source: SourceData, which: int, X: Floats
) -> tuple[Floats, Floats]:
    """(covariance that the source explains, its mean about its own level), by dense algebra."""
    noise = float(samples_for(2).noise[which])
    K = kernel(source.X, source.X, which) + noise * np.eye(len(source.y))
    cross = kernel(source.X, X, which)
    z = (source.y - found.warm.unit.centre) / found.warm.unit.scale
    ones = np.linalg.solve(K, np.ones(len(z)))
    level = ones @ z / ones.sum()
    return cross.T @ np.linalg.solve(K, cross), cross.T @ np.linalg.solve(K, z - level)


def integral(
    C: Floats, z: Floats, shape: float, rate: float, level: tuple[float, float] | None
) -> float:
    """Normal values about a level, of signal variance with an inverse-gamma law, integrated over
    both; ``level`` is (mean, precision at unit signal), or a flat one."""
    n, inverse = len(z), np.linalg.inv(C)
    mean, log_signal = np.linspace(-40, 40, 8001), np.linspace(-12, 12, 1201)[:, None]
    s = np.exp(log_signal)
    squares = sum(inverse[i, j] * (z[i] - mean) * (z[j] - mean) for i in range(n) for j in range(n))
    density = np.exp(-0.5 * squares / s) / np.sqrt((2 * math.pi * s) ** n * np.linalg.det(C))
    if level is not None:
        density = density * stats.norm.pdf(mean, level[0], np.sqrt(s / level[1]))
    over_mean = integrate.trapezoid(density, mean, axis=1)
    prior = stats.invgamma(shape, scale=rate).pdf(s) * s
    return float(integrate.trapezoid(over_mean * prior[:, 0], log_signal[:, 0]))


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("near", [True, False])
@pytest.mark.parametrize("at", [(0, 0, 0, 0), (5, 1, 7, 1), (3, 2, 15, 2)])
def test_evidence_of_correlated_is_the_integral(
    n: int, at: tuple[int, int, int, int], near: bool
) -> None:
    """With a level near the source's, and with one of its own."""
    r, v, h, g = at
    X, y, source = made(n)
    found = context(X, y, source)
    transfer_model = coregion.coregionalised((0,), found.warm.multitask, found.transfer_data, SPEC)
    rho, noise, spread = CORRELATIONS[r], coregion.NOISES[v], coregion.SPREADS[g]
    which, V, H, G = int(found.warm.multitask.which[h]), 3, 16, 6
    explained, mean = told_to(found, source, which, X)
    C = kernel(X, X, which) - rho**2 * explained + noise * np.eye(n)
    z = found.transfer_data.data.z[0].numpy() - rho * spread * mean
    a = coregion.SIGNAL_SHAPE
    rate = (a - 1) * float(found.warm.sources[0].signal[which]) * spread**2
    level = (float(found.warm.multitask.level[h]), 1 / coregion.NEAR) if near else None
    expected = math.log(integral(C, z, a, rate, level)) + 0.5 * n * math.log(2 * math.pi)
    if not near:
        expected -= 0.5 * math.log(2 * math.pi) + math.log(LEVEL)
    prior = log_prior_of("even")[r] - math.log(V * H) + math.log(coregion.SPREAD_PRIOR[g])
    prior += math.log(coregion.NEAR_PRIOR if near else 1 - coregion.NEAR_PRIOR)
    weight = (
        float(transfer_model.log_weight[0, ((r * V + v) * H + h) * G + 2 * g + (not near)]) - prior
    )
    assert weight == pytest.approx(expected, abs=5e-4)


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize(("r", "which"), [(0, 3), (1, 30), (2, 50)])
def test_evidence_of_pooled_is_the_integral(n: int, r: int, which: int) -> None:
    """The level is known as well as the source knows it."""
    X, y, source = made(n)
    found = context(X, y, source)
    learnt = found.warm.sources[0]
    transfer_model = pooled.pooled(0, learnt, found.transfer_data)
    rho, noise = pooled.LIKENESS[r], float(samples_for(2).noise[which])
    K = kernel(source.X, source.X, which) + noise * np.eye(6)
    cross = rho * kernel(source.X, X, which)
    z = (source.y - found.warm.unit.centre) / found.warm.unit.scale
    explained = cross.T @ np.linalg.solve(K, np.stack([np.ones(6), z], 1))
    C = kernel(X, X, which) + noise * np.eye(n) - cross.T @ np.linalg.solve(K, cross)
    precision = np.ones(6) @ np.linalg.solve(K, np.ones(6))
    level = np.ones(6) @ np.linalg.solve(K, z) / precision
    # a level m adds m (1 - explained[:, 0]) to the values: integrate it out as one more variance
    adds = 1 - explained[:, 0]
    about = found.transfer_data.data.z[0].numpy() - explained[:, 1] - level * adds
    whole = C + np.outer(adds, adds) / precision
    a, rate = pooled.SIGNAL_SHAPE, pooled.SIGNAL_RATE * float(learnt.signal[which])
    scatter = whole * rate / a
    expected = stats.multivariate_t(shape=scatter, df=2 * a).logpdf(about)
    prior = float(learnt.log_weight[which]) - math.log(len(pooled.LIKENESS))
    weight = float(transfer_model.log_weight[0, r * 64 + which]) - prior
    assert weight - 0.5 * n * math.log(2 * math.pi) == pytest.approx(expected, abs=1e-9)


def built(
    transfer_model: TransferModel, found: TransferContext, at: int
) -> tuple[ModelAverage, torch.Tensor]:
    model_average = ModelAverage(
        found, (transfer_model,), transfer_model.log_weight, transfer_model.log_weight
    )
    return model_average, torch.tensor([at])


def test_pooled_at_correlation_1_is_the_pooled_process() -> None:
    """Mean of the one Gaussian process that holds both tables, its level by least squares."""
    X, y, source = made(5)
    found = context(X, y, source)
    transfer_model, which = pooled.pooled(0, found.warm.sources[0], found.transfer_data), 20
    model_average, at = built(transfer_model, found, which)
    G = generator(0).random((7, 2))
    mean, variance = model_average.condition(torch.zeros_like(at), at).predict(
        torch.from_numpy(G)[None]
    )
    both, values = np.concatenate([source.X, X]), np.concatenate([source.y, y])
    K = kernel(both, both, which) + float(samples_for(2).noise[which]) * np.eye(11)
    ones, cross = np.linalg.solve(K, np.ones(11)), kernel(both, G, which)
    level = ones @ values / ones.sum()
    expected = level + cross.T @ np.linalg.solve(K, values - level)
    np.testing.assert_allclose(mean[0].numpy(), expected, rtol=0, atol=1e-9)
    signal = float(transfer_model.quadratic.signal[0, 0, which, 0]) * found.warm.unit.scale**2
    left = signal * (1 - (cross * np.linalg.solve(K, cross)).sum(0))
    np.testing.assert_allclose(variance[0].numpy(), left, rtol=0, atol=1e-9)


@pytest.mark.parametrize("way", WAYS)
def test_leaving_one_out_is_leaving_it_out(way: str) -> None:
    """The density of a value is the evidence with it over the evidence without it."""
    X, y, source = made(6)
    whole = voice_of(way, context(X, y, source))
    each = whole.leave_one_out()[0]
    for i in range(6):
        less = voice_of(way, context(np.delete(X, i, 0), np.delete(y, i), source))
        expected = whole.log_weight[0] - less.log_weight[0] - 0.5 * math.log(2 * math.pi)
        torch.testing.assert_close(each[:, i], expected, rtol=1e-7, atol=1e-7)


def test_mixture_leaves_out_exactly() -> None:
    X, y, source = made(6)
    shares = SHARES["weighed"]

    def evidence(keep: list[int]) -> torch.Tensor:
        model_average = ModelAverage.weigh(context(X[keep], y[keep], source), SPEC, shares)
        return torch.logsumexp(model_average.plain, -1)

    model_average = ModelAverage.weigh(context(X, y, source), SPEC, shares)
    each = torch.cat([v.leave_one_out() for v in model_average.transfer_models], 1)
    found = mixture_leave_one_out(model_average.plain, each)[0]
    for i in (0, 4):
        expected = evidence(list(range(6))) - evidence([j for j in range(6) if j != i])
        expected = expected - 0.5 * math.log(2 * math.pi)
        assert float(found[i]) == pytest.approx(float(expected), abs=1e-8)


def test_one_value_apart_is_the_sum_over_which() -> None:
    X, y, source = made(4)
    found = context(X, y, source)
    transfer_model = voice_of("pooled", found)
    weights, probability = outlier_mixture.weigh_outliers(
        transfer_model, found.own, transfer_model.log_weight
    )
    e, setting = outlier_mixture.APART, 12
    terms = [4 * math.log(1 - e) + float(transfer_model.log_weight[0, setting])]
    for i in range(4):
        keep = [j for j in range(4) if j != i]
        less = context(X[keep], y[keep], source)
        own = torch.logsumexp(found.own.log_weight[0], -1)
        own = own - torch.logsumexp(less.own.log_weight[0], -1)
        without = voice_of("pooled", less).log_weight[0, setting]
        terms.append(math.log(e) + 3 * math.log(1 - e) + float(without + own))
    total = np.logaddexp.reduce(terms)
    assert float(weights[0, setting]) == pytest.approx(total, abs=1e-8)
    np.testing.assert_allclose(
        probability[0, setting].numpy(), np.exp(np.array(terms[1:]) - total), atol=1e-9
    )


def test_a_value_left_out_is_as_one_never_measured() -> None:
    X, y, source = made(5)
    found, less = context(X, y, source), context(X[1:], y[1:], source)
    which, at = torch.tensor([9]), torch.tensor([0])
    parts, fewer = (voice_of("pooled", g).parts(at, which) for g in (found, less))
    data = found.transfer_data.data
    counts = data.noise.counts.clone()
    counts[:, 0] /= outlier_mixture.UNHEARD
    unheard = replace(data, noise=replace(data.noise, counts=counts))
    model_average = refactored(parts, data, unheard, None)
    inverse = [(p.root[0].mT @ p.root[0]) for p in (model_average, fewer)]
    torch.testing.assert_close(inverse[0][1:, 1:], inverse[1], rtol=1e-3, atol=1e-3)
    assert isinstance(model_average, Parts)
    assert float(inverse[0][0].abs().max()) < 1e-3 * float(inverse[1].abs().max())


def outlying(apart_from: float) -> float:
    """Probability that a source helps whose twin differs by so much at one of ten points."""
    X, XS = np.split(spread(40, 2), [10])
    source = SourceData(XS, np.sin(4 * XS[:, 0]) + XS[:, 1], np.ones(30))
    y = np.sin(4 * X[:, 0]) + X[:, 1]
    y[4] -= apart_from
    model_average = ModelAverage.weigh(context(X, y, source), SPEC, SHARES["weighed"])
    weights = torch.softmax(model_average.log_weights, -1)
    return 1 - float(model_average.split(weights)[0].sum())


def test_one_wrong_value_does_not_refute_a_source() -> None:
    assert outlying(0.0) > 0.99
    assert outlying(4.0) > 0.9


@pytest.mark.parametrize("name", sorted(CORRELATION_PRIORS))
def test_laws_of_the_correlation(name: str) -> None:
    p, rho = np.exp(log_prior_of(name)), np.array(CORRELATIONS)
    assert p.sum() == pytest.approx(1)
    assert p[rho < 0].sum() == pytest.approx(NEGATIVE)


def test_laws_are_those_cited() -> None:
    """Cells of the positive side against scipy's Beta and the density (1 - rho^2)^(eta - 1)."""
    rho = np.array(CORRELATIONS)
    above = rho[rho > 0]
    edges = np.concatenate([[0], (above[1:] + above[:-1]) / 2, [1]])
    for name, density in (
        ("beta", stats.beta(*BETA).pdf(above)),
        ("lkj", (1 - above**2) ** (LKJ - 1)),
    ):
        expected = density * np.diff(edges)
        p = np.exp(log_prior_of(name))[rho > 0]
        np.testing.assert_allclose(p / p.sum(), expected / expected.sum(), atol=1e-12)


def test_a_source_told_three_times_helps_as_likely_as_once() -> None:
    """Sources that speak one by one share the prior probability of their way."""
    X, y, source = made(4)
    tensors = [torch.from_numpy(v)[None] for v in (X, y, np.ones(4))]
    alone = []
    for number in (1, 3):
        found = TransferContext.of(Observations.plain(*tensors), SPEC, [source] * number)
        model_average = ModelAverage.weigh(found, SPEC, {"alone": 0.4, "pooled": 0.6})
        alone.append(
            float(model_average.split(torch.softmax(model_average.log_weights, -1))[0].sum())
        )
    assert 1e-6 < alone[0] < 1 - 1e-6
    assert alone[1] == pytest.approx(alone[0], rel=1e-9)


def test_what_a_source_taught_is_told_in_the_common_unit() -> None:
    """Whatever unit its own values are in: nine times as wide, and 5 higher."""
    _X, _y, source = made(3)
    kernel, unit = kernel_of(SPEC, samples_for(2)), Unit(4.0, 0.5)
    one = learn(source, kernel, samples_for(2), unit)
    wide = replace(source, y=9 * source.y + 5)
    other = learn(wide, kernel, samples_for(2), unit)
    torch.testing.assert_close(other.z * 0.5 + 4, 9 * (one.z * 0.5 + 4) + 5)
    torch.testing.assert_close(one.z * 0.5 + 4, torch.from_numpy(source.y))
    torch.testing.assert_close(other.signal, 81 * one.signal)
    torch.testing.assert_close(other.centred, 9 * one.centred)
    torch.testing.assert_close(other.mean * 0.5 + 4, 9 * (one.mean * 0.5 + 4) + 5)
    torch.testing.assert_close(other.log_weight, one.log_weight)
