"""Every nasty table gives the numbers that a careful person would read, or names the cell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tansaku.errors import DataError
from tansaku.space import Target
from tansaku.tables import open_table
from tansaku.tables.cells import DECIMAL_ATTRIBUTE, read_column
from tansaku.tables.filled import cells_of
from tansaku.tables.grids import address
from tests.tables.nasty import TABLES, Nasty


def test_the_corpus_is_large_enough() -> None:
    assert len(TABLES) >= 25
    assert len({each.name for each in TABLES}) == len(TABLES)


@pytest.mark.parametrize("nasty", [t for t in TABLES if not t.error], ids=lambda t: t.name)
def test_it_gives_what_was_meant(nasty: Nasty, tmp_path: Path) -> None:
    table = open_table(nasty.write(tmp_path), wanted=list(nasty.columns))
    comma = table.frame.attrs.get(DECIMAL_ATTRIBUTE)
    limits, failed = {}, []
    for name, expected in nasty.columns.items():
        reading = read_column(table.frame[name], comma)
        assert not reading.complaints
        wanted = np.array([np.nan if v is None else v for v in expected])
        np.testing.assert_allclose(reading.values, wanted, rtol=1e-15)
        column = table.layout.columns[table.layout.names.index(name)]
        for row, cell in enumerate(reading.cells):
            place = address(table.layout.body[row], column)
            if cell.limit:
                limits[place] = cell.limit
            if cell.kind == "failed":
                failed.append(place)
    assert (limits, tuple(failed)) == (nasty.limits, nasty.failed)
    told = " ".join(table.notices)
    assert [word for word in nasty.said if word not in told] == []


def read_whole(path: Path) -> None:
    """Read a table and all of its cells, the last column as the result."""
    table = open_table(path)
    *inputs, last = table.layout.names
    cells_of(table.frame, inputs, [Target(name=last)], only_measured=False, outcomes=True)


@pytest.mark.parametrize("nasty", [t for t in TABLES if t.error], ids=lambda t: t.name)
def test_it_is_refused_and_says_where(nasty: Nasty, tmp_path: Path) -> None:
    path = nasty.write(tmp_path)
    with pytest.raises(DataError) as caught:
        read_whole(path)
    told = str(caught.value)
    assert [word for word in nasty.error if word not in told] == []
    assert caught.value.hint


def test_a_person_decides_about_commas(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('x,y\n1,"1,234"\n2,"5,678"\n', encoding="utf-8")
    found = {}
    for comma in ("decimal", "thousands"):
        frame = open_table(path, comma=comma).frame
        cells = cells_of(frame, ["x"], [Target(name="y")], only_measured=False)
        found[comma] = cells.targets.ravel().tolist()
    assert found == {"decimal": [1.234, 5.678], "thousands": [1234, 5678]}


def test_a_sheet_is_named_by_a_person(tmp_path: Path) -> None:
    nasty = next(t for t in TABLES if t.name == "two sheets that may be meant")
    path = nasty.write(tmp_path)
    assert open_table(path, sheet="ｊｕｎｅ ").grid.name == "June"
    assert open_table(path, sheet=0).grid.name == "May"
    with pytest.raises(DataError, match=r"no sheet 'July'.*'May', 'June'"):
        open_table(path, sheet="July")
