"""Laws of the harness: splits, starts, caches and scores."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from bench.quality.pick_files import fault, read_picks, sequence_length
from bench.quality.score import (
    expected_best,
    paired_bootstrap,
    random_regret,
    regret,
    results,
    samples_to_best,
)
from bench.quality.starts import starts
from bench.quality.synthetic_tables import needle, synthetic_tables
from bench.quality.table import Table, average_replicates, make_table
from bench.quality.tables import load_tables

TABLES = {t.name: t for t in synthetic_tables()}


def line(n: int = 50) -> Table:
    """y = x on 0..n-1, so that row n-1 is the best and the mean is (n-1)/2."""
    x = np.arange(n, dtype=float)
    return make_table("line", "line", x[:, None], ("x",), x, note="y = x", held_out=False)


@pytest.mark.parametrize("name", TABLES)
def test_table_is_finite_unique_and_repeatable(name: str) -> None:
    table = TABLES[name]
    assert table.X.shape == (len(table.y), len(table.columns))
    assert len(np.unique(table.X, axis=0)) == len(table.y)
    assert (np.ptp(table.X, axis=0) > 0).all()
    assert table.crc == {t.name: t.crc for t in synthetic_tables()}[name]


def test_absent_data_folder_leaves_the_synthetic_tables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert set(load_tables(tmp_path / "absent")) == set(TABLES)
    assert "skipped" in capsys.readouterr().err


def test_needle_stands_beside_the_worst_point() -> None:
    table = TABLES["needle_2d"]
    assert table.family == needle.__name__
    step = np.ptp(table.X, axis=0) / 12
    gap = np.abs(table.X[table.y.argmax()] - table.X[table.y.argmin()]) / step
    assert gap.max() <= 2.01


def test_replicates_are_averaged() -> None:
    X, y = average_replicates(np.array([[1.0], [0.0], [1.0]]), np.array([1.0, 5.0, 3.0]))
    assert X.tolist() == [[0.0], [1.0]]
    assert y.tolist() == [5.0, 2.0]


def test_starts_have_the_prefix_property() -> None:
    table = line()
    assert np.array_equal(starts(table, 10), starts(table, 100)[:10])
    assert all(len(set(run)) == 5 for run in starts(table).tolist())


def test_regret_by_hand() -> None:
    table = line()
    found_sixth = np.array([[0, 1, 2, 3, 4, 49, *range(5, 39)]])
    assert regret(table, found_sixth) == pytest.approx([0.0])
    assert samples_to_best(table, found_sixth).tolist() == [6.0]
    rising = np.arange(40)[None]
    expected = np.mean([(49 - k) / 24.5 for k in range(5, 40)])
    assert regret(table, rising) == pytest.approx([expected])
    assert samples_to_best(table, rising).tolist() == [np.inf]


def test_repeated_or_short_picks_are_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        regret(line(), np.zeros((1, 40), dtype=int))
    with pytest.raises(ValueError, match="expected"):
        regret(line(), np.arange(10)[None])


@pytest.mark.parametrize(
    "rest", [[1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 2.0, 7.0, 7.0, 1.0, 7.0], [3.0] * 4]
)
@pytest.mark.parametrize("best", [-1.0, 2.5, 7.0])
def test_expected_best_is_that_of_all_orders(best: float, rest: list[float]) -> None:
    """With equal rows, with a best before the first draw, and to the end of the table."""
    orders = np.array([*permutations(rest)])
    every = np.maximum(np.maximum.accumulate(orders, axis=1), best).mean(axis=0)
    for draws in range(1, len(rest) + 1):
        found = expected_best(np.array([best]), np.array([rest]), draws)
        assert found == pytest.approx(every[None, :draws], rel=1e-12)


def test_random_regret_is_the_mean_regret_of_all_orders() -> None:
    """Also where the start holds the best row: that regret is 0."""
    y = np.array([0.0, 4.0, 1.0, 9.0, 4.0, 2.0, 9.0, 3.0, 5.0, 1.0])
    x = np.arange(10.0)
    table = make_table("ten", "line", x[:, None], ("x",), y, note="by hand", held_out=False)
    first = np.array([[0, 1, 2, 9, 5], [3, 0, 1, 2, 4]])
    every = [
        np.mean(
            [regret(table, [[*start, *rest]]) for rest in permutations({*range(10)} - {*start})]
        )
        for start in first.tolist()
    ]
    assert random_regret(table, first) == pytest.approx(every, rel=1e-12)
    assert every[1] == 0 < every[0]


def test_paired_bootstrap_sees_a_constant_ratio_and_difference() -> None:
    b = np.linspace(0.1, 0.4, 12)
    assert paired_bootstrap(0.5 * b, b) == pytest.approx((0.5, 0.5, 0.5))
    assert paired_bootstrap(b + 0.1, b, "difference") == pytest.approx((0.1, 0.1, 0.1))


def test_results_rank_the_better_strategy_first() -> None:
    table = line()
    first = starts(table, 4)
    up = np.stack([[*s, *np.setdiff1d(np.arange(50), s)[:35]] for s in first])
    down = np.stack([[*s, *np.setdiff1d(np.arange(50), s)[::-1][:35]] for s in first])
    found = results({"down": {"line": down}, "up": {"line": up[:3]}}, {"line": table}, ["up"])
    assert found.rows[0].runs == 3
    assert found.rows[0].rank == {"down": 1.0, "up": 2.0}
    assert found.summaries["down"].geometric_ratio < 1
    assert found.summaries["up"].geometric_ratio == pytest.approx(1.0)


def test_other_starts_are_refused() -> None:
    table = line()
    picks = np.stack([np.random.default_rng(k).permutation(50)[:40] for k in range(2)])
    with pytest.raises(ValueError, match="same starts"):
        results({"a": {"line": picks}, "b": {"line": picks[::-1]}}, {"line": table}, ["a"])


def test_cache_of_another_table_is_not_used() -> None:
    table = line()
    rest = [np.setdiff1d(np.arange(50), s)[:35] for s in starts(table, 2)]
    picks = np.hstack([starts(table, 2), rest]).tolist()
    good = {"table_crc": table.crc, "picks": picks}
    assert fault(good, table) is None
    assert "crc" in str(fault(good | {"table_crc": 1}, table))
    assert "starts" in str(fault(good | {"picks": picks[::-1]}, table))
    assert sequence_length(line(16)) == 16
    assert read_picks("nobody", table) is None
