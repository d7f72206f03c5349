"""A parameter in one short text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tansaku.encode import encoder_for
from tansaku.errors import SpaceError, UsageError
from tansaku.space import Categorical, Continuous, Discrete, Scale, Settable, Space, Stepped
from tansaku.space.notation import parse_parameter
from tansaku.space.parameters import proposed_scale

LOG = Scale.LOG10


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("T=600,700,850,900", Discrete(name="T", values=(600, 700, 850, 900))),
        ("T[K]=850,700,600", Discrete(name="T", values=(600, 700, 850), unit="K")),
        ("T=600<700<850", Discrete(name="T", values=(600, 700, 850))),
        ("T=600,700,800", Stepped(name="T", low=600, high=800, step=100)),
        ("x=1/4,1/3,1/2", Discrete(name="x", values=(1 / 4, 1 / 3, 1 / 2))),
        ("c=1e-6,1e-4,1e-3", Discrete(name="c", values=(1e-6, 1e-4, 1e-3), scale=LOG)),
        ("c=1e-6,1e-4,1e-3:linear", Discrete(name="c", values=(1e-6, 1e-4, 1e-3))),
        ("c=1e-6~0.1", Continuous(name="c", low=1e-6, high=0.1, scale=LOG)),
        ("c=1e-6~0.1:linear", Continuous(name="c", low=1e-6, high=0.1)),
        ("c=0.01~1", Continuous(name="c", low=0.01, high=1)),
        ("c=1e-3:0.1:0.5:log10", Stepped(name="c", low=1e-3, high=0.1, step=0.5, scale=LOG)),
        ("lot='1','2'", Categorical(name="lot", values=("1", "2"))),
        ("lot=1,2b", Categorical(name="lot", values=("1", "2b"))),
        ("r='1:2','1:3'", Categorical(name="r", values=("1:2", "1:3"))),
        ('l=O=CC,"CC(=O)O[Na],x"', Categorical(name="l", values=("O=CC", "CC(=O)O[Na],x"))),
        ("g=a<b", Categorical(name="g", values=("a", "b"), encoding="ordinal")),
    ],
)
def test_numbers_are_numbers_and_names_need_a_word_or_quotes(text: str, found: Settable) -> None:
    """Also uneven numbers, which have order and distance; over decades on a log scale."""
    assert parse_parameter(text) == found


@pytest.mark.parametrize(
    "text",
    ["x=0,05", "x=0,05,0,1", "x=1,1", "g=air", "g=Ar,,N2", "g=a,b<c", "r=1:2,1:3", "c=0~1:log10"],
)
def test_what_could_be_meant_in_two_ways_is_refused(text: str) -> None:
    """A decimal comma, a name alone, a log scale from 0."""
    with pytest.raises((UsageError, SpaceError)):
        parse_parameter(text)


@given(st.lists(st.integers(1, 9999), min_size=2, max_size=9, unique=True))
def test_each_number_is_a_setting_and_nothing_else(numbers: list[int]) -> None:
    """Whether evenly apart or not."""
    text = "T=" + ",".join(f"{n / 1000:g}" for n in numbers) + ":linear"
    found = parse_parameter(text)
    assert isinstance(found, Stepped | Discrete)
    assert found.at(np.arange(found.count)).tolist() == sorted(n / 1000 for n in numbers)


@pytest.mark.parametrize(
    "text", ["c=1e-6~0.1", "c=3.3e-6~0.07", "c=1e-3:0.1:0.25:log10", "c=1~2000@0.01:log10",
             "T=600,700,850,900", "c=1e-9,1e-7,3e-4"],
)  # fmt: skip
def test_settings_are_found_again_and_spread_evenly_on_the_scale(text: str) -> None:
    """levels(at(l)) is l with no distance; the encoded values run from 0 to 1."""
    found = parse_parameter(text)
    levels = np.arange(found.count)
    values = found.at(levels)
    again, off = found.levels(values)
    assert again.tolist() == levels.tolist()
    assert off.max() < 1e-9
    assert (np.diff(values) > 0).all()
    space = Space.from_parameters([found])
    encoder = encoder_for(space)
    X = encoder.encode(values[:, None]).X[:, 0]
    assert X[0] == pytest.approx(0)
    assert X[-1] == pytest.approx(1)
    np.testing.assert_allclose(encoder.decode(X[:, None])[:, 0], values, rtol=1e-12)
    if isinstance(found, Continuous):  # each decade holds as much of the encoded range
        assert X[np.searchsorted(values, values[0] * 10)] == pytest.approx(
            1 / np.log10(values[-1] / values[0]), abs=0.01
        )


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        (np.logspace(-6, -1, 21), "log10"),
        ([1e-3, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0], "linear"),
        ([0, 1e-6, 1e-3, 0.1], "linear"),
        ([600, 1200], "linear"),
        ([1, 10, 100], "log10"),
    ],
)
def test_the_scale_follows_from_how_the_numbers_lie(values: list[float], scale: str) -> None:
    """Evenly by decades or evenly by differences."""
    assert proposed_scale(np.array(values, dtype=float)).value == scale
