"""Old .xls workbooks: the same cells as from .xlsx, and a clear word where there are none."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import xlrd
from hypothesis import given, settings
from hypothesis import strategies as st

from tansaku.errors import CellError, DataError, TableError
from tansaku.tables import open_table, read_table, size_limits
from tansaku.tables.old_workbooks import read_old_workbook
from tansaku.tables.ole import Container
from tansaku.tables.opening import names_in
from tansaku.tables.read import laid_out
from tansaku.tables.understood import look_at
from tansaku.tables.workbooks import read_workbook
from tests.seeds import generator
from tests.tables.nasty import GOOD, book
from tests.tables.old_books import container, old_book, with_record

LAB = (
    ["LCYZP の測定結果"],
    [],
    ["試料", "組成", None, "焼成温度", "伝導度"],
    [None, "x", "y", "℃", "S/cm"],
    ["S1", 0, 0.125, "１２００", "1.2×10⁻⁵"],
    ["S2", 0.0625, 0.125, 1200, "<1e-8"],
    ["S3", 0.125, 0.25, 1250, "割れ"],
)


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_it_reads_as_the_same_table_in_xlsx(tmp_path: Path) -> None:
    old = written(tmp_path / "t.xls", old_book(LAB, merged=[(2, 2, 1, 2)])())
    new = written(tmp_path / "t.xlsx", book(LAB, merged=["B3:C3"])())
    one, other = look_at(laid_out(old)), look_at(laid_out(new))
    assert one.columns == other.columns
    assert one.columns[2].name == "組成 y"
    assert one.columns[4].limits[0].address == "E6"
    assert one.table.layout == other.table.layout


def test_dates_truths_and_comments_come_as_from_xlsx(tmp_path: Path) -> None:
    day = pd.Timestamp("2026-04-01").to_pydatetime()
    rows = (["x", "when", "ok", "y"], [1, day, True, 0.5], [2, None, False, 0.25])
    said = {(1, 3): "測り直した"}
    path = written(tmp_path / "t.xls", old_book(rows, comments=said)())
    table = open_table(path)
    assert table.grid.comments == said
    assert table.frame["when"].iloc[0] == day
    assert table.frame["ok"].tolist() == [True, False]
    assert [c.address for c in look_at(table).comments] == ["D2"]


def test_sheets_are_chosen_as_in_xlsx(tmp_path: Path) -> None:
    made = old_book(GOOD, GOOD, [["a note"]], names=["May", "June", "memo"], hidden=[1])()
    path = written(tmp_path / "t.xls", made)
    assert open_table(path).grid.name == "May"
    assert open_table(path, sheet="june").frame["y"].tolist() == [10, 20]
    assert names_in("t.xls", made) == ["May", "June", "memo"]


def test_a_formula_that_nobody_has_computed_is_named(tmp_path: Path) -> None:
    path = written(tmp_path / "t.xls", old_book([["x", "y"], [1, "=A2*10"], [2, 20]])())
    with pytest.raises(CellError, match="B2 hold formulas"):
        read_table(path)
    assert look_at(laid_out(path)).unreadable[0][1].address == "B2"


def test_an_empty_result_of_a_spreadsheet_program_is_nothing() -> None:
    stream = Container(old_book([["x", "y"], [1, "=A2*10"], [2, 20]])()).stream("Workbook")
    assert stream is not None
    made = container({"Workbook": stream, "\x05SummaryInformation": b"title"})
    assert read_old_workbook("t.xls", made)[0].rows[1] == [1]


CELLS = st.one_of(
    st.none(),
    st.integers(-(10**9), 10**9),
    st.floats(allow_nan=False, allow_infinity=False, width=64),
    st.booleans(),
    st.text(
        st.characters(blacklist_categories=("Cs", "Cc"), max_codepoint=0xFFFF),
        min_size=1,
        max_size=20,
    ).filter(lambda text: text[0] not in "=" and text.strip()),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=5), min_size=1, max_size=8))
def test_every_cell_is_as_it_was_written(rows: list[list[object]]) -> None:
    found = read_old_workbook("t.xls", old_book(rows)())[0].rows
    for i, row in enumerate(rows):
        got = found[i] if i < len(found) else []
        assert [*got, *[None] * (len(row) - len(got))] == row


def test_many_texts_go_over_several_records() -> None:
    texts = [[f"試料{i} " + "あ" * (i % 50), f"S{i}"] for i in range(2000)]
    assert read_old_workbook("t.xls", old_book(texts)())[0].rows == texts


def test_the_container_gives_what_an_independent_reader_gives() -> None:
    for rows in (GOOD, [[i, str(i)] for i in range(3000)]):
        content = old_book(rows)()
        theirs = xlrd.compdoc.CompDoc(content, logfile=io.StringIO()).get_named_stream("Workbook")
        assert Container(content).stream("Workbook") == theirs
    streams = {"one": b"1" * 5000, "two": b"2" * 4096, "three": b"3" * 10_000}
    made = Container(container(streams))
    assert {name: made.stream(name) for name in made.names} == streams
    assert made.stream("four") is None


def test_a_password_is_told(tmp_path: Path) -> None:
    locked = with_record(old_book(GOOD)(), 0x2F, b"\x01\0")
    with pytest.raises(TableError, match="protected by a password"):
        read_table(written(tmp_path / "t.xls", locked))
    package = container({"EncryptedPackage": b"secret", "EncryptionInfo": b"4"})
    for name in ("t.xls", "t.xlsx"):
        with pytest.raises(TableError, match="protected by a password"):
            read_table(written(tmp_path / name, package))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x09\x08\x08\x00\x00\x05\x05\x00" + bytes(90), "Excel 95 or an older"),
        (b"\x09\x00\x04\x00\x02\x00\x10\x00" + bytes(90), "Excel 95 or an older"),
        (container({"Book": b"\x09\x08\x08\x00\x00\x05\x05\x00"}), "Excel 95 or an older"),
        (container({"Workbook": b"\x09\x08\x08\x00\x00\x05\x05\x00"}), "Excel 95 or an older"),
        (container({"WordDocument": b"text"}), "no Excel workbook"),
        (container({"Workbook": b""}), "Excel 95 or an older"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "damaged"),
        (b"<html><table><tr><td>x</td></tr></table></html>", "web page"),
        (b'<?xml version="1.0"?><Workbook/>', "web page"),
    ],
)
def test_what_else_is_called_xls(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(TableError, match=words) as caught:
        read_table(written(tmp_path / "t.xls", content))
    assert caught.value.hint


def test_files_are_read_by_what_they_are(tmp_path: Path) -> None:
    text = open_table(written(tmp_path / "log.xls", b"x\ty\n1\t10\n2\t20\n"))
    assert text.frame["y"].tolist() == [10, 20]
    assert "'log.xls' is text, whatever its name says" in text.notices[0]
    new = open_table(written(tmp_path / "new.xls", book(GOOD)()))
    assert "(.xlsx)" in new.notices[0]
    old = open_table(written(tmp_path / "old.csv", old_book(GOOD)()))
    assert "(.xls)" in old.notices[0]
    assert new.frame.equals(old.frame)


def test_flipped_bytes_give_data_or_a_clear_error(tmp_path: Path) -> None:
    original = old_book(LAB, [[i, i] for i in range(40)], names=["a", "b"])()
    rng = generator(0)
    refused = 0
    for attempt in range(300):
        content = bytearray(original)
        low = 0 if attempt % 2 else 512  # every second time the container's head, too
        for place in rng.integers(low, len(content), size=12):
            content[place] = rng.integers(0, 256)
        path = written(tmp_path / "t.xls", bytes(content))
        try:
            read_table(path)
        except DataError:
            refused += 1
    assert 30 < refused < 300


def test_chains_that_run_in_circles_are_refused() -> None:
    content = bytearray(container({"Workbook": b"1" * 5000}))
    table = len(content) - 512
    struct.pack_into("<I", content, table, 0)  # the first sector follows itself
    with pytest.raises(ValueError, match="chain without end"):
        Container(bytes(content)).stream("Workbook")


def test_too_many_cells_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = old_book([["x", "y"], *([i, 0.5 * i] for i in range(30))])()
    monkeypatch.setattr(size_limits, "MOST_CELLS", 50)
    with pytest.raises(TableError, match="more than 50 cells"):
        read_old_workbook("t.xls", content)
    texts = old_book([[f"text {i}" for i in range(60)]])()
    with pytest.raises(TableError, match="more than 50 cells"):
        read_old_workbook("t.xls", texts)


def test_blank_lines_cost_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    made = openpyxl.Workbook()
    made.active.append(["x", "y"])
    made.active.cell(row=3000, column=1, value=None).font = openpyxl.styles.Font(bold=True)
    stream = io.BytesIO()
    made.save(stream)
    assert read_workbook("t.xlsx", stream.getvalue())[0].rows == [["x", "y"]]
    monkeypatch.setattr(size_limits, "MOST_CELLS", 100)
    made.active.cell(row=3000, column=1, value="end")
    stream = io.BytesIO()
    made.save(stream)
    with pytest.raises(TableError, match="more than 100 cells"):
        read_workbook("t.xlsx", stream.getvalue())
