"""Furnace runs: the value of a plan, the plan against every other one, and what limits it."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor

from tansaku.bo.fantasy_posterior import MultiOutputModel
from tansaku.bo.furnace.batch_objective import BatchObjective, covariance_of
from tansaku.bo.furnace.plan import Plan, plan
from tansaku.bo.furnace.plan_search import Furnace, Layout, fill, picks_of
from tansaku.bo.surrogates import Fitted
from tansaku.bo.surrogates.posterior import Posterior
from tansaku.design import Design, Direction, Floats, Ints, Joint, Problems, Tried, Want
from tansaku.strategy import STRATEGIES, AcquisitionSpec, Strategy
from tests.seeds import allowed, binomial_range, generator, scatter

STANDARD = STRATEGIES["standard"].but(components=4)


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


def test_first_runs_by_design() -> None:
    """Nothing measured: the first run in the middle of five settings, its samples from the middle
    outwards; the second at another setting; none twice. Short hours are kept."""
    X, y, group = pool(5, 9, 0)
    nothing = search(X, y, np.empty(0, dtype=np.int64))
    strategy = STRATEGIES["central"]
    made = plan(Joint.of(nothing), strategy, furnace(group, 2, 3), generator(0))
    first, second = made.runs
    assert first.setting == 2
    assert X[first.picks[0]].tolist() == [0.5, 0.5]
    assert second.setting != first.setting
    assert len({*first.picks.tolist(), *second.picks.tolist()}) == 6
    assert all((group[run.picks] == run.setting).all() for run in made.runs)
    hours = np.array([1.0, 1.0, 9.0, 1.0, 1.0])
    short = replace(furnace(group, 2, 3, hours), available=2.0)
    assert 2 not in [
        run.setting for run in plan(Joint.of(nothing), strategy, short, generator(0)).runs
    ]


def furnace(group: Ints, runs: int, crucibles: int, hours: Floats | None = None) -> Furnace:
    settings = int(group.max()) + 1
    return Furnace(group, runs, crucibles, np.zeros(settings) if hours is None else hours)


def plan_runs(
    problems: Problems, strategy: Strategy, furnace: Furnace, rng: np.random.Generator
) -> Plan:
    return plan(Joint.of(problems), strategy, furnace, rng)


def values(problems: Problems, found: Plan, draws: int, seed: int = 5) -> tuple[Floats, Floats]:
    """Joint draws of the whole pool, one block a component, and the values to beat: shapes
    (c, draws, N) and (c,)."""
    (fitted,) = found.proposal.fitted
    assert fitted is not None
    posterior = Posterior.over(fitted.gp, torch.from_numpy(problems.pool.X))
    best = bars(Joint.of(problems), fitted)
    everything = np.arange(len(problems.pool))
    covariance = covariance_of(posterior, everything).numpy()
    rng = generator(seed)
    blocks = [
        rng.multivariate_normal(mean, K, draws, method="eigh")
        for mean, K in zip(posterior.mean[:, 0].numpy(), covariance, strict=True)
    ]
    return np.stack(blocks), best


def settings_of(found: Plan) -> list[int]:
    return [run.setting for run in found.runs]


def gain(drawn: Floats, best: Floats, index: Ints) -> float:
    """Joint expected improvement by counting."""
    return float(np.maximum(drawn[:, :, index].max(-1) - best[:, None], 0).mean())


def wanted(problems: Problems, direction: Direction) -> Joint:
    """The largest value, or one in the middle of the widest gap between those measured, so that it
    can be come nearer to, whatever was drawn."""
    values = np.sort(problems.y[0])
    gap = int(np.argmax(np.diff(values)))
    match = float(values[gap : gap + 2].mean())
    return Joint.of(replace(problems, direction=direction, match=match))


def objective(joint: Joint, slots: int, seed: int) -> BatchObjective:
    """Learned with the same draws, and with fantasies of its own."""
    now = MultiOutputModel.of(joint, STANDARD, [generator(0)]).over(points_of(joint))
    return BatchObjective.of(now, slots, generator([seed, 1]))


def points_of(joint: Joint) -> Tensor:
    return torch.from_numpy(joint.outcomes[0].pool.X)


def bars(joint: Joint, known: Fitted | None = None) -> Floats:
    """What each component of the model expects of the best measured sample, as goodness."""
    (fitted,) = MultiOutputModel.of(joint, STANDARD, [generator(0)]).fitted
    fitted = known or fitted
    assert fitted is not None
    points = torch.from_numpy(joint.X).expand(fitted.components, -1, -1)
    expected = fitted.gp.predict(points)[0].numpy()
    return np.asarray(good(expected, joint.wants[0]).max(1))


def good(values: Floats, want: Want) -> Floats:
    return -np.abs(values - want.match) if want.direction is Direction.MATCH else values


@pytest.mark.parametrize("works", [None, np.array([0.9, 0.3, 0.6, 0.8])])
@pytest.mark.parametrize("direction", list(Direction))
def test_joint_gain_is_what_many_draws_give(direction: Direction, works: Floats | None) -> None:
    """Against counting on joint draws, in which each sample may fail, within the errors of both."""
    problems, _group = small(3)
    joint, gains, chances = wanted(problems, direction), [], []
    index = np.flatnonzero(~problems.taken[0])[[0, 3, 6, 9]]
    for seed in range(90):
        goal = objective(joint, len(index), seed)
        if works is not None:
            log_works = goal.log_works.clone()
            log_works[torch.from_numpy(index)] = torch.from_numpy(works).log()
            goal = replace(goal, log_works=log_works)
        together = goal.expected_gain(index)
        gains.append(float(together.log_gain.exp().sum()))
        chances.append(float(together.chance[-1]))
    (posterior,), rng, gain, found = goal.posteriors, generator(1), [], []
    parts = zip(
        posterior.mean[:, 0, index], covariance_of(posterior, index), bars(joint), strict=True
    )
    for mean, K, bar in parts:
        f = good(rng.multivariate_normal(mean.numpy(), K.numpy(), 20_000), joint.wants[0])
        if works is not None:
            f = np.where(rng.random(f.shape) < works, f, -np.inf)
        gain.append(np.maximum(f.max(1) - bar, 0))
        found.append(f.max(1) > bar)
    for ours, plain in ((gains, gain), (chances, found)):
        counted = np.concatenate(plain)
        bound = allowed(np.array(ours), counted)
        assert abs(np.mean(ours) - counted.mean()) < bound < 0.15 * counted.mean()


@pytest.mark.parametrize("direction", list(Direction))
def test_with_one_goal_and_nothing_fantasized_it_is_the_expected_improvement(
    direction: Direction,
) -> None:
    """In its closed form, or by quadrature, averaged over the components: of every candidate at
    every setting, and of a first sample as plans are compared."""
    problems, group = small(4)
    joint, layout = wanted(problems, direction), Layout.of(group)
    goal = objective(joint, 2, 0)
    ours = goal.candidates(layout.members).log_gain().exp().numpy()
    (posterior,), at = goal.posteriors, (np.arange(20_001) + 0.5) / 20_001
    normal = stats.norm.ppf(at)
    for place, i in np.ndenumerate(layout.members):
        means, sds = posterior.mean[:, 0, i].numpy(), posterior.variance[:, i].sqrt().numpy()
        values = good(means[:, None] + sds[:, None] * normal, joint.wants[0])
        expected = np.maximum(values - bars(joint)[:, None], 0).mean()
        assert ours[place] == pytest.approx(expected, rel=2e-3, abs=1e-6)  # beyond the nodes
        alone = goal.expected_gain(np.array([i])).log_gain.exp().item()
        assert alone == pytest.approx(ours[place], rel=1e-6)


def test_a_run_is_the_best_first_sample_and_then_what_adds_most() -> None:
    """Every setting's run of five searches, against sequential choice with 40,000 counted draws.

    Over 30 sets of seeds the ratios of one setting were 1.001 +- 0.012 and 1.000 +- 0.001, so that
    the bounds lie ten and more standard errors from the mean of about 20."""
    told, greedily = [], []
    for seed in range(5):
        problems, group = small(seed)
        found = plan_runs(problems, STANDARD, furnace(group, 1, 2), generator(seed))
        drawn, best = values(problems, found, 40_000)
        joint, layout = Joint.of(problems), Layout.of(group)
        model = MultiOutputModel(joint, found.proposal.fitted, STANDARD)
        goal = BatchObjective.of(model.over(points_of(joint)), 2, generator(2))
        wide = replace(
            goal, fantasies=goal.judges, front=goal.base, gain=goal.judged_gain
        ).candidates(layout.members)
        runs = fill(wide, layout, problems.taken[0], range(2), np.ones(20))
        for setting, picks in enumerate(runs.picks):
            members = np.flatnonzero((group == setting) & ~problems.taken[0])
            picks = picks[picks >= 0]  # a crucible may stay empty
            assert set(picks) <= set(members)
            ours = gain(drawn, best, picks) if len(picks) else 0.0
            if ours < 1e-4:  # no sample is left, or too little to be counted
                continue
            told.append(float(np.exp(runs.log_gain[setting])) / ours)
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
        ours = gain(drawn, best, picks_of(found.runs))
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
    picks = picks_of(found.runs)
    assert len(set(picks.tolist())) == 9
    assert not problems.taken[0, picks].any()
    for run in found.runs:
        assert (group[run.picks] == run.setting).all()


def test_what_is_under_way_is_not_sought_again() -> None:
    """With the first plan under way, a second one gains less than the first did."""
    X, y, group = pool(5, 6, 2)
    measured = np.array([0, 7, 14, 21])
    first = plan_runs(search(X, y, measured), STANDARD, furnace(group, 1, 3), generator(0))
    second = plan_runs(
        search(X, y, measured, np.sort(first.runs[0].picks)), STANDARD, furnace(group, 1, 3),
        generator(0),
    )  # fmt: skip
    assert 0 < second.total < first.total
    assert not set(first.runs[0].picks) & set(second.runs[0].picks)


def test_the_same_seed_gives_the_same_plan() -> None:
    problems, group = small(2)
    one, other = (
        plan_runs(problems, STANDARD, furnace(group, 2, 2), generator(4)) for _each in range(2)
    )
    assert settings_of(one) == settings_of(other)
    assert picks_of(one.runs).tolist() == picks_of(other.runs).tolist()


def test_hours_are_kept_and_well_spent() -> None:
    """Against every plan of two runs of two that fits into the hours.

    Over 30 sets of seeds a plan lacked 0.002 +- 0.007 of the best one's gain, at most 0.04."""
    near, hours = [], np.array([2.0, 5.0, 8.0, 11.0])
    for seed in range(5):
        problems, group = small(seed)
        tight = replace(furnace(group, 2, 2, hours), available=13.0)
        found = plan_runs(problems, STANDARD, tight, generator(seed))
        assert hours[settings_of(found)].sum() <= 13.0
        for i, setting in enumerate(settings_of(found)):
            assert np.isfinite(found.by_setting[i, setting])
        drawn, best = values(problems, found, 4_000)
        ours = gain(drawn, best, picks_of(found.runs))
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
    assert sorted(len(run.picks) for run in found.runs) == [2, 3]
    assert sorted(picks_of(found.runs).tolist()) == [3, 4, 5, 6, 7]


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
        assert sorted(settings_of(found)) == [0, 1, 2]
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
    (fitted,) = plans[0].proposal.fitted
    assert fitted is not None
    assert fitted.scatter is not None
    chance = float(fitted.scatter[0])
    assert chance > 0.5
    low, high = binomial_range(60, chance)
    assert low <= np.mean([plan.at_random for plan in plans]) <= high


def test_matching_a_value() -> None:
    """A plan for a value to match, too; where one is hit exactly, nothing is left to gain, and the
    run is filled with different samples all the same."""
    problems, group = small(0)
    joint = wanted(problems, Direction.MATCH)
    found = plan(joint, STANDARD, furnace(group, 1, 2), generator(0))
    assert found.total > 0
    assert len(set(found.runs[0].picks.tolist())) == 2
    hit = Joint.of(replace(joint.outcomes[0], match=float(problems.y[0, 0])))
    observed = STANDARD.model_copy(update={"acquisition": AcquisitionSpec()})
    found = plan(hit, observed, furnace(group, 2, 2), generator(0))
    assert found.total == 0
    picks = picks_of(found.runs)
    assert len(set(picks.tolist())) == len(picks) > 2
    assert not problems.taken[0, picks].any()


def test_runs_stay_away_from_where_samples_fail() -> None:
    """The best lies where two of four settings have seen nothing but failures, and nearly all of
    those: a plan that knows of none sends both its runs there, one that does chooses samples that
    are likelier to work, and is worth less. The surface is fixed, and so is the plan that is
    compared with; by chance falls only how the model of the other samples and imagines."""
    X, _values, group = pool(4, 8, 1)
    y = -((X[:, 0] - 0.4) ** 2) - (X[:, 1] - 0.7) ** 2
    measured = np.array([0, 1, 8, 9, 16, 17])
    failed = np.array([2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27])
    tried = np.concatenate([measured, failed])
    plain = search(X, y, measured)
    wary = replace(plain, tried=Tried(X[tried][None], np.isin(tried, measured)[None]))
    careless = plan_runs(plain, STANDARD, furnace(group, 2, 2), np.random.default_rng(0))
    found = plan_runs(wary, STANDARD, furnace(group, 2, 2), generator(0))
    (fitted,) = MultiOutputModel.of(Joint.of(wary), STANDARD, [generator(0)]).fitted
    assert fitted is not None
    assert fitted.works is not None
    works = fitted.works.probability(torch.from_numpy(X))[0].numpy()
    assert sorted(settings_of(careless)) == [2, 3]
    assert min(settings_of(found)) < 2
    assert works[picks_of(found.runs)].sum() > works[picks_of(careless.runs)].sum() + 0.1
    assert found.proposal.works is not None
    assert found.total < careless.total
