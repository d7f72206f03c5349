"""Furnace runs in the shell: new with a spec file, plan, record, explain."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Tansaku = Callable[..., Any]

SPEC = """
template: Li(?)Ca(y)Y(x)Zr(2-x-y)(PO4)3
parameters:
  - x=0:0.25:0.125
  - y=0:0.25:0.125
  - T1[°C]=900:1000:50
  - T2[°C]=950:1150:50
  - gas=air,O2
constraints:
  - T2 > T1
profile:
  activation_energy: 400
  segments:
    - ramp: {to: T1, rate: 300}
    - hold: {at: T1, time: 6}
    - ramp: {to: T2, rate: 300}
    - hold: {at: T2, time: 12}
    - cool: {to: 25, rate: 5 K/min}
targets:
  - sigma:max:log10
"""


@pytest.fixture
def firing(tansaku: Tansaku, place: Path) -> Tansaku:
    """``tansaku`` with a campaign over compositions and two heating steps."""
    (place / "firing.yaml").write_text(SPEC, encoding="utf-8")
    made = tansaku("new", "fire", "--spec", "firing.yaml")
    assert made.code == 0, made.err
    return tansaku


def recorded(tansaku: Tansaku, document: Any, place: Path) -> None:
    """All samples of a plan, with results."""
    inputs = list(document["runs"][0]["suggestions"][0]["inputs"])
    lines = [",".join([*inputs, "sigma"])]
    for run in document["runs"]:
        for each in run["suggestions"]:
            at = each["inputs"]
            decades = -5 - 8 * (at["x"] - 0.15) ** 2 - ((at["T2"] - 1100) / 150) ** 2
            lines.append(",".join([*(str(at[name]) for name in inputs), f"{10**decades:.4g}"]))
    (place / "results.csv").write_text("\n".join(lines), encoding="utf-8")
    done = tansaku("record", "fire", "results.csv")
    assert done.code == 0, done.err


def test_two_targets_with_a_cost_from_plan_to_plan(tansaku: Tansaku, place: Path) -> None:
    """What --json says, what people read, and what the pool lists of profile and cost."""
    text = SPEC.replace("sigma:max:log10", "sigma:max:log10\n  - density:max:>=0.5")
    (place / "two.yaml").write_text(text + "cost: T2 - 900\n", encoding="utf-8")
    assert tansaku("new", "two", "--spec", "two.yaml").code == 0
    first = tansaku("pool", "two", "--json").json["candidates"][0]
    assert first["features"]["peak_temperature"] == first["inputs"]["T2"]
    assert first["cost"] == first["inputs"]["T2"] - 900
    listed = tansaku("pool", "two").out
    assert "peak" in listed
    assert "cost" in listed
    lines = ["x,y,T1,T2,gas,sigma,density"]
    lines += [f"{x},{y},950,{T},air,{s},{d}" for x, y, T, s, d in (
        (0, 0, 1000, 1e-6, 0.6), (0.125, 0, 1100, 9e-6, 0.8), (0.25, 0.125, 1150, 4e-6, 0.9),
        (0.125, 0.25, 1050, 5e-6, 0.7),
    )]  # fmt: skip
    (place / "results.csv").write_text("\n".join(lines), encoding="utf-8")
    assert tansaku("record", "two", "results.csv").code == 0
    found = tansaku("plan", "two", "--crucibles", "3", "--runs", "2", "--json").json
    assert found["gain_of"] == "hypervolume"
    assert found["hypervolume"] > 0
    for run in found["runs"]:
        assert run["cost"] == 3 * (run["setting"]["T2"] - 900)
        assert set(run["suggestions"][0]["predicted"]) == {"sigma", "density"}
    shown = tansaku("plan", "two", "--crucibles", "3").out
    assert "new compromise" in shown
    assert "Cost of all samples" in shown
    refused = tansaku("new", "three", "--spec", "two.yaml", "--cost", "x")
    assert refused.code == 2
    assert "cost" in refused.err


def test_a_week_of_runs(firing: Tansaku, place: Path) -> None:
    """Planned, made, recorded, and planned again: what --json says, and what people read."""
    first = firing("plan", "fire", "--crucibles", "4", "--runs", "2", "--json")
    assert first.code == 0, first.err
    document = first.json
    assert document["shared"] == ["T1", "T2", "gas"]
    assert (document["settings"], document["every_setting"]) == (24, True)
    assert [run["run"] for run in document["runs"]] == ["r1", "r2"]
    assert document["expected_gain"] is None
    recorded(firing, document, place)
    second = firing("plan", "fire", "--crucibles", "4", "--runs", "2", "--json").json
    run = second["runs"][0]
    assert run["run"] == "r3"
    assert run["expected_gain"] > 0
    assert 0 < run["chance_to_beat_best"] <= 1
    T1, T2 = run["setting"]["T1"], run["setting"]["T2"]
    hours = (T1 - 25) / 300 + 6 + (T2 - T1) / 300 + 12 + (T2 - 25) / 300
    assert run["hours"] == run["features"]["total_time"] == pytest.approx(hours)
    assert run["features"]["peak_temperature"] == T2
    for each in run["suggestions"]:
        assert each["run"] == "r3"
        assert each["formula"].startswith("Li")
        assert run["setting"].items() <= each["inputs"].items()
    shown = firing("plan", "fire", "--crucibles", "4", "--runs", "2", "--more").out
    assert "Run r5: T1=" in shown
    assert "Firing: peak temperature" in shown
    assert "All runs together: expected to raise the best by" in shown
    told = firing("explain", "fire", run["suggestions"][0]["id"]).out
    assert run["suggestions"][0]["formula"] in told


def test_hours_of_a_week(firing: Tansaku) -> None:
    found = firing(
        "plan", "fire", "--crucibles", "3", "--runs", "2", "--shared", "T2,gas",
        "--hours", "T2/100", "--available", "20", "--json",
    ).json  # fmt: skip
    assert found["hours"] == sum(run["setting"]["T2"] / 100 for run in found["runs"]) <= 20


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--crucibles", "10"), 3, "no setting of T1, T2, gas has more than 9"),
        (("--crucibles", "3", "--shared", "t"), 2, "no input 't'"),
        (("--crucibles", "3", "--hours", "x"), 2, "depend on x"),
        (("--crucibles", "3", "--available", "5"), 2, "take at least"),
        ((), 2, "--crucibles"),
    ],
)
def test_what_is_refused(firing: Tansaku, arguments: tuple[str, ...], code: int, said: str) -> None:
    done = firing("plan", "fire", *arguments)
    assert (done.code, said in done.err) == (code, True), done.err


def test_a_profile_beside_a_table_is_refused(tansaku: Tansaku, place: Path) -> None:
    text = "table: table.csv\ninputs: [a, b]\ntargets: [y]\nprofile: [{hold: {at: a, time: 1}}]\n"
    (place / "bad.yaml").write_text(text, encoding="utf-8")
    done = tansaku("new", "bad", "--spec", "bad.yaml")
    assert (done.code, "firing profile beside a table" in done.err) == (3, True)
