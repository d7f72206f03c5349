"""The Japanese pages, made from the English ones and a catalogue of translations for each.

    python tools/pages.py            gather blocks into docs/locale/, write docs/ja/, README.ja.md
    python tools/pages.py --check    say what is not translated or stale, change nothing

A message is a block of an English page: a heading, a paragraph or an item of a list in one line, a
cell of a table, the inside of a fence or formula as it is. Text without a letter outside of code is
none: in Japanese its punctuation alone differs. A translation may be several paragraphs. A block
without one that holds stands in English on the Japanese page until it has one.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from catalogue import incomplete, po_text, read_po, updated

ROOT = Path(__file__).resolve().parents[1]
LOCALE = Path("docs", "locale", "ja", "LC_MESSAGES")
LEFT_OUT = ("glossary.md", "reference.md")
"""One page in both languages, and one that tools/reference.py writes in each."""

MATTER = re.compile(r"(?:---\n.*?^---\n+)?", re.MULTILINE | re.DOTALL)
"""What a notebook begins with; no part of what is read."""
BLOCK = re.compile(
    r"(?P<open>^ *(?P<mark>`{3,}|\$\$(?=\n))[^\n]*\n)(?P<inside>.*?)(?P<close>\n *(?P=mark)$)"
    r"|(?P<row>^\|[^\n]*)"
    r"|(?P<lead>^ *(?:#+ +|[-*] +|\d+\. +|> ?)?)"
    r"(?P<text>[^\s>][^\n]*(?:\n(?! *(?:[-*] |\d+\. |#+ |\||```|\$\$))[ >]*[^\s>][^\n]*)*)",
    re.MULTILINE | re.DOTALL,
)
"""A text goes on in the next line, unless that is empty or begins with the mark of a block."""
CELL = re.compile(r"(?:\\\||[^|\s])(?:(?:\\\||[^|])*(?:\\\||[^|\s]))?")
CODE = r"`[^`]*`"
LETTER = re.compile(r"[^\W\d_]")
PUNCTUATION = re.compile(rf"(?P<code>{CODE})|(?P<comma>, )| \((?P<within>(?:{CODE}|[^()`])*)\)")
NOTE = "<!-- Made by tools/pages.py from {} and {}: change these. -->\n\n"


def rendered(page: str, translation: Callable[[str], str]) -> str:
    """A page with the translation of each message in its place."""

    def said(text: str) -> str:
        worded = LETTER.search(re.sub(CODE, "", text))
        return translation(text) if worded else punctuated(text)

    def block(found: re.Match[str]) -> str:
        if found["open"]:
            return found["open"] + translation(found["inside"]) + found["close"]
        if found["row"]:
            return CELL.sub(lambda cell: said(cell[0]), found["row"])
        return found["lead"] + said(re.sub(r"\s*\n[ >]*", " ", found["text"]).rstrip())

    return BLOCK.sub(block, page)


def punctuated(text: str) -> str:
    """A text without words as it stands in Japanese."""

    def mark(found: re.Match[str]) -> str:
        if found["code"]:
            return found["code"]
        return "、" if found["comma"] else f"（{punctuated(found['within'])}）"

    return PUNCTUATION.sub(mark, text)


def messages(english: Path) -> list[str]:
    """The messages of a page, in their order."""
    text = english.read_text(encoding="utf-8")
    found: dict[str, str] = {}
    rendered(MATTER.sub("", text, count=1), lambda message: found.setdefault(message, message))
    return list(found)


def pages(root: Path = ROOT) -> Iterator[tuple[Path, Path, Path]]:
    """(English page, its catalogue, Japanese page)."""
    docs = root / "docs"
    yield root / "README.md", root / LOCALE / "README.po", root / "README.ja.md"
    for page in sorted([*docs.glob("*.md"), *docs.glob("course/*.md")]):
        name = page.relative_to(docs)
        if name.name not in LEFT_OUT:
            yield page, root / LOCALE / name.with_suffix(".po"), docs / "ja" / name


def japanese(english: Path, po: Path, root: Path = ROOT) -> str:
    """The Japanese page that an English page and its catalogue make."""
    holding = read_po(po).holding()
    text = english.read_text(encoding="utf-8")
    matter = MATTER.match(text)
    assert matter is not None
    note = NOTE.format(*(path.relative_to(root).as_posix() for path in (english, po)))
    body = rendered(text[matter.end() :], lambda message: holding.get(message, message))
    return matter[0] + note + body


def update(root: Path = ROOT) -> None:
    """Bring every catalogue and every Japanese page up to date."""
    for english, po, made in pages(root):
        found = messages(english)
        for path in (po, made):
            path.parent.mkdir(parents=True, exist_ok=True)
        po.write_text(po_text(updated(read_po(po), found), found), encoding="utf-8")
        made.write_text(japanese(english, po, root), encoding="utf-8")


def problems(root: Path = ROOT) -> Iterator[str]:
    """What is missing or stale, one line each; none where all is well."""
    known = {root / "docs" / "ja" / name for name in LEFT_OUT}
    for english, po, made in pages(root):
        known |= {po, made}
        found = messages(english)
        yield from (f"{po.relative_to(root)}: {line}" for line in incomplete(read_po(po), found))
        for path, text in (
            (po, po_text(read_po(po), found)),
            (made, japanese(english, po, root)),
        ):
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                yield f"{path.relative_to(root)}: not as this script writes it"
    for path in sorted({*(root / LOCALE).rglob("*.po"), *(root / "docs/ja").rglob("*.md")} - known):
        yield f"{path.relative_to(root)}: has no English page"


def main() -> int:
    """Update or check all pages; 1 where something is not translated or stale."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing, say what is wrong")
    check = parser.parse_args().check
    if not check:
        update()
    found = list(problems())
    sys.stderr.writelines(f"{line}\n" for line in found)
    return 1 if check and found else 0


if __name__ == "__main__":
    sys.exit(main())
