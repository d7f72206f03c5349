"""Cells that hold several quantities: each becomes a column of its own, and nothing is lost."""

from __future__ import annotations

import pandas as pd
import pytest

from tansaku.campaign import Campaign
from tansaku.errors import CellError, TableError
from tansaku.tables.cells import read_column
from tansaku.tables.columns import columns_named
from tansaku.tables.parts import parts_of
from tests.seeds import generator

BETWEEN = (" ", "", "×", " / ", "、", ", ", " - ", "　", " で ", " for ")
CELSIUS = ("℃", "°C", " ℃", "degC", "度", " °C")
HOURS = ("h", " h", "時間", " hr", " h (空気中)", " h (空気中)")


@pytest.mark.parametrize("seed", range(20))
def test_quantities_come_apart_however_they_are_joined(seed: int) -> None:
    """Of any two quantities in any usual way of writing, full-width digits included, each part
    reads as the number that was meant."""
    rng = generator(seed)
    between, celsius, hours = (str(rng.choice(each)) for each in (BETWEEN, CELSIUS, HOURS))
    heat = [int(v) for v in rng.integers(500, 1500, size=6)]
    time = [float(v) / 2 for v in rng.integers(1, 100, size=6)]
    cells = [f"{a}{celsius}{between}{b:g}{hours}" for a, b in zip(heat, time, strict=True)]
    cells[0] = cells[0].translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    parts = parts_of("焼成", [*cells, None])
    assert len(parts) == 2, cells
    for (name, part), meant in zip(parts.items(), (heat, time), strict=True):
        read = read_column(pd.Series(part, name=name, dtype=object))
        assert not read.complaints
        assert read.values[:-1].tolist() == meant


def test_another_unit_of_the_same_kind_is_converted() -> None:
    parts = parts_of("firing", ["1150℃ 12h", "1200 °C 90 min", "1473.15 K, 24 h"])
    read = [read_column(pd.Series(each, name=name, dtype=object)) for name, each in parts.items()]
    assert [name for name in parts] == ["firing [℃]", "firing [h]"]  # noqa: C416
    assert read[0].values.tolist() == [1150.0, 1200.0, 1200.0]
    assert read[1].values.tolist() == [12.0, 1.5, 24.0]


def test_a_unit_that_comes_twice_is_numbered() -> None:
    cells = ["900℃ 6h → 1150℃ 12h", "900℃ 6h → 1200℃ 12h"]
    assert list(parts_of("焼成", cells)) == [
        "焼成 1 [℃]", "焼成 2 [h]", "焼成 3 [℃]", "焼成 4 [h]",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "cells",
    [
        ["1150℃", "1200℃", "1250℃"],  # one quantity: a plain column
        ["Ar 1150℃ 12h", "N2 1150℃ 12h"],  # the words differ and would be lost
        ["1150℃ 12h 3", "1150℃ 24h 4"],  # a number without a unit would be lost
        ["1150±5℃ 12h", "1200±5℃ 12h"],
        ["1150-1200℃ 12h", "1200-1250℃ 12h"],
        ["LLZ-1", "LLZ-2"],
        ["2025年6月2日", "2025年6月3日"],
        [None, None],
        [1150.0, 1200.0],
    ],
)
def test_what_would_lose_something_stays_whole(cells: list[object]) -> None:
    assert parts_of("c", cells) == {}


def test_a_stray_cell_is_named_and_not_dropped() -> None:
    firing = ["1150℃ 12h"] * 3 + ["1200℃ 12h"] * 3 + ["1200℃ 24h", "as before"]
    table = pd.DataFrame({"firing": firing, "y": [1.0, 2, 3, 4, 5, 6, 7, None]})
    with pytest.raises(CellError, match="row 8, column 'firing \\[℃\\]': 'as before'"):
        Campaign.from_table(table, inputs=["firing [℃]", "firing [h]"], target="y")


def test_a_table_that_grows_is_recorded_as_it_was_read() -> None:
    """The parts are found again under their names, in Python as from a file."""
    table = pd.DataFrame(
        {
            "x": [0.0, 0.1, 0.0],
            "firing": ["1150℃ 12h", "1150℃ 24h", "1200℃ 12h"],
            "y": [1.0, 2.0, None],
        }
    )
    campaign = Campaign.from_table(table, inputs=["x", "firing [℃]", "firing [h]"], target="y")
    assert "'firing' holds several quantities" in campaign.notices[0]
    campaign.record(table.assign(y=[None, None, 3.0]))
    assert campaign.state.measurements[-1].inputs == {"x": 0, "firing [℃]": 1200, "firing [h]": 12}


def test_a_name_that_is_no_part_is_missing_as_ever() -> None:
    table = pd.DataFrame({"firing": ["1150℃ 12h", "1200℃ 24h"]})
    assert list(columns_named(table, ["firing [h]"])["firing [h]"]) == ["12h", "24h"]
    with pytest.raises(TableError, match=r"no column 'firing \[min\]'"):
        columns_named(table, ["firing [min]"])
