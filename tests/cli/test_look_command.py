"""look, and new from a table as it was read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Tansaku

MIXED = 'x;T [℃];y [S/cm]\n0,1;"700 ℃";1,2e-5\n0,2;750;<1e-8\n0,3;800;割れ\n0,4;800;\n'


def test_look_shows_columns_cells_and_the_command(tansaku: Tansaku, place: Path) -> None:
    (place / "mixed.csv").write_text(MIXED, encoding="utf-8")
    done = tansaku("look", "mixed.csv")
    assert done.code == 0
    for words in (
        "separated by semicolons",
        "process",
        "result (max, log10)",
        "0.1 to 0.4",
        "C3: '<1e-8' -> below 1e-08",
        "C4: '割れ'",
        "C2: '1,2e-5' -> 1.2e-05",
        "--inputs 'x,T [℃]' --target 'y [S/cm]:max:log10'",
        "--as-read",
    ):
        assert words in done.out
    assert not (place / "tansaku.db").exists()


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_look_as_json(tansaku: Tansaku, place: Path, lang: str) -> None:
    (place / "mixed.csv").write_text(MIXED, encoding="utf-8")
    found = tansaku("look", "mixed.csv", "--json", "--lang", lang).json
    assert [c["role"] for c in found["columns"]] == ["composition", "process", "result"]
    assert found["taken"]["inputs"] == ["x", "T [℃]"]
    assert found["separator"] == ";"


def test_look_lists_so_many_columns_and_json_all(tansaku: Tansaku, place: Path) -> None:
    names = [f"c{j}" for j in range(304)]
    lines = [names, *([str(i + j / 1000) for j in range(304)] for i in range(3))]
    (place / "wide.csv").write_text("\n".join(map(",".join, lines)), encoding="utf-8")
    done = tansaku("look", "wide.csv")
    assert " c299: " in done.out
    assert " c300: " not in done.out
    assert "and 4 more; --json lists all" in done.out
    found = tansaku("look", "wide.csv", "--json").json
    assert [column["name"] for column in found["columns"]] == names
    assert found["taken"]["target"] == "c303:max"


def test_look_refuses_what_is_no_table(tansaku: Tansaku, place: Path) -> None:
    assert tansaku("look", "nowhere.csv").code == 3
    (place / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    done = tansaku("look", "old.xls")
    assert done.code == 3
    assert "save it again as .xlsx" in done.err


def test_new_asks_and_takes_what_it_said(tansaku: Tansaku, place: Path) -> None:
    asked = tansaku("new", "lab", "--table", "table.csv")
    assert asked.code == 2
    assert "--inputs a,b --target y:max" in asked.err
    assert "--as-read" in asked.err
    assert not (place / "tansaku.db").exists()
    done = tansaku("new", "lab", "--table", "table.csv", "--as-read", "--json")
    assert done.code == 0
    assert (done.json["inputs"], done.json["measured"]) == (["a", "b"], 8)


def test_new_mixes_what_is_given_and_what_is_read(tansaku: Tansaku) -> None:
    done = tansaku("new", "l", "--table", "table.csv", "--target", "y:min", "--as-read", "--json")
    assert done.code == 0
    assert done.json["targets"] == ["y:min"]
    for given in (["--target", "y"], ["--inputs", "a,b"]):
        assert tansaku("new", "m", "--table", "table.csv", *given).code == 2


def test_decimal_commas_are_said_where_they_are_open(tansaku: Tansaku, place: Path) -> None:
    (place / "open.csv").write_text('a,y\n1,"1,234"\n2,"2,345"\n3,\n', encoding="utf-8")
    given = ["new", "lab", "--table", "open.csv", "--inputs", "a", "--target", "y"]
    asked = tansaku(*given)
    assert asked.code == 3
    assert "--decimal" in asked.err
    assert tansaku(*given, "--decimal", "comma", "--json").json["best"]["value"] == 2.345
    (place / "more.csv").write_text('a,y\n3,"3,456"\n', encoding="utf-8")
    done = tansaku("record", "lab", "more.csv", "--decimal", "comma", "--json")
    assert done.json["measurements"][0]["values"] == {"y": 3.456}


def test_a_workbook_comes_back_over_the_shell(lab: Tansaku, place: Path) -> None:
    import openpyxl

    assert lab("suggest", "lab").code == 0
    assert lab("export", "lab", "lab.xlsx").code == 0
    assert "Nothing new" in lab("record", "lab", "lab.xlsx").out
    book = openpyxl.load_workbook(place / "lab.xlsx")
    headers = [cell.value for cell in book["data"][1]]
    book["data"].cell(row=2, column=headers.index("y") + 1).value = "1.5×10⁻⁶"
    book.save(place / "lab.xlsx")
    done = lab("record", "lab", "lab.xlsx")
    assert "Corrected m1: y=1.5e-06" in done.out
    assert "corrected: m1" in lab("history", "lab").out
    again = lab("record", "lab", "lab.xlsx", "--json").json
    assert (again["recorded"], again["corrected"], again["already"]) == (0, [], 1)
