"""What joint draws say of stopping: by brute force, draw for draw."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from tansaku.bo.objectives.hypervolume import hypervolume
from tansaku.bo.stopping import added, plausible, stopping
from tests.seeds import scatter

S, TRIED, OTHERS = 40, 3, 6


def draws(m: int) -> tuple[np.ndarray, np.ndarray]:
    """Goals of the samples tried and of others, a limit broken here and there."""
    values = scatter(S * (TRIED + OTHERS) * m, 2).reshape(S, TRIED + OTHERS, m)
    values[::7, TRIED] = -np.inf
    return values[:, :TRIED], values[:, TRIED:]


def test_chances_and_gains_of_one_goal_are_counted() -> None:
    tried, others = draws(1)
    found = stopping(tried, others, np.array([-9.0]), 0.5, OTHERS)
    best, other = tried.max((1, 2)), others.max((1, 2))
    assert found.found == np.mean(other <= best)
    assert found.better == np.mean(other > best + 0.5)
    told = slice(S // 2, S)
    for k in range(1, OTHERS + 1):
        with_them = np.maximum(best, others[:, list(found.picks[:k])].max((1, 2)))
        assert found.gains[k - 1] == pytest.approx((with_them - best)[told].mean())
    assert len({*found.picks}) == OTHERS
    half = slice(S // 2)
    alone = [np.maximum(others[half, i, 0] - best[half], 0).mean() for i in range(OTHERS)]
    assert found.picks[0] == int(np.argmax(alone))


def test_greedy_picks_are_near_the_best_there_are() -> None:
    """At least 1 - 1/e of what the best set gains, on the draws that they are picked on."""
    tried, others = draws(1)
    picks = stopping(tried, others, np.array([-9.0]), 0.5, 3).picks
    half, best = slice(S // 2), tried.max((1, 2))

    def gain(chosen: tuple[int, ...]) -> float:
        values = others[half][:, list(chosen)].max((1, 2))
        return float(np.maximum(values - best[half], 0).mean())

    most = max(gain(each) for each in combinations(range(OTHERS), 3))
    assert gain(picks) >= (1 - 1 / np.e) * most


def test_two_goals_are_counted_by_hypervolume() -> None:
    tried, others = draws(2)
    reference = np.array([-1.5, -1.5])
    found = stopping(tried, others, reference, 0.01, 2)
    volumes = np.array([hypervolume(each, reference) for each in tried])
    every = np.array(
        [hypervolume(np.vstack(pair), reference) for pair in zip(tried, others, strict=True)]
    )
    adds = np.array(
        [
            [hypervolume(np.vstack([tried[s], others[s, [i]]]), reference) for i in range(OTHERS)]
            for s in range(S)
        ]
    )
    share = (adds - volumes[:, None]) / np.where(every > 0, every, 1)[:, None]
    assert found.found == np.mean(share.max(1) <= 1e-12)
    assert found.better == np.mean(share.max(1) > 0.01)
    first = share[S // 2 :, found.picks[0]].mean()
    assert found.gains[0] == pytest.approx(first)
    assert found.gains[1] >= found.gains[0]
    for s in range(5):
        ours = added(others[s], tried[s], reference)
        np.testing.assert_allclose(ours, adds[s] - volumes[s], atol=1e-12)


def test_costs_weigh_the_picks() -> None:
    tried, others = draws(1)
    dear = np.ones(OTHERS)
    plain = stopping(tried, others, np.array([-9.0]), 0.5, 1).picks[0]
    dear[plain] = 1e6
    assert stopping(tried, others, np.array([-9.0]), 0.5, 1, dear).picks[0] != plain


def test_the_likeliest_are_kept() -> None:
    mean, sd = np.array([0.0, 1.0, 0.0, -5.0]), np.array([1.0, 0.1, 3.0, 1.0])
    assert plausible(mean, sd, 1.5, 2).tolist() == [0, 2]
    assert plausible(mean, sd, 0.5, 1).tolist() == [1]
