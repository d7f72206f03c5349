"""Limits and stated sds: the same numbers as by integration, and honest intervals."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats

from tansaku.bo.kernels import KERNELS, squared_distance
from tansaku.bo.surrogates import Limits, Noise, Observations, censored, fit, quadrature
from tansaku.bo.surrogates import hyperparameter_samples as hs
from tansaku.bo.surrogates.censored import with_limits
from tansaku.bo.surrogates.gp import standardise
from tansaku.bo.surrogates.mixture import Fitted, Mixture
from tansaku.bo.surrogates.quadrature import Grid
from tansaku.design import Floats
from tansaku.strategy import ROBUST
from tests.bo.conftest import conditioned
from tests.seeds import allowed, generator, scatter, spread

NOISE, PARTS = ("counts", "known", "runs"), ("X", "bound", "side")
TWO_SIDED_90 = 1.6448536269514722


def tensor(values: Floats) -> torch.Tensor:
    """One problem."""
    return torch.from_numpy(np.asarray(values, dtype=np.float64))[None]


def told_of(
    X: Floats,
    y: Floats,
    known: Floats | None = None,
    at: Floats | None = None,
    bound: Floats | None = None,
    side: Floats | None = None,
) -> Observations:
    """One problem, with stated variances and with limits at some points."""
    plain = Observations.plain(tensor(X), tensor(y))
    if known is not None:
        plain = replace(plain, noise=Noise.of(plain.noise.counts, tensor(known)))
    if at is None or bound is None or side is None:
        return plain
    return replace(plain, limits=Limits(tensor(at), tensor(bound), tensor(side)))


def learned(told: Observations, components: int = 16) -> Fitted:
    return fit(told, ROBUST.model_copy(update={"components": components}), [generator(0)])


def grid_of(told: Observations) -> Grid:
    samples = hs.samples_for(2)
    data = standardise(told.X, told.y, told.noise)
    return Grid.of(data, hs.kernel_of(ROBUST, samples), samples)


def at(fitted: Fitted, points: Floats) -> tuple[Floats, Floats]:
    """Mean and sd over the components."""
    many = torch.from_numpy(points).expand(fitted.components, -1, -1)
    mean, variance = (v.numpy() for v in fitted.gp.predict(many))
    return mean.mean(0), np.sqrt(variance.mean(0) + mean.var(0))


def some(n: int, seed: int = 1) -> tuple[Floats, Floats]:
    """One of the same few data sets always: what expectation propagation leaves of an integral
    depends on the data, not on chance."""
    X = spread(n + 12 * seed, 2)[12 * seed :]
    return X, np.sin(5 * X[:, 0]) + X[:, 1] + 0.1 * scatter(n + 12 * seed)[12 * seed :]


MANY = 4096
"""Components of two fits that are compared: of 64 the averages differ by some 10 % now and then,
of so many by an eighth of that."""


def test_without_limits_it_is_the_closed_form() -> None:
    """Evidence of every sample, and of the inputs telling nothing, against the closed form."""
    X, y = some(12)
    grid = grid_of(told_of(X, y))
    root = hs.unit_factors(grid.data, grid.kernel, grid.samples)[0]
    ones, values = root.sum(-1), root @ grid.data.z[0]
    precision = ones.square().sum(-1)
    residual = values.square().sum(-1) - (ones * values).sum(-1).square() / precision
    half_log_det = -root.diagonal(dim1=-2, dim2=-1).log().sum(-1)
    closed = hs.weigh(grid.samples, half_log_det, precision, residual, 12)[0]
    expected = torch.cat([closed, hs.log_weight_of_null(grid.data.z)])
    torch.testing.assert_close(grid.closed()[0][0, 0], expected)
    shift = torch.logsumexp(grid.on_nodes(*grid.closed())[0][0, 0], -1) - expected
    assert float(shift.max() - shift.min()) < 1e-3  # constants that no comparison sees
    points = generator(5).random((20, 2))
    plain = at(learned(told_of(X, y), MANY), points)
    loose = told_of(X, y, known=np.full(12, 1e-12))  # the signal variance on nodes
    for ours, theirs in zip(at(learned(loose, MANY), points), plain, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0.08, atol=1e-9)


def simulated(seed: int) -> tuple[Floats, Floats, np.random.Generator]:
    """24 points and a smooth function there, with a length scale of its own."""
    rng = generator([seed, 7])
    X = rng.random((24, 2))
    scale = math.exp(rng.uniform(math.log(0.25), 0.0))
    K = np.exp(-0.5 * ((X[:, None] - X) ** 2).sum(-1) / scale**2)
    return X, np.linalg.cholesky(K + 1e-9 * np.eye(24)) @ rng.standard_normal(24), rng


def stacked(told: list[Observations]) -> Observations:
    """Problems of one size as a batch."""
    return Observations(
        torch.cat([t.X for t in told]),
        torch.cat([t.y for t in told]),
        Noise(
            *(torch.cat([getattr(t.noise, k) for t in told]) for k in ("counts", "known", "runs"))
        ),
        Limits(*(torch.cat([getattr(t.limits, k) for t in told]) for k in ("X", "bound", "side"))),
    )


@pytest.mark.parametrize("kind", ["limits", "stated"])
def test_intervals_hold_what_they_say(kind: str) -> None:
    """90 % intervals of the function on 200 simulated data sets of 12 hold what they say to 3 %:
    limits on the poorest 3, and noise that differs up to 50-fold and is stated."""
    f, told = [], []
    for seed in range(200):
        points, function, rng = simulated(seed)
        sd = np.full(12, 0.1)
        if kind == "stated":
            sd = np.exp(rng.uniform(math.log(0.02), 0.0, 12))
        values = function[:12] + sd * rng.standard_normal(12)
        kept, low = np.arange(12), np.empty(0, dtype=int)
        if kind == "limits":
            order = np.argsort(values)
            kept, low = order[3:], order[:3]
        bound = np.full(len(low), values[kept].min())
        known = sd**2 if kind == "stated" else None
        told.append(
            told_of(points[kept], values[kept], known, points[low], bound, -np.ones(len(low)))
        )
        f.append((points[12:], function[12:]))
    spec = ROBUST.model_copy(update={"components": 16})
    gp = fit(stacked(told), spec, [generator(i) for i in range(200)]).gp
    points = torch.from_numpy(np.stack([p for p, _f in f])).repeat_interleave(16, 0)
    mean, variance = (v.view(200, 16, 12).numpy() for v in gp.predict(points))
    sd = np.sqrt(variance.mean(1) + mean.var(1))
    off = np.abs(np.stack([values for _p, values in f]) - mean.mean(1))
    inside = (off < TWO_SIDED_90 * sd).mean(1)
    assert abs(inside.mean() - 0.9) < 0.03 + allowed(inside)


def test_a_limit_is_not_its_value() -> None:
    """A limit far above what is expected anyhow says nothing; one far below pulls to it."""
    X, y = some(10)
    point = np.array([[0.5, 0.5]])
    plain = at(learned(told_of(X, y)), point)[0][0]
    loose = learned(told_of(X, y, at=point, bound=np.array([50.0]), side=-np.ones(1)))
    assert at(loose, point)[0][0] == pytest.approx(plain, abs=0.02)
    tight = learned(told_of(X, y, at=point, bound=np.array([plain - 1]), side=-np.ones(1)))
    assert at(tight, point)[0][0] < plain - 0.3


@pytest.mark.parametrize("numbers", [censored.NUMBERS, 1])
def test_problems_of_a_batch_do_not_depend_on_their_company(
    numbers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Worked on at once, or one after the other."""
    monkeypatch.setattr(censored, "NUMBERS", numbers)
    monkeypatch.setattr(quadrature, "NUMBERS", numbers)
    parts = []
    for seed in range(3):
        X, y = some(8, seed)
        parts.append(told_of(X, y, np.full(8, 0.01), X[:2] + 0.01, y[:2], -np.ones(2)))
    together = fit(stacked(parts), ROBUST, [generator(i) for i in range(3)]).gp
    for i, each in enumerate(parts):
        alone = fit(each, ROBUST, [generator(i)]).gp
        mine = slice(ROBUST.components * i, ROBUST.components * (i + 1))
        torch.testing.assert_close(together.alpha[mine], alone.alpha, rtol=1e-8, atol=1e-8)


def test_limits_are_met_by_every_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """They pull, and the processes have the covariance of values and sites."""
    monkeypatch.setattr(
        censored, "CONTRADICTION", 1e-300
    )  # these contradict, and are met all the same
    X, y = some(12)
    point = np.array([[0.5, 0.5], [0.9, 0.1]])
    for name in ("map", "lecture"):
        spec = ROBUST.model_copy(update={"fit": name, "kernel": "rbf", "restarts": 2})
        told = told_of(X, y, at=point, bound=np.array([0.0, 0.0]), side=-np.ones(2))
        found, plain = (fit(each, spec, [generator(0)]) for each in (told, told_of(X, y)))
        assert found.fit == name
        before, after = at(plain, point), at(found, point)
        assert after[0][0] < before[0][0] - 0.2
        assert (after[1] <= before[1] + 1e-9).all()
        h, data = found.gp.hyperparameters, found.gp.data
        K = found.gp.kernel.value(squared_distance(data.X, data.X, h.length_scales))
        K = h.signal.view(-1, 1, 1) * K + data.noise.covariance(h, found.gp.nugget)
        identity = found.gp.root @ K @ found.gp.root.mT
        torch.testing.assert_close(identity[0], torch.eye(14).double(), rtol=1e-6, atol=1e-6)


def test_limits_met_afterwards_by_integration() -> None:
    """Values far from 0 and in a unit of their own; two limits, by a 2-d Gauss-Hermite rule at
    given hyperparameters."""
    X, y = some(10)
    y = 100 + 7 * y
    points, side = np.array([[0.5, 0.5], [0.9, 0.1]]), np.array([-1.0, 1.0])
    gp = conditioned(X, y, kernel=KERNELS["rbf"], scales=[0.4, 0.6], signal=1.5, noise=0.2)
    many = torch.from_numpy(points)[None]
    (mean,), (K,) = gp.predict(many)[0].numpy(), gp.covariance(many).numpy()
    noise = math.sqrt(float(gp.noise_variance[0]))
    bound = mean + np.array([-0.5, 1.0]) * np.sqrt(np.diag(K) + noise**2)
    told = Limits(tensor(points), tensor(bound), tensor(side))
    mixture, _likely = with_limits(Mixture.of_one(gp, gp, "map", {}), told, [generator(0)])
    found = mixture.fitted([generator(0)])
    nodes, weights = np.polynomial.hermite.hermgauss(60)
    rule = np.stack(np.meshgrid(nodes, nodes, indexing="ij"), -1).reshape(-1, 2) * math.sqrt(2)
    f = mean + rule @ np.linalg.cholesky(K + 1e-12 * np.eye(2)).T
    p = np.outer(weights, weights).ravel() * stats.norm.cdf(side * (f - bound) / noise).prod(1)
    expected = p @ f / p.sum()
    sd = np.sqrt(p @ (f - expected) ** 2 / p.sum())
    ours = at(found, points)
    np.testing.assert_allclose(ours[0], expected, atol=0.02 * sd.min())
    np.testing.assert_allclose(ours[1], sd, rtol=0.02)
    assert (np.abs(expected - mean) > 0.1 * sd).all()


def test_a_limit_that_contradicts_all_values_is_set_aside() -> None:
    """Far below smooth values it changes nothing; one that they bear out is not set aside."""
    X = np.linspace(0, 1, 15)[:, None]
    y = 0.6 * np.sin(3 * X[:, 0])
    kept = np.arange(15) != 7
    point = X[7:8]
    wrong = told_of(X[kept], y[kept], at=point, bound=np.array([-5.0]), side=-np.ones(1))
    right = told_of(X[kept], y[kept], at=point, bound=np.array([0.7]), side=-np.ones(1))
    found = learned(wrong)
    mean, _sd = at(found, X)
    assert found.likely is not None
    assert float(found.likely[0, 0]) < math.log(censored.CONTRADICTION)
    np.testing.assert_allclose(mean, y, atol=0.05)
    borne = learned(right).likely
    assert borne is not None
    assert float(borne[0, 0]) > math.log(0.5)
