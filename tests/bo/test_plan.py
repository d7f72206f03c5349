"""Plans by enumeration: what the hours leave, chances beside what is under way, unequal runs."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch
from scipy import stats

from tansaku.bo.fantasy_posterior import MultiOutputModel
from tansaku.bo.furnace.batch_objective import BatchObjective, _undominated_by, covariance_of
from tansaku.bo.furnace.plan_search import Furnace, Layout, PlanSearch, Run, picks_of
from tansaku.design import Design, Floats, Joint, Problems
from tansaku.strategy import STRATEGIES
from tests.bo import test_joint_runs as several
from tests.seeds import generator

STANDARD = STRATEGIES["standard"].but(components=4)
GROUP = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3])
"""Setting of each of 16 candidates; of the last setting there are two."""
MEASURED, PENDING = np.array([0, 6, 9, 12]), np.array([3, 8])


def search(
    crucibles: int,
    *,
    hours: Floats | None = None,
    available: float = np.inf,
    cost: Floats | None = None,
) -> PlanSearch:
    """Two runs to be planned, two samples under way."""
    rng = generator(4)
    X = np.stack([rng.random(16), GROUP / 3], -1)
    y = np.sin(3 * X[:, 0]) - (X[:, 1] - 0.6) ** 2
    taken = np.zeros((1, 16), dtype=bool)
    taken[0, [*MEASURED, *PENDING]] = True
    problems = Problems(
        Design(X, ("x", "T")), X[MEASURED][None], y[MEASURED][None], np.ones((1, 4)),
        taken, PENDING[None],
    )  # fmt: skip
    furnace = Furnace(GROUP, 2, crucibles, np.zeros(4) if hours is None else hours, available)
    now = MultiOutputModel.of(Joint.of(problems), STANDARD, [generator(1)]).over(
        torch.from_numpy(X)
    )
    goal = BatchObjective.of(now, furnace.slots(PENDING), generator(2))
    price = np.ones(16) if cost is None else cost
    return PlanSearch(goal, furnace, Layout.of(GROUP), taken[0], PENDING, price)


def promised_by_hand(made: PlanSearch, picks: list[int]) -> tuple[Floats, Floats]:
    """(what each sample adds to those before it, chance that one of those so far beats the best);
    the pending ones first, in the very futures in which plans are compared."""
    goal = made.objective
    (posterior,), index, gains, beats = goal.posteriors, np.array([*PENDING, *picks]), [], []
    c, q = len(posterior.variance), len(index)
    bars = goal.base.most().view(c, -1).numpy()
    for k, (mean, K) in enumerate(
        zip(
            posterior.mean[:, 0, index].numpy(), covariance_of(posterior, index).numpy(),
            strict=True,
        )
    ):  # fmt: skip
        draws = goal.judges.draws[0][:q, k].numpy()
        L = np.linalg.cholesky(K + 1e-12 * K.diagonal().max() * np.eye(len(K)))
        seen = mean[:, None] + L @ draws
        top, parts = bars[k], []
        for i, sd in enumerate(np.diag(L)):
            u = (seen[i] - sd * draws[i] - top) / sd
            parts.append(sd * (stats.norm.pdf(u) + u * stats.norm.cdf(u)))
            top = np.maximum(top, seen[i])
        gains.append(parts)
        beats.append(np.maximum.accumulate(seen > bars[k], axis=0))
    return np.mean(gains, axis=(0, 2)), np.mean(beats, axis=(0, 2))


def found(made: PlanSearch) -> tuple[list[Run], Floats, float]:
    """(the runs, gain of a run at every setting, gain before any exchange)."""
    start = max(made.starts(), key=made.utility)
    return *made.exchanged(start), made.utility(start)


@pytest.mark.parametrize("crucibles", [1, 3])
def test_gains_and_chances_of_runs_beside_pending_samples(crucibles: int) -> None:
    """A run's gain is beyond all that comes before it; its chance counts what comes before it,
    samples under way as well. Runs of the last setting have two samples only."""
    made = search(crucibles)
    runs = [Run(3, np.array([14, 15])[:crucibles]), Run(0, np.array([1, 4, 2])[:crucibles])]
    gains, chances = promised_by_hand(made, [i for run in runs for i in run.picks.tolist()])
    first, second = len(runs[0].picks), len(runs[1].picks)
    assert first < second or crucibles == 1
    own = gains[len(PENDING) :]
    expected = [own[:first].sum(), own[first:].sum()]
    np.testing.assert_allclose(made.gains(runs), expected, rtol=1e-6)
    assert made.utility(runs) == pytest.approx(sum(expected), rel=1e-6)
    best, _by_setting, _greedy = found(made)
    gains, chances = promised_by_hand(made, picks_of(best).tolist())
    ends = len(PENDING) + np.cumsum([len(run.picks) for run in best])
    np.testing.assert_allclose(made.chances(best), chances[ends - 1], atol=1e-12)
    assert made.gains(best).sum() == pytest.approx(gains[len(PENDING) :].sum(), rel=1e-6)
    assert len(set(chances.tolist())) > 2


def test_a_plan_is_worth_its_gain_over_the_mean_cost_of_its_samples() -> None:
    """Runs of unequal size, each sample at a price of its own."""
    cost = np.linspace(1.0, 4.0, 16)
    made = search(3, cost=cost)
    runs = [Run(3, np.array([14, 15])), Run(0, np.array([1, 4, 2]))]
    gains, _chances = promised_by_hand(made, [14, 15, 1, 4, 2])
    spent = cost[[14, 15, 1, 4, 2]].mean()
    assert made.utility(runs) == pytest.approx(gains[len(PENDING) :].sum() / spent, rel=1e-6)
    best, _by_setting, greedy = found(made)
    assert greedy <= made.gains(best).sum() / cost[picks_of(best)].mean() * (1 + 1e-9)


HOURS = np.array([0.1, 0.3, 0.7, 1.0])


@pytest.mark.parametrize("available", [0.2, 0.4, 0.8, 1.1, 1.3, 2.0])
def test_a_run_is_tried_just_where_its_hours_are_left(available: float) -> None:
    """With another run held, or with one more to come; sums of decimal fractions may be used up."""
    made = search(2, hours=HOURS, available=available)
    whole = np.rint(10 * HOURS)
    for held, later in product([None, 0, 1, 2], [0, 1]):
        others = [] if held is None else [Run(held, np.flatnonzero(held == GROUP)[1:2])]
        used = sum(whole[run.setting] for run in others)
        rank = made._ranked(others, later)
        fits = whole <= round(10 * available) - used - later * whole.min()
        np.testing.assert_array_equal(np.isfinite(rank), fits)
        per_hour = made._ranked(others, later, per_hour=True)
        np.testing.assert_allclose(per_hour[fits], rank[fits] - np.log(HOURS[fits]))
        best = made._everywhere(others).log_gain
        np.testing.assert_allclose(rank[fits], best[fits])


@pytest.mark.parametrize("available", [0.2, 0.8, 1.1, 1.4])
def test_every_plan_that_is_tried_keeps_the_hours(available: float) -> None:
    """Whole plans of two runs, from the first guess to the answer."""
    made = search(2, hours=HOURS, available=available)
    starts = made.starts()
    for runs in starts:
        assert len(runs) == 2
        assert sum(HOURS[run.setting] for run in runs) <= available + 1e-9
    assert len({tuple(run.setting for run in runs) for runs in starts}) > 1 or available == 0.2
    best, by_setting, _greedy = found(made)
    assert sum(HOURS[run.setting] for run in best) <= available + 1e-9
    for gains, other in zip(by_setting, best[::-1], strict=True):
        gone = [*MEASURED, *PENDING, *other.picks]
        free = np.bincount(np.delete(GROUP, gone), minlength=4) > 0
        fits = available - HOURS[other.setting] + 1e-9 >= HOURS
        np.testing.assert_array_equal(gains > 0, fits & free)


def test_a_run_that_is_filled_anew_holds_different_samples_of_its_setting() -> None:
    """And gains no less than before."""
    made = search(3)
    others, run = [Run(3, np.array([14, 15]))], Run(0, np.array([4, 2, 1]))
    found = made._refilled(others, run)
    assert found.setting == 0
    assert set(found.picks.tolist()) == {1, 2, 4}  # all that are open there
    wide = replace(made, layout=Layout.of(np.zeros(16, dtype=np.int64)))
    again = wide._refilled([], Run(0, np.array([14, 15, 1])))
    assert len(set(again.picks.tolist())) == 3
    assert not made.taken[again.picks].any()
    assert wide.utility([again]) > 0.95 * wide.utility([Run(0, np.array([14, 15, 1]))])


def test_where_samples_have_costs_a_run_takes_what_gains_most_per_cost() -> None:
    """At every setting, of all that are open there."""
    plain = search(1)
    gain = plain._with([])[0].candidates(plain.layout.members).log_gain().numpy()
    free = plain.layout.there & ~plain.taken[plain.layout.members]
    most = np.where(free, gain, -np.inf).argmax(1)
    cost = np.linspace(1.0, 3.0, 16)
    cost[plain.layout.members[np.arange(4), most]] = 1e9  # what gains most is out of reach
    filled = replace(plain, cost=cost)._everywhere([])
    for setting, members in enumerate(plain.layout.members):
        rank = np.where(free[setting], gain[setting] - np.log(cost[members]), -np.inf)
        assert filled.picks[setting, 0] == members[rank.argmax()]
        assert rank.argmax() != most[setting] or free[setting].sum() == 1


def test_with_several_goals_chances_count_all_samples_so_far() -> None:
    """The chance that one of them is a new compromise never falls along a plan, and that of the
    last is the share of futures in which some sample is one."""
    now = several.learned(several.search(2, several.WANTS["two goals"]))
    goal = BatchObjective.of(now, 4, generator(1))
    index = np.flatnonzero(~now.model.joint.outcomes[0].taken[0])[[0, 3, 5, 8]]
    chance = goal.expected_gain(index).chance.numpy()
    parts = torch.stack([goal._values(j, index)[2] for j in range(2)], -1)
    new = _undominated_by(parts, goal.base).numpy()
    np.testing.assert_allclose(chance, np.logical_or.accumulate(new, axis=1).mean(0))
    assert (np.diff(chance) >= 0).all()
    assert chance[-1] > new.mean(0).max()
