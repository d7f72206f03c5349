"""The improvement of the hypervolume beside BoTorch's and beside draws."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from botorch.acquisition.multi_objective import logei
from botorch.acquisition.multi_objective.analytic import ExpectedHypervolumeImprovement
from botorch.utils.multi_objective.box_decompositions.non_dominated import (
    NondominatedPartitioning,
)
from botorch.utils.testing import MockModel, MockPosterior
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.objectives import improvement
from tansaku.bo.objectives.boxes import Boxes
from tansaku.bo.objectives.hypervolume import hypervolume
from tansaku.bo.objectives.improvement import (
    Outcome,
    log_chance_of_improvement,
    log_hypervolume_improvement,
    objective_score,
)
from tansaku.bo.objectives.outcome_constraints import kept, log_all_feasible
from tansaku.bo.objectives.scalarise import Draws, Range, chebyshev, desirability, drawn_weights
from tansaku.design import Direction, Want
from tests.seeds import allowed, generator, scatter, spread

logei._load_attempted = True  # else the first use compiles C++
WANTS = (
    Want(),
    Want(Direction.MATCH, match=0.4, tolerance=0.0),
    Want(Direction.MATCH, match=0.5, tolerance=0.1),
)


def posteriors(seed: int, m: int, *, k: int = 1, N: int = 12) -> tuple[Tensor, Tensor]:
    """Means and sds of m outcomes with k components each, shape (m, 1, k, N)."""
    mean, sd = np.split(spread(2 * m * k * N + 9 * seed, 1)[9 * seed :, 0], 2)
    sd = sd[np.argsort(scatter(len(sd)))]
    shape = (m, 1, k, N)
    return torch.from_numpy(mean.reshape(shape)), torch.from_numpy(0.05 + 0.4 * sd.reshape(shape))


def front_of(seed: int, m: int, p: int = 6) -> Float[Tensor, "1 p m"]:
    """Some points, shape (1, p, m)."""
    return torch.from_numpy(spread(p + 5 * seed, m)[None, 5 * seed :])


@pytest.mark.parametrize("m", [2, 3, 4])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_equals_botorch(m: int, seed: int) -> None:
    mean, sd = posteriors(seed, m)
    front, reference = front_of(seed + 9, m), torch.full((1, m), 0.05, dtype=torch.float64)
    outcomes = [Outcome(mean[j], sd[j], Want()) for j in range(m)]
    ours = log_hypervolume_improvement(outcomes, Boxes.above(front, reference)).exp()[0]
    posterior = MockPosterior(
        mean=mean[:, 0, 0].T.unsqueeze(1), variance=sd[:, 0, 0].T.unsqueeze(1).square()
    )
    cells = NondominatedPartitioning(ref_point=reference[0], Y=front[0])
    theirs = ExpectedHypervolumeImprovement(MockModel(posterior), reference[0].tolist(), cells)(
        torch.zeros(12, 1, 1, dtype=torch.float64)
    )
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)


def test_of_one_objective_it_is_the_expected_improvement() -> None:
    from tansaku.bo.acquisition import log_expected_improvement

    mean, sd = posteriors(3, 1)
    front, reference = front_of(4, 1), torch.zeros(1, 1, dtype=torch.float64)
    found = log_hypervolume_improvement(
        [Outcome(mean[0], sd[0], Want())], Boxes.above(front, reference)
    )
    expected = log_expected_improvement(mean[0, :, 0], sd[0, :, 0], front.amax(1))
    torch.testing.assert_close(found, expected)


def test_computed_in_parts_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Edge by edge and box by box, for two problems at once, as in one pass."""
    mean, sd = (torch.cat([each, each.flip(-1)], 1) for each in posteriors(7, 2, k=3))
    outcomes = [Outcome(mean[j], sd[j], WANTS[j]) for j in range(2)]
    front = torch.cat([front_of(8, 2), front_of(9, 2)])
    boxes = Boxes.above(front, torch.full((2, 2), -0.6, dtype=torch.float64))
    asked = (log_hypervolume_improvement, log_chance_of_improvement)
    whole = [how(outcomes, boxes) for how in asked]
    monkeypatch.setattr(improvement, "NUMBERS", 1)
    for how, expected in zip(asked, whole, strict=True):
        assert bool(expected.isfinite().all())
        torch.testing.assert_close(how(outcomes, boxes), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("m", [1, 2, 3])
def test_plain_numbers_are_those_of_logarithms(m: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three problems with fronts of their own, near and far, goals to be matched among them."""
    mean, sd = posteriors(11, m, k=3)
    mean, sd = (torch.cat([each, each.roll(1, -1), each.flip(-1)], 1) for each in (mean, sd))
    mean[..., 0] -= 8  # some twenty sds below
    outcomes = [Outcome(mean[j], sd[j], WANTS[j]) for j in range(m)]
    front = torch.cat([front_of(each, m) for each in (2, 3, 5)])
    boxes = Boxes.above(front, torch.full((3, m), -0.6, dtype=torch.float64))
    asked = (log_hypervolume_improvement, log_chance_of_improvement)
    plain = [how(outcomes, boxes) for how in asked]
    monkeypatch.setattr(improvement, "UNDERFLOW", torch.inf)
    for how, found in zip(asked, plain, strict=True):
        assert bool(found.isfinite().all())
        assert bool((found[:, 0] < -20).all())
        torch.testing.assert_close(how(outcomes, boxes), found, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("m", [1, 2, 3])
def test_mixtures_and_matching_agree_with_draws(m: int) -> None:
    """Two components an outcome, some of them to be matched: the mean over draws."""
    mean, sd = posteriors(5, m, k=2, N=3)
    wants = [WANTS[(j + 1) % 3] for j in range(m)]
    front = torch.stack(
        [objective_score(v, w) for v, w in zip(front_of(6, m, 4).unbind(-1), wants, strict=True)],
        -1,
    )
    reference = torch.full((1, m), -0.6, dtype=torch.float64)
    outcomes = [Outcome(mean[j], sd[j], wants[j]) for j in range(m)]
    boxes = Boxes.above(front, reference)
    rng, count = generator(0), 20_000
    base = hypervolume(front[0].numpy(), reference[0].numpy())
    gain, chance = (
        f(outcomes, boxes).exp()[0].numpy()
        for f in (log_hypervolume_improvement, log_chance_of_improvement)
    )
    for i in range(3):
        drawn = []
        for j in range(m):
            which = rng.integers(0, 2, count)
            values = mean[j, 0, which, i] + sd[j, 0, which, i] * torch.from_numpy(
                rng.standard_normal(count)
            )
            drawn.append(objective_score(values, wants[j]).numpy())
        points = np.stack(drawn, -1)
        free = (points > -0.6).all(1) & ~(front[0].numpy()[None] >= points[:, None]).all(2).any(1)
        assert abs(chance[i] - free.mean()) < allowed(free)
        gains = np.zeros(1500)
        for at in np.flatnonzero(free[:1500]):
            gains[at] = (
                hypervolume(np.vstack([front[0].numpy(), points[at]]), np.full(m, -0.6)) - base
            )
        assert abs(gain[i] - gains.mean()) < allowed(gains)


def test_far_below_the_front_candidates_are_still_told_apart() -> None:
    mean = torch.tensor([[[-60.0, -50.0, -40.0]]], dtype=torch.float64)
    outcomes = [Outcome(mean, torch.ones_like(mean), Want()) for _each in range(2)]
    boxes = Boxes.above(
        torch.ones(1, 1, 2, dtype=torch.float64), torch.zeros(1, 2, dtype=torch.float64)
    )
    found = log_hypervolume_improvement(outcomes, boxes)[0]
    assert torch.isfinite(found).all()
    assert found.tolist() == sorted(found.tolist())
    assert found.exp().max() == 0.0  # what is seen without the logarithm


@pytest.mark.parametrize(("lower", "upper"), [(0.3, None), (None, 0.6), (0.3, 0.6)])
def test_probability_of_keeping_limits(lower: float | None, upper: float | None) -> None:
    from scipy.stats import norm

    mean, sd = posteriors(8, 1, k=2)
    want = Want(None, lower=lower, upper=upper)
    (kept_log,) = log_all_feasible([Outcome(mean[0], sd[0], want)])
    found = kept_log.exp()[0].numpy()
    low = -np.inf if lower is None else lower
    high = np.inf if upper is None else upper
    law = norm(mean[0, 0].numpy(), sd[0, 0].numpy())
    assert found == pytest.approx((law.cdf(high) - law.cdf(low)).mean(0), rel=1e-9)


@pytest.mark.parametrize(
    ("want", "inside"),
    [
        (Want(None, lower=0.3), [False, True, True, True]),
        (Want(None, upper=0.6), [True, True, True, False]),
        (Want(None, lower=0.3, upper=0.6), [False, True, True, False]),
        (Want(), [True] * 4),
    ],
)
def test_a_value_at_its_limit_keeps_it(want: Want, inside: list[bool]) -> None:
    assert kept(torch.tensor([0.2, 0.3, 0.6, 0.7], dtype=torch.float64), want).tolist() == inside


def test_desirability_heeds_the_ratio_of_the_weights_alone() -> None:
    """Three to one: a geometric mean of four, whatever the weights add up to."""
    share = torch.tensor([[[0.5, 0.25], [0.5, 0.5]]], dtype=torch.float64)
    for scale in (1.0, 7.0):
        weights = scale * torch.tensor([[3.0, 1.0]], dtype=torch.float64)
        found = desirability(share, weights)[0].tolist()
        assert found == pytest.approx([(0.5**3 * 0.25) ** 0.25, 0.5])


def test_chebyshev_and_desirability_by_hand() -> None:
    share = torch.tensor([[[0.5, 1.0], [0.25, 0.5]]], dtype=torch.float64)
    weights = torch.tensor([[0.5, 0.5]], dtype=torch.float64)
    assert chebyshev(share, weights)[0].tolist() == pytest.approx(
        [-(0.25 + 0.05 * 0.25), -(0.375 + 0.05 * 0.625)]
    )
    assert desirability(share, weights)[0].tolist() == pytest.approx([0.5**0.5, 0.125**0.5])
    scale = Range(torch.tensor([[1.0, 0.0]]).double(), torch.tensor([[3.0, 2.0]]).double())
    assert scale.share(torch.tensor([[2.0, 1.0]]).double())[0].tolist() == [0.5, 0.5]


def test_drawn_weights_have_the_preference_as_their_mean() -> None:
    rngs = [generator(i) for i in range(4000)]
    weights = drawn_weights(np.array([3.0, 1.0]), rngs)
    assert weights.sum(-1).numpy() == pytest.approx(1.0)
    assert abs(float(weights[:, 0].mean()) - 0.75) < allowed(weights[:, 0].numpy())


def test_draws_have_the_law_of_the_mixture() -> None:
    mean, sd = posteriors(11, 2, k=2, N=3)
    outcomes = [Outcome(mean[j], sd[j], Want()) for j in range(2)]
    drawn = Draws.make(2, [generator(0)], 20_000).of(outcomes)[0]
    middle = mean[:, 0].mean(1).numpy()
    variance = (sd[:, 0].square().mean(1) + mean[:, 0].var(1, correction=0)).numpy()
    for j, i in np.ndindex(2, 3):
        off = drawn[:, i, j].numpy() - middle[j, i]
        assert abs(off.mean()) < allowed(off)
        assert abs(np.square(off).mean() - variance[j, i]) < allowed(np.square(off))
