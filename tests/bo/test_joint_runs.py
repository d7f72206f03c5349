"""Furnace runs for several goals: the value of a plan, and the plan against every other one."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import torch

from tansaku.bo.foresight import Foresight, Lesson
from tansaku.bo.furnace.given import Furnace, Plan
from tansaku.bo.furnace.plan import plan_joint_runs, plan_runs
from tansaku.bo.furnace.prospect import covariance_of
from tansaku.bo.furnace.several_goals import SeveralGoals
from tansaku.bo.joint import JointProposal
from tansaku.bo.objectives.boxes import Boxes
from tansaku.bo.objectives.growth import hypervolume_improvement
from tansaku.bo.objectives.hypervolume import hypervolume
from tansaku.bo.objectives.improvement import Outcome, log_hypervolume_improvement
from tansaku.bo.surrogates.belief import Belief
from tansaku.design import Design, Direction, Floats, Ints, Joint, Problems, Tried, Want
from tansaku.strategy import STRATEGIES, in_brief
from tests.seeds import generator

STANDARD = in_brief(STRATEGIES["standard"])
SETTINGS, SAMPLES = 3, 5
GROUP = np.tile(np.arange(SETTINGS), SAMPLES)


def points() -> Floats:
    """15 candidates at 3 settings."""
    process, composition = np.linspace(0, 1, SETTINGS), np.linspace(0, 1, SAMPLES)
    grid = np.meshgrid(composition, process, indexing="ij")
    return np.stack([v.ravel() for v in grid], axis=1)


def values(seed: int, outcomes: int) -> Floats:
    """Smooth outcomes that want different things, shape (N, m)."""
    rng, X = generator(seed), points()
    centres = rng.uniform(0, 1, (outcomes, 2))
    return -((X[:, None] - centres) ** 2).sum(-1) + 0.02 * rng.standard_normal((len(X), outcomes))


def search(seed: int, wants: tuple[Want, ...], **changes: Any) -> Joint:
    """One search with 5 of the candidates measured."""
    X, y = points(), values(seed, len(wants))
    measured = generator([seed, 1]).choice(len(X), 5, replace=False)
    taken = np.zeros((1, len(X)), dtype=bool)
    taken[0, measured] = True
    outcomes = tuple(
        Problems(
            Design.continuous(X, ("x", "T")), X[measured][None], column[measured][None],
            np.ones((1, 5)), taken, np.empty((1, 0), dtype=np.int64),
            direction=want.direction or Direction.MAXIMISE, match=want.match,
        )
        for column, want in zip(y.T, wants, strict=True)
    )  # fmt: skip
    return replace(Joint(outcomes, wants, X[measured][None], y[measured][None]), **changes)


def planned(joint: Joint, runs: int, crucibles: int, **changes: Any) -> Plan[JointProposal]:
    furnace = Furnace(GROUP, runs, crucibles, np.zeros(SETTINGS))
    strategy = changes.get("strategy", STANDARD)
    return plan_joint_runs(joint, strategy, furnace, generator(0))


def learned(joint: Joint) -> Foresight:
    """What is believed of all candidates."""
    lesson = Lesson.of(joint, STANDARD, [generator(0)], None)
    return lesson.over(points(), STANDARD)


def drawn(now: Foresight, draws: int) -> Floats:
    """Joint draws of all outcomes over the pool, shape (draws, N, m)."""
    rng, columns = generator(7), []
    for belief, want in zip(now.beliefs, now.lesson.joint.wants, strict=True):
        if belief is None:
            assert want.known is not None
            columns.append(np.tile(want.known, (draws, 1)))
            continue
        K = covariance_of(belief, np.arange(len(points()))).numpy()
        c = len(K)
        part = [
            rng.multivariate_normal(m, k, -(-draws // c), method="eigh")
            for m, k in zip(belief.mean[:, 0].numpy(), K, strict=True)
        ]
        columns.append(rng.permutation(np.concatenate(part))[:draws])
    return np.stack(columns, -1)


def counted(now: Foresight, index: Ints, sample: Floats, works: Floats | None = None) -> float:
    """Mean growth of the hypervolume by some candidates, by counting: 2 goals, lower limits of
    others; ``works`` is 1 where a sample does not fail, shape (draws, N)."""
    front = now.lesson.front
    reference = front.reference[0].numpy()
    base = front.good[0][front.inside[0]].numpy()
    wants = now.lesson.joint.wants
    goals = [j for j, want in enumerate(wants) if want.is_objective]
    kept = np.ones(sample.shape[:2], dtype=bool)
    for j, want in enumerate(wants):
        if want.lower is not None:
            kept &= sample[:, :, j] >= want.lower
        if want.upper is not None:
            kept &= sample[:, :, j] <= want.upper
    if works is not None:
        kept &= works > 0
    before, total = hypervolume(base, reference), 0.0
    for values_, inside in zip(sample[:, index][:, :, goals], kept[:, index], strict=True):
        new = values_[inside]
        new = new[(new[:, None] > base).any(-1).all(-1)]
        if len(new):  # others add nothing
            total += hypervolume(np.concatenate([base, new]), reference) - before
    return total / len(sample)


WANTS = {
    "two goals": (Want(), Want()),
    "a limit": (Want(), Want(lower=-0.9), Want(None, lower=-0.3)),
    "known": (Want(), Want(known=np.linspace(0, 1, SETTINGS * SAMPLES))),
}


@pytest.mark.parametrize("name", list(WANTS))
def test_gain_is_the_growth_of_the_hypervolume(name: str) -> None:
    """Against counting on 4,000 joint draws, sample by sample."""
    now = learned(search(2, WANTS[name]))
    goal = SeveralGoals.of(now, STANDARD, 4, generator(1))
    index = np.flatnonzero(~now.lesson.joint.outcomes[0].taken[0])[[0, 3, 5, 8]]
    together = goal.promise(index)
    sample = drawn(now, 4000)
    for k in (1, 4):
        plain = counted(now, index[:k], sample)
        assert float(together.log_gain[:k].exp().sum()) == pytest.approx(plain, rel=0.1)


def test_samples_that_may_fail_count_by_their_chance() -> None:
    joint, X = search(3, WANTS["two goals"]), points()
    bad = np.array([2, 5, 8])
    tried = Tried(np.concatenate([joint.X[0], X[bad]])[None], np.array([[True] * 5 + [False] * 3]))
    joint = replace(joint, outcomes=tuple(replace(each, tried=tried) for each in joint.outcomes))
    now = learned(joint)
    goal = SeveralGoals.of(now, STANDARD, 3, generator(1))
    index = np.flatnonzero(~joint.outcomes[0].taken[0])[[1, 4, 6]]
    works = now.works()
    assert works is not None
    sample = drawn(now, 4000)
    luck = generator(3).random(sample.shape[:2]) < works[0].numpy()
    plain = counted(now, index, sample, luck)
    assert float(goal.promise(index).log_gain.exp().sum()) == pytest.approx(plain, rel=0.1)
    assert plain < 0.95 * counted(now, index, sample)


@pytest.mark.parametrize(("name", "seed"), [("two goals", 0), ("two goals", 1), ("a limit", 4)])
def test_plan_comes_near_the_best_of_all_plans(name: str, seed: int) -> None:
    """Two runs of two among 15 candidates at 3 settings: every plan is counted."""
    joint = search(seed, WANTS[name])
    found = planned(joint, 2, 2)
    lesson = Lesson(joint, found.proposal.fitted, learned(joint).lesson.front)
    now = lesson.over(points(), STANDARD)
    sample = drawn(now, 80)
    free = np.flatnonzero(~joint.outcomes[0].taken[0])
    pairs = [p for p in combinations(free.tolist(), 2) if GROUP[p[0]] == GROUP[p[1]]]
    gains = {
        (*one, *other): counted(now, np.array([*one, *other]), sample)
        for one, other in combinations(pairs, 2)
        if not set(one) & set(other)
    }
    ours = counted(now, np.concatenate(found.picks), sample)
    assert ours > 0.93 * max(gains.values())
    assert ours > np.quantile(list(gains.values()), 0.95)
    for setting, picks in zip(found.settings, found.picks, strict=True):
        assert (GROUP[picks] == setting).all()


def test_one_goal_alone_gives_the_plan_of_one_target() -> None:
    """The same runs, and the same gain, where nothing but one target is wanted and its reference
    is below the best."""
    joint = search(5, (Want(),))
    found = planned(joint, 2, 2)
    furnace = Furnace(GROUP, 2, 2, np.zeros(SETTINGS))
    alone = plan_runs(joint.outcomes[0], STANDARD, furnace, generator(0))
    assert found.total == pytest.approx(alone.total, rel=0.05)
    picks = {i for each in found.picks for i in each.tolist()}
    assert len(picks & {i for each in alone.picks for i in each.tolist()}) >= 3


def test_costs_divide_the_gain() -> None:
    """Where a setting is dear, runs go elsewhere; the gain itself is told without the cost."""
    joint = search(1, WANTS["two goals"])
    plain = planned(joint, 1, 2)
    cost = np.where(plain.settings[0] == GROUP, 50.0, 1.0)
    dear = planned(replace(joint, cost=cost), 1, 2)
    assert dear.settings[0] != plain.settings[0]
    assert dear.total <= plain.total * 1.02
    assert dear.by_setting[0, plain.settings[0]] == pytest.approx(plain.total / 100, rel=0.2)


WAYS = {
    "parego": (Want(), Want(), Want(), Want(), Want()),
    "desirability": (Want(useful=(-1.0, 0.0)), Want(useful=(-1.0, 0.0))),
    "limits": (Want(None, lower=-0.1), Want(None, lower=-0.1)),
    "matched": (Want(Direction.MATCH, match=-0.2, tolerance=0.02), Want()),
    "three goals": (Want(), Want(), Want()),
}


@pytest.mark.parametrize("name", list(WAYS))
def test_every_way_of_several_goals_makes_a_plan(name: str) -> None:
    found = planned(search(0, WAYS[name]), 2, 2)
    assert found.total > 0
    assert np.isfinite(found.gains).all()
    assert (np.diff(found.chances) >= 0).all()
    assert len(set(np.concatenate(found.picks).tolist())) == 4
    if name == "limits":  # so many of the four samples are expected to keep them
        assert found.total == pytest.approx(float(found.proposal.feasible.sum()), rel=0.25)


def test_the_same_seed_gives_the_same_plan() -> None:
    one, other = (planned(search(0, WANTS["a limit"]), 2, 2) for _each in range(2))
    assert [p.tolist() for p in one.picks] == [p.tolist() for p in other.picks]
    assert one.gains.tolist() == other.gains.tolist()


def test_before_a_model_runs_are_drawn() -> None:
    joint = search(0, WANTS["two goals"])
    few = tuple(
        replace(each, X=each.X[:, :1], y=each.y[:, :1], counts=each.counts[:, :1])
        for each in joint.outcomes
    )
    found = planned(replace(joint, outcomes=few, X=joint.X[:, :1], y=joint.y[:, :1]), 2, 2)
    assert all(found.at_random)
    assert not found.proposal.by_model


@pytest.mark.parametrize("goals", [1, 2, 3])
def test_plain_growth_is_that_of_the_logarithm(goals: int) -> None:
    """Random fronts and beliefs, to 1e-10."""
    rng = generator(goals)
    draw = lambda *shape: torch.from_numpy(rng.standard_normal(shape))  # noqa: E731
    outcomes = [Outcome(draw(3, 2, 7), draw(3, 2, 7).exp() * 0.3, Want()) for _goal in range(goals)]
    boxes = Boxes.above(draw(3, 5, goals), torch.full((3, goals), -1.5, dtype=torch.float64))
    plain = hypervolume_improvement(outcomes, boxes)
    assert torch.allclose(plain.log(), log_hypervolume_improvement(outcomes, boxes), atol=1e-10)


def test_the_first_two_outcomes_meet_every_pair_of_components() -> None:
    now = learned(search(0, WANTS["two goals"]))
    goal = SeveralGoals.of(now, STANDARD, 2, generator(0))
    pairs = zip(
        goal.futures.components(0).tolist(), goal.futures.components(1).tolist(), strict=True
    )
    each = len(next(b for b in now.beliefs if isinstance(b, Belief)).variance)
    assert len(set(pairs)) == each * each
