"""The benchmark of phases runs production code, and its tables are what they say."""

from __future__ import annotations

import numpy as np
import pytest

from bench.phases.__main__ import WAYS, searched, told
from bench.phases.tables import TABLES, Table, lyczp, step


@pytest.mark.parametrize("name", TABLES)
def test_tables(name: str) -> None:
    """Each phase has several candidates, and a run has the same table again."""
    table, again = TABLES[name](2), TABLES[name](2)
    assert np.bincount(table.phase).min() >= 5
    np.testing.assert_array_equal(table.y, again.y)


def test_values_jump_between_the_phases() -> None:
    """In LYCZP by about a decade."""
    table = lyczp(0)
    means = [table.y[table.phase == p].mean() for p in (0, 1)]
    assert means[0] - means[1] == pytest.approx(1.0, abs=0.05)
    field = step(0)
    assert field.phase[field.y.argmax()] == 1


@pytest.mark.parametrize("way", WAYS)
def test_a_search_ends_at_the_best(way: str) -> None:
    grid = np.linspace(0, 1, 4)
    X = np.stack(np.meshgrid(grid, grid, indexing="ij"), -1).reshape(-1, 2)
    table = Table(X, X.sum(1) + (X[:, 0] > 0.5), (X[:, 0] > 0.5).astype(int))
    samples = searched(table, 3, way)
    assert 2 <= samples <= 16
    assert searched(table, 3, way) == samples


def test_what_is_told() -> None:
    table, picks = lyczp(0), np.array([0, 4, 5, 18])
    assert told(table, picks, 0) is None
    assert told(table, picks[:1], 1) is None
    half = told(table, np.array([0, 1, 4, 5]), 2)
    assert half is not None
    assert half.values.tolist() == [[0, -1, 1, -1]]
    assert half.of.tolist() == [[0, 1]]
