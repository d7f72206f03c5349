"""Limits and stated sds in the bank: the same numbers as by integration, and honest intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from tansaku.bo.kernels import KERNELS, squared_distance
from tansaku.bo.surrogates import bank, fit, limits
from tansaku.bo.surrogates.fitting import Fitted, Unequal
from tansaku.bo.surrogates.gp import standardise
from tansaku.bo.surrogates.limits import NODES, _sites, _weigh, fit_unequal, meet
from tansaku.design import Floats
from tansaku.strategy import ROBUST
from tests.bo.conftest import conditioned
from tests.seeds import allowed, generator, scatter, spread

PARTS = ("X", "bound", "side")
TWO_SIDED_90 = 1.6448536269514722


def tensor(values: Floats) -> torch.Tensor:
    """One problem."""
    return torch.from_numpy(np.asarray(values, dtype=np.float64))[None]


def unequal(
    d: int = 2,
    known: Floats | None = None,
    X: Floats | None = None,
    bound: Floats | None = None,
    side: Floats | None = None,
) -> Unequal:
    """What one problem's values are known to be besides."""
    return Unequal(
        None if known is None else tensor(known),
        tensor(np.empty((0, d)) if X is None else X),
        tensor(np.empty(0) if bound is None else bound),
        tensor(np.empty(0) if side is None else side),
    )


def learned(X: Floats, y: Floats, told: Unequal, components: int = 16) -> Fitted:
    spec = ROBUST.model_copy(update={"components": components})
    ones = torch.ones(1, len(y), dtype=torch.float64)
    return fit(tensor(X), tensor(y), ones, spec, [generator(0)], unequal=told)


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


def test_without_limits_it_is_the_bank() -> None:
    """Evidence of every setting, and of the inputs telling nothing, against the closed form."""
    X, y = some(12)
    settings = bank.settings_for(2)
    kernel = bank.kernel_of(ROBUST, settings)
    data = standardise(tensor(X), tensor(y), torch.ones(1, 12, dtype=torch.float64))
    closed = bank.gather(data, kernel, settings, None, None).log_weights(settings)[0][0]
    scatter = bank.log_weight_of_scatter(data.z)
    expected = torch.cat([closed, scatter])
    found = torch.logsumexp(_weigh(data, kernel, settings).log_weight.view(-1, NODES), -1)
    shift = found - expected  # constants that no comparison sees
    assert float(shift.max() - shift.min()) < 1e-3
    plain = fit(
        tensor(X), tensor(y), torch.ones(1, 12, dtype=torch.float64),
        ROBUST.model_copy(update={"components": MANY}), [generator(0)],
    )  # fmt: skip
    points = generator(5).random((20, 2))
    for ours, theirs in zip(
        at(learned(X, y, unequal(), MANY), points), at(plain, points), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=0.08, atol=1e-9)  # signal variance on nodes


def joint(which: int, X: Floats, n: int) -> tuple[Floats, float]:
    """Correlation of all points under a setting, and its noise over signal variance."""
    settings = bank.settings_for(2)
    kernel = bank.kernel_of(ROBUST, settings).take(torch.tensor([which]))
    scaled = torch.from_numpy(X) / settings.length_scales[which]
    return kernel.value(torch.cdist(scaled, scaled).square()[None])[0].numpy(), float(
        settings.noise[which]
    )


@pytest.mark.parametrize("stated", [False, True])
def test_evidence_and_moments_by_integration(stated: bool) -> None:
    """Four values, perhaps with stated sds, and two limits: signal variance on a fine grid, the
    limited values by a 2-d Gauss-Hermite rule, the mean flat."""
    X, y = some(6, seed=3)
    z = (y[:4] - y[:4].mean()) / y[:4].std(ddof=1)
    known = np.array([0.3, 0.01, 0.5, 0.1]) if stated else np.zeros(4)
    bound, side = np.array([-0.4, 0.9]), np.array([-1.0, 1.0])
    told = unequal(known=known if stated else None, X=X[4:], bound=bound, side=side)
    settings = bank.settings_for(2)
    kernel = bank.kernel_of(ROBUST, settings)
    ones = torch.ones(1, 4, dtype=torch.float64)
    data = standardise(tensor(X[:4]), tensor(z), ones, known=told.known)
    known_by = _weigh(data, kernel, settings)
    sites = _sites(
        known_by, data, told, kernel, settings, torch.zeros_like(told.bound, dtype=torch.bool)
    )
    log_weight = known_by.log_weight + sites.log_evidence

    nodes, weights = np.polynomial.hermite.hermgauss(60)
    rule = np.stack(np.meshgrid(nodes, nodes, indexing="ij"), -1).reshape(-1, 2) * math.sqrt(2)
    share = np.outer(weights, weights).ravel() / math.pi
    law = stats.invgamma(bank.SIGNAL_SHAPE, scale=bank.SIGNAL_RATE)
    log_s = np.linspace(-3.5, 7, 120)

    def by_integration(which: int) -> tuple[float, Floats]:
        correlation, ratio = joint(which, X, 4)
        density, means = np.empty(len(log_s)), np.empty((len(log_s), 2))
        for i, s in enumerate(np.exp(log_s)):
            K = s * correlation + 1e6 * s  # the flat mean, as a very wide one
            C = K[:4, :4] + np.diag(s * ratio + known)
            gain = np.linalg.solve(C, K[:4, 4:]).T
            left = K[4:, 4:] - gain @ K[:4, 4:]
            f = gain @ z + rule @ np.linalg.cholesky(left).T
            p = share * stats.norm.cdf(side * (f - bound) / math.sqrt(s * ratio)).prod(1)
            turned = np.diag(side)
            inside = stats.multivariate_normal(
                np.zeros(2), turned @ (left + s * ratio * np.eye(2)) @ turned
            ).cdf(side * (gain @ z - bound))
            own = stats.multivariate_normal(np.zeros(4), C).pdf(z) * math.sqrt(s)
            density[i] = inside * own * law.pdf(s) * s
            means[i] = p @ f / max(p.sum(), 1e-300)
        total = integrate.trapezoid(density, log_s)
        moment = integrate.trapezoid(density[:, None] * means, log_s, axis=0) / total
        return float(np.log(total)), moment

    found = {}
    for which in (8, 30, 41):
        mine = known_by.which == which
        evidence = float(torch.logsumexp(log_weight[mine], -1) - settings.log_prior[which])
        share_of = torch.softmax(log_weight[mine], -1).unsqueeze(-1)
        expected, moment = by_integration(which)
        np.testing.assert_allclose((share_of * sites.mean[mine]).sum(0), moment, atol=0.03)
        found[which] = evidence - expected
    assert max(found.values()) - min(found.values()) < 0.03


@pytest.mark.parametrize("stated", [False, True])
def test_limits_where_the_inputs_tell_nothing_by_integration(stated: bool) -> None:
    """Probability of two limits given four values, all scattered about one mean alike: mean (flat)
    and variance on a fine grid. A limited value holds no noise beside that scatter."""
    X, y = some(6, seed=3)
    z = (y[:4] - y[:4].mean()) / y[:4].std(ddof=1)
    known = np.array([0.3, 0.01, 0.5, 0.1]) if stated else np.zeros(4)
    bound, side = np.array([-0.4, 0.9]), np.array([-1.0, 1.0])
    told = unequal(known=known if stated else None, X=X[4:], bound=bound, side=side)
    settings = bank.settings_for(2)
    kernel = bank.kernel_of(ROBUST, settings)
    data = standardise(
        tensor(X[:4]), tensor(z), torch.ones(1, 4, dtype=torch.float64), known=told.known
    )
    values = _weigh(data, kernel, settings)
    mine = values.which == len(settings.noise)
    both = (
        values.log_weight
        + _sites(
            values, data, told, kernel, settings, torch.zeros_like(told.bound, dtype=torch.bool)
        ).log_evidence
    )
    found = torch.logsumexp(both[mine], 0) - torch.logsumexp(values.log_weight[mine], 0)
    m, log_s = np.linspace(-8, 8, 641)[:, None], np.linspace(-4, 6, 401)
    s = np.exp(log_s)
    density = stats.invgamma(bank.SIGNAL_SHAPE, scale=bank.SIGNAL_RATE).pdf(s) * s
    for value, variance in zip(z, known, strict=True):
        density = density * stats.norm.pdf(value, m, np.sqrt(s + variance))
    limited = density.copy()
    for b, up in zip(bound, side, strict=True):
        limited = limited * stats.norm.cdf(up * (m - b) / np.sqrt(s))
    assert float(found) == pytest.approx(math.log(limited.sum() / density.sum()), abs=0.04)


def simulated(seed: int) -> tuple[Floats, Floats, np.random.Generator]:
    """24 points and a smooth function there, with a length scale of its own."""
    rng = generator([seed, 7])
    X = rng.random((24, 2))
    scale = math.exp(rng.uniform(math.log(0.25), 0.0))
    K = np.exp(-0.5 * ((X[:, None] - X) ** 2).sum(-1) / scale**2)
    return X, np.linalg.cholesky(K + 1e-9 * np.eye(24)) @ rng.standard_normal(24), rng


@pytest.mark.parametrize("kind", ["limits", "stated"])
def test_intervals_hold_what_they_say(kind: str) -> None:
    """90 % intervals of the function on 200 simulated data sets of 12 hold what they say to 3 %:
    limits on the poorest 3, and noise that differs up to 50-fold and is stated."""
    X, y, f, told = [], [], [], []
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
        told.append(unequal(known=known, X=points[low], bound=bound, side=-np.ones(len(low))))
        X.append(points[kept])
        y.append(values[kept])
        f.append((points[12:], function[12:]))
    known = torch.cat([t.known for t in told]) if kind == "stated" else None
    every = Unequal(known, *(torch.cat([getattr(t, n) for t in told]) for n in PARTS))
    spec = ROBUST.model_copy(update={"components": 16})
    ones = torch.ones(200, len(y[0]), dtype=torch.float64)
    rngs = [generator(i) for i in range(200)]
    tensors = torch.from_numpy(np.stack(X)), torch.from_numpy(np.stack(y))
    gp = fit(*tensors, ones, spec, rngs, unequal=every).gp
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
    plain = at(learned(X, y, unequal()), point)[0][0]
    loose = learned(X, y, unequal(X=point, bound=np.array([50.0]), side=-np.ones(1)))
    assert at(loose, point)[0][0] == pytest.approx(plain, abs=0.02)
    tight = learned(X, y, unequal(X=point, bound=np.array([plain - 1]), side=-np.ones(1)))
    assert at(tight, point)[0][0] < plain - 0.3


@pytest.mark.parametrize("numbers", [limits.NUMBERS, 1])
def test_problems_of_a_batch_do_not_depend_on_their_company(
    numbers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Worked on at once, or one after the other."""
    monkeypatch.setattr(limits, "NUMBERS", numbers)
    parts = []
    for seed in range(3):
        X, y = some(8, seed)
        told = unequal(X=X[:2] + 0.01, bound=y[:2], side=-np.ones(2), known=np.full(8, 0.01))
        parts.append((tensor(X), tensor(y), told))
    X, y = (torch.cat([p[i] for p in parts]) for i in range(2))
    told = Unequal(*(torch.cat([getattr(p[2], name) for p in parts]) for name in ("known", *PARTS)))
    ones = torch.ones(3, 8, dtype=torch.float64)
    rngs = [generator(i) for i in range(3)]
    together = fit_unequal(X, y, ones, ROBUST, rngs, told).gp
    for i, (X1, y1, told1) in enumerate(parts):
        alone = fit_unequal(X1, y1, ones[:1], ROBUST, [generator(i)], told1).gp
        mine = slice(ROBUST.components * i, ROBUST.components * (i + 1))
        torch.testing.assert_close(together.alpha[mine], alone.alpha, rtol=1e-8, atol=1e-8)


def test_limits_met_afterwards_are_met_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Meeting limits after a fit gives what conditioning on the sites does, and pulls as far."""
    monkeypatch.setattr(
        limits, "CONTRADICTION", 1e-300
    )  # these contradict, and are met all the same
    X, y = some(12)
    point = np.array([[0.5, 0.5], [0.9, 0.1]])
    told = unequal(X=point, bound=np.array([0.0, 0.0]), side=-np.ones(2))
    for name in ("map", "lecture"):
        spec = ROBUST.model_copy(update={"fit": name, "kernel": "rbf", "restarts": 2})
        ones = torch.ones(1, 12, dtype=torch.float64)
        found = fit(tensor(X), tensor(y), ones, spec, [generator(0)], unequal=told)
        plain = fit(tensor(X), tensor(y), ones, spec, [generator(0)])
        assert found.fit == name
        before, after = at(plain, point), at(found, point)
        assert after[0][0] < before[0][0] - 0.2
        again = meet(plain, told, constant_mean=True)
        assert (at(again, point)[1] <= before[1] + 1e-9).all()
        h, data = found.gp.hyperparameters, found.gp.data
        K = found.gp.kernel.value(squared_distance(data.X, data.X, h.length_scales))
        K = h.signal.view(-1, 1, 1) * K + torch.diag_embed(data.noise(h.noise) + found.gp.nugget)
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
    told = unequal(X=points, bound=bound, side=side)
    found = meet(Fitted(gp, gp, gp, None, "map"), told, constant_mean=False)
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
    wrong = unequal(d=1, X=X[7:8], bound=np.array([-5.0]), side=-np.ones(1))
    right = unequal(d=1, X=X[7:8], bound=np.array([0.7]), side=-np.ones(1))
    found = learned(X[kept], y[kept], wrong)
    mean, _sd = at(found, X)
    assert found.likely is not None
    assert float(found.likely[0, 0]) < math.log(limits.CONTRADICTION)
    np.testing.assert_allclose(mean, y, atol=0.05)
    borne = learned(X[kept], y[kept], right).likely
    assert borne is not None
    assert float(borne[0, 0]) > math.log(0.5)
