"""What a workbook shows beside its stored values: per cent, hours, strokes, hidden rows."""

from __future__ import annotations

import datetime
from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles import Font

from tansaku.errors import TableError
from tansaku.tables.cells import read_column
from tansaku.tables.read import open_table


def test_a_workbook_is_read_as_it_is_shown(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    rows = [
        ["T", "soak (min)", "stir", "yield [%]"],
        [900, datetime.time(2, 30), True, 23.78],
        [950, datetime.timedelta(hours=26, minutes=30), False, 0.451],
        [1000, 60, True, 50],
        [1050, 90, True, 99],
        [1100, 90, True, 48.1],
    ]
    for row in rows:
        page.append(row)
    page["D3"].number_format = "0.00%"
    page["D4"].number_format = '0.0" %"'  # a sign only: the value is what is shown
    page["D5"].font = Font(strike=True)
    page.row_dimensions[6].hidden = True
    book.save(tmp_path / "t.xlsx")
    table = open_table(tmp_path / "t.xlsx")
    numbers = {name: read_column(table.frame[name]).values for name in ("soak (min)", "yield [%]")}
    assert numbers["soak (min)"] == pytest.approx([150, 1590, 60, 90, 90])
    assert numbers["yield [%]"] == pytest.approx([23.78, 45.1, 50, float("nan"), 48.1], nan_ok=True)
    assert table.frame["stir"].tolist() == ["TRUE", "FALSE", "TRUE", "TRUE", "TRUE"]
    assert any("D5 '99'" in notice for notice in table.notices)
    assert any("lines 6" in notice for notice in table.notices)


@pytest.mark.parametrize(
    "text", ["LigA,7.0,6.6\nLigA,9.0,5.1\nLigB,4.5,3.2\n", "a,0.5,1\nb,0.7,2\nc,0.9,3\n"]
)
def test_a_first_line_of_data_is_no_line_of_names(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(TableError, match=r"Line 1 .* looks like data"):
        open_table(tmp_path / "t.csv")


@pytest.mark.parametrize("text", ["x,25,60\n0.1,1,2\n0.2,3,4\n", "s,1,2\nx,0.1,0.2\ny,3,4\n"])
def test_numbers_may_be_names(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    assert len(open_table(tmp_path / "t.csv").frame) == 2


def test_blanks_may_part_columns(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("  Fe\t\t  Ga\n  8.1e-001  1.3e-001\n  7.0e-001  2.0e-001\n")
    table = open_table(tmp_path / "t.txt")
    assert table.separator == " "
    assert table.frame["Ga"].tolist() == [0.13, 0.2]
