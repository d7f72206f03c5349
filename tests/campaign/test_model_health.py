"""Health: verdicts that are right on cases that are known, and what they say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import tansaku as tk
from tansaku.campaign.model_health import (
    NEEDED,
    SETTLED,
    chance_of_no_better,
    predicted_share,
)
from tansaku.errors import UsageError
from tests.health_cases import KINDS, kinds_of, made
from tests.seeds import binomial_range, scatter, spread

RIGHT = 0.9
"""Verdicts that are right at least; the table of ``bench.health`` has more of each kind."""
CASES = 2
"""Of each kind."""


def table(n: int, y: Any, d: int = 1) -> tk.Campaign:
    """n results at points that fill the unit cube, and two more candidates."""
    names = [f"x{i}" for i in range(d)]
    frame = pd.DataFrame(spread(n + 2, d), columns=names).assign(y=[*y, np.nan, np.nan])
    return tk.Campaign.from_table(frame, inputs=names, target="y")


def test_verdicts_are_right_on_cases_that_are_known() -> None:
    """Not fewer than chance allows."""
    right = [made(kind, seed).right() for kind in KINDS for seed in range(CASES)]
    assert np.mean(right) >= binomial_range(len(right), RIGHT)[0]


def test_q2_is_one_for_no_error_and_nothing_for_the_mean_of_the_others() -> None:
    y = scatter(9)
    others = (y.sum() - y) / 8
    assert predicted_share(y, y) == 1
    assert predicted_share(y, others) == pytest.approx(0)
    assert predicted_share(y, 2 * others - y) < 0
    assert predicted_share(np.ones(4), np.ones(4)) == 0


def test_chance_is_that_of_a_paired_test() -> None:
    """Of the squared errors against those of the mean of the others, by SciPy's."""
    y, off = scatter(14), 0.3 * scatter(14, 11)
    others = (y.sum() - y) / 13
    theirs = stats.ttest_rel((y - others) ** 2, off**2, alternative="greater").pvalue
    assert chance_of_no_better(y, y - off) == pytest.approx(theirs)
    assert chance_of_no_better(y, 2 * others - y) > 0.5
    assert chance_of_no_better(np.ones(4), np.ones(4)) == 1


def test_too_few_results_are_no_error_and_no_verdict_on_the_model() -> None:
    for n in (0, 1, NEEDED - 1):
        health = table(n, scatter(n)).health()
        assert (health.verdict, health.q2, health.coverage) == ("amber", None, None)
        assert kinds_of(health) == {"too_few"}
        assert health.advice == f"Record {NEEDED - n} more."
        assert health.targets[0].n == n
    assert table(NEEDED, scatter(NEEDED)).health().q2 is not None


def test_values_that_have_no_pattern_are_red_once_they_are_many() -> None:
    """Red is kept for results enough; before, the model has not settled."""
    few, many = (table(n, scatter(n, 7), d=2).health() for n in (SETTLED - 1, 2 * SETTLED))
    assert kinds_of(few) == {"unsettled"}
    assert few.verdict == "amber"
    assert "no_better" in kinds_of(many)
    assert many.verdict == "red"


def test_the_numbers_are_those_of_the_picture_of_parity() -> None:
    """One leave-one-out for both."""
    n = 15
    campaign = table(n, np.sin(3 * spread(n + 1, 1)[:n, 0]) + 0.1 * scatter(n))
    (found,) = campaign.health().targets
    from tansaku.campaign.pictures.draw import Request, draw
    from tansaku.strategy import strategy_of

    (parity,) = draw(campaign.document, ["parity"], Request(strategy_of("standard")))
    shown = parity.shows
    assert shown["inside"] == found.inside
    measured, expected = np.array(shown["measured"]), np.array(shown["expected"])
    assert found.q2 == pytest.approx(predicted_share(measured, expected))


def test_each_target_has_its_own_verdict_and_the_campaign_the_gravest() -> None:
    """Of two goals one is smooth; the noise of it is told in its unit."""
    n = 2 * SETTLED
    X = spread(n + 1, 2)
    frame = pd.DataFrame(X, columns=["a", "b"]).assign(
        good=[*(100 * np.sin(3 * X[:n, 0]) + scatter(n)), None], bad=[*scatter(n, 7), None]
    )
    campaign = tk.Campaign.from_table(frame, inputs=["a", "b"], target=["good:max", "bad:min"])
    health = campaign.health()
    good, bad = health.targets
    assert (good.verdict, bad.verdict, health.verdict) == ("green", "red", "red")
    assert health.q2 == bad.q2
    assert health.sentence.startswith("The model of bad is not surely better than the mean")
    assert good.noise_sd is not None
    assert good.signal_sd is not None
    assert 0.4 < good.noise_sd < 2.5 < 20 < good.signal_sd
    shares = {each.input: each.in_all for each in good.importance}
    assert shares["b"].high < 0.05 < 0.9 < shares["a"].low
    assert "hold" in " ".join(each.advice.lower() for each in good.findings)


def test_results_that_stand_out_are_named_by_their_sample() -> None:
    n = 15
    y = np.sin(3 * spread(n + 1, 1)[:n, 0])
    y[7] += 5
    frame = pd.DataFrame({"x": spread(n + 1, 1)[:, 0], "y": [*y, None]})
    campaign = tk.Campaign.from_table(frame, inputs=["x"], target="y")
    campaign.record_at({"x": 0.5}, {"y": 3.0}, limits={"y": "above"}, confirm=True)
    health = campaign.health()
    (found,) = health.targets
    assert health.verdict == "amber"
    assert {"stands_out", "contradicts"} <= kinds_of(health)
    assert "m8" in health.sentence
    assert [each.limit for each in found.outliers].count("above") == 1
    assert found.q2 is not None
    assert found.q2 > 0.9  # the bad one does not enter it


def test_one_set_of_hyperparameters_says_so_and_random_search_has_none() -> None:
    n = 10
    campaign = table(n, np.sin(3 * spread(n + 1, 1)[:n, 0]))
    assert campaign.health(strategy="lecture").targets[0].left_out == "fixed"
    assert campaign.health().targets[0].left_out == "reweighted"
    with pytest.raises(UsageError, match="no model"):
        campaign.health(strategy="random")
