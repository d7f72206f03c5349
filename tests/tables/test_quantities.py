"""Numbers in every notation of labs: what is written comes back, and nothing else is taken."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tansaku.tables.cells import read_column
from tansaku.tables.commas import commas_of
from tansaku.tables.escape import FORMULA_SIGNS, as_meant, harmless
from tansaku.tables.quantities import value_of, written
from tansaku.tables.reading import CellReading
from tansaku.tables.units import same_unit
from tansaku.tables.words import is_failure, is_nothing, plain_word

RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
MANTISSA = st.decimals(min_value="0.001", max_value="999", places=3)
EXPONENT = st.integers(-30, 30)


def one(text: str) -> CellReading:
    """The reading of a cell that stands alone."""
    return read_column(pd.Series([text], dtype="object")).cells[0]


@given(
    MANTISSA, EXPONENT, st.sampled_from(["×10{r}", "x10^{e}", "e{e}", " × 10^({e})", "*10**{e}"])
)
def test_every_notation_of_powers_means_the_same(m: object, e: int, form: str) -> None:
    text = str(m) + form.format(e=e, r=str(e).translate(RAISED))
    found = one(text)
    assert found.kind == "number"
    assert found.value == pytest.approx(float(f"{m}e{e}"), rel=1e-15)


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("10以下", "below"), ("10 未満", "below"), ("10以上", "above"), ("10超", "above"),
        ("<10", "below"), ("≦10", "below"), ("⩽10", "below"), (">10", "above"), ("≧10", "above"),
    ],
)  # fmt: skip
def test_limits_in_words_and_signs(text: str, limit: str) -> None:
    assert (one(text).value, one(text).limit) == (10.0, limit)


@given(st.integers(1, 10**9), st.integers(0, 99), st.sampled_from([",.", ".,", "'.", "\u202f,"]))
def test_thousands_and_decimals_of_every_country(whole: int, cents: int, signs: str) -> None:
    gap, point = signs
    text = f"{whole:,}".replace(",", gap) + f"{point}{cents:02d}"
    # A cell that can only be read with decimal commas, or with points, decides for the column.
    deciding = "0,5" if point == "," else "0.5"
    found = read_column(pd.Series([text, deciding], dtype="object")).cells[0]
    assert found.value == pytest.approx(whole + cents / 100, rel=1e-15)


@given(st.floats(1e-12, 1e12), st.sampled_from(["<", "≦", "≤", "＜", "<="]))
def test_limits_keep_their_side(value: float, sign: str) -> None:
    below, above = one(f"{sign} {value!r}"), one(f"> {value!r} S/cm")
    assert (below.value, below.limit) == (value, "below")
    assert (above.value, above.limit, above.unit) == (value, "above", "S/cm")


@given(st.text(max_size=30))
def test_any_text_is_read_without_an_accident(text: str) -> None:
    found = one(text)
    assert found.kind in ("number", "missing", "failed", "text")
    assert (found.value is not None) == (found.kind == "number")
    if found.value is not None:
        assert math.isfinite(found.value)
        assert any(c.isdigit() for c in text)


@given(st.text(max_size=20))
def test_escaped_text_is_harmless_and_comes_back(text: str) -> None:
    assert not harmless(text).startswith(FORMULA_SIGNS)
    assert as_meant(harmless(text)) == text


@pytest.mark.parametrize(
    ("text", "value", "sd"),
    [
        ("3.2 ± 0.1", 3.2, 0.1),
        ("3.2+-0.1", 3.2, 0.1),
        ("12.345(12)", 12.345, 0.012),
        ("(1.5 ± 0.1)×10⁻³", 1.5e-3, 1e-4),
        ("1.5e-3 ± 1e-4", 1.5e-3, 1e-4),
        ("3,2 ± 0,1", 3.2, 0.1),
    ],
)
def test_standard_deviations(text: str, value: float, sd: float) -> None:
    found = one(text)
    assert (found.value, found.sd) == (pytest.approx(value), pytest.approx(sd))


@pytest.mark.parametrize(
    "text",
    ["5(2)", "1.2×104", "700-800", "~700", "約700", "10-4", "1/2", "2 x", "3 apples", "Li2O"],
)
def test_what_is_no_number_stays_text(text: str) -> None:
    assert one(text).kind == "text"


def test_commas_are_decided_by_all_cells() -> None:
    def decision(*texts: str) -> str:
        parts = {i: p for i, t in enumerate(texts) if (p := written(t)) is not None}
        return commas_of(parts).decision

    assert decision("1,234", "0,5") == "decimal"
    assert decision("1,234", "1,234,567") == "thousands"
    assert decision("1,234", "12.5") == "thousands"
    assert decision("1,234", "5,678") == decision("5", "7") == "unknown"
    assert decision("0,5", "0.5") == "contradicting"


def test_digits_alone_have_one_meaning() -> None:
    parts = written("1234.5")
    assert parts is not None
    assert value_of(parts, comma="thousands") == (1234.5, None)
    assert value_of(parts, comma="decimal") is None


def test_words_of_both_languages() -> None:
    for text in ("N.D.", "ｎ．ｄ．", "n/a", "—", "未測定", "TBD"):
        assert is_nothing(plain_word(text))
    for text in ("Cracked", "ＮＧ", "割れ", "failed: melted", "測定不可(割れ)"):
        assert is_failure(plain_word(text))
    for text in ("fine", "cracked open the bottle", "zero", "割合"):
        assert not is_nothing(plain_word(text))
        assert not is_failure(plain_word(text))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("S/cm", "S cm⁻¹", True),
        ("S·cm-1", "S/cm", True),
        ("℃", "°C", True),
        ("degC", "℃", True),
        ("hr", "h", True),
        ("K/min", "℃/min", False),
        ("mS/cm", "S/cm", False),
        ("MPa", "mPa", False),
    ],
)
def test_units_are_the_same_in_every_spelling(one: str, other: str, same: bool) -> None:
    assert same_unit(one, other) is same


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.2×10-5", (1.2e-5, None)),
        ("3.2 ± 5%", (3.2, 0.16)),
        ("3.2 mS/cm ± 5 %", (3.2, 0.16)),
        ("5.5×10⁻⁴ ± 0.3×10⁻⁴", (5.5e-4, 0.3e-4)),
        ("5.5×10⁻⁴ ± 10 %", (5.5e-4, 5.5e-5)),
        ("96.5% ± 0.2%", (96.5, 0.2)),
        ("1 050.5", (1050.5, None)),
        ("8/3", (8 / 3, None)),
        ("-1/2", (-0.5, None)),
    ],
)
def test_shares_powers_and_fractions(text: str, expected: tuple[float, float | None]) -> None:
    parts = written(text)
    assert parts is not None
    value, sd = value_of(parts, comma="thousands") or (None, None)
    assert value == pytest.approx(expected[0], rel=1e-12)
    assert sd is expected[1] or sd == pytest.approx(expected[1], rel=1e-12)


@pytest.mark.parametrize("text", ["5.5 ± 0.3×10⁻⁴", "3 S ± 2 K", "<3 ± <2", "3 ± -1", "1150℃ 12h"])
def test_two_numbers_that_do_not_fit_are_none(text: str) -> None:
    assert written(text) is None


@pytest.mark.parametrize("name", ["hold time", "soak", "焼成時間", "t [h]", "dwell (h)"])
def test_hours_and_minutes_of_a_column_of_times_are_hours(name: str) -> None:
    cells = ["1:30", "２：００", None, "26:30", "0:00:36", "-"]
    found = read_column(pd.Series(cells, name=name))
    assert found.unit == "h"
    np.testing.assert_allclose(found.values, [1.5, 2, np.nan, 26.5, 0.01, np.nan], rtol=1e-12)
    assert not found.complaints
    assert found.assumed[0] == "'1:30' was read as 1.5 h"
    assert len(found.assumed) == 4
    assert found.cells[0].text == "1:30"


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("ratio", ["1:30", "2:00"]),  # parts of two things
        ("t [min]", ["1:30", "2:00"]),  # minutes and seconds, or hours and minutes?
        ("hold time", ["1:30", "2.5"]),
        ("hold time", ["1:30", "over night"]),
        ("hold time", ["1:70", "2:00"]),
        ("T", ["1:30", "2:00"]),
    ],
)
def test_other_columns_with_colons_are_complained_about(name: str, cells: list[str]) -> None:
    found = read_column(pd.Series(cells, name=name))
    assert 0 in found.complaints
    assert not found.assumed
