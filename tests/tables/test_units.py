"""Units are read out of headers where they surely are units."""

from __future__ import annotations

import pytest

from tansaku.tables.units import conversion, name_without_unit, same_unit, unit_in


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("sigma [S/cm]", "S/cm"),
        ("sigma (S cm-1)", "S cm-1"),
        ("sigma (S cm⁻¹)", "S cm⁻¹"),
        ("sigma (S·cm^-1)", "S·cm^-1"),
        ("T (degC)", "degC"),
        ("T (K)", "K"),
        ("温度 [℃]", "℃"),
        ("温度（℃）", "℃"),
        ("密度［g/cm3］", "g/cm3"),
        ("rate (1/s)", "1/s"),
        ("content (mol%)", "mol%"),
        ("Ea [meV]", "meV"),
        ("anything [arb. units]", "arb. units"),
        ("x_Si", ""),
        ("x (Si)", ""),
        ("x (S)", ""),
        ("x (Mg)", ""),
        ("density (relative)", ""),
        ("sigma (25 degC)", ""),
        ("sigma () ", ""),
    ],
)
def test_unit_in_header(header: str, unit: str) -> None:
    assert unit_in(header) == unit


@pytest.mark.parametrize(
    ("header", "name"),
    [("sigma [S/cm]", "sigma"), ("温度（℃）", "温度"), ("x (Si)", "x"), ("y", "y")],
)
def test_name_without_unit(header: str, name: str) -> None:
    assert name_without_unit(header) == name


@pytest.mark.parametrize(
    ("header", "name", "unit"),
    [
        ("σ / S cm-1", "σ", "S cm-1"),
        ("σ/S cm-1", "σ", "S cm-1"),
        ("σ /S cm-1", "σ", "S cm-1"),
        ("σ / S·cm⁻¹", "σ", "S·cm⁻¹"),
        ("σ (S cm⁻¹)", "σ", "S cm⁻¹"),
        ("σ, S/cm", "σ", "S/cm"),
        ("伝導度 S/cm", "伝導度", "S/cm"),
        ("σ_25 / S cm^-1", "σ_25", "S cm^-1"),
        ("伝導度(S・cm-1)", "伝導度", "S・cm-1"),
        ("伝導度［S/cm］", "伝導度", "S/cm"),
        ("σ(25℃)/Scm-1", "σ(25℃)", "Scm-1"),
    ],
)
def test_a_header_states_its_unit_in_every_usual_way(header: str, name: str, unit: str) -> None:
    assert (name_without_unit(header), unit_in(header)) == (name, unit)
    assert same_unit(unit, "S/cm")


@pytest.mark.parametrize(
    "header", ["Na/K", "phase A", "T min", "x Si", "Li/Ti", "p (Mg)", "T_C", "hold t1", "x t2"]
)
def test_a_ratio_a_letter_and_a_word_are_no_units(header: str) -> None:
    assert unit_in(header) == ""


@pytest.mark.parametrize(
    ("value", "unit", "goal", "expected"),
    [
        (2.2, "mS/cm", "S/cm", 2.2e-3),
        (5, "S/m", "mS/cm", 50),
        (25, "℃", "K", 298.15),
        (1073.15, "K", "°C", 800),
        (150, "min", "h", 2.5),
        (5, "K/min", "°C/h", 300),
        (4500, "kg/m3", "g/cm³", 4.5),
        (350, "meV", "eV", 0.35),
        (0.2, "%", "ppm", 2000),
    ],
)
def test_units_of_one_kind_are_converted(
    value: float, unit: str, goal: str, expected: float
) -> None:
    factor, offset = conversion(unit, goal) or (float("nan"), 0.0)
    assert value * factor + offset == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("unit", "goal"), [("K", "h"), ("wt%", "mol%"), ("S", "S/cm"), ("x", "K")])
def test_units_of_two_kinds_are_not(unit: str, goal: str) -> None:
    assert conversion(unit, goal) is None
