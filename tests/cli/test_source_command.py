"""Older data in the shell: attached, looked at, taken away, and what every command says of them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tansaku.language import percent

Tansaku = Callable[..., Any]

OLDER = """a,b,z
0,0,2.0e-6
0,2,3.0e-6
1,0,5.0e-6
1,1,9.0e-6
2,1,1.1e-5
3,2,2.0e-6
"""
CHEMISTRY = """composition,y
LiZr2(PO4)3,1e-6
Li1.1Ca0.05Zr1.95(PO4)3,2e-6
Li1.2Ca0.1Zr1.9(PO4)3,4e-6
Li1.3Y0.3Zr1.7(PO4)3,3e-6
"""
OLD = ("--source-target", "z", "--source-factor", "1")


@pytest.fixture(autouse=True)
def older(place: Path) -> None:
    """Older data beside the table."""
    (place / "older.csv").write_text(OLDER, encoding="utf-8")
    (place / "chemistry.csv").write_text(CHEMISTRY, encoding="utf-8")


def test_a_campaign_is_made_with_older_data(tansaku: Tansaku) -> None:
    made = tansaku(
        "new", "lab", "--table", "table.csv", "--inputs", "a,b", "--target", "y:max:log10",
        "--source", "older.csv", *OLD,
    )  # fmt: skip
    assert made.code == 0, made.err
    assert "'older.csv': 6 measured points of 'z'; columns matched: a = a, b = b." in made.err
    found = tansaku("suggest", "lab", "--json").json
    (source,) = found["sources"]
    assert source["source"] == "older.csv"
    assert source["verdict"] in ("helps", "open", "hurts")
    assert source["measured"] == 8
    for number in ("weight", "gain", "correlation", "reach"):
        assert source[number] is not None
    assert tansaku("status", "lab", "--json").json["sources"] == [source]
    assert tansaku("explain", "lab", "s1", "--json").json["sources"] == [source]
    for command in (("suggest", "lab"), ("status", "lab"), ("explain", "lab", "s1")):
        assert source["words"] in tansaku(*command).out
    shown = tansaku("source", "lab", "--json").json
    assert [each["verdict"] for each in shown["sources"]] == [source]
    assert shown["sources"][0]["columns"] == [
        {"target": "a", "source": "a"},
        {"target": "b", "source": "b"},
    ]


def test_added_removed_undone(lab: Tansaku) -> None:
    assert "no older data" in lab("source", "lab").out
    assert lab("source", "lab", "add", "older.csv", *OLD).code == 0
    assert "older data attached: older.csv" in lab("history", "lab").out
    removed = lab("source", "lab", "remove", "older.csv")
    assert "Removed: older.csv. 'undo' brings it back." in removed.out
    assert lab("source", "lab", "--json").json["sources"] == []
    assert "older data removed: older.csv" in lab("undo", "lab").out
    assert [s["name"] for s in lab("source", "lab", "--json").json["sources"]] == ["older.csv"]


def test_another_campaign_is_copied(lab: Tansaku, place: Path) -> None:
    """And goes with the export: the copy needs the other campaign no more."""
    lab("new", "old", "--table", "older.csv", "--inputs", "a,b", "--target", "z:max:log10")
    found = lab("source", "lab", "add", "old", "--source-factor", "1", "--json")
    assert found.code == 0, found.err
    assert found.json["sources"][0]["kind"] == "campaign"
    assert lab("export", "lab", "lab.json").code == 0
    back = lab("import", "lab.json", "--store", f"sqlite:///{place}/other.db")
    assert back.code == 0, back.err
    shown = lab("source", "lab", "--store", f"sqlite:///{place}/other.db", "--json").json
    assert shown == found.json | {"notices": []}


def test_a_probe_is_a_setting_of_the_older_data(lab: Tansaku) -> None:
    lab("source", "lab", "add", "older.csv", *OLD)
    found = lab("suggest", "lab", "--probe", "--json")
    assert found.code == 0, found.err
    (one,) = found.json["suggestions"]
    at = (one["inputs"]["a"], one["inputs"]["b"])
    assert at in {(0, 0), (0, 2), (1, 0), (1, 1), (2, 1), (3, 2)}
    assert "A probe" in one["reason"]


def test_a_file_describes_older_data(tansaku: Tansaku, place: Path) -> None:
    (place / "lab.yaml").write_text(
        "table: table.csv\ninputs: [a, b]\ntargets: ['y:max:log10']\n"
        "sources:\n  - {source: older.csv, target: z, factor: 1}\n",
        encoding="utf-8",
    )
    assert tansaku("new", "lab", "--spec", "lab.yaml").code == 0
    assert len(tansaku("source", "lab", "--json").json["sources"]) == 1
    twice = tansaku("new", "more", "--spec", "lab.yaml", "--source", "older.csv")
    assert twice.code == 2
    assert "--spec file" in twice.err


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_formulas_are_compared(tansaku: Tansaku, lang: str) -> None:
    made = tansaku(
        "new", "lab", "--template", "Li(?)Ca(y)Zr(2-y)Si(x)P(3-x)O12", "--vary", "x=0:0.3:0.1",
        "--vary", "y=0:0.3:0.1", "--target", "y_value", "--source", "chemistry.csv",
        "--source-target", "y", "--lang", lang,
    )  # fmt: skip
    assert made.code == 0, made.err
    shown = tansaku("source", "lab", "--json").json["sources"][0]
    assert shown["by"] == "elements"
    assert "Ca, Si, Y" in shown["told"][0]


def test_studies_take_several_sources(tansaku: Tansaku, place: Path) -> None:
    (place / "more.csv").write_text(
        OLDER.replace(".0e-6", ".7e-6").replace("1.1e-5", "1.3e-5"), encoding="utf-8"
    )
    found = tansaku(
        "study", "--table", "table.csv", "--inputs", "a,b", "--target", "y:max:log10",
        "--runs", "2", "--start", "2", "--steps", "4", "--strategies", "standard",
        "--source", "older.csv", "--source", "more.csv", *OLD, "--json",
    )  # fmt: skip
    assert found.code == 0, found.err
    assert [s["name"] for s in found.json["sources"]] == ["older.csv", "more.csv"]
    assert found.json["source"] == found.json["sources"][0]


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (("add",), 2, "'source lab add' is not understood"),
        (("drop", "older.csv"), 2, "is not understood"),
        (("remove", "older.csv"), 2, "no source 'older.csv'"),
        (("--match", "a=b"), 2, "how to read one that is added"),
        (("add", "nowhere"), 3, "no campaign 'nowhere'"),
        (("add", "nowhere.csv"), 3, "no file 'nowhere.csv'"),
        (("add", "lab"), 2, "its own source"),
        (("add", "older.csv"), 3, "no column 'y'"),
        (("add", "older.csv", "--source-target", "z", "--match", "a=c"), 3, "no column 'c'"),
        (("add", "older.csv", *OLD, "--fill", "T=3"), 2, "neither the target nor"),
        (("add", "older.csv", *OLD, *OLD), 2, "given 2 times for one source"),
        (("add", "older.csv", *OLD[:3], "nan"), 2, "multiplied by nan"),
        (("add", "older.csv", *OLD, "--match", "formulas"), 2, "the target has none"),
    ],
)
def test_what_is_refused(lab: Tansaku, arguments: tuple[str, ...], code: int, part: str) -> None:
    before = lab("history", "lab", "--json").json
    found = lab("source", "lab", *arguments)
    assert found.code == code, found.err
    assert part in found.err
    assert lab("history", "lab", "--json").json == before


def test_suggesting_with_older_data_does_not_load_pandas(lab: Tansaku, place: Path) -> None:
    """The copy that a campaign keeps needs no table any more."""
    assert lab("source", "lab", "add", "older.csv", *OLD).code == 0
    code = (
        "import sys; from tansaku.cli.main import main\n"
        "try: main(['suggest', 'lab', '--json', '--quiet'])\n"
        "except SystemExit as left: assert not left.code\n"
        "print('pandas' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=place, capture_output=True, timeout=200)
    assert json.loads(done.stdout)["sources"]
    assert done.stderr.decode().strip().endswith("False")


def test_several_targets_are_told_of(tansaku: Tansaku, place: Path) -> None:
    """One file of older data for two targets; factors and verdicts stand for each."""
    rows = [f"{a},{b},{(1 + a) * 1e-6:g},{0.9 - 0.1 * b:g}" for a in range(4) for b in range(3)]
    (place / "old.csv").write_text("\n".join(["a,b,s,rho", *rows]), encoding="utf-8")
    old = ("--source", "old.csv", "--source-target", "sigma=s,density=rho")
    factor = ("--source-factor", "sigma=1000")
    new = ("new", "lab", "--vary", "a=0:3:1", "--vary", "b=0:2:1", "--target", "sigma:max:log10",
           "--target", "density:max:>=0.5")  # fmt: skip
    made = tansaku(*new, *old, *factor)
    assert made.code == 0, made.err
    assert "12 measured points of 'rho = density'" in made.err
    assert "Its values of 'sigma' are multiplied by 1000." in made.err
    shown = tansaku("source", "lab", "--json").json["sources"]
    assert [(each["target"], each["about"], each["factor"]) for each in shown] == [
        ("s", "sigma", 1000.0),
        ("rho", "density", 1.0),
    ]
    assert "density" in tansaku("source", "lab").out
    found = tansaku("suggest", "lab", "--json").json
    assert [each["target"] for each in found["sources"]] == ["sigma", "density"]
    assert "(density)" in tansaku("suggest", "lab", "--lang", "ja").out
    refused = tansaku("new", "more", *new[2:], *old, "--source-factor", "1e-3")
    assert refused.code == 2
    assert "--source-factor sigma=0.001" in refused.err
    bad = tansaku("new", "more", *new[2:], *old, "--source-factor", "sigma=much")
    assert "is no number" in bad.err


def test_history_has_the_verdict_of_each_step(lab: Tansaku) -> None:
    lab("source", "lab", "add", "older.csv", *OLD)
    lab("suggest", "lab")
    (line,) = [each for each in lab("history", "lab").out.splitlines() if "suggested" in each]
    verdict = lab("history", "lab", "--json").json["events"][-1]["sources"][0]
    assert "older data 'older.csv'" in line
    assert f"(weight {percent(verdict['weight'])})" in line


@pytest.mark.parametrize("file", ["own.csv", "own.xlsx", "own.json"])
def test_what_a_campaign_exported_is_no_source_of_it(lab: Tansaku, file: str) -> None:
    """Its own results in a table are refused, and a whole campaign is told from a table."""
    assert lab("export", "lab", file).code == 0
    found = lab("source", "lab", "add", file)
    if file == "own.json":
        assert found.code == 2
        assert "'tansaku import own.json'" in found.err
    else:
        assert found.code == 3
        assert "rows of the target itself" in found.err
    assert len(lab("source", "lab", "--json").json["sources"]) == 0


def test_a_public_table_is_known_by_its_name(tansaku: Tansaku, place: Path) -> None:
    """Its file lies in the folder; without one it is said where to have it. A campaign of that name
    is a campaign."""
    new = ("--vary", "x=0:0.5:0.125", "--template", "Li(?)Y(x)Zr(2-x)(PO4)3",
           "--target", "sigma:max:log10")  # fmt: skip
    assert tansaku("new", "nasicons", *new).code == 0
    lacking = tansaku("source", "nasicons", "add", "OBELiX")
    assert lacking.code == 3
    assert "no campaign 'OBELiX'" in lacking.err
    assert "NRC-Mila/OBELiX/main/data/downloads/all.csv as obelix.csv" in lacking.err
    assert tansaku("new", "obelix", *new).code == 0
    assert "measured points" in tansaku("source", "nasicons", "add", "obelix").err
    text = "Reduced Composition,True Composition,Ionic conductivity (S cm-1),Family\n"
    text += "Li7P3S11,Li14P6S22,3e-3,sulfides\nLiZr2(PO4)3,Li6Zr12P18O72,1e-9,NASICON\n"
    text += "Li3BiO3,Li24Bi8O24,<1e-10,oxides\nLi3YCl6,Li9Y3Cl18,4e-4,halides\n"
    (place / "OBELiX.csv").write_text(text, encoding="utf-8")
    added = tansaku("source", "nasicons", "add", "obelix")
    assert added.code == 0, added.err
    assert "Recognised as OBELiX" in added.err
    assert "'OBELiX.csv': 3 measured points" in added.out


def test_expectations_of_older_data_alone_are_said_to_be_that(tansaku: Tansaku) -> None:
    made = tansaku(
        "new", "lab", "--vary", "a=0:3:1", "--vary", "b=0:2:1", "--target", "y:max:log10",
        "--source", "older.csv", *OLD,
    )  # fmt: skip
    assert made.code == 0, made.err
    for command in (("suggest", "lab"), ("predict", "lab", "--at", "a=1,b=1")):
        found = tansaku(*command)
        assert found.code == 0, found.err
        assert "Nothing is measured of y yet" in found.err
