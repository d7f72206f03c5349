"""Cells become numbers where that loses nothing, and complaints elsewhere."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tansaku.tables.cells import is_empty, numbers_of, read_column
from tansaku.tables.commas import Comma

FINITE = st.floats(allow_nan=False, allow_infinity=False)


def column(*cells: object) -> pd.Series:
    return pd.Series(list(cells), dtype="object")


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("0.05", 0.05),
        (" 1.2e-5 ", 1.2e-5),
        ("-3", -3.0),
        ("+.5", 0.5),
        ("5.", 5.0),
        ("１．５", 1.5),
        ("－２", -2.0),
        ("\u22121.5e\u22123", -1.5e-3),
        ("１Ｅ－５", 1e-5),
        ("\u3000７\u3000", 7.0),
        ("10²", 100.0),
        ("10⁻⁴", 1e-4),
        ("3.2×10⁻⁴", 3.2e-4),
        ("1.2x10^-4", 1.2e-4),
        ("1.2×10-4", 1.2e-4),
        ("1,234,567.5", 1234567.5),
        ("1.234.567,5", 1234567.5),
        ("1,5", 1.5),
        ("0,123", 0.123),
        ("1\u202f234\u202f567", 1234567.0),
        (3, 3.0),
        (np.float32(0.5), 0.5),
        (np.int64(4), 4.0),
        (Decimal("0.1"), 0.1),
    ],
)
def test_numbers_are_read_as_written(cell: object, number: float) -> None:
    values, complaints = numbers_of(column(cell))
    assert values.tolist() == [number]
    assert not complaints


@pytest.mark.parametrize("cell", [None, np.nan, pd.NA, pd.NaT, "", "  ", "\u3000", "nan", "NaN"])
def test_empty_cells_are_nan_without_complaint(cell: object) -> None:
    values, complaints = numbers_of(column(cell))
    assert np.isnan(values).all()
    assert not complaints
    assert is_empty(cell)


@pytest.mark.parametrize(
    ("cell", "hint"),
    [
        ("abc", "plain numbers"),
        ("5 %", "behind its name"),
        ("25℃", "behind its name"),
        ("1.2×104", "Raised digits"),
        ("10-4", "plain numbers"),
        ("700-800", "plain numbers"),
        ("about 700", "plain numbers"),
        ("3.2 ± 0.1", "without ±"),
        ("割れ", "plain numbers"),
        ("①", "plain numbers"),
        ("½", "plain numbers"),
        ("٣", "plain numbers"),
        ("1_000", "plain numbers"),
        ("0x10", "plain numbers"),
        ("2024-01-02", "into a date"),
        (pd.Timestamp("2024-01-02"), "into a date"),
        ("#DIV/0!", "correct its formula"),
        ("n.d.", "plain numbers"),
        ("1,000", "--decimal"),
        ("１，０００", "--decimal"),
        ("<1e-8", "limit"),
        ("≦0.1", "limit"),
        (True, "0 and 1"),
        (np.True_, "0 and 1"),
        (1 + 2j, "plain numbers"),
    ],
)
def test_what_is_no_number_is_refused_and_not_guessed(cell: object, hint: str) -> None:
    values, complaints = numbers_of(column(0.5, cell))
    assert np.isnan(values[1])
    assert list(complaints) == [1]
    text, advice = complaints[1]
    assert str(cell).strip().removesuffix(" 00:00:00") in text
    assert hint in advice


@pytest.mark.parametrize("cell", ["inf", "-Infinity", "∞", "1e400", np.inf, -np.inf])
def test_infinity_is_refused(cell: object) -> None:
    for series in (column(1.0, cell), pd.Series([1.0, float(str(cell).replace("∞", "inf"))])):
        values, complaints = numbers_of(series)
        assert np.isnan(values[1])
        assert "infinite" in complaints[1][0]


def test_boolean_and_complex_columns_are_refused() -> None:
    for series in (pd.Series([True, False]), pd.Series([1 + 1j, 2 + 0j])):
        assert sorted(numbers_of(series)[1]) == [0, 1]


def test_missing_values_of_nullable_columns_are_empty() -> None:
    values, complaints = numbers_of(pd.Series([1, None], dtype="Int64"))
    np.testing.assert_array_equal(values, [1.0, np.nan])
    assert not complaints


def test_a_long_text_is_cut_in_the_message() -> None:
    text, _hint = numbers_of(column("x" * 1000))[1][0]
    assert len(text) < 80


@given(FINITE)
def test_every_float_comes_back_from_its_text(number: float) -> None:
    assert numbers_of(column(repr(number)))[0].tolist() == [number]


@given(FINITE)
def test_full_width_writing_means_the_same(number: float) -> None:
    ascii_text = repr(number)
    wide = "".join(chr(ord(c) - 0x21 + 0xFF01) for c in ascii_text)
    typographic = ascii_text.replace("-", "\u2212")
    assert numbers_of(column(wide, typographic))[0].tolist() == [number, number]


@pytest.mark.parametrize(("comma", "value"), [("decimal", 1100.0), ("thousands", 1.1), (None, 1.1)])
def test_what_is_said_of_commas_counts_for_points_alone(comma: Comma | None, value: float) -> None:
    """A column without any comma: points part thousands where commas are decimal."""
    assert read_column(column("1.100", "2"), comma).values.tolist() == [value, 2.0]


def test_a_point_that_parts_nothing_is_refused_where_commas_are_decimal() -> None:
    found = read_column(column("0.5", "2.300"), "decimal")
    assert list(found.complaints) == [0]
    assert found.values[1] == 2300.0


def test_one_comma_decides_for_the_whole_column() -> None:
    """Also for the cells before it, which alone would be read at once."""
    values, complaints = numbers_of(column("1.5", "2", "1,234.5"))
    assert values.tolist() == [1.5, 2.0, 1234.5]
    assert not complaints
    values, complaints = numbers_of(column("1.500", "2", "0,25"))
    assert list(complaints) == [0]
    assert "decimal comma" in complaints[0][0]
