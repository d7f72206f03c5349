"""What a replay is judged by, against brute force."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from tansaku.studies.metrics import (
    discovery,
    first_hit,
    mean_samples,
    random_discovery,
    random_mean,
    samples_to,
    wilson,
)


@pytest.mark.parametrize(("candidates", "best"), [(5, 1), (6, 2), (7, 3), (4, 4)])
def test_exact_random_search_by_enumeration(candidates: int, best: int) -> None:
    orders = np.array(list(itertools.permutations(range(candidates))))
    is_best = np.arange(candidates) < best
    hits = first_hit(orders, is_best)
    exact = random_discovery(candidates, best)
    np.testing.assert_allclose(discovery(hits, candidates), exact, atol=1e-12)
    assert mean_samples(hits) == pytest.approx(random_mean(candidates, best))


def test_one_best_among_many_is_the_straight_line() -> None:
    np.testing.assert_allclose(random_discovery(44, 1), np.arange(1, 45) / 44, atol=1e-12)
    assert samples_to(random_discovery(44, 1), 0.95) == 42  # the published theory line
    assert random_mean(44, 1) == 22.5  # 21.5 after the first


def test_runs_that_never_find_it_have_no_mean() -> None:
    picks = np.array([[0, 1], [1, 2]])
    hits = first_hit(picks, np.array([True, False, False]))
    assert hits.tolist() == [1, 0]
    assert mean_samples(hits) is None
    assert discovery(hits, 2).tolist() == [0.5, 0.5]
    assert samples_to(np.array([0.5, 0.5]), 0.95) is None
    assert samples_to(np.array([42 / 44]), 0.95) == 1


@pytest.mark.parametrize("p", [0.0, 0.03, 0.5, 0.95, 1.0])
@pytest.mark.parametrize("runs", [10, 44, 1000])
def test_wilson_band_agrees_with_scipy(p: float, runs: int) -> None:
    found = round(p * runs)
    low, high = wilson(np.array([found / runs]), runs)
    reference = stats.binomtest(found, runs).proportion_ci(0.95, method="wilson")
    assert low[0] == pytest.approx(reference.low, abs=1e-9)
    assert high[0] == pytest.approx(reference.high, abs=1e-9)
