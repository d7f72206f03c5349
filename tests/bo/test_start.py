"""The first samples: drawn as before where nothing failed, away from failures where some have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tansaku.bo import engine, start
from tansaku.design import Design, Floats, Joint, Problems, Tried
from tansaku.strategy import STRATEGIES
from tests.seeds import binomial_range, generator


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


def test_searches_do_not_depend_on_their_company() -> None:
    one, other = empty(failed=np.array([0.9, 1.0])), empty(failed=np.array([0.1, 0.2]))
    assert one.tried is not None
    assert other.tried is not None
    parts = {n: np.concatenate([getattr(one, n)] * 2) for n in ("X", "y", "counts", "taken")}
    failed = [np.concatenate([getattr(p.tried, n) for p in (one, other)]) for n in ("X", "worked")]
    pending = np.empty((2, 0), dtype=np.int64)
    both = replace(one, **parts, pending=pending, tried=Tried(*failed))
    rngs = [generator(1), generator(2)]
    found = engine.propose(Joint.of(both), STRATEGIES["standard"], 2, rngs).picks
    for i, alone in enumerate((one, other)):
        again = engine.propose(Joint.of(alone), STRATEGIES["standard"], 2, [generator(i + 1)])
        assert again.picks.tolist() == found[i : i + 1].tolist()
