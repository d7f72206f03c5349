"""What a careful assistant says, asks or writes down unasked, as a person at the shell meets it."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import openpyxl
import pytest

from tests.cli.conftest import Tansaku

SMILES = """ligand,T,yield
P(C1=CC=CC=C1)(C)C,100,35
"CC(=O)O[Na],x",100,
=O,100,12
P(C1=CC=CC=C1)(C)C,120,
"""
FIRED = """template: Li(?)Ca(y)Y(x)Zr(2-x-y)(PO4)3
parameters:
  - {kind: stepped, name: x, low: 0, high: 0.25, step: 0.125}
  - {kind: stepped, name: y, low: 0, high: 0.25, step: 0.125}
  - {kind: stepped, name: T, low: 1100, high: 1200, step: 50, unit: degC, role: process}
weighing: {precursors: [Li2CO3, CaCO3, Y2O3, ZrO2, NH4H2PO4], mass: 2}
targets: ["sigma:max:log10"]
"""


class Answer(io.StringIO):
    """A person at the keyboard."""

    def isatty(self) -> bool:
        """There is one."""
        return True


def at_the_keyboard(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    """Somebody sits there and types ``answer``."""
    monkeypatch.setattr(sys, "stdin", Answer(f"{answer}\n"))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)


@pytest.fixture
def fired(tansaku: Tansaku, place: Path) -> Tansaku:
    """A template whose samples are weighed, and fired at a temperature, with some results."""
    (place / "fired.yaml").write_text(FIRED, encoding="utf-8")
    made = tansaku("new", "f", "--spec", "fired.yaml")
    assert made.code == 0, made.err
    for x, y, heat, value in ((0, 0, 1100, 1e-7), (0.25, 0.125, 1150, 3e-6), (0, 0.25, 1200, 2e-6)):
        done = tansaku("record", "f", "--at", f"x={x},y={y},T={heat}", "--result", f"sigma={value}")
        assert done.code == 0, done.err
    return tansaku


@pytest.mark.parametrize(("b", "far"), [("2", False), ("2.4", False), ("2.6", True), ("-9", True)])
def test_a_prediction_far_outside_says_so(lab: Tansaku, b: str, far: bool) -> None:
    """Beyond a quarter of the range of the candidates, 0 to 2; in both languages, in each input."""
    found = lab("predict", "lab", "--at", f"a=1,b={b}")
    assert (found.code, f"b={b} lies far outside the candidates (0 to 2)" in found.err) == (0, far)
    told = lab("predict", "lab", "--at", f"a=1,b={b}", "--lang", "ja").err
    assert (f"b={b}" in told and "0 ～ 2" in told) == far


@pytest.mark.parametrize(
    "at",
    [
        "ligand=P(C1=CC=CC=C1)(C)C,T=120",
        'ligand="P(C1=CC=CC=C1)(C)C",T=120',
        "T=120,ligand=P(C1=CC=CC=C1)(C)C",
    ],
)
def test_a_choice_with_signs_in_its_name_is_typed_back(
    tansaku: Tansaku, place: Path, at: str
) -> None:
    (place / "smiles.csv").write_text(SMILES, encoding="utf-8")
    assert (
        tansaku(
            "new", "s", "--table", "smiles.csv", "--inputs", "ligand,T", "--target", "yield"
        ).code
        == 0
    )
    assert tansaku("predict", "s", "--at", at).code == 0
    assert tansaku("record", "s", "--at", at, "--result", "yield=30").code == 0
    comma = tansaku(
        "record", "s", "--at", '"ligand=CC(=O)O[Na],x"', "--at", "T=100", "--result", "yield=7"
    )
    assert comma.code == 0, comma.err
    stored = tansaku("history", "s", "--json").json["events"]
    assert [e["measurements"][0]["inputs"]["ligand"] for e in stored[1:]] == [
        "P(C1=CC=CC=C1)(C)C", "CC(=O)O[Na],x",
    ]  # fmt: skip
    assert tansaku("predict", "s", "--at", "ligand==O,T=100").code == 0


def test_a_template_that_starves_for_charge_says_charges(tansaku: Tansaku) -> None:
    """Not only that an amount is below 0: which states leave so little, and what charge stays."""
    options = ("--template", "Li(?)Nb(x)Zr(2-x)(PO4)3", "--vary", "x=1.2:1.6:0.2", "--target", "y")
    starved = tansaku("new", "a", *options)
    assert starved.code == 3
    assert "Li = 1-x >= 0 (what the charges leave: Li +1, Nb +5, Zr +4, P +5, O -2)" in starved.err
    assert "電荷" in tansaku("new", "a", *options, "--lang", "ja").err
    unbalanced = tansaku(
        "new", "a", "--template", "Li(x)Zr2(PO4)3", "--vary", "x=0:0.75:0.25", "--target", "y"
    )
    assert (unbalanced.code, "charge -1+x = 0" in unbalanced.err) == (3, True)


@pytest.mark.parametrize(("answer", "stored"), [("y", 1), ("はい", 1), ("n", 0), ("", 0)])
def test_a_person_is_asked_and_answers(
    lab: Tansaku, monkeypatch: pytest.MonkeyPatch, answer: str, stored: int
) -> None:
    """The question is put to whoever sits there; without anybody it is exit code 3, and --yes
    answers it beforehand."""
    told = ("record", "lab", "--at", "a=2,b=1", "--result", "y=9e-6")  # as it is stored
    before = lab("status", "lab", "--json").json["measurements"]
    assert lab(*told).code == 3
    with monkeypatch.context() as patch:
        at_the_keyboard(patch, answer)
        asked = lab(*told)
    assert "is this a second measurement?" in asked.err
    assert "[y/N]" in asked.err
    assert asked.code == (0 if stored else 3)
    assert lab("status", "lab", "--json").json["measurements"] == before + stored
    assert lab(*told, "--yes").code == 0


def test_explain_takes_the_name_of_the_lab(tansaku: Tansaku, place: Path) -> None:
    (place / "named.csv").write_text(
        "sample,x,y\nLLZ-01,0,1\nLLZ-02,1,\nLLZ-03,2,2\nLLZ-04,3,2.5\n"
    )
    tansaku("new", "n", "--table", "named.csv", "--inputs", "x", "--target", "y")
    tansaku("suggest", "n")
    by_id = tansaku("explain", "n", "s1", "--json").json
    assert tansaku("explain", "n", "LLZ-02", "--json").json == by_id
    assert tansaku("explain", "n", "llz-02", "--json").json == by_id
    never = tansaku("explain", "n", "LLZ-01")
    assert (never.code, "was not suggested" in never.err) == (2, True)
    unknown = tansaku("explain", "n", "LLZ-99")
    assert (unknown.code, "no suggestion 'LLZ-99'" in unknown.err) == (2, True)


def test_a_weighing_sheet_shows_how_the_sample_is_fired(fired: Tansaku, place: Path) -> None:
    found = fired("suggest", "f", "--sheet", "sheets", "--json")
    assert found.code == 0, found.err
    (one,) = found.json["suggestions"]
    page = (place / "sheets" / f"{one['id']}.html").read_text(encoding="utf-8")
    heat = f"{one['inputs']['T']:g}"
    assert f'<td>T</td><td class="number">{heat}</td><td class="write"></td>' in page
    book = openpyxl.load_workbook(place / "sheets" / f"{one['id']}.xlsx")
    rows = {row[0]: row[1] for row in book.worksheets[1].iter_rows(max_col=2, values_only=True)}
    assert (rows["sample"], rows["T"]) == (one["id"], one["inputs"]["T"])
    masses = [
        row[0] for row in book.worksheets[0].iter_rows(min_row=2, max_col=1, values_only=True)
    ]
    assert masses == list(one["weighing"]["precursors"]), "the page to fill in is as it was"


def test_a_furnace_plan_has_its_run_sheet(fired: Tansaku, place: Path) -> None:
    """Settings, crucibles and masses on paper; what cannot be written leaves nothing stored."""
    for sheet, code in (("run.xlsx", 2), ("nowhere/run.html", 3)):
        refused = fired("plan", "f", "--crucibles", "2", "--sheet", sheet)
        assert (refused.code, sheet in refused.err) == (code, True)
    assert fired("status", "f", "--json").json["pending"] == 0
    done = fired("plan", "f", "--crucibles", "2", "--runs", "2", "--sheet", "run.html", "--json")
    assert done.code == 0, done.err
    page = (place / "run.html").read_text(encoding="utf-8")
    assert page.count("<section>") == 2
    for run in done.json["runs"]:
        assert f"<h1>Furnace run {run['run']}</h1>" in page
        assert f'<td>T</td><td class="number">{run["setting"]["T"]:g}</td>' in page
        for each in run["suggestions"]:
            assert f"<td>{each['id']}</td>" in page
    grams = fired("suggest", "f", "--show", "--json").json["suggestions"]
    for each in grams:
        zirconia = each["weighing"]["precursors"]["ZrO2"]
        assert f"ZrO<sub>2</sub> {zirconia:.4f}" in page
    assert fired("plan", "f", "--crucibles", "2", "--sheet", "run.html").code == 3  # it is there
