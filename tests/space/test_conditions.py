"""Conditions in words, against Python's own comparisons."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tansaku.errors import TansakuError
from tansaku.space import Allowed, Categorical, Condition, Space, Stepped

SPACE = Space.from_parameters(
    [
        Stepped(name="x", low=0, high=1, step=0.1),
        Stepped(name="T (degC)", low=900, high=1200, step=50),
        Categorical(name="gas", values=("Ar", "O2", "N2 and H2")),
    ]
)
MATRIX = SPACE.matrix
X, T, GAS = MATRIX.T


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x > 0.25", X > 0.25),
        ("x <= 0.3", X < 0.35),
        ("T (degC) >= 1000", T >= 1000),
        ("'T (degC)' < 1000 and x = 0.1", (T < 1000) & (np.abs(X - 0.1) < 1e-9)),
        ("x + 'T (degC)'/1000 > 1.5", X + T / 1000 > 1.5 + 1e-9),
        ("gas = Ar", GAS == 0),
        ("gas=o2", GAS == 1),
        ("gas != Ar", GAS != 0),
        ("gas in Ar|O2 and 0.2 <= x <= 0.4", (GAS < 2) & (X > 0.15) & (X < 0.45)),
        ("gas = 'N2 and H2'", GAS == 2),
        ("x ＞ ０．２５ かつ gas = Ar", (X > 0.25) & (GAS == 0)),
    ],
)
def test_what_is_meant(text: str, expected: np.ndarray) -> None:
    assert (Condition.parse(text, SPACE).holds(MATRIX) == expected).all()


@given(st.floats(0, 1), st.sampled_from(["<", "<=", ">", ">="]), st.booleans())
def test_a_grid_within_conditions_has_just_those_points(at: float, sign: str, denied: bool) -> None:
    """The grid's own rules and the mask say the same, of what is required and of what is denied."""
    condition = Condition.parse(f"x {sign} {at:.3f}", SPACE)
    allowed = Allowed(denied=(condition,)) if denied else Allowed((condition,))
    levels = SPACE.grid.levels(np.arange(SPACE.grid.product))
    grid = allowed.within(SPACE.grid)
    mask = allowed.mask(SPACE.grid.matrix(levels))
    assert (grid.holds(levels) == mask).all()
    for constraint in grid.constraints:
        for rule in constraint.rules:
            assert rule.holds(levels)[mask].all()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "says nothing"),
        ("z > 1", "no parameter 'z'"),
        ("gas > 1", "is a choice"),
        ("gas = He", "'He' is no choice of gas"),
        ("x >", "cannot be read"),
        ("x", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, says: str) -> None:
    with pytest.raises(TansakuError, match=says):
        Condition.parse(text, SPACE)


@given(st.text(st.sampled_from("x <>=&'\"\0Oa2nd.1")) | st.text())
def test_no_text_breaks_the_reading(text: str) -> None:
    """It is a condition, or refused in words."""
    try:
        Condition.parse(text, SPACE)
    except TansakuError as error:
        assert error.message  # noqa: PT017 either of the two is right


def test_fixed_inputs() -> None:
    found = Condition.fixed({"x": 0.3, "gas": "O2"}, SPACE)
    assert (found.holds(MATRIX) == ((np.abs(X - 0.3) < 1e-9) & (GAS == 1))).all()
    with pytest.raises(TansakuError, match="no parameter 'z'"):
        Condition.fixed({"z": 1}, SPACE)
    tiny = Space.from_matrix(("c",), np.array([[1e-7], [2e-7], [3e-7]]))
    assert Condition.fixed({"c": 2e-7}, tiny).holds(tiny.matrix).tolist() == [False, True, False]
