"""Parameters: settings and levels are two names of one thing, and bad ranges are refused."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tansaku.errors import SpaceError, UsageError
from tansaku.space import Categorical, Continuous, Settable, Stepped
from tansaku.space.notation import parse_parameter
from tansaku.space.parameters import SETTLING, exact
from tests.seeds import generator

stepped = st.builds(
    lambda low, step, n, digits: Stepped(
        name="x",
        low=round(low, digits),
        high=float(Fraction(str(round(low, digits))) + n * Fraction(step, 10**digits)),
        step=float(Fraction(step, 10**digits)),
    ),
    st.floats(-1000, 1000),
    st.integers(1, 500),
    st.integers(1, 60),
    st.integers(0, 4),
)
continuous = st.builds(
    lambda low, span, r: Continuous(name="x", low=low, high=low + span, resolution=r),
    st.floats(-100, 1000).map(lambda v: round(v, 3)),
    st.floats(1, 500).map(lambda v: round(v, 3)),
    st.sampled_from([None, 0.01, 0.5, 0.3]),
)
categorical = st.builds(
    lambda names, encoding: Categorical(name="x", values=tuple(names), encoding=encoding),
    st.lists(st.text("abcdef", min_size=1, max_size=3), min_size=2, max_size=5, unique=True),
    st.sampled_from(["one_hot", "ordinal"]),
)
parameters = st.one_of(stepped, continuous, categorical)


@given(parameters, st.integers(0, 10**9))
def test_levels_undo_settings(parameter: Settable, seed: int) -> None:
    levels = generator(seed).integers(0, parameter.count, 20)
    found, off = parameter.levels(parameter.at(levels))
    assert found.tolist() == levels.tolist()
    assert off.max() <= SETTLING / 100
    kind = type(parameter)
    assert kind.model_validate_json(parameter.model_dump_json()) == parameter


@given(stepped)
def test_steps_are_the_floats_a_person_would_write(parameter: Stepped) -> None:
    values = parameter.at(np.arange(parameter.count)).tolist()
    expected = [
        float(Fraction(str(parameter.low)) + i * Fraction(str(parameter.step)))
        for i in range(parameter.count)
    ]
    assert values == expected
    assert values[0] == parameter.low
    assert values[-1] == parameter.high


@given(st.one_of(stepped, continuous), st.floats(0.01, 0.49), st.integers(0, 10**9))
def test_values_between_settings_are_off_by_their_distance(
    parameter: Stepped | Continuous, share: float, seed: int
) -> None:
    level = generator(seed).integers(0, parameter.count, 1)
    value = parameter.at(level) + share * parameter.interval
    found, off = parameter.levels(value)
    if level[0] + 1 < parameter.count:
        assert found.tolist() == level.tolist()
        assert off[0] == pytest.approx(share, abs=1e-4)


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_exact_reads_simple_fractions_and_decimals(a: int, b: int) -> None:
    assert exact(a / b) == Fraction(a, b)
    assert exact(float(f"{a}e-12")) == Fraction(a, 10**12)


def test_a_default_resolution_is_a_power_of_ten() -> None:
    assert Continuous(name="T", low=900, high=1200).interval == 1e-4
    assert Continuous(name="x", low=0, high=0.375).interval == 1e-7


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Stepped(name="x", low=0, high=1, step=0.3), ["'x'", "0.3", "0.9", "1.2"]),
        (lambda: Stepped(name="x", low=1, high=0, step=0.1), ["'x'", "0", "not above 1"]),
        (lambda: Stepped(name="x", low=0, high=1, step=0), ["'x'", "step 0"]),
        (lambda: Stepped(name="x", low=0, high=1, step=-0.1), ["'x'", "-0.1"]),
        (lambda: Stepped(name="x", low=0, high=1, step=2), ["'x'", "step 2", "wider"]),
        (lambda: Stepped(name="x", low=0, high=1, step=1e-300), ["'x'", "too fine"]),
        (lambda: Continuous(name="T", low=5, high=5), ["'T'", "not above 5"]),
        (lambda: Continuous(name="T", low=0, high=1, resolution=3), ["'T'", "wider"]),
        (lambda: Categorical(name="g", values=("a",)), ["'g'", "'a'"]),
        (lambda: Categorical(name="g", values=("a", "b", "a")), ["'g'", "different"]),
    ],
)
def test_ranges_that_span_nothing_are_refused(make: object, words: list[str]) -> None:
    with pytest.raises(SpaceError) as caught:
        make()  # type: ignore[operator]
    assert all(word in str(caught.value) for word in words)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x=0:0.375:0.0625", Stepped(name="x", low=0, high=0.375, step=0.0625)),
        ("x = -1 : 1 : 0.5", Stepped(name="x", low=-1, high=1, step=0.5)),
        ("x=−1:1:0.5", Stepped(name="x", low=-1, high=1, step=0.5)),
        ("T=900~1200@5", Continuous(name="T", low=900, high=1200, resolution=5)),
        ("温度=９００～１２００", Continuous(name="温度", low=900, high=1200)),
        ("T [°C]=900~1200@5", Continuous(name="T", low=900, high=1200, resolution=5, unit="°C")),
        ("t[h]=0:2:0.5", Stepped(name="t", low=0, high=2, step=0.5, unit="h")),
        ("gas=air, Ar,O2", Categorical(name="gas", values=("air", "Ar", "O2"))),
        (
            "grain=fine<middle<coarse",
            Categorical(name="grain", values=("fine", "middle", "coarse"), encoding="ordinal"),
        ),
    ],
)
def test_notation(text: str, expected: Settable) -> None:
    assert parse_parameter(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "x=",
        "=0:1:0.1",
        "x=0:1",
        "x=0:1:a",
        "x=0~",
        "x=0~1~2",
        "x=0@1~2",
        "x=nan~1",
        "x=3",
        "x=0:1:1_0",
        "gas[h]=air,Ar",
        "[h]=0:1:0.5",
    ],
)
def test_unreadable_notation_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        parse_parameter(text)
