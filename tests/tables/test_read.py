"""Table files are read as they were written, or refused with the reason and the way out."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from tansaku.errors import CellError, DataError, StoreError, TableError
from tansaku.space import Target
from tansaku.tables import read_table, understand
from tests.seeds import generator

HEADER = "x,温度 [℃],sigma"
BODY = "\n0.1,900,1e-5\n0.2,1000,\n"


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def workbook(folder: Path, rows: list[list[object]], name: str = "table.xlsx") -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(folder / name)
    return folder / name


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_csv_in_the_encodings_of_japanese_labs(
    tmp_path: Path, encoding: str, line_end: str
) -> None:
    text = (HEADER + BODY).replace("\n", line_end)
    frame = read_table(write(tmp_path, "t.csv", text.encode(encoding)))
    assert list(frame.columns) == ["x", "温度 [℃]", "sigma"]
    assert frame["x"].tolist() == [0.1, 0.2]
    assert frame["sigma"].isna().tolist() == [False, True]


def test_cp932_is_said_and_utf8_is_not(tmp_path: Path) -> None:
    text = HEADER + "\n0.1,900,1e-5\n0.2,1000,\n"
    target = [Target.parse("sigma:max:log10")]
    notices = {}
    for encoding in ("utf-8", "cp932"):
        path = write(tmp_path, f"{encoding}.csv", text.encode(encoding))
        notices[encoding] = understand(read_table(path), ["x", "温度 [℃]"], target).notices
    assert notices["utf-8"] == ()
    assert "cp932" in notices["cp932"][0]
    assert "温度" in notices["cp932"][0]


def test_csv_quotes_and_blanks_around_names(tmp_path: Path) -> None:
    text = ' x ,"a, b",\u3000y\u3000\n1,"two, with ""quotes""\nand a line",3\n2,,\n'
    frame = read_table(write(tmp_path, "t.csv", text))
    assert list(frame.columns) == ["x", "a, b", "y"]
    assert frame["a, b"].iloc[0] == 'two, with "quotes"\nand a line'
    assert len(frame) == 2


def test_text_that_only_looks_like_a_number_stays_text(tmp_path: Path) -> None:
    text = "sample,long,x,e\n007,1234567890123456789,1.50,\n008,1,-2e3,\n"
    frame = read_table(write(tmp_path, "t.csv", text))
    assert frame["sample"].tolist() == ["007", "008"]
    assert frame["long"].tolist() == ["1234567890123456789", "1"]
    assert frame["x"].tolist() == [1.5, -2000.0]
    assert frame["e"].isna().all()


def test_empty_lines_at_the_end_are_no_rows(tmp_path: Path) -> None:
    frame = read_table(write(tmp_path, "t.csv", "x,y\n1,2\n3,4\n,\n\n  ,\n"))
    assert len(frame) == 2
    frame = read_table(workbook(tmp_path, [["x", "y"], [1, 2], [3, None], [None, " "]]))
    assert len(frame) == 2


def test_short_rows_are_filled_with_empty_cells(tmp_path: Path) -> None:
    frame = read_table(write(tmp_path, "t.csv", "x,y,z\n1,2\n3\n"))
    assert frame["y"].isna().tolist() == [False, True]
    assert frame["z"].isna().all()


def test_an_index_column_without_name_does_no_harm(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [0.1, 0.2], "y": [1.0, 2.0]})
    frame.to_csv(tmp_path / "t.csv")
    back = read_table(tmp_path / "t.csv")
    assert list(back.columns) == ["Unnamed: 0", "x", "y"]
    assert back["y"].tolist() == [1.0, 2.0]


def test_xlsx_first_sheet_with_a_notice_about_the_others(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "測定"
    for row in (["x", "y\n[S/cm]", "note"], [0.1, 1, "a"], [0.2, None, None], [0.3, "２", 5]):
        book.active.append(row)
    book.create_sheet("other").append(["z"])
    book.save(tmp_path / "t.xlsx")
    frame = read_table(tmp_path / "t.xlsx")
    assert list(frame.columns) == ["x", "y [S/cm]", "note"]
    reading = understand(frame, ["x"], [Target(name="y [S/cm]")])
    assert reading.values == ((1.0,), (2.0,))
    assert reading.targets[0].unit == "S/cm"
    assert "2 sheets" in reading.notices[0]
    assert "測定" in reading.notices[0]


def test_xlsx_stored_values_of_formulas_are_read(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["x", "y"], [1, "=A2*2"], [2, "=A3*2"]])
    with pytest.raises(CellError, match=r"B2, B3 hold formulas") as caught:
        read_table(path)
    assert "Excel" in caught.value.hint
    # Excel stores the value beside the formula.
    content = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            content[name] = archive.read(name)
    sheet = content["xl/worksheets/sheet1.xml"].decode()
    sheet = sheet.replace("<f>A2*2</f><v />", "<f>A2*2</f><v>2</v>")
    sheet = sheet.replace("<f>A3*2</f><v />", "<f>A3*2</f><v>4</v>")
    content["xl/worksheets/sheet1.xml"] = sheet.encode()
    with zipfile.ZipFile(tmp_path / "stored.xlsx", "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    assert read_table(tmp_path / "stored.xlsx")["y"].tolist() == [2.0, 4.0]


def test_xlsx_dates_are_left_as_they_are_and_truth_values_read_as_of_a_csv(tmp_path: Path) -> None:
    day = pd.Timestamp("2024-01-02").to_pydatetime()
    frame = read_table(workbook(tmp_path, [["x", "when", "ok"], [1, day, True], [2, None, False]]))
    assert frame["when"].iloc[0] == day
    assert frame["ok"].tolist() == ["TRUE", "FALSE"]
    with pytest.raises(CellError, match=r"cell B2 \(row 1, column 'when'\): '2024-01-02'"):
        understand(frame, ["when"], [Target(name="x")])


CP1252 = "x,T (°C)\n1,2\n".encode("cp1252")


@pytest.mark.parametrize(
    ("name", "content", "error", "words"),
    [
        ("t.csv", b"", TableError, "empty"),
        ("t.csv", b" \n\n", TableError, "empty"),
        ("t.csv", b"\xef\xbb\xbf", TableError, "no column names"),
        ("t.csv", b",,\n1,2,3\n", TableError, "no column names"),
        ("t.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", TableError, "no text in UTF-8"),
        ("t.csv", bytes(range(256)), TableError, "no text in UTF-8"),
        ("t.csv", b"x,y\n1,\x002\n", TableError, "no text in UTF-8"),
        ("t.csv", b"\xff\xfex\x00,", TableError, "no text in UTF-8"),
        ("t.csv", b"PK\x03\x04rest", TableError, "no Excel workbook"),
        ("t.csv", b'x,y\n1,"2\n3,4\n', TableError, "near line"),
        ("t.csv", b"x,y,x,z,y\n1,2,3,4,5\n", TableError, "'x' (A, C), 'y' (B, E)"),
        ("t.csv", b"x,x \n1,2\n", TableError, "'x'"),
        ("t.csv", b"x,y\n1,2\n0,5,1\n", CellError, "Row 2 (line 3 of the sheet)"),
        ("t.xlsx", b"", TableError, "empty"),
        ("t.xlsx", b"x,y\n1,2\n", TableError, "no Excel workbook"),
        ("t.xlsx", b"PK\x03\x04" + bytes(100), TableError, "damaged"),
        (
            "t.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
            TableError,
            "no Excel workbook",
        ),
        ("t.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", TableError, "no Excel workbook"),
        ("t.ods", b"x,y\n1,2\n", TableError, "'.ods'"),
        ("t.docx", b"x,y\n1,2\n", TableError, "'.docx'"),
        ("table", b"x,y\n1,2\n", TableError, "'table'"),
    ],
)
def test_files_that_cannot_be_read(
    tmp_path: Path, name: str, content: bytes, error: type[DataError], words: str
) -> None:
    with pytest.raises(error) as caught:
        read_table(write(tmp_path, name, content))
    assert words in caught.value.message
    assert caught.value.hint


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no file '.*none\.csv'"):
        read_table(tmp_path / "none.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(StoreError, match="cannot be opened"):
        read_table(tmp_path / "folder.csv")


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: content[:-30],
        lambda content: content[:200] + bytes(200) + content[400:],
    ],
)
def test_damaged_workbooks(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = workbook(tmp_path, [["x", "y"], *([i, i] for i in range(200))])
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(TableError, match="damaged"):
        read_table(path)


def test_workbooks_with_flipped_bytes_give_data_or_a_clear_error(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["x", "y"], *([i, i] for i in range(50))])
    original = path.read_bytes()
    rng = generator(0)
    refused = 0
    for _attempt in range(150):
        content = bytearray(original)
        for place in rng.integers(0, len(content), size=20):
            content[place] = rng.integers(0, 256)
        path.write_bytes(bytes(content))
        try:
            read_table(path)
        except DataError:
            refused += 1
    assert refused > 100


def test_10_000_rows_are_read_and_understood_at_once(tmp_path: Path) -> None:
    rng = generator(0)
    frame = pd.DataFrame(rng.random((10_000, 5)), columns=list("abcde"))
    frame["y"] = rng.random(10_000)
    frame.to_csv(tmp_path / "t.csv", index=False)
    reading = understand(read_table(tmp_path / "t.csv"), list("abcde"), [Target(name="y")])
    assert len(reading.values) == 10_000
    np.testing.assert_array_equal(reading.space.matrix, frame[list("abcde")].to_numpy())
