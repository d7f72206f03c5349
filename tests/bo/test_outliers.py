"""Outliers: each value against the others, by leaving it out, and how far off is too far."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from tansaku.bo import engine
from tansaku.bo.kernels import KERNELS
from tansaku.bo.outliers import CHANCE, LeftOut, leave_one_out, stand_out
from tansaku.bo.surrogates import Fitted
from tansaku.design import Design, Floats, Joint, Limited, Phases, Problems
from tansaku.strategy import STRATEGIES
from tests.bo.conftest import conditioned
from tests.seeds import generator, scatter, spread

SCALES, SIGNAL, NOISE = [0.3, 0.6], 1.3, 0.05


def test_each_value_is_held_against_the_others_alone() -> None:
    """Ordinary kriging without it, the mean estimated anew, in the unit of the values."""
    rng = generator(3)
    X = rng.random((9, 2))
    y = 200 + 30 * (np.sin(4 * X[:, 0]) + 0.3 * rng.standard_normal(9))
    gp = conditioned(
        X, y, kernel=KERNELS["matern52"], scales=SCALES, signal=SIGNAL, noise=NOISE,
        constant_mean=True, unbiased=True,
    )  # fmt: skip
    found = leave_one_out(Fitted(gp, lambda: gp, lambda: gp, None, "map"), y, refitted=True)
    unit = y.std(ddof=1)
    r = np.sqrt(5 * np.square((X[:, None] - X) / SCALES).sum(-1))
    K = SIGNAL * (1 + r + r**2 / 3) * np.exp(-r)
    for i in range(9):
        rest = np.delete(np.arange(9), i)
        C, k = K[np.ix_(rest, rest)] + NOISE * np.eye(8), K[rest, i]
        ones, cross = np.linalg.solve(C, np.ones(8)), np.linalg.solve(C, k)
        mean = ones @ y[rest] / ones.sum()
        variance = SIGNAL + NOISE - k @ cross + (1 - cross.sum()) ** 2 / ones.sum()
        assert found.expected[i] == pytest.approx(mean + cross @ (y[rest] - mean))
        assert found.sd[i] == pytest.approx(unit * np.sqrt(variance))
    np.testing.assert_allclose(found.residual, (y - found.expected) / found.sd)


def search(X: Floats, y: Floats, counts: Floats, noise: Floats | None) -> Problems:
    """One search over its own points."""
    n = len(y)
    return Problems(
        Design(X, ("a", "b")), X[None], y[None], counts[None], np.zeros((1, n), bool),
        np.empty((1, 0), np.int64), noise=noise,
    )  # fmt: skip


@pytest.mark.parametrize("known", ["nothing", "replicates", "sds"])
@pytest.mark.parametrize("n", [6, 14])
def test_leave_one_out_is_what_refits_say(n: int, known: str) -> None:
    """Hyperparameters, signal and scale learned anew without each value. Both sides average over
    256 processes drawn by systematic resampling, each weight right within 1/256. With stated sds
    the nodes of the signal variance and the scale stay those of all values, which tells in the sd
    of the values furthest off: of six by a third."""
    X = spread(n, 2)
    y = 20 + 3 * np.sin(4 * X[:, 0]) + scatter(n)
    counts = 1.0 + (known == "replicates") * (np.arange(n) % 3)
    noise = np.full((1, n), 0.5) * (1 + np.arange(n) % 2) if known == "sds" else None
    whole = search(X, y, counts, noise)
    strategy = STRATEGIES["standard"].but(components=256)

    def rngs() -> list[np.random.Generator]:
        return [np.random.default_rng(0)]

    found = stand_out(whole, strategy, rngs)
    assert len(found.index) == 0
    for i in range(n):
        at = Design(X[i : i + 1], ("a", "b"))
        rest = replace(whole.without(np.array([i])), pool=at, taken=np.zeros((1, 1), bool))
        refit = engine.survey(Joint.of(rest), strategy, rngs())
        fitted = refit.fitted[0]
        assert fitted is not None
        own = 0.0 if noise is None else noise[0, i]
        error = float(fitted.gp.noise_variance.mean()) / counts[i] + own
        sd = np.sqrt(refit.sd[0, 0, 0] ** 2 + error)
        assert found.every.expected[i] == pytest.approx(refit.mean[0, 0, 0], abs=0.1 * sd)
        assert found.every.sd[i] == pytest.approx(sd, rel=0.35 if noise is not None else 0.15)


@pytest.mark.parametrize("n", [1, 5, 40])
def test_of_n_good_values_one_in_twenty_tables_is_doubted(n: int) -> None:
    """Bonferroni over all values and both sides."""
    limit = stats.norm.isf(CHANCE / (2 * n))
    for sign in (-1, 1):
        residual = np.zeros(n)
        residual[n // 2] = sign * (limit - 1e-6)
        assert not LeftOut(*(residual,) * 4).doubtful().any()
        residual[n // 2] = sign * (limit + 1e-6)
        assert np.flatnonzero(LeftOut(*(residual,) * 4).doubtful()).tolist() == [n // 2]


def test_a_search_without_some_results_is_one_that_never_saw_them() -> None:
    """Of every kind of evidence."""
    X, y = spread(6, 2)[None], np.arange(6.0)[None]
    runs, noise = np.arange(6)[None] // 2, np.full((1, 6), 0.1) * np.arange(6)
    limits = Limited(X[:, :3] + 1, np.arange(3.0)[None], np.ones((1, 3)))
    of = np.arange(6)[None] % 2
    phases = Phases(2, X, of, of, of[:, :3])
    whole = Problems(
        Design(X[0], ("a", "b")), X, y, 1 + y, np.zeros((1, 6), bool),
        np.empty((1, 0), np.int64), noise=noise, limits=limits, runs=runs, phases=phases,
    )  # fmt: skip
    rest = whole.without(np.array([1, 4, 7]))
    kept = [0, 2, 3, 5]
    for name in ("X", "y", "counts", "noise", "runs"):
        np.testing.assert_array_equal(getattr(rest, name), getattr(whole, name)[:, kept])
    assert rest.limits is not None
    assert rest.phases is not None
    np.testing.assert_array_equal(rest.limits.bound, [[0.0, 2.0]])
    np.testing.assert_array_equal(rest.phases.values, [[0, 0, 1, 1]])
    np.testing.assert_array_equal(rest.phases.limits, [[0, 0]])
    near = replace(whole, pool=Design(X[0, :1], ("a", "b"))).near(3)
    apart = np.square(X[0] - X[0, 0]).sum(-1)
    assert set(near.y[0]) == set(np.argsort(apart)[:3])
    assert near.limits is not None
    assert near.limits.bound.shape == (1, 3)
