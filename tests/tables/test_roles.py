"""What columns are taken for, and why; a proposal that a person can follow."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tansaku.tables.cells import read_column
from tansaku.tables.details import details_in, status_of
from tansaku.tables.read import laid_out
from tansaku.tables.role_words import ROLE_WORDS
from tansaku.tables.roles import ReadColumn, role_by_name, roles_of, wanted_of
from tansaku.tables.understood import look_at
from tansaku.tables.units import name_without_unit
from tests.seeds import generator
from tests.tables.nasty import book

APRIL = pd.Timestamp("2026-04-01").to_pydatetime()

HEADERS = [
    ("試料番号", ["A-1", "A-2", "A-3"], "id"),
    ("No.", [1, 2, 3], "id"),
    ("x (Si)", [0.0, 0.1, 0.2], "composition"),
    ("Ca", [0.0, 0.1, 0.2], "composition"),
    ("添加量 [mol%]", [0, 5, 10], "composition"),
    ("焼成温度", ["700℃", 750, 800], "process"),
    ("保持時間 (h)", [1, 2, 3], "process"),
    ("雰囲気", ["Ar", "air", "Ar"], "process"),
    ("Q [℃/min]", [1, 2, 5], "process"),
    ("化学式", ["Li2O", "LiZr2(PO4)3", "Li1.2Ca0.1Zr1.9(PO4)3"], "formula"),
    ("組成", ["LiCl", "NaCl", "KCl"], "formula"),
    ("log σ", [-5, -6, -7], "result"),
    ("相対密度 [%]", [90, None, 95], "result"),
    ("p [S/cm]", [1e-5, 2e-5, 3e-5], "result"),
    ("w", ["<1e-8", 1e-6, 1e-5], "result"),
    ("σ sd", [0.1, 0.1, 0.2], "sd"),
    ("測定日", ["2026/4/1", "2026/4/2", "2026/4/3"], "date"),
    ("when", [APRIL] * 3, "date"),
    ("担当者", ["田中", "佐藤", "田中"], "operator"),
    ("Run", [1, 1, 2], "batch"),
    ("ロット", ["L1", "L1", "L2"], "batch"),
    ("判定", ["○", "×", "○"], "status"),
    ("備考", ["白い", None, "再測定した方がよい"], "note"),
    ("remark", [None, None, None], "note"),
    ("nothing known", ["a", "b", "a"], "other"),
]


def seen(name: str, cells: list[object]) -> ReadColumn:
    return ReadColumn(name, read_column(pd.Series(cells, name=name, dtype="object")))


@pytest.mark.parametrize(("name", "cells", "role"), HEADERS, ids=[h[0] for h in HEADERS])
def test_a_column_says_what_it_is(name: str, cells: list[object], role: str) -> None:
    anchor = seen("x", [0.0, 0.1, 0.2])
    found = roles_of([anchor, seen(name, cells), seen("sigma", [1.0, 2.0, None])])
    assert (found[0].role, found[1].role, found[2].role) == ("composition", role, "result")
    assert found[1].reason


def test_the_last_numbers_are_the_result_where_no_name_tells() -> None:
    found = roles_of([seen("a", [1, 2]), seen("b", [3, 4]), seen("c", [5, 6])])
    assert [each.role for each in found] == ["input", "input", "result"]
    assert "last column" in found[2].reason


def test_the_last_result_varies_and_is_no_first_column_id_or_spread() -> None:
    """Of these the last numbers are none that a lab would call a result."""
    spread = [seen("a", [1, 2]), seen("b", [3, 4]), seen("b sd", [0.1, 0.2])]
    assert [each.role for each in roles_of(spread)] == ["input", "result", "sd"]
    constant = [seen("a", [1, 2]), seen("b", [3, 4]), seen("c", [5, 5])]
    assert [each.role for each in roles_of(constant)] == ["input", "result", "other"]
    alone = [seen("a", [1, 2]), seen("b", ["u", "v"])]
    assert roles_of(alone)[0].role == "other"


@pytest.mark.parametrize(
    ("cells", "counts"),
    [([1, 3, 2], True), ([1, 2.5, 2], False), ([0, 1, 2], False), ([1, -1, 2], False)],
)
def test_a_count_of_measurements_is_whole_and_at_least_1(cells: list[object], counts: bool) -> None:
    found = roles_of([seen("x", [1, 2, 3]), seen("sigma", [1, 2, 4]), seen("replicates", cells)])
    assert (found[2].role == "repeats") == counts


def test_inputs_have_no_holes() -> None:
    found = roles_of([seen("a", [1, 2, 3]), seen("b", [3, 4, 6]), seen("y", [5, None, 6])])
    assert [each.role for each in found] == ["input", "input", "result"]


def test_a_constant_column_is_said_to_be_one() -> None:
    found = roles_of([seen("T", [900, 900]), seen("x", [1, 2]), seen("sigma", [1, 2])])
    assert "same in every row" in found[0].reason


@pytest.mark.parametrize(
    ("name", "cells", "wanted"),
    [
        ("sigma", [1e-8, 1e-5], ("max", "log10")),
        ("sigma", [1e-6, 1e-5], ("max", "linear")),
        ("Ea [eV]", [0.3, 0.5], ("min", "linear")),
        ("活性化エネルギー", [0.3, 0.5], ("min", "linear")),
        ("change", [-1, 1000], ("max", "linear")),
        ("sigma", [0, 1e-5], ("max", "linear")),
        ("sigma", [1, 100], ("max", "log10")),
        ("sigma", [1e-6, 1e-4], ("max", "log10")),
        ("sigma", [2e-7, 2e-5], ("max", "log10")),
        ("sigma", [1e-6, 9.9e-5], ("max", "linear")),
        ("sigma", [1e-5], ("max", "linear")),
    ],
)
def test_goal_and_scale_are_proposed(
    name: str, cells: list[object], wanted: tuple[str, str]
) -> None:
    assert wanted_of(seen(name, cells)) == wanted


def test_every_cell_is_accounted_for(tmp_path: Path) -> None:
    rows = [
        ["id", "x", "T", "sigma [S/cm]", "note"],
        ["a", 0.1, "700 ℃", "1.2×10⁻⁵", "fine"],
        ["b", 0.2, "750℃", "<1e-8", None],
        ["c", 0.3, "800℃", "割れ", "=1+1"],
        ["d", 0.4, 800, "gray", None],
        ["e", 0.5, 800, "ND", None],
        ["f", 0.6, "=B7*1000", None, None],
    ]
    path = tmp_path / "t.xlsx"
    path.write_bytes(book(rows, comments={"D2": "again"})())
    look = look_at(laid_out(path))
    found = {column.name: column for column in look.columns}
    sigma = found["sigma [S/cm]"]
    assert [c.address for c in sigma.special] == ["D2", "D3"]
    assert [c.address for c in sigma.limits] == ["D3"]
    assert [c.address for c in sigma.failed] == ["D4"]
    assert [c.address for c in sigma.unreadable] == ["D5"]
    assert [c.address for c in sigma.missing] == ["D6", "D7"]
    assert (sigma.numbers, sigma.low, sigma.unit, sigma.place) == (1, 1.2e-5, "S/cm", "D")
    assert [c.address for c in found["T"].unreadable] == ["C7"]
    assert "no stored value" in found["T"].unreadable[0].complaint
    assert found["T"].unit == "℃"
    assert [(c.address, c.text) for c in look.comments] == [("D2", "again")]
    for column in look.columns:
        parts = (column.limits, column.failed, column.missing, column.unreadable)
        assert column.numbers + column.texts + sum(map(len, parts)) == 6
    assert look.inputs == ("x", "T")  # its one bad cell is to be mended
    assert look.result is sigma


def test_details_of_rows_are_found_by_name() -> None:
    frame = pd.DataFrame(
        {
            "x": [1, 2, 3],
            "判定": ["○", "割れ", None],
            "Run": [7.0, 7.0, 8.0],
            "合成日": ["2026年4月1日", APRIL, None],
            "メモ": ["白い", None, ""],
            "note": [None, "second", None],
            "y": [1, None, 3],
        }
    )
    found, unused = details_in(frame, ["x", "y"])
    assert found == [
        {"status": "ok", "run": "7", "made_on": "2026-04-01", "note": "白い"},
        {"status": "failed", "why": "割れ", "run": "7", "made_on": "2026-04-01", "note": "second"},
        {"run": "8"},
    ]
    assert unused == {}


def test_a_status_that_is_none_names_its_row() -> None:
    frame = pd.DataFrame({"x": [1, 2], "status": ["ok", "purple"]})
    with pytest.raises(Exception, match=r"row 2, column 'status': 'purple' is no status"):
        details_in(frame, ["x"])
    found, unused = details_in(frame, ["x"], strict=False)
    assert (found, unused) == ([{}, {}], {"status": "purple"})


def test_every_word_that_an_export_writes_is_understood() -> None:
    from tansaku.campaign.history.records import Status
    from tansaku.language import LANGUAGES, use
    from tansaku.workbook.pages import status_words

    for language in LANGUAGES:
        with use(language):
            assert {tag: status_of(word) for tag, word in status_words().items()} == {
                tag.value: tag.value for tag in Status
            }


@pytest.mark.parametrize(
    ("name", "cells", "role"),
    [
        ("refractive index", [1.61, 1.7, None], "result"),
        ("Instability index", [0.2, 0.5, 0.9], "input"),
        ("Batch yield", [80, 85.5, None], "result"),
        ("Run time (h)", [2, 4, 8], "process"),
        ("No. of cycles", [100, 200, 500], "input"),
        ("run atmosphere", ["Ar", "N2", "Ar"], "process"),
        ("Run No", [1, 1, 2], "batch"),
        ("sample", ["a", "b", "c"], "id"),
        ("index", [0.2, 0.7, 1.1], "input"),
        ("StdOrder", [3, 1, 2], "id"),
        ("Pt Type", [1, 1, 0], "id"),
        ("Unnamed: 0", [7, 2, 5], "id"),
        ("firing", ["1150℃ 12h", "1150℃ 24h", "1200℃ 12h"], "other"),
        ("stir", ["TRUE", "FALSE", "TRUE"], "other"),
    ],
)
def test_cells_outvote_one_word_of_a_longer_name(name: str, cells: list[object], role: str) -> None:
    others = [seen("x", [0.0, 0.1, 0.2])] + [seen("σ", [1.0, 2.0, 3.0])] * (role != "result")
    assert roles_of([*others, seen(name, cells)])[-1].role == role


def test_a_setting_never_takes_the_place_of_a_result_that_cannot_be_read() -> None:
    unread = [seen("x", [1, 2, 3]), seen("T", [900, 950, 1000]), seen("q", ["3a", "4b", "4b"])]
    assert "result" not in [each.role for each in roles_of(unread)]
    plan = [seen("x", [1, 2, 3]), seen("焼成温度(℃)", [900, 950, 1000])]
    assert "result" not in [each.role for each in roles_of(plan)]
    hole = [seen("x", [1, 2, 3]), seen("T (℃)", [900, None, 1000])]
    assert "result" not in [each.role for each in roles_of(hole)]
    empty = [*plan, seen("q", [None, None, None])]
    assert [each.role for each in roles_of(empty)][-1] == "result"


def test_a_name_holds_the_words_that_it_holds_one_by_one() -> None:
    """Any words joined in any way, less a unit, against each known word looked for by itself:
    Japanese ones as a piece, short ones at an end, others as whole words in a row."""

    def holds(words: list[str], word: str) -> bool:
        if not word.isascii() and len(word) > 1:
            return any(word in each for each in words)
        if len(word) <= 3:
            return word in (words[0], words[-1])
        return f" {word} " in f" {' '.join(words)} "

    known = sorted(set().union(*ROLE_WORDS.values()))
    pieces = np.array([*known, "foo", "Si", "の", "測定", "X"] + [""] * 20, dtype=object)
    rng, told = generator(7), set()
    for _name in range(1500):
        gap = str(rng.choice([" ", "_", "/", "・", ""]))
        name = gap.join(rng.choice(pieces, rng.integers(1, 5)))
        words = re.findall(r"[^\s_/・]+", name_without_unit(name).casefold())
        wanted = (
            r for r, each in ROLE_WORDS.items() if words and any(holds(words, w) for w in each)
        )
        told.add(role := role_by_name(name))
        assert role == next(wanted, None), name
    assert told >= {None, "result", "process", "composition", "id", "note"}
