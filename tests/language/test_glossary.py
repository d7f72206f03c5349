"""The table of words: every message says them in both languages, and no name says others."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.language.test_catalogue import catalogue

__all__ = ["catalogue"]
ROOT = Path(__file__).parents[2]
FREE = 0.2
"""Share of the messages with a word whose translation may go without it: a sentence that says the
same in other words."""
CODE = re.compile(
    r"\{[^}]*\}|--[\w-]+(?:[= ][A-Z_,=.]+)?|tansaku [\w.-]+|'[^']*'|\b\w+:(?= |$|,)|\b\w+=\S+"
    r"|\b\w+\.(?:csv|xlsx|json|yaml|db|html)\b|\b\w+_\w+\b|help\(.*?\)"
)
"""What is typed or filled in: the same in every language."""


def rows() -> list[list[str]]:
    """The table: word, Japanese, meaning twice, words that are not names."""
    lines = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
    cells = [[c.strip() for c in line.strip("|").split("|")] for line in lines if line[:1] == "|"]
    return cells[2:]


WORDS = {row[0]: row[1].split("、") for row in rows()}


@pytest.mark.parametrize("word", WORDS)
def test_messages_use_one_word_in_each_language(word: str, catalogue: object) -> None:
    po = ROOT / "src/tansaku/locale/ja/LC_MESSAGES/tansaku.po"
    translations = catalogue.read_po(po).translations  # type: ignore[attr-defined]
    said = re.compile(rf"(?<![\w-]){word}s?(?![\w-])", re.IGNORECASE)
    found = {k: v for k, v in translations.items() if said.search(CODE.sub("", k))}
    other = [v for v in found.values() if not any(japanese in v for japanese in WORDS[word])]
    assert len(other) <= FREE * len(found), other


def test_every_row_says_all_in_both_languages() -> None:
    for word, japanese, english, meaning, _not in rows():
        assert word
        assert english
        assert re.search(r"[ぁ-んァ-ヶ一-龠]", japanese + meaning)
    assert len({row[0] for row in rows()}) == len(rows()) > 40


def names() -> Iterator[tuple[Path, str]]:
    """Every file, class, function and argument of the program."""
    for path in (ROOT / "src").rglob("*.py"):
        yield path, path.stem
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                yield path, node.name
            elif isinstance(node, ast.arg):
                yield path, node.arg


def test_no_name_says_another_word() -> None:
    forbidden = {other for row in rows() for other in re.split(r",\s*", row[4]) if other}
    assert len(forbidden) > 5
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path, name in names()
        if forbidden & set(re.findall(r"[a-z]+", re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()))
    ]
    assert found == []
