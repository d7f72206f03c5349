"""The first samples: drawn as before where nothing failed, away from failures where some have."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Matern

from tansaku.bo import engine, start
from tansaku.design import Design, Floats, Joint, Limited, Problems, Tried
from tansaku.strategy import STRATEGIES
from tests.seeds import binomial_range, generator, spread


def empty(n: int = 41, *, failed: Floats | None = None) -> Problems:
    """A line of n candidates; samples at ``failed`` have failed, the one at 0 has worked."""
    pool = Design(np.linspace(0, 1, n)[:, None], ("x",))
    taken = np.zeros((1, n), dtype=bool)
    taken[0, 0] = True
    tried = None
    if failed is not None:
        points = np.concatenate([[0.0], failed])
        tried = Tried(points[None, :, None], np.array([[True] + [False] * len(failed)]))
    return Problems(
        pool,
        np.zeros((1, 1, 1)),
        np.zeros((1, 1)),
        np.ones((1, 1)),
        taken,
        np.empty((1, 0), dtype=np.int64),
        tried=tried,
    )


def draws(problem: Problems, name: str, n: int = 60) -> Floats:
    """Where ``n`` first samples lie."""
    found = []
    for seed in range(n):
        proposal = engine.propose(Joint.of(problem), STRATEGIES[name], 1, [generator(seed)])
        assert not proposal.by_model
        found.append(proposal.picks[0, 0])
    return np.array(found) / (len(problem.pool) - 1)


@pytest.mark.parametrize("most", [start.DRAWN, 16])
def test_the_neighbourhood_of_failures_is_left_out(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two failures near 1: half of the candidates are as likely as ever, none of the others; in a
    large pool nearly so."""
    monkeypatch.setattr(start, "DRAWN", most)
    problem = empty(failed=np.array([0.9, 1.0]))
    found = draws(problem, "standard")
    assert found.max() < (0.55 if most > 41 else 0.8)
    assert len(set(found.tolist())) > 10
    plain = draws(empty(), "standard")
    assert (plain > 0.6).mean() >= binomial_range(60, 0.4)[0]


def test_random_search_heeds_nothing() -> None:
    problem = empty(failed=np.array([0.9, 1.0]))
    np.testing.assert_array_equal(draws(problem, "random"), draws(empty(), "random"))
    proposal = engine.propose(Joint.of(problem), STRATEGIES["random"], 2, [generator(0)])
    assert proposal.works is None


def test_space_filling_goes_as_far_as_samples_work() -> None:
    """Farthest from all others, among those that may work."""
    filling = STRATEGIES["space_filling"]
    far = engine.propose(Joint.of(empty()), filling, 1, [generator(0)])
    assert far.picks.tolist() == [[40]]
    near = engine.propose(Joint.of(empty(failed=np.array([0.9, 1.0]))), filling, 2, [generator(0)])
    assert near.picks.max() < 24
    assert near.works is not None
    assert near.works.shape == (1, 2)
    assert ((near.works > 0.4) & (near.works < 1)).all()


def test_the_last_candidates_are_given_out_in_the_end() -> None:
    """However unlikely, and each once."""
    problem = empty(5, failed=np.array([0.75, 1.0]))
    found = engine.propose(Joint.of(problem), STRATEGIES["standard"], 4, [generator(0)])
    assert sorted(found.picks[0].tolist()) == [1, 2, 3, 4]


def told(X: Floats, others: Floats, weight: Floats, known: Floats) -> Floats:
    """What :func:`start.told_by` says, by scikit-learn: the variance that one more sample takes."""
    found = np.zeros(len(X))
    for scale in start.SCALES:
        kernel = Matern(scale * np.sqrt(X.shape[1] / 2), nu=2.5)
        gp = GaussianProcessRegressor(kernel, alpha=start.NOISE, optimizer=None)

        def variance(points: Floats, gp: GaussianProcessRegressor = gp) -> Floats:
            if len(points):
                gp.fit(points, np.zeros(len(points)))
            return np.square(gp.predict(others, return_std=True)[1])

        before = variance(known)
        for i, x in enumerate(X):
            found[i] += weight @ (before - variance(np.vstack([known, x])))
    return found


@pytest.mark.parametrize("samples", [0, 1, 4])
def test_what_a_sample_tells_agrees_with_scikit_learn(
    samples: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks of candidates make no difference."""
    monkeypatch.setattr(start, "BLOCK", 3)
    X, others, known = np.split(spread(20, 3), [7, 16])
    weight = spread(9, 1)[:, 0]
    found = start.told_by(X, others, weight, known[:samples])
    np.testing.assert_allclose(found, told(X, others, weight, known[:samples]), rtol=1e-8)


def plane(**changes: Any) -> Problems:
    """A grid of 9 x 9, nothing measured."""
    X = np.stack([v.ravel() for v in np.meshgrid(*[np.linspace(0, 1, 9)] * 2, indexing="ij")], 1)
    problem = Problems(
        Design(X, ("x", "y")), np.empty((1, 0, 2)), np.empty((1, 0)), np.empty((1, 0)),
        np.zeros((1, len(X)), dtype=bool), np.empty((1, 0), dtype=np.int64),
    )  # fmt: skip
    return replace(problem, **changes)


def chosen(problem: Problems, name: str, n: int = 3) -> Floats:
    """The points of the first samples, shape (n, 2)."""
    picks = start.first_picks(problem, STRATEGIES[name], n, [generator(0)]).picks
    return problem.pool.X[picks[0]]


def test_a_central_start_begins_in_the_middle_and_goes_on_where_least_is_known() -> None:
    """The second sample lies apart from the first, and both inside the edges."""
    first, second, third = chosen(plane(), "central")
    np.testing.assert_allclose(first, [0.5, 0.5])
    assert np.linalg.norm(second - first) > 0.25
    assert min(np.linalg.norm(third - p) for p in (first, second)) > 0.25
    assert all(0 < v < 1 for v in (*second, *third))


@pytest.mark.parametrize("name", ["central", "space_filling"])
def test_what_is_under_way_failed_or_known_to_a_limit_is_kept_away_from(name: str) -> None:
    """Wherever the first sample would be: one beside it is no answer."""
    problem = plane()
    first = chosen(problem, name, 1)
    at = int(np.flatnonzero((first == problem.pool.X).all(1))[0])
    taken = problem.taken.copy()
    taken[0, at] = True
    known = {
        "pending": {"pending": np.array([[at]])},
        "limit": {"limits": Limited(first[None], np.zeros((1, 1)), np.ones((1, 1)))},
        "failed": {"tried": Tried(first[None], np.zeros((1, 1), dtype=bool))},
    }
    for changes in known.values():
        (other,) = chosen(replace(problem, taken=taken, **changes), name, 1)
        assert np.linalg.norm(other - first[0]) > 0.25


@pytest.mark.parametrize("name", ["central", "space_filling"])
def test_blocked_candidates_are_nothing_to_know_and_nothing_to_avoid(name: str) -> None:
    """Of a plane of which one line is left: its middle, then apart; far from what is known alone.
    Blocked neighbours do not push the sample away."""
    problem = plane()
    off = problem.pool.X[:, 0] != 1.0
    blocked = replace(problem, taken=off[None])
    if name == "central":
        points = chosen(blocked, name, 1)
        np.testing.assert_allclose(points, [[1.0, 0.5]])
        return
    measured = {"X": np.array([[[1.0, 0.0]]]), "y": np.zeros((1, 1)), "counts": np.ones((1, 1))}
    np.testing.assert_allclose(chosen(replace(blocked, **measured), name, 1), [[1.0, 1.0]])


def test_a_central_start_goes_where_samples_work() -> None:
    """Failures on one side: it is to tell of the candidates that may work."""
    failed = np.array([[[1.0, 0.0], [1.0, 0.5], [1.0, 1.0], [0.0, 0.5]]])
    tried = Tried(failed, np.array([[False, False, False, True]]))
    points = chosen(plane(tried=tried), "central", 2)
    assert points[:, 0].max() < 0.5


def test_a_large_pool_is_drawn_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fifth of the candidates is looked at, and told of: near the middle all the same."""
    monkeypatch.setattr(start, "LOOKED_AT", 16)
    monkeypatch.setattr(start, "DRAWN", 16)
    first = chosen(plane(), "central", 1)
    assert np.abs(first - 0.5).max() <= 0.375


@pytest.mark.parametrize("name", ["standard", "central"])
def test_searches_do_not_depend_on_their_company(name: str) -> None:
    one, other = empty(failed=np.array([0.9, 1.0])), empty(failed=np.array([0.1, 0.2]))
    assert one.tried is not None
    assert other.tried is not None
    parts = {n: np.concatenate([getattr(one, n)] * 2) for n in ("X", "y", "counts", "taken")}
    failed = [np.concatenate([getattr(p.tried, n) for p in (one, other)]) for n in ("X", "worked")]
    pending = np.empty((2, 0), dtype=np.int64)
    both = replace(one, **parts, pending=pending, tried=Tried(*failed))
    rngs = [generator(1), generator(2)]
    found = engine.propose(Joint.of(both), STRATEGIES[name], 2, rngs).picks
    for i, alone in enumerate((one, other)):
        again = engine.propose(Joint.of(alone), STRATEGIES[name], 2, [generator(i + 1)])
        assert again.picks.tolist() == found[i : i + 1].tolist()
