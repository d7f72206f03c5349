"""Furnace runs: the value of a plan, the plan against every other one, and what limits it."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import torch

from tansaku.bo.furnace.batch_objective import covariance_of
from tansaku.bo.furnace.given import Furnace, Plan
from tansaku.bo.furnace.joint_gain import expected_gain
from tansaku.bo.furnace.one_goal import OneGoal, incumbent
from tansaku.bo.furnace.plan import plan_runs
from tansaku.bo.furnace.run_candidates import Layout, fill
from tansaku.bo.surrogates.posterior import Posterior
from tansaku.design import Design, Direction, Floats, Ints, Problems, Tried
from tansaku.strategy import STRATEGIES
from tests.bo.conftest import fitted_of
from tests.seeds import allowed, binomial_range, generator, scatter

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
    design = Design(X, ("x", "T"))
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
    posterior = Posterior.over(fitted_of(found.proposal).gp, torch.from_numpy(problems.pool.X))
    best = incumbent(posterior, problems, STANDARD.acquisition).flatten().numpy()
    everything = np.arange(len(problems.pool))
    covariance = covariance_of(posterior, everything).numpy()
    rng = generator(seed)
    blocks = [
        rng.multivariate_normal(mean, K, draws, method="eigh")
        for mean, K in zip(posterior.mean[:, 0].numpy(), covariance, strict=True)
    ]
    return np.stack(blocks), best


def gain(drawn: Floats, best: Floats, index: Ints) -> float:
    """Joint expected improvement by counting."""
    return float(np.maximum(drawn[:, :, index].max(-1) - best[:, None], 0).mean())


@pytest.mark.parametrize("direction", list(Direction))
def test_joint_gain_is_what_many_draws_give(direction: Direction) -> None:
    """Against a plain average over 200,000 joint draws, within the errors of both; that of ours by
    40 batches of 400 futures: some 5 % at most, a tenth under every seed."""
    rng = generator(1)
    root = scatter(50).reshape(2, 5, 5)
    covariance = root @ root.transpose(0, 2, 1) / 5
    mean, best = scatter(10, 7).reshape(2, 5) - 1, np.array([0.4, 0.7])
    gains, chances = [], []
    for _batch in range(40):
        together = expected_gain(
            torch.from_numpy(mean), torch.from_numpy(covariance), torch.from_numpy(best),
            torch.from_numpy(rng.standard_normal((5, 400))), direction=direction, match=0.2,
        )  # fmt: skip
        gains.append(float(together.log_gain.exp().sum()))
        chances.append(float(together.chance[-1]))
    gain, found = [], []
    for m, K, b in zip(mean, covariance, best, strict=True):
        f = rng.multivariate_normal(m, K, 100_000)
        score, bar = (f, b) if direction is Direction.MAXIMISE else (-np.abs(f - 0.2), -b)
        gain.append(np.maximum(score.max(1) - bar, 0))
        found.append(score.max(1) > bar)
    for ours, plain in ((gains, gain), (chances, found)):
        counted = np.mean(plain, axis=0)
        bound = allowed(np.array(ours), counted)
        assert abs(np.mean(ours) - counted.mean()) < bound < 0.1 * counted.mean()


def test_a_run_is_the_best_first_sample_and_then_what_adds_most() -> None:
    """Every setting's run of five searches, against sequential choice with 40,000 counted draws.

    Over 30 sets of seeds the ratios of one setting were 1.001 +- 0.012 and 1.000 +- 0.001, so that
    the bounds lie ten and more standard errors from the mean of about 20."""
    told, greedily = [], []
    for seed in range(5):
        problems, group = small(seed)
        found = plan_runs(problems, STANDARD, furnace(group, 1, 2), generator(seed))
        drawn, best = values(problems, found, 40_000)
        posterior = Posterior.over(fitted_of(found.proposal).gp, torch.from_numpy(problems.pool.X))
        goal = OneGoal.of(problems, STANDARD, posterior, 2, generator(2))
        layout = Layout.of(group)
        crowd = replace(goal, draws=goal.judges).crowd(layout)
        runs = fill(crowd, layout, problems.taken[0], range(2))
        for setting, picks in enumerate(runs.picks):
            members = np.flatnonzero((group == setting) & ~problems.taken[0])
            picks = picks[picks >= 0]  # a crucible may stay empty
            assert set(picks) <= set(members)
            ours = gain(drawn, best, picks)
            if ours < 1e-4:  # too little to be counted
                continue
            told.append(float(np.exp(runs.total[setting])) / ours)
            after = [gain(drawn, best, np.array([picks[0], j])) for j in members if j != picks[0]]
            greedily.append(ours / max(after, default=ours))
    assert 0.97 < np.mean(told) < 1.03
    assert np.mean(greedily) > 0.99


def best_plan(
    drawn: Floats, best: Floats, problems: Problems, group: Ints, hours: Floats, available: float
) -> float:
    """The largest gain of two runs of two that fits into the hours, every plan counted."""
    free = np.flatnonzero(~problems.taken[0])
    pairs = [p for p in combinations(free.tolist(), 2) if group[p[0]] == group[p[1]]]
    return max(
        gain(drawn, best, np.array([*one, *other]))
        for one, other in combinations(pairs, 2)
        if not set(one) & set(other) and hours[group[[one[0], other[0]]]].sum() <= available
    )


def test_plan_comes_near_the_best_of_all_plans() -> None:
    """Two runs of two among 20 candidates at 4 settings: every plan is tried on 4,000 draws.

    Over 30 sets of seeds a plan lacked 0.001 +- 0.004 of the best one's gain, at most 0.02; what it
    was told to gain was off by 0.000 +- 0.009."""
    near, told = [], []
    for seed in range(5):
        problems, group = small(seed)
        found = plan_runs(problems, STANDARD, furnace(group, 2, 2), generator(seed))
        drawn, best = values(problems, found, 4_000)
        top = best_plan(drawn, best, problems, group, np.zeros(4), 0.0)
        ours = gain(drawn, best, np.concatenate(found.picks))
        near.append(ours / top)
        told.append(found.total / ours)
        assert found.total >= found.greedy * (1 - 1e-9)  # exchange never loses
    assert np.mean(near) > 0.97
    assert min(near) > 0.9
    assert 0.96 < np.mean(told) < 1.04


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


def test_hours_are_kept_and_well_spent() -> None:
    """Against every plan of two runs of two that fits into the hours.

    Over 30 sets of seeds a plan lacked 0.002 +- 0.007 of the best one's gain, at most 0.04."""
    near, hours = [], np.array([2.0, 5.0, 8.0, 11.0])
    for seed in range(5):
        problems, group = small(seed)
        tight = replace(furnace(group, 2, 2, hours), available=13.0)
        found = plan_runs(problems, STANDARD, tight, generator(seed))
        assert hours[found.settings].sum() <= 13.0
        for i, setting in enumerate(found.settings.tolist()):
            assert np.isfinite(found.by_setting[i, setting])
        drawn, best = values(problems, found, 4_000)
        ours = gain(drawn, best, np.concatenate(found.picks))
        near.append(ours / best_plan(drawn, best, problems, group, hours, 13.0))
    assert np.mean(near) > 0.95
    assert min(near) > 0.8


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
    """Each run is drawn with the probability that they tell nothing."""
    X, _y, group = pool(7, 7, 0)
    problems = search(X, scatter(49, 7), np.arange(0, 49, 2))
    plans = [
        plan_runs(problems, STANDARD, furnace(group, 3, 2), generator(seed)) for seed in range(20)
    ]
    fitted = fitted_of(plans[0].proposal)
    assert fitted.scatter is not None
    chance = float(fitted.scatter[0])
    assert chance > 0.5
    low, high = binomial_range(60, chance)
    assert low <= np.mean([plan.at_random for plan in plans]) <= high


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
    """Against a plain average over 400,000 joint draws in which each sample may fail, within the
    errors of both; that of ours by batches of 2,000 futures."""
    rng = generator(1)
    root, works = scatter(9).reshape(3, 3), np.array([0.9, 0.3, 0.6])
    K, mean = root @ root.T / 3, np.array([0.5, 1.0, 0.2])
    gains, chances = [], []
    for _batch in range(20):
        luck = torch.from_numpy(rng.random((3, 2_000)))
        together = expected_gain(
            torch.from_numpy(mean)[None], torch.from_numpy(K)[None], torch.tensor([0.4]).double(),
            torch.from_numpy(rng.standard_normal((3, 2_000))),
            working=(luck < torch.from_numpy(works)[:, None]).double(),
        )  # fmt: skip
        gains.append(float(together.log_gain.exp().sum()))
        chances.append(float(together.chance[-1]))
    f = np.where(rng.random((400_000, 3)) < works, rng.multivariate_normal(mean, K, 400_000), -9)
    for ours, plain in ((gains, np.maximum(f.max(1) - 0.4, 0)), (chances, f.max(1) > 0.4)):
        bound = allowed(np.array(ours), plain)
        assert abs(np.mean(ours) - plain.mean()) < bound < 0.05 * plain.mean()


def test_runs_stay_away_from_where_samples_fail() -> None:
    """The best lies where two of four settings have seen nothing but failures: a plan that knows of
    none sends both its runs there, one that does goes where samples work as well, and is worth
    less. The surface is fixed; by chance falls only how the model samples and imagines."""
    X, _values, group = pool(4, 8, 1)
    y = -((X[:, 0] - 0.4) ** 2) - (X[:, 1] - 0.7) ** 2
    measured = np.array([0, 1, 8, 9, 16, 17])
    failed = np.array([2, 3, 6, 7, 10, 11, 14, 15, 18, 19])
    tried = np.concatenate([measured, failed])
    plain = search(X, y, measured)
    wary = replace(plain, tried=Tried(X[tried][None], np.isin(tried, measured)[None]))
    careless = plan_runs(plain, STANDARD, furnace(group, 2, 2), generator(0))
    found = plan_runs(wary, STANDARD, furnace(group, 2, 2), generator(0))
    assert sorted(careless.settings) == [2, 3]
    assert min(found.settings) < 2
    assert found.proposal.works is not None
    assert found.total < careless.total
