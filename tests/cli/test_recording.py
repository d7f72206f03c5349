"""record, mark and results at the command line, in both languages."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tansaku.chem.composition import Composition
from tests.cli.conftest import Tansaku


@pytest.fixture
def field(tansaku: Tansaku, place: Path) -> Tansaku:
    """A campaign of 36 candidates, half of them measured; one value stands out."""
    rows = ["x,z,y"]
    for x in range(6):
        for z in range(6):
            value = math.sin(0.5 * x) + 0.1 * z + (2.0 if (x, z) == (2, 2) else 0.0)
            rows.append(f"{x},{z},{value:.3f}" if (x + z) % 2 == 0 else f"{x},{z},")
    (place / "field.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    made = tansaku("new", "field", "--table", "field.csv", "--inputs", "x,z", "--target", "y")
    assert made.code == 0, made.err
    return tansaku


def test_a_week_in_the_lab(field: Tansaku) -> None:
    """Two failures, a limit, three replicates: stored, counted, and in the next reason."""
    told = (
        ("--at", "x=0,z=1", "--status", "failed", "--why", "secondary phase=12%", "--run", "r1"),
        ("--at", "x=0,z=3", "--status", "failed", "--why", "cracked"),
        ("--at", "x=1,z=0", "--result", "y=<0.2", "--operator", "佐藤", "--made-on", "2026-04-01"),
        ("--at", "x=3,z=4", "--result", "y=1.4", "--sd", "y=0.1", "--repeats", "4"),
        ("--at", "x=3,z=4", "--result", "y=1.5", "--batch", "b2", "--pellet", "p1"),
        ("--at", "x=3,z=4", "--result", "y=1.3", "--made", "z=4.2", "--phase", "alpha"),
    )
    found = [field("record", "field", *each, "--json") for each in told]
    assert [each.code for each in found] == [0] * 6
    first, _second, limit, stated, _batch, made = (f.json["measurements"][0] for f in found)
    assert (first["status"], first["why"], first["amount"]) == ("failed", "secondary phase", 0.12)
    assert (limit["values"], limit["limits"]) == ({"y": 0.2}, {"y": "below"})
    assert (limit["operator"], limit["made_on"]) == ("佐藤", "2026-04-01")
    assert (stated["sd"], stated["repeats"]) == ({"y": 0.1}, 4)
    assert (made["achieved"], made["inputs"]["z"]) == ({"z": 4.2}, 4.0)
    status = field("status", "field", "--json").json
    assert (status["failed"], status["limits"], status["replicated"]) == (2, 1, 1)
    one = field("suggest", "field", "--json").json["suggestions"][0]
    for words in (
        "Failed samples taken into account: 2.",
        "only as a limit: 1;",
        "2 results in all",
    ):
        assert words in one["reason"]
    assert 0 < one["chance_to_work"] < 1
    at = ",".join(f"{name}={value}" for name, value in one["inputs"].items())
    field("record", "field", "--at", at, "--status", "failed", "--why", "melted")
    text = field("explain", "field", one["id"]).out
    assert "now failed" in text
    assert "It failed: melted." in text


def test_a_doubtful_result_is_named_and_can_be_set_aside(field: Tansaku) -> None:
    found = field("results", "field", "--json").json
    (doubt,) = found["doubtful"]
    assert doubt["inputs"] == {"x": 2.0, "z": 2.0} == doubt["best_now"]
    text = field("results", "field").out
    assert "It still counts." in text
    assert "Without it the best is" in text
    ids = doubt["measurements"]
    assert f"tansaku mark field {ids[0]} --status excluded" in text
    assert field("mark", "field", *ids, "--status", "excluded", "--why", "wet").code == 0
    after = field("results", "field", "--json").json
    assert (after["doubtful"], [m["why"] for m in after["excluded"]]) == ([], ["wet"])
    assert field("status", "field", "--json").json["best"]["inputs"] == doubt["best_without"]
    assert "counted as excluded" in field("history", "field").out
    assert field("undo", "field").code == 0
    assert field("results", "field", "--json").json["doubtful"] == [doubt]


def test_a_result_can_be_called_doubtful_and_kept(field: Tansaku) -> None:
    told = field("record", "field", "--at", "x=0,z=1", "--result", "y=0.3", "--status", "doubtful")
    assert "doubtful" in told.out
    found = field("results", "field", "--json").json
    assert [m["values"] for m in found["marked"]] == [{"y": 0.3}]
    assert "Called doubtful, and used: " in field("results", "field").out
    assert field("status", "field", "--json").json["excluded"] == 0


@pytest.mark.parametrize("repeats", ["0", "-1", "1.5", "x"])
def test_repeats_are_whole_and_at_least_1(field: Tansaku, repeats: str) -> None:
    found = field(
        "record", "field", "--at", "x=0,z=1", "--result", "y=1.4", "--repeats", repeats, "--json"
    )
    assert found.code == 2
    assert f"--repeats: '{repeats}'" in found.json["error"]["message"]


def test_an_excess_that_is_said_with_the_masses_evaporates(tansaku: Tansaku) -> None:
    """The sample is what was planned, though a tenth more Li was weighed."""
    made = tansaku(
        "new", "lzp", "--template", "Li(?)Y(x)Zr(2-x)(PO4)3", "--vary", "x=0:0.4:0.1",
        "--target", "s",
    )  # fmt: skip
    assert made.code == 0, made.err
    sheet = tansaku(
        "weigh", "Li1.2Y0.2Zr1.8(PO4)3", "--precursors", "Li2CO3,Y2O3,ZrO2,NH4H2PO4",
        "--mass", "5", "--excess", "Li=10%", "--json",
    ).json["precursors"]  # fmt: skip
    masses = ",".join(f"{name}={grams}" for name, grams in sheet.items())
    for excess, amount in ((("--excess", "Li=10%"), 1.2), ((), 1.32)):
        found = tansaku(
            "record", "lzp", "--at", "x=0.2", "--result", "s=1", "--weighed", masses, *excess,
            "--yes", "--json",
        )  # fmt: skip
        formula = found.json["measurements"][0]["made"]["formula"]
        assert Composition.parse(formula)["Li"] == pytest.approx(amount, rel=1e-3)
