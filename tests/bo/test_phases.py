"""Phases: probabilities, the mixture that every acquisition sees, and what a jump teaches."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats

from tansaku.bo import engine
from tansaku.bo.acquisition import ACQUISITIONS
from tansaku.bo.fantasy_posterior import fantasize
from tansaku.bo.feasibility import MEAN_VARIANCE
from tansaku.bo.phases import PhaseClassifier
from tansaku.bo.posteriors import in_drawn_phases, posterior_of
from tansaku.design import Design, Direction, Floats, Ints, Joint, Limited, Phases, Problems, Tried
from tansaku.strategy import STRATEGIES, AcquisitionSpec, Strategy, SurrogateSpec
from tests.bo.conftest import fitted_of
from tests.bo.test_device import second_device
from tests.seeds import binomial_range, generator, scatter

ONE = Strategy(
    name="one",
    surrogate=SurrogateSpec(fit="map", restarts=2),
    acquisition=AcquisitionSpec(name="ei"),
)
"""A single process, so that the mixture is over the phases alone."""


def grid(n: int) -> Floats:
    axis = np.linspace(0, 1, n)
    return np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)


def jump(X: Floats) -> tuple[Floats, Ints]:
    """Values that lie 2 higher beyond 0.5 of the first input, and the phase."""
    phase = (X[..., 0] > 0.5).astype(np.int64)
    return 2.0 * phase - X[..., 0] + 0.3 * np.sin(5 * X[..., 1]), phase


def problem(
    picks: Ints, *, n: int = 9, told: bool = True, direction: Direction = Direction.MAXIMISE
) -> Problems:
    """Searches over a grid of n x n with a jump; ``picks`` has shape (b, k)."""
    pool = Design(grid(n), ("a", "b"))
    y, phase = jump(pool.X)
    taken = np.zeros((len(picks), n * n), dtype=bool)
    np.put_along_axis(taken, picks, True, axis=1)
    X = pool.X[picks]
    return Problems(
        pool,
        X,
        y[picks],
        np.ones(picks.shape),
        taken,
        np.empty((len(picks), 0), dtype=np.int64),
        direction=direction,
        match=0.5,
        phases=Phases(2, X, phase[picks], phase[picks]) if told else None,
    )


PRIMES = (5, 7, 11, 13, 17, 19, 23, 29, 31, 37)


def some(n: int = 9, k: int = 10, b: int = 1) -> Ints:
    """Measured candidates of up to ten searches: the same always."""
    return np.stack([np.argsort(scatter(n * n, prime))[:k] for prime in PRIMES[:b]])


def rngs(b: int = 1) -> list[np.random.Generator]:
    return [generator(i) for i in range(b)]


@pytest.mark.parametrize("number", [2, 3, 5])
def test_shares_are_probabilities_and_names_do_not_matter(number: int) -> None:
    rng = generator(number)
    X, of = rng.random((2, 12, 2)), rng.integers(number, size=(2, 12))
    points = torch.from_numpy(rng.random((7, 2)))
    found = PhaseClassifier.learn(Phases(number, X, of, of)).shares(points)
    torch.testing.assert_close(found.sum(1), torch.ones(2, 7).double())
    order = rng.permutation(number)
    again = PhaseClassifier.learn(Phases(number, X, order[of], order[of])).shares(points)
    torch.testing.assert_close(again[:, order], found)


def test_two_phases_mirror_each_other_and_follow_their_samples() -> None:
    X = np.array([[[0.0], [0.1], [0.9], [1.0]]])
    gate = PhaseClassifier.learn(
        Phases(2, X, np.array([[0, 0, 1, 1]]), np.zeros((1, 0), dtype=np.int64))
    )
    at = torch.tensor([[0.05], [0.5], [0.95]], dtype=torch.float64)
    first = gate.shares(at)[0, 0]
    assert first[0] > 0.8
    assert first[2] < 0.2
    assert float(first[1]) == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize("name", ["ei", "log_ei", "pi", "ucb", "variance"])
def test_the_score_is_the_mean_over_the_phases(name: str) -> None:
    """Against the formulas of SciPy's normal law, phase by phase."""
    strategy = ONE.model_copy(update={"acquisition": AcquisitionSpec(name=name, beta=1.5)})
    asked = problem(some())
    found = engine.survey(Joint.of(asked), strategy, rngs())
    by_phase = found.laws[0].by_phase()
    assert by_phase is not None
    share, mean, sd = (getattr(by_phase, part)[0] for part in ("share", "mean", "sd"))
    u = (mean - asked.y.max()) / sd
    each = {
        "ei": sd * (stats.norm.pdf(u) + u * stats.norm.cdf(u)),
        "log_ei": sd * (stats.norm.pdf(u) + u * stats.norm.cdf(u)),
        "pi": stats.norm.cdf(u),
        "ucb": mean + 1.5 * sd,
        "variance": sd**2,
    }[name]
    score = np.exp(found.score[0]) if name in ("log_ei", "pi") else found.score[0]
    np.testing.assert_allclose(score, (share * each).sum(0), rtol=1e-5, atol=1e-9)
    whole = (share * mean).sum(0)
    np.testing.assert_allclose(found.mean[0, :, 0], whole, rtol=1e-9)
    variance = (share * (sd**2 + (mean - whole) ** 2)).sum(0)
    np.testing.assert_allclose(found.sd[0, :, 0], np.sqrt(variance), rtol=1e-9)
    np.testing.assert_allclose(found.chance[0], (share * stats.norm.cdf(u)).sum(0), atol=1e-9)


def surprise(asked: Problems) -> float:
    """Minus the mean ln density of the true values of candidates that are not measured."""
    truth, _phase = jump(asked.pool.X)
    found = engine.survey(Joint.of(asked), STRATEGIES["standard"], rngs(asked.size))
    share, mean, sd = np.ones((1, 1)), found.mean[:, None, :, 0], found.sd[:, None, :, 0]
    by_phase = found.laws[0].by_phase()
    if by_phase is not None:
        share, mean, sd = by_phase.share, by_phase.mean, by_phase.sd
    density = (share * stats.norm.pdf(truth, mean, sd)).sum(1)
    return -float(np.log(density + 1e-12)[~asked.taken].mean())


def test_a_jump_is_learned_from_its_phases() -> None:
    """Ten searches of sixteen samples: the truth surprises less, least where all phases are told;
    in the phase that forms the error of the mean is less than half."""
    whole = problem(some(k=16, b=10))
    assert whole.phases is not None
    values = whole.phases.values.copy()
    values[:, 1::2] = -1
    half = Phases(2, whole.phases.X[:, ::2], whole.phases.of[:, ::2], values)
    found = [surprise(replace(whole, phases=each)) for each in (whole.phases, half, None)]
    assert found[0] < found[1] < found[2]
    truth, phase = jump(grid(9))
    told = engine.survey(Joint.of(whole), STRATEGIES["standard"], rngs(10))
    plain = engine.survey(Joint.of(replace(whole, phases=None)), STRATEGIES["standard"], rngs(10))
    by_phase = told.laws[0].by_phase()
    assert by_phase is not None
    inside = np.take_along_axis(by_phase.mean, phase[None, None], axis=1)[:, 0]
    error, before = (np.abs(m - truth)[~whole.taken].mean() for m in (inside, plain.mean[..., 0]))
    assert error < 0.5 * before


@pytest.mark.parametrize("name", list(ACQUISITIONS))
@pytest.mark.parametrize("direction", list(Direction))
def test_every_strategy_picks_with_phases(name: str, direction: Direction) -> None:
    """Three different open candidates, with one under way, limits and failures beside."""
    strategy = STRATEGIES[name]
    asked = problem(some(k=12), direction=direction)
    assert asked.phases is not None
    X = asked.X[:, :2]
    asked = replace(
        asked,
        X=asked.X[:, 2:],
        y=asked.y[:, 2:],
        counts=asked.counts[:, 2:],
        limits=Limited(X, asked.y[:, :2], -np.ones((1, 2))),
        tried=Tried(X, np.array([[True, False]])),
        pending=np.array([[int(np.flatnonzero(~asked.taken[0])[0])]]),
        phases=replace(
            asked.phases, values=asked.phases.values[:, 2:], limits=asked.phases.values[:, :2]
        ),
    )
    asked.taken[0, asked.pending[0]] = True
    found = engine.propose(Joint.of(asked), strategy, 3, rngs())
    assert len(set(found.picks[0].tolist())) == 3
    assert not asked.taken[0, found.picks[0]].any()
    phases = found.laws[0].by_phase()
    assert phases is not None
    np.testing.assert_allclose(phases.share.sum(1), 1.0)
    assert np.isfinite(found.mean).all()


@pytest.mark.parametrize("number", [2, 3, 5])
def test_beforehand_every_phase_is_as_likely(number: int) -> None:
    """Averaged over what is thought of its share, by quadrature."""
    X, of = np.zeros((1, 1, 2)), np.zeros((1, 1), dtype=np.int64)
    law = PhaseClassifier.learn(Phases(number, X, of, of)).against
    at, weight = np.polynomial.hermite.hermgauss(80)
    probit = law.mean + math.sqrt(2 * MEAN_VARIANCE) * at
    assert weight @ stats.norm.cdf(probit) / math.sqrt(math.pi) == pytest.approx(1 / number)


def test_phases_are_drawn_as_likely_as_they_are() -> None:
    """Of three phases, at 4,000 candidates alike."""
    shares = torch.tensor([0.2, 0.5, 0.3]).double().view(1, 3, 1).expand(1, 3, 4000)
    values = torch.arange(3.0).double().repeat_interleave(4000).unsqueeze(0)
    drawn = in_drawn_phases([values], shares, rngs())[0][0]
    for phase, share in enumerate((0.2, 0.5, 0.3)):
        least, most = binomial_range(4000, share)
        assert least <= float((drawn == phase).double().mean()) <= most


def test_what_is_imagined_is_a_sample_in_its_likeliest_phase() -> None:
    """It takes the uncertainty away there, and nowhere more."""
    asked, strategy = problem(some()), STRATEGIES["standard"]
    fitted = fitted_of(engine.survey(Joint.of(asked), strategy, rngs()))
    posterior = posterior_of(fitted, torch.from_numpy(asked.pool.X), strategy, whole=True)
    assert posterior.shares is not None
    N, share = len(asked.pool), posterior.shares[0].numpy()
    for phase in (0, 1):
        i = int(np.flatnonzero((share.argmax(0) == phase) & ~asked.taken[0])[0])
        after = fantasize(posterior, np.array([i]), torch.zeros(1, 2, dtype=torch.float64))
        left = (after.variance / posterior.variance).numpy()
        assert (left.argmin(1) == phase * N + i).all()
        assert left.min(1).max() < 1e-6


@pytest.mark.parametrize("name", ["standard", "thompson"])
def test_in_blocks_as_in_whole(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, strategy = problem(some()), STRATEGIES[name]
    whole = engine.propose(Joint.of(asked), strategy, 1, rngs())
    monkeypatch.setattr(engine, "WHOLE", 10)
    parts = engine.propose(Joint.of(asked), strategy, 1, rngs())
    assert parts.laws[0].by_phase() is not None
    if name == "standard":
        assert parts.picks.tolist() == whole.picks.tolist()
        np.testing.assert_allclose(parts.mean, whole.mean)


def test_searches_do_not_depend_on_their_company() -> None:
    picks = some(b=3)
    together = engine.survey(Joint.of(problem(picks)), STRATEGIES["standard"], rngs(3))
    for i in range(3):
        alone = engine.survey(
            Joint.of(problem(picks[i : i + 1])), STRATEGIES["standard"], [generator(i)]
        )
        np.testing.assert_allclose(together.mean[i], alone.mean[0], rtol=1e-7)
        np.testing.assert_allclose(together.score[i], alone.score[0], rtol=1e-6)


@pytest.mark.parametrize("name", ["standard", "thompson"])
def test_on_another_device(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same picks where tensors of two devices may not meet; first samples, too."""
    asked = problem(some())
    assert asked.phases is not None
    failed = Tried(asked.X[:, :3], np.array([[True, False, False]]))
    start = replace(asked, X=asked.X[:, :1], y=asked.y[:, :1], counts=asked.counts[:, :1])
    start = replace(start, tried=failed, phases=None)
    here = [engine.propose(Joint.of(each), STRATEGIES[name], 2, rngs()) for each in (asked, start)]
    with second_device(monkeypatch):
        there = [
            engine.propose(Joint.of(each), STRATEGIES[name], 2, rngs()) for each in (asked, start)
        ]
    for one, other in zip(here, there, strict=True):
        assert one.picks.tolist() == other.picks.tolist()
    one, other = (each[0].laws[0].by_phase() for each in (here, there))
    assert one is not None
    assert other is not None
    np.testing.assert_allclose(one.share, other.share)
    assert here[1].works is not None
