"""Where samples fail: probabilities, the acquisition that heeds them, and the corner of LCZSP."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats

from tansaku import datasets
from tansaku.bo import engine, feasibility
from tansaku.bo.acquisition import ACQUISITIONS, acquisition_of, score_of
from tansaku.design import Bools, Design, Direction, Floats, Joint, Problems, Tried, Want
from tansaku.strategy import STRATEGIES, AcquisitionSpec
from tests.bo.conftest import believed_of
from tests.seeds import generator, spread


def lczsp() -> tuple[Floats, Bools]:
    """Encoded candidates (49, 2) and which could be measured."""
    frame = datasets.load("lczsp_49")
    X = frame[["x_Si", "y_Ca"]].to_numpy(dtype=np.float64) / 0.3
    return X, frame["sigma_S_cm"].notna().to_numpy().copy()


def probability(X: Floats, worked: Bools, points: Floats) -> Floats:
    works = feasibility.learn(torch.from_numpy(X)[None], torch.from_numpy(worked)[None])
    return works.probability(torch.from_numpy(points))[0].numpy()


def test_probability_by_importance_sampling() -> None:
    """Four trials under every setting: probits drawn from the prior, weighted by the outcomes.

    100,000 draws leave an error of 0.0004; 0.01 is what expectation propagation itself leaves."""
    rng = generator(0)
    X, points = np.split(spread(9, 2), [4])
    worked = np.array([True, False, False, True])
    every = np.concatenate([X, points])
    squares = ((every[:, None] - every) ** 2).sum(-1)
    pairs = [(1.0, 0.0)] + [(s, v) for s in feasibility.SCALES for v in feasibility.SIGNALS]
    total, weight = np.zeros(5), 0.0
    for scale, signal in pairs:
        K = feasibility.MEAN_VARIANCE + signal * np.exp(-0.5 * squares / scale**2)
        g = feasibility.MEAN + rng.multivariate_normal(np.zeros(9), K, 100_000, method="eigh")
        prior = feasibility.SCATTERED if signal == 0 else (1 - feasibility.SCATTERED) / 8
        p = prior * stats.norm.cdf(np.where(worked, 1, -1) * g[:, :4]).prod(1)
        total += (p[:, None] * stats.norm.cdf(g[:, 4:])).mean(0)
        weight += p.mean()
    np.testing.assert_allclose(probability(X, worked, points), total / weight, atol=0.01)


def test_what_was_learned_is_kept_for_the_same_samples_alone() -> None:
    """Another sample, outcome, order, prior mean or set of settings is another question."""
    rng = generator(11)
    X, worked = (
        torch.from_numpy(rng.random((1, 12, 3))),
        torch.from_numpy(rng.random((1, 12)) > 0.3),
    )
    points = torch.from_numpy(rng.random((5, 3)))
    first = feasibility.learn(X, worked)
    assert feasibility.learn(X.clone(), worked.clone()) is first
    turned, moved = worked.clone(), X.clone()
    turned[0, 3] = ~turned[0, 3]
    moved[0, 3, 1] += 1e-9
    fewer = replace(feasibility.settings_for(3), signal=np.full(9, 2.0))
    others = [
        feasibility.learn(X, turned),
        feasibility.learn(moved, worked),
        feasibility.learn(X[:, :-1], worked[:, :-1]),
        feasibility.learn(X.view(1, 6, 6), worked[:, ::2]),
        feasibility.learn(X, worked, mean=0.5),
        feasibility.learn(X, worked, settings=fewer),
    ]
    assert all(each is not first for each in others)
    both = feasibility.learn(X.repeat(2, 1, 1), torch.cat([worked, turned]))  # two at a time: anew
    expected = torch.cat([each.probability(points) for each in (first, others[0])])
    torch.testing.assert_close(both.probability(points), expected, rtol=1e-9, atol=0)


def test_the_unmeasurable_corner_is_noticed_and_its_neighbours_live() -> None:
    """Two failures at the corner beside seven that worked: the next failing candidate is doubted
    more than any that works, and no candidate at a distance is given up."""
    X, works = lczsp()
    tried = [0, 2, 8, 12, 16, 24, 30, 39, 45]
    p = probability(X[tried], works[tried], X)
    left = np.setdiff1d(np.arange(49), tried)
    assert p[1] == p[left].min()
    assert p[left][works[left]].min() > 0.4
    far = np.abs(X - X[1]).max(1) > 0.4
    assert p[far].min() > 0.7
    one = probability(X[[0, *tried[2:]]], works[[0, *tried[2:]]], X)
    assert one[1] < one[left][works[left]].mean()
    assert one[left][works[left]].min() > 0.5


def test_failures_scattered_at_random_do_not_mislead() -> None:
    """30 trials of which a third fails: anywhere, and all candidates look nearly alike, or at one
    side, and they do not.

    Of 60 tables the largest difference of chances has the mean 0.18 +- 0.02 and 0.89 +- 0.01 (30
    sets of tables), so that the bounds lie 6 and more standard errors away."""
    rng = generator(3)
    points, X = rng.random((50, 2)), rng.random((60, 30, 2))
    anywhere, one_side = rng.random((60, 30)) > 0.33, X[..., 0] < 0.67

    def chances(worked: Bools) -> Floats:
        learned = feasibility.learn(torch.from_numpy(X), torch.from_numpy(worked))
        return learned.probability(torch.from_numpy(points)).numpy()

    alike = chances(anywhere)
    assert np.ptp(alike, axis=1).mean() < 0.32
    assert np.abs(alike.mean(1) - anywhere.mean(1)).mean() < 0.05
    assert np.ptp(chances(one_side), axis=1).mean() > 0.8


def test_gradients_pass() -> None:
    X, works = lczsp()
    learned = feasibility.learn(torch.from_numpy(X[:9])[None], torch.from_numpy(works[:9])[None])
    points = torch.tensor([[0.3, 0.2], [0.7, 0.9]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(learned.probability, (points,))


def test_gradients_pass_through_what_a_proposal_has_left() -> None:
    X, works = lczsp()
    tried = torch.from_numpy(X[2:11])[None], torch.from_numpy(works[2:11])[None]
    with torch.inference_mode():
        left = feasibility.learn(*tried)
    points = torch.tensor([[0.3, 0.2]], dtype=torch.float64, requires_grad=True)
    assert feasibility.learn(*tried) is left
    assert torch.autograd.gradcheck(left.probability, (points,))


def heeding(name: str, mean: Floats, works: Floats | None, direction: Direction) -> torch.Tensor:
    """The score of three candidates in one future."""
    values = torch.from_numpy(mean)[None, None]
    given = believed_of(
        values,
        torch.full_like(values, 0.5),
        torch.full((1, 1, 1), -0.4 if direction is Direction.MATCH else 0.4).double(),
        Want(direction),
        works=None if works is None else torch.from_numpy(works)[None],
        poorest=torch.full((1, 1), -2.0).double(),
    )
    return score_of(acquisition_of(AcquisitionSpec(name=name, beta=1.0)), given)[0]


@pytest.mark.parametrize("name", list(ACQUISITIONS))
@pytest.mark.parametrize("direction", list(Direction))
def test_every_acquisition_heeds_it(name: str, direction: Direction) -> None:
    """A candidate that works surely keeps its score; of two alike the safer wins; one that fails
    surely is worth no more than any other."""
    mean = np.array([0.1, 0.1, 0.1])
    plain = heeding(name, mean, None, direction)
    found = heeding(name, mean, np.array([1.0, 0.5, 1e-12]), direction)
    assert float(found[0]) == pytest.approx(float(plain[0]))
    assert found[0] > found[1] > found[2]
    assert not torch.isnan(found).any()
    if name in ("ei", "variance"):
        assert float(found[1]) == pytest.approx(0.5 * float(plain[1]))
    if name == "log_ei":
        assert float(found[1]) == pytest.approx(math.log(0.5) + float(plain[1]))


@pytest.mark.parametrize("whole", [10_000, 10])
def test_the_engine_stays_away_from_where_samples_fail(
    whole: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The best by the model alone lies where all failed; whole and in blocks."""
    monkeypatch.setattr(engine, "WHOLE", whole)
    grid = np.linspace(0, 1, 21)
    pool = Design(grid[:, None], ("x",))
    tried = np.array([0, 4, 8, 12, 15, 17, 19, 20])
    worked = tried < 13
    taken = np.zeros((1, 21), dtype=bool)
    taken[0, tried] = True
    problems = Problems(
        pool,
        grid[tried][worked][None, :, None],
        grid[tried][worked][None] ** 2,
        np.ones((1, 4)),
        taken,
        np.empty((1, 0), dtype=np.int64),
    )
    rngs = [generator(0)]
    failed = Tried(grid[tried][None, :, None], worked[None])
    blind = engine.propose(Joint.of(problems), STRATEGIES["standard"], 1, rngs)
    heeding = engine.propose(
        Joint.of(replace(problems, tried=failed)), STRATEGIES["standard"], 1, [generator(0)]
    )
    assert blind.works is None
    assert int(blind.picks[0, 0]) > 13
    assert int(heeding.picks[0, 0]) < 15
    assert heeding.works is not None
    assert float(heeding.works[0, 0]) > 0.4
