"""What a replay is judged by, against brute force."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from tansaku.studies import volumes
from tansaku.studies.metrics import (
    discovery,
    first_reached,
    hypervolume_share,
    mean_band,
    mean_samples,
    random_all_found,
    random_discovery,
    random_mean,
    regret,
    samples_to,
    wilson,
)
from tests.seeds import allowed, binomial_range, generator


@pytest.mark.parametrize(("candidates", "best"), [(5, 1), (6, 2), (7, 3), (4, 4)])
def test_exact_random_search_by_enumeration(candidates: int, best: int) -> None:
    orders = np.array(list(itertools.permutations(range(candidates))))
    is_best = np.arange(candidates) < best
    metric = discovery(is_best)
    found = metric.curve(orders)
    np.testing.assert_allclose(found.mean, metric.random, atol=1e-12)
    assert mean_samples(first_reached(found.values)) == pytest.approx(random_mean(candidates, best))


def test_one_best_among_many_is_the_straight_line() -> None:
    np.testing.assert_allclose(random_discovery(44, 1), np.arange(1, 45) / 44, atol=1e-12)
    assert samples_to(random_discovery(44, 1), 0.95) == 42  # the published theory line
    assert random_mean(44, 1) == 22.5  # 21.5 after the first


def test_runs_that_never_find_it_have_no_mean() -> None:
    picks = np.array([[0, 1], [1, 2]])
    found = discovery(np.array([True, False, False])).curve(picks)
    hits = first_reached(found.values)
    assert hits.tolist() == [1, 0]
    assert mean_samples(hits) is None
    assert found.mean.tolist() == [0.5, 0.5]
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


@pytest.mark.parametrize("m", [1, 2, 3])
def test_random_search_in_closed_form_as_by_drawing(m: int) -> None:
    rng = generator(m)
    good, kept, reference = rng.random((9, m)), rng.random(9) > 0.2, np.full(m, 0.1)
    found = [hypervolume_share(good, kept, reference, 0), regret(good[:, 0])]
    orders = np.stack([rng.permutation(9) for _run in range(3000)])
    for metric, end in zip(found, (1.0, 0.0), strict=True):
        drawn = metric.of(orders)
        assert metric.exact
        for n in range(8):  # after all nine nothing is left to chance
            assert abs(drawn[:, n].mean() - metric.random[n]) < allowed(drawn[:, n])
        assert metric.random[-1] == pytest.approx(end, abs=1e-12)


def test_regret_is_what_the_best_so_far_falls_short_of() -> None:
    """A candidate without a value is worth no more than the poorest one."""
    picks = np.array([[3, 1, 2, 0], [0, 3, 1, 2]])
    found = regret(np.array([1.0, 2.5, 4.0, -np.inf])).curve(picks)
    assert found.values.tolist() == [[3.0, 1.5, 0.0, 0.0], [3.0, 3.0, 1.5, 0.0]]
    assert found.mean.tolist() == [3.0, 2.25, 0.75, 0.0]
    level = regret(np.full(4, 2.0))
    assert level.random.tolist() == level.curve(picks).mean.tolist() == [0.0] * 4


def test_too_many_cells_are_simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    good = generator(0).random((8, 2))
    exact = volumes.random_volume(good, np.ones(8, dtype=bool), np.zeros(2), 0)[0]
    monkeypatch.setattr(volumes, "MOST_CELLS", 10)
    found, is_exact = volumes.random_volume(good, np.ones(8, dtype=bool), np.zeros(2), 0)
    assert not is_exact
    assert found == pytest.approx(exact, abs=0.05)  # simulated, with an sd below 0.01


def test_finding_all_of_some_candidates() -> None:
    rng = generator(0)
    wanted = np.array([True, False, True, False, False])
    orders = np.stack([rng.permutation(5) for _run in range(4000)])
    metric = discovery(wanted, every=True)
    hits, exact = first_reached(metric.of(orders)), random_all_found(5, 2)
    np.testing.assert_array_equal(metric.random, exact)
    for n, chance in enumerate(exact.tolist(), 1):
        low, high = binomial_range(4000, chance)
        assert low <= (hits <= n).mean() <= high
    assert first_reached(metric.of(np.array([[1, 3, 0]]))).tolist() == [0]


def test_band_of_one_run_says_nothing() -> None:
    good, all_kept = np.array([[1.0], [2.0]]), np.ones(2, dtype=bool)
    metric = hypervolume_share(good, all_kept, np.zeros(1), 0)
    mean, low, high = metric.band(np.array([[0.2, 0.5]]))
    assert (mean.tolist(), low.tolist(), high.tolist()) == ([0.2, 0.5], [0, 0], [1, 1])
    assert not np.isfinite(mean_band(np.array([[0.2, 0.5]]))[1:]).any()


def test_the_band_of_a_mean_agrees_with_scipy() -> None:
    volumes = generator(0).uniform(0.3, 0.7, (12, 4))
    mean, low, high = mean_band(volumes)
    expected = stats.norm.interval(0.95, volumes.mean(0), stats.sem(volumes))
    np.testing.assert_allclose([low, high], expected)
    np.testing.assert_allclose(mean, volumes.mean(0))
