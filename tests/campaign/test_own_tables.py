"""What tansaku writes, with a result typed in, is read as just that result."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

import numpy as np
import pandas as pd
import pytest

import tansaku as tk
from tansaku.campaign import Campaign
from tansaku.campaign.history.records import Measurement

NASTY = ["id", "mean", "sd", "low", "high", "run", "state", "replicates", "reason", "formula_"]
Make = Callable[[], Campaign]


def listed(inputs: list[str], targets: list[str], scale: str = "linear") -> Make:
    def make() -> Campaign:
        rng = np.arange(12)
        frame = pd.DataFrame({name: (rng * (k + 1)) % 12 + 0.5 for k, name in enumerate(inputs)})
        for k, name in enumerate(targets):
            frame[name.partition(":")[0]] = [
                2.0 + 0.1 * i + k if i < 6 else None for i in range(12)
            ]
        wanted: object = targets[0] if len(targets) == 1 else targets
        options = {"scale": scale} if len(targets) == 1 else {}
        return Campaign.from_table(frame, inputs=inputs, target=wanted, **options)

    return make


def spanned() -> Campaign:
    campaign = Campaign.from_space(
        [
            tk.Stepped(name="x", low=0, high=1, step=0.05),
            tk.Stepped(name="T", low=900, high=1100, step=50),
            tk.Categorical(name="gas", values=("Ar", "O2")),
        ],
        target="y",
        scale="log10",
    )
    for i in range(6):
        at = {"x": 0.1 * i, "T": 900 + 50 * (i % 4), "gas": ["Ar", "O2"][i % 2]}
        campaign.record_at(at, {"y": 10.0 ** (-5 + 0.1 * i)})
    return campaign


CAMPAIGNS: dict[str, Make] = {
    "plain": listed(["x"], ["y"]),
    "log10": listed(["x", "T"], ["y"], "log10"),
    "two goals": listed(["x"], ["y", "z:min"]),
    "nasty inputs": listed(NASTY, ["y"]),
    "nasty target": listed(["x"], ["mean"]),
    "grid": spanned,
    "nothing measured": lambda: Campaign.from_space(
        [tk.Stepped(name="x", low=0, high=1, step=0.05)], target="y"
    ),
}


def plainly(each: Measurement) -> dict[str, object]:
    """All that is told of a measurement besides its inputs, values, id and time."""
    told = each.model_dump(exclude_defaults=True)
    for key in ("id", "at", "inputs", "values", "pool_row", "formula", "sample"):
        told.pop(key, None)
    return told


@pytest.mark.parametrize("way", ["frame", "csv"])
@pytest.mark.parametrize("name", list(CAMPAIGNS))
def test_suggestions_come_back(name: str, way: str) -> None:
    campaign = CAMPAIGNS[name]()
    suggestions = campaign.suggest(3)
    frame, targets = suggestions.frame, [t.name for t in campaign.targets]
    for s, (_i, row) in zip(suggestions.suggestions, frame.iterrows(), strict=True):
        assert {k: row[k] for k in s.inputs} == s.inputs  # no column of ours hides an input
    for target in targets:
        frame[target] = [2.35, 2.45, np.nan]
    if way == "csv":
        frame = pd.read_csv(StringIO(frame.to_csv(index=False)), dtype=object)
    recorded = campaign.record(frame, confirm=True).measurements
    assert len(recorded) == 2
    for s, m, value in zip(suggestions.suggestions, recorded, (2.35, 2.45), strict=False):
        assert m.inputs == s.inputs
        assert m.values == dict.fromkeys(targets, value)
        assert plainly(m) == {}


def test_what_is_added_to_a_frame_is_kept() -> None:
    campaign = CAMPAIGNS["plain"]()
    frame = campaign.suggest(2).frame
    frame["y"] = ["割れ", "<1"]
    frame["lot"], frame["備考"], frame["run"] = ["L1", "L2"], ["白い", ""], ["r7", "r7"]
    first, second = campaign.record(frame, confirm=True).measurements
    assert (first.status.value, first.why, first.batch, first.note) == (
        "failed",
        "割れ",
        "L1",
        "白い",
    )
    assert (second.limits, second.batch, second.run) == ({"y": "below"}, "L2", "r7")


@pytest.mark.parametrize("way", ["frame", "csv"])
def test_a_plan_comes_back_with_its_runs(way: str) -> None:
    campaign = spanned()
    plan = campaign.plan_runs(2, crucibles=2, shared=["T"])
    frame = plan.frame
    frame["y"] = [1e-5, 1.1e-5, 1.2e-5, 1.3e-5]
    if way == "csv":
        frame = pd.read_csv(StringIO(frame.to_csv(index=False)), dtype=object)
    recorded = campaign.record(frame, confirm=True).measurements
    assert [m.run for m in recorded] == [s.run for s in plan.suggestions] != [None] * 4
    assert all(plainly(m).keys() == {"run"} for m in recorded)


def test_changed_inputs_of_a_frame_are_the_sample_that_was_made() -> None:
    campaign = CAMPAIGNS["plain"]()
    frame = campaign.suggest(1).frame
    other = next(c.inputs["x"] for c in campaign.candidates() if c.state == "open")
    frame["x"], frame["y"] = [other], [2.5]
    (m,) = campaign.record(frame, confirm=True).measurements
    assert m.inputs == {"x": other}
