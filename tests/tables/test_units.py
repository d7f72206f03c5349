"""Units are read out of headers where they surely are units."""

from __future__ import annotations

import pytest

from tansaku.tables.units import name_without_unit, unit_in


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
