"""Stopping: what is said of a campaign, against draws of its posterior and against the truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tansaku.bo.stopping import found_chances
from tansaku.campaign import Campaign
from tansaku.design import Design, Joint, Problems
from tansaku.errors import ModelError, PoolExhaustedError, UsageError
from tansaku.strategy import STRATEGIES
from tansaku.studies.replay import PoolSearch
from tansaku.studies.stopping_rule import StoppingRule
from tests.seeds import allowed, generator, scatter, spread

POINTS = spread(20, 1)[:, 0]
LINE = Design(((POINTS - POINTS.min()) / np.ptp(POINTS))[:, None], ("x",))


def made(
    values: np.ndarray, measured: int, target: str = "y:max", points: np.ndarray = POINTS
) -> Campaign:
    """Candidates on a line, of which the first are measured."""
    frame = pd.DataFrame({"x": points, "y": values})
    frame.loc[measured:, "y"] = np.nan
    return Campaign.from_table(frame, inputs=["x"], target=target)


def test_it_is_what_the_posterior_draws() -> None:
    """Of all candidates together: how often none of the others is better, or by so much."""
    campaign = made(np.sin(6 * POINTS), 6)
    found = campaign.stop(delta=0.1)
    drawn = campaign.posterior({"x": POINTS}).sample(4000, seed=3)
    best, other = drawn[:, :6].max(1), drawn[:, 6:].max(1)
    for said, counted in (
        (found.found, other <= best),
        (found.better_by_delta, other > best + 0.1),
    ):
        assert abs(said - counted.mean()) < 5 * np.sqrt(0.25 / 1024 + 0.25 / 4000)
    gain = np.maximum(other - best, 0).mean()
    assert found.gain["1"] <= found.gain["5"] <= found.gain["10"] <= gain * 1.2
    assert found.document()["gain"].keys() == {"1", "5", "10"}
    assert (found.candidates, found.looked_at, found.delta_is) == (14, 14, "given")


@pytest.mark.parametrize("target", ["y:max", "y:min", "y:max:log10"])
def test_what_is_known_well_is_found(target: str) -> None:
    """Nearly all measured, the best among them."""
    values = 10.0 ** np.sin(6 * POINTS)
    at = values.argmin() if "min" in target else values.argmax()
    order = np.r_[at, np.delete(np.arange(20), at)]
    frame = pd.DataFrame({"x": POINTS, "y": values}).iloc[order].reset_index(drop=True)
    frame.loc[17:, "y"] = np.nan
    found = Campaign.from_table(frame, inputs=["x"], target=target).stop()
    assert found.found > 0.5  # a neighbour of the best may be as good, for all that is known
    assert found.better_by_delta < 0.05
    assert found.unit == ("decades" if "log10" in target else "")


def test_chances_come_true_on_average() -> None:
    """Over functions drawn from Gaussian processes, six of twenty candidates measured, within what
    chance allows: a coarse check, as the model knows neither length scale nor noise.
    ``bench.stopping`` asks it of more searches."""
    rng, b = generator(0), 200
    distance = (POINTS[:, None] - POINTS) / rng.uniform(0.15, 0.6, (b, 1, 1))
    factor = np.linalg.cholesky(np.exp(-0.5 * distance**2) + 1e-8 * np.eye(20))
    values = (factor @ rng.standard_normal((b, 20, 1)))[..., 0]
    rows = np.stack([rng.permutation(20)[:6] for _problem in range(b)])
    taken = np.zeros((b, 20), dtype=bool)
    np.put_along_axis(taken, rows, True, 1)
    known = Problems(
        LINE, LINE.X[rows], np.take_along_axis(values, rows, 1), np.ones((b, 6)), taken,
        np.empty((b, 0), dtype=np.int64), positions=rows,
    )  # fmt: skip
    said = found_chances(Joint.of(known), STRATEGIES["standard"], [rng] * b)
    true = (rows == values.argmax(1)[:, None]).any(1)
    assert abs((said - true).mean()) < allowed(said - true)


def test_searches_in_lock_step_are_told_what_a_campaign_is() -> None:
    """The same chance in a study, of searches that know different samples; by it they stop."""
    strategy = STRATEGIES["standard"].but(components=512)
    values, every = np.sin(6 * POINTS), np.arange(20)
    picks = np.stack([every, every[::-1], np.roll(every, 7)])
    search = PoolSearch(LINE, values[:, None], 20, strategy, 0)
    rngs = [generator([1, i]) for i in range(3)]
    said = found_chances(search.seen(picks[:, :8]), strategy, rngs)
    for each, chance in zip(picks, said, strict=True):
        alone = made(values[each], 8, points=POINTS[each]).stop(strategy=strategy).found
        assert abs(chance - alone) < 5 * np.sqrt(2 * 0.25 / 1024)
    rule = StoppingRule.of(0.5, [search])
    stops = rule.samples(search, picks, 8)
    assert ((stops >= 8) & (stops <= 20)).all()
    assert (stops[said > 0.7] == 8).all()
    assert (stops[said < 0.3] > 8).all()
    for level in (0, 1, float("nan")):
        with pytest.raises(UsageError, match="--stop-at"):
            StoppingRule.of(level, [search])
    with pytest.raises(UsageError, match="one goal without costs"):
        StoppingRule.of(0.5, [replace(search, cost=POINTS)])


def test_two_goals_and_costs_are_told() -> None:
    frame = pd.DataFrame({"x": POINTS, "y": np.sin(5 * POINTS), "z": np.cos(3 * POINTS)})
    frame["price"] = 1 + 2 * POINTS
    frame.loc[8:, ["y", "z"]] = np.nan
    campaign = Campaign.from_table(frame, inputs=["x"], target=["y:max", "z:max"], cost="price")
    found = campaign.stop()
    assert found.unit == "hypervolume"
    assert 0 <= found.found <= 1
    assert found.gain_per_cost is not None
    assert found.gain_per_cost["1"] > 0


def test_what_cannot_be_told_says_why() -> None:
    with pytest.raises(ModelError, match="has a result of every goal"):
        made(scatter(20), 0).stop()
    with pytest.raises(PoolExhaustedError, match="is left"):
        made(scatter(20), 20).stop()
    goals = {name: scatter(20, prime) for name, prime in zip("abc", (2, 3, 5), strict=True)}
    table = pd.DataFrame({"x": POINTS} | goals)
    table.loc[10:, [*goals]] = np.nan
    three = Campaign.from_table(table, inputs=["x"], target=["a:max", "b:max", "c:max"])
    with pytest.raises(UsageError, match="one goal or two"):
        three.stop()
    for delta in (0, -1, float("nan")):
        with pytest.raises(UsageError, match="--delta"):
            made(scatter(20), 6).stop(delta=delta)
