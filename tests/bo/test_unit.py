"""The unit of the values is nobody's business: y -> 1024 y changes no pick and no chance, and means
and sds with it. (A power of two, so that rounding plays no part: what differs has a unit in it.)"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tansaku.bo import engine
from tansaku.bo.furnace.plan import plan
from tansaku.bo.furnace.plan_search import Furnace, picks_of
from tansaku.design import (
    Design,
    Direction,
    Floats,
    Joint,
    Limited,
    Phases,
    Problems,
    SourceData,
    Tried,
    Want,
)
from tansaku.strategy import STRATEGIES, Strategy
from tests.seeds import generator

UNIT = 1024.0
SAME = 1e-7
"""Relative: searches for hyperparameters stop at a gradient, not at a point."""
AXIS = np.linspace(0, 1, 5)
POOL = np.array([(a, b) for a in AXIS for b in AXIS])
MEASURED = np.array([0, 3, 7, 11, 16, 18, 24])
OTHERS = np.array([5, 14])
"""Of which a limit is known, or that failed."""
LIMITS = np.array([2, 21])
MODELS = [name for name in STRATEGIES if name != "random"]


def surface(X: Floats) -> Floats:
    return np.asarray(3 + np.sin(4 * X[:, 0]) + np.cos(3 * X[:, 1]) * X[:, 0])


def quick(name: str) -> Strategy:
    """The strategy, with one start where it searches for hyperparameters."""
    found = STRATEGIES[name]
    assert found.surrogate is not None
    few = found.surrogate.model_copy(update={"restarts": 1})
    return found.model_copy(update={"surrogate": few})


def search(unit: float, *said: str, direction: Direction = Direction.MAXIMISE) -> Problems:
    """One search in a unit: with limits, stated variances, failures, phases or older data."""
    X, y = POOL[MEASURED], surface(POOL[MEASURED])
    taken = np.zeros((1, len(POOL)), dtype=bool)
    taken[0, [*MEASURED, *OTHERS, *LIMITS, 12]] = True
    plain = Problems(
        Design(POOL, ("a", "b")),
        X[None],
        unit * y[None],
        np.ones((1, len(y))),
        taken,
        np.array([[12]]) if "pending" in said else np.empty((1, 0), dtype=np.int64),
        direction,
        3.5 * unit,
    )
    limits = Limited(POOL[None, LIMITS], unit * np.array([[2.6, 3.9]]), np.array([[-1.0, 1.0]]))
    tried = Tried(
        np.concatenate([X, POOL[OTHERS]])[None], np.array([[True] * len(y) + [False] * 2])
    )
    older = generator(3).random((12, 2))
    source = SourceData(older, unit * (0.8 * surface(older) + 1), np.ones(12))
    half = (X[:, 0] > 0.5).astype(np.int64)[None]
    parts = {
        "noise": {"noise": unit**2 * np.array([[0.3, 0.01, 0.1, 0.0, 0.02, 0.2, 0.01]]) ** 2},
        "limits": {"limits": limits},
        "failures": {"tried": tried},
        "phases": {"phases": Phases(2, X[None], half, half)},
        "sources": {"sources": (source,)},
        "runs": {"runs": np.array([[0, 0, 1, 1, 2, 2, 3]])},
    }
    for each in said:
        plain = replace(plain, **parts.get(each, {}))
    return plain


CASES = [
    *((name, ()) for name in MODELS),
    *((name, ("pending", "failures")) for name in ("standard", "ucb", "thompson", "ei", "pi")),
    *((name, ("noise", "limits")) for name in ("standard", "isotropic")),
    ("standard", ("phases", "failures")),
    ("standard", ("runs", "noise")),
    *(
        (name, ("sources", "noise", "limits", "failures"))
        for name in ("standard", "transfer", "mixed")
    ),
    ("standard", ("sources", "noise", "phases", "runs")),
    *((name, ("sources",)) for name in ("standard", "mixed", "transfer", "ensemble")),
]
MATCHED = [(name, ()) for name in ("standard", "ucb", "ei", "pi", "thompson")]
MATCHED += [("standard", ("pending", "failures")), ("standard", ("noise", "limits"))]


@pytest.mark.parametrize(
    ("direction", "name", "said"),
    [
        *((Direction.MAXIMISE, *case) for case in CASES),
        *((Direction.MATCH, *case) for case in MATCHED),
    ],
)
def test_no_unit_in_what_is_suggested(
    direction: Direction, name: str, said: tuple[str, ...]
) -> None:
    """Every strategy, with all that can be known of results."""
    one, other = (
        engine.propose(
            Joint.of(search(unit, *said, direction=direction)), quick(name), 2, [generator(1)]
        )
        for unit in (1.0, UNIT)
    )
    assert one.by_model
    np.testing.assert_array_equal(other.picks, one.picks)
    np.testing.assert_array_equal(other.at_random, one.at_random)
    np.testing.assert_allclose(other.mean, UNIT * one.mean, rtol=SAME)
    np.testing.assert_allclose(other.sd, UNIT * one.sd, rtol=SAME)
    np.testing.assert_allclose(other.measured_sd, UNIT * one.measured_sd, rtol=SAME)
    np.testing.assert_allclose(other.chance, one.chance, rtol=SAME, atol=1e-12)
    np.testing.assert_allclose(other.rank_of_sd, one.rank_of_sd)
    if one.works is not None:
        np.testing.assert_allclose(other.works, one.works, rtol=SAME)


@pytest.mark.parametrize("name", ["standard", "lecture"])
def test_no_unit_in_what_is_believed(name: str) -> None:
    """Of the whole pool."""
    one, other = (
        engine.survey(Joint.of(search(unit, "limits")), quick(name), [generator(1)])
        for unit in (1.0, UNIT)
    )
    np.testing.assert_allclose(other.mean, UNIT * one.mean, rtol=SAME)
    np.testing.assert_allclose(other.sd, UNIT * one.sd, rtol=SAME)
    np.testing.assert_allclose(other.measured_sd, UNIT * one.measured_sd, rtol=SAME)
    np.testing.assert_allclose(other.chance, one.chance, rtol=SAME, atol=1e-12)


def several(units: tuple[float, float], wants: tuple[Want, Want], *said: str) -> Joint:
    """Two outcomes, each in a unit of its own."""
    first, second = search(units[0], *said), search(units[1], *said)
    second = replace(second, y=units[1] * (6 - np.square(second.X).sum(-1)))
    y = np.stack([first.y, second.y], -1)
    return Joint((first, second), wants, first.X, y, np.linspace(1, 2, len(POOL)))


def wanted(kind: str, a: float, b: float) -> tuple[Want, Want]:
    """What is wanted of two outcomes whose units are 1 / a and 1 / b."""
    return {
        "two goals": (Want(), Want(reference=4.5 * b)),
        "a limit": (Want(lower=3.0 * a), Want(None, lower=5.0 * b, upper=5.8 * b)),
        "matched": (Want(Direction.MATCH, match=3.4 * a, tolerance=0.1 * a), Want()),
        "preferences": (Want(weight=2.0), Want()),
        "useful": (Want(useful=(3.0 * a, 4.0 * a)), Want(useful=(4.5 * b, 6.0 * b))),
    }[kind]


@pytest.mark.parametrize("kind", ["two goals", "a limit", "matched", "preferences", "useful"])
@pytest.mark.parametrize("name", ["standard", "ucb"])
def test_no_unit_in_compromises(name: str, kind: str) -> None:
    """Each outcome has a unit of its own."""
    one, other = (
        engine.propose(
            several((a, b), wanted(kind, a, b), "noise", "limits", "failures", "pending"),
            quick(name), 2, [generator(1)],
        )
        for a, b in ((1.0, 1.0), (UNIT, 1 / UNIT))
    )  # fmt: skip
    factors = np.array([UNIT, 1 / UNIT])
    np.testing.assert_array_equal(other.picks, one.picks)
    np.testing.assert_allclose(other.mean, factors * one.mean, rtol=SAME)
    np.testing.assert_allclose(other.sd, factors * one.sd, rtol=SAME)
    np.testing.assert_allclose(other.measured_sd, factors * one.measured_sd, rtol=SAME)
    for part in ("chance", "feasible", "rank_of_sd", "works"):
        np.testing.assert_allclose(getattr(other, part), getattr(one, part), rtol=SAME, atol=1e-12)


def furnace() -> Furnace:
    """Two runs of two, sharing the second input; the hours leave no free choice."""
    group = np.tile(np.arange(len(AXIS)), len(AXIS))
    return Furnace(group, 2, 2, np.array([4.0, 5.0, 6.0, 8.0, 12.0]), 14.0)


@pytest.mark.parametrize(
    ("said", "direction"),
    [(("pending", "failures", "noise", "limits"), d) for d in Direction]
    + [(("sources",), Direction.MAXIMISE)],
)
def test_no_unit_in_a_plan(said: tuple[str, ...], direction: Direction) -> None:
    """Runs, their samples and chances; gains are in the unit."""
    one, other = (
        plan(
            Joint.of(search(unit, *said, direction=direction)),
            quick("standard"),
            furnace(),
            generator(1),
        )
        for unit in (1.0, UNIT)
    )
    assert picks_of(other.runs).tolist() == picks_of(one.runs).tolist()
    np.testing.assert_allclose(other.chances, one.chances)
    np.testing.assert_allclose(other.gains, UNIT * one.gains, rtol=SAME)
    np.testing.assert_allclose(other.by_setting, UNIT * one.by_setting, rtol=SAME)


def test_no_unit_in_a_plan_for_two_goals() -> None:
    """The hypervolume is in both units."""
    one, other = (
        plan(
            several((a, b), wanted("two goals", a, b), "pending"),
            quick("standard"), furnace(), generator(1),
        )
        for a, b in ((1.0, 1.0), (UNIT, 4.0))
    )  # fmt: skip
    assert picks_of(other.runs).tolist() == picks_of(one.runs).tolist()
    np.testing.assert_allclose(other.chances, one.chances)
    np.testing.assert_allclose(other.gains, 4 * UNIT * one.gains, rtol=SAME)
