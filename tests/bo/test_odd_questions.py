"""Odd questions get an answer or a clear error; random picks do as they say."""

from __future__ import annotations

import numpy as np
import pytest

from tansaku.bo import engine
from tansaku.design import Design, Floats, Joint, Problems
from tansaku.strategy import STRATEGIES, Strategy
from tests.seeds import generator, scatter, spread

MODELS = [name for name in STRATEGIES if name not in ("lecture", "random")]


def searches(X: Floats, y: Floats, measured: int, b: int = 1) -> Problems:
    """b equal searches over X with the first rows measured."""
    taken = np.zeros((b, len(X)), dtype=bool)
    taken[:, :measured] = True
    return Problems(
        pool=Design(X, tuple("abcdef"[: X.shape[1]])),
        X=np.repeat(X[None, :measured], b, 0),
        y=np.repeat(y[None, :measured], b, 0),
        counts=np.ones((b, measured)),
        taken=taken,
        pending=np.empty((b, 0), dtype=np.int64),
    )


def ask(problems: Problems, strategy: Strategy, n: int = 1) -> engine.Proposal:
    """The answer, each search with a generator of its own."""
    rngs = [generator([3, i]) for i in range(problems.size)]
    return engine.propose(Joint.of(problems), strategy, n, rngs)


def table(N: int = 30) -> tuple[Floats, Floats]:
    """A smooth table."""
    X = generator(0).random((N, 2))
    return X, np.sin(5 * X[:, 0]) + X[:, 1]


@pytest.mark.parametrize("name", list(STRATEGIES))
def test_no_picks_and_no_searches(name: str) -> None:
    X, y = table()
    assert ask(searches(X, y, 5), STRATEGIES[name], 0).picks.shape == (1, 0)
    assert ask(searches(X, y, 5, b=0), STRATEGIES[name], 2).picks.shape == (0, 2)


@pytest.mark.parametrize("name", list(STRATEGIES))
def test_nothing_measured(name: str) -> None:
    found = ask(searches(*table(), 0), STRATEGIES[name], 3)
    assert len(set(found.picks[0].tolist())) == 3
    assert not found.by_model


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("measured", [1, 2])
def test_one_or_two_measured(name: str, measured: int) -> None:
    strategy = STRATEGIES[name].model_copy(update={"start_samples": 1})
    found = ask(searches(*table(), measured), strategy, 2)
    assert found.by_model
    assert found.picks.min() >= measured
    assert all(np.isfinite(each).all() for each in (found.mean, found.sd, found.chance))


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("value", [0.0, 7.5, -1e9, 1e-12])
def test_equal_values(name: str, value: float) -> None:
    X, y = table()
    found = ask(searches(X, np.full_like(y, value), 8), STRATEGIES[name], 2)
    assert all(np.isfinite(each).all() for each in (found.mean, found.sd, found.chance))
    assert len(set(found.picks[0].tolist())) == 2


@pytest.mark.parametrize("name", MODELS)
def test_identical_rows(name: str) -> None:
    """Every candidate twice, some of the twins measured, once with other values."""
    X, y = table(15)
    twins = np.concatenate([X[:5], X[:5], X[5:], X[5:]])
    values = np.concatenate([y[:5], y[:5] + 0.3, y[5:], y[5:]])
    found = ask(searches(twins, values, 10), STRATEGIES[name], 4)
    assert all(np.isfinite(each).all() for each in (found.mean, found.sd))
    assert len(set(found.picks[0].tolist())) == 4
    assert found.picks.min() >= 10
    if name == "standard":  # the second of two twins is no news once the first is imagined
        assert len({tuple(row) for row in twins[found.picks[0]]}) == 4


def test_samples_are_drawn_at_random_as_often_as_the_inputs_seem_to_tell_nothing() -> None:
    """With the chance that they tell nothing, which for these fixed values is some 80 %."""
    problems = searches(spread(60, 2), scatter(60, 13), 40, b=200)
    found = ask(problems, STRATEGIES["standard"])
    (fitted,) = found.fitted
    assert fitted is not None
    assert fitted.scatter is not None
    share = float(fitted.scatter[0])
    assert 0.5 < share < 1.0
    drawn = found.at_random[:, 0]
    assert abs(drawn.mean() - share) < 5 * np.sqrt(share * (1 - share) / 200)
    assert len(set(found.picks[drawn, 0].tolist())) > 10
    assert not problems.taken[0, found.picks].any()


def test_no_sample_is_drawn_at_random_where_the_inputs_tell_much() -> None:
    assert not ask(searches(*table(), 12, b=50), STRATEGIES["standard"]).at_random.any()


def test_random_draws_in_blocks_are_open_and_distinct(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many picks from a short list, most of them at random: none twice."""
    monkeypatch.setattr(engine, "WHOLE", 0)
    monkeypatch.setattr(engine, "BEST", 12)
    problems = searches(spread(52, 2), scatter(52, 13), 40)
    for name in ("standard", "thompson"):
        strategy = STRATEGIES[name].model_copy(
            update={"surrogate": STRATEGIES["standard"].surrogate}
        )
        for seed in range(8):
            found = engine.propose(Joint.of(problems), strategy, 12, [generator(seed)])
            assert sorted(found.picks[0].tolist()) == list(range(40, 52))
            assert found.at_random.any()
