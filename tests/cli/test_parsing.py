"""What stands behind an option, and how numbers are written."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tansaku.cli.parsing import names, reason, results, settings
from tansaku.errors import UsageError
from tansaku.insight.figures import number, percent, rounded, with_sd

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(st.dictionaries(st.from_regex(r"[A-Za-z_]\w{0,8}", fullmatch=True), finite, min_size=1))
def test_settings_round_trip(given: dict[str, float]) -> None:
    """Whatever repr writes is read as the same number."""
    text = ",".join(f"{name}={value!r}" for name, value in given.items())
    assert settings([text], "--at") == given


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a=1,b=2.5", {"a": 1.0, "b": 2.5}),
        (" a = 1 , b=-2e-3 ", {"a": 1.0, "b": -0.002}),
        ("sigma [S/cm]=1", {"sigma [S/cm]": 1.0}),
        ('"a,b=1",c=2', {"a,b": 1.0, "c": 2.0}),
        ("x=y=3", {"x=y": 3.0}),
        ("温度＝１", None),
        ("温度=１．５", {"温度": 1.5}),
        ("a=−1", {"a": -1.0}),
        ("a=1_000", None),
        ("a=nan", None),
        ("a=inf", None),
        ("a=0,5", None),
        ("a", None),
        ("=1", None),
        ("a=1,,b=2", None),
        ("a=1,b=2,a=3", None),
        ("a=1, a =1", None),
        ("a=", None),
    ],
)
def test_settings(text: str, found: dict[str, float] | None) -> None:
    """Read, or refused: never guessed."""
    if found is None:
        with pytest.raises(UsageError):
            settings([text], "--at")
    else:
        assert settings([text], "--at") == found


def test_names() -> None:
    """Commas part names, the option can be repeated, quotes keep a comma."""
    assert names(["a, b", "c"], "--inputs") == ["a", "b", "c"]
    assert names(['"a, b",c'], "--inputs") == ["a, b", "c"]
    for wrong in ([""], ["a,"], [","], []):
        with pytest.raises(UsageError):
            names(wrong, "--inputs")


def test_results_are_parted_from_their_names() -> None:
    """Also with full-width signs, signs of equality, and a comma in the name; what is no plain
    number is left to the reader of tables."""
    assert results(["y=1", "z=2"]) == {"y": 1.0, "z": 2.0}
    for below in ("<1", "< 1", "＜1", "<=1", "≤1", "≦ 1", "<1 S/cm"):
        assert results([f"y= {below} "]) == {"y": below}
    assert results(['"a, b=>3e-2",c=1']) == {"a, b": ">3e-2", "c": 1.0}
    assert results(["x=y=3 ± 5%,温度（℃）=８／３"]) == {"x=y": "3 ± 5%", "温度（℃）": "８／３"}
    assert results(["y=5,5e-4,z=１"]) == {"y": "5,5e-4", "z": 1.0}
    for wrong in ("y=", "=<1", "y", "y=1,y=2", "y= "):
        with pytest.raises(UsageError):
            results([wrong])


def test_reasons() -> None:
    """With an amount or without."""
    assert reason("cracked") == ("cracked", None)
    assert reason("secondary phase=12%") == ("secondary phase", pytest.approx(0.12))
    assert reason("第二相 = ０.２") == ("第二相", pytest.approx(0.2))
    with pytest.raises(UsageError):
        reason("mud=much")


@pytest.mark.parametrize(
    ("mean", "sd", "text"),
    [
        (2.561e-5, 3.14e-6, "2.56e-05 ± 3.1e-06"),
        (12.3456, 0.234, "12.35 ± 0.23"),
        (1299.7, 25.0, "1300 ± 25"),
        (-0.51234, 0.0999, "-0.512 ± 0.10"),
        (0.0, 1.5, "0 ± 1.5"),
        (3.0, 0.0, "3 ± 0"),
        (9.996e-4, 9.996e-5, "0.00100 ± 1.0e-04"),
        (5e-7, 2e-3, "5.00e-07 ± 0.0020"),
        (1e9, 1e7, "1.000e+09 ± 1.0e+07"),
    ],
)
def test_mean_and_sd(mean: float, sd: float, text: str) -> None:
    """Two digits of the sd, the mean to its last place."""
    assert with_sd(mean, sd) == text


@given(finite, st.floats(min_value=1e-300, max_value=1e300))
def test_rounding_stays_within_the_sd(mean: float, sd: float) -> None:
    """What is printed is the value, to 3 digits or to a tenth of the sd."""
    shown = float(rounded(mean, sd))
    assert shown == pytest.approx(mean, rel=6e-3, abs=sd / 10) or math.isinf(shown)


@given(finite)
def test_settings_are_shown_to_twelve_digits(value: float) -> None:
    """No setting of an instrument has more."""
    assert float(number(value)) == pytest.approx(value, rel=1e-11)


def test_chances_never_look_certain() -> None:
    """Small is not none, and large is not all."""
    assert [percent(p) for p in (0.0, 1e-9, 0.01, 0.5, 0.995, 1.0)] == [
        "0 %", "< 1 %", "1 %", "50 %", "> 99 %", "100 %",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"), [("8/3", 8 / 3), ("1.2×10-5", 1.2e-5), ("1 050.5", 1050.5), ("10⁻⁴", 1e-4)]
)
def test_options_read_numbers_as_tables_do(text: str, value: float) -> None:
    assert settings([f"a={text}"], "--states") == {"a": pytest.approx(value, rel=1e-12)}
    assert settings(['"a=0,5"'], "--states") == {"a": 0.5}


@pytest.mark.parametrize("text", ["1_000", "5 %", "<3", "3 ± 1", "four", "nan", "8/0"])
def test_options_take_numbers_only(text: str) -> None:
    with pytest.raises(UsageError, match="is not a number"):
        settings([f"a={text}"], "--states")
