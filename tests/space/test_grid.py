"""Grids and constraints beside brute force: itertools and fractions."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tansaku.errors import FormulaError, NotInPoolError, SpaceError, TableError
from tansaku.space import Categorical, Continuous, Space, Stepped
from tansaku.space.grid import BLOCK

X = Stepped(name="x", low=0, high=1, step=0.1)
Y = Stepped(name="y", low=0.05, high=0.95, step=0.15)
T = Stepped(name="T", low=900, high=1000, step=50)
GAS = Categorical(name="gas", values=("air", "Ar", "O2"))

SENSES = {
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "=": lambda a, b: a == b,
}


def settings_of(parameter: Stepped) -> list[Fraction]:
    """The settings as a person writes them."""
    low, step = Fraction(str(parameter.low)), Fraction(str(parameter.step))
    return [low + i * step for i in range(parameter.count)]


@given(
    st.integers(-20, 20),
    st.integers(-20, 20),
    st.sampled_from(sorted(SENSES)),
    st.integers(-300, 300),
)
def test_linear_constraints_are_exact_on_the_boundary(a: int, b: int, sense: str, c: int) -> None:
    """Decimals whose floats add up wrongly, 0.1 + 0.2 <= 0.3, are decided as on paper."""
    wanted = [
        (float(x), float(y), 0.0)
        for x in settings_of(X)
        for y in settings_of(Y)
        if SENSES[sense](Fraction(a, 10) * x + Fraction(b, 10) * y, Fraction(c, 100))
    ]
    if not a and not b:
        return
    text = f"{a / 10}*x + {b / 10}*y {sense} {c / 100}"
    only = Categorical(name="gas", values=("air", "Ar"))
    if len(wanted) == 0:
        with pytest.raises(SpaceError):
            Space.from_parameters([X, Y, only], [text])
        return
    space = Space.from_parameters([X, Y, only], [text])
    assert space.size == 2 * len(wanted)
    assert [tuple(row) for row in space.matrix[::2].tolist()] == wanted


def test_the_order_is_that_of_a_product_and_labels_are_places_in_it() -> None:
    space = Space.from_parameters([X, T, GAS], ["x <= 0.35", "T > 900"])
    every = list(itertools.product(range(11), range(3), range(3)))
    kept = [(i, level) for i, level in enumerate(every) if level[0] <= 3 and level[1] > 0]
    assert space.labels.tolist() == [i for i, _level in kept]
    for position, (label, (i, j, k)) in enumerate(kept):
        inputs = {"x": i / 10, "T": 900.0 + 50 * j, "gas": GAS.values[k]}
        assert space.inputs_of(position) == inputs
        assert space.find(inputs) == position
        assert space.locate(inputs).label == label
    assert Space.model_validate_json(space.model_dump_json()) == space


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("x*y <= 0.2", lambda x, y: x * y <= Fraction(1, 5)),
        ("x^2 + y^2 <= 0.5", lambda x, y: x**2 + y**2 <= Fraction(1, 2)),
        ("0.1 <= x + y <= 0.5", lambda x, y: Fraction(1, 10) <= x + y <= Fraction(1, 2)),
        ("x/3 + 2y >= 0.5", lambda x, y: x / 3 + 2 * y >= Fraction(1, 2)),
    ],
)
def test_constraints_in_words(text: str, holds: object) -> None:
    space = Space.from_parameters([X, Y], [text])
    wanted = [
        (float(x), float(y))
        for x, y in itertools.product(settings_of(X), settings_of(Y))
        if holds(x, y)  # type: ignore[operator]
    ]
    assert [tuple(row) for row in space.matrix.tolist()] == wanted


def test_names_in_capitals_and_in_japanese_can_be_constrained() -> None:
    heat = Stepped(name="温度", low=0, high=4, step=1)
    space = Space.from_parameters([T, heat, X], ["T + 10*温度 <= 920", "2T > 温度"])
    assert {(r[0], r[1]) for r in space.matrix.tolist()} == {(900, 0), (900, 1), (900, 2)}


def test_blocks_are_the_grid() -> None:
    parts = [Stepped(name=n, low=0, high=39, step=1) for n in "abc"]
    space = Space.from_parameters([*parts, GAS], ["a + b <= 40", "c > 1"])
    assert space.grid.product == 192_000 > 2 * BLOCK
    levels = np.array(list(itertools.product(range(40), range(40), range(40), range(3))))
    kept = levels[(levels[:, 0] + levels[:, 1] <= 40) & (levels[:, 2] > 1)]
    assert space.size == len(kept)
    blocks = list(space.grid.blocks())
    assert len(blocks) > 2
    np.testing.assert_array_equal(space.grid.levels(np.concatenate(blocks)), kept)


def test_a_grid_of_ten_billion_is_a_space_at_once() -> None:
    parts = [Stepped(name=f"x{i}", low=0, high=9, step=1) for i in range(10)]
    space = Space.from_parameters(parts)
    assert space.size == 10**10
    assert not space.listed
    inputs = {f"x{i}": float(i) for i in range(10)}
    assert space.locate(inputs).label == 123456789
    bound = Space.from_parameters(parts, ["x0 + x1 <= 3"])
    assert bound.size is None
    assert bound.grid.block(0, 20).tolist() == list(range(20))


@pytest.mark.parametrize(
    ("parameters", "constraints", "words"),
    [
        ([X, X], [], ["'x'", "twice"]),
        ([], [], ["no parameters"]),
        ([X, Y], ["x + z <= 1"], ["'z'", "x, y"]),
        ([X, GAS], ["gas <= 1"], ["'gas'", "choice"]),
        ([X, Y], ["x + y <= 0.5", "x + y >= 0.6"], ["'x + y <= 0.5'", "'x + y >= 0.6'"]),
        ([X, Y], ["x <= 0.5", "x + y >= 5"], ["'x + y >= 5'", "No setting"]),
        ([X, Y], ["x*y >= 2", "x <= 0.5"], ["'x*y >= 2'", "No setting"]),
        ([X, Y], ["x*y >= 0.4", "x + y <= 0.5"], ["'x*y >= 0.4'", "'x + y <= 0.5'"]),
        ([X, Y, T], ["x + y <= 0.5", "x >= 0.2", "y >= 0.4"], ["Without one", "'x >= 0.2'"]),
        ([X, Y], ["x + y = 0.33"], ["'x + y = 0.33'"]),
        ([Continuous(name="u", low=0, high=1), X], ["u + x >= 3"], ["'u + x >= 3'"]),
        ([X], ["x >= 1"], ["1 candidates"]),
    ],
)
def test_spaces_without_candidates_name_the_culprit(
    parameters: list[Stepped], constraints: list[str], words: list[str]
) -> None:
    with pytest.raises(SpaceError) as caught:
        Space.from_parameters(parameters, constraints)
    assert all(word in str(caught.value) for word in words)


def test_a_constraint_that_is_none_points_at_the_character() -> None:
    with pytest.raises(FormulaError, match="comparison"):
        Space.from_parameters([X, Y], ["x + y"])


def test_what_is_no_candidate_is_told_with_the_nearest() -> None:
    space = Space.from_parameters([X, T, GAS], ["x <= 0.5"])
    with pytest.raises(NotInPoolError, match=r"row 2: .*x=0\.23.*x=0\.2, T=950, gas=Ar"):
        space.locate({"x": 0.23, "T": 950, "gas": "Ar"}, where="row 2")
    with pytest.raises(NotInPoolError, match=r"T=1000, gas=air"):
        space.locate({"x": 0.2, "T": 2000, "gas": "air"})
    with pytest.raises(NotInPoolError, match=r"breaks the constraint 'x <= 0\.5'"):
        space.locate({"x": 0.6, "T": 950, "gas": "Ar"})
    with pytest.raises(NotInPoolError, match=r"'N2' is no choice of gas.*air, Ar, O2"):
        space.locate({"x": 0.2, "T": 950, "gas": "N2"})
    with pytest.raises(TableError, match="missing: gas"):
        space.locate({"x": 0.2, "T": 950})
    assert space.locate({"x": 0.1 + 0.2, "T": 950, "gas": "Ar"}).row.tolist() == [0.3, 950, 1]


def test_a_free_space_takes_what_can_be_set_and_nothing_else() -> None:
    heat = Continuous(name="T", low=900, high=1200, resolution=5)
    space = Space.from_parameters([heat, X], ["T + 1000*x <= 1500"])
    assert space.size is None
    assert space.locate({"T": 1005, "x": 0.4}).label is None
    assert space.locate({"T": 1003, "x": 0.4}).row.tolist() == [1003, 0.4]
    with pytest.raises(NotInPoolError, match=r"x=0\.4"):
        space.locate({"T": 1005, "x": 0.41})
    with pytest.raises(NotInPoolError, match="breaks"):
        space.locate({"T": 1105, "x": 0.4})
    assert Space.model_validate_json(space.model_dump_json()) == space
