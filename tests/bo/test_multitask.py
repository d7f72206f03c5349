"""Several sources as tasks of one process: against BoTorch's multi-task process, dense algebra,
and what it should do."""

from __future__ import annotations

import math

import gpytorch
import numpy as np
import pytest
import torch
from botorch.models import MultiTaskGP
from gpytorch.kernels import IndexKernel, MaternKernel, RBFKernel
from scipy import stats

from tansaku.bo import engine
from tansaku.bo.surrogates import Fitted, Observations, coregion
from tansaku.bo.surrogates.correlations import (
    CORRELATIONS,
    grid_of,
    loading_of,
    rank_of,
    targets_of,
)
from tansaku.bo.surrogates.fitting import fit
from tansaku.bo.surrogates.hyperparameter_samples import samples_for
from tansaku.bo.surrogates.model_average import ModelAverage, TransferContext, transfer_models
from tansaku.bo.surrogates.multitask import KEPT
from tansaku.design import Design, Floats, Joint, Problems, SourceData
from tansaku.strategy import STRATEGIES, SurrogateSpec
from tests.seeds import FALSE_ALARM, generator, scatter, spread

SPEC = STRATEGIES["transfer"].surrogate or SurrogateSpec()
SAMPLES = samples_for(2)


def surface(X: Floats) -> Floats:
    return np.asarray(np.sin(4 * X[:, 0]) + np.cos(3 * X[:, 1]) * X[:, 0])


def source_of(kind: str, number: int, seed: int) -> SourceData:
    X = spread(number * (seed + 1), 2)[number * seed :]
    values = {
        "alike": surface(X) + 3,
        "inverted": 2 - 2 * surface(X),
        "shuffled": surface(X)[np.argsort(scatter(number, 7))],
    }
    counts = 1.0 + (scatter(number, 11) > 0)
    return SourceData(X, values[kind] + 0.01 * scatter(number), counts)


THREE = (source_of("alike", 9, 1), source_of("inverted", 12, 2), source_of("shuffled", 7, 3))


def context(
    n: int, spec: SurrogateSpec = SPEC, sources: tuple[SourceData, ...] = THREE
) -> TransferContext:
    X = spread(n + 60, 2)[60:]
    tensors = (torch.from_numpy(v)[None] for v in (X, surface(X), np.ones(n)))
    return TransferContext.of(Observations.plain(*tensors), spec, sources)


def reference(
    found: TransferContext, at: int, spec: SurrogateSpec
) -> tuple[MultiTaskGP, float, float]:
    """(BoTorch's process at the hyperparameters of one setting, all tasks at unit variance; sd of
    the target by its mean, and by its variance)."""
    transfer_model = transfer_models("correlated", found, spec)[0]
    parts = transfer_model.parts(torch.tensor([0]), torch.tensor([at]))
    assert parts.by_sources is not None
    which, every = int(parts.which), found.warm.sources
    h = at // 6 % len(found.warm.multitask.toward)
    k, spread = int(found.warm.multitask.each[h]), coregion.SPREADS[at % 6 // 2]
    stretch = spread * math.sqrt(float(found.warm.multitask.signal[k]))
    B = torch.eye(4, dtype=torch.float64)
    B[:3, :3] = found.warm.multitask.between[k]
    B[:3, 3] = B[3, :3] = transfer_model.correlation[0, at]
    X = torch.cat([*(s.X for s in every), found.transfer_data.data.X[0]])
    task = torch.cat([torch.full((len(s.X), 1), float(i)) for i, s in enumerate(every)])
    n = found.transfer_data.data.X.shape[1]
    task = torch.cat([task, torch.full((n, 1), 3.0)]).double()
    noise = torch.cat([SAMPLES.noise[which] / s.counts for s in every])
    noise = torch.cat([noise, (parts.noise / parts.signal).expand(n)])
    values = [s.z / s.signal[which].sqrt() for s in every]
    base = RBFKernel if which % 2 else MaternKernel
    kernel = base(ard_num_dims=2, active_dims=(0, 1)).double()
    kernel.lengthscale = SAMPLES.length_scales[which]
    tasks = IndexKernel(num_tasks=4, rank=4, active_dims=(2,)).double()
    tasks.covar_factor.data = torch.linalg.cholesky(B + 1e-12 * torch.eye(4).double())
    tasks.raw_var.data = torch.full((4,), -50.0, dtype=torch.float64)
    both = kernel(X).to_dense() * B[task[:, 0].long()][:, task[:, 0].long()] + noise.diag()
    levels = _levels(both[:-n, :-n], torch.cat(values), task[:-n, 0])
    y = torch.cat([v - levels[i] for i, v in enumerate(values)])
    target = found.transfer_data.data.z[0] / stretch
    own = float(parts.level) / stretch
    if math.isnan(own):  # by least squares, given what the sources say
        told = both[-n:, :-n] @ torch.linalg.solve(both[:-n, :-n], y)
        left = both[-n:, -n:] - both[-n:, :-n] @ torch.linalg.solve(both[:-n, :-n], both[:-n, -n:])
        ones = torch.linalg.solve(left, torch.ones(n).double())
        own = float(ones @ (target - told) / ones.sum())
    y = torch.cat([y, target - own]).unsqueeze(-1)
    model = MultiTaskGP(
        torch.cat([X, task], 1),
        y,
        task_feature=-1,
        train_Yvar=noise.unsqueeze(-1),
        covar_module=kernel,
        mean_module=gpytorch.means.ZeroMean(),
        task_covar_prior=None,
        outcome_transform=None,
        output_tasks=[3],
    )
    model.covar_module = kernel * tasks
    model.eval()
    unit = found.warm.unit
    model.moved = own * stretch * unit.scale + unit.centre
    return model, stretch * unit.scale, float(parts.signal.sqrt()) * unit.scale


def _levels(K: torch.Tensor, values: torch.Tensor, task: torch.Tensor) -> torch.Tensor:
    """Of three sources together, by generalised least squares."""
    A = torch.nn.functional.one_hot(task.long(), 3).double()
    solved = torch.linalg.solve(K, A)
    return torch.linalg.solve(A.T @ solved, solved.T @ values)


@pytest.mark.filterwarnings("ignore:.*")  # of BoTorch, on data that is not standardised
@pytest.mark.parametrize("spec", [{}, {"signs": "positive"}, {"rank": 1}, {"rank": 2}])
@pytest.mark.parametrize(("at", "n"), [(0, 1), (1000, 2), (2345, 6), (-1, 6)])
def test_agrees_with_botorch(spec: dict[str, object], at: int, n: int) -> None:
    """Four tasks: mean and variance of the target at equal hyperparameters."""
    chosen = SPEC.model_copy(update=spec)
    found = context(n, chosen)
    transfer_model = transfer_models("correlated", found, chosen)[0]
    at %= transfer_model.log_weight.shape[-1]
    model_average = ModelAverage(
        found, (transfer_model,), transfer_model.log_weight, transfer_model.log_weight
    )
    gp = model_average.condition(torch.tensor([0]), torch.tensor([at]))
    model, by_mean, by_variance = reference(found, at, chosen)
    G = torch.from_numpy(generator(0).random((30, 2)) * 1.4 - 0.2)
    with torch.no_grad(), gpytorch.settings.fast_computations(False, False, False):
        expected = model.posterior(G)
    mean, variance = gp.predict(G[None])
    wanted = expected.mean[:, 0] * by_mean + model.moved
    torch.testing.assert_close(mean[0], wanted, rtol=0, atol=1e-6)
    wanted = expected.variance[:, 0] * by_variance**2
    torch.testing.assert_close(variance[0], wanted, rtol=0, atol=1e-6)


def loadings(tasks: int, number: int, rank: int | None, signs: str) -> Floats:
    rng, p = generator(1), rank_of(tasks, rank)
    rows = [loading_of(k, tasks, (number, p), signs, rng) for k in range(tasks)]
    return np.stack(rows, 1)


@pytest.mark.parametrize("rank", [None, 1, 2])
@pytest.mark.parametrize("signs", ["free", "positive"])
def test_correlations_are_lawful(rank: int | None, signs: str) -> None:
    """Every correlation of all tasks is one: positive semi-definite, of unit diagonal."""
    W = loadings(4, 50, rank, signs)
    toward = targets_of(W, 6, signs)
    assert W.shape == (50, 4, 4 if rank is None else rank)
    for i in range(50):
        R = W[i] @ W[i].T
        R[np.arange(4), np.arange(4)] = 1
        for r in toward[i]:
            whole = np.block([[R, r[:, None]], [r[None], np.ones((1, 1))]])
            assert np.linalg.eigvalsh(whole).min() > -1e-9
            assert (whole >= 0).all() or signs == "free"
    assert (W.reshape(-1) < 0).any() == (signs == "free")


def test_correlations_among_sources_are_those_of_the_law() -> None:
    """Every entry of an LKJ matrix of t tasks is 2 Beta(a, a) - 1, a = shape - 1 + t / 2.

    A sound law is refused with a probability of ``FALSE_ALARM``."""
    W = loadings(3, 4000, None, "free")
    R = W @ W.transpose(0, 2, 1)
    a = 1.5 - 1 + 3 / 2
    for i, j in ((0, 1), (0, 2), (1, 2)):
        assert (
            stats.kstest(R[:, i, j], stats.beta(a, a, loc=-1, scale=2).cdf).pvalue > FALSE_ALARM / 3
        )


def test_only_positive_correlations_where_that_is_asked() -> None:
    rho, log_prior = grid_of("even", "positive")
    assert rho == tuple(r for r in CORRELATIONS if r > 0)
    assert np.exp(log_prior).sum() == pytest.approx(1)
    chosen = SPEC.model_copy(update={"signs": "positive"})
    transfer_model = transfer_models("correlated", context(3, chosen), chosen)[0]
    assert float(transfer_model.correlation.min()) >= 0
    single = transfer_models("correlated", context(3, chosen, THREE[1:2]), chosen)[0]
    assert float(single.correlation.min()) > 0


def test_of_one_source_it_is_the_coregionalised_process() -> None:
    """Nothing is drawn but the settings that explain it."""
    found = context(4, SPEC, THREE[:1])
    together, (learnt,) = found.warm.multitask, found.warm.sources
    assert together.toward.shape == (KEPT, 1)
    torch.testing.assert_close(together.root, learnt.root[together.which])
    torch.testing.assert_close(together.toward, torch.ones(KEPT, 1).double())


def told_by(n: int, *sources: SourceData) -> Fitted:
    X = spread(n + 60, 2)[None, 60:]
    tensors = (torch.from_numpy(v) for v in (X, surface(X[0])[None], np.ones((1, n))))
    return fit(Observations.plain(*tensors), SPEC, [generator(0)], sources)


def test_each_source_is_read_for_what_it_is() -> None:
    many = tuple(source_of(k, 30, i) for i, k in enumerate(("alike", "inverted", "shuffled")))
    knowledge = told_by(16, *many).knowledge
    assert knowledge is not None
    mean = (knowledge.weights[0] * knowledge.correlations).sum(-1) / knowledge.helps[0]
    assert float(mean[0]) > 0.4
    assert float(mean[1]) < -0.4
    assert float(knowledge.helps[0].sum()) == pytest.approx(1)
    assert int(knowledge.helps[0].argmin()) == 2


def test_halves_of_a_source_tell_as_much_as_the_whole() -> None:
    """Joined in one process, two halves are put together again; by itself each tells less: over
    four ways to halve it."""
    whole, G = source_of("alike", 40, 5), spread(200, 2)
    error: dict[str, list[float]] = {"whole": [], "halves": [], "half": []}
    for prime in (5, 7, 11, 13):
        rows = np.split(np.argsort(scatter(40, prime)), 2)
        halves = [SourceData(whole.X[i], whole.y[i], whole.counts[i]) for i in rows]
        for name, sources in (("whole", [whole]), ("halves", halves), ("half", halves[:1])):
            gp = told_by(6, *sources).gp
            mean = gp.predict(torch.from_numpy(G).expand(len(gp.alpha), -1, -1))[0].mean(0).numpy()
            error[name].append(float(np.sqrt(np.mean((mean - surface(G)) ** 2))))
    whole_off, halves_off, half_off = map(np.mean, error.values())
    assert halves_off < 0.7 * half_off
    assert halves_off < 2 * whole_off


@pytest.mark.parametrize("measured", [0, 1, 2])
def test_few_target_points(measured: int) -> None:
    axis = np.linspace(0, 1, 6)
    pool = Design(np.array([(a, b) for a in axis for b in axis]), ("a", "b"))
    at = np.array([[20, 3][:measured]], dtype=np.int64).reshape(1, -1)
    taken = np.zeros((1, 36), dtype=bool)
    taken[0, at[0]] = True
    y = surface(pool.X)
    alike = tuple(source_of("alike", 25, seed) for seed in (1, 2, 4))
    problem = Problems(
        pool, pool.X[at], y[at], np.ones(at.shape), taken, np.empty((1, 0), dtype=np.int64),
        sources=alike,
    )  # fmt: skip
    for name in ("transfer", "standard"):
        found = engine.propose(Joint.of(problem), STRATEGIES[name], 1, [generator(0)])
        assert found.by_model
        assert np.isfinite(found.mean).all()
        if not measured:
            assert y[found.picks[0, 0]] > np.quantile(y, 0.9)


def test_processes_that_see_the_sources_alike_are_worked_out_once() -> None:
    """On points that all share, the rows are those of each process by itself."""
    found = context(5)
    for way in ("correlated", "pooled"):
        transfer_model = transfer_models(way, found, SPEC)[0]
        size = transfer_model.log_weight.shape[-1]
        at = torch.tensor([0, 3, size // 2, size // 2 + 1, size - 1, 0])
        model_average = ModelAverage(
            found, (transfer_model,), transfer_model.log_weight, transfer_model.log_weight
        )
        source = model_average.condition(torch.zeros_like(at), at).source
        assert source is not None
        first, kinds, _times = source._alike()
        assert len(first) < len(at)
        assert kinds[0] == kinds[-1]
        points = torch.from_numpy(generator(0).random((50, 2)))
        every = source.rows(points.expand(len(at), -1, -1))
        for i in range(len(at)):
            one = source.take(torch.tensor([i])).rows(points[None])[0]
            torch.testing.assert_close(every[i], one, rtol=1e-9, atol=1e-12)
