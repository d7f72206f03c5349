"""The engine for several outcomes: laws, and picks checked by the best joint gain."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from tansaku.bo import engine
from tansaku.bo.acquisition import acquisition_of, score_of
from tansaku.bo.fantasy_posterior import MultiOutputModel
from tansaku.bo.objectives.reference import reference_of
from tansaku.design import Design, Direction, Floats, Joint, Phases, Problems, Tried, Want
from tansaku.strategy import STRATEGIES, AcquisitionSpec, Strategy, SurrogateSpec
from tests.bo.conftest import area, table
from tests.seeds import allowed, generator

TWO = (Want(), Want())
NAMES = ("standard", "parego", "desirability", "thompson", "ucb", "pi", "variance")


def values_of(X: Floats, m: int) -> Floats:
    """m smooth outcomes that pull apart, shape (N, m)."""
    columns = [np.sin(3 * X[:, 0] + j) + np.cos(2 * X[:, 1] - 2 * j) for j in range(m)]
    return np.stack(columns, -1)


def searches(
    wants: tuple[Want, ...],
    *,
    b: int = 1,
    n: int = 8,
    values: Floats | None = None,
    poor: bool = False,
) -> Joint:
    """b searches on a real pool, each with n measured candidates; ``poor`` ones have every third of
    the poorer half measured, so that gains are not rare."""
    X = table("lyczp_47")[0]
    Y = values_of(X, len(wants)) if values is None else values
    pool = Design(X, ("x", "y"))
    picks = np.stack([generator([7, i]).permutation(len(X))[:n] for i in range(b)])
    if poor:
        picks = np.argsort(Y[:, 0])[None, : 3 * n : 3]
    taken = np.zeros((b, len(X)), dtype=bool)
    taken[np.arange(b)[:, None], picks] = True
    outcomes = tuple(
        Problems(
            pool=pool,
            X=X[picks],
            y=np.ascontiguousarray(Y[picks][..., j]),
            counts=np.ones(picks.shape),
            taken=taken,
            pending=np.empty((b, 0), dtype=np.int64),
        )
        for j in range(len(wants))
    )
    return Joint(outcomes, wants, X[picks], Y[picks])


def rngs(b: int) -> list[np.random.Generator]:
    return [generator([3, i]) for i in range(b)]


def ask(joint: Joint, n: int = 1, strategy: str = "standard") -> engine.Proposal:
    return engine.propose(joint, STRATEGIES[strategy], n, rngs(joint.size))


@pytest.mark.parametrize("name", NAMES)
def test_never_a_taken_candidate_and_the_same_seed_the_same_answer(name: str) -> None:
    joint = searches(TWO, b=2)
    first, again = ask(joint, 2, name), ask(joint, 2, name)
    assert (first.picks == again.picks).all()
    for row, taken in zip(first.picks, joint.outcomes[0].taken, strict=True):
        assert not taken[row].any()
        assert len(set(row.tolist())) == 2
    assert first.mean.shape == first.sd.shape == (2, 2, 2)
    assert ((first.chance >= 0) & (first.chance <= 1)).all()
    assert (first.sd > 0).all()


def test_company_does_not_matter() -> None:
    both = ask(searches(TWO, b=3))
    one = engine.propose(searches(TWO, b=1), STRATEGIES["standard"], 1, rngs(3)[:1])
    assert both.picks[0, 0] == one.picks[0, 0]
    assert both.mean[0] == pytest.approx(one.mean[0])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("direction", list(Direction))
def test_equal_costs_change_no_pick(name: str, direction: Direction) -> None:
    """Three picks of four searches for one goal, where samples fail: cost 1 is no cost, and where a
    score is a gain, costs that are nearly equal are none either."""
    joint = searches((Want(direction, match=1.0),), b=4)
    tried = Tried(joint.X, np.arange(8) % 3 > np.zeros((4, 1)))
    joint = replace(joint, outcomes=(replace(joint.outcomes[0], tried=tried),))
    plain = ask(joint, 3, name)
    alike = [np.ones(47)]
    if acquisition_of(STRATEGIES[name].acquisition).kind != "value":
        alike.append(1 + 1e-9 * np.arange(47.0))
    for cost in alike:
        assert ask(replace(joint, cost=cost), 3, name).picks.tolist() == plain.picks.tolist()


ONE = Strategy(
    name="one",
    surrogate=SurrogateSpec(fit="map", restarts=2),
    acquisition=AcquisitionSpec(incumbent="observed"),
)
"""A single component, so that what is believed of an outcome is one normal law in each phase."""


def drawn_gains(joint: Joint, found: engine.Landscape, draws: int) -> Floats:
    """What each candidate adds in joint draws of the outcomes, shape (draws, N): to the hypervolume
    of two goals or to the best of one, nothing where a limit is broken. A phase that forms is that
    of all outcomes."""
    rng, N = generator(11), found.score.shape[1]
    phases = found.laws[0].by_phase()
    share = np.ones((1, N)) if phases is None else phases.share[0]
    phase = (rng.random((draws, 1, N)) > share.cumsum(0)[:-1]).sum(1)
    values = []
    for j, each in enumerate(each.by_phase() for each in found.laws):
        law = (found.mean[..., j], found.sd[..., j]) if each is None else (each.mean[0], each.sd[0])
        mean, sd = (np.take_along_axis(part, phase, 0) for part in law)
        values.append(mean + sd * rng.standard_normal((draws, N)))
    sample, y = np.stack(values, -1), joint.y[0]
    goals = list(joint.objectives)
    reference = reference_of(joint)[0]

    def keeps(outcomes: Floats) -> np.ndarray:
        low, high = ([-np.inf if w.lower is None else w.lower for w in joint.wants],
                     [np.inf if w.upper is None else w.upper for w in joint.wants])  # fmt: skip
        return ((outcomes >= low) & (outcomes <= high)).all(-1)

    front = y[keeps(y)][:, goals]
    new = np.maximum(sample[..., goals], reference)
    if len(goals) == 1:
        gain = np.maximum(new[..., 0] - max(front.max(initial=-np.inf), reference[0]), 0)
    else:
        base = np.maximum(front - reference, 0)
        every = np.broadcast_to(base, (*new.shape[:2], *base.shape))
        gain = area(np.concatenate([every, new[:, :, None] - reference], 2)) - area(base)
    return gain * keeps(sample)


def phased(joint: Joint) -> Joint:
    """The searches where values lie 1 higher in the second of two phases."""
    of = (joint.X[..., 0] > 0.5).astype(np.int64)
    phases = Phases(2, joint.X, of, of)
    return replace(
        joint,
        outcomes=tuple(replace(p, y=p.y + of, phases=phases) for p in joint.outcomes),
        y=joint.y + of[..., None],
    )


LIMITED = (Want(), Want(None, upper=0.5))
COMBINED = {
    "two goals, phases": (phased(searches(TWO, poor=True)), 20_000),
    "one goal, phases, a limit": (phased(searches(LIMITED, poor=True)), 40_000),
    "two goals, a limit": (searches((*TWO, Want(None, lower=-0.5)), poor=True), 20_000),
    "one goal, a limit, costs": (
        replace(searches(LIMITED, poor=True), cost=1 + np.arange(47.0) % 5),
        40_000,
    ),
}


@pytest.mark.parametrize("case", list(COMBINED))
@pytest.mark.parametrize("failing", [False, True])
def test_the_score_is_the_mean_gain_of_draws(case: str, failing: bool) -> None:
    """What is wanted, limits, costs, phases and failures together, beside joint draws."""
    joint, draws = COMBINED[case]
    if failing:
        tried = Tried(joint.X, (joint.X[..., 1] < 0.6))
        joint = replace(joint, outcomes=tuple(replace(p, tried=tried) for p in joint.outcomes))
    found = engine.survey(joint, ONE, [generator(1)])
    sample = drawn_gains(joint, found, draws)
    wanted, error = sample.mean(0), sample.std(0) / np.sqrt(draws)
    scale = np.ones(47) if joint.cost is None else joint.cost
    if failing:
        (works, *_same) = [each.works for each in found.fitted if each is not None]
        assert works is not None
        scale = scale / works.probability(torch.from_numpy(joint.outcomes[0].pool.X))[0].numpy()
    told, clear = np.exp(found.score[0]) * scale, wanted > 20 * error
    assert clear.sum() > 5  # what 400 draws or more have hit is held one by one, all as a sum
    assert (np.abs(told - wanted)[clear] < 7 * error[clear]).all()
    assert abs(told.sum() - wanted.sum()) < allowed(sample.sum(1)) < 0.2 * wanted.sum()


def test_an_outcome_measured_more_often_teaches_more() -> None:
    """Rows with only some outcomes measured are used: the sd of that outcome shrinks."""
    joint = searches(TWO)
    X, Y = table("lyczp_47")[0], values_of(table("lyczp_47")[0], 2)
    more = np.flatnonzero(~joint.outcomes[0].taken[0])[:8]
    first = joint.outcomes[0]
    fuller = replace(
        first,
        X=np.concatenate([first.X, X[None, more]], 1),
        y=np.concatenate([first.y, Y[None, more, 0]], 1),
        counts=np.ones((1, 16)),
    )
    before = ask(joint)
    after = ask(replace(joint, outcomes=(fuller, joint.outcomes[1])))
    assert after.sd[0, 0, 0] < before.sd[0, 0, 0]
    assert after.by_model


def test_limits_keep_the_search_where_they_are_likely_kept() -> None:
    X = table("lyczp_47")[0]
    Y = np.stack([X[:, 0], X[:, 1]], -1)
    free = ask(searches((Want(), Want(None)), values=Y))
    bound = ask(searches((Want(), Want(None, upper=0.3)), values=Y))
    assert bound.feasible[0, 0] > 0.5
    assert X[bound.picks[0, 0], 1] < 0.45
    assert free.feasible[0, 0] == pytest.approx(1.0)
    assert bound.way == "hypervolume"
    only = ask(searches((Want(None, lower=0.9),), values=Y[:, :1]))
    assert only.way == "limits"
    assert X[only.picks[0, 0], 0] > 0.6


@pytest.mark.parametrize("name", ["standard", "parego", "variance"])
def test_a_lower_limit_of_a_goal_binds_in_every_way(name: str) -> None:
    """It acts through the reference point where there is a hypervolume, else as a probability."""
    X = table("lyczp_47")[0]
    Y = np.stack([X[:, 0], 1 - X[:, 0]], -1)
    found = ask(searches((Want(lower=0.6), Want()), values=Y, n=24), 1, name)
    assert X[found.picks[0, 0], 0] > 0.5  # of fewer a large gain with a chance of 3 % may win


def test_costs_divide_the_improvement() -> None:
    joint = searches(TWO)
    dear = np.ones(47)
    first = int(ask(joint).picks[0, 0])
    dear[first] = 1e6
    assert int(ask(replace(joint, cost=dear)).picks[0, 0]) != first
    assert int(ask(replace(joint, cost=np.full(47, 3.0))).picks[0, 0]) == first


def test_a_known_outcome_needs_no_measurement() -> None:
    X = table("lyczp_47")[0]
    joint = searches(TWO)
    known = Want(known=-X[:, 1])
    empty = replace(
        joint.outcomes[1], X=np.empty((1, 0, 2)), y=np.empty((1, 0)), counts=np.empty((1, 0))
    )
    at = np.flatnonzero(joint.outcomes[0].taken[0])
    order = [int(np.flatnonzero((x == X).all(1))[0]) for x in joint.X[0]]
    assert sorted(order) == at.tolist()
    y = np.stack([joint.y[0, :, 0], -X[order, 1]], -1)[None]
    found = engine.propose(
        Joint((joint.outcomes[0], empty), (Want(), known), joint.X, y),
        STRATEGIES["standard"], 2, rngs(1),
    )  # fmt: skip
    assert found.mean[0, :, 1] == pytest.approx(-X[found.picks[0], 1])
    assert found.sd[0, :, 1] == pytest.approx(0.0, abs=1e-6)


def test_five_goals_and_unequal_preferences_take_parego() -> None:
    assert ask(searches((Want(),) * 5)).way == "chebyshev"
    assert ask(searches((Want(), Want(weight=3.0)))).way == "chebyshev"
    assert ask(searches((Want(),) * 4)).way == "hypervolume"
    assert ask(searches((Want(useful=(0.0, 1.0)),) * 2)).way == "desirability"
    assert ask(searches((Want(useful=(0.0, 1.0)), Want()))).way == "hypervolume"


def test_matching_within_a_tolerance() -> None:
    """The wanted value is that of an open candidate, and the pick comes near it."""
    X = table("lyczp_47")[0]
    Y = X @ np.array([[1.0], [0.37]])
    open_ones = np.flatnonzero(~searches(TWO).outcomes[0].taken[0])
    wanted = float(np.median(Y[open_ones, 0]))
    want = Want(Direction.MATCH, match=wanted, tolerance=0.01)
    found = ask(searches((want,), values=Y))
    off = np.abs(Y[:, 0] - wanted)
    assert off[found.picks[0, 0]] < np.quantile(off[open_ones], 0.25)


def test_a_constant_objective_leaves_the_other_to_search() -> None:
    X = table("lyczp_47")[0]
    found = ask(searches(TWO, values=np.stack([X[:, 0], np.full(47, 2.0)], -1)))
    assert np.isfinite(found.mean).all()
    assert X[found.picks[0, 0], 0] > 0.5


def test_pending_samples_and_earlier_picks_spread_the_next() -> None:
    joint = searches(TWO)
    first = ask(joint).picks[0, 0]
    outcomes = tuple(
        replace(p, pending=np.array([[first]]), taken=p.taken | (np.arange(47) == first))
        for p in joint.outcomes
    )
    second = ask(replace(joint, outcomes=outcomes)).picks[0, 0]
    assert second != first
    assert second == ask(joint, 2).picks[0, 1] or second not in np.flatnonzero(
        joint.outcomes[0].taken[0]
    )


@pytest.mark.parametrize("m", [3, 4])
def test_with_more_goals_one_expected_future_is_imagined(m: int) -> None:
    found = ask(searches((Want(),) * m), 3)
    assert len(set(found.picks[0].tolist())) == 3


def test_large_pools_are_seen_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first pick from blocks and a short list is that of the whole."""
    joint = searches(TWO)
    whole = ask(joint)
    monkeypatch.setattr(engine, "WHOLE", 10)
    monkeypatch.setattr(engine, "BEST", 12)
    parts = ask(joint)
    assert parts.picks[0, 0] == whole.picks[0, 0]
    assert parts.seen == 1.0
    assert parts.mean[0] == pytest.approx(whole.mean[0])


def test_no_compiler_is_started() -> None:
    """BoTorch would compile C++ on the first use of its own hypervolume acquisitions: ours never
    touches them."""
    code = (
        "import sys, numpy as np\n"
        "import torch.utils.cpp_extension as cpp\n"
        "def refuse(*a, **k): raise SystemExit('compiled')\n"
        "cpp.load = cpp.load_inline = refuse\n"
        "import tansaku as tk\n"
        "frame = tk.datasets.load('lyczp_47')\n"
        "frame.loc[10:, ['sigma_lowT_S_cm', 'relative_density']] = np.nan\n"
        "c = tk.Campaign.from_table(frame, inputs=['x_Y', 'y_Ca'],\n"
        "    target=['sigma_lowT_S_cm:max:log10', 'relative_density:max'])\n"
        "c.suggest(1)\n"
        "assert not [m for m in sys.modules if m.endswith('multi_objective.logei')]\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_a_sample_that_may_fail_is_worth_its_chance_to_work() -> None:
    """Whatever several goals become."""
    model = MultiOutputModel.of(searches(TWO), STRATEGIES["standard"], rngs(1))
    now = model.over(torch.from_numpy(table("lyczp_47")[0]))
    works = torch.linspace(0.05, 1.0, 47, dtype=torch.float64).unsqueeze(0)
    for name in ("standard", "pi", "parego"):
        spec = STRATEGIES[name].acquisition
        one, other = (
            score_of(acquisition_of(spec), replace(now.acquisition_input(spec, rngs(1)), works=w))
            for w in (None, works)
        )
        np.testing.assert_allclose(other - one, works.log(), atol=1e-9)
