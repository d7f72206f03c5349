"""Old data at the target's service: against dense algebra, integration, and what it should do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import gpytorch
import numpy as np
import pytest
import torch
from gpytorch.kernels import IndexKernel, MaternKernel
from gpytorch.likelihoods import FixedNoiseGaussianLikelihood
from scipy import stats

from tansaku.bo import engine
from tansaku.bo.kernels import KERNELS, squared_distance
from tansaku.bo.surrogates import (
    GP,
    Fitted,
    Hyperparameters,
    Limits,
    Noise,
    Observations,
    censored,
    fit,
    outlier_mixture,
    transfer,
)
from tansaku.bo.surrogates.censored import with_limits
from tansaku.bo.surrogates.conditioned_prior import ConditionedPrior
from tansaku.bo.surrogates.gp import Data
from tansaku.bo.surrogates.hyperparameter_samples import LARGEST
from tansaku.bo.surrogates.mixture import Mixture
from tansaku.bo.surrogates.model_average import ModelAverage, TransferContext
from tansaku.design import Design, Floats, Joint, Problems, SourceData
from tansaku.strategy import STRATEGIES, Strategy
from tests.bo.conftest import table
from tests.seeds import generator, scatter, spread

SCALES = torch.tensor([[0.3, 0.8]], dtype=torch.float64)
SIGNALS, NOISES, MEANS = (0.8, 1.7), (0.02, 0.05), (0.4, -0.3)
WEIGHED, TRUSTED = (STRATEGIES[name] for name in ("standard", "transfer"))


def pair() -> tuple[Floats, Floats, Floats, Floats]:
    """Source X, y and target X, y: the two shipped tables, standardised, 12 target points."""
    (XS, yS), (XT, yT) = table("lyczp_47"), table("lczsp_49")
    order = generator(5).permutation(len(yT))[:12]
    return XS, (yS - yS.mean()) / yS.std(), XT[order], (yT[order] - yT.mean()) / yT.std()


def k(A: Floats, B: Floats) -> Floats:
    """Matern 5/2 by the closed form, shape (n, m)."""
    difference = (A[:, None] - B[None]) / SCALES.numpy()
    r = np.sqrt(5 * np.square(difference).sum(-1))
    return np.asarray((1 + r + r**2 / 3) * np.exp(-r))


def coregionalised(rho: float) -> GP:
    """The target under one setting, as the surrogate builds it: means of both tasks known."""
    XS, yS, XT, yT = (torch.from_numpy(v)[None] for v in pair())
    kernel, one = KERNELS["matern52"], torch.ones(1, dtype=torch.float64)
    m, n = yS.shape[-1], yT.shape[-1]
    K = kernel.value(squared_distance(XS, XS, SCALES))
    L = torch.linalg.cholesky(K + NOISES[0] / SIGNALS[0] * torch.eye(m).double())
    root = torch.linalg.inv(L)
    white = (root @ (yS - MEANS[0]).unsqueeze(-1)).squeeze(-1) / math.sqrt(SIGNALS[0])
    reach = rho * math.sqrt(SIGNALS[1]) * one.expand(1, m)
    source = ConditionedPrior(kernel, XS, SCALES, root, reach, white)
    rows = source.rows(XT)
    covariance = SIGNALS[1] * kernel.value(squared_distance(XT, XT, SCALES)) - rows.mT @ rows
    covariance = covariance + NOISES[1] * torch.eye(n).double()
    return GP.from_root(
        kernel,
        Hyperparameters(SCALES, SIGNALS[1] * one, NOISES[1] * one),
        Data(XT, yT - MEANS[1], Noise.of(torch.ones(1, n).double()), MEANS[1] * one, one),
        torch.linalg.inv(torch.linalg.cholesky(covariance)),
        0 * one,
        source=source,
    )


def grid() -> Floats:
    return generator(0).random((40, 2)) * 1.4 - 0.2


@pytest.mark.parametrize("rho", [-0.7, 0.4, 0.95])
def test_agrees_with_dense_coregionalisation(rho: float) -> None:
    """The joint covariance of both tasks, written out and inverted as a whole."""
    XS, yS, XT, yT = pair()
    G, m = grid(), len(yS)
    B = np.array([[SIGNALS[0], 0.0], [0.0, SIGNALS[1]]])
    B[0, 1] = B[1, 0] = rho * math.sqrt(SIGNALS[0] * SIGNALS[1])
    X, task = np.concatenate([XS, XT]), np.repeat([0, 1], [m, len(yT)])
    K = k(X, X) * B[task][:, task] + np.diag(np.array(NOISES)[task])
    cross = k(X, G) * B[task][:, [1]]
    centred = np.concatenate([yS, yT]) - np.array(MEANS)[task]
    mean = MEANS[1] + cross.T @ np.linalg.solve(K, centred)
    covariance = SIGNALS[1] * k(G, G) - cross.T @ np.linalg.solve(K, cross)
    gp, points = coregionalised(rho), torch.from_numpy(G)[None]
    ours, variance = gp.predict(points)
    np.testing.assert_allclose(ours[0].numpy(), mean, rtol=0, atol=1e-8)
    np.testing.assert_allclose(variance[0].numpy(), np.diag(covariance), rtol=0, atol=1e-8)
    np.testing.assert_allclose(gp.covariance(points)[0].numpy(), covariance, rtol=0, atol=1e-8)


class MultiTask(gpytorch.models.ExactGP):
    """GPyTorch's own intrinsic coregionalisation, at given hyperparameters."""

    def __init__(self, X: torch.Tensor, task: torch.Tensor, y: torch.Tensor, rho: float) -> None:
        noise = torch.tensor(NOISES, dtype=torch.float64)[task[:, 0]]
        super().__init__((X, task), y, FixedNoiseGaussianLikelihood(noise))
        self.input = MaternKernel(nu=2.5, ard_num_dims=2).double()
        self.input.lengthscale = SCALES
        self.task = IndexKernel(num_tasks=2, rank=2).double()
        shared = rho * math.sqrt(SIGNALS[0] * SIGNALS[1])
        B = torch.tensor([[SIGNALS[0], shared], [shared, SIGNALS[1]]], dtype=torch.float64)
        self.task.covar_factor.data = torch.linalg.cholesky(B)
        self.task.raw_var.data = torch.full((2,), -40.0, dtype=torch.float64)

    def forward(
        self, X: torch.Tensor, task: torch.Tensor
    ) -> gpytorch.distributions.MultivariateNormal:
        """Prior of both tasks."""
        mean = torch.tensor(MEANS, dtype=torch.float64)[task.squeeze(-1)]
        return gpytorch.distributions.MultivariateNormal(mean, self.input(X) * self.task(task))


@pytest.mark.filterwarnings("ignore:Sparse invariant checks:UserWarning")  # linear_operator's own
@pytest.mark.parametrize("rho", [-0.7, 0.4, 0.95])
def test_agrees_with_gpytorch(rho: float) -> None:
    XS, yS, XT, yT = pair()
    task = torch.tensor([0] * len(yS) + [1] * len(yT))[:, None]
    X, y = (torch.from_numpy(np.concatenate(v)) for v in ((XS, XT), (yS, yT)))
    model = MultiTask(X, task, y, rho)
    model.eval()
    G = torch.from_numpy(grid())
    with torch.no_grad(), gpytorch.settings.fast_computations(False, False, False):
        expected = model(G, torch.ones(len(G), 1, dtype=torch.int64))
    mean, variance = coregionalised(rho).predict(G[None])
    torch.testing.assert_close(mean[0], expected.mean, rtol=0, atol=1e-6)
    torch.testing.assert_close(variance[0], expected.variance, rtol=0, atol=1e-6)


def test_limits_beside_a_source_by_integration() -> None:
    """Two limits on a process that hears a source, by a 2-d Gauss-Hermite rule on the dense law of
    both tasks."""
    gp, side = coregionalised(0.85), np.array([-1.0, 1.0])
    points = np.array([[0.5, 0.4], [0.9, 0.1]])
    many = torch.from_numpy(points)[None]
    (mean,), (K,) = gp.predict(many)[0].numpy(), gp.covariance(many).numpy()
    bound = mean + np.array([-0.5, 0.7]) * np.sqrt(np.diag(K) + NOISES[1])
    told = Limits(many, *(torch.from_numpy(v)[None] for v in (bound, side)))
    mixture, likely = with_limits(Mixture.of_one(gp, gp, "map", {}), told, [generator(0)])
    found = mixture.fitted([generator(0)]).gp
    nodes, weights = np.polynomial.hermite.hermgauss(60)
    rule = np.stack(np.meshgrid(nodes, nodes, indexing="ij"), -1).reshape(-1, 2) * math.sqrt(2)
    f = mean + rule @ np.linalg.cholesky(K + 1e-12 * np.eye(2)).T
    each = stats.norm.cdf(side * (f - bound) / math.sqrt(NOISES[1]))
    share = np.outer(weights, weights).ravel() / math.pi
    p = share * each.prod(1)
    expected = p @ f / p.sum()
    sd = np.sqrt(p @ (f - expected) ** 2 / p.sum())
    ours, variance = (v[0].numpy() for v in found.predict(many))
    np.testing.assert_allclose(ours, expected, atol=0.02 * sd.min())
    np.testing.assert_allclose(np.sqrt(variance), sd, rtol=0.02)
    others = p.sum() / (share @ each[:, ::-1])
    np.testing.assert_allclose(likely[0].exp().numpy(), others, rtol=0.02)


def limited(n: int, own: bool) -> tuple[Observations, SourceData]:
    """A target with a limit where its source lies: the source's, or against it."""
    X = spread(n + 20, 2)[20:]
    plain = Observations.plain(*(torch.from_numpy(v)[None] for v in (X, surface(X))))
    source, point = source_of("identical", 12), np.array([[0.7, 0.3]])
    height = surface(point) + (0.4 if own else -0.4)
    limits = Limits(*(torch.from_numpy(v)[None] for v in (point, height, -np.ones(1))))
    return replace(plain, limits=limits), source


@pytest.mark.parametrize("own", [True, False])
def test_limits_weigh_the_ways_of_a_source(own: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked of every sample the weights are those by hand; of some that are drawn they are near,
    by the standard error of importance sampling (Owen, Monte Carlo theory, 2013, 9.2)."""
    told, source = limited(3, own)
    spec = WEIGHED.surrogate
    assert spec is not None
    average = ModelAverage.weigh(
        TransferContext.of(told, spec, (source,)), spec, transfer.SHARES["weighed"]
    )
    monkeypatch.setattr(outlier_mixture, "APART", 1e-9)  # no value apart: nothing is drawn
    average = ModelAverage.weigh(average.context, spec, transfer.SHARES["weighed"])
    S = average.log_weights.shape[-1]
    gp = average.condition(torch.zeros(S, dtype=torch.int64), torch.arange(S))
    mean, variance = gp.predict(told.limits.X.expand(S, -1, -1))
    lever = 1 - (gp.root @ gp.cross(told.limits.X.expand(S, -1, -1))).mT @ gp.root.sum(
        -1, keepdim=True
    )
    unit = gp.data.scale.square()
    total = variance[:, 0] + unit * (
        gp.mean_variance * lever[:, 0, 0] ** 2 + gp.hyperparameters.noise
    )
    passed = stats.norm.cdf(((told.limits.bound - mean) / total.sqrt().unsqueeze(-1)).numpy())[:, 0]
    before = torch.softmax(average.log_weights[0], -1).numpy()
    weight = before * passed / (before @ passed)
    by_source = np.arange(S) >= len(average.split(average.log_weights)[0][0])
    expected = weight[by_source].sum()
    proposal = censored.proposal_of(average.log_weights)[0].numpy()
    squares = weight**2 / proposal * (by_source - expected) ** 2
    error = math.sqrt(squares.sum() / censored.DRAWN)
    helps = {}
    for asked in (S, 512):
        monkeypatch.setattr(censored, "ASKED", asked)
        found = fit(told, spec, [generator(0)], (source,))
        assert found.knowledge is not None
        helps[asked] = float(found.knowledge.helps[0, 0])
    assert helps[S] == pytest.approx(expected, abs=2e-3)
    assert error < 0.05
    assert helps[512] == pytest.approx(expected, abs=5 * error)


def test_without_correlation_the_source_says_nothing() -> None:
    gp, (_XS, _yS, XT, yT) = coregionalised(0.0), pair()
    K = SIGNALS[1] * k(XT, XT) + NOISES[1] * np.eye(len(yT))
    cross = SIGNALS[1] * k(XT, grid())
    mean, variance = gp.predict(torch.from_numpy(grid())[None])
    alone = MEANS[1] + cross.T @ np.linalg.solve(K, yT - MEANS[1])
    np.testing.assert_allclose(mean[0].numpy(), alone, rtol=0, atol=1e-9)
    explained = (cross * np.linalg.solve(K, cross)).sum(0)
    np.testing.assert_allclose(variance[0].numpy(), SIGNALS[1] - explained, rtol=0, atol=1e-9)


def surface(X: Floats) -> Floats:
    return np.asarray(np.sin(4 * X[:, 0]) + np.cos(3 * X[:, 1]) * X[:, 0])


def source_of(kind: str, number: int = 40) -> SourceData:
    """A source that is the target itself, its inverse, scaled and shifted, or nothing to do."""
    X = spread(number, 2)
    y = surface(X)
    y = {
        "identical": y,
        "inverted": -y,
        "scaled": 1.7 * y + 8.0,
        "unrelated": y[np.argsort(scatter(number))],
    }[kind]
    return SourceData(X, y, np.ones(number))


def told_by(kind: str, n: int, strategy: Strategy = WEIGHED) -> Fitted:
    X = spread(n + 20, 2)[None, 20:]
    y = surface(X[0])[None] + 0.02 * scatter(n)[None]
    tensors = (torch.from_numpy(v) for v in (X, y, np.ones_like(y)))
    return fit(Observations.plain(*tensors), strategy.surrogate, [generator(0)], [source_of(kind)])


@pytest.mark.parametrize("kind", ["identical", "scaled"])
def test_a_related_source_helps(kind: str) -> None:
    knowledge = told_by(kind, 14).knowledge
    assert knowledge is not None
    assert float(knowledge.helps[0, 0]) > 0.9
    average = (knowledge.weights[0, 0] * knowledge.correlations).sum() / knowledge.helps[0, 0]
    assert float(average) > 0.6


def test_an_inverted_source_is_read_upside_down() -> None:
    knowledge = told_by("inverted", 14).knowledge
    assert knowledge is not None
    negative = knowledge.weights[0, 0][knowledge.correlations < 0].sum()
    assert float(negative) > 0.5 * float(knowledge.helps[0, 0]) > 0.25


def test_an_unrelated_source_is_left_aside() -> None:
    knowledge = told_by("unrelated", 14).knowledge
    assert knowledge is not None
    assert float(knowledge.helps[0, 0]) < 1 - transfer.SHARES["weighed"]["alone"]


def test_trust_is_unconditional() -> None:
    knowledge = told_by("unrelated", 14, TRUSTED).knowledge
    assert knowledge is not None
    assert float(knowledge.helps[0, 0]) == pytest.approx(1.0)


def test_a_source_that_is_not_heard_leaves_the_doubt_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Probability that the inputs tell nothing, on the source's scale as without one, where that is
    held against integration. Mean and sd of the source are those of the target."""
    rng = generator(2)
    X, y = rng.random((1, 6, 2)), 3 * rng.standard_normal((1, 6)) + 40
    older = standard(rng.standard_normal(20)) * y.std(ddof=1) + y.mean()
    source = SourceData(rng.random((20, 2)), older, np.ones(20))
    tensors = tuple(torch.from_numpy(v) for v in (X, y, np.ones_like(y)))
    monkeypatch.setitem(transfer.SHARES, "weighed", {"alone": 1.0})
    model_average, alone = (
        fit(Observations.plain(*tensors), WEIGHED.surrogate, [generator(0)], sources).scatter
        for sources in ((source,), ())
    )
    assert model_average is not None
    assert alone is not None
    assert 1e-6 < float(alone[0]) < 1 - 1e-6
    assert float(model_average[0]) == pytest.approx(float(alone[0]), rel=1e-9)


def standard(y: Floats) -> Floats:
    return np.asarray((y - y.mean()) / y.std(ddof=1))


def test_what_sources_tell_together_is_shared_by_the_squares_of_their_correlations() -> None:
    """Every setting of every voice, counted one by one."""
    rng = generator(7)
    X = rng.random((1, 9, 2))
    tensors = [torch.from_numpy(v) for v in (X, surface(X[0])[None], np.ones((1, 9)))]
    spec, sources = WEIGHED.surrogate, [source_of("scaled", 15), source_of("unrelated", 12)]
    assert spec is not None
    model_average = ModelAverage.weigh(
        TransferContext.of(Observations.plain(*tensors), spec, sources),
        spec,
        transfer.SHARES["weighed"],
    )
    found = transfer.knowledge_of(model_average)
    weights = np.exp(model_average.log_weights[0].numpy())
    weights, start = weights / weights.sum(), 0
    helps, alone, means = np.zeros(2), 0.0, np.zeros(2)
    for transfer_model in model_average.transfer_models:
        for rho in transfer_model.correlation[0].numpy():
            weight, start = weights[start], start + 1
            if not transfer_model.sources:
                alone += weight
            for source, correlation in zip(transfer_model.sources, rho, strict=True):
                share = weight * correlation**2 / (rho**2).sum()
                helps[source] += share
                means[source] += share * correlation
    np.testing.assert_allclose(found.helps[0].numpy(), helps, rtol=1e-10)
    assert helps.sum() + alone == pytest.approx(1.0)
    assert (helps > 0).all()
    told = (found.weights[0] @ found.correlations).numpy()
    assert np.abs(told - means).max() < 0.025  # correlations are told to the nearest 0.05


def problems_of(
    positions: Sequence[Sequence[int]], sources: tuple[SourceData, ...]
) -> tuple[Problems, Floats]:
    """Searches on a 6 x 6 grid that have measured the candidates at ``positions``."""
    axis = np.linspace(0, 1, 6)
    pool = Design(np.array([(a, b) for a in axis for b in axis]), ("a", "b"))
    at = np.array(positions, dtype=np.int64).reshape(len(positions), -1)
    taken = np.zeros((len(at), 36), dtype=bool)
    taken[np.arange(len(at))[:, None], at] = True
    y = surface(pool.X)
    found = Problems(
        pool=pool,
        X=pool.X[at],
        y=y[at],
        counts=np.ones(at.shape),
        taken=taken,
        pending=np.empty((len(at), 0), dtype=np.int64),
        positions=at,
        sources=sources,
    )
    return found, y


@pytest.mark.parametrize(
    "name",
    ["standard", "mixed", "transfer", "ensemble"],
)
@pytest.mark.parametrize("measured", [0, 1, 2])
def test_few_target_points(name: str, measured: int) -> None:
    """With a source the model answers from nothing measured on, and near the source's best."""
    problems, y = problems_of([[20, 3][:measured]], (source_of("identical"),))
    found = engine.propose(Joint.of(problems), STRATEGIES[name], 2, [generator(0)])
    assert found.by_model
    assert np.isfinite(found.mean).all()
    assert np.isfinite(found.sd).all()
    assert len(set(found.picks[0].tolist())) == 2
    if measured == 0:
        assert np.isnan(found.chance).all()
        assert y[found.picks[0, 0]] > np.quantile(y, 0.9)


def test_without_a_source_the_start_is_without_a_model() -> None:
    problems, _y = problems_of([[20]], ())
    assert not engine.propose(Joint.of(problems), WEIGHED, 1, [generator(0)]).by_model
    alone, told = STRATEGIES["alone"], problems_of([[20]], (source_of("identical"),))[0]
    assert not engine.propose(Joint.of(told), alone, 1, [generator(0)]).by_model


@pytest.mark.parametrize("name", ["standard", "mixed", "transfer", "ensemble"])
def test_a_batch_answers_as_one_by_one(name: str) -> None:
    positions = [[0, 7, 30], [5, 11, 17], [35, 1, 22], [9, 14, 28]]
    sources = (source_of("scaled"), source_of("unrelated", 12))
    together = engine.propose(
        Joint.of(problems_of(positions, sources)[0]),
        STRATEGIES[name],
        1,
        [generator(i) for i in range(4)],
    )
    for i, each in enumerate(positions):
        one, _y = problems_of([each], sources)
        single = engine.propose(Joint.of(one), STRATEGIES[name], 1, [generator(i)])
        assert single.picks[0] == together.picks[i]
        np.testing.assert_allclose(single.mean[0], together.mean[i], rtol=0, atol=1e-8)
        np.testing.assert_allclose(single.sd[0], together.sd[i], rtol=0, atol=1e-8)


@pytest.mark.parametrize("name", ["standard", "mixed", "transfer"])
def test_a_warm_fit_is_a_cold_fit(name: str) -> None:
    sources = (source_of("scaled"),)
    first = problems_of([[0, 7, 30, 12]], sources)[0]
    warm = engine.propose(Joint.of(first), STRATEGIES[name], 1, [generator(0)]).warm
    more = problems_of([[0, 7, 30, 12, 25]], sources)[0]
    found = [
        engine.propose(Joint.of(more), STRATEGIES[name], 1, [generator(1)], warm=each)
        for each in (warm, None)
    ]
    assert found[0].picks[0] == found[1].picks[0]
    np.testing.assert_allclose(found[0].mean, found[1].mean, rtol=0, atol=1e-8)
    np.testing.assert_allclose(found[0].sd, found[1].sd, rtol=0, atol=1e-8)


def test_large_searches_do_without_the_source() -> None:
    rng = generator(1)
    X = rng.random((1, LARGEST + 1, 2))
    y = surface(X[0])[None]
    tensors = tuple(torch.from_numpy(v) for v in (X, y, np.ones_like(y)))
    rngs = [generator(0)]
    found = fit(Observations.plain(*tensors), WEIGHED.surrogate, rngs, [source_of("identical")])
    assert found.knowledge is None
    assert found.fit == "map"
