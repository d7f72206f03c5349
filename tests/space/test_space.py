"""The space: finding candidates, and what makes no pool."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tansaku.encode.one_hot import OneHot
from tansaku.encode.unit_range import UnitRange
from tansaku.errors import NotInPoolError, TableError
from tansaku.space import Space
from tansaku.space.values import settings
from tests.seeds import generator

matrices = st.integers(0, 10_000).map(
    lambda seed: generator(seed).normal(0, 10.0 ** generator(seed + 1).integers(-6, 6), (7, 3))
)


@given(matrices)
def test_every_candidate_is_found_where_it_stands(matrix: np.ndarray) -> None:
    space = Space.from_matrix(("a", "b", "c"), matrix)
    for i in range(len(space)):
        assert space.find(space.inputs_of(i)) == i
    assert Space.model_validate_json(space.model_dump_json()) == space


@pytest.mark.parametrize("kind", [UnitRange, OneHot])
@given(matrix=matrices)
def test_decode_undoes_encode(kind: type[UnitRange | OneHot], matrix: np.ndarray) -> None:
    encoder = kind.of(Space.from_matrix(("a", "b", "c"), matrix))
    design = encoder.encode(matrix)
    assert design.X.min() >= -1e-12
    assert design.X.max() <= 1 + 1e-12
    np.testing.assert_allclose(
        encoder.decode(design.X), matrix, rtol=1e-12, atol=1e-9 * np.abs(matrix).max()
    )


def test_a_miss_names_the_nearest_candidate() -> None:
    space = Space.from_matrix(("x",), np.array([[0.0], [0.5], [1.0]]), labels=[4, 5, 9])
    with pytest.raises(NotInPoolError, match=r"row 3.*x=0\.6.*x=0\.5.*pool_row 5"):
        space.find({"x": 0.6}, where="row 3")
    assert space.find({"x": 0.5 + 1e-9}) == 1


def test_wrong_inputs_are_named() -> None:
    space = Space.from_matrix(("x", "y"), np.array([[0.0, 1.0], [0.5, 2.0]]))
    with pytest.raises(TableError, match=r"missing: y.*unknown: z"):
        space.find({"x": 0.0, "z": 1.0})


def test_pools_that_allow_no_search_are_refused() -> None:
    with pytest.raises(TableError, match="1 candidates"):
        Space.from_matrix(("x",), np.array([[0.0]]))
    with pytest.raises(TableError, match="'b' has the same value 3"):
        Space.from_matrix(("a", "b"), np.array([[0.0, 3.0], [1.0, 3.0]]))


def test_settings_are_told_with_all_their_digits() -> None:
    assert settings({"x": 0.1, "y": 0.1234567, "n": 12345678.0, "gas": "Ar"}) == (
        "x=0.1, y=0.1234567, n=12345678, gas=Ar"
    )
