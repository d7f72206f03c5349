"""The benchmark of failures runs production code, and its tables are what they say."""

from __future__ import annotations

import numpy as np
import pytest

from bench.failures.__main__ import WAYS, searched
from bench.failures.tables import TABLES, Table, corner, scattered
from bench.to_the_best import interval


@pytest.mark.parametrize("name", TABLES)
def test_tables(name: str) -> None:
    """Some candidates fail, the best does not, and a run has the same table again."""
    table, again = TABLES[name](2), TABLES[name](2)
    assert 0 < (~table.works).sum() < len(table.y) / 2
    assert table.works[table.best]
    np.testing.assert_array_equal(table.works, again.works)


def test_the_corner_is_that_of_the_article() -> None:
    table = corner(0)
    assert (~table.works).nonzero()[0].tolist() == [0, 1, 2, 3, 4]
    assert (scattered(0).works != scattered(1).works).any()


@pytest.mark.parametrize("way", WAYS)
def test_a_search_ends_at_the_best(way: str) -> None:
    grid = np.linspace(0, 1, 4)
    X = np.stack(np.meshgrid(grid, grid, indexing="ij"), -1).reshape(-1, 2)
    table = Table(X, X.sum(1), X[:, 0] < 0.9)
    ((samples, failed),) = searched(table, [3], way)
    assert 2 <= samples <= 16
    assert 0 <= failed <= 4
    np.testing.assert_array_equal(searched(table, [3], way), [[samples, failed]])


def test_interval_of_equal_savings() -> None:
    assert interval(np.full(5, 2.0)) == (2.0, 2.0)
