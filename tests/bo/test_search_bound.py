"""Branch and bound: what is left out cannot win, and the best of all is found."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest

from tansaku.bo import search_bound
from tansaku.bo.acquisition import acquisition_of, score_of
from tansaku.bo.device import to_device, to_host
from tansaku.bo.fantasy_posterior import MultiOutputModel
from tansaku.bo.kernels import KERNELS
from tansaku.bo.optimize.branch_and_bound import Bounded, branch_and_bound
from tansaku.bo.optimize.settable import drawn
from tansaku.bo.search_bound import best_of_all
from tansaku.design import Design, Direction, Ints, Joint, LevelRule, Problems, Region, Tried
from tansaku.strategy import STRATEGIES, Strategy
from tests.bo.test_free import cube
from tests.seeds import generator

PLENTY = 10**12


def peaks(X: np.ndarray) -> np.ndarray:
    """Three hills, the highest at 0.62 in every column."""
    hills = [
        height * np.exp(-np.square((X - at) / 0.25).sum(1))
        for at, height in ((0.15, 0.8), (0.62, 1.0), (0.9, 0.7))
    ]
    return np.max(hills, axis=0)


def question(region: Region, n: int, seed: int = 0, **more: object) -> tuple[Problems, Ints]:
    """A search after n results, with noise, at random settings."""
    levels = drawn(region, n, generator(seed))
    X = region.encode(levels)
    y = peaks(X) + 0.02 * generator([seed, 1]).normal(size=n)
    problem = Problems(
        pool=Design(X[:0], ("x",) * X.shape[1]),
        X=X[None],
        y=y[None],
        counts=np.ones((1, n)),
        taken=np.zeros((1, 0), dtype=bool),
        pending=np.zeros((1, 0), dtype=np.int64),
    )
    return replace(problem, **more), levels


def model_of(problem: Problems, strategy: Strategy) -> MultiOutputModel:
    return MultiOutputModel.of(Joint.of(problem), strategy, [generator(3)])


def scores(model: MultiOutputModel, region: Region, levels: Ints) -> np.ndarray:
    """ln of the acquisition at settings, each looked at."""
    asked, found = acquisition_of(model.strategy.acquisition), []
    for part in np.array_split(levels, max(1, len(levels) // 20_000)):
        now = model.over(to_device(region.encode(part)))
        given = now.acquisition_input(model.strategy.acquisition, [generator(0)])
        score = to_host(score_of(asked, given))[0]
        with np.errstate(divide="ignore"):
            found.append(np.log(score) if asked.kind == "gain" else score)
    return np.concatenate(found)


def every(region: Region) -> Ints:
    axes = [np.arange(n) for n in region.sizes]
    levels = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, len(axes))
    return levels[region.holds(levels)]


def asked(
    region: Region, problem: Problems, levels: Ints, strategy: Strategy, most: int = PLENTY
) -> tuple[MultiOutputModel, Bounded | None]:
    """From a poor point, so that the best has to be found and not only proved."""
    model = model_of(problem, strategy)
    known = drawn(region, 3, generator(9))
    values = scores(model, region, known)
    values = np.exp(values) if acquisition_of(strategy.acquisition).kind == "gain" else values
    return model, best_of_all(model, region, known, values, levels, most)


@pytest.mark.parametrize("sizes", [(1000, 1000), (32, 32, 32, 32)], ids=["2", "4"])
def test_the_best_of_a_million_is_that_of_brute_force(sizes: tuple[int, ...]) -> None:
    region = replace(cube(sizes), separable=True)
    problem, levels = question(region, 15)
    model, found = asked(region, problem, levels, STRATEGIES["standard"])
    assert found is not None
    assert found.proved
    everywhere = every(region)
    value = scores(model, region, everywhere)
    gone = (everywhere[:, None] == levels).all(-1).any(-1)
    best = np.where(gone, -inf, value).argmax()
    assert found.score == pytest.approx(value[best], rel=1e-9)
    assert found.better.tolist() == [everywhere[best].tolist()]
    assert found.looked < 0.2 * len(everywhere)


RULES = {
    "none": ((41, 41), (), 0),
    "a choice": ((31, 31), (), 3),
    "a sum": ((31, 31, 31), (LevelRule((1, 1, 1), 30, equal=True),), 0),
    "at most": ((31, 31, 21), (LevelRule((2, -1, 3, 0), 20),), 2),
}


@pytest.mark.parametrize("strategy", ["standard", "ei", "variance", "isotropic", "lecture"])
@pytest.mark.parametrize("rules", list(RULES))
def test_the_best_is_that_of_brute_force(rules: str, strategy: str) -> None:
    """With constraints and choices, by each acquisition that rises, after few and many results."""
    sizes, kept, choices = RULES[rules]
    region = replace(cube(sizes, kept, choices), separable=True)
    for n in (4, 25):
        problem, levels = question(region, n)
        model, found = asked(region, problem, levels, STRATEGIES[strategy])
        if acquisition_of(model.strategy.acquisition).rises:
            assert found is not None
            assert found.proved
            everywhere = every(region)
            gone = (everywhere[:, None] == levels).all(-1).any(-1)
            best = scores(model, region, everywhere[~gone]).max()
            assert found.score == pytest.approx(best, rel=1e-8, abs=1e-8)
        else:
            assert found is None


def test_chances_to_fail_are_kept_in_mind() -> None:
    region = replace(cube((101, 101)), separable=True)
    problem, levels = question(region, 12)
    X = region.encode(drawn(region, 20, generator(5)))
    problem = replace(problem, tried=Tried(X[None], (X.sum(1) < 1.3)[None]))
    model, found = asked(region, problem, levels, STRATEGIES["standard"])
    assert found is not None
    everywhere = every(region)
    gone = (everywhere[:, None] == levels).all(-1).any(-1)
    value = scores(model, region, everywhere[~gone])
    assert found.proved
    assert found.score == pytest.approx(value.max(), rel=1e-9)
    without = model_of(replace(problem, tried=None), STRATEGIES["standard"])
    assert scores(without, region, everywhere[~gone]).argmax() != value.argmax()


@pytest.mark.parametrize("kernel", list(KERNELS))
@pytest.mark.parametrize("n", [3, 30])
def test_no_point_of_a_box_varies_more_than_the_bound(kernel: str, n: int) -> None:
    """Mean and sd of each process at points drawn in boxes of any size, under every kernel."""
    region = replace(cube((1001,) * 3), separable=True)
    problem, _levels = question(region, n)
    strategy = STRATEGIES["standard"]
    assert strategy.surrogate is not None
    surrogate = strategy.surrogate.model_copy(update={"kernel": kernel})
    gp = model_of(problem, strategy.model_copy(update={"surrogate": surrogate})).fitted[0]
    assert gp is not None
    variation = search_bound._Variation.of(gp.processes, to_device(np.arange(3)))
    rng = generator(n)
    centre, side = rng.random((200, 3)), 10 ** rng.uniform(-6, 0, (200, 3))
    up, wider = (to_host(e) for e in variation.around(to_device(centre), to_device(side)))

    def moments(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        mean, var = gp.processes.predict(to_device(X).expand(len(up), -1, -1))
        return to_host(mean), np.sqrt(to_host(var))

    mean, sd = moments(centre)
    closest = inf
    for _draw in range(50):
        other = centre + rng.choice([-1, 1, 0.5, 0], side.shape) * side
        there, spread = moments(other)
        assert (there - mean <= up * (1 + 1e-9) + 1e-9).all()
        # An sd is the root of a difference, so it is known to some 1e-7 only.
        assert (spread - sd <= wider * (1 + 1e-9) + 1e-6).all()
        closest = min(closest, float((up / np.maximum(there - mean, 1e-12)).min()))
    assert closest < 3  # it is a bound that is of use


def test_when_it_may_not_look_further_it_says_what_no_point_exceeds() -> None:
    region = replace(cube((100, 100, 100)), separable=True)
    problem, levels = question(region, 15)
    _model, whole = asked(region, problem, levels, STRATEGIES["standard"])
    assert whole is not None
    before = inf
    for most in (3 * 10**4, 3 * 10**5, 10**6):
        _model, found = asked(region, problem, levels, STRATEGIES["standard"], most)
        assert found is not None
        assert not found.proved
        assert whole.score <= found.ceiling <= before
        assert found.score <= whole.score
        assert found.times >= np.exp(whole.score - found.score) * (1 - 1e-9)
        before = found.ceiling


def test_nothing_is_said_where_nothing_bounds_the_score() -> None:
    region = replace(cube((41, 41)), separable=True)
    problem, levels = question(region, 6)
    strategy = STRATEGIES["standard"]
    near = replace(problem, direction=Direction.MATCH, match=0.5)
    assert asked(region, near, levels, strategy)[1] is None
    assert asked(region, problem, levels, STRATEGIES["ucb"])[1] is None
    assert asked(replace(region, separable=False), problem, levels, strategy)[1] is None


def test_more_choices_than_may_be_asked_prove_nothing() -> None:
    region = replace(cube((5,), (), 40), separable=True)

    def ask(middle: Ints, reach: Ints) -> tuple[np.ndarray, np.ndarray]:
        raise AssertionError("nothing is to be asked")

    none = np.empty((0, 2), dtype=np.int64)
    found = branch_and_bound(
        region, ask, 0.0, slopes=np.array([1.0, 0.0]), gone=none, most=39, at_a_time=10
    )
    assert (found.proved, found.looked, found.ceiling) == (False, 0, inf)
