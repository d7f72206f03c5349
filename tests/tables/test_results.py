"""Results are matched to the pool, all rows or none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tansaku.errors import CellError, NotInPoolError, TableError
from tansaku.space import Space, Target
from tansaku.tables import read_table, results, understand

SPACE = Space.from_matrix(
    ("x", "T"), np.array([[x, t] for x in (0.0, 0.05, 0.1, 0.15) for t in (900.0, 1000.0)])
)
Y = [Target(name="y")]
LOG = [Target.parse("y:max:log10")]


def rows(*cells: tuple[object, object, object]) -> pd.DataFrame:
    return pd.DataFrame(list(cells), columns=["x", "T", "y"])


def test_rows_are_found_and_empty_ones_counted() -> None:
    frame = rows((0.1, 1000, 3.0), (0.05, 900, None), (0.15000000001, 900.0, "２"), ("?", "", " "))
    found = results(frame, SPACE, Y)
    assert [(r.line, r.position, r.values) for r in found] == [(0, 5, (3.0,)), (2, 6, (2.0,))]
    assert (len(found), found.empty) == (2, 2)


def test_replicates_in_one_table_stay_apart() -> None:
    found = results(rows((0.1, 900, 1.0), (0.1, 900, 2.0)), SPACE, Y)
    assert [r.position for r in found] == [4, 4]
    assert [r.values for r in found] == [(1.0,), (2.0,)]


def test_one_row_and_equal_values_may_be_recorded() -> None:
    assert len(results(rows((0.1, 900, 1.0)), SPACE, Y)) == 1
    assert len(results(rows((0.1, 900, 1.0), (0.05, 900, 1.0)), SPACE, LOG)) == 2


@given(st.lists(st.tuples(st.integers(0, 7), st.floats(-0.9e-6, 0.9e-6)), min_size=1, max_size=30))
def test_every_candidate_is_found_within_the_tolerance(made: list[tuple[int, float]]) -> None:
    spans = np.array([0.15, 100.0])
    points = [np.array(SPACE.pool.rows[i]) + shift * spans for i, shift in made]
    frame = pd.DataFrame(points, columns=["x", "T"]).assign(y=1.0)
    assert [r.position for r in results(frame, SPACE, Y)] == [i for i, _shift in made]


@pytest.mark.parametrize(
    ("frame", "targets", "error", "words"),
    [
        (rows(), Y, TableError, ["no rows"]),
        (rows((0.1, 900, None), (0.1, 900, "")), Y, TableError, ["No row has a value", "'y'", "2"]),
        (rows((0.1, 900, "x")), Y, CellError, ["row 1", "'y'", "'x'"]),
        (rows((0.1, 900, 1), (0.1, None, 1)), Y, CellError, ["row 2", "'T'", "empty"]),
        (rows((0.1, 900, 1), ("a", 900, 1)), Y, CellError, ["row 2", "'x'", "'a'"]),
        (rows((0.1, 900, 0)), LOG, CellError, ["row 1", "'y'", "no log10"]),
        (rows((0.1, 900, np.inf)), Y, CellError, ["row 1", "'y'", "infinite"]),
        (rows((0.1, 900, 1), (0.12, 900, 1)), Y, NotInPoolError, ["row 2", "x=0.12, T=900"]),
        (rows((0.1, 901, 1)), Y, NotInPoolError, ["row 1", "T=901"]),
        (rows((1e9, -1e9, 1)), Y, NotInPoolError, ["row 1", "x=1e+09"]),
        (rows((0.1, 900, 1)).drop(columns="T"), Y, TableError, ["no column 'T'"]),
        (rows((0.1, 900, 1)), [*Y, Target(name="z")], TableError, ["no column 'z'"]),
    ],
)
def test_what_cannot_be_recorded(
    frame: pd.DataFrame, targets: list[Target], error: type[TableError], words: list[str]
) -> None:
    with pytest.raises(error) as caught:
        results(frame, SPACE, targets)
    assert all(word in caught.value.message for word in words)
    assert caught.value.hint


def test_strangers_are_all_named_with_the_nearest_candidate(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("x,T,y\n0.1,900,1\n0.11,900,1\n0.1,905,2\n0.1,950,\n", encoding="utf-8")
    with pytest.raises(NotInPoolError) as caught:
        results(read_table(path), SPACE, Y)
    assert "row 2 (line 3 of the sheet)" in caught.value.message
    assert "nearest candidate is x=0.1, T=900 (pool_row 4)" in caught.value.hint
    assert "row 3 (line 4 of the sheet)" in caught.value.hint
    assert "line 5" not in caught.value.hint


def test_a_sample_that_failed_may_have_some_of_its_results() -> None:
    """Others have all of them or none, where whole rows are asked for."""
    frame = pd.DataFrame({"x": [1, 2, 3], "a": [1, 2, 3], "b": [4, "cracked", 6]})
    wanted = [Target(name="a"), Target(name="b")]
    found = understand(frame, ["x"], wanted, outcomes=True)
    assert [each.failed for each in found.outcomes] == ["", "cracked", ""]
    assert found.values[1][0] == 2
    frame["b"] = [4, None, 6]
    with pytest.raises(CellError, match="another target of this row is filled"):
        understand(frame, ["x"], wanted, outcomes=True)


def test_a_limit_is_no_value_that_differs() -> None:
    """Two equal values of a finished table teach nothing; a search may begin with them."""
    frame = pd.DataFrame({"x": [1, 2, 3], "y": ["2", "2", "<5"]})
    assert len(understand(frame, ["x"], [Target(name="y")], outcomes=True).values) == 3
    with pytest.raises(TableError, match="All 2 measured values of 'y' are 2"):
        understand(frame[:2], ["x"], [Target(name="y")])


def test_a_limit_is_no_replicate_that_disagrees() -> None:
    """Of values alone it is said that they scatter: a limit beside one may be right."""
    frame = pd.DataFrame({"x": [0, 0, 1, 2], "y": ["1e-3", "<1e-8", "2e-3", "3e-3"]})
    notices = understand(frame, ["x"], [Target(name="y")], outcomes=True).notices
    assert not any("disagree" in notice for notice in notices)
    frame["y"] = ["1e-3", "1e-8", "2e-3", "3e-3"]
    notices = understand(frame, ["x"], [Target(name="y")], outcomes=True).notices
    assert any("disagree" in notice for notice in notices)
