"""tansaku weigh, as a shell sees it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tansaku.chem.composition import Composition

Tansaku = Callable[..., Any]

FORMULA = "Li1.4Ca0.1Y0.2Zr1.7(PO4)3"
NASICON = "Li2CO3,CaCO3,Y2O3,ZrO2,NH4H2PO4"
WEIGH = ("weigh", FORMULA, "--precursors", NASICON, "--mass", "5")


def test_document(tansaku: Tansaku) -> None:
    """As CONTRACT has it, in every field."""
    found = tansaku(*WEIGH, "--excess", "Li=10%", "--json")
    assert found.code == 0
    assert found.err == ""
    document = found.json
    assert document["formula"] == Composition.parse(FORMULA).text()
    assert document["given"] == FORMULA
    assert document["mass"] == 5.0
    assert list(document["precursors"]) == NASICON.split(",")
    for grams in document["precursors"].values():
        assert grams == round(grams, 4) > 0
    assert document["total"] == pytest.approx(sum(document["precursors"].values()), abs=1e-9)
    assert 0 < document["composition_error"] < 1e-3
    assert document["achieved"].keys() == {"Li", "Ca", "Y", "Zr", "P", "O"}
    assert document["achieved"]["Li"] == pytest.approx(1.54, rel=1e-3)
    assert document["fired"]["Li"] == pytest.approx(1.4, rel=1e-3)
    assert document["weighed"] is None
    assert document["leaving"] == ["C", "N", "H", "O"]


def test_excess_in_all_its_forms(tansaku: Tansaku) -> None:
    """10% and 0.1, full-width, several in one option or in several."""
    plain = tansaku(*WEIGH, "--excess", "Li=10%", "--excess", "P=1%", "--json").json["precursors"]
    for option in ("Li=0.1,P=0.01", "Li=１０％,P=1 %"):
        assert tansaku(*WEIGH, "--excess", option, "--json").json["precursors"] == plain


def test_table(tansaku: Tansaku) -> None:
    """Every mass to the balance's last digit, the total, and what to mind."""
    found = tansaku(*WEIGH, "--balance", "0.001")
    assert found.code == 0
    masses = tansaku(*WEIGH, "--balance", "0.001", "--json").json
    for name, grams in masses["precursors"].items():
        (line,) = [each for each in found.out.splitlines() if each.split()[:1] == [name]]
        assert line.split()[-1] == f"{grams:.3f}"
    assert f"{masses['total']:.3f}" in found.out
    assert "Y2O3: Turns into hydroxide" in found.out
    assert "without the excess" in found.out


def test_typed_back(tansaku: Tansaku) -> None:
    """What was weighed gives the achieved composition; a likely slip is mentioned."""
    weighed = "Li2CO3=0.5485,CaCO3=0.1061,Y2O3=0.2395,ZrO2=2.2214,NH4H2PO4=3.7"
    found = tansaku(*WEIGH, "--weighed", weighed, "--json")
    assert found.code == 0
    assert found.json["weighed"]["NH4H2PO4"] == 3.7
    assert found.json["achieved"]["P"] == pytest.approx(3 * 3.7 / 3.6594, rel=1e-3)
    assert found.json["composition_error"] == pytest.approx(3.7 / 3.6594 - 1, rel=0.05)
    assert "off by 1.1 %" in found.err
    table = tansaku(*WEIGH, "--weighed", weighed)
    assert "3.7000" in table.out


def test_document_prints_what_is_printed(tansaku: Tansaku) -> None:
    """The first example of docs/weighing.md, word for word."""
    text = (Path(__file__).parents[2] / "docs" / "weighing.md").read_text(encoding="utf-8")
    shown = text.split("```text\n")[1].split("```")[0]
    found = tansaku(*WEIGH, "--excess", "Li=10%", "--out", "sheet.html")
    lines = [line.rstrip() for line in found.out.splitlines() if line.strip()]
    assert lines == [line for line in shown.splitlines() if line]


def test_sheets(tansaku: Tansaku, place: Path) -> None:
    """A page and a workbook, named at the end; the workbook comes back by --weighed."""
    page = tansaku(*WEIGH, "--out", "sheet.html")
    assert "Written: sheet.html" in page.out
    assert (place / "sheet.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert tansaku(*WEIGH, "--out", "sheet.xlsx").code == 0
    refused = tansaku(*WEIGH, "--out", "sheet.xlsx")
    assert refused.code == 3
    assert "--force" in refused.err
    assert tansaku(*WEIGH, "--out", "sheet.xlsx", "--force").code == 0
    empty = tansaku(*WEIGH, "--weighed", "sheet.xlsx")
    assert "yellow cells" in empty.err


def test_japanese(tansaku: Tansaku, place: Path) -> None:
    """Runs and writes its page in Japanese."""
    found = tansaku(*WEIGH, "--lang", "ja", "--out", "sheet.html")
    assert found.code == 0
    assert '<html lang="ja">' in (place / "sheet.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "code", "kind", "told"),
    [
        (("LiXx", "--precursors", "Li2CO3", "--mass", "5"), 3, "formula", "Xx"),
        (("Li2SiO3", "--precursors", "Li2CO3,Foo", "--mass", "5"), 3, "formula", "Fo"),
        (("Li2SiO3", "--precursors", "Li2CO3", "--mass", "5"), 3, "weighing", "brings Si"),
        (("Li2SiO3", "--precursors", "Li2CO3,SiO2,NaCl", "--mass", "5"), 3, "weighing", "Na, Cl"),
        (("Li2SiO3", "--precursors", "Li2CO3,SiO2", "--mass", "0"), 3, "weighing", "0 g"),
        (("Li2SiO3", "--precursors", "Li2CO3,SiO2", "--mass", "nan"), 3, "weighing", "nan g"),
        (("Li2SiO3", "--precursors", "Li2CO3,SiO2", "--mass", "-1"), 3, "weighing", "-1 g"),
        (("Li2SiO3", "--precursors", "Li2CO3,SiO2", "--mass", "1e6"), 3, "weighing", "1e+06 g"),
        (("Li2SiO3", "--precursors", "Li2CO3,SiO2", "--mass", "much"), 2, "usage", "--mass"),
        (("Li2SiO3", "--precursors", "Li2CO3,SiO2"), 2, "usage", "--mass"),
        (("Li2SiO3", "--precursors", "Li2CO3,,SiO2", "--mass", "5"), 2, "usage", "empty name"),
        (("Li2SiO3", "--mass", "5"), 2, "usage", "No precursors"),
        (
            ("Li2SiO3", "--precursors", "Li2CO3,SiO2", "--mass", "5", "--excess", "Li=10"),
            3,
            "weighing",
            "excess of Li is 10",
        ),
        (
            ("Li2SiO3", "--precursors", "Li2CO3,SiO2", "--mass", "5", "--balance", "9"),
            3,
            "weighing",
            "steps of 9 g",
        ),
        (
            ("Li2SiO3", "--precursors", "Li2CO3,SiO2", "--mass", "5", "--leaving", "Xx"),
            3,
            "formula",
            "Xx",
        ),
    ],
)
def test_refusals(
    tansaku: Tansaku, arguments: tuple[str, ...], code: int, kind: str, told: str
) -> None:
    """One document, its code, and what was wrong."""
    found = tansaku("weigh", *arguments, "--json")
    assert found.code == code
    assert found.json["error"]["code"] == kind
    assert told in found.json["error"]["message"]
    assert found.json["error"]["hint"]


def test_no_pandas_and_no_torch() -> None:
    """Weighing is quick: nothing heavy is loaded for it."""
    code = (
        "import sys; from tansaku.services.weigh import weigh;"
        "weigh('Li2SiO3', precursors=['Li2CO3', 'SiO2'], mass=5);"
        "print([m for m in ('torch', 'pandas', 'openpyxl', 'sqlalchemy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
