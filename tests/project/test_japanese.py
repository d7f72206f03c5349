"""One spelling of each word in Japanese: the pages, the README and the program say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INSTEAD = {
    r"パラメーター": "パラメータ",
    r"ブラウザ(?!ー)": "ブラウザー",
    r"フォルダ(?!ー)": "フォルダー",
    r"コンピュータ(?!ー)|計算機": "コンピューター",
    r"サーバ(?!ー)": "サーバー",
    r"コンマ": "カンマ",
    r"ごみ箱": "ゴミ箱",
    r"サンプル(?!サイズ)": "試料",
    r"化学式": "組成式",
    r"(?<!評)価数": "酸化数",
    r"前駆体": "出発原料",
    r"導電率": "伝導度",
    r"雑音": "ノイズ、測定誤差",
    r"無作為探索": "ランダム探索",
    r"ハイパーボリューム": "超体積",
    r"例えば": "たとえば",
    r"(?<!その)他の": "ほかの",
    r"既に": "すでに",
    r"全て": "すべて",
    r"わか[るりらっれ]": "分かる",
    r"[1-9] つ": "一つ、二つ",
    r"\d (?:to|at) (?:> )?\d": "から、個で",
}
"""Not to be used, and the word to use instead."""
TEXTS = sorted(
    [
        ROOT / "README.ja.md",
        *(ROOT / "docs" / "ja").rglob("*.md"),
        *(ROOT / "src" / "tansaku" / "locale" / "ja").rglob("*.po"),
    ]
)
QUOTED = re.compile(r"`[^`\n]*`")
"""What stands in a table or is typed, as others spell it."""


@pytest.mark.parametrize("path", TEXTS, ids=[str(path.relative_to(ROOT)) for path in TEXTS])
def test_a_word_has_one_spelling(path: Path) -> None:
    text = QUOTED.sub("", path.read_text(encoding="utf-8"))
    found = [
        f"line {text.count(chr(10), 0, at.start()) + 1}: {at[0]}: say {instead}"
        for word, instead in INSTEAD.items()
        for at in re.finditer(word, text)
    ]
    assert found == []
