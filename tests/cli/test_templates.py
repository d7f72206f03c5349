"""Templates, formulas and weighing sheets, as a shell sees them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tansaku.chem.composition import Composition

Tansaku = Callable[..., Any]

TEMPLATE = ("--template", "Li(?)Ca(y)Y(x)Zr(2-x-y)(PO4)3",
            "--vary", "x=0:0.375:0.0625", "--vary", "y=0:0.375:0.0625")  # fmt: skip
TARGET = ("--target", "sigma:max:log10")
SHELF = "Li2CO3,CaCO3,Y2O3,ZrO2,NH4H2PO4"


@pytest.fixture
def nasicon(tansaku: Tansaku) -> Tansaku:
    made = tansaku("new", "n", *TEMPLATE, *TARGET)
    assert made.code == 0, made.err
    return tansaku


def test_pool_as_the_contract_has_it(nasicon: Tansaku) -> None:
    document = nasicon("pool", "n", "--json").json
    assert document["n"] == 49
    one = document["candidates"][8]
    assert one["inputs"] == {"x": 0.0625, "y": 0.0625}
    assert one["formula"] == "Li1.1875Ca0.0625Y0.0625Zr1.875P3O12"
    assert one["molar_mass"] == pytest.approx(Composition.parse(one["formula"]).molar_mass)
    assert one["net_charge"] == 0.0
    shown = nasicon("pool", "n").out
    assert "Li1.1875Ca0.0625Y0.0625Zr1.875P3O12" in shown


def test_suggestion_with_its_sheet_and_the_masses_typed_back(nasicon: Tansaku, place: Path) -> None:
    """The whole round of issue and laboratory, through the filled-in workbook."""
    for x, y, value in ((0, 0, 1e-7), (0.25, 0.125, 3e-6), (0.125, 0.25, 2e-6)):
        nasicon("record", "n", "--at", f"x={x},y={y}", "--result", f"sigma={value}")
    found = nasicon("suggest", "n", "--precursors", SHELF, "--mass", "5", "--excess", "Li=10%",
                    "--sheet", "sheets", "--json")  # fmt: skip
    assert found.code == 0, found.err
    one = found.json["suggestions"][0]
    assert one["weighing"]["formula"] == one["formula"]
    assert one["weighing"]["mass"] == 5.0
    assert one["weighing"]["excess"] == {"Li": 0.1}
    alone = nasicon("weigh", one["formula"], "--precursors",
                    ",".join(one["weighing"]["precursors"]), "--mass", "5", "--excess", "Li=10%",
                    "--json").json  # fmt: skip
    assert alone["precursors"] == one["weighing"]["precursors"]
    assert (place / "sheets" / f"{one['id']}.html").exists()
    grams = {k: round(v * (1.1 if k == "ZrO2" else 1), 4) for k, v in alone["precursors"].items()}
    at = ",".join(f"{k}={v}" for k, v in one["inputs"].items())
    told = ",".join(f"{k}={v}" for k, v in grams.items())
    done = nasicon("record", "n", "--at", at, "--result", "sigma=4e-6", "--weighed", told)
    assert done.code == 0, done.err
    assert "ZrO2" in done.err
    assert "Mistyped?" in done.err
    made = nasicon("history", "n", "--json").json["events"][-1]["measurements"][0]["made"]
    zr = Composition.parse(one["formula"])["Zr"]
    assert Composition.parse(made["formula"])["Zr"] == pytest.approx(1.1 * zr, rel=1e-3)
    assert nasicon("status", "n", "--json").json["measured"] == 4
    first = nasicon("suggest", "n", "--json").json["suggestions"][0]
    assert "weighing" not in first
    for _times in range(2):
        assert nasicon("undo", "n").code == 0
    assert nasicon("status", "n", "--json").json["measured"] == 3


def test_a_plan_in_the_campaign_is_used_and_changed(tansaku: Tansaku) -> None:
    tansaku("new", "n", *TEMPLATE, *TARGET, "--precursors", SHELF, "--mass", "3", "--excess",
            "Li=10%")  # fmt: skip
    plain = tansaku("suggest", "n", "-n", "2", "--json").json["suggestions"]
    assert [s["weighing"]["mass"] for s in plain] == [3.0, 3.0]
    other = tansaku("suggest", "n", "--mass", "1", "--json").json["suggestions"][0]["weighing"]
    assert (other["mass"], other["excess"]) == (1.0, {"Li": 0.1})
    text = tansaku("suggest", "n", "-n", "2").out
    assert text.count("to weigh / g") == 2


def test_a_sample_that_cannot_be_weighed_is_not_stored(nasicon: Tansaku, place: Path) -> None:
    refused = nasicon("suggest", "n", "--precursors", "Li2CO3,ZrO2", "--json")
    assert refused.code == 3
    assert refused.json["error"]["code"] == "weighing"
    assert nasicon("suggest", "n", "--mass", "5").code == 2
    (place / "s.html").write_text("mine", encoding="utf-8")
    assert nasicon("suggest", "n", "--precursors", SHELF, "--sheet", "s.html").code == 3
    assert (place / "s.html").read_text(encoding="utf-8") == "mine"
    assert nasicon("status", "n", "--json").json["pending"] == 0
    assert nasicon("suggest", "n", "--precursors", SHELF, "--sheet", "s.html", "--force").code == 0
    assert "Li" in (place / "s.html").read_text(encoding="utf-8")


def test_a_file_says_the_same_as_options(tansaku: Tansaku, place: Path) -> None:
    (place / "n.yaml").write_text(
        "template: Li(?)Ca(y)Y(x)Zr(2-x-y)(PO4)3\n"
        "parameters: [x=0:0.375:0.0625, {kind: stepped, name: y, low: 0, high: 0.375,"
        " step: 0.0625}]\n"
        "constraints: [x + y <= 0.5]\n"
        "sites: ['M: Zr,Y,Ca = 2']\nencoding: descriptors\nstates: {Y: 3}\n"
        "weighing: {precursors: [Li2CO3, CaCO3, Y2O3, ZrO2, NH4H2PO4], mass: 5}\n"
        "targets: ['sigma:max:log10']\n",
        encoding="utf-8",
    )
    assert tansaku("new", "a", "--spec", "n.yaml").code == 0
    made = tansaku("new", "b", *TEMPLATE, *TARGET, "--constraint", "x + y <= 0.5", "--site",
                   "M: Zr,Y,Ca = 2", "--encoding", "descriptors", "--states", "Y=3",
                   "--precursors", SHELF, "--mass", "5")  # fmt: skip
    assert made.code == 0, made.err
    documents = []
    for name in "ab":
        tansaku("export", name, f"{name}.json")
        documents.append(json.loads((place / f"{name}.json").read_text(encoding="utf-8")))
    assert documents[0]["campaign"] | {"name": "b"} == documents[1]["campaign"]


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--template", "Li(?)Zr2(PO4)3", "--table", "table.csv", "--inputs", "a"), 2, "--vary"),
        (("--table", "table.csv", "--inputs", "a,b", "--encoding", "elements"), 2, "--formula"),
        (("--vary", "x=0:1:0.5", "--site", "M: Zr = 2"), 2, "--site"),
        ((*TEMPLATE, "--encoding", "colours"), 2, "parameters, elements"),
        ((*TEMPLATE, "--encoding", "sites"), 3, "--site"),
        ((*TEMPLATE, "--descriptors", "colour"), 2, "radius_mean"),
        (("--template", "Li(?)Y(x)Zr(2-x", "--vary", "x=0:1:0.5"), 3, "bracket"),
        (("--template", "Li(?)Y(x)Zr(0-x)(PO4)3", "--vary", "x=0.5:1:0.5"), 3, "Zr = -x >= 0"),
        ((*TEMPLATE, "--precursors", "Unobtainium"), 3, "Unobtainium"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(
    tansaku: Tansaku, options: tuple[str, ...], code: int, words: str
) -> None:
    target = ("--target", "y")
    found = tansaku("new", "n", *options, *target)
    assert (found.code, words in found.err) == (code, True), found.err
    assert tansaku("list", "--json").json["campaigns"] == []


def test_export_and_explain_carry_the_formula(nasicon: Tansaku, place: Path) -> None:
    nasicon("record", "n", "--at", "x=0,y=0", "--result", "sigma=1e-7")
    s = nasicon("suggest", "n", "--json").json["suggestions"][0]
    assert nasicon("explain", "n", s["id"], "--json").json["formula"] == s["formula"]
    nasicon("export", "n", "n.csv")
    header, first, *_rest = (place / "n.csv").read_text(encoding="utf-8-sig").splitlines()
    assert header.split(",")[:6] == ["pool_row", "x", "y", "formula", "molar_mass", "net_charge"]
    assert first.split(",")[3] == "LiZr2P3O12"
    again = nasicon("new", "again", "--table", "n.csv", "--inputs", "x,y", *TARGET)
    assert again.code == 0, again.err
    assert nasicon("pool", "again", "--json").json["candidates"][0]["formula"] == "LiZr2P3O12"
