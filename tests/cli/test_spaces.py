"""Campaigns over parameters, from making to importing, as a person types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Tansaku

MIXED = (
    "--vary", "x=0:0.375:0.0625", "--vary", "T=900~1200@5", "--vary", "gas=air,Ar,O2",
    "--constraint", "T + 1000*x <= 1250", "--target", "density:max",
)  # fmt: skip
SPEC = """
parameters:
  - {kind: stepped, name: x, low: 0, high: 0.375, step: 0.0625}
  - {kind: continuous, name: T, low: 900, high: 1200, resolution: 5, unit: °C}
  - {kind: categorical, name: gas, values: [air, Ar, O2]}
constraints: [T + 1000*x <= 1250]
targets: ["density:max"]
"""


def test_a_mixed_space_from_making_to_importing(tansaku: Tansaku, place: Path) -> None:
    made = tansaku("new", "sinter", *MIXED, "--json").json
    assert (made["n_candidates"], made["open"], made["inputs"]) == (None, None, ["x", "T", "gas"])
    first = tansaku("suggest", "sinter", "-n", "4", "--strategy", "random", "--json").json
    for one in first["suggestions"]:
        at = ",".join(f"{name}={value}" for name, value in one["inputs"].items())
        assert one["pool_row"] is None
        done = tansaku("record", "sinter", "--at", at, "--result", f"density={one['inputs']['x']}")
        assert done.code == 0, done.err
    (place / "rows.csv").write_text("x,T,gas,density\n0.125,950,Ar,0.9\n0,900,O2,\n", "utf-8")
    assert tansaku("record", "sinter", "rows.csv").code == 0
    text = tansaku("suggest", "sinter", "-n", "2")
    assert text.code == 0, text.err
    assert " gas " in text.out
    assert tansaku("explain", "sinter", "s6", "--json").json["state"] == "pending"
    found = tansaku("predict", "sinter", "--at", "x=0.1,T=952.5,gas=Ar", "--json").json
    assert found["inputs"] == {"x": 0.1, "T": 952.5, "gas": "Ar"}
    assert tansaku("status", "sinter", "--json").json["measured"] == 5
    assert "Candidates: -; measured: 5" in tansaku("status", "sinter").out
    pool = tansaku("pool", "sinter")
    assert "no list of candidates" in pool.err
    assert len(tansaku("pool", "sinter", "--json").json["candidates"]) == 7
    assert tansaku("undo", "sinter").code == tansaku("history", "sinter").code == 0
    assert tansaku("export", "sinter", "sinter.json").code == 0
    assert tansaku("export", "sinter", "sinter.csv", "--json").json["candidates"] == 5
    assert tansaku("export", "sinter", "sinter.xlsx").code == 0
    assert "0.125,950,Ar,measured" in (place / "sinter.csv").read_text("utf-8-sig")
    assert tansaku("import", "sinter.json", "--name", "copy").code == 0
    copies = [tansaku("suggest", name, "--json").json for name in ("sinter", "copy")]
    assert copies[0]["suggestions"] == copies[1]["suggestions"]


def test_a_spec_file_makes_the_same_campaign(tansaku: Tansaku, place: Path) -> None:
    (place / "sinter.yaml").write_text(SPEC, "utf-8")
    assert tansaku("new", "a", "--spec", "sinter.yaml").code == 0
    assert tansaku("new", "b", *MIXED).code == 0
    suggested = [tansaku("suggest", name, "-n", "3", "--json").json["suggestions"] for name in "ab"]
    assert suggested[0] == suggested[1]
    (place / "lab.yaml").write_text("table: table.csv\ninputs: [a, b]\ntargets: ['y:max']\n")
    assert tansaku("new", "lab", "--spec", "lab.yaml", "--json").json["measured"] == 8


def test_where_the_best_may_lie_is_said_in_a_word(tansaku: Tansaku, place: Path) -> None:
    """By an option or in the file, in a space that is not listed, too."""
    (place / "middle.yaml").write_text(SPEC + "expect: middle\n", "utf-8")
    assert tansaku("new", "a", "--spec", "middle.yaml").code == 0
    assert tansaku("new", "b", *MIXED, "--expect", "middle").code == 0
    first, other = (tansaku("suggest", name, "-n", "3", "--json").json for name in "ab")
    assert first["suggestions"] == other["suggestions"]
    assert "tells most of all others" in first["suggestions"][0]["reason"]
    both = tansaku("new", "c", "--spec", "middle.yaml", "--expect", "edge", "--json")
    assert (both.code, both.json["error"]["code"]) == (2, "usage")


def test_a_large_grid_is_shown_in_part(tansaku: Tansaku) -> None:
    axes = [part for name in "abcde" for part in ("--vary", f"{name}=0:9:1")]
    made = tansaku("new", "big", *axes, "--constraint", "a + b <= 12", "--target", "y", "--json")
    n = 1000 * sum(a + b <= 12 for a in range(10) for b in range(10))
    assert made.json["n_candidates"] == n
    pool = tansaku("pool", "big", "--json")
    assert pool.json["n"] == n
    assert len(pool.json["candidates"]) == 10_000
    assert "10000 candidates of" in pool.err
    assert pool.json["candidates"][11]["inputs"] == {"a": 0, "b": 0, "c": 0, "d": 1, "e": 1}
    assert pool.json["candidates"][11]["pool_row"] == 11


@pytest.mark.parametrize(
    ("arguments", "code", "error", "words"),
    [
        (("--vary", "x=0:1", "--target", "y"), 2, "usage", "x=0:1"),
        (("--vary", "x=0:1:0.3", "--target", "y"), 3, "space", "0.9"),
        (("--vary", "x=0:1:0.1", "--vary", "x=0~1", "--target", "y"), 3, "space", "twice"),
        (("--vary", "x=0:1:0.1", "--constraint", "z<=1", "--target", "y"), 3, "space", "'z'"),
        (("--vary", "x=0:1:0.1", "--constraint", "x+", "--target", "y"), 3, "formula", "x+"),
        (("--vary", "x=0:1:0.1"), 2, "usage", "--target"),
        (("--target", "y"), 2, "usage", "--vary"),
        (("--vary", "x=0:1:0.1", "--inputs", "a", "--target", "y"), 2, "usage", "--table"),
        (("--table", "table.csv", "--target", "y"), 2, "usage", "--inputs"),
        (("--table", "table.csv", "--vary", "x=0:1:1", "--target", "y"), 2, "usage", "--table"),
        (("--spec", "none.yaml"), 3, "store", "none.yaml"),
    ],
)
def test_what_makes_no_campaign(
    tansaku: Tansaku, arguments: tuple[str, ...], code: int, error: str, words: str
) -> None:
    found = tansaku("new", "n", *arguments, "--json")
    assert (found.code, found.json["error"]["code"]) == (code, error)
    assert words in json.dumps(found.json, ensure_ascii=False)
    assert tansaku("list", "--json").json["campaigns"] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the whole"),
        ("parameters: [1", "no YAML"),
        ("a: 1\na: 2", "no YAML"),
        ("parameters: []\ntargets: [y]", "parameters"),
        ("parameters: [{kind: stepped, name: x, low: 0, high: 1}]\ntargets: [y]", "0.stepped.step"),
        (SPEC.replace("unit:", "units:"), "parameters.1.continuous.units"),
        (SPEC.replace("Ar,", "1,"), "parameters.2.categorical.values.1"),
        (SPEC.replace("kind: stepped", "kind: steped"), "parameters.0"),
        (SPEC + "table: t.csv", "one of the two"),
        (SPEC + "expect: everywhere", "expect"),
        (SPEC.replace("step: 0.0625", "step: 0.1"), "'x'"),
    ],
)
def test_spec_errors_name_the_field(tansaku: Tansaku, place: Path, text: str, words: str) -> None:
    (place / "bad.yaml").write_text(text, "utf-8")
    found = tansaku("new", "n", "--spec", "bad.yaml")
    assert found.code == 3
    assert words in found.err
