"""A pool seen in blocks gives what a pool seen as a whole gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tansaku.bo import engine, posteriors, shortlist
from tansaku.bo.acquisition import acquisition_of
from tansaku.bo.deadline import within
from tansaku.bo.engine import Proposal
from tansaku.bo.fantasy_posterior import MultiOutputModel
from tansaku.design import Design, Direction, Floats, Joint, Problems
from tansaku.strategy import STRATEGIES, Strategy
from tests.bo.conftest import fitted_of
from tests.seeds import generator, scatter, spread

SINGLE = ("pi", "ei", "log_ei", "ucb", "variance")


def search(N: int, n: int = 12, d: int = 3, seed: int = 0) -> Problems:
    """A smooth search over N candidates, the first n of them measured."""
    X = spread(N + 50 * seed, d)[50 * seed :]
    y = np.sin(5 * X[:, 0]) + np.cos(4 * X[:, 1]) + 0.1 * scatter(N + 50 * seed)[50 * seed :]
    taken = np.zeros((1, N), dtype=bool)
    taken[0, :n] = True
    return Problems(
        pool=Design(X, tuple("abcdef"[:d])),
        X=X[None, :n],
        y=y[None, :n],
        counts=np.ones((1, n)),
        taken=taken,
        pending=np.empty((1, 0), dtype=np.int64),
    )


def ask(
    problems: Problems, strategy: Strategy, n: int, monkeypatch: pytest.MonkeyPatch, whole: bool
) -> Proposal:
    """The answer with every candidate in view, or in blocks."""
    monkeypatch.setattr(engine, "WHOLE", 10**9 if whole else 0)
    return engine.propose(Joint.of(problems), strategy, n, [generator(5)])


@pytest.mark.parametrize("name", [*SINGLE, "standard"])
@pytest.mark.parametrize("direction", list(Direction))
@pytest.mark.parametrize("N", [3000, 5001, 9000])
def test_the_first_pick_is_the_best_of_all(
    name: str, direction: Direction, N: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no more settings are averaged over than the pass over the pool averages over."""
    problems, strategy = replace(search(N), direction=direction, match=0.7), STRATEGIES[name]
    whole, blocks = (
        ask(problems, strategy.but(components=4), 1, monkeypatch, w) for w in (True, False)
    )
    assert blocks.picks.tolist() == whole.picks.tolist()
    for field in ("mean", "sd", "chance"):
        ours, theirs = getattr(blocks, field), getattr(whole, field)
        np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(blocks.rank_of_sd, whole.rank_of_sd, atol=2 / N)
    assert blocks.seen == 1.0


@pytest.mark.parametrize("name", SINGLE)
def test_a_few_settings_seldom_miss_what_all_of_them_put_first(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first pick from a short list of one candidate in thirty, by the score of all settings."""
    monkeypatch.setattr(engine, "BEST", 100)
    ranks = []
    for seed in range(8):
        problems = search(3000, seed=seed)
        pick = int(ask(problems, STRATEGIES[name], 1, monkeypatch, False).picks[0, 0])
        score = engine.survey(Joint.of(problems), STRATEGIES[name], [generator(5)]).score[0]
        ranks.append(int((np.where(problems.taken[0], -np.inf, score) > score[pick]).sum()))
    assert sorted(ranks)[6] == 0
    assert max(ranks) < 3


@pytest.mark.parametrize("name", ["standard", "thompson", "ucb"])
def test_blocks_of_any_size_give_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    problems = search(4000)
    strategy, found = STRATEGIES[name], []
    for numbers in (1, 60_000, 10**8):
        monkeypatch.setattr(posteriors, "BLOCK_NUMBERS", numbers)
        found.append(ask(problems, strategy, 3, monkeypatch, False).picks.tolist())
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("name", [*SINGLE, "standard", "thompson"])
def test_taken_and_pending_are_respected(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was just suggested is pending: the next question gets others, all open."""
    monkeypatch.setattr(engine, "BEST", 40)
    problems = search(3000)
    seen: set[int] = set(range(12))
    for _round in range(3):
        picks = ask(problems, STRATEGIES[name], 4, monkeypatch, False).picks[0].tolist()
        assert len(set(picks)) == 4
        assert not seen & set(picks)
        seen |= set(picks)
        taken = problems.taken.copy()
        taken[0, picks] = True
        pending = np.append(problems.pending, [picks], axis=1)
        problems = replace(problems, taken=taken, pending=pending)


def test_asking_again_is_as_asking_for_two(monkeypatch: pytest.MonkeyPatch) -> None:
    problems, strategy = search(3000), STRATEGIES["log_ei"]
    both = ask(problems, strategy, 2, monkeypatch, False).picks[0]
    taken = problems.taken.copy()
    taken[0, both[0]] = True
    waiting = replace(problems, taken=taken, pending=both[None, :1])
    again = ask(waiting, strategy, 1, monkeypatch, False).picks[0, 0]
    apart = problems.pool.X[np.array([again, both[1]])]
    assert np.abs(apart[0] - apart[1]).max() < 0.1  # other random candidates, the same hill


def gain(found: Proposal, X: Floats, best: float) -> float:
    """Expected best improvement of the picks together, by 20,000 joint draws a component."""
    fitted = fitted_of(found)
    at = torch.from_numpy(X).expand(fitted.components, -1, -1)
    gp, rng = fitted.gp, generator(0)
    draws = [
        rng.multivariate_normal(mean.numpy(), covariance.numpy(), 20_000, method="eigh")
        for mean, covariance in zip(gp.predict(at)[0], gp.covariance(at), strict=True)
    ]
    return float(np.maximum(np.concatenate(draws) - best, 0.0).max(1).mean())


def test_drawn_candidates_beside_the_best_do_not_lessen_the_joint_gain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine, "BEST", 64)
    strategy, ratios = STRATEGIES["log_ei"].but(components=4), []
    for seed in range(6):
        problems = search(3000, seed=seed)
        found = ask(problems, strategy, 4, monkeypatch, False)
        model = MultiOutputModel(Joint.of(problems), found.fitted, strategy)
        asked = acquisition_of(strategy.acquisition)
        best = shortlist.scan(model, asked, 64, [generator(0)])
        closed = np.ones_like(problems.taken)
        closed[0, best.index] = False
        only = ask(replace(problems, taken=closed), strategy, 4, monkeypatch, True)
        top, pool = float(problems.y.max()), problems.pool
        ours, theirs = (gain(found, pool.X[p.picks[0]], top) for p in (found, only))
        ratios.append(ours / theirs)
    # 64 imagined futures leave a few percent: the mean was 1.01 +- 0.01 over 12 sets of seeds
    assert min(ratios) > 0.92
    assert np.mean(ratios) > 0.96


@pytest.mark.parametrize("name", ["standard", "thompson"])
def test_an_answer_in_time_is_marked(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Out of time after the first block, whose candidates are all taken: picks are open ones."""
    monkeypatch.setattr(posteriors, "BLOCK_NUMBERS", 1)  # blocks of 256
    problems = search(3000, n=300)
    few = slice(0, 12)
    problems = replace(
        problems, X=problems.X[:, few], y=problems.y[:, few], counts=problems.counts[:, few]
    )
    with within(0.0) as cut:
        found = ask(problems, STRATEGIES[name], 5, monkeypatch, False)
    assert cut
    assert found.seen == pytest.approx(256 / 3000)
    assert len(set(found.picks[0].tolist())) == 5
    assert not problems.taken[0, found.picks[0]].any()
    with within(600.0) as cut:
        complete = ask(problems, STRATEGIES[name], 5, monkeypatch, False)
    assert not cut
    assert complete.seen == 1.0


def test_a_mapped_file_is_a_pool(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A .npy file is mapped, not read, and gives what the array in memory gives."""
    problems = search(5000)
    path = tmp_path_factory.mktemp("pool") / "pool.npy"
    np.save(path, problems.pool.X[np.arange(5000)])
    mapped = Design(np.load(path, mmap_mode="r"), tuple("abc"))
    assert isinstance(mapped.X.base, np.memmap)
    strategy = STRATEGIES["standard"]
    found = ask(replace(problems, pool=mapped), strategy, 3, monkeypatch, False)
    assert found.picks.tolist() == ask(problems, strategy, 3, monkeypatch, False).picks.tolist()
