"""The search between settable points: exact points, and better ones than draws alone."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from botorch.generation.gen import gen_candidates_scipy
from botorch.utils.sampling import HitAndRunPolytopeSampler
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tansaku.bo.engine import survey
from tansaku.bo.fantasy_posterior import MultiOutputModel
from tansaku.bo.optimize.counting import Counted
from tansaku.bo.optimize.free import climb
from tansaku.bo.optimize.settable import (
    Elimination,
    around,
    distinct,
    drawn,
    hit_and_run,
    neighbours,
    settle,
)
from tansaku.bo.search import _scores, _smooth, candidates
from tansaku.design import Design, Joint, LevelRule, Problems, Region
from tansaku.strategy import STRATEGIES
from tests.seeds import FALSE_ALARM, generator, spread


def cube(sizes: tuple[int, ...], rules: tuple[LevelRule, ...] = (), choices: int = 0) -> Region:
    """Ordered parameters with these sizes, and one choice in one-hot columns where asked."""
    p = len(sizes)
    every = np.array([*sizes, choices] if choices else sizes)
    steps = 1 / (np.array(sizes) - 1)

    def holds(levels: np.ndarray) -> np.ndarray:
        kept = np.ones(len(levels), dtype=bool)
        for rule in rules:
            kept &= rule.holds(levels)
        return kept

    def encode(levels: np.ndarray) -> np.ndarray:
        hot = [(levels[:, -1:] == c) * 0.35 for c in range(choices)]
        return np.concatenate([levels[:, :p] * steps, *hot], axis=1)

    return Region(
        sizes=every,
        columns=np.array([*range(p), -1] if choices else range(p)),
        steps=np.append(steps, 0.0) if choices else steps,
        rules=rules,
        holds=holds,
        encode=encode,
    )


def settable(region: Region, levels: np.ndarray) -> bool:
    """Whether all points are whole, inside, distinct and keep the rules (in Python's integers)."""
    for row in levels.tolist():
        for rule in region.rules:
            left = sum(c * level for c, level in zip(rule.coefficients, row, strict=True))
            if not (left == rule.bound if rule.equal else left <= rule.bound):
                return False
    inside = ((levels >= 0) & (levels < region.sizes)).all()
    return (
        bool(inside) and levels.dtype == np.int64 and len(np.unique(levels, axis=0)) == len(levels)
    )


regions = st.builds(
    lambda sizes, factors, share, equal: (
        cube(
            tuple(sizes),
            (
                LevelRule(
                    tuple(factors[: len(sizes)]),
                    round(
                        share
                        * sum(max(c, 0) * (s - 1) for c, s in zip(factors, sizes, strict=False))
                    ),
                    equal,
                ),
            ),
            choices=3,
        )
        if equal is not None
        else cube(tuple(sizes), choices=3)
    ),
    st.lists(st.integers(2, 400), min_size=2, max_size=4),
    st.lists(st.integers(-3, 3), min_size=5, max_size=5).map(lambda f: [*f[:4], 0]),
    st.floats(0.2, 0.8),
    st.sampled_from([None, False, True]),
)


def with_choice(region: Region) -> Region:
    """Rules over all parameters: the choice's coefficient is 0."""
    rules = tuple(
        LevelRule((*rule.coefficients[: len(region.sizes) - 1], 0), rule.bound, rule.equal)
        for rule in region.rules
    )
    return Region(
        region.sizes, region.columns, region.steps, rules,
        lambda levels: np.all([rule.holds(levels) for rule in rules], axis=0)
        if rules
        else np.ones(len(levels), dtype=bool),
        region.encode,
    )  # fmt: skip


@settings(max_examples=25)
@given(regions, st.integers(0, 1000))
def test_every_point_is_settable_and_keeps_the_rules_exactly(region: Region, seed: int) -> None:
    region = with_choice(region)
    rng = generator(seed)
    found = drawn(region, 64, rng)
    assert settable(region, found)
    if not len(found):
        return
    assert settable(region, neighbours(region, found[:3]))
    place = found[0] + rng.normal(0, 0.4, len(region.sizes))
    place[-1] = found[0][-1]
    assert settable(region, around(region, place))


@given(st.integers(0, 10_000))
def test_solved_equalities_are_the_whole_solutions(seed: int) -> None:
    """All solutions of two equalities, beside brute force."""
    rng = generator(seed)
    rules = tuple(
        LevelRule(tuple(rng.integers(-3, 4, 4).tolist()), int(rng.integers(0, 9)), equal=True)
        for _rule in range(2)
    )
    region = cube((5, 4, 5, 4), rules)
    every = np.array(list(itertools.product(*(range(s) for s in region.sizes))))
    wanted = every[np.all([rule.holds(every) for rule in rules], axis=0)]
    found = settle(region, every)
    assert {tuple(r) for r in found.tolist()} == {tuple(r) for r in wanted.tolist()}
    solved, whole = Elimination.of(rules, 4).complete(every)
    solved = solved[whole & (solved >= 0).all(axis=1)]
    assert all(rule.holds(solved).all() for rule in rules) or not len(wanted)


def test_rules_beyond_64_bits_stay_exact() -> None:
    rule = LevelRule((10**30, -(10**30)), 1)
    assert rule.holds(np.array([[5, 5], [6, 5], [5, 6]])).tolist() == [True, False, True]


def test_a_thin_simplex_in_ten_parameters_is_filled() -> None:
    """Of ten shares that sum to 1, one draw of 362,880 is inside."""
    region = cube((101,) * 10, (LevelRule((1,) * 10, 100, equal=True),))
    found = drawn(region, 400, generator(0))
    assert settable(region, found)
    assert len(found) >= 300
    assert (found.sum(axis=1) == 100).all()
    assert found.max(axis=0).min() > 15  # every share is large somewhere


def test_draws_are_a_small_region_entire() -> None:
    region = cube((4, 3), choices=2)
    every = set(itertools.product(range(4), range(3), range(2)))
    assert {tuple(r) for r in drawn(region, 500, generator(3)).tolist()} == every


@pytest.mark.parametrize("rules", [(), (LevelRule((1, 1), 90),), (LevelRule((1, 1), 90, True),)])
def test_a_climb_ends_at_the_best_settable_point(rules: tuple[LevelRule, ...]) -> None:
    region = cube((101, 101), rules)
    peak = torch.tensor([0.437, 0.612], dtype=torch.float64)

    def score(X: torch.Tensor) -> torch.Tensor:
        return -(X - peak).square().sum(-1)

    found = climb(region, drawn(region, 5, generator(0)), score)
    every = np.array(list(itertools.product(range(101), range(101))))
    every = every[region.holds(every)]
    best = score(torch.from_numpy(region.encode(every))).max()
    assert settable(region, found)
    assert float(score(torch.from_numpy(region.encode(found))).max()) == pytest.approx(
        float(best), abs=1e-12
    )


SLICES = [
    cube((401,) * 2, (LevelRule((1, 1), 400),)),
    cube((401,) * 2, (LevelRule((3, 1), 500), LevelRule((-1, 2), 200))),
    cube((401,) * 3, (LevelRule((1,) * 3, 400, equal=True),)),
    cube((61,) * 4, (LevelRule((1, 1, 1, 0), 60, True), LevelRule((0, -1, 1, 1), 30, True))),
]


def test_a_walk_along_a_line_goes_any_distance() -> None:
    """With one parameter each step ends anywhere on the whole line, wherever it began."""
    line = cube((101,), (LevelRule((1,), 75),))
    found = hit_and_run(line, 4000, generator(2))[:, 0] / 75
    assert stats.kstest(found, "uniform").pvalue > FALSE_ALARM
    together = stats.pearsonr(found[:-1], found[1:])
    assert together.pvalue > FALSE_ALARM


@pytest.mark.parametrize("region", SLICES, ids=["triangle", "corner", "shares", "two sums"])
def test_the_walk_is_uniform(region: Region) -> None:
    """Beside all settable points and BoTorch's own walk, one step in 48 of each: in which of the
    cells between the medians they are."""
    every = Counted.of(region).every()
    found = hit_and_run(region, 6 * 400, generator(0))[5::6]
    upper = region.sizes - 1.0
    sides: dict[bool, list[tuple[torch.Tensor, torch.Tensor]]] = {False: [], True: []}
    for rule in region.rules:
        row = torch.tensor(np.array(rule.coefficients) * upper)
        sides[rule.equal].append((row, torch.tensor([float(rule.bound)])))
    less, same = (
        tuple(torch.stack(part).double() for part in zip(*sides[equal], strict=True)) or None
        for equal in (False, True)
    )
    sampler = HitAndRunPolytopeSampler(
        less, same, torch.tensor([[0.0], [1.0]]).double().expand(2, len(upper)), n_thinning=48,
        seed=int(generator(1).integers(2**31)),
    )  # fmt: skip
    theirs = sampler.draw(200).numpy() * upper
    codes = [
        (each > np.median(every, axis=0)) @ 2 ** np.arange(len(upper))
        for each in (every, found, theirs)
    ]
    counts = np.array([np.bincount(code, minlength=2 ** len(upper)) for code in codes])
    counts = counts[:, counts[0] > 0.03 * len(every)]  # a cell of 12 points or more
    assert counts[0].sum() > 0.9 * len(every)
    share = counts[0] / len(every)
    expected = np.append(share, max(1 - share.sum(), 1e-3)) * 400
    assert (
        stats.chisquare(
            np.append(counts[1], 400 - counts[1].sum()), expected * 400 / expected.sum()
        ).pvalue
        > FALSE_ALARM
    )
    assert stats.chi2_contingency(counts[1:])[1] > FALSE_ALARM


class AsModel(torch.nn.Module):
    """A score in BoTorch's shape."""

    def __init__(self, score: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.score = score

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        return self.score(X.squeeze(-2))


@pytest.mark.parametrize(
    "rules", [(), (LevelRule((1, 1, 1), 190),), (LevelRule((1, 1, 1), 90, True),)]
)
@pytest.mark.filterwarnings("ignore::botorch.exceptions.warnings.OptimizationWarning")
def test_climbs_end_as_high_as_botorchs(rules: tuple[LevelRule, ...]) -> None:
    """From the same places, on the acquisition of a model that has seen a rugged function."""
    region = cube((101,) * 3, rules)
    places = 100 * spread(200, 3)  # always the same: either may climb another top from one start
    places = np.concatenate([each[:1] for each in (around(region, at) for at in places)])
    measured, starts = places[:20], places[20:26]
    problem = problem_of(region, measured, lambda X: np.sin(7 * X).prod(axis=1))
    problem = replace(problem, pool=Design(region.encode(starts), problem.pool.names))
    joint, strategy = Joint.of(problem), STRATEGIES["standard"]
    fitted = survey(joint, strategy, [np.random.default_rng(5)]).fitted
    score = _smooth(MultiOutputModel(joint, fitted, strategy))
    sides = [(torch.arange(3), -torch.ones(3).double(), -rule.bound / 100) for rule in rules]
    equal = bool(rules) and rules[0].equal
    ends = [
        around(region, gen_candidates_scipy(
            torch.from_numpy(region.encode(start[None]))[None], AsModel(score),
            torch.zeros(3).double(), torch.ones(3).double(),
            inequality_constraints=None if equal else sides or None,
            equality_constraints=sides if equal else None,
        )[0][0, 0].numpy() * 100)
        for start in starts
    ]  # fmt: skip
    ours, theirs = (
        _scores(score, region, each).max()
        for each in (climb(region, starts, score), np.concatenate(ends))
    )
    assert ours > theirs - 0.01  # of ln EI


def problem_of(
    region: Region, levels: np.ndarray, f: Callable[[np.ndarray], np.ndarray]
) -> Problems:
    """One search that has measured ``f`` at these points."""
    X = region.encode(levels)
    return Problems(
        pool=Design(X[:0], tuple(f"x{i}" for i in range(X.shape[1]))),
        X=X[None],
        y=f(X)[None],
        counts=np.ones((1, len(X))),
        taken=np.zeros((1, 0), dtype=bool),
        pending=np.zeros((1, 0), dtype=np.int64),
    )


def bowl(X: np.ndarray) -> np.ndarray:
    """Its top is at 0.437 in every number, and the last choice is the best."""
    return -((X - 0.437) ** 2).sum(axis=1)


@pytest.mark.parametrize("strategy", ["standard", "ei", "pi", "ucb", "variance", "isotropic"])
def test_the_smooth_score_is_the_engines(strategy: str) -> None:
    region = cube((1001,) * 3, choices=2)
    problem = problem_of(region, drawn(region, 12, generator(1)), bowl)
    levels = drawn(region, 40, generator(2))
    pool = Design(region.encode(levels), problem.pool.names)
    joint = Joint.of(replace(problem, pool=pool))
    landscape = survey(joint, STRATEGIES[strategy], [generator(5)])
    score = _smooth(MultiOutputModel(joint, landscape.fitted, STRATEGIES[strategy]))
    found = _scores(score, region, levels)
    np.testing.assert_allclose(found, landscape.score[0], rtol=1e-8)  # sums in another order
    x = torch.from_numpy(pool.X[:3]).requires_grad_()
    (slope,) = torch.autograd.grad(score(x).sum(), x)
    step = torch.zeros_like(x)
    step[:, 1] = 1e-6
    with torch.no_grad():
        numeric = (score(x + step) - score(x - step)) / 2e-6
    torch.testing.assert_close(slope[:, 1], numeric, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("d", "choices", "rules"),
    [
        (2, 0, ()),
        (4, 0, (LevelRule((1, 1, 1, 1), 2200),)),
        (6, 0, ()),
        (3, 3, ()),
        (4, 0, (LevelRule((1, 1, 1, 1), 1748, equal=True),)),
    ],
    ids=["2", "4 bounded", "6", "3 and a choice", "4 of a sum"],
)
def test_the_climb_beats_the_draws_alone(
    d: int, choices: int, rules: tuple[LevelRule, ...]
) -> None:
    """At equal seeds: the best acquisition found, and the model's best point for a bowl."""
    region = cube((1001,) * d, rules, choices)
    for seed in range(2):
        start = drawn(region, 8 * d, generator(seed))
        problem = problem_of(region, start, bowl)
        strategy = STRATEGIES["standard"]
        draws = [generator([seed, i]) for i in (0, 1)]
        found = candidates(problem, start, region, strategy, draw=draws[0], model=draws[1]).levels
        alone = drawn(region, 2048, generator([seed, 0]))
        assert settable(region, found)
        pools = [Design(region.encode(v), problem.pool.names) for v in (found, alone)]
        with_climb, without = (
            survey(
                Joint.of(replace(problem, pool=pool)), strategy, [generator([seed, 1])]
            ).score.max()
            for pool in pools
        )
        assert with_climb > without


def test_the_same_seed_finds_the_same_points() -> None:
    region = cube((1001,) * 2, choices=3)
    start = drawn(region, 6, generator(0))
    problem = problem_of(region, start, bowl)
    found = [
        candidates(
            problem,
            start,
            region,
            STRATEGIES["standard"],
            draw=generator(seed),
            model=generator(7),
        ).levels
        for seed in (1, 1, 2)
    ]
    np.testing.assert_array_equal(found[0], found[1])
    assert {tuple(r) for r in found[0].tolist()} != {tuple(r) for r in found[2].tolist()}


def test_each_point_is_kept_once() -> None:
    assert distinct(np.array([[2, 1], [0, 0], [2, 1]])).tolist() == [[2, 1], [0, 0]]
