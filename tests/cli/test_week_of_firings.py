"""A chemist's week with a workbook that keeps the firing in one cell, "1150℃ 12h": read, suggest,
record by the lab's names, correct a wrong entry, plan a furnace run, fill the workbook in, record
it, look back, and take back; in both languages."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from tests.cli.conftest import Tansaku

SIGMA = "評価結果 σ(25℃)[S/cm]"
HEAT, TIME = "焼成条件 [℃]", "焼成条件 [h]"
ROWS = (
    ("LLZ-01", date(2025, 6, 2), "０．００", "0.2", "1150℃ 12h", "91.2", "2.1×10⁻⁴", None),
    ("LLZ-02", date(2025, 6, 3), 0.05, 0.2, "1150℃ 12h", 92.5, "3.4x10^-4", None),
    ("LLZ-03", date(2025, 6, 9), 0.1, 0.2, "1150℃ 12h", "93.0", "5.2E-4", "きれい"),
    ("LLZ-04", date(2025, 6, 10), 0.15, 0.2, "1150℃ 12h", "割れ", "割れ", "焼成後に割れ"),
    (None,) * 8,
    ("LLZ-05", "2025/6/16", 0, 0.4, "1150℃ 24h", 94.1, "4.0×10-4", "チャンバーA"),
    ("LLZ-06", "2025-06-17", 0.05, 0.4, "1150℃ 24h", 95, "7.7×10⁻⁴", None),
    ("LLZ-07", date(2025, 6, 18), 0.1, 0.4, "1150℃ 24h", 94.4, "<1e-8", "測れず"),
    ("LLZ-08", date(2025, 6, 20), "0.15", 0.4, "1150℃ 24h", "溶融", "—", "融けた"),
    ("LLZ-09", date(2025, 7, 1), 0, 0.6, "1200℃ 12h", 96.2, "4.4×10⁻⁴", None),
    ("LLZ-10", date(2025, 7, 2), 0.05, 0.6, "1200℃ 12h", 96.8, "6.1×10⁻⁴", None),
    ("LLZ-11", None, 0.1, 0.6, "1200℃ 12h", None, None, None),
    ("LLZ-12", None, 0.15, 0.6, "1200℃ 12h", None, None, None),
    ("LLZ-13", None, 0, 0.2, "1200℃ 12h", None, None, None),
    ("LLZ-14", None, 0.05, 0.2, "1200℃ 12h", None, None, None),
)
"""Sample, day, two amounts, firing, density, conductivity and remark, as they were typed."""

ENGLISH = re.compile(r"(?<![\w-])[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}")
"""Three English words in a row."""


@pytest.fixture
def workbook(place: Path) -> Path:
    """A title, a header of two lines below merged cells, a blank line, a mean, a footnote, and a
    comment on the best result."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["LLZTO系 焼結・伝導度まとめ(2025年度)"])
    sheet.append([])
    sheet.append(["試料名", "作製日", "仕込み組成", None, "焼成条件", "評価結果", None, "備考"])
    sheet.append([None, None, "Al量 x", "Ta量 y", None, "相対密度(%)", "σ(25℃)[S/cm]", None])
    for row in ROWS:
        sheet.append(list(row))
    sheet.append(["平均", None, None, None, None, "=AVERAGE(F5:F15)", None, None])
    sheet.append([])
    sheet.append(["※σは室温のバルク+粒界"])
    for merged in ("A1:H1", "C3:D3", "F3:G3", "A3:A4", "B3:B4", "E3:E4", "H3:H4"):
        sheet.merge_cells(merged)
    sheet["G11"].comment = openpyxl.comments.Comment("Auが剥がれた。測り直し要", "lab")
    book.save(place / "焼成.xlsx")
    return place / "焼成.xlsx"


@pytest.fixture(params=["en", "ja"])
def spoken(
    request: pytest.FixtureRequest, tansaku: Tansaku, monkeypatch: pytest.MonkeyPatch
) -> Tansaku:
    """``tansaku``, in English and in Japanese; where it answers in Japanese, it does so wholly."""
    monkeypatch.setenv("TANSAKU_LANG", request.param)

    def run(*arguments: str) -> object:
        done = tansaku(*arguments)
        if request.param == "ja":
            said = [line for line in (done.out + done.err).splitlines() if "tansaku " not in line]
            assert not [line for line in said if ENGLISH.search(line)]
        return done

    return run


def test_the_week(spoken: Tansaku, workbook: Path, place: Path) -> None:
    read(spoken, workbook)
    suggested = spoken("suggest", "llz", "-n", "2")
    assert "LLZ-12" in suggested.out
    assert "LLZ-08" not in suggested.out, "it melted, as its density says"
    assert "m7 (LLZ-07)" in suggested.err, "the limit that contradicts is named"

    by_name_and_corrected(spoken)
    planned(spoken, place)
    filled_in(spoken, place)
    grown(spoken, workbook)
    looked_back_and_taken_back(spoken)


def read(tansaku: Tansaku, workbook: Path) -> None:
    """Two inputs out of one cell; three firings stay three, and nothing is a replicate."""
    seen = tansaku("look", workbook.name)
    assert seen.code == 0
    assert HEAT in seen.out and TIME in seen.out  # noqa: PT018
    made = tansaku(
        "new", "llz", "--table", workbook.name, "--as-read", "--target", f"{SIGMA}:max:log10"
    )
    assert made.code == 0, made.err
    for told in ("焼成条件", "F13", "評価結果 相対密度(%)"):  # split, melted, a result not used
        assert told in made.err
    found = tansaku("pool", "llz", "--json").json["candidates"]
    fired = {each["sample"]: (each["inputs"][HEAT], each["inputs"][TIME]) for each in found}
    assert (fired["LLZ-01"], fired["LLZ-05"], fired["LLZ-11"]) == (
        (1150, 12),
        (1150, 24),
        (1200, 12),
    )
    assert [each["state"] for each in found].count("failed") == 2
    status = tansaku("status", "llz", "--json").json
    assert (status["measured"], status["failed"], status["limits"], status["replicated"]) == (
        8,
        2,
        1,
        0,
    )
    assert status["best"]["sample"] == "LLZ-06"
    stored = tansaku("history", "llz", "--json").json["events"][0]["measurements"]
    notes = {each["sample"]: each["note"] for each in stored}
    assert notes["LLZ-03"] == "きれい"
    assert notes["LLZ-06"] == "Auが剥がれた。測り直し要"


def by_name_and_corrected(tansaku: Tansaku) -> None:
    """A result by the lab's name; one with a wrong power of ten is asked about, then corrected."""
    done = tansaku("record", "llz", "LLZ-11", "--result", f"{SIGMA}=5.9×10⁻⁴")
    assert (done.code, "m11 (LLZ-11)" in done.out) == (0, True)
    asked = tansaku("record", "llz", "LLZ-12", "--result", f"{SIGMA}=1.2×10⁻⁸")
    assert (asked.code, "LLZ-12" in asked.err) == (3, True)
    assert tansaku("record", "llz", "LLZ-12", "--result", f"{SIGMA}=1.2×10⁻⁸", "--yes").code == 0
    put_right = tansaku("correct", "llz", "LLZ-12", "--result", f"{SIGMA}=3.2×10⁻⁴")
    assert (put_right.code, "m12 (LLZ-12)" in put_right.out) == (0, True)
    assert "1.2e-08" in put_right.out


def planned(tansaku: Tansaku, place: Path) -> None:
    """What a run shares has to be said, and the error says how; then a run, and its sheet."""
    refused = tansaku("plan", "llz", "--crucibles", "2")
    assert (refused.code, f"--shared '{HEAT},{TIME}'" in refused.err) == (2, True)
    done = tansaku(
        "plan", "llz", "--crucibles", "2", "--shared", f"{HEAT},{TIME}", "--sheet", "焼成.html"
    )
    assert done.code == 0, done.err
    page = (place / "焼成.html").read_text(encoding="utf-8")
    for text in (HEAT, "1200", TIME, "LLZ-13", "LLZ-14"):
        assert text in page
        assert text in done.out


def filled_in(tansaku: Tansaku, place: Path) -> None:
    """The workbook comes back with a result, a crack and a correction, and is read once."""
    assert tansaku("export", "llz", "週.xlsx").code == 0
    book = openpyxl.load_workbook(place / "週.xlsx")
    known, asked = book.worksheets[:2]
    names = [cell.value for cell in asked[1]]
    sample = next(i for i, name in enumerate(names) if name in ("sample", "試料"))
    status = next(i for i, name in enumerate(names) if name in ("status", "状態"))
    for row in asked.iter_rows(min_row=2):
        if row[sample].value == "LLZ-14":
            row[names.index(SIGMA)].value = "3.6×10⁻⁴"
        elif row[sample].value == "LLZ-13":
            row[status].value = "割れ"
    names = [cell.value for cell in known[1]]
    next(r for r in known.iter_rows() if r[0].value == "m11")[names.index(SIGMA)].value = "5.8e-4"
    book.save(place / "週.xlsx")
    done = tansaku("record", "llz", "週.xlsx", "--json")
    assert done.code == 0, done.err
    assert [(m["sample"], m["run"]) for m in done.json["measurements"]] == [
        ("LLZ-14", "r1"), ("LLZ-13", "r1"),
    ]  # fmt: skip
    assert [m["why"] for m in done.json["measurements"] if m["status"] == "failed"] == ["割れ"]
    assert [m["sample"] for m in done.json["corrected"]] == ["LLZ-11"]
    assert tansaku("record", "llz", "週.xlsx", "--json").json["measurements"] == []


def grown(tansaku: Tansaku, workbook: Path) -> None:
    """The lab's own table, which grew meanwhile: every stored row is known again, one by one."""
    book = openpyxl.load_workbook(workbook)
    cells = {"LLZ-11": "5.8×10⁻⁴", "LLZ-12": "3.2×10⁻⁴", "LLZ-13": "割れ", "LLZ-14": "3.6×10⁻⁴"}
    for row in book.active.iter_rows(min_row=5):
        if row[0].value in cells:
            row[6].value = cells[str(row[0].value)]
    book.save(workbook)
    asked = tansaku("record", "llz", workbook.name, "--json")
    assert asked.code == 3
    assert len(asked.json["error"]["questions"]) == 14
    assert "--only-new" in asked.json["error"]["hint"]
    nothing = tansaku("record", "llz", workbook.name, "--only-new")
    assert (nothing.code, "14" in nothing.err) == (3, True)


def looked_back_and_taken_back(tansaku: Tansaku) -> None:
    """Listed, explained by the lab's name, the last event undone, a suggestion withdrawn."""
    assert "llz" in tansaku("list").out
    why = tansaku("explain", "llz", "LLZ-12")
    assert (why.code, "s1 (LLZ-12)" in why.out, "0.00032" in why.out) == (0, True, True)
    never = tansaku("explain", "llz", "LLZ-01")
    assert (never.code, "s1 (LLZ-12)" in never.err) == (2, True)
    assert tansaku("undo", "llz").code == 0
    events = tansaku("history", "llz", "--json").json["events"]
    assert [e["kind"] for e in events[-3:]] == ["corrected", "recorded", "undone"]
    assert events[-2]["undone_later"]
    open_ones = tansaku("suggest", "llz", "--show", "--json").json["suggestions"]
    assert [each["sample"] for each in open_ones] == ["LLZ-14", "LLZ-13"]
    gone = tansaku("withdraw", "llz", open_ones[0]["id"], "--why", "Ta2O5 待ち")
    assert gone.code == 0
    status = tansaku("status", "llz", "--json").json
    assert (status["pending"], status["open"]) == (1, 1)
    assert tansaku("history", "llz").code == 0
    assert tansaku("results", "llz").code == 0


def test_a_table_of_such_cells_is_never_merged(
    tansaku: Tansaku, workbook: Path, place: Path
) -> None:
    """Without the firing, named inputs would make samples of different firings replicates; with the
    whole cell as a choice, or its parts, they stay apart."""
    amounts = "仕込み組成 Al量 x,仕込み組成 Ta量 y"
    for name, options in (
        ("parts", ("--inputs", f"{amounts},{HEAT},{TIME}")),
        ("choice", ("--inputs", f"{amounts},焼成条件", "--choices", "焼成条件")),
    ):
        made = tansaku(
            "new", name, "--table", workbook.name, "--target", f"{SIGMA}:max:log10", *options
        )
        assert made.code == 0, made.err
        status = tansaku("status", name, "--json").json
        assert (status["n_candidates"], status["replicated"]) == (14, 0)
