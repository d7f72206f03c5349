"""The benchmark of phases runs production code, and its tables are what they say."""

from __future__ import annotations

import numpy as np
import pytest

from bench.phases.__main__ import WAYS, made, searched
from bench.phases.tables import TABLES, Table, lyczp, step
from tansaku.strategy import STRATEGIES
from tansaku.studies.of_campaign import history_search


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
    (samples,) = searched(table, [3], way)
    assert 2 <= samples <= 16
    assert searched(table, [3], way).tolist() == [samples]


def test_what_is_told() -> None:
    """The phase of every sample, of every other one in the order of making, or of none."""
    table, picks = lyczp(0), np.array([0, 4, 1, 5])
    campaign = made(table)
    found = {}
    for way, kind in WAYS.items():
        search = history_search(
            campaign.document.campaign, campaign.state, STRATEGIES["standard"],
            samples=5, seed=0, kind=kind,
        )  # fmt: skip
        found[way] = search.joint(picks).outcomes[0].phases
    assert found["told"] is not None
    assert found["told"].values.tolist() == [[0, 1, 0, 0]]
    assert found["every other"] is found["not told"] is None
    other = history_search(
        campaign.document.campaign, campaign.state, STRATEGIES["standard"],
        samples=5, seed=0, kind=WAYS["every other"],
    ).joint(picks[[0, 2, 1, 3]]).outcomes[0].phases  # fmt: skip
    assert other is not None
    assert other.values.tolist() == [[0, -1, 1, -1]]
