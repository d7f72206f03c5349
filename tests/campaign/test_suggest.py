"""Suggestions in the scientist's words: a reason says what the numbers beside it say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tansaku.bo.engine import Proposal
from tansaku.bo.surrogates import fitting
from tansaku.bo.surrogates import map as posterior_map
from tansaku.campaign import Campaign
from tansaku.campaign.history.state import history_of
from tansaku.campaign.suggest import model_limits
from tansaku.campaign.suggest.trade_offs import standing_of
from tansaku.campaign.suggest.why import Why
from tansaku.insight.reasons import WIDE_SD
from tansaku.space import Target
from tansaku.strategy import STRATEGIES

GOALS = {"y:max": 9.0, "y:min": 2.0, "y:=6": 5.0, "y:min:log10": 2.0}
"""Of each goal the best of 2, 5 and 9."""


def why(text: str, strategy: str = "standard") -> tuple[Why, Campaign]:
    """What reasons are made from, of three results."""
    target = Target.parse(text).model_copy(update={"unit": "S/cm"})
    table = pd.DataFrame({"x": [0.0, 1, 2, 3, 4], "y": [5.0, 2.0, 9.0, None, None]})
    made = Campaign.from_table(table, inputs=["x"], target=target)
    spec, state = made.document.campaign, made.state
    standing, history = standing_of(spec, state), history_of(spec, state)
    return Why(spec, STRATEGIES[strategy], standing, 0, (history,)), made


def proposed(chance: list[float], rank: list[float], sd: float = 0.25) -> Proposal:
    """Picks of a model with these chances to beat the best, and these ranks of their sds."""
    n = len(chance)
    each = np.full((1, n, 1), sd)
    return Proposal(
        np.arange(3, 3 + n)[None],
        True,
        0 * each,
        each,
        each,
        chance=np.array([chance]),
        feasible=np.ones((1, n)),
        rank_of_sd=np.array([rank]),
        at_random=np.zeros((1, n), dtype=bool),
    )


@pytest.mark.parametrize("text", GOALS)
def test_a_reason_goes_with_the_chance_beside_it(text: str) -> None:
    """It looks good where it is rather better than the best, and unclear where little is known."""
    reasons, _made = why(text)
    wide, narrow = WIDE_SD + 0.01, WIDE_SD - 0.01
    found = proposed([0.9, 0.51, 0.49, 0.004, 0.9, 0.05], [narrow, 0.0, narrow, 0.1, wide, 1.0])
    kinds = [reasons.of(found, i, 0, None) for i in range(6)]
    assert [each.kind for each in kinds] == [
        "promising", "promising", "balance", "balance", "promising_and_unclear", "unclear",
    ]  # fmt: skip
    said = ["90 %", "51 %", "49 %", "< 1 %", "90 %", "5 %"]
    assert [each.facts["chance"] for each in kinds] == said
    assert {each.facts["best"] for each in kinds} == {f"{GOALS[text]:g} S/cm"}
    assert {each.facts["sd"] for each in kinds} == {"×/÷ 1.8" if "log10" in text else "0.25 S/cm"}


@pytest.mark.parametrize("text", GOALS)
def test_the_chance_is_that_of_the_prediction(text: str) -> None:
    """Of one normal law it is above a half just where the mean is better than the best so far."""
    _reasons, made = why(text)
    strategy = STRATEGIES["isotropic"]
    for each in made.suggest(2, strategy=strategy).suggestions:
        predicted, chance = each.predicted["y"], each.chance_to_beat_best
        assert chance is not None
        if text == "y:=6":
            assert chance < 1
            continue
        better = predicted.mean > 9 if text == "y:max" else predicted.mean < 2
        assert (chance > 0.5) == better
        assert (each.reason.kind in ("promising", "promising_and_unclear")) == better


@pytest.mark.parametrize("name", ["standard", "isotropic"])
@pytest.mark.parametrize("text", ["y:max", "y:min", "y:max:log10"])
def test_the_unit_of_a_table_changes_no_suggestion(name: str, text: str) -> None:
    """In mS/cm the same samples, with the same chances and reasons, as in S/cm."""
    x = np.linspace(0, 1, 12)
    y = np.where(np.arange(12) % 3 == 0, 2 + np.sin(5 * x), np.nan)
    one, other = (
        Campaign.from_table(
            pd.DataFrame({"x": x, "y": unit * y}), inputs=["x"], target=Target.parse(text)
        )
        .suggest(3, strategy=name, seed=2)
        .suggestions
        for unit in (1.0, 1000.0)
    )
    for small, large in zip(one, other, strict=True):
        assert large.pool_row == small.pool_row
        assert large.chance_to_beat_best == pytest.approx(small.chance_to_beat_best, rel=1e-6)
        assert large.reason.kind == small.reason.kind
        assert large.reason.facts["chance"] == small.reason.facts["chance"]
        for part in ("mean", "sd", "low", "high"):
            found = getattr(large.predicted["y"], part)
            assert found == pytest.approx(1000 * getattr(small.predicted["y"], part), rel=1e-6)


def test_what_is_measured_is_no_longer_under_way() -> None:
    """The next suggestion does not speak of it, and replaces nothing."""
    x = np.linspace(0, 1, 12)
    table = pd.DataFrame({"x": x, "y": np.where(np.arange(12) % 3 == 0, np.sin(5 * x), np.nan)})
    made = Campaign.from_table(table, inputs=["x"], target="y")
    first, second = made.suggest(2).suggestions
    assert (made.status().pending, made.status().open) == (2, 6)
    made.record_at(first.inputs, {"y": 0.5})
    assert (made.status().pending, made.status().open) == (1, 6)
    assert [s.id for s in made.state.open_suggestions] == [second.id]
    assert made.suggest(1, more=True).suggestions[0].reason.facts["pending"] == 1
    made.record_at(second.inputs, {"y": 0.4})
    again = made.suggest(1)
    assert [s.id for s in made.state.open_suggestions] == ["s4"]
    assert "replace" in again.notices[0]
    made.record_at(again.suggestions[0].inputs, {"y": 0.3})
    last = made.suggest(1)
    assert last.notices == ()
    assert "pending" not in last.suggestions[0].reason.facts


def test_a_model_is_told_in_the_units_of_its_inputs() -> None:
    """Over 0 to 1000 °C a length scale is a thousand times that over 0 to 1."""
    x, found = np.linspace(0, 1, 12), []
    for unit in (1.0, 1000.0):
        y = np.where(np.arange(12) % 2 == 0, np.sin(5 * x), np.nan)
        table = pd.DataFrame({"T": unit * x, "y": y})
        made = Campaign.from_table(table, inputs=["T"], target="y")
        after = made.suggest(1, strategy="isotropic").model["hyperparameters"]["after"]
        found.append(after["length_scales"]["T"])
    assert found[1] == pytest.approx(1000 * found[0], rel=1e-6)


def test_what_many_results_change_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The average ends first, then the search sees a part, then predictions rest on points; other
    fits never averaged."""
    table = pd.DataFrame({"x": np.arange(9.0), "y": [*np.sin(np.arange(7)), None, None]})
    made, found = Campaign.from_table(table, inputs=["x"], target="y"), []
    for largest, most, exact in ((7, 7, 7), (6, 7, 7), (6, 6, 7), (6, 6, 6)):
        for each in (fitting, model_limits):
            monkeypatch.setattr(each, "LARGEST", largest)
        monkeypatch.setattr(model_limits, "MOST", most)
        for each in (posterior_map, model_limits):
            monkeypatch.setattr(each, "EXACT", exact)
        found.append(made.suggest().notices)
        assert not any("average" in n for n in made.suggest(strategy="isotropic").notices)
    none, one, both, points = found
    assert not any("results" in notice for notice in none)
    assert "more than 6 results" in one[-1]
    assert both[-2] == one[-1]
    assert "learned from 6 results" in both[-1]
    assert points[-3:-1] == both[-2:]
    assert "With more than 6 results predictions rest" in points[-1]


def test_what_is_measured_is_not_under_way_however_the_log_is_added_up() -> None:
    """Behind each change, from the beginning, and where the result does not count any more."""
    table = pd.DataFrame({"x": np.arange(9) / 8, "y": [1.0, 2.0, 1.5, *[np.nan] * 6]})
    campaign = Campaign.from_table(table, inputs=["x"], target="y")
    first, second = campaign.suggest(n=2, seed=0)
    campaign.record(first, y=1.2)
    measured = campaign.state.measurements[-1]
    anew = Campaign(campaign.document)
    for each in (campaign, anew):
        assert [s.id for s in each.state.open_suggestions] == [second.id]
    anew.entries.mark([measured.id], "excluded")
    assert list(anew.state.under_way) == [second.candidate]
