"""Parquet files: the same cells as from a workbook or a CSV, else a clear word."""

from __future__ import annotations

import datetime
import subprocess
import sys
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from pyarrow.parquet import encryption

from tansaku.errors import DataError, TableError
from tansaku.space import Target
from tansaku.tables import open_table, opening, read_table, size_limits, understand
from tansaku.tables.opening import kind_of, names_in
from tansaku.tables.parquet_files import read_parquet
from tansaku.tables.read import laid_out
from tansaku.tables.understood import look_at
from tests.seeds import generator
from tests.tables.nasty import book
from tests.tables.parquets import packed
from tests.tables.test_size_limits import MEMORY, refused

LAB = {
    "試料": ["S1", "S2", "S3", "S4"],
    "組成 x": [0, 0.0625, 0.125, 0.25],
    "焼成温度 [℃]": ["１２００", "1200", "1250", "1200"],
    "伝導度 [S/cm]": ["1.2×10⁻⁵", "<1e-8", "割れ", None],
}


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def moment(text: str) -> datetime.datetime:
    """A date with its time, of no zone, as in a workbook."""
    return datetime.datetime.fromisoformat(text)


def cells(columns: Any, **options: Any) -> list[list[Any]]:
    """The cells of a file, by column."""
    rows = read_parquet("t.parquet", packed(columns, **options)).rows[1:]
    return [list(column) for column in zip(*rows, strict=True)]


def column(values: list[Any], kind: Any, **options: Any) -> list[Any]:
    """The cells of a column of a kind."""
    return cells({"c": pa.array(values, type=kind)}, **options)[0]


def test_it_is_understood_as_the_same_table_in_xlsx_and_csv(tmp_path: Path) -> None:
    rows = [list(LAB), *map(list, zip(*LAB.values(), strict=True))]
    frame = pd.DataFrame(LAB)
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    found = look_at(laid_out(tmp_path / "t.parquet"))
    sheet = look_at(laid_out(written(tmp_path / "t.xlsx", book(rows)())))
    text = look_at(laid_out(tmp_path / "t.csv"))
    assert found.table.layout == sheet.table.layout
    assert [c.role for c in found.columns] == [c.role for c in sheet.columns]
    assert [c.unit for c in found.columns] == ["", "", "℃", "S/cm"]
    assert found.columns[3].limits[0].reading.value == 1e-8
    assert found.columns[3].failed[0].reading.word == "割れ"
    assert found.columns[1:] == text.columns[1:]
    assert found.table.sheets == ()
    assert found.table.notices == text.table.notices == ()


def test_a_frame_comes_back_as_it_was(tmp_path: Path) -> None:
    """pandas is the reference, for every kind of column that it writes."""
    frame = pd.DataFrame(
        {
            "f": [0.1, np.nan, -1e-300],
            "i": [1, -2, 3],
            "i8": pd.array([1, None, -128], dtype="Int8"),
            "u64": pd.array([1, None, 2**40], dtype="UInt64"),
            "text": ["a", None, "ä ℃"],
            "choice": pd.Categorical(["Ar", None, "Ar"]),
            "number": pd.Categorical([0.5, 0.25, 0.5]),
            "ok": [True, False, True],
            "perhaps": pd.array([True, None, False], dtype="boolean"),
            "when": [moment("2026-04-01"), None, moment("2026-04-02 12:30")],
            "price": [Decimal("1.10"), None, Decimal("-0.05")],
        }
    )
    frame.to_parquet(tmp_path / "t.parquet")
    back = read_table(tmp_path / "t.parquet")
    assert list(back.columns) == list(frame.columns)
    for name in ("f", "i", "i8", "u64", "price"):
        theirs = pd.to_numeric(frame[name]).to_numpy(dtype=float, na_value=np.nan)
        np.testing.assert_array_equal(back[name].to_numpy(), theirs)
    for name in ("text", "choice"):
        assert (
            back[name].tolist()
            == frame[name].astype(object).where(frame[name].notna(), None).tolist()
        )
    assert back["number"].tolist() == [0.5, 0.25, 0.5]
    assert back["ok"].tolist() == ["TRUE", "FALSE", "TRUE"]
    assert back["perhaps"].tolist() == ["TRUE", None, "FALSE"]
    assert back["when"].tolist() == [
        moment("2026-04-01"), None, moment("2026-04-02 12:30")
    ]  # fmt: skip


@pytest.mark.parametrize("width", [8, 16, 32, 64])
def test_whole_numbers_of_any_width(width: int) -> None:
    for kind, low, high in (
        (f"int{width}", -(2 ** (width - 1)), 2 ** (width - 1) - 1),
        (f"uint{width}", 0, 2**width - 1),
    ):
        found = column([low, None, 7, high], kind)
        assert [None if cell is None else int(cell) for cell in found] == [low, None, 7, high]
        assert type(found[3]) is (str if width == 64 else int)


def test_a_number_of_many_digits_loses_none_and_is_a_number_where_one_is_needed(
    tmp_path: Path,
) -> None:
    ids = [1234567890123456789, 2345678901234567890]
    path = written(tmp_path / "t.parquet", packed({"id": ids, "y": [1.0, 2.0]}))
    assert read_table(path)["id"].tolist() == ["1234567890123456789", "2345678901234567890"]
    found = understand(read_table(path), ["id"], [Target(name="y")])
    assert found.space.matrix.tolist() == [[1234567890123456789.0], [2345678901234567890.0]]


def test_numbers_of_few_digits_are_as_they_were_written() -> None:
    values = [0.1, 1e-5, 0.3, None, float("nan"), -2.5]
    meant = [0.1, 1e-5, 0.3, None, None, -2.5]
    assert column(values, "float32") == meant
    assert column(values, "float64") == meant
    half = pa.array([None if v is None else np.float16(v) for v in values], type=pa.float16())
    assert cells({"c": half})[0] == meant


@pytest.mark.parametrize("kind", [pa.decimal32, pa.decimal64, pa.decimal128, pa.decimal256])
def test_decimals_of_any_width(kind: Any) -> None:
    found = column([Decimal("1.25"), None, Decimal("-0.1")], kind(9, 4))
    assert found == [1.25, None, -0.1]
    assert [type(cell) for cell in column([Decimal(7), None], kind(9, 0))] == [int, type(None)]
    assert column([Decimal("12345678901234567890")], pa.decimal128(38, 0)) == [
        "12345678901234567890"
    ]


@settings(max_examples=60, deadline=None)
@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=12, min_value=-(10**20), max_value=10**20
    )
)
def test_a_decimal_is_the_nearest_number(value: Decimal) -> None:
    assert column([value], pa.decimal128(38, 12)) == [float(value)]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_dates_come_as_from_a_workbook(unit: str) -> None:
    when = moment("2026-04-01 08:30")
    assert column([when, None], pa.timestamp(unit)) == [when, None]
    tokyo = datetime.datetime(
        2026, 4, 1, 8, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=9))
    )
    assert column([tokyo, None], pa.timestamp(unit, tz="Asia/Tokyo")) == [when, None]
    assert column([datetime.timedelta(hours=26, minutes=30), None], pa.duration(unit)) == [
        "26.5 h", None
    ]  # fmt: skip


def test_days_and_times_of_the_day() -> None:
    day = datetime.date(2026, 4, 1)
    for kind in (pa.date32(), pa.date64()):
        assert column([day, None], kind) == [moment("2026-04-01"), None]
    for kind in (pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns")):
        assert column([datetime.time(2, 30), None], kind) == ["2.5 h", None]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
@pytest.mark.parametrize("encoding", ["PLAIN", "DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"])
def test_texts_in_every_encoding(kind: Any, encoding: str) -> None:
    values = ["試料 1", None, "", "試料 2", "=A1"] * 700
    plain = packed(
        {"c": pa.array(values, type=kind)}, use_dictionary=False, column_encoding={"c": encoding}
    )
    rows = read_parquet("t.parquet", plain).rows[1:]
    assert [row[0] for row in rows] == values
    assert column(values, kind, row_group_size=100) == values


def test_choices_are_their_values_and_held_once() -> None:
    gases = pa.array(["Ar", "N2", None, "Ar"]).dictionary_encode()
    found = cells({"gas": gases, "T": pa.array([900, 900, None, 950]).dictionary_encode()})
    assert found == [["Ar", "N2", None, "Ar"], [900, 900, None, 950]]
    shared = cells({"gas": pa.chunked_array([gases, gases])})[0]
    assert shared[0] is shared[3]


CELLS = {
    "float64": st.one_of(st.none(), st.floats(allow_nan=False)),
    "int64": st.one_of(st.none(), st.integers(-(10**15) + 1, 10**15 - 1)),
    "string": st.one_of(st.none(), st.text(st.characters(blacklist_categories=("Cs",)))),
    "timestamp[us]": st.one_of(st.none(), st.datetimes()),
}


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 9), st.sampled_from([1, 2, 3, 1000]), st.booleans())
def test_every_cell_is_as_it_was_written(
    data: st.DataObject, rows: int, group: int, dictionary: bool
) -> None:
    kinds = data.draw(st.lists(st.sampled_from(sorted(CELLS)), min_size=1, max_size=4))
    columns = [data.draw(st.lists(CELLS[k], min_size=rows, max_size=rows)) for k in kinds]
    names = [f"c{j}" for j in range(len(kinds))]
    arrays = [
        pa.array(c, type=pa.timestamp("us") if "time" in k else k)
        for c, k in zip(columns, kinds, strict=True)
    ]
    content = packed(pa.table(arrays, names=names), row_group_size=group, use_dictionary=dictionary)
    found = read_parquet("t.parquet", content).rows
    assert found == [names, *map(list, zip(*columns, strict=True))]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1))
def test_the_shortest_text_means_the_same_number(values: list[float]) -> None:
    found = column(values, "float32")
    np.testing.assert_array_equal(np.array(found, dtype=np.float32), np.array(values, np.float32))
    assert found == [float(str(np.float32(value))) for value in values]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (pa.array([[1, 2], [3]]), "list"),
        (pa.array([[1, 2], [3, 4]], type=pa.list_(pa.int64(), 2)), "fixed_size_list"),
        (pa.array([{"a": 1}, {"a": 2}]), "struct"),
        (pa.array([[("a", 1)], []], type=pa.map_(pa.string(), pa.int64())), "map"),
        (pa.array([b"1", b"2"]), "binary"),
        (pa.array([b"1", b"2"], type=pa.binary(1)), "fixed_size_binary"),
        (pa.array([b"1", b"2"]).dictionary_encode(), "dictionary"),
        (pa.array([b"0" * 16] * 2, type=pa.binary(16)).cast(pa.uuid()), "extension"),
    ],
)
def test_a_column_that_holds_no_cells_is_named(tmp_path: Path, values: Any, said: str) -> None:
    content = packed({"x": [1, 2], "測定": values, "y": [1.0, 2.0]})
    with pytest.raises(TableError, match=f"Column '測定' of 't.parquet' .*: {said}") as caught:
        read_table(written(tmp_path / "t.parquet", content))
    assert "Leave it out" in caught.value.hint


def test_names_are_those_of_a_text_file(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [0.1, 0.2, 0.3], "y": [1.0, 2.0, 3.0]})
    frame.iloc[[0, 2, 1]].to_parquet(tmp_path / "t.parquet")
    assert list(read_table(tmp_path / "t.parquet").columns) == ["x", "y", "Unnamed: 2"]
    twice = packed(pa.table([pa.array([1, 2]), pa.array(["a", "b"])], names=["x", "x"]))
    with pytest.raises(TableError, match="more than one column 'x'"):
        read_table(written(tmp_path / "t.parquet", twice))
    dotted = packed({"a.b": ["p", "q"], "": [1, 2], "y": [1, 2]}, use_dictionary=False,
                    column_encoding={"a.b": "DELTA_BYTE_ARRAY"})  # fmt: skip
    back = read_table(written(tmp_path / "t.parquet", dotted))
    assert list(back.columns) == ["a.b", "Unnamed: 1", "y"]
    assert back["a.b"].tolist() == ["p", "q"]


def test_empty_rows_are_none_and_rows_are_told_as_of_a_text_file(tmp_path: Path) -> None:
    path = written(
        tmp_path / "t.parquet", packed({"x": [1.0, None, 3.0], "y": ["10", None, "twenty"]})
    )
    assert len(read_table(path)) == 2
    with pytest.raises(DataError, match="'twenty'") as caught:
        understand(read_table(path), ["x"], [Target(name="y")])
    assert "cell B" not in caught.value.message


def test_files_are_read_by_what_they_are(tmp_path: Path) -> None:
    content = packed({"x": [1, 2], "y": [10, 20]})
    for name in ("t.csv", "t.xlsx", "t.xls"):
        found = open_table(written(tmp_path / name, content))
        assert found.frame["y"].tolist() == [10, 20]
        assert f"'{name}' is a Parquet file (.parquet), whatever" in found.notices[0]
    found = open_table(written(tmp_path / "t.parquet", book([["x", "y"], [1, 10]])()))
    assert "is an Excel workbook (.xlsx), whatever" in found.notices[0]
    assert kind_of("t.csv", b"PAR1,y\n1,2\n") == "text"
    assert names_in("t.parquet", content) == []


CONTENT = packed({"x": [1, 2], "y": ["10", "20"]})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"x,y\n1,2\n", "is no Parquet file"),
        (b"PAR1", "damaged"),
        (b"PAR1PAR1", "damaged"),
        (b"PAR1" + bytes(100) + b"PAR1", "damaged"),
        (CONTENT[: len(CONTENT) // 2], "damaged"),
        (CONTENT[:-1], "damaged"),
        (CONTENT[:10] + bytes(20) + CONTENT[30:], "damaged"),
        (b"PARE" + bytes(50) + b"PARE", "encrypted"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(TableError, match=words) as caught:
        read_table(written(tmp_path / "t.parquet", content))
    assert caught.value.hint


class Keys(encryption.KmsClient):
    """Wraps keys by doing nothing, as a test may."""

    def __init__(self, _config: object) -> None:
        encryption.KmsClient.__init__(self)

    def wrap_key(self, key: bytes, _name: str) -> bytes:
        return key

    def unwrap_key(self, key: bytes, _name: str) -> bytes:
        return key


@pytest.mark.parametrize("plain", [False, True])
def test_an_encrypted_file_is_told(plain: bool) -> None:
    """Whether the names of its columns can be read or not."""
    factory = encryption.CryptoFactory(Keys)
    how = encryption.EncryptionConfiguration(
        footer_key="f", column_keys={"c": ["y"]}, plaintext_footer=plain
    )
    properties = factory.file_encryption_properties(encryption.KmsConnectionConfig(), how)
    content = packed({"x": [1, 2], "y": [1.0, 2.0]}, encryption_properties=properties)
    assert kind_of("t.csv", content) == "parquet"
    with pytest.raises(TableError, match="encrypted") as caught:
        read_parquet("t.parquet", content)
    assert "without encryption" in caught.value.hint


def test_flipped_bytes_give_data_or_a_clear_error(tmp_path: Path) -> None:
    columns = {
        "x": list(range(60)),
        "y": [f"{i} ℃" for i in range(60)],
        "z": [0.5 * i for i in range(60)],
    }
    original = packed(columns, row_group_size=25)
    rng = generator(0)
    refusals = 0
    for _attempt in range(300):
        content = bytearray(original)
        for place in rng.integers(4, len(content) - 4, size=5):
            content[place] = rng.integers(0, 256)
        try:
            read_table(written(tmp_path / "t.parquet", bytes(content)))
        except DataError:
            refusals += 1
    assert 30 < refusals <= 300


def test_without_pyarrow_it_is_said_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "t.parquet", CONTENT)
    monkeypatch.setattr(
        opening, "find_spec", lambda name: None if name == "pyarrow" else find_spec(name)
    )
    with pytest.raises(TableError, match="needs pyarrow, and that is not installed") as caught:
        read_table(path)
    assert "pip install 'tansaku[parquet]'" in caught.value.hint


WITHOUT = """
import sys
from pathlib import Path
for name in ("pyarrow", "pyarrow.parquet"):
    sys.modules[name] = None
from tansaku.tables import read_table
print(len(read_table(Path(sys.argv[1]))))
"""


def test_other_tables_need_no_pyarrow(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", b"x,y\n1,a\n2,b\n")
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "2\n"


def test_too_many_cells_are_refused_by_what_stands_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = packed({"x": list(range(30)), "y": list(range(30))}, row_group_size=7)
    monkeypatch.setattr(size_limits, "MOST_CELLS", 60)
    assert len(read_parquet("t.parquet", content).rows) == 31
    monkeypatch.setattr(size_limits, "MOST_CELLS", 59)
    broken = content[:4] + bytes(40) + content[44:]  # nothing of it is unpacked
    with pytest.raises(TableError, match="more than 59 cells"):
        read_parquet("t.parquet", broken)


def test_a_small_file_of_very_many_cells_is_refused(tmp_path: Path) -> None:
    zeros = pa.array(np.zeros(10_000_000, dtype=np.int8))
    content = packed({f"c{j}": zeros for j in range(20)}, compression="zstd")
    assert len(content) < 1_000_000
    used, told = refused(written(tmp_path / "t.parquet", content))
    assert "cells" in told
    assert used < MEMORY


@pytest.mark.parametrize("encoding", ["PLAIN", "DELTA_BYTE_ARRAY"])
def test_a_small_file_of_long_texts_is_refused(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "t.parquet"
    part = pa.table({"c": ["あ" * 30_000] * 1_000})
    with parquet.ParquetWriter(
        path, part.schema, compression="zstd", use_dictionary=False, column_encoding={"c": encoding}
    ) as writer:
        for _part in range(8):
            writer.write_table(part)
    assert path.stat().st_size < 1_000_000
    used, told = refused(path)
    assert "unpacks into more" in told
    assert used < 3 * MEMORY


def test_texts_that_rows_share_cost_nothing(tmp_path: Path) -> None:
    """A text of 0.1 MB in each of 10,000 rows would be a gigabyte."""
    places = pa.array(np.zeros(10_000, dtype=np.int32))
    long = pa.DictionaryArray.from_arrays(places, ["x" * 100_000])
    content = packed({"c": long, "y": pa.array(range(10_000))})
    rows = read_parquet("t.parquet", content).rows
    assert len({id(row[0]) for row in rows[1:]}) == 1
