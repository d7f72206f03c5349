"""Furnace runs for several goals: the value of a plan, and the plan against every other one."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import torch

from tansaku.bo.fantasy_posterior import FantasyPosterior, MultiOutputModel
from tansaku.bo.furnace.batch_objective import BatchObjective, covariance_of
from tansaku.bo.furnace.plan import Plan, plan
from tansaku.bo.furnace.plan_search import Furnace, picks_of
from tansaku.design import Design, Direction, Floats, Ints, Joint, Phases, Problems, Tried, Want
from tansaku.strategy import STRATEGIES, AcquisitionSpec
from tests.bo.conftest import area
from tests.seeds import allowed, generator

STANDARD = (
    STRATEGIES["standard"].but(components=4).model_copy(update={"acquisition": AcquisitionSpec()})
)
"""What is to be beaten are the observed values, the same for every component of a model."""
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
            Design(X, ("x", "T")), X[measured][None], column[measured][None],
            np.ones((1, 5)), taken, np.empty((1, 0), dtype=np.int64),
            direction=want.direction or Direction.MAXIMISE, match=want.match,
        )
        for column, want in zip(y.T, wants, strict=True)
    )  # fmt: skip
    return replace(Joint(outcomes, wants, X[measured][None], y[measured][None]), **changes)


def in_phases(joint: Joint) -> Joint:
    """The search with another phase from the middle on, where every value is half a unit lower."""
    phase = (joint.X[..., 0] > 0.5).astype(np.int64)
    known = Phases(2, joint.X, phase, phase)
    outcomes = tuple(replace(each, y=each.y - phase / 2, phases=known) for each in joint.outcomes)
    return replace(joint, outcomes=outcomes, y=joint.y - phase[..., None] / 2)


def planned(joint: Joint, runs: int, crucibles: int, **changes: Any) -> Plan:
    furnace = Furnace(GROUP, runs, crucibles, np.zeros(SETTINGS))
    strategy = changes.get("strategy", STANDARD)
    return plan(joint, strategy, furnace, generator(0))


def learned(joint: Joint) -> FantasyPosterior:
    """What is believed of all candidates."""
    model = MultiOutputModel.of(joint, STANDARD, [generator(0)])
    return model.over(torch.from_numpy(points()))


def drawn(now: FantasyPosterior, draws: int) -> Floats:
    """Joint draws of all outcomes over the pool, each sample in a phase of its own, shape
    (draws, N, m)."""
    rng, columns = generator(7), []
    P, N = now.phases, len(points())
    for posterior, want in zip(now.posteriors, now.model.joint.wants, strict=True):
        if posterior is None:
            assert want.known is not None
            columns.append(np.tile(want.known, (draws, P)))
            continue
        K = covariance_of(posterior, np.arange(P * N)).numpy()
        c = len(K)
        part = [
            rng.multivariate_normal(m, k, -(-draws // c), method="eigh")
            for m, k in zip(posterior.mean[:, 0].numpy(), K, strict=True)
        ]
        columns.append(rng.permutation(np.concatenate(part))[:draws])
    found, shares = np.stack(columns, -1), now.measured.shares
    if shares is None:
        return found
    phase = (rng.random((draws, N)) > shares[0, 0].numpy()).astype(np.int64)
    return np.take_along_axis(found, (phase * N + np.arange(N))[..., None], 1)


def growths(
    now: FantasyPosterior, index: Ints, sample: Floats, works: Floats | None = None
) -> Floats:
    """Growth of the hypervolume of 2 goals by some candidates in each joint draw, shape (draws,),
    other outcomes having lower limits; ``works`` tells where a sample does not fail, (draws, N)."""
    front, wants = now.to_beat("observed")[0], now.model.joint.wants
    goals = [j for j, want in enumerate(wants) if want.is_objective]
    kept = np.ones(sample.shape[:2], dtype=bool) if works is None else works.copy()
    for j, want in enumerate(wants):
        if want.lower is not None:
            kept &= sample[:, :, j] >= want.lower
    reference = front.reference[0].numpy()
    base = np.clip(front.good[0][front.inside[0]].numpy() - reference, 0, None)
    new = np.clip(sample[:, index][:, :, goals] - reference, 0, None) * kept[:, index, None]
    both = np.concatenate([np.broadcast_to(base, (len(new), *base.shape)), new], axis=1)
    if len(goals) == 1:
        return np.asarray(both.max((1, 2)) - base.max(initial=0.0))
    return area(both) - area(base)


WANTS = {
    "one goal": (Want(),),
    "one goal and a limit": (Want(), Want(None, lower=-0.3)),
    "two goals": (Want(), Want()),
    "a limit": (Want(), Want(lower=-0.9), Want(None, lower=-0.3)),
    "known": (Want(), Want(known=np.linspace(0, 1, SETTINGS * SAMPLES))),
}


def promised(now: FantasyPosterior, index: Ints, times: int) -> Floats:
    """Our gains of the first 1, 2, .. of these candidates, with fresh futures each time, shape
    (times, q)."""
    rngs = [generator([1, i]) for i in range(times)]
    goals = (BatchObjective.of(now, len(index), rng) for rng in rngs)
    return np.stack([goal.expected_gain(index).log_gain.exp().cumsum(0).numpy() for goal in goals])


@pytest.mark.parametrize("phases", [False, True])
@pytest.mark.parametrize("name", list(WANTS))
def test_gain_is_the_growth_of_the_hypervolume(name: str, phases: bool) -> None:
    """Against counting on 100,000 joint draws, sample by sample, within the errors of both."""
    joint = search(2, WANTS[name])
    now = learned(in_phases(joint) if phases else joint)
    index = np.flatnonzero(~joint.outcomes[0].taken[0])[[0, 3, 5, 8]]
    ours, sample = promised(now, index, 30), drawn(now, 100_000)
    for k in (1, 4):
        plain = growths(now, index[:k], sample)
        assert abs(ours[:, k - 1].mean() - plain.mean()) < allowed(ours[:, k - 1], plain)
    assert allowed(ours[:, 3], plain) < 0.25 * plain.mean()


@pytest.mark.parametrize("name", ["one goal and a limit", "two goals"])
def test_samples_that_may_fail_count_by_their_chance(name: str) -> None:
    joint, X = search(3, WANTS[name]), points()
    bad = np.array([2, 5, 8])
    tried = Tried(np.concatenate([joint.X[0], X[bad]])[None], np.array([[True] * 5 + [False] * 3]))
    joint = replace(joint, outcomes=tuple(replace(each, tried=tried) for each in joint.outcomes))
    now = learned(joint)
    index = np.flatnonzero(~joint.outcomes[0].taken[0])[[1, 4, 6]]
    works = now.measured.works
    assert works is not None
    ours, sample = promised(now, index, 30)[:, -1], drawn(now, 100_000)
    luck = generator(3).random(sample.shape[:2]) < works[0].numpy()
    plain, sure = growths(now, index, sample, luck), growths(now, index, sample)
    assert abs(ours.mean() - plain.mean()) < allowed(ours, plain) < 0.25 * plain.mean()
    assert plain.mean() + allowed(plain) < sure.mean() - allowed(sure)


@pytest.mark.parametrize("name", ["one goal and a limit", "two goals", "a limit", "two phases"])
def test_plan_comes_near_the_best_of_all_plans(name: str) -> None:
    """Two runs of two among 15 candidates at 3 settings: every plan is counted on 1,000 draws.

    Over 40 sets of seeds a plan lacked 0.005 +- 0.012 of the best one's gain, at most 0.08; plans
    drawn at random lack about half."""
    near = []
    for seed in range(8):
        joint = search(seed, WANTS.get(name, WANTS["two goals"]))
        joint = in_phases(joint) if name == "two phases" else joint
        found = planned(joint, 2, 2)
        model = MultiOutputModel(joint, found.proposal.fitted, STANDARD)
        now = model.over(torch.from_numpy(points()))
        sample = drawn(now, 1000)
        free = np.flatnonzero(~joint.outcomes[0].taken[0])
        pairs = [p for p in combinations(free.tolist(), 2) if GROUP[p[0]] == GROUP[p[1]]]
        top = max(
            growths(now, np.array([*one, *other]), sample).mean()
            for one, other in combinations(pairs, 2)
            if not set(one) & set(other)
        )
        near.append(growths(now, picks_of(found.runs), sample).mean() / top)
        for run in found.runs:
            assert (GROUP[run.picks] == run.setting).all()
    assert np.mean(near) > 0.95
    assert min(near) > 0.75


def test_costs_divide_the_gain() -> None:
    """Where a setting is dear, runs go elsewhere; the gain itself is told without the cost."""
    joint = search(1, WANTS["two goals"])
    plain = planned(joint, 1, 2)
    cost = np.where(plain.runs[0].setting == GROUP, 50.0, 1.0)
    dear = planned(replace(joint, cost=cost), 1, 2)
    assert dear.runs[0].setting != plain.runs[0].setting
    assert dear.total <= plain.total * 1.02
    assert dear.by_setting[0, plain.runs[0].setting] == pytest.approx(plain.total / 50, rel=0.2)


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
    picks = picks_of(found.runs).tolist()
    assert len(set(picks)) == len(picks) > 2  # a setting may have a single candidate left
    if name == "limits":  # so many of the samples are expected to keep them: 0.97 +- 0.06 of it
        assert found.total == pytest.approx(float(found.proposal.feasible.sum()), rel=0.4)


def test_the_same_seed_gives_the_same_plan() -> None:
    one, other = (planned(search(0, WANTS["a limit"]), 2, 2) for _each in range(2))
    assert picks_of(one.runs).tolist() == picks_of(other.runs).tolist()
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


def test_the_first_two_outcomes_meet_every_pair_of_components() -> None:
    now = learned(search(0, WANTS["two goals"]))
    goal = BatchObjective.of(now, 2, generator(0))
    pairs = zip(
        goal.fantasies.components(0).tolist(), goal.fantasies.components(1).tolist(), strict=True
    )
    each = len(goal.posteriors[0].variance)
    assert len(set(pairs)) == each * each
