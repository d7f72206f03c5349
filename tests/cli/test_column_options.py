"""Columns beside inputs and targets, from the command line: choices, spreads, counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Tansaku

GAS = """Probe;T [°C];Atmosphäre;Leitfähigkeit s [S/cm];s sd;n;u
P1;900;Air;1,2E-5;1E-6;3;1E-6
P2;900;N2;2,1E-5;2E-6;3;1E-6
P3;900;O2;8E-6;;1;1E-6
P4;950;air;2,2E-5;1E-6;3;1E-6
P5;950;N2;gerissen;;;
P6;950;O2;n.b.;;;
P7;1000;O2;;;;
"""
SIGMA = "Leitfähigkeit s [S/cm]"


@pytest.fixture
def gas(place: Path) -> Path:
    """A table of a German lab, as its Windows saves it."""
    (place / "gas.csv").write_bytes(GAS.encode("cp1252"))
    return place / "gas.csv"


def test_a_table_with_choices_and_spreads_as_read(tansaku: Tansaku, gas: Path) -> None:
    seen = tansaku("look", "gas.csv", "--json").json
    assert seen["taken"]["inputs"] == ["T [°C]", "Atmosphäre"]
    assert seen["columns"][2]["choices"] == ["Air", "N2", "O2"]
    assert seen["taken"]["spread"] == {"s sd": "sd", "n": "repeats"}
    shown = tansaku("look", "gas.csv")
    assert "Air, N2, O2" in shown.out
    assert "Kept with each result: Probe, s sd, n." in shown.out
    made = tansaku("new", "gas", "--table", "gas.csv", "--as-read", "--json")
    assert made.code == 0
    assert made.json["inputs"] == ["T [°C]", "Atmosphäre"]
    assert "'s sd' is the standard deviation" in made.err
    asked = tansaku("suggest", "gas", "--json").json["suggestions"][0]
    assert set(asked["inputs"]) == {"T [°C]", "Atmosphäre"}
    assert tansaku("predict", "gas", "--at", "T [°C]=925,Atmosphäre=o2", "--json").code == 0


def test_a_new_choice_is_refused_with_the_known_ones(tansaku: Tansaku, gas: Path) -> None:
    tansaku("new", "gas", "--table", "gas.csv", "--as-read")
    for done in (
        tansaku("predict", "gas", "--at", "T [°C]=900,Atmosphäre=CO2"),
        tansaku("record", "gas", "--at", "T [°C]=900,Atmosphäre=CO2", "--result", f"{SIGMA}=1"),
    ):
        assert done.code == 3
        assert "'CO2'" in done.err
        assert "Air, N2, O2" in done.err


def test_columns_are_named_by_a_person(tansaku: Tansaku, gas: Path) -> None:
    named = ["--inputs", "T [°C],Atmosphäre", "--target", f"{SIGMA}:max:log10"]
    more = ["--choices", "Atmosphäre=N2<Air<O2", "--sem", f"{SIGMA}=u", "--repeats", "n"]
    assert tansaku("new", "lab", "--table", "gas.csv", *named, *more).code == 0
    tansaku("export", "lab", "lab.json")
    text = Path("lab.json").read_text(encoding="utf-8")
    assert '"encoding": "ordinal"' in text
    rows = f"T [°C];Atmosphäre;{SIGMA};u\n1000;O2;3e-5;2e-6\n"
    Path("rows.csv").write_text(rows, encoding="utf-8")
    done = tansaku("record", "lab", "rows.csv", "--sd", f"{SIGMA}=u", "--repeats", "4", "--json")
    (found,) = done.json["measurements"]
    assert (found["sd"], found["repeats"]) == ({SIGMA: 2e-6}, 4)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--sd", "u"], "--sd: 'u' is not name=column"),
        (["--choices", "x=0:1:0.5"], "names no choices"),
        (["--choices", "gone"], "'gone' is no input"),
        (["--repeats", "gone"], "no column 'gone'"),
    ],
)
def test_what_names_no_column_is_said(
    tansaku: Tansaku, gas: Path, options: list[str], words: str
) -> None:
    named = ["--inputs", "T [°C],Atmosphäre", "--target", f"{SIGMA}:max:log10"]
    done = tansaku("new", "lab", "--table", "gas.csv", *named, *options)
    assert done.code in (2, 3)
    assert words in done.err


def test_options_for_columns_need_a_table(tansaku: Tansaku, place: Path) -> None:
    done = tansaku("new", "lab", "--vary", "x=0:1:0.5", "--target", "y", "--sd", "y=u")
    assert (done.code, "--sd belongs to --table" in done.err) == (2, True)
    tansaku("new", "lab", "--table", "table.csv", "--inputs", "a,b", "--target", "y:max:log10")
    done = tansaku("record", "lab", "--at", "a=0,b=2", "--result", "y=1e-6", "--sem", "y=u")
    assert (done.code, "--sem names a column" in done.err) == (2, True)
    done = tansaku("record", "lab", "--at", "a=0,b=2", "--result", "y=1e-6", "--repeats", "u")
    assert (done.code, "no whole number" in done.err) == (2, True)
    done = tansaku("record", "lab", "--at", "a=0,b=2", "--result", "y=1e-6", "--repeats", "３")
    assert done.code == 0


def test_a_campaign_file_says_it_too(tansaku: Tansaku, gas: Path) -> None:
    Path("c.yaml").write_text(
        f"table: gas.csv\ninputs: ['T [°C]', Atmosphäre]\ntargets: ['{SIGMA}:max:log10']\n"
        f"columns:\n  choices: [Atmosphäre=N2<Air<O2]\n  sd: {{'{SIGMA}': u}}\n",
        encoding="utf-8",
    )
    assert tansaku("new", "lab", "--spec", "c.yaml").code == 0
    Path("d.yaml").write_text(
        "parameters: ['x=0:1:0.5']\ntargets: [y]\ncolumns: {repeats: n}\n", encoding="utf-8"
    )
    done = tansaku("new", "lab2", "--spec", "d.yaml")
    assert (done.code, "names no table" in done.err) == (3, True)
