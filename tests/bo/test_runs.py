"""Furnace runs: the value of a plan, the plan against every other one, and what limits it."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import torch

from tansaku.bo.furnace.crowd import Layout, fill
from tansaku.bo.furnace.given import Furnace, Plan
from tansaku.bo.furnace.joint_gain import promise
from tansaku.bo.furnace.one_goal import OneGoal
from tansaku.bo.furnace.plan import plan_runs
from tansaku.bo.furnace.prospect import covariance_of
from tansaku.bo.outlook import outlook_of
from tansaku.bo.surrogates.belief import Belief
from tansaku.design import Design, Direction, Floats, Ints, Problems, Tried
from tansaku.strategy import STRATEGIES
from tests.seeds import generator

STANDARD = STRATEGIES["standard"]


def pool(settings: int, samples: int, seed: int) -> tuple[Floats, Floats, Ints]:
    """(points, values, setting of each) on a grid of process x composition, a smooth surface."""
    rng = generator(seed)
    process, composition = np.linspace(0, 1, settings), np.linspace(0, 1, samples)
    X = np.stack([v.ravel() for v in np.meshgrid(composition, process, indexing="ij")], axis=1)
    a, b, c = rng.uniform(0.2, 0.8, 3)
    y = -((X[:, 0] - a) ** 2) - (X[:, 1] - b) ** 2 + c * (X[:, 0] - a) * (X[:, 1] - b)
    y += 0.05 * rng.standard_normal(len(y))
    return X, y, np.tile(np.arange(settings), samples)


def search(X: Floats, y: Floats, measured: Ints, pending: Ints | None = None) -> Problems:
    """One search with these rows measured."""
    under_way = np.empty(0, dtype=np.int64) if pending is None else pending
    taken = np.zeros((1, len(X)), dtype=bool)
    taken[0, measured] = taken[0, under_way] = True
    design = Design.continuous(X, ("x", "T"))
    return Problems(
        design, X[measured][None], y[measured][None], np.ones((1, len(measured))), taken,
        under_way[None],
    )  # fmt: skip


def small(seed: int) -> tuple[Problems, Ints]:
    """20 candidates at 4 settings, 6 of them measured."""
    X, y, group = pool(4, 5, seed)
    measured = generator(seed).choice(20, 6, replace=False)
    return search(X, y, measured), group


def furnace(group: Ints, runs: int, crucibles: int, hours: Floats | None = None) -> Furnace:
    settings = int(group.max()) + 1
    return Furnace(group, runs, crucibles, np.zeros(settings) if hours is None else hours)


def values(problems: Problems, found: Plan, draws: int, seed: int = 5) -> tuple[Floats, Floats]:
    """Joint draws of the whole pool, one block a component, and the values to beat: shapes
    (c, draws, N) and (c,)."""
    assert found.proposal.fitted is not None
    belief = Belief.over(found.proposal.fitted.gp, torch.from_numpy(problems.pool.X))
    best = outlook_of(belief, problems, STANDARD.acquisition, []).best.flatten().numpy()
    everything = np.arange(len(problems.pool))
    covariance = covariance_of(belief, everything).numpy()
    rng = generator(seed)
    blocks = [
        rng.multivariate_normal(mean, K, draws, method="eigh")
        for mean, K in zip(belief.mean[:, 0].numpy(), covariance, strict=True)
    ]
    return np.stack(blocks), best


def gain(drawn: Floats, best: Floats, index: Ints) -> float:
    """Joint expected improvement by counting."""
    return float(np.maximum(drawn[:, :, index].max(-1) - best[:, None], 0).mean())


@pytest.mark.parametrize("direction", list(Direction))
def test_joint_gain_is_what_many_draws_give(direction: Direction) -> None:
    """Against a plain average over 200,000 joint draws."""
    rng = generator(1)
    root = rng.standard_normal((2, 5, 5))
    covariance = root @ root.transpose(0, 2, 1) / 5
    mean, best = rng.standard_normal((2, 5)) - 1, np.array([0.4, 0.7])
    draws = torch.from_numpy(rng.standard_normal((5, 8_000)))
    together = promise(
        torch.from_numpy(mean), torch.from_numpy(covariance), torch.from_numpy(best), draws,
        direction=direction, match=0.2,
    )  # fmt: skip
    plain, chance = [], []
    for m, K, b in zip(mean, covariance, best, strict=True):
        f = rng.multivariate_normal(m, K, 200_000)
        score, bar = (f, b) if direction is Direction.MAXIMISE else (-np.abs(f - 0.2), -b)
        plain.append(np.maximum(score.max(1) - bar, 0).mean())
        chance.append((score.max(1) > bar).mean())
    assert float(together.log_gain.exp().sum()) == pytest.approx(np.mean(plain), rel=0.01)
    assert float(together.chance[-1]) == pytest.approx(np.mean(chance), abs=0.01)


def test_a_run_is_the_best_first_sample_and_then_what_adds_most() -> None:
    """Every setting's run, against sequential choice with 40,000 counted draws."""
    problems, group = small(3)
    found = plan_runs(problems, STANDARD, furnace(group, 1, 2), generator(0))
    drawn, best = values(problems, found, 40_000)
    assert found.proposal.fitted is not None
    belief = Belief.over(found.proposal.fitted.gp, torch.from_numpy(problems.pool.X))
    goal = OneGoal.of(problems, STANDARD, belief, 2, generator(2))
    layout = Layout.of(group)
    runs = fill(replace(goal, draws=goal.judges).crowd(layout), layout, problems.taken[0], range(2))
    for setting, picks in enumerate(runs.picks):
        members = np.flatnonzero((group == setting) & ~problems.taken[0])
        assert set(picks) <= set(members)
        total = float(np.exp(runs.total[setting]))
        assert total == pytest.approx(gain(drawn, best, picks), rel=0.05)
        greedy = max(gain(drawn, best, np.array([picks[0], j])) for j in members if j != picks[0])
        assert total > 0.97 * greedy


@pytest.mark.parametrize("seed", range(4))
def test_plan_comes_near_the_best_of_all_plans(seed: int) -> None:
    """Two runs of two among 20 candidates at 4 settings: every plan is tried on 10,000 draws."""
    problems, group = small(seed)
    found = plan_runs(problems, STANDARD, furnace(group, 2, 2), generator(seed))
    drawn, best = values(problems, found, 10_000)
    free = np.flatnonzero(~problems.taken[0])
    pairs = [c for c in combinations(free.tolist(), 2) if group[c[0]] == group[c[1]]]
    top = max(
        gain(drawn, best, np.array([*one, *other]))
        for one, other in combinations(pairs, 2)
        if not set(one) & set(other)
    )
    ours = gain(drawn, best, np.concatenate(found.picks))
    assert ours > 0.97 * top
    assert found.total == pytest.approx(ours, rel=0.06)


def test_pending_samples_and_measured_ones_are_in_no_run() -> None:
    X, y, group = pool(4, 6, 1)
    problems = search(X, y, np.arange(6), np.array([8, 9, 10]))
    found = plan_runs(problems, STANDARD, furnace(group, 3, 3), generator(0))
    picks = np.concatenate(found.picks)
    assert len(set(picks.tolist())) == 9
    assert not problems.taken[0, picks].any()
    for setting, run in zip(found.settings, found.picks, strict=True):
        assert (group[run] == setting).all()


def test_what_is_under_way_is_not_sought_again() -> None:
    """With the first plan under way, a second one gains less than the first did."""
    X, y, group = pool(5, 6, 2)
    measured = np.array([0, 7, 14, 21])
    first = plan_runs(search(X, y, measured), STANDARD, furnace(group, 1, 3), generator(0))
    second = plan_runs(
        search(X, y, measured, np.sort(first.picks[0])), STANDARD, furnace(group, 1, 3),
        generator(0),
    )  # fmt: skip
    assert 0 < second.total < first.total
    assert not set(first.picks[0]) & set(second.picks[0])


def test_the_same_seed_gives_the_same_plan() -> None:
    problems, group = small(2)
    one, other = (
        plan_runs(problems, STANDARD, furnace(group, 2, 2), generator(4)) for _each in range(2)
    )
    assert one.settings.tolist() == other.settings.tolist()
    assert [p.tolist() for p in one.picks] == [p.tolist() for p in other.picks]


def test_exchange_never_loses() -> None:
    for seed in range(2):
        problems, group = small(seed)
        found = plan_runs(problems, STANDARD, furnace(group, 2, 2), generator(seed))
        assert found.total >= found.greedy * (1 - 1e-9)
        for i, setting in enumerate(found.settings.tolist()):
            assert found.by_setting[i, setting] >= 0.9 * found.by_setting[i].max()


@pytest.mark.parametrize("seed", range(3))
def test_hours_are_kept_and_well_spent(seed: int) -> None:
    """Against every plan of two runs of two that fits into the hours."""
    problems, group = small(seed)
    hours = np.array([2.0, 5.0, 8.0, 11.0])
    fire = furnace(group, 2, 2, hours)
    tight = Furnace(fire.group, fire.runs, fire.crucibles, fire.hours, available=13.0)
    found = plan_runs(problems, STANDARD, tight, generator(seed))
    assert hours[found.settings].sum() <= 13.0
    drawn, best = values(problems, found, 10_000)
    free = np.flatnonzero(~problems.taken[0])
    pairs = [c for c in combinations(free.tolist(), 2) if group[c[0]] == group[c[1]]]
    top = max(
        gain(drawn, best, np.array([*one, *other]))
        for one, other in combinations(pairs, 2)
        if not set(one) & set(other) and hours[group[one[0]]] + hours[group[other[0]]] <= 13.0
    )
    assert gain(drawn, best, np.concatenate(found.picks)) > 0.95 * top


def test_a_setting_with_few_candidates_leaves_crucibles_empty() -> None:
    """Its run holds what there is; all samples of the pool are used up by then."""
    X, y, _group = pool(2, 4, 0)
    group = np.array([0, 0, 0, 0, 0, 1, 1, 0])
    found = plan_runs(
        search(X, y, np.array([0, 1, 2])), STANDARD, furnace(group, 2, 3), generator(0)
    )
    assert sorted(len(p) for p in found.picks) == [2, 3]
    assert sorted(np.concatenate(found.picks).tolist()) == [3, 4, 5, 6, 7]


@pytest.mark.parametrize("name", ["random", "standard"])
def test_without_a_model_runs_are_drawn(name: str) -> None:
    """Different settings as long as there are some, within the hours."""
    X, y, group = pool(5, 4, 0)
    problems = search(X, y, np.array([0]))
    hours = np.array([4.0, 4.0, 4.0, 9.0, 9.0])
    for seed in range(20):
        found = plan_runs(
            problems, STRATEGIES[name], Furnace(group, 3, 3, hours, 12.0),
            generator(seed),
        )  # fmt: skip
        assert sorted(found.settings.tolist()) == [0, 1, 2]
        assert all(found.at_random)
        assert not found.proposal.by_model
        assert np.isnan(found.total)


def test_where_the_inputs_tell_nothing_runs_are_drawn_and_say_so() -> None:
    X, _y, group = pool(7, 7, 0)
    y = np.tile([0.0, 3.0, -3.0, 3.0, 0.0, -3.0, 0.0], 7)[:49]
    y[::2] *= -1
    measured = np.arange(0, 49, 2)
    y = generator(0).permutation(y)
    drawn = [
        sum(
            plan_runs(
                search(X, y, measured), STANDARD, furnace(group, 3, 2), generator(seed)
            ).at_random
        )
        for seed in range(3)
    ]
    assert sum(drawn) >= 3


def test_matching_a_value() -> None:
    """The plan for a value to match is near the best of all plans, too."""
    problems, group = small(0)
    wanted = Problems(
        problems.pool, problems.X, problems.y, problems.counts, problems.taken, problems.pending,
        Direction.MATCH, float(np.median(problems.y)) + 0.05,
    )  # fmt: skip
    found = plan_runs(wanted, STANDARD, furnace(group, 1, 2), generator(0))
    assert found.total > 0
    assert len(set(found.picks[0].tolist())) == 2


def test_samples_that_may_fail_count_by_their_chance() -> None:
    """Against a plain average over 200,000 joint draws in which each sample may fail."""
    rng = generator(1)
    root, works = rng.standard_normal((3, 3)), np.array([0.9, 0.3, 0.6])
    K, mean = root @ root.T / 3, np.array([0.5, 1.0, 0.2])
    luck = torch.from_numpy(rng.random((3, 40_000)))
    together = promise(
        torch.from_numpy(mean)[None], torch.from_numpy(K)[None], torch.tensor([0.4]).double(),
        torch.from_numpy(rng.standard_normal((3, 40_000))),
        working=(luck < torch.from_numpy(works)[:, None]).double(),
    )  # fmt: skip
    f = np.where(rng.random((400_000, 3)) < works, rng.multivariate_normal(mean, K, 400_000), -9)
    plain = np.maximum(f.max(1) - 0.4, 0).mean()
    assert float(together.log_gain.exp().sum()) == pytest.approx(plain, rel=0.015)
    assert float(together.chance[-1]) == pytest.approx((f.max(1) > 0.4).mean(), abs=0.01)


def test_runs_stay_away_from_where_samples_fail() -> None:
    """Two of four settings have seen nothing but failures: no run goes to the farther one, and the
    plan is worth less than one that knows of no failure."""
    X, y, group = pool(4, 8, 1)
    measured = np.array([0, 1, 8, 9, 16, 17])
    failed = np.array([2, 3, 6, 7, 10, 11, 14, 15, 18, 19])
    tried = np.concatenate([measured, failed])
    plain = search(X, y, measured)
    wary = replace(plain, tried=Tried(X[tried][None], np.isin(tried, measured)[None]))
    found = plan_runs(wary, STANDARD, furnace(group, 2, 2), generator(0))
    assert 3 not in found.settings
    assert found.proposal.works is not None
    assert found.total < plan_runs(plain, STANDARD, furnace(group, 2, 2), generator(0)).total
