"""Every encoding undoes itself, for every kind of parameter."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tansaku.encode import encoder_for, region_of
from tansaku.encode.one_hot import OneHot
from tansaku.encode.unit_range import UnitRange
from tansaku.space import Categorical, Continuous, Space, Stepped
from tests.seeds import generator

ORDER = Categorical(name="grain", values=("fine", "middle", "coarse"), encoding="ordinal")
GAS = Categorical(name="gas", values=("air", "Ar", "O2", "N2"))
HEAT = Continuous(name="T", low=900, high=1200, resolution=7)
X = Stepped(name="x", low=-0.5, high=0.375, step=0.0625)
KINDS = {"stepped": X, "continuous": HEAT, "one_hot": GAS, "ordinal": ORDER}


@pytest.mark.parametrize("kind", [UnitRange, OneHot])
@pytest.mark.parametrize("names", [*itertools.permutations(KINDS, 2), tuple(KINDS)])
@given(seed=st.integers(0, 10**6))
def test_decode_undoes_encode(
    kind: type[UnitRange | OneHot], names: tuple[str, ...], seed: int
) -> None:
    space = Space.from_parameters([KINDS[name] for name in names])
    counts = [p.count for p in space.grid.parameters]
    matrix = space.grid.matrix(generator(seed).integers(0, counts, (9, len(counts))))
    encoder = kind.of(space)
    design = encoder.encode(matrix)
    assert design.X.shape[1] == len(design.names) == len(encoder.spans)
    assert design.X.min() >= -1e-12
    assert design.X.max() <= 1 + 1e-12
    np.testing.assert_allclose(encoder.decode(design.X), matrix, rtol=1e-12, atol=1e-12)


def test_choices_are_half_a_range_apart_and_equally_so() -> None:
    space = Space.from_parameters([X, GAS, ORDER])
    design = encoder_for(space).encode(np.array([[0.0, level, 0.0] for level in range(4)]))
    gaps = np.linalg.norm(design.X[:, None] - design.X[None], axis=-1)
    np.testing.assert_allclose(gaps, 0.5 * (1 - np.eye(4)))
    assert design.names == ("x", "gas=air", "gas=Ar", "gas=O2", "gas=N2", "grain")
    ordered = encoder_for(space).encode(np.array([[0.0, 0, level] for level in range(3)]))
    np.testing.assert_allclose(ordered.X[:, -1], [0, 0.5, 1])


def test_a_region_encodes_as_the_encoder_does() -> None:
    space = Space.from_parameters([HEAT, GAS, X, ORDER], ["T + 100*x <= 1100"])
    encoder = encoder_for(space)
    region = region_of(space.grid, encoder)
    levels = generator(1).integers(0, region.sizes, (50, 4))
    encoded = region.encode(levels)
    np.testing.assert_array_equal(encoded, encoder.encode(space.grid.matrix(levels)).X)
    for i, column in enumerate(region.columns.tolist()):
        if column >= 0:
            np.testing.assert_allclose(encoded[:, column], levels[:, i] * region.steps[i])
    assert region.columns.tolist() == [0, -1, 5, 6]
    values = space.grid.matrix(levels)
    by_floats = values[:, 0] + 100 * values[:, 2] <= 1100 + 1e-9
    np.testing.assert_array_equal(region.holds(levels), by_floats)
