"""A good table becomes a space with its measurements; a bad one is refused cell by cell."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tansaku.errors import CellError, TableError
from tansaku.space import Target
from tansaku.tables import read_table, understand
from tests.seeds import generator

Y = [Target(name="y")]
LOG = [Target.parse("y:max:log10")]
TWO = [Target(name="y"), Target(name="z")]


def table(x: list[object], y: list[object], **more: list[object]) -> pd.DataFrame:
    return pd.DataFrame({"x": x, "w": [float(i % 3) for i in range(len(x))], "y": y} | more)


def test_filled_rows_are_measurements_and_empty_ones_candidates() -> None:
    frame = table([0.1, 0.2, 0.3, 0.4, 0.5], [1.0, np.nan, "", " ", 2.0])
    reading = understand(frame, ["x", "w"], Y)
    assert len(reading.space) == 5
    assert reading.space.names == ("x", "w")
    assert reading.positions == reading.lines == (0, 4)
    assert reading.values == ((1.0,), (2.0,))
    assert reading.notices == ()


def test_a_table_without_measurements_is_a_pool() -> None:
    reading = understand(table([1, 2, 3], [None, None, None]), ["x"], LOG)
    assert reading.values == reading.positions == ()
    assert len(reading.space) == 3


def test_one_measurement_is_enough() -> None:
    assert understand(table([1, 2], [None, 3.0]), ["x"], Y).values == ((3.0,),)


def test_units_come_from_headers_and_names_stay_whole() -> None:
    frame = pd.DataFrame({" 温度（℃） ": [900, 1000], "t [h]": [1, 2], "sigma [S/cm]": [1.0, 2.0]})
    targets = [Target(name="sigma [S/cm]")]
    reading = understand(frame, ["温度（℃）", "t [h]"], targets)
    assert [(p.name, p.unit) for p in reading.space.inputs] == [("温度（℃）", "℃"), ("t [h]", "h")]
    assert reading.targets[0].unit == "S/cm"
    assert reading.targets[0].name == "sigma [S/cm]"
    stated = [Target(name="sigma [S/cm]", unit="mS/cm")]
    assert understand(frame, ["t [h]"], stated).targets[0].unit == "mS/cm"


def test_full_width_digits_and_typographic_minus_lose_nothing() -> None:
    frame = table(["０．１", "\u22120.2", 0.3], ["１ｅ\u2212５", None, "２"])
    reading = understand(frame, ["x"], LOG)
    assert reading.space.matrix.ravel().tolist() == [0.1, -0.2, 0.3]
    assert reading.values == ((1e-5,), (2.0,))


def test_repeated_rows_are_one_candidate_and_their_measurements_replicates() -> None:
    x = [0.1, 0.2, 0.1 + 1e-12, 0.3, 0.1, 0.2]
    frame = pd.DataFrame({"x": x, "y": [1.0, None, 3.0, 5.0, None, None]})
    reading = understand(frame, ["x"], Y)
    assert reading.space.pool.labels == (0, 1, 3)
    assert reading.positions == (0, 0, 2)
    assert reading.values == ((1.0,), (3.0,), (5.0,))
    assert reading.lines == (0, 2, 3)
    merged, disagree = reading.notices
    assert "3 (row 3, row 5, row 6)" in merged
    assert "'y'" in disagree
    assert "x=0.1" in disagree
    assert "from 1 to 3" in disagree


def test_replicates_that_agree_are_merged_without_a_complaint() -> None:
    frame = pd.DataFrame({"x": [0, 0, 1], "y": [2.0, 2.0, 5.0]})
    assert len(understand(frame, ["x"], Y).notices) == 1


def test_the_widest_disagreement_of_a_log_target_is_by_ratio() -> None:
    frame = pd.DataFrame({"x": [0, 0, 1, 1], "y": [1e-8, 1e-6, 1e-4, 3e-4]})
    assert "from 1e-08 to 1e-06" in understand(frame, ["x"], LOG).notices[1]
    assert "from 0.0001 to 0.0003" in understand(frame, ["x"], Y).notices[1]


def test_targets_with_several_columns() -> None:
    frame = table([1, 2, 3], [1.0, None, 2.0], z=[5.0, None, 6.0])
    reading = understand(frame, ["x"], TWO)
    assert reading.values == ((1.0, 5.0), (2.0, 6.0))


@given(st.permutations(range(12)))
def test_the_order_of_rows_changes_labels_only(order: list[int]) -> None:
    x = np.repeat([0.0, 0.1, 0.1, 0.3], 3) + np.tile([0.0, 1e-13, -1e-13], 4)
    y = [float(i) if i % 2 else None for i in range(12)]
    frame = pd.DataFrame({"x": x, "y": y})
    reading = understand(frame.iloc[list(order)], ["x"], Y)
    assert len(reading.space) == 3
    for line, position, (value,) in zip(
        reading.lines, reading.positions, reading.values, strict=True
    ):
        assert value == order[line]
        assert abs(reading.space.pool.rows[position][0] - x[order[line]]) < 1e-12
    first = [min(order.index(i) for i in g) for g in (range(3), range(3, 9), range(9, 12))]
    assert sorted(reading.space.pool.labels) == sorted(first)


GOOD = [1.0, 2.0, 3.0, 4.0]
NASTY: list[tuple[str, pd.DataFrame, list[str], list[Target], list[str]]] = [
    ("text in an input", table([0, 1, "abc", 3], GOOD), ["x"], Y, ["row 3", "'x'", "'abc'"]),
    ("missing input", table([0, None, 2, 3], GOOD), ["x"], Y, ["row 2", "'x'", "empty"]),
    ("blank input", table([0, 1, 2, "  "], GOOD), ["x"], Y, ["row 4", "'x'", "empty"]),
    ("nan input", table([0, np.nan, 2, 3], [None] * 4), ["x"], Y, ["row 2", "'x'", "empty"]),
    ("infinite input", table([0, 1, np.inf, 3], GOOD), ["x"], Y, ["row 3", "'x'", "infinite"]),
    ("infinite text", table([0, 1, "-inf", 3], GOOD), ["x"], Y, ["row 3", "'x'", "infinite"]),
    ("two units", table(["0 K", "900℃", 2, 3], GOOD), ["x"], Y, ["row 2", "'x'", "'900℃'", "K"]),
    ("two commas", table(["0.7", "0,5", 2, 3], GOOD), ["x"], Y, ["row 2", "'0,5'", "'0.7'"]),
    ("open comma", table([0, "1,500", 2, 3], GOOD), ["x"], Y, ["row 2", "'x'", "'1,500'"]),
    ("failed input", table([0, "割れ", 2, 3], GOOD), ["x"], Y, ["row 2", "'x'", "'割れ'"]),
    ("limit input", table([0, "<5", 2, 3], GOOD), ["x"], Y, ["row 2", "'x'", "'<5'"]),
    ("nothing input", table([0, "-", 2, 3], GOOD), ["x"], Y, ["row 2", "'x'", "'-'"]),
    ("truth value", table([0, True, 2, 3], GOOD), ["x"], Y, ["row 2", "'x'", "'True'"]),
    (
        "a date by Excel",
        table([0, pd.Timestamp("2024-01-02"), 2, 3], GOOD),
        ["x"],
        Y,
        ["row 2", "'x'", "'2024-01-02'"],
    ),
    ("text in a target", table([0, 1, 2, 3], [1, 2, "gray", 4]), ["x"], Y, ["row 3", "'gray'"]),
    ("a limit", table([0, 1, 2, 3], [1, 2, "<1e-8", 4]), ["x"], Y, ["row 3", "'y'", "'<1e-8'"]),
    ("infinite target", table([0, 1, 2, 3], [1, 2, 3, np.inf]), ["x"], Y, ["row 4", "'y'"]),
    (
        "Excel error",
        table([0, 1, 2, 3], [1, "#DIV/0!", 3, 4]),
        ["x"],
        Y,
        ["row 2", "'y'", "#DIV/0!"],
    ),
    (
        "log10 of 0",
        table([0, 1, 2, 3], [1, 0.0, 3, 4]),
        ["x"],
        LOG,
        ["row 2", "'y'", "0 has no log10"],
    ),
    (
        "log10 of negative numbers",
        table([0, 1, 2, 3], [-1, 2, 3, -4e-5]),
        ["x"],
        LOG,
        ["2 cells", "row 1, column 'y': -1 has", "row 4, column 'y': -4e-05 has"],
    ),
    (
        "a row filled in part",
        table([0, 1, 2, 3], GOOD, z=[1, 2, None, 4]),
        ["x"],
        TWO,
        ["row 3", "'z'", "empty"],
    ),
    (
        "several at once",
        table([0, "a", 2, None], [1, "b", np.inf, 4]),
        ["x"],
        Y,
        [
            "4 cells",
            "row 2, column 'x': 'a'",
            "row 2, column 'y': 'b'",
            "row 3, column 'y': the number is infinite",
            "row 4, column 'x': empty",
        ],
    ),
    (
        "more than ten",
        table([f"t{i}" for i in range(14)], [1.0] * 14),
        ["x"],
        Y,
        ["14 cells", "row 1,", "row 10,", "and 4 more"],
    ),
]


@pytest.mark.parametrize(
    ("frame", "inputs", "targets", "words"), [n[1:] for n in NASTY], ids=[n[0] for n in NASTY]
)
def test_bad_cells_are_named_by_row_and_column(
    frame: pd.DataFrame, inputs: list[str], targets: list[Target], words: list[str]
) -> None:
    with pytest.raises(CellError) as caught:
        understand(frame, inputs, targets)
    for word in words:
        assert word in caught.value.message
    assert caught.value.hint
    assert "row 11" not in caught.value.message


@pytest.mark.parametrize(
    ("inputs", "targets", "words", "hints"),
    [
        (["X"], Y, ["no column 'X'"], ["'x' instead of 'X'", "Columns found: x, w, y"]),
        (["ｘ", "v"], Y, ["'ｘ', 'v'"], ["'x' instead of 'ｘ'"]),
        (["x"], [Target(name="why")], ["'why'"], ["Columns found"]),
        (["x", "x"], Y, ["'x' is named twice"], ["once"]),
        (["x", " x "], Y, ["'x' is named twice"], ["once"]),
        (["x"], [*Y, *Y], ["'y' is named twice"], ["once"]),
        (["x", "y"], Y, ["'y' is named as input and as target"], ["measured"]),
        ([], Y, ["No input column"], ["at least one"]),
        (["x"], [], ["No target column"], ["at least one"]),
    ],
)
def test_wrong_columns(
    inputs: list[str], targets: list[Target], words: list[str], hints: list[str]
) -> None:
    with pytest.raises(TableError) as caught:
        understand(table([0, 1, 2], [1.0, 2.0, 3.0]), inputs, targets)
    assert all(word in caught.value.message for word in words)
    assert all(hint in caught.value.hint for hint in hints)


def test_a_name_without_its_unit_is_guessed() -> None:
    frame = pd.DataFrame({"T (degC)": [1, 2], "y": [1, 2]})
    with pytest.raises(TableError, match=r"Did you mean 'T \(degC\)' instead of 'T'\?"):
        understand(frame, ["T"], Y)


def test_repeated_columns_of_a_frame_are_refused() -> None:
    frame = pd.DataFrame([[1, 2, 3], [4, 5, 6]], columns=["x", "y", "x"])
    with pytest.raises(TableError, match="more than one column 'x'"):
        understand(frame, ["x"], Y)


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (table([], []), "no rows"),
        (table([1], [2.0]), "one row only"),
        (table([5, 5, 5], GOOD[:3]), "pool has 1 candidates"),
        (table([0, 1, 2], [7.5, None, 7.5]), "All 2 measured values of 'y' are 7.5"),
        (table([0, 1, 2], [0.0, 0.0, 0.0]), "All 3 measured values of 'y' are 0"),
        (table([0.3, 0.1 + 0.2, 0.3], GOOD[:3]), "'x' varies by 6e-17 only"),
    ],
)
def test_tables_from_which_nothing_can_be_learned(frame: pd.DataFrame, words: str) -> None:
    with pytest.raises(TableError) as caught:
        understand(frame, ["x"], Y)
    assert words in caught.value.message
    assert caught.value.hint


def test_an_input_without_variation_is_named() -> None:
    frame = pd.DataFrame({"x": [1, 2, 3], "T": [900, 900, 900], "y": GOOD[:3]})
    with pytest.raises(TableError, match="'T' has the same value 900 in every row"):
        understand(frame, ["x", "T"], Y)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_rows_of_files_are_also_named_by_their_line(tmp_path: Path, suffix: str) -> None:
    frame = table([0, 1, "a", 3], ["", "b", "", 4])
    path = tmp_path / f"t{suffix}"
    if suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_excel(path, index=False)
    with pytest.raises(CellError) as caught:
        understand(read_table(path), ["x"], Y)
    places = (
        ["row 2 (line 3 of the sheet), column 'y'", "row 3 (line 4 of the sheet), column 'x'"]
        if suffix == ".csv"
        else ["cell C3 (row 2, column 'y')", "cell A4 (row 3, column 'x')"]
    )
    assert f"{places[0]}: 'b'" in caught.value.message
    assert f"{places[1]}: 'a'" in caught.value.message


def test_lines_stay_true_after_a_selection_of_rows(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x,y\n0,1\n1,2\n2,3\nbad,4\n", encoding="utf-8")
    with pytest.raises(CellError, match=r"row 2 \(line 5 of the sheet\)"):
        understand(read_table(path).iloc[[1, 3]], ["x"], Y)


@pytest.mark.parametrize("as_text", [False, True])
def test_10_000_rows_take_less_than_a_second(as_text: bool) -> None:
    rng = generator(0)
    frame = pd.DataFrame(rng.random((10_000, 5)).round(2), columns=list("abcde"))
    frame["y"] = np.where(rng.random(10_000) < 0.5, np.nan, rng.random(10_000) + 0.1)
    if as_text:
        frame = frame.astype(str)
    times = []
    for _attempt in range(3):
        begin = time.process_time()
        understand(frame, list("abcde"), LOG)
        times.append(time.process_time() - begin)
    assert min(times) < 1.0
