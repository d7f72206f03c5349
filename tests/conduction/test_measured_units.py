"""Units are read in every spelling, and nothing is guessed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tansaku.conduction import Kind, Quantity, Unit
from tansaku.conduction.headers import temperature_of_header, unit_of_header
from tansaku.errors import DataError

SIEMENS = Kind.CONDUCTIVITY


@pytest.mark.parametrize(
    ("text", "kind", "one"),
    [
        ("S/cm", SIEMENS, 1.0),
        ("S cm-1", SIEMENS, 1.0),
        ("S·cm⁻¹", SIEMENS, 1.0),
        ("S cm^-1", SIEMENS, 1.0),
        ("S cm^−1", SIEMENS, 1.0),
        ("Ｓ／ｃｍ", SIEMENS, 1.0),
        ("Ω⁻¹ cm⁻¹", SIEMENS, 1.0),
        ("1/(Ω cm)", SIEMENS, 1.0),
        ("mS/cm", SIEMENS, 1e-3),
        ("µS cm⁻¹", SIEMENS, 1e-6),
        ("μS/cm", SIEMENS, 1e-6),
        ("uS/cm", SIEMENS, 1e-6),
        ("S/m", SIEMENS, 1e-2),
        ("mS m-1", SIEMENS, 1e-5),
        ("log10 S/cm", SIEMENS, 10.0),
        ("log10(mS/cm)", SIEMENS, 1e-2),
        ("K", Kind.TEMPERATURE, 1.0),
        ("degC", Kind.TEMPERATURE, 274.15),
        ("℃", Kind.TEMPERATURE, 274.15),
        ("°C", Kind.TEMPERATURE, 274.15),
        ("deg C", Kind.TEMPERATURE, 274.15),
        ("mm", Kind.LENGTH, 0.1),
        ("µm", Kind.LENGTH, 1e-4),
        ("um", Kind.LENGTH, 1e-4),
        ("cm²", Kind.AREA, 1.0),
        ("mm^2", Kind.AREA, 1e-2),
        ("Ω", Kind.RESISTANCE, 1.0),
        ("kΩ", Kind.RESISTANCE, 1e3),
        ("Mohm", Kind.RESISTANCE, 1e6),
        ("mohm", Kind.RESISTANCE, 1e-3),
    ],
)
def test_one_of_each(text: str, kind: Kind, one: float) -> None:
    assert Unit.parse(text, kind).to_base(1.0) == pytest.approx(one, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("s/cm", SIEMENS),
        ("MS/cm", SIEMENS),
        ("S", SIEMENS),
        ("S K/cm", SIEMENS),
        ("ln S/cm", SIEMENS),
        ("F", Kind.TEMPERATURE),
        ("log10 K", Kind.TEMPERATURE),
        ("K-1", Kind.TEMPERATURE),
        ("mm", Kind.AREA),
        ("", Kind.LENGTH),
    ],
)
def test_what_is_no_unit_is_refused(text: str, kind: Kind) -> None:
    with pytest.raises(DataError, match="is no unit of") as raised:
        Unit.parse(text, kind)
    assert "Write one of" in raised.value.hint


@pytest.mark.parametrize(
    ("text", "kind", "value", "sd"),
    [
        ("1200ohm", Kind.RESISTANCE, 1200.0, None),
        ("1.20±0.03 kΩ", Kind.RESISTANCE, 1200.0, 30.0),
        ("1.2 +/- 0.02 mm", Kind.LENGTH, 0.12, 0.002),
        ("１．２ｍｍ", Kind.LENGTH, 0.12, None),
        ("-20 ℃", Kind.TEMPERATURE, 253.15, None),
        ("−20℃", Kind.TEMPERATURE, 253.15, None),
        ("25±0.5 degC", Kind.TEMPERATURE, 298.15, 0.5),
        ("3.1×10⁻⁵ S/cm", SIEMENS, 3.1e-5, None),
        ("3.1x10^-5 S/cm", SIEMENS, 3.1e-5, None),
        ("3.1E-5S/cm", SIEMENS, 3.1e-5, None),
        ("-5±0.1 log10 S/cm", SIEMENS, 1e-5, 0.1 * math.log(10) * 1e-5),
    ],
)
def test_quantities(text: str, kind: Kind, value: float, sd: float | None) -> None:
    found = Quantity.parse(text, kind)
    assert found.value == pytest.approx(value, rel=1e-12)
    assert found.sd == (None if sd is None else pytest.approx(sd, rel=1e-9))


@pytest.mark.parametrize(
    ("text", "kind", "told"),
    [
        ("1200", Kind.RESISTANCE, "has no unit of resistance"),
        ("1,2mm", Kind.LENGTH, "not read as a length"),
        ("much", Kind.LENGTH, "not read as a length"),
        ("mm", Kind.LENGTH, "not read as a length"),
        ("<1e-8 S/cm", SIEMENS, "not read as a conductivity"),
        ("nan mm", Kind.LENGTH, "not read as a length"),
        ("1.2 kg", Kind.LENGTH, "is no unit of length"),
        ("0 mm", Kind.LENGTH, "impossible"),
        ("-1 ohm", Kind.RESISTANCE, "impossible"),
        ("-300 degC", Kind.TEMPERATURE, "above 0 K"),
        ("400 log10 S/cm", SIEMENS, "finite"),
    ],
)
def test_what_is_no_quantity_is_refused(text: str, kind: Kind, told: str) -> None:
    with pytest.raises(DataError, match=told) as raised:
        Quantity.parse(text, kind)
    assert raised.value.hint


@given(st.floats(1e-12, 1e3), st.sampled_from(["S/cm", "mS/cm", "S/m", "uS/cm"]))
def test_a_logarithm_means_its_value(value: float, name: str) -> None:
    plain, log10 = Unit.parse(name, SIEMENS), Unit.parse(f"log10 {name}", SIEMENS)
    assert log10.to_base(math.log10(value)) == pytest.approx(plain.to_base(value), rel=1e-9)
    # A small sd in decades is the same share of the value, by a finite difference.
    step = 1e-6
    sd = float(log10.sds_to_base(np.array(math.log10(value)), np.array(step)))
    moved = log10.to_base(math.log10(value) + step) - log10.to_base(math.log10(value))
    assert sd == pytest.approx(moved, rel=1e-4)


@pytest.mark.parametrize(
    ("header", "kind", "name"),
    [
        ("sigma (S/cm)", SIEMENS, "S/cm"),
        ("導電率 [mS/cm]", SIEMENS, "mS/cm"),
        ("導電率［S cm⁻¹］", SIEMENS, "S/cm"),
        ("σ / S cm-1", SIEMENS, "S/cm"),
        ("k_mS_cm", SIEMENS, "mS/cm"),
        ("log10(sigma / S cm-1)", SIEMENS, "log10(S/cm)"),
        ("log sigma (S/cm)", SIEMENS, "log10(S/cm)"),
        ("log₁₀ σ [S/m]", SIEMENS, "log10(S/m)"),
        ("logbook sigma (S/cm)", SIEMENS, "S/cm"),
        ("sigma at 25 C (uS/cm)", SIEMENS, "uS/cm"),
        ("T (degC)", Kind.TEMPERATURE, "degC"),
        ("温度［℃］", Kind.TEMPERATURE, "degC"),
        ("T_K", Kind.TEMPERATURE, "K"),
        ("T/K", Kind.TEMPERATURE, "K"),
        ("R (kΩ)", Kind.RESISTANCE, "kohm"),
    ],
)
def test_units_of_headers(header: str, kind: Kind, name: str) -> None:
    found = unit_of_header(header, kind)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("header", ["sigma", "log10 sigma", "sigma (S)", "kT (S K/cm)"])
def test_headers_without_a_unit(header: str) -> None:
    assert unit_of_header(header, SIEMENS) is None


@pytest.mark.parametrize("header", ["T", "1000/T (K-1)", "x (Si)"])
def test_headers_without_a_temperature_unit(header: str) -> None:
    assert unit_of_header(header, Kind.TEMPERATURE) is None


def test_natural_logarithms_are_refused() -> None:
    with pytest.raises(DataError, match="natural logarithms"):
        unit_of_header("ln sigma (S/cm)", SIEMENS)


@pytest.mark.parametrize(
    "header", ["σT / K S cm-1", "sigma*T (K S/cm)", "log10(σ·T / S cm-1)", "sigma T [S/cm]"]
)
def test_sigma_times_T_is_refused(header: str) -> None:  # noqa: N802 T is a symbol
    with pytest.raises(DataError, match="sigma times T"):
        unit_of_header(header, SIEMENS)


@pytest.mark.parametrize("header", ["sigma Total (S/cm)", "sigma T=25degC (S/cm)"])
def test_other_words_with_a_t_are_not(header: str) -> None:
    assert unit_of_header(header, SIEMENS) == Unit.parse("S/cm", SIEMENS)


@pytest.mark.parametrize(
    ("header", "temperature"),
    [
        ("25 degC", 298.15),
        ("σ(25 ℃) / S cm-1", 298.15),
        ("sigma_60C (S/cm)", 333.15),
        ("300K", 300.0),
        ("-20°C", 253.15),
        ("sigma (S/cm)", None),
        ("25 degC to 50 degC", None),
        ("x_Ca0.5", None),
    ],
)
def test_temperatures_of_headers(header: str, temperature: float | None) -> None:
    expected = None if temperature is None else pytest.approx(temperature)
    assert temperature_of_header(header) == expected
