"""Columns of two tables: what matches, what is declared, and what is asked."""

from __future__ import annotations

import re

import pytest

from tansaku.campaign.sources.match import Pair, check_units, pairs_of
from tansaku.errors import UsageError


def test_equal_names_match_and_declarations_come_first() -> None:
    assert pairs_of(["x", "y"], ["y", "x"], ()) == (Pair("x", "x"), Pair("y", "y"))
    expected = (Pair("x_Si", "x_Y"), Pair("y_Ca", "y_Ca"))
    assert pairs_of(["x_Si", "y_Ca"], ["x_Y", "y_Ca"], ["x_Si=x_Y"]) == expected
    crossed = pairs_of(["a", "b"], ["a", "b"], ["a=b", "b=a"])
    assert crossed == (Pair("a", "b"), Pair("b", "a"))


def test_union_columns_are_absent_on_one_side() -> None:
    found = pairs_of(["x_Si", "y_Ca"], ["x_Y", "y_Ca"], ["=x_Y", "x_Si="])
    assert found == (Pair("x_Si", ""), Pair("y_Ca", "y_Ca"), Pair("", "x_Y"))
    assert [p.shared for p in found] == [False, True, False]


def test_names_with_equals_signs() -> None:
    assert pairs_of(["T=a"], ["b=c"], ["T=a=b=c"]) == (Pair("T=a", "b=c"),)


@pytest.mark.parametrize(
    ("inputs", "source_inputs", "match", "parts"),
    [
        (
            ["x_Si", "y"],
            ["x_Y", "y"],
            (),
            ["x_Si", "x_Y", "--match x_Si=x_Y", "--match x_Si=,=x_Y"],
        ),
        (["a", "b"], ["b"], (), ["of the target a", "--match a="]),
        (["b"], ["a", "b"], (), ["of the source a", "--match =a"]),
        (["a"], ["b"], ["a=", "=b"], ["no column in common", "--match a=b"]),
        (["a"], ["a"], ["a"], ["'a' is not understood"]),
        (["a"], ["a"], ["="], ["'=' is not understood"]),
        (["a"], ["a"], ["c=a"], ["'c=a' is not understood", "(a)"]),
        (["a", "b"], ["c", "d"], ["a=c", "b=c"], ["'c' of the source", "twice"]),
        (["a", "b"], ["c", "d"], ["a=c", "a=d"], ["'a' of the target", "twice"]),
    ],
)
def test_what_cannot_be_matched(
    inputs: list[str], source_inputs: list[str], match: list[str], parts: list[str]
) -> None:
    with pytest.raises(UsageError) as raised:
        pairs_of(inputs, source_inputs, match)
    for part in parts:
        assert part in str(raised.value)


@pytest.mark.parametrize(
    ("target", "source"),
    [
        ("sigma [S/cm]", "sigma [mS/cm]"),
        ("sigma_S_cm", "sigma_mS_cm"),
        ("sigma [S/cm]", "log10 sigma [S/cm]"),
        ("sigma [S/cm]", "ln sigma [S/cm]"),
        ("T [K]", "T (degC)"),
        ("t [h]", "t [min]"),
    ],
)
def test_differing_units_are_asked(target: str, source: str) -> None:
    with pytest.raises(UsageError, match=re.escape(source)):
        check_units(target, source)
    with pytest.raises(UsageError, match=re.escape(target)):
        check_units(source, target)


@pytest.mark.parametrize(
    ("target", "source"),
    [
        ("sigma [S/cm]", "σ / S cm⁻¹"),
        ("sigma_S_cm", "sigma_lowT_S_cm"),
        ("T (degC)", "temperature [℃]"),
        ("sigma", "sigma [mS/cm]"),
        ("x_C", "y_K"),
    ],
)
def test_equal_and_unstated_units_pass(target: str, source: str) -> None:
    check_units(target, source)
    check_units(source, target)


def test_columns_in_other_units_do_not_match() -> None:
    with pytest.raises(UsageError, match=r"degC.*T \[K\]"):
        pairs_of(["T (degC)"], ["T [K]"], ["T (degC)=T [K]"])
