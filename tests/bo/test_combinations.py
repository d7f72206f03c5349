"""What is known of values, all of it together: replicates, stated sds, runs, phases and limits;
combinations against numerical integration and against dense algebra."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import integrate, stats
from scipy.linalg import cho_factor, cho_solve
from sklearn.gaussian_process.kernels import RBF, Matern

from tansaku.bo import engine, feasibility
from tansaku.bo.surrogates import Limits, Noise, Observations, fit, run_blocks
from tansaku.bo.surrogates import hyperparameter_samples as hs
from tansaku.bo.surrogates.censored import sites_of
from tansaku.bo.surrogates.gp import standardise
from tansaku.bo.surrogates.quadrature import NODES, Grid
from tansaku.design import Design, Floats, Joint, Phases, Problems, SourceData, Tried
from tansaku.strategy import ROBUST, STRATEGIES
from tests.bo.conftest import fitted_of
from tests.seeds import generator, scatter, spread

EVERY = ("counts", "known", "runs", "labels")
TOGETHER = [
    ("limits",),
    ("limits", "known"),
    ("limits", "runs"),
    ("limits", "labels"),
    ("limits", *EVERY),
    ("runs", "labels"),
    ("runs", "known"),
    ("labels", "known"),
    ("counts", "known"),
    EVERY,
]
COUNTS, KNOWN = np.array([1.0, 3, 2, 1, 4, 1]), np.array([0.3, 0.01, 0.5, 0.1, 0.0, 0.2])
RUNS, LABELS = np.array([0, 0, 1, 1, -1, 2]), np.array([0, 1, 1, 0, 0, 1, 1, 0])
BOUND, SIDE = np.array([-0.4, 0.9]), np.array([-1.0, 1.0])
"""Of six values and two limits."""


@pytest.fixture(autouse=True)
def few_runs_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_blocks, "enough_runs", lambda _X, runs: bool((runs >= 0).any()))


def told(known: Sequence[str]) -> tuple[Observations, Floats]:
    """(six standardised values of one problem with what is known of them, all points)."""
    X = spread(8, 2)
    if "labels" in known:
        X = np.concatenate([X, np.eye(2)[LABELS] / math.sqrt(2)], 1)
    y = np.sin(5 * X[:6, 0]) + X[:6, 1] + 0.1 * scatter(6)
    z = (y - y.mean()) / y.std(ddof=1)
    noise = Noise.of(
        *(
            torch.from_numpy(v if name in known else plain)[None]
            for name, v, plain in (
                ("counts", COUNTS, np.ones(6)),
                ("known", KNOWN, np.zeros(6)),
                ("runs", RUNS, np.full(6, -1)),
            )
        )
    )
    plain = Observations.plain(*(torch.from_numpy(v)[None] for v in (X[:6], z)))
    found = replace(plain, noise=noise, labels=2 if "labels" in known else 0)
    if "limits" in known:
        limits = Limits(*(torch.from_numpy(v)[None] for v in (X[6:], BOUND, SIDE)))
        found = replace(found, limits=limits)
    return found, X


def correlation(X: Floats, which: int, labels: int) -> Floats:
    """By scikit-learn."""
    scales = hs.samples_for(X.shape[1], labels).length_scales[which].numpy()
    kernel = RBF(scales) if which % 2 else Matern(scales, nu=2.5)
    return np.asarray(kernel(X))


def errors(known: Sequence[str], s: float, noise: float, ratio: float) -> Floats:
    """Covariance of the errors of six values."""
    counts = COUNTS if "counts" in known else np.ones(6)
    K = np.diag(s * noise / counts + (KNOWN if "known" in known else 0.0))
    runs = np.where(RUNS < 0, 10, RUNS)
    return K + s * ratio * (runs[:, None] == runs) if "runs" in known else K


LOG_S = np.linspace(-4, 7, 90)
LAW = stats.invgamma(hs.SIGNAL_SHAPE, scale=hs.SIGNAL_RATE)


def by_integration(known: Sequence[str], which: int, ratio: float) -> float:
    """ln evidence of values and limits under a sample and a ratio of the run effect: the signal
    variance on a fine grid, the mean flat, limits by the normal law of two values."""
    observed, X = told(known)
    noise = float(hs.samples_for(X.shape[1], observed.labels).noise[which])
    C, z = correlation(X, which, observed.labels), observed.y[0].numpy()
    return _over_signal(known, z, lambda s: s * C, noise, ratio)


def nothing_more(known: Sequence[str], ratio: float) -> float:
    """The same where the inputs tell nothing: a limited value holds no noise beside the scatter."""
    z = told(known)[0].y[0].numpy()
    plain = [name for name in known if name != "counts"]
    return _over_signal(plain, z, lambda _s: np.zeros((8, 8)), 1.0, ratio)


def _over_signal(known, z, prior, noise, ratio):  # type: ignore[no-untyped-def]
    density = np.empty(len(LOG_S))
    for i, s in enumerate(np.exp(LOG_S)):
        K = prior(s) + 1e5 * s  # the flat mean, as a very wide one
        own, inside = K[:6, :6] + errors(known, s, noise, ratio), 1.0
        value = stats.multivariate_normal(np.zeros(6), own).logpdf(z) + 0.5 * math.log(s)
        if "limits" in known:
            gain = np.linalg.solve(own, K[:6, 6:]).T
            left = K[6:, 6:] - gain @ K[:6, 6:] + s * (noise + ratio) * np.eye(2)
            turned = np.diag(SIDE)
            law = stats.multivariate_normal(np.zeros(2), turned @ left @ turned)
            inside = law.cdf(SIDE * (gain @ z - BOUND))
        density[i] = inside * math.exp(value) * LAW.pdf(s) * s
    return math.log(integrate.trapezoid(density, LOG_S))


@pytest.mark.parametrize("known", TOGETHER, ids="+".join)
def test_evidence_by_integration(known: tuple[str, ...]) -> None:
    """Of samples, ratios and the null model: their differences to 4 %, without limits to 1.5 %."""
    observed, X = told(known)
    samples = hs.samples_for(X.shape[1], observed.labels)
    data = standardise(observed.X, observed.y, observed.noise)
    grid = Grid.of(data, hs.kernel_of(ROBUST, samples), samples, observed.labels)
    log_weight, signal = grid.on_nodes(*grid.closed())
    runs = (0, 6, 9) if "runs" in known else (0,)
    assert len(grid.ratios) == (14 if "runs" in known else 1)
    off = []
    for r in runs:
        for which in (8, 30, 41, 64):
            weight = log_weight[0, r, which] - grid.log_prior[0, r, which]
            if "limits" in known:
                each = torch.full((NODES,), which), signal[0, r, which]
                at = torch.zeros(NODES, dtype=torch.int64)
                gp = grid.condition(at, at + r, *each)
                limits = observed.limits.take(at)
                aside = torch.zeros_like(limits.bound, dtype=torch.bool)
                weight = weight + sites_of(gp, limits)(aside).log_evidence
            ratio = float(grid.ratios[r])
            expected = (
                nothing_more(known, ratio) if which == 64 else by_integration(known, which, ratio)
            )
            off.append(float(torch.logsumexp(weight, -1)) - expected)
    assert max(off) - min(off) < (0.04 if "limits" in known else 0.015)


@pytest.mark.parametrize("known", [k for k in TOGETHER if "limits" not in k], ids="+".join)
def test_a_process_is_that_of_dense_algebra(known: tuple[str, ...]) -> None:
    """Mean and variance of the surface, and the mean at the data, with scikit-learn's kernels."""
    observed, X = told(known)
    spec = ROBUST.model_copy(update={"components": 6})
    found = fit(observed, spec, [generator(1)])
    mean, variance = found.gp.predict(torch.from_numpy(X).expand(6, -1, -1))
    h, z = found.gp.hyperparameters, observed.y[0].numpy()
    samples = hs.samples_for(X.shape[1], observed.labels)
    for k in range(6):
        which = int((samples.length_scales - h.length_scales[k]).abs().sum(-1).argmin())
        s, noise = float(h.signal[k]), float(h.noise[k] / h.signal[k])
        ratio = 0.0 if h.between is None else float(h.between[k]) / s
        C = s * correlation(X, which, observed.labels)
        factor, one = cho_factor(C[:6, :6] + errors(known, s, noise, ratio)), np.ones(6)
        level = one @ cho_solve(factor, z) / (one @ cho_solve(factor, one))
        expected = level + C[:, :6] @ cho_solve(factor, z - level)
        assert mean[k].numpy() == pytest.approx(expected)
        assert found.gp.mean_at_data()[k].numpy() == pytest.approx(expected[:6])
        rest = s - np.einsum("ij,ji->i", C[:, :6], cho_solve(factor, C[:6]))
        assert variance[k].numpy() == pytest.approx(rest, abs=1e-9)


def searched(*known: str) -> Problems:
    """A search with older data, and what else is known."""
    axis = np.linspace(0, 1, 6)
    pool = Design(np.array([(a, b) for a in axis for b in axis]), ("a", "b"))
    at = np.array([[0, 7, 14, 21, 28, 35, 5, 30]])
    y = np.sin(4 * pool.X[:, 0]) + pool.X[:, 1]
    taken = np.zeros((1, 36), dtype=bool)
    taken[0, at[0]] = True
    older, half = spread(12, 2), (pool.X[at[0], 0] > 0.5).astype(np.int64)[None]
    source = SourceData(older, np.sin(4 * older[:, 0]) + older[:, 1] + 1, np.ones(12))
    plain = Problems(
        pool, pool.X[at], y[at], np.ones((1, 8)), taken, np.empty((1, 0), dtype=np.int64),
        sources=(source,),
    )  # fmt: skip
    parts = {
        "failures": {"tried": Tried(pool.X[None, :6], np.array([[True, False] * 3]))},
        "phases": {"phases": Phases(2, pool.X[at], half, half)},
    }
    for each in known:
        plain = replace(plain, **parts[each])
    return plain


def test_failures_count_beside_older_data() -> None:
    """Expected improvement times the probability to work, learned from failures alone."""
    strategy = STRATEGIES["standard"]
    plain, failed = (
        engine.survey(Joint.of(searched(*known)), strategy, [generator(0)])
        for known in ((), ("failures",))
    )
    tried = searched("failures").tried
    assert tried is not None
    works = feasibility.learn(torch.from_numpy(tried.X), torch.from_numpy(tried.worked))
    expected = works.probability(torch.from_numpy(searched().pool.X))[0]
    assert fitted_of(failed).knowledge is not None
    np.testing.assert_allclose(failed.score - plain.score, expected.log()[None], atol=1e-9)


def test_phases_count_beside_older_data() -> None:
    """A source helps, and the phase that is told of the target's samples has its say."""
    found = engine.survey(
        Joint.of(searched("phases", "failures")), STRATEGIES["standard"], [generator(0)]
    )
    assert found.laws[0].share is not None
    assert fitted_of(found).knowledge is not None
    assert float(fitted_of(found).knowledge.helps[0, 0]) > 0.5
    assert np.isfinite(found.score).all()
