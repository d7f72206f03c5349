"""Laws of merging and matching: the same settings, whatever the order, never a rounding grid."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tansaku.design import Floats
from tansaku.errors import NotInPoolError
from tansaku.space import Space
from tansaku.space.space import MATCH_TOLERANCE
from tansaku.tables.matching import MERGE_TOLERANCE, first_rows, nearest
from tests.seeds import generator

STEP = MATCH_TOLERANCE / 2


@st.composite
def tables(draw: st.DrawFn) -> Floats:
    """A few settings, each written several times with differences of about the tolerance."""
    d = draw(st.integers(1, 3))
    coarse = hnp.arrays(np.int64, (draw(st.integers(1, 12)), d), elements=st.integers(0, 3))
    fine = st.integers(-4, 4) | st.floats(-3, 3, allow_nan=False)
    grid = draw(coarse).astype(np.float64)
    noise = draw(hnp.arrays(np.float64, grid.shape, elements=fine)) * STEP
    scale = draw(st.sampled_from([1.0, 0.05, 1e-9, 1e6]))
    shift = draw(st.sampled_from([0.0, 1.0, -300.0]))
    ends = np.array([[0.0] * d, [3.0] * d])
    return np.asarray((np.vstack([grid + noise, ends]) / 3 + shift) * scale)


def spans_of(matrix: Floats) -> Floats:
    return np.asarray(np.ptp(matrix, axis=0))


def sequential(matrix: Floats) -> list[int]:
    """The definition, row by row: kept unless within the tolerance of a kept row."""
    kept: list[int] = []
    for i, row in enumerate(matrix):
        gaps = np.abs(matrix[kept] - row) / spans_of(matrix)
        if not (gaps.max(axis=1, initial=0) <= MERGE_TOLERANCE).any():
            kept.append(i)
    return kept


@given(tables())
def test_merging_is_the_row_by_row_definition(matrix: Floats) -> None:
    assert first_rows(matrix, spans_of(matrix)).tolist() == sequential(matrix)


@given(tables())
def test_every_row_is_found_at_its_candidate_as_by_space_find(matrix: Floats) -> None:
    pool = matrix[first_rows(matrix, spans_of(matrix))]
    names = [f"x{j}" for j in range(matrix.shape[1])]
    space = Space.from_matrix(names, pool)
    positions = nearest(matrix, pool, spans_of(pool))
    found = [space.find(dict(zip(names, row, strict=True))) for row in matrix.tolist()]
    gaps = np.abs(matrix - pool[positions]) / spans_of(pool)
    others = np.abs(matrix - pool[found]) / spans_of(pool)
    assert (positions >= 0).all()
    np.testing.assert_array_equal(gaps.max(axis=1), others.max(axis=1))


@given(tables(), st.randoms(use_true_random=False))
def test_strangers_are_told_from_candidates_as_by_space_find(matrix: Floats, random) -> None:
    pool = matrix[first_rows(matrix, spans_of(matrix))]
    names = [f"x{j}" for j in range(matrix.shape[1])]
    space = Space.from_matrix(names, pool)
    shifts = np.array([[random.uniform(-2, 2) for _ in row] for row in pool]) * MATCH_TOLERANCE
    points = pool + shifts * spans_of(pool)
    positions = nearest(points, pool, spans_of(pool))
    for point, position in zip(points.tolist(), positions.tolist(), strict=True):
        if position >= 0:
            space.find(dict(zip(names, point, strict=True)))
        else:
            with pytest.raises(NotInPoolError):
                space.find(dict(zip(names, point, strict=True)))


@given(tables())
def test_kept_rows_differ_and_repeat_nothing_earlier(matrix: Floats) -> None:
    kept = first_rows(matrix, spans_of(matrix))
    assert kept[0] == 0
    assert (np.diff(kept) > 0).all()
    again = first_rows(matrix[kept], spans_of(matrix))
    assert len(again) == len(kept)


def test_values_beside_a_rounding_border_are_one_setting() -> None:
    # Rounded to a grid of the tolerance these two would fall into different cells.
    x = np.array([[0.0], [0.4999995], [0.5000004], [1.0]])
    assert first_rows(x, spans_of(x)).tolist() == [0, 1, 3]


def test_spreadsheet_noise_is_no_difference() -> None:
    x = np.array([[0.1 + 0.2, 1.0], [0.3, 1.0], [0.0, 0.0], [1 / 3, 2.0], [0.333333333333, 2.0]])
    assert first_rows(x, spans_of(x)).tolist() == [0, 2, 3]


def test_dense_pools_and_many_replicates_stay_fast() -> None:
    rng = generator(0)
    grid = np.stack(np.meshgrid(*[np.arange(7.0)] * 5), -1).reshape(-1, 5)
    assert len(first_rows(grid, spans_of(grid))) == 7**5
    replicates = np.vstack([rng.normal(size=(20_000, 3)) * 1e-9, np.ones((1, 3))])
    assert first_rows(replicates, spans_of(replicates)).tolist() == [0, 20_000]
