"""A chemist's untidy workbook goes in, suggestions come out, a week's results go back.

Two failures, one "<1e-8" and three replicates: the next suggestion's reason speaks of them.
"""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from tansaku.language import _, use
from tests.cli.conftest import Tansaku

ROWS = (
    ("Ａ－１", "０．００", "８００", "1.2×10⁻⁶", "白い"),
    ("Ａ－２", "０．００", "９００ ℃", "3.5×10⁻⁶", ""),
    ("Ａ－３", "０．０５", "８００", "5.1×10^-6", "佐藤が測定"),
    ("Ａ－４", "０．０５", "９００", "8.8×10⁻⁶", ""),
    ("Ａ－５", 0.1, "８００", "1.9×10⁻⁵", ""),
    ("Ａ－６", 0.1, 900, "2.6×10−5", ""),
    ("Ａ－７", 0.15, "１０００", "ND", "相対密度が低い"),
    ("Ａ－８", 0.15, "８００", "9.0×10⁻⁶", ""),
)
"""Sample, amount, temperature, conductivity and a remark, as people type them."""


@pytest.fixture
def workbook(place: Path) -> Path:
    """A title, a blank line, a header of two lines with merged cells, full-width digits, powers of
    ten as superscripts, a ND, and lines for what is not made yet."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "測定結果"
    sheet.append(["２０２６年度　ＮＡＳＩＣＯＮ　測定結果（第３版）"])
    sheet.append([])
    sheet.append(["試料", "仕込み", "焼成", "評価", ""])
    sheet.append(["番号", "組成 x", "温度 [degC]", "伝導度 [S/cm]", "備考"])
    for row in ROWS:
        sheet.append(list(row))
    for i, (x, heat) in enumerate(
        [(x, t) for x in ("０", "０．０５", "０．１", "０．１５", "０．２")
         for t in ("８５０", "９５０", "１０００")]
    ):  # fmt: skip
        sheet.append([f"Ｂ－{i + 1}", x, heat, None, None])
    sheet.merge_cells("A1:E1")
    sheet.merge_cells("D3:E3")
    book.save(place / "測定.xlsx")
    return place / "測定.xlsx"


TOLD = (
    ("Failed samples taken into account: {failed}.", {"failed": 2}),
    (
        "Results known only as a limit: {limits}; they count as limits, not as values.",
        {"limits": 1},
    ),
    (
        "Measured more than once: {repeated} of the samples, {results} results in all; they are"
        " averaged, and their scatter tells how certain the average is.",
        {"repeated": 1, "results": 3},
    ),
)
"""What the reason has to say; that each of these texts is translated is seen to elsewhere
(tests/language)."""


def results(found: list[dict], inputs: list[str]) -> list[list[object]]:
    """What the lab types back of five suggestions: two failed, one lies below what can be
    measured, one was measured three times, and one is not made yet."""
    at = [[each["inputs"][name] for name in inputs] for each in found]
    return [
        [*at[0], "割れ", ""],
        [*at[1], "溶融", "るつぼに付いた"],
        [*at[2], "＜1×10⁻⁸", ""],
        [*at[3], "2.0×10⁻⁵", "1 回目"],
        [*at[3], "2.4×10⁻⁵", "2 回目"],
        [*at[3], "1.7×10⁻⁵", "3 回目"],
        [*at[4], None, ""],
    ]


def test_a_week_with_an_untidy_workbook(tansaku: Tansaku, workbook: Path, place: Path) -> None:
    seen = tansaku("look", workbook.name, "--json").json
    roles = {column["name"]: column["role"] for column in seen["columns"]}
    assert list(roles.values()) == ["id", "composition", "process", "result", "note"]
    assert not (place / "tansaku.db").exists()
    inputs, name = seen["taken"]["inputs"], seen["taken"]["target"].partition(":")[0]

    made = tansaku("new", "lab", "--table", workbook.name, "--as-read", "--json")
    assert made.code == 0, made.err
    assert (made.json["measured"], made.json["n_candidates"]) == (7, 22)
    asked = tansaku("suggest", "lab", "-n", "5", "--json").json["suggestions"]
    assert "ailed" not in asked[0]["reason"]

    back = openpyxl.Workbook()
    back.active.append([*inputs, name, "備考"])
    for row in results(asked, inputs):
        back.active.append(row)
    back.save(place / "結果.xlsx")
    stored = tansaku("record", "lab", "結果.xlsx", "--json")
    assert stored.code == 0, stored.err
    told = stored.json["measurements"]
    assert [m["status"] for m in told].count("failed") == 2
    assert [m.get("why") for m in told[:2]] == ["割れ", "溶融"]
    assert (told[2]["limits"], told[2]["values"]) == ({name: "below"}, {name: 1e-8})
    assert len(told) == 6

    for lang in ("en", "ja"):
        found = tansaku("suggest", "lab", "--json", "--lang", lang).json["suggestions"][0]
        with use(lang):
            told_in_words = [_(text).format(**facts) for text, facts in TOLD]
        for words in told_in_words:
            assert words in found["reason"]
        assert ("失敗した試料 2 個" in found["reason"]) == (lang == "ja")
        assert 0 < found["chance_to_work"] < 1
        assert found["inputs"] not in [each["inputs"] for each in asked[:4]]
    status = tansaku("status", "lab", "--json").json
    assert (status["failed"], status["limits"], status["replicated"]) == (2, 1, 1)
