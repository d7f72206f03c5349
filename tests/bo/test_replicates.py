"""Replicates: variances drawn towards each other, and what the model makes of them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tansaku.bo import replicates
from tansaku.bo.replicates import shrunken
from tansaku.bo.surrogates import Noise, Observations, fit
from tansaku.design import Floats
from tansaku.strategy import ROBUST
from tests.seeds import allowed, generator

TWO_SIDED_90 = 1.6448536269514722


@given(
    st.lists(st.tuples(st.floats(0, 1e3), st.integers(1, 9)), min_size=1, max_size=8).filter(
        lambda found: sum(v for v, _d in found) > 1e-6
    ),
    st.floats(1e-6, 1e6),
)
def test_laws(found: list[tuple[float, int]], unit: float) -> None:
    """Between the smallest and the largest but for the grid, in order where the numbers of
    repeats are equal, in any unit and any order."""
    variances, freedom = (np.array(each, dtype=np.float64) for each in zip(*found, strict=True))
    made = shrunken(variances, freedom)
    assert (made >= 0).all()
    assert made.max() <= variances.max() * (1 + 1e-9)
    np.testing.assert_allclose(shrunken(unit * variances, freedom), unit * made, rtol=1e-9)
    np.testing.assert_allclose(shrunken(variances[::-1], freedom[::-1])[::-1], made, rtol=1e-9)
    same = shrunken(variances, np.full(len(variances), 3.0))
    assert (np.diff(same[np.argsort(variances)]) >= -1e-9 * same.max()).all()


def test_one_sample_and_equal_repeats_speak_for_themselves() -> None:
    assert shrunken(np.array([0.3]), np.array([2.0])).tolist() == pytest.approx([0.3])
    assert shrunken(np.zeros(2), np.ones(2)).tolist() == [0.0, 0.0]
    assert shrunken(np.empty(0), np.empty(0)).tolist() == []
    found = shrunken(np.array([0.0, 1.0, 1.2]), np.full(3, 2.0))
    assert 0.1 < found[0] < found[1] < found[2] <= 1.2


def test_by_the_largest_likelihood_of_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a single d0, s0 is where SciPy's F law of the variances is likeliest."""
    rng = generator(0)
    freedom = rng.integers(1, 5, 9).astype(float)
    variances = rng.chisquare(freedom) / freedom * np.exp(rng.standard_normal(9))
    monkeypatch.setattr(replicates, "ALIKE", (4.0,))
    levels = np.exp(np.linspace(-4, 2, 2001))
    density = stats.f.logpdf(variances / levels[:, None], freedom, 4.0) - np.log(levels)[:, None]
    s0 = levels[density.sum(1).argmax()]
    expected = (4.0 * s0 + freedom * variances) / (4.0 + freedom)
    np.testing.assert_allclose(shrunken(variances, freedom), expected, rtol=0.04)


def test_samples_that_scatter_alike_share_one_variance() -> None:
    """Against the truth on 200 campaigns of 10 samples in triplicate: with one variance for all
    and with variances that differ 30-fold, nearer to it than each sample's own."""
    rng, freedom = generator(1), np.full(10, 2.0)
    for spread in (0.0, 1.0):
        truth = np.exp(spread * rng.standard_normal((200, 10)))
        own = truth * rng.chisquare(2, (200, 10)) / 2
        made = np.stack([shrunken(row, freedom) for row in own])
        off = np.abs(np.log(made / truth)).mean()
        assert off < (0.45 if spread == 0 else 0.85)  # 0.34 and 0.68 or so
        assert off < 0.85 * np.abs(np.log(own / truth)).mean()


def simulated(seed: int) -> tuple[Floats, Floats, Floats, Floats]:
    """24 points, the function there, and means and variances of triplicates at the first 12, whose
    sds differ up to 30-fold and are told by nothing but the triplicates."""
    rng = generator([seed, 9])
    X = rng.random((24, 2))
    scale = math.exp(rng.uniform(math.log(0.25), 0.0))
    K = np.exp(-0.5 * ((X[:, None] - X) ** 2).sum(-1) / scale**2)
    f = np.linalg.cholesky(K + 1e-9 * np.eye(24)) @ rng.standard_normal(24)
    sd = np.exp(rng.uniform(math.log(0.03), 0.0, 12))
    values = f[:12, None] + sd[:, None] * rng.standard_normal((12, 3))
    return X, f, values.mean(1), values.var(1, ddof=1)


def test_triplicates_that_scatter_unequally() -> None:
    """90 % intervals of the function on 300 data sets hold what they say to 3 %, and the means are
    nearer to it than where all triplicates are taken for equally certain: by the mean ratio of the
    errors of a data set, which lay 5.5 +- 1.1 standard errors of 200 sets below 1."""
    b = 300
    X, f, y, variances = (np.stack(each) for each in zip(*map(simulated, range(b)), strict=True))
    known = np.stack([shrunken(row, np.full(12, 2.0)) / 3 for row in variances])
    spec = ROBUST.model_copy(update={"components": 8})
    counts = torch.full((b, 12), 3.0, dtype=torch.float64)
    plain = Observations.plain(torch.from_numpy(X[:, :12]), torch.from_numpy(y), counts)
    told = replace(plain, noise=Noise.of(counts, torch.from_numpy(known)))
    error = {}
    for heeded in (True, False):
        gp = fit(told if heeded else plain, spec, [generator(i) for i in range(b)]).gp
        points = torch.from_numpy(X[:, 12:]).repeat_interleave(8, 0)
        mean, variance = (v.view(b, 8, 12).numpy() for v in gp.predict(points))
        off = f[:, 12:] - mean.mean(1)
        sd = np.sqrt(variance.mean(1) + mean.var(1))
        error[heeded] = np.log(np.square(off).mean(1)) / 2
        inside = (np.abs(off) < TWO_SIDED_90 * sd).mean(1)
        assert abs(inside.mean() - 0.9) < 0.03 + allowed(inside)
    assert (error[True] - error[False]).mean() < 0
