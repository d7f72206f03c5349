"""Expressions and constraints: the arithmetic against exact fractions, and what is refused."""

from __future__ import annotations

import copy
import pickle
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tansaku.chem.expression import TOLERANCE, Comparison, Expression
from tansaku.errors import FormulaError, UsageError

NAMES = ("x", "y", "z_1")


@dataclass(frozen=True)
class Built:
    """An expression built as a tree: its text, and its exact value by Python's fractions."""

    text: str
    exact: Callable[[Mapping[str, Fraction]], Fraction]


def _number(tenths: int) -> Built:
    return Built(f"{tenths / 10:g}", lambda _at: Fraction(tenths, 10))


def _name(name: str) -> Built:
    return Built(name, lambda at: at[name])


def _grown(inner: st.SearchStrategy[Built]) -> st.SearchStrategy[Built]:
    def joined(a: Built, sign: str, b: Built) -> Built:
        operations: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
            "+": lambda p, q: p + q,
            "-": lambda p, q: p - q,
            " * ": lambda p, q: p * q,
        }
        return Built(
            f"({a.text}){sign}({b.text})", lambda at: operations[sign](a.exact(at), b.exact(at))
        )

    return st.one_of(
        st.builds(joined, inner, st.sampled_from(["+", "-", " * "]), inner),
        st.builds(lambda a: Built(f"-({a.text})", lambda at: -a.exact(at)), inner),
        st.builds(
            lambda a, k: Built(f"({a.text})^{k}", lambda at: a.exact(at) ** k),
            inner,
            st.integers(0, 2),
        ),
        st.builds(
            lambda a, k: Built(f"({a.text})/{k}", lambda at: a.exact(at) / k),
            inner,
            st.integers(1, 9),
        ),
        st.builds(
            lambda a, k: Built(f"{k}({a.text})", lambda at: k * a.exact(at)),
            inner,
            st.integers(0, 9),
        ),
    )


trees = st.recursive(
    st.one_of(st.integers(0, 99).map(_number), st.sampled_from(NAMES).map(_name)),
    _grown,
    max_leaves=8,
)
points = st.fixed_dictionaries({name: st.fractions(-3, 3, max_denominator=20) for name in NAMES})


@given(trees, st.lists(points, min_size=1, max_size=3))
def test_values_are_those_of_exact_arithmetic(tree: Built, at: list[dict[str, Fraction]]) -> None:
    expression = Expression.parse(tree.text)
    exact = np.array([float(tree.exact(point)) for point in at])
    given_ = {name: np.array([float(point[name]) for point in at]) for name in NAMES}
    found = np.broadcast_to(expression.value(given_), len(at))
    # Rounding grows with the numbers on the way, which the value itself need not show.
    size = max(1.0, float(np.abs(exact).max()))
    np.testing.assert_allclose(found, exact, rtol=1e-9, atol=1e-6 * size)
    if expression.polynomial is not None:
        again = Expression.parse(expression.polynomial.text())
        assert again.polynomial == expression.polynomial
        for point, value in zip(at, exact, strict=True):
            total = sum(
                coefficient * np.prod([point[name] ** power for name, power in monomial])
                for monomial, coefficient in expression.polynomial.terms.items()
            )
            assert float(total) == pytest.approx(value, rel=1e-12, abs=1e-12)


@given(trees)
def test_linear_is_what_linear_functions_are(tree: Built) -> None:
    """An expression that is found linear equals its coefficients at every corner."""
    found = Expression.parse(tree.text).linear()
    assume(found is not None)
    factors, constant = found
    for corner in range(8):
        at = {name: Fraction((corner >> i & 1) * 5, 2) for i, name in enumerate(NAMES)}
        value = constant + sum(factor * float(at[name]) for name, factor in factors.items())
        assert value == pytest.approx(float(tree.exact(at)), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "at", "value"),
    [
        ("2y", {"y": 0.25}, 0.5),
        ("2(x+y)/3", {"x": 1, "y": 0.5}, 1.0),
        ("-x^2", {"x": 3}, -9.0),
        ("2x^2", {"x": 3}, 18.0),
        ("1-2-3", {}, -4.0),
        ("8/4/2", {}, 1.0),
        ("2*-3", {}, -6.0),
        ("２−ｘ", {"x": 0.5}, 1.5),
        ("x × 2 ÷ 4", {"x": 1}, 0.5),
        ("[1+{x}]", {"x": 1}, 2.0),
        ("1e-3*x", {"x": 2}, 0.002),
        (".5x", {"x": 4}, 2.0),
    ],
)
def test_usual_writing_is_understood(text: str, at: dict[str, float], value: float) -> None:
    assert Expression.parse(text).value(at) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "place", "rule"),
    [
        ("", 1, "missing"),
        ("x+", 3, "missing"),
        ("(x", 1, "never closed"),
        ("x)", 2, "never opened"),
        ("x y", 3, "sign"),
        ("1 2", 3, "sign"),
        ("1/2x", 4, "ambiguous"),
        ("2e3", 2, "power of ten"),
        ("2^x", 3, "whole number"),
        ("x^-1", 3, "whole number"),
        ("x^2y", 4, "sign"),
        ("X", 1, "lower case"),
        ("x²", 2, "no meaning"),
        ("1/0", 1, "divides by 0"),
        ("x/(1-1)", 1, "divides by 0"),
        ("x+99999999999", 3, "stay below"),
        ("x+1e-999999999", 3, "digits"),
        ("x=1", 2, "sign"),
        ("__import__('os')", 1, "no meaning"),
        ("x.real", 2, "no meaning"),
        ("(9^6)^6^6", 8, "sign"),
        ("((((9^6)^6)^6)^6)^6", 1, "too large"),
    ],
)
def test_what_cannot_be_read_is_pointed_at(text: str, place: int, rule: str) -> None:
    with pytest.raises(FormulaError, match=rf"at character {place}: .*{rule}"):
        Expression.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "9**9**9",
        "x**99999",
        "(" * 10_000,
        "[" * 10_000 + "x" + "]" * 10_000,
        "(" * 33 + "x" + ")" * 33,
        "x" * 10**6,
        "🙂" * 9,
        "9" * 400,
        "x^6" * 100,
        "1/" * 200,
    ],
)
def test_hostile_text_is_answered_at_once(text: str) -> None:
    start = time.process_time()
    with pytest.raises(FormulaError) as refused:
        Expression.parse(text)
    assert time.process_time() - start < 1.0
    assert len(str(refused.value)) < 400


def test_bounds_leave_room_for_long_expressions() -> None:
    assert Expression.parse("-" * 498 + "x").value({"x": 2.0}) == 2.0
    assert Expression.parse("(" * 32 + "x" + ")" * 32).value({"x": 2.0}) == 2.0


@given(st.text(alphabet="xy019.+-*/^()<>= e", max_size=30))
def test_no_text_crashes_the_readers(text: str) -> None:
    for reader in (Expression, Comparison):
        try:
            found = reader.parse(text)
        except FormulaError:
            continue
        assert reader.parse(found.text) == found
        assert pickle.loads(pickle.dumps(found)) == copy.deepcopy(found) == found  # noqa: S301


def test_a_large_product_is_no_polynomial_and_still_has_its_value() -> None:
    expression = Expression.parse("(((a+b+c+d)^6)*((e+f+g+h)^6))^2")
    assert expression.polynomial is None
    assert expression.linear() is None
    assert expression.value(dict.fromkeys("abcdefgh", 0.25)) == pytest.approx(1.0)


def test_a_missing_value_is_named() -> None:
    with pytest.raises(UsageError, match="no value for y"):
        Expression.parse("x+y").value({"x": 1.0})


def test_a_constraint_counts_rounding_as_equal() -> None:
    at = {"x": np.array([0.1 + 0.2, 0.3 - 2e-9, 0.3 + 2e-9, 0.3 - TOLERANCE / 2, np.nan])}
    table = {
        "x <= 0.3": [True, True, False, True, False],
        "x < 0.3": [False, True, False, False, False],
        "x >= 0.3": [True, False, True, True, False],
        "0.3 < x": [False, False, True, False, False],
        "x = 0.3": [True, False, False, True, False],
        "x == 0.3": [True, False, False, True, False],
        "0.2 <= x ≦ 0.3": [True, True, False, True, False],
        "1 > x >= 0.3": [True, False, True, True, False],
    }
    for text, wanted in table.items():
        assert Comparison.parse(text).holds(at).tolist() == wanted, text


@given(
    st.lists(st.integers(-5, 5), min_size=2, max_size=2),
    st.sampled_from(["<=", "<", ">=", ">", "="]),
    st.integers(-5, 5),
    st.lists(st.integers(-3, 3), min_size=2, max_size=2),
    st.booleans(),
)
def test_linear_rules_say_what_holds_says(
    factors: list[int], sense: str, bound: int, at: list[int], turned: bool
) -> None:
    sides = (f"{factors[0]}*x + {factors[1]}*y", sense, str(bound))
    flip = {"<": ">", ">": "<"}
    turned_sense = "".join(flip.get(sign, sign) for sign in sense)
    text = f"{bound} {turned_sense} {sides[0]}" if turned else " ".join(sides)
    rule = Comparison.parse(text)
    (linear,) = rule.linear() or ()
    left = factors[0] * at[0] + factors[1] * at[1]
    wanted = {
        "<=": left <= bound, "<": left < bound, ">=": left >= bound, ">": left > bound,
        "=": left == bound,
    }[sense]  # fmt: skip
    values = {"x": np.array([float(at[0])]), "y": np.array([float(at[1])])}
    assert rule.holds(values).tolist() == [wanted]
    again = sum(factor * values[name][0] for name, factor in linear.coefficients.items())
    assert {
        "<=": again <= linear.bound, "<": again < linear.bound, ">=": again >= linear.bound,
        ">": again > linear.bound, "=": again == linear.bound,
    }[linear.sense] == wanted  # fmt: skip


def test_a_ratio_holds_nowhere_where_it_is_no_number() -> None:
    rule = Comparison.parse("x/(x+y) <= 0.5")
    at = {"x": np.array([0.0, 0.1, 0.3]), "y": np.array([0.0, 0.1, 0.1])}
    assert rule.linear() is None
    assert rule.holds(at).tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("x + y", "comparison .* is missing"),
        ("1 < 2", "needs a variable"),
        ("0.1 < x > 0.2", "one direction"),
        ("x <= ", "missing"),
        ("<= x", "missing"),
        ("x <= <= 1", "missing"),
        ("x => 1", "missing"),
        ("X <= 1", "lower case"),
    ],
)
def test_what_is_no_constraint_is_refused(text: str, rule: str) -> None:
    with pytest.raises(FormulaError, match=rule):
        Comparison.parse(text)
