"""tansaku conductivity, as a shell sees it."""

from __future__ import annotations

import csv
import math
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tansaku.cli.conduction_command import ROOM_TEMPERATURE
from tansaku.conduction.arrhenius import BOLTZMANN
from tansaku.services import conduction

Tansaku = Callable[..., Any]

LONG = ("--temperature", "T (degC)", "--conductivity", "sigma (S/cm)")
COLUMNS = ("--table", "t.csv", *LONG, "--sample", "id")


def sigma(celsius: float, energy: float = 0.35, log10_A: float = 1.0) -> float:
    """S/cm on an exact line of ln sigma."""
    return 10**log10_A * math.exp(-energy / (BOLTZMANN * (celsius + 273.15)))


def rows(name: str, x: float, temperatures: tuple[float, ...], **line: float) -> list[str]:
    return [f"{name},{x},{t:g},{sigma(t, **line):.10g}" for t in temperatures]


@pytest.fixture
def table(place: Path) -> Path:
    """A full sample, one with a limit and two points, one with a single point."""
    lines = [
        "id,x,T (degC),sigma (S/cm)",
        *rows("A", 0.1, (25, 50, 75, 100)),
        "B,0.2,25,＜1e-8",
        *rows("B", 0.2, (50, 100), energy=0.5),
        *rows("C", 0.3, (25,)),
    ]
    (place / "t.csv").write_text("\n".join(lines), encoding="utf-8")
    return place


def test_document(tansaku: Tansaku, table: Path) -> None:
    found = tansaku("conductivity", *COLUMNS, "--json", "--at", "25℃", "--at", "350 K")
    assert found.code == 0, found.err
    document = found.json
    assert (document["convention"], document["prefactor_unit"]) == ("sigma", "S/cm")
    assert document["at_K"] == {"25degC": 298.15, "350K": 350.0}
    full, two, one = document["samples"]
    assert (full["sample"], full["n"], full["limits_left_out"]) == ({"id": "A"}, 4, 0)
    assert full["fit"]["activation_energy_eV"]["value"] == pytest.approx(0.35, abs=1e-6)
    assert full["fit"]["activation_energy_kJ_mol"]["value"] == pytest.approx(33.7699, abs=1e-3)
    assert full["fit"]["log10_prefactor"]["value"] == pytest.approx(1.0, abs=1e-5)
    room = full["fit"]["log10_sigma"]["25degC"]
    assert room["value"] == pytest.approx(math.log10(sigma(25)), abs=1e-6)
    assert room["low"] <= room["value"] <= room["high"]
    assert room["extrapolated"] is False
    assert (two["n"], two["limits_left_out"]) == (2, 1)
    assert two["fit"]["activation_energy_eV"]["sd"] is None
    assert two["fit"]["log10_sigma"]["25degC"]["extrapolated"] is True
    assert (one["n"], one["fit"]) == (1, None)
    told = " ".join(document["notices"])
    for part in (
        "left out: 1 (B)", "fewer than two temperatures, so without a line: C",
        "Two points only, so without an interval: B", "(extrapolated): B",
    ):  # fmt: skip
        assert part in told
        assert part in found.err


def test_results_are_targets(tansaku: Tansaku, table: Path) -> None:
    """The table of results makes a campaign as it is: A and B measured, C an open candidate."""
    made = tansaku("conductivity", *COLUMNS, "--out", "results.csv")
    assert "Written: results.csv" in made.out
    content = (table / "results.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    found = list(csv.DictReader(content.decode("utf-8-sig").splitlines()))
    assert [row["id"] for row in found] == ["A", "B", "C"]
    assert [row["x"] for row in found] == ["0.1", "0.2", "0.3"]
    assert (found[1]["Ea_eV_sd"], found[2]["Ea_eV"]) == ("", "")
    new = ("new", "lab", "--table", "results.csv", "--inputs", "x", "--target", "Ea_eV:min")
    assert tansaku(*new).code == 0
    status = tansaku("status", "lab", "--json").json
    assert (status["measured"], status["open"]) == (2, 1)
    assert status["best"]["value"] == pytest.approx(0.35, abs=1e-6)
    again = tansaku("conductivity", *COLUMNS, "--out", "results.csv")
    assert again.code == 3
    assert "--force" in again.err
    assert tansaku("conductivity", *COLUMNS, "--out", "results.csv", "--force").code == 0


def test_folder(tansaku: Tansaku, table: Path) -> None:
    found = tansaku("conductivity", *COLUMNS, "--out", "made", "--json")
    names = ["conductivity.csv", "conductivity.json", "arrhenius.png"]
    assert found.json["files"] == [str(Path("made") / name) for name in names]
    assert (table / "made" / "arrhenius.png").read_bytes().startswith(b"\x89PNG")
    assert (table / "made" / "conductivity.json").read_text(encoding="utf-8") == found.out


def test_the_forms_of_a_table_agree(tansaku: Tansaku, place: Path) -> None:
    """Long and wide, log10 and mS/cm, K and degC, resistances of two kinds of pellets."""
    temperatures = (25, 50, 80, 120)
    values = [sigma(t) for t in temperatures]
    R = [0.12 / (s * math.pi / 4) for s in values]  # ohm; 1.2 mm thick, 1 cm across
    tables = {
        "long": ("T (degC),sigma (S/cm)", zip(temperatures, values, strict=True)),
        "log": (
            "温度［K］,log10 σ / mS cm⁻¹",
            ((t + 273.15, math.log10(s) + 3) for t, s in zip(temperatures, values, strict=True)),
        ),
        "wide": (",".join(f"k {t}℃ [S/m]" for t in temperatures), [[100 * s for s in values]]),
        "R": ("T (degC),R (kΩ)", ((t, r / 1e3) for t, r in zip(temperatures, R, strict=True))),
        "L": (
            "T (degC),R,L (mm),A (cm2)",
            ((t, r, 1.2, math.pi / 4) for t, r in zip(temperatures, R, strict=True)),
        ),
    }
    for name, (header, body) in tables.items():
        lines = [header, *(",".join(f"{cell:.12g}" for cell in row) for row in body)]
        (place / f"{name}.csv").write_text("\n".join(lines), encoding="utf-8")
    options = {
        "long": LONG,
        "log": ("--temperature", "温度［K］", "--conductivity", "log10 σ / mS cm⁻¹"),
        "wide": ("--conductivity", tables["wide"][0]),
        "R": (*LONG[:2], "--resistance", "R (kΩ)", "--thickness", "1.2mm", "--diameter", "1cm"),
        "L": (
            *LONG[:2], "--resistance", "R", "--resistance-unit", "ohm",
            "--thickness", "L (mm)", "--area", "A (cm2)",
        ),
    }  # fmt: skip
    for name, given in options.items():
        found = tansaku("conductivity", "--table", f"{name}.csv", *given, "--json")
        assert found.code == 0, (name, found.out)
        (sample,) = found.json["samples"]
        assert sample["n"] == 4
        assert sample["fit"]["activation_energy_eV"]["value"] == pytest.approx(0.35, abs=1e-6)
        assert sample["fit"]["log10_prefactor"]["value"] == pytest.approx(1.0, abs=1e-5)


def test_weights_and_conventions(tansaku: Tansaku, place: Path) -> None:
    """Standard deviations in their own unit and in that of the values mean the same."""
    body = [f"{t},{sigma(t):.10g},{0.1 * sigma(t):.10g},{0.1e3 * sigma(t):.10g}" for t in (25, 60)]
    text = "\n".join(["T (degC),sigma (S/cm),sd,sd (mS/cm)", *body])
    (place / "t.csv").write_text(text, encoding="utf-8")
    fits = []
    for sd in ("sd", "sd (mS/cm)"):
        found = tansaku(
            "conductivity",
            "--table",
            "t.csv",
            *LONG,
            "--sd",
            sd,
            "--convention",
            "sigma_T",
            "--json",
        )
        assert found.json["prefactor_unit"] == "S K/cm"
        fits.append(found.json["samples"][0]["fit"])
    assert fits[0]["weighted"] is True
    assert fits[0]["activation_energy_eV"]["sd"] == pytest.approx(
        BOLTZMANN * 0.1 * math.sqrt(2) / (1 / 298.15 - 1 / 333.15), rel=1e-6
    )
    for name in ("value", "sd", "low", "high"):
        one, other = (fit["activation_energy_eV"][name] for fit in fits)
        assert one == pytest.approx(other, rel=1e-9)


def test_cells_with_their_own_units(tansaku: Tansaku, place: Path) -> None:
    text = "T (degC),sigma (S/cm)\n25℃,2×10⁻⁵\n323.15 K,0.06 mS/cm\n75,nd\n100,\n"
    (place / "t.csv").write_text(text, encoding="utf-8")
    found = tansaku("conductivity", "--table", "t.csv", *LONG, "--json").json["samples"][0]
    assert (found["n"], found["limits_left_out"]) == (2, 1)
    expected = -BOLTZMANN * math.log(6e-5 / 2e-5) / (1 / 323.15 - 1 / 298.15)
    assert found["fit"]["activation_energy_eV"]["value"] == pytest.approx(expected)


def test_columns_that_cannot_be_carried_over_are_named(tansaku: Tansaku, place: Path) -> None:
    """What differs within a sample, and what is called like a result."""
    lines = ["id,date,x,hint,T (degC),sigma (S/cm)"]
    lines += [f"A,{day},0.1,a,{t},{sigma(t):g}" for day, t in ((1, 25), (2, 60))]
    (place / "t.csv").write_text("\n".join(lines), encoding="utf-8")
    found = tansaku("conductivity", *COLUMNS, "--out", "r.csv")
    assert "differ within a sample are not carried over: date." in found.err
    assert "named like results are not carried over: hint." in found.err
    (row,) = csv.DictReader((place / "r.csv").read_text(encoding="utf-8-sig").splitlines())
    assert (row["id"], row["x"], row["hint"], "date" in row) == ("A", "0.1", "", False)


def test_a_kink_is_told_and_not_applied(tansaku: Tansaku, place: Path) -> None:
    body = [
        f"{t},{sigma(t) * (1 if t < 110 else 8) * (1 + 0.01 * (-1) ** (t // 20)):.6g}"
        for t in range(20, 220, 20)
    ]
    (place / "t.csv").write_text("\n".join(["T (degC),sigma (S/cm)", *body]), encoding="utf-8")
    found = tansaku("conductivity", "--table", "t.csv", *LONG, "--json").json
    fit = found["samples"][0]["fit"]
    assert fit["hint"]["kind"] == "kink"
    assert fit["hint"]["temperature_K"] == pytest.approx(383.15)
    assert fit["temperatures_K"] == [293.15, 473.15]
    assert (
        "A kink, as at a phase transition, fits better than one line: t (383 K)."
        in (found["notices"])
    )


def test_pellet(tansaku: Tansaku) -> None:
    given = ("--resistance", "1200ohm", "--thickness", "1.2mm", "--diameter", "10mm")
    found = tansaku("conductivity", *given)
    assert found.code == 0
    assert "0.000127324 S/cm" in found.out
    assert "No uncertainty is stated for resistance, thickness, electrode" in found.err
    sure = tansaku(
        "conductivity", "--resistance", "1.2±0.012 kΩ", "--thickness", "1.2±0.012mm",
        "--area", "0.785398±0.00785398 cm²", "--json",
    )  # fmt: skip
    assert sure.err == ""
    assert sure.json["conductivity_S_cm"] == pytest.approx(1.27324e-4, rel=1e-5)
    share = sure.json["conductivity_sd"] / sure.json["conductivity_S_cm"]
    assert share == pytest.approx(0.01 * math.sqrt(3), rel=1e-6)
    assert sure.json["log10_sd"] == pytest.approx(share / math.log(10))


def test_text_that_a_spreadsheet_would_run_is_harmless(tansaku: Tansaku, place: Path) -> None:
    body = [f"=1+1,{t},{sigma(t):g},@x" for t in (25, 60)]
    text = "\n".join(["id,T (degC),sigma (S/cm),note", *body])
    (place / "t.csv").write_text(text, encoding="utf-8")
    assert tansaku("conductivity", *COLUMNS, "--out", "r.csv").code == 0
    (row,) = csv.DictReader((place / "r.csv").read_text(encoding="utf-8-sig").splitlines())
    assert (row["id"], row["note"]) == ("'=1+1", "'@x")


def test_document_prints_what_is_printed(tansaku: Tansaku, place: Path) -> None:
    """The first two examples of docs/conduction.md, word for word."""
    text = (Path(__file__).parents[2] / "docs" / "conduction.md").read_text(encoding="utf-8")
    first, second = re.findall(r"```text\n(.*?)```", text, flags=re.DOTALL)
    pellet = tansaku(
        "conductivity", "--resistance", "1200±24 ohm", "--thickness", "1.20±0.02 mm",
        "--diameter", "10.0±0.1 mm",
    )  # fmt: skip
    assert pellet.out == first
    (body,) = re.findall(r"<<'END'\n(.*?)END", text, flags=re.DOTALL)
    (place / "t.csv").write_text(body, encoding="utf-8")
    found = tansaku("conductivity", *COLUMNS, "--out", "arrhenius")
    lines = [line.rstrip() for line in found.out.splitlines() if line.strip()]
    assert lines == [line for line in second.splitlines() if line]


def test_japanese(tansaku: Tansaku, table: Path) -> None:
    assert tansaku("conductivity", *COLUMNS, "--lang", "ja", "--out", "made").code == 0


@pytest.mark.parametrize(
    ("text", "arguments", "code", "kind", "told"),
    [
        ("T,s\n25,1\n", ("--temperature", "T", "--conductivity", "s"), 3, "table", "no unit of t"),
        ("T (K),s\n25,1\n", ("--temperature", "T (K)", "--conductivity", "s"), 3, "table",
         "no unit of conductivity"),
        ("T (K),s (S/cm)\n25,0\n", ("--temperature", "T (K)", "--conductivity", "s (S/cm)"), 3,
         "cell", "0 S/cm is impossible"),
        ("T (degC),s (S/cm)\n-300,1\n",
         ("--temperature", "T (degC)", "--conductivity", "s (S/cm)"), 3, "cell", "-300 degC"),
        ("T (K),s (S/cm)\n,1e-5\n", ("--temperature", "T (K)", "--conductivity", "s (S/cm)"), 3,
         "cell", "column 'T (K)': empty"),
        ("T (K),s (S/cm)\n300,much\n", ("--temperature", "T (K)", "--conductivity", "s (S/cm)"),
         3, "cell", "'much' is not a number"),
        ("T (K),s (S/cm)\n300,1e-5\n", ("--temperature", "T (K)", "--conductivity", "s (S/cm)"),
         4, "model", "two temperatures"),
        ("T (K),s (S/cm)\n300,<1e-5\n400,nd\n",
         ("--temperature", "T (K)", "--conductivity", "s (S/cm)"), 4, "model", "two temperatures"),
        ("T (K),s (mS/cm)\n300,1\n",
         ("--temperature", "T (K)", "--conductivity", "s (mS/cm)", "--conductivity-unit", "S/cm"),
         3, "table", "another unit than S/cm"),
        ("T (K),ln s (S/cm)\n300,1\n", ("--temperature", "T (K)", "--conductivity", "ln s (S/cm)"),
         3, "data", "natural logarithms"),
        ("a (S/cm),b (S/cm)\n1,2\n", ("--conductivity", "a (S/cm),b (S/cm)"), 3, "table",
         "does not name one temperature"),
        ("T (K),a,b\n300,1,2\n", ("--temperature", "T (K)", "--conductivity", "a,b"), 2, "usage",
         "several columns"),
        ("T (K),s (S/cm)\n300,1\n", ("--temperature", "T (K)"), 2, "usage", "--conductivity"),
        ("T (K),s (S/cm)\n300,1\n",
         ("--temperature", "T (K)", "--conductivity", "s (S/cm)", "--thickness", "1mm"), 2,
         "usage", "--thickness cannot"),
        ("T (K),R (ohm)\n300,1\n", ("--temperature", "T (K)", "--resistance", "R (ohm)"), 2,
         "usage", "--thickness is missing"),
        ("T (K),R (ohm)\n300,1\n",
         ("--temperature", "T (K)", "--resistance", "R (ohm)", "--thickness", "1mm"), 2, "usage",
         "Neither an area"),
        ("T (K),R (ohm)\n300,1\n",
         ("--temperature", "T (K)", "--resistance", "R (ohm)", "--thickness", "L", "--area",
          "1cm2"), 3, "table", "'L' is neither a column of the table nor a length"),
        ("id,T (K),s (S/cm)\n,300,1\n",
         ("--temperature", "T (K)", "--conductivity", "s (S/cm)", "--sample", "id"), 3, "cell",
         "column 'id': empty"),
        ("T (K),s (S/cm)\n300,1\n400,2\n",
         ("--temperature", "T (K)", "--conductivity", "s (S/cm)", "--convention", "x"), 2, "usage",
         "no convention 'x'"),
        ("T (K),s (S/cm)\n300,1\n400,2\n",
         ("--temperature", "T (K)", "--conductivity", "s (S/cm)", "--at", "25"), 3, "data",
         "'25' has no unit"),
        ("T (K),s (S/cm)\n300,1\n400,2\n",
         ("--temperature", "T (K)", "--conductivity", "s (S/cm)", "--out", "r.docx"), 2, "usage",
         "ending of r.docx"),
        ("T (K),s (S/cm),sd (%)\n300,1,5\n400,2,5\n",
         ("--temperature", "T (K)", "--conductivity", "s (S/cm)", "--sd", "sd (%)"), 3, "table",
         "unit of something else"),
    ],
)  # fmt: skip
def test_refusals(
    tansaku: Tansaku,
    place: Path,
    text: str,
    arguments: tuple[str, ...],
    code: int,
    kind: str,
    told: str,
) -> None:
    (place / "t.csv").write_text(text, encoding="utf-8")
    found = tansaku("conductivity", "--table", "t.csv", *arguments, "--json")
    assert (found.code, found.json["error"]["code"]) == (code, kind), found.out
    assert told in found.json["error"]["message"]
    assert found.json["error"]["hint"]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ((), 2, "Neither a table nor a resistance"),
        (("--resistance", "1ohm"), 2, "--thickness is missing"),
        (("--resistance", "1ohm", "--thickness", "1mm"), 2, "Neither an area nor a diameter"),
        (("--resistance", "1", "--thickness", "1mm", "--area", "1cm2"), 3, "no unit of resistance"),
        (
            ("--resistance", "1ohm", "--thickness", "1mm", "--area", "1cm2", "--at", "25degC"),
            2,
            "--at cannot be used without a table",
        ),
    ],
)
def test_refusals_of_pellets(
    tansaku: Tansaku, arguments: tuple[str, ...], code: int, told: str
) -> None:
    found = tansaku("conductivity", *arguments, "--json")
    assert found.code == code
    assert told in found.json["error"]["message"]


def test_the_default_is_the_services() -> None:
    assert ROOM_TEMPERATURE == conduction.ROOM_TEMPERATURE


def test_a_pellet_loads_nothing_heavy() -> None:
    code = (
        "import sys; from tansaku.services.conduction import pellet;"
        "pellet(resistance='1ohm', thickness='1mm', area='1cm2');"
        "print([m for m in ('torch', 'pandas', 'scipy', 'matplotlib', 'sqlalchemy')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(("apart", "doubted"), [(0.5, False), (5.0, True)])
def test_points_that_scatter_more_than_stated_are_doubted(
    tansaku: Tansaku, place: Path, apart: float, doubted: bool
) -> None:
    """Points half a standard deviation, or five, above and below a line in turn."""
    lines = ["T (K),sigma (S/cm),sd (S/cm)"]
    for i, T in enumerate((300, 320, 340, 360, 380, 400)):
        sigma = math.exp(-0.3 / (BOLTZMANN * T))
        lines.append(f"{T},{sigma * (1 + 0.02 * apart * (-1) ** i)!r},{0.02 * sigma!r}")
    (place / "sd.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = tansaku(
        "conductivity", "--table", "sd.csv", "--temperature", "T (K)",
        "--conductivity", "sigma (S/cm)", "--sd", "sd (S/cm)", "--json",
    )  # fmt: skip
    assert found.code == 0, found.err
    assert ("scatter more than their standard deviations say" in found.err) == doubted
    assert (found.json["samples"][0]["fit"]["misfit_chance"] < 0.01) == doubted
