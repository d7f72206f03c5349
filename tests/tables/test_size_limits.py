"""Files that are no tables are refused before they cost memory."""

from __future__ import annotations

import csv
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tansaku.errors import TableError
from tansaku.space import Target
from tansaku.tables import read_table, size_limits, text_files
from tansaku.tables.filled import cells_of
from tansaku.tables.grids import Block, Grid
from tansaku.tables.layout import lay_out
from tansaku.tables.workbooks import read_workbook
from tests.seeds import spread
from tests.tables.old_books import old_book

MEMORY = 150
"""MB that a refusal may take beside the libraries: three times the largest file that is read."""

MEASURE = """
import resource, sys
from pathlib import Path
from tansaku.errors import TableError
from tansaku.tables import read_table
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read_table(Path(sys.argv[1]))
except TableError as error:
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024, error)
"""


def refused(path: Path) -> tuple[int, str]:
    """MB that it took to refuse a file in a process of its own, and what was said."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, timeout=120
    )
    assert done.stdout, done.stderr
    used, _space, told = done.stdout.strip().partition(" ")
    return int(used), told


def bomb(path: Path, part: str, size: int) -> Path:
    """A workbook one part of which unpacks into ``size`` zeros."""
    openpyxl.Workbook().save(path)
    zeros = bytes(10**7)
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open(part, "w", force_zip64=True) as stream,
    ):
        for _chunk in range(size // 10**7):
            stream.write(zeros)
    return path


def test_a_file_of_100_mb_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as stream:
        stream.truncate(100_000_000)
    used, told = refused(path)
    assert "100 MB" in told
    assert used < MEMORY


def test_a_zip_bomb_is_refused_by_its_directory(tmp_path: Path) -> None:
    path = bomb(tmp_path / "bomb.xlsx", "xl/worksheets/sheet9.xml", 610_000_000)
    assert path.stat().st_size < 10_000_000
    used, told = refused(path)
    assert "unpacks into more" in told
    assert used < MEMORY


def test_a_directory_that_lies_is_refused(tmp_path: Path) -> None:
    path = bomb(tmp_path / "liar.xlsx", "xl/styles2.xml", 60_000_000)
    content = path.read_bytes()
    small = (1000).to_bytes(4, "little")
    content = content.replace((60_000_000).to_bytes(4, "little"), small)
    path.write_bytes(content)
    with pytest.raises(TableError):
        read_table(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("before", [0, 262_144 - 40, 1_000_001])
def test_declared_entities_are_refused(tmp_path: Path, encoding: str, before: int) -> None:
    """In every encoding that XML may have, and wherever the blocks of reading end."""
    path = tmp_path / "laughs.xlsx"
    openpyxl.Workbook().save(path)
    entities = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'
    with zipfile.ZipFile(path, "a") as archive:
        content = f"<!--{'-' * before}-->{entities}".encode(encoding)
        archive.writestr("xl/worksheets/sheet2.xml", content)
    with pytest.raises(TableError, match="unpacks into more"):
        read_table(path)


def test_cells_at_the_far_end_of_many_sheets_are_refused(tmp_path: Path) -> None:
    """A file of some kB whose empty lines would take gigabytes."""
    path = tmp_path / "far.xlsx"
    book = openpyxl.Workbook()
    for i in range(6):
        book.create_sheet(f"s{i}").append(["end"])
    book.save(tmp_path / "plain.xlsx")
    with (
        zipfile.ZipFile(tmp_path / "plain.xlsx") as plain,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as far,
    ):
        for part in plain.namelist():
            far.writestr(
                part,
                plain.read(part)
                .replace(b'"A1"', b'"A1000000"')
                .replace(b'<row r="1"', b'<row r="1000000"'),
            )
    assert path.stat().st_size < 100_000
    used, told = refused(path)
    assert "cells" in told
    assert used < 3 * MEMORY


def test_merged_cells_over_everything_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(size_limits, "MOST_CELLS", 1000)
    rows = [[f"c{j}" for j in range(30)], *([None] for _line in range(50))]
    grid = Grid("s", rows, merged=tuple(Block(0, j, 50, j) for j in range(30)))
    with pytest.raises(TableError, match="more than 1000 cells"):
        lay_out(grid, "t.xlsx")


def test_an_old_workbook_that_claims_too_much_is_refused(tmp_path: Path) -> None:
    """A table of texts that says that it has 2 billion of them."""
    content = bytearray(old_book([["x", "y"], [1, "a"], [2, "b"]])())
    place = content.index(struct.pack("<H", 0xFC), 512)
    struct.pack_into("<II", content, place + 4, 2**31 - 1, 2**31 - 1)
    path = tmp_path / "t.xls"
    path.write_bytes(bytes(content))
    used, told = refused(path)
    assert "cells" in told
    assert used < MEMORY


def test_too_many_cells_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(size_limits, "MOST_CELLS", 50)
    text = "x,y\n" + "1,2\n" * 30
    with pytest.raises(TableError, match="more than 50 cells"):
        text_files.read_text("t.csv", text.encode())
    book = openpyxl.Workbook()
    for _row in range(30):
        book.active.append([1, 2])
    book.save(tmp_path / "t.xlsx")
    with pytest.raises(TableError, match="more than 50 cells"):
        read_workbook("t.xlsx", (tmp_path / "t.xlsx").read_bytes())


def test_a_cell_far_away_costs_little(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["x", "y"], [1, 10], [2, 20]):
        book.active.append(row)
    book.active.cell(row=50_000, column=1, value="end")
    book.save(tmp_path / "t.xlsx")
    began = time.process_time()
    frame = read_table(tmp_path / "t.xlsx")
    assert frame["y"].tolist() == [10, 20]
    assert time.process_time() - began < 10


HEADER = ["id", "x", "T [℃]", "t [h]", "gas", "sigma [S/cm]", "density", "note"]


def as_xlsx(path: Path, rows: list[list[Any]]) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("data")
    for row in rows:
        sheet.append(row)
    book.save(path)


def as_xls(path: Path, rows: list[list[Any]]) -> None:
    path.write_bytes(old_book(rows)())


def as_csv(path: Path, rows: list[list[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)


@pytest.mark.parametrize("write", [as_xlsx, as_xls, as_csv])
def test_10_000_rows_take_less_than_5_seconds(
    tmp_path: Path, write: Callable[[Path, list[list[Any]]], None]
) -> None:
    rows: list[list[Any]] = [HEADER]
    for i, (x, y, z) in enumerate(spread(10_000, 3).tolist()):
        sigma = f"{y:.3f}×10⁻⁵" if i % 3 else "<1e-8"
        rows.append([f"S{i}", x, "900 ℃", "１２", "Ar", sigma, z, "fine"])
    path = tmp_path / f"t.{write.__name__.removeprefix('as_')}"
    write(path, rows)
    began = time.process_time()
    frame = read_table(path)
    target = Target(name="sigma [S/cm]")
    cells = cells_of(frame, ["x", "T [℃]", "t [h]"], [target], only_measured=True, outcomes=True)
    spent = time.process_time() - began
    assert len(cells.lines) == 10_000
    assert sum(bool(each.limits) for each in cells.outcomes) == 3334
    assert spent < 5
