"""Campaigns that want several things: limits, tolerances, costs, rows measured in part."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import tansaku as tk
from tansaku.campaign.history.records import CampaignDocument
from tansaku.errors import CellError, ModelError, TableError, UsageError
from tansaku.space import Target
from tests.seeds import generator

INPUTS = ["x_Y", "y_Ca"]
BOTH = ["sigma_lowT_S_cm:max:log10", "relative_density:max"]


@pytest.fixture
def part(lyczp: pd.DataFrame) -> pd.DataFrame:
    """Nine measured compositions, one of them of the density only, and a price."""
    frame = lyczp.copy()
    outcomes = ["sigma_lowT_S_cm", "relative_density", "impurity_fraction"]
    hidden = generator(0).permutation(47)[8:]
    frame.loc[hidden, outcomes] = np.nan
    frame.loc[hidden[0], "relative_density"] = 0.81
    frame["price"] = np.linspace(1.0, 2.0, 47)
    return frame


def made(frame: pd.DataFrame, target: list[str] | list[Target], **more: object) -> tk.Campaign:
    return tk.Campaign.from_table(frame, inputs=INPUTS, target=target, **more)


def test_a_loop_with_two_goals(part: pd.DataFrame, lyczp: pd.DataFrame) -> None:
    campaign = made(part, BOTH)
    assert len(campaign.state.measurements) == 9
    status = campaign.status()
    assert status.partly_measured == 1
    assert status.best is None
    found = campaign.suggest(2, seed=1)
    assert found == made(part, BOTH).suggest(2, seed=1)
    for each in found.suggestions:
        assert set(each.predicted) == {"sigma_lowT_S_cm", "relative_density"}
        assert each.chance_to_beat_best is not None
        assert each.pool_row not in campaign.state.measured
    reason = found.document()["suggestions"][0]["reason"]
    assert any(target.name in reason for target in campaign.targets)
    assert "%" in reason
    row = lyczp.loc[found.suggestions[0].pool_row]
    campaign.record_at(
        found.suggestions[0].inputs,
        {"sigma_lowT_S_cm": row["sigma_lowT_S_cm"], "relative_density": row["relative_density"]},
    )
    assert campaign.status().measured == 10
    assert (
        CampaignDocument.model_validate_json(campaign.document.model_dump_json())
        == campaign.document
    )
    assert set(campaign.predict({"x_Y": 0.1, "y_Ca": 0.1})) == set(found.suggestions[0].predicted)


def test_compromises_are_the_pareto_set_of_the_lecture(lyczp: pd.DataFrame) -> None:
    """Four of the 47 compositions, as the lecture's figure shows (linear or log10 alike)."""
    expected = {
        i
        for i, a in lyczp.iterrows()
        if not any(
            b.sigma_lowT_S_cm >= a.sigma_lowT_S_cm
            and b.relative_density >= a.relative_density
            and (b.sigma_lowT_S_cm, b.relative_density) != (a.sigma_lowT_S_cm, a.relative_density)
            for _j, b in lyczp.iterrows()
        )
    }
    status = made(lyczp, BOTH).status()
    assert {each.pool_row for each in status.compromises or ()} == expected
    assert len(expected) == 4


def test_a_table_of_results_may_have_one_target_only(part: pd.DataFrame) -> None:
    campaign = made(part, BOTH)
    rows = pd.DataFrame({"x_Y": [0.0], "y_Ca": [0.125], "relative_density": [0.91]})
    campaign.record(rows)
    assert campaign.state.measurements[-1].values == {"relative_density": 0.91}
    assert campaign.status().partly_measured in (1, 2)


def test_limits_rule_the_best_and_the_reasons(part: pd.DataFrame) -> None:
    campaign = made(part, ["sigma_lowT_S_cm:max:log10", "impurity_fraction:<=0.03"])
    best = campaign.status().best
    measured = part.dropna(subset=["sigma_lowT_S_cm"])
    kept = measured[measured["impurity_fraction"] <= 0.03]
    assert best is not None
    assert best.value == kept["sigma_lowT_S_cm"].max()
    impossible = made(part, ["sigma_lowT_S_cm:max:log10", "impurity_fraction:<=-1"])
    assert impossible.status().best is None
    found = impossible.suggest(1)
    assert found.suggestions[0].reason.kind == "keep_limits"
    assert any("keeps all limits" in notice for notice in found.notices)


def test_costs_and_known_targets_come_from_the_table(part: pd.DataFrame) -> None:
    campaign = made(part, [*BOTH, "price:min:known"], cost="price")
    found = campaign.suggest(1)
    row = found.suggestions[0].pool_row
    assert found.suggestions[0].predicted["price"].mean == pytest.approx(part["price"][row])
    assert "price" not in campaign.state.measurements[0].values
    assert f"{part['price'][row]:.4g}" in found.document()["suggestions"][0]["reason"]
    dear = made(part.assign(price=np.where(part.index == row, 1e6, 1.0)), BOTH, cost="price")
    assert dear.suggest(1).suggestions[0].pool_row != row


def test_a_tolerance_and_one_goal_speak_as_one_target_does(part: pd.DataFrame) -> None:
    found = made(part, ["relative_density:=0.8+-0.02"]).suggest(1)
    assert "best so far" in found.document()["suggestions"][0]["reason"]


def test_what_a_matched_goal_has_to_beat_is_a_distance(part: pd.DataFrame) -> None:
    """From the wanted value, beyond the tolerance; here a tenth of the range below the worst."""
    found = made(part, ["relative_density:=0.8+-0.02", "sigma_lowT_S_cm:max:log10"]).status()
    off = np.maximum((part["relative_density"].dropna() - 0.8).abs() - 0.02, 0)
    assert found.reference is not None
    assert found.reference["relative_density"] == pytest.approx(off.max() + 0.1 * np.ptp(off))


def test_a_constant_goal_is_named_and_does_no_harm(part: pd.DataFrame) -> None:
    frame = part.assign(flat=np.where(part["relative_density"].isna(), np.nan, 3.0))
    found = made(frame, ["relative_density:max", "flat:max"]).suggest(1)
    assert any("'flat' are the same" in notice for notice in found.notices)
    assert found.suggestions[0].predicted


def test_a_reference_that_nothing_beats_is_named(part: pd.DataFrame) -> None:
    found = made(part, BOTH, reference={"relative_density": 0.999}).suggest(1)
    assert any("reference point" in notice for notice in found.notices)


def test_what_ranges_and_preferences_do_is_told(part: pd.DataFrame) -> None:
    said = {
        "desirability": ["sigma_lowT_S_cm:max:1e-7..1e-5:log10", "relative_density:max:0.7..0.95"],
        "play no part": [BOTH[0], "relative_density:max:0.7..0.95"],
        "preferences differ": [BOTH[0], "relative_density:max:weight=2"],
    }
    for words, targets in said.items():
        assert any(words in notice for notice in made(part, targets).suggest(1).notices)


def test_before_enough_is_measured_samples_are_drawn(part: pd.DataFrame) -> None:
    frame = part.copy()
    frame.loc[3:, ["sigma_lowT_S_cm", "relative_density"]] = np.nan
    frame.loc[:, "sigma_lowT_S_cm"] = frame["sigma_lowT_S_cm"].where(frame.index < 2)
    found = made(frame, BOTH).suggest(1)
    assert not found.suggestions[0].predicted
    assert found.suggestions[0].chance_to_beat_best is None


def test_the_same_in_a_space_without_a_table() -> None:
    campaign = tk.Campaign.from_space(
        [
            tk.Stepped(name="x", low=0, high=1, step=0.125),
            tk.Continuous(name="T", low=900, high=1200, resolution=5),
        ],
        target=["a:max", "b:min"],
    )
    for x, T in ((0, 900), (0.5, 1000), (1, 1200), (0.25, 1100)):
        campaign.record_at({"x": x, "T": T}, {"a": x + T / 1000, "b": T / 1000 - x})
    found = campaign.suggest(2)
    assert len({tuple(s.inputs.values()) for s in found.suggestions}) == 2


@pytest.mark.parametrize(
    ("target", "more", "error", "said"),
    [
        (["sigma_lowT_S_cm", "sigma_lowT_S_cm:min"], {}, UsageError, "twice"),
        (BOTH, {"reference": {"price": 1.0}}, UsageError, "no goal"),
        (BOTH, {"reference": {"sigma_lowT_S_cm": -1.0}}, UsageError, "no log10"),
        (
            ["relative_density:max"],
            {"reference": {"relative_density": 0.6}},
            UsageError,
            "needs none",
        ),
        (BOTH, {"cost": "cheap"}, TableError, "cheap"),
        (["price:min:known"], {}, UsageError, "known beforehand"),
        ([*BOTH, "impurity_fraction:min:known"], {}, CellError, "known of every candidate"),
    ],
)
def test_what_cannot_be_wanted(
    part: pd.DataFrame, target: list[str], more: dict[str, object], error: type, said: str
) -> None:
    with pytest.raises(error, match=said):
        made(part, target, **more)


def test_what_needs_one_target_or_a_result(part: pd.DataFrame) -> None:
    with pytest.raises(UsageError, match="probe"):
        made(part, BOTH).suggest(1, probe=True)
    with pytest.raises(UsageError, match="no table"):
        tk.Campaign.from_space(
            [tk.Stepped(name="x", low=0, high=1, step=0.5)], target=["a:max", "b:min:known"]
        )
    empty = part.assign(other=np.nan)
    with pytest.raises(ModelError, match="other"):
        made(empty, [BOTH[0], "other:max"]).predict({"x_Y": 0.1, "y_Ca": 0.1})


def test_failed_samples_are_stayed_away_from(part: pd.DataFrame) -> None:
    campaign = made(part, BOTH)
    before = campaign.suggest(1).suggestions[0]
    campaign.record_at(before.inputs, status="failed", why="cracked")
    after = campaign.suggest(1)
    chosen = after.suggestions[0]
    assert chosen.pool_row != before.pool_row
    assert chosen.chance_to_work is not None
    assert "Failed samples" in after.document()["suggestions"][0]["reason"]
