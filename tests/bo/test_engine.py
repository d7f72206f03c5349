"""The engine: batches, several picks, pending samples, ties and starts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats

from tansaku.bo import engine
from tansaku.bo.factorise import factorise
from tansaku.bo.fantasy_posterior import antithetic, fantasize
from tansaku.bo.kernels import KERNELS
from tansaku.bo.surrogates.posterior import Posterior
from tansaku.design import Design, Direction, Floats, Joint, Problems
from tansaku.errors import FactorisationError
from tansaku.strategy import STRATEGIES
from tests.bo.conftest import conditioned, fitted_of, table
from tests.seeds import generator


def search(
    measured: list[list[int]],
    *,
    pending: list[list[int]] | None = None,
    direction: Direction = Direction.MAXIMISE,
    match: float = 0.0,
) -> Problems:
    """Searches on the LCZSP table with these rows measured."""
    X, y = table("lczsp_49")
    rows = np.array(measured)
    under_way = np.array(pending if pending is not None else [[]] * len(rows), dtype=np.int64)
    taken = np.zeros((len(rows), len(y)), dtype=bool)
    taken[np.arange(len(rows))[:, None], rows] = True
    taken[np.arange(len(rows))[:, None], under_way] = True
    return Problems(
        Design(X, ("x", "y")),
        X[rows],
        y[rows],
        np.ones(rows.shape),
        taken,
        under_way,
        direction,
        match,
    )


def generators(b: int) -> list[np.random.Generator]:
    return [generator([7, i]) for i in range(b)]


@pytest.mark.parametrize("name", [n for n in STRATEGIES if n != "lecture"])
@pytest.mark.parametrize("direction", list(Direction))
def test_picks_are_distinct_and_open(name: str, direction: Direction) -> None:
    problems = search([[0, 9, 20, 31, 40], [1, 5, 6, 7, 8]], direction=direction, match=-5.5)
    found = engine.propose(Joint.of(problems), STRATEGIES[name], 4, generators(2))
    assert found.picks.shape == (2, 4)
    for i in range(2):
        assert len(set(found.picks[i])) == 4
        assert not problems.taken[i, found.picks[i]].any()


@pytest.mark.parametrize("name", ["standard", "ucb", "thompson", "random"])
def test_a_problem_does_not_depend_on_its_company(name: str) -> None:
    rows = [[0, 9, 20], [1, 5, 6], [11, 12, 13]]
    together = engine.propose(Joint.of(search(rows)), STRATEGIES[name], 2, generators(3))
    for i in range(3):
        alone = engine.propose(
            Joint.of(search(rows[i : i + 1])), STRATEGIES[name], 2, generators(3)[i : i + 1]
        )
        assert alone.picks[0].tolist() == together.picks[i].tolist()


def test_the_last_open_candidates_can_all_be_suggested() -> None:
    found = engine.propose(
        Joint.of(search([list(range(40))])), STRATEGIES["standard"], 4, generators(1)
    )
    assert sorted(found.picks[0].tolist()) == [40, 41, 42, 43]


def test_second_pick_maximises_the_joint_gain() -> None:
    """Against brute force: qEI of (first pick, x) for every x by 200,000 joint samples."""
    problems = search([[0, 3, 9, 17, 30, 41]])
    strategy = STRATEGIES["ei"]
    found = engine.propose(Joint.of(problems), strategy, 2, generators(1))
    fitted = fitted_of(found)
    gp = fitted.gp
    pool = torch.from_numpy(problems.pool.X).expand(fitted.components, -1, -1)
    rng = generator(0)
    draws = np.concatenate(
        [
            rng.multivariate_normal(mean.numpy(), covariance.numpy(), 50_000, method="eigh")
            for mean, covariance in zip(gp.predict(pool)[0], gp.covariance(pool), strict=True)
        ]
    )
    gain = np.maximum(draws - problems.y.max(), 0.0)
    first = int(found.picks[0, 0])
    open_rows = np.flatnonzero(~problems.taken[0])
    assert gain[:, open_rows].mean(0).argmax() == np.flatnonzero(open_rows == first)[0]
    joint = np.maximum(gain[:, open_rows], gain[:, [first]]).mean(0)
    chosen = joint[np.flatnonzero(open_rows == found.picks[0, 1])[0]]
    assert chosen >= 0.97 * joint.max()  # 64 futures leave a few percent
    alone = gain[:, first].mean()
    assert chosen - alone > 0


def test_pending_samples_are_avoided_and_their_neighbours_lose_appeal() -> None:
    free = engine.propose(Joint.of(search([[0, 3, 9, 17, 30]])), STRATEGIES["ei"], 1, generators(1))
    first = int(free.picks[0, 0])
    waiting = engine.propose(
        Joint.of(search([[0, 3, 9, 17, 30]], pending=[[first]])), STRATEGIES["ei"], 1, generators(1)
    )
    both = engine.propose(Joint.of(search([[0, 3, 9, 17, 30]])), STRATEGIES["ei"], 2, generators(1))
    assert int(waiting.picks[0, 0]) != first
    assert int(waiting.picks[0, 0]) == int(both.picks[0, 1])


def test_imagining_agrees_with_conditioning_on_more_data(real: tuple[Floats, Floats]) -> None:
    """A noise-free imagined value does to mean and variance what a real one would."""
    X, y = real
    known = dict(kernel=KERNELS["matern52"], scales=[0.3, 0.6], signal=1.2)
    gp = conditioned(X[:10], y[:10], noise=1e-9, **known)  # type: ignore[arg-type]
    posterior = Posterior.over(gp, torch.from_numpy(X))
    draw = torch.tensor([[0.7]]).double()
    after = posterior.fantasize(torch.tensor([20]), draw)
    assert after.fantasized is not None
    value = float(after.fantasized[0, 0, 0])
    sd = float(posterior.variance[0, 20].sqrt())
    assert value == pytest.approx(float(posterior.mean[0, 0, 20]) + 0.7 * sd)
    more_X, more_y = np.vstack([X[:10], X[20:21]]), np.append(y[:10], value)
    bigger = conditioned(more_X, more_y, noise=1e-9, **known)  # type: ignore[arg-type]
    scale = gp.data.scale / bigger.data.scale  # same law in model units, other standardisation
    h = bigger.hyperparameters
    same = type(h)(h.length_scales, h.signal * scale.square(), h.noise * scale.square())
    data = type(bigger.data)(
        bigger.data.X,
        (torch.from_numpy(more_y)[None] - gp.data.centre) / bigger.data.scale,
        bigger.data.noise,
        gp.data.centre,
        bigger.data.scale,
    )
    reference = type(gp).condition(gp.kernel, same, data, constant_mean=False)
    mean, variance = reference.predict(torch.from_numpy(X)[None])
    torch.testing.assert_close(after.mean[:, 0], mean, rtol=0, atol=1e-5)
    torch.testing.assert_close(after.variance, variance, rtol=0, atol=1e-5)


def test_imagined_futures_leave_the_mean_where_it_was(real: tuple[Floats, Floats]) -> None:
    """Imagining adds no knowledge: whatever is drawn, its opposite is drawn as well."""
    X, y = real
    gp = conditioned(
        X[:10], y[:10], kernel=KERNELS["matern52"], scales=[0.3, 0.6], signal=1.2, noise=0.05
    )
    before = Posterior.over(gp, torch.from_numpy(X))
    first, second = antithetic(2, 64, generators(1))
    assert first.shape == second.shape == (1, 64)
    after = fantasize(fantasize(before, np.array([20]), first), np.array([30]), second)
    torch.testing.assert_close(after.mean.mean(1), before.mean[:, 0], rtol=0, atol=1e-9)
    spread = after.mean.var(1, correction=0) + after.variance  # as large as before, about
    assert float((spread / before.variance)[0, [20, 30]].min()) > 0.3


def test_samples_are_drawn_at_random_just_where_a_coin_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of two searches that are alike the first one's falls so."""
    problems = search([[0, 3, 9, 17, 30, 41]] * 2)
    chosen = engine.propose(Joint.of(problems), STRATEGIES["standard"], 1, generators(2)).picks[
        :, 0
    ]
    (other, *_rest) = np.setdiff1d(np.flatnonzero(~problems.taken[0]), chosen)
    monkeypatch.setattr(engine, "null_draws", lambda _fits, _rngs: np.array([True, False]))
    monkeypatch.setattr(engine, "random_allowed", lambda _taken, _rngs: np.array([other] * 2))
    found = engine.propose(Joint.of(problems), STRATEGIES["standard"], 1, generators(2))
    assert found.at_random[:, 0].tolist() == [True, False]
    assert found.picks[:, 0].tolist() == [other, chosen[1]]


def test_equal_scores_are_broken_at_random() -> None:
    """With one measurement in the middle of a line both ends are equally good."""
    X = np.linspace(0, 1, 5)[:, None]
    taken = np.array([[False, False, True, False, False]])
    problems = Problems(
        Design(X, ("x",)),
        X[None, [2]],
        np.array([[0.0]]),
        np.ones((1, 1)),
        taken,
        np.empty((1, 0), dtype=np.int64),
    )
    strategy = STRATEGIES["variance"].model_copy(update={"start_samples": 1})
    picks = {
        int(engine.propose(Joint.of(problems), strategy, 1, [generator(i)]).picks[0, 0])
        for i in range(20)
    }
    assert picks == {0, 4}


def test_space_filling_start_keeps_away_from_what_is_known() -> None:
    strategy = STRATEGIES["standard"].model_copy(update={"start": "space_filling"})
    X = np.linspace(0, 1, 11)[:, None]
    taken = np.zeros((1, 11), dtype=bool)
    taken[0, 0] = True
    problems = Problems(
        Design(X, ("x",)),
        X[None, [0]],
        np.array([[1.0]]),
        np.ones((1, 1)),
        taken,
        np.empty((1, 0), dtype=np.int64),
    )
    found = engine.propose(Joint.of(problems), strategy, 2, generators(1))
    assert found.picks[0].tolist() == [10, 5]
    assert not found.by_model


def test_jitter_is_counted_and_hopeless_matrices_are_refused() -> None:
    rank_one = torch.ones(1, 3, 3).double()
    assert factorise(rank_one).jittered.tolist() != [0]
    assert factorise(torch.eye(3).double()[None]).jittered.tolist() == [0]
    with pytest.raises(FactorisationError, match="3 measurements"):
        factorise(-torch.eye(3).double()[None])


def test_thompson_samples_have_the_posterior_law(real: tuple[Floats, Floats]) -> None:
    X, y = real
    gp = conditioned(
        X[:10], y[:10], kernel=KERNELS["matern52"], scales=[0.3, 0.6], signal=1.2, noise=0.05
    )
    posterior = Posterior.over(gp, torch.from_numpy(X))
    rng = generator(0)
    drawn = np.stack(
        [
            posterior.sample(torch.from_numpy(rng.standard_normal((1, 1, len(X)))))[0, 0].numpy()
            for _ in range(4000)
        ]
    )
    mean, variance = gp.predict(torch.from_numpy(X)[None])
    error = np.sqrt(variance[0].numpy() / 4000)
    assert (np.abs(drawn.mean(0) - mean[0].numpy()) < 6 * error).all()
    # the variance of 4,000 normal draws is known to sqrt(2 / 4000) = 2.2 %
    np.testing.assert_allclose(drawn.var(0), variance[0].numpy(), rtol=0.15, atol=1e-6)


def test_chance_is_that_of_more_than_the_best_that_was_observed() -> None:
    """Not than what the model holds it for: with noise the best result is partly luck."""
    problems = search([[0, 9, 20, 31, 40, 43]])
    problems = replace(problems, y=problems.y + generator(8).standard_normal((1, 6)))
    found = engine.survey(Joint.of(problems), STRATEGIES["standard"], generators(1))
    (law,) = found.laws
    mean, sd = (each.numpy()[0, 0] for each in (law.mean, law.sd(measured=False)))
    by_hand = stats.norm.sf((problems.y.max() - mean) / sd).mean(0)
    np.testing.assert_allclose(found.chance[0], by_hand, rtol=1e-9)
    assert fitted_of(found).processes.mean_at_data().mean(0).max() < problems.y.max() - 0.05
