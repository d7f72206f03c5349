"""Japanese pages follow the English ones: what has changed and is not translated yet is named."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import catalogue
import pages
import pytest

ROOT = Path(__file__).parents[2]
ENGLISH = """---
file_format: mystnb
---

# Growth

Samples are made
by hand, all 20
of them.

- one [item](other.md)
  goes on
- `code`, `alone`

> quoted
> twice

| what | `a` | 3, 5 |
|---|---|---|
| size | either \\| or | 1.2(2), `f (x)` (`g`, 7) |

```{code-cell} python
size = 3  # metres

# Growth
```

$$
\\text{size}
$$
"""
JAPANESE = """---
file_format: mystnb
---

<!-- Made by tools/pages.py from docs/growth.md and docs/locale/ja/LC_MESSAGES/growth.po: \
change these. -->

# 成長

試料は 20 個とも手で作ります。

- 一つの[項目](other.md)
- `code`、`alone`

> 二度の引用

| 何 | `a` | 3、5 |
|---|---|---|
| 大きさ | どちらか | 1.2(2)、`f (x)`（`g`、7） |

```{code-cell} python
size = 3  # メートル

# 成長
```

$$
\\text{大きさ}
$$
"""
TRANSLATIONS = {
    "Growth": "成長",
    "Samples are made by hand, all 20 of them.": "試料は 20 個とも手で作ります。",
    "one [item](other.md) goes on": "一つの[項目](other.md)",
    "quoted twice": "二度の引用",
    "what": "何",
    "size": "大きさ",
    "either \\| or": "どちらか",
    "size = 3  # metres\n\n# Growth": "size = 3  # メートル\n\n# 成長",
    "\\text{size}": "\\text{大きさ}",
}
"""Each message of the page, in order."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with two pages and their translations."""
    (tmp_path / "docs" / "course").mkdir(parents=True)
    (tmp_path / "README.md").write_text("# Growth\n", encoding="utf-8")
    (tmp_path / "docs" / "growth.md").write_text(ENGLISH, encoding="utf-8")
    pages.update(tmp_path)
    for english, po, _made in pages.pages(tmp_path):
        found = pages.messages(english)
        known = catalogue.read_po(po)._replace(translations=TRANSLATIONS)
        po.write_text(catalogue.po_text(known, found), encoding="utf-8")
    pages.update(tmp_path)
    return tmp_path


def changed(project: Path, before: str, after: str) -> list[str]:
    """What the check says once a text of the English page is another one."""
    page = project / "docs" / "growth.md"
    assert before in page.read_text(encoding="utf-8")
    page.write_text(page.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")
    return list(pages.problems(project))


def made(project: Path) -> str:
    """The Japanese page, after an update."""
    pages.update(project)
    return (project / "docs" / "ja" / "growth.md").read_text(encoding="utf-8")


def test_the_pages_are_translated_and_current() -> None:
    tool = str(ROOT / "tools" / "pages.py")
    done = subprocess.run([sys.executable, tool, "--check"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_each_block_is_a_message_and_the_page_is_made_of_their_translations(project: Path) -> None:
    assert pages.messages(project / "docs" / "growth.md") == list(TRANSLATIONS)
    assert made(project) == JAPANESE
    assert list(pages.problems(project)) == []


def test_wrapping_lines_anew_changes_nothing(project: Path) -> None:
    assert changed(project, "made\nby hand, all 20\nof", "made by hand,\nall 20 of") == []


@pytest.mark.parametrize(
    ("before", "after", "now"),
    [
        ("by hand", "by a robot", "Samples are made by a robot, all 20 of them."),
        ("# metres", "# feet", "size = 3  # feet\\n\\n# Growth"),
        ("size |", "sizes |", "sizes"),
    ],
)
def test_a_change_is_named_and_stands_in_english_until_it_is_translated(
    project: Path, before: str, after: str, now: str
) -> None:
    said = changed(project, before, after)
    po = "docs/locale/ja/LC_MESSAGES/growth.po"
    assert f"{po}: not translated: '{now}'" in said
    assert "docs/ja/growth.md: not as this script writes it" in said
    assert after in made(project)
    assert list(pages.problems(project)) == [f"{po}: changed since it was translated: '{now}'"]
    changed(project, after, before)
    assert made(project) == JAPANESE


def test_a_new_section_is_named_and_an_old_one_leaves(project: Path) -> None:
    po = "docs/locale/ja/LC_MESSAGES/growth.po"
    said = changed(project, "> quoted\n> twice", "## Beyond\n\nWith [others](x.md).")
    assert f"{po}: not translated: 'Beyond'" in said
    assert f"{po}: not used any more: 'quoted twice'" in said
    assert "## Beyond\n\nWith [others](x.md)." in made(project)
    assert [line for line in pages.problems(project) if "not used" in line] == []


def test_what_is_written_into_a_japanese_page_is_noticed(project: Path) -> None:
    """So is a page that is there in Japanese only."""
    page = project / "docs" / "ja" / "growth.md"
    page.write_text(JAPANESE.replace("メートル", "フィート"), encoding="utf-8")
    (page.parent / "more.md").write_text("# もっと\n", encoding="utf-8")
    assert list(pages.problems(project)) == [
        "docs/ja/growth.md: not as this script writes it",
        "docs/ja/more.md: has no English page",
    ]


DIGITS = {each: i for i, each in enumerate("一二三四五六七八九", start=1)}


def numbers(text: str) -> Counter[float]:
    """The numbers that a text names, links aside: 10,000 is 1 万, 12 is 十二, a date's 01 is 1."""
    text = re.sub(r"\]\([^)]*\)|(?<=\d),(?=\d{3})", "", text)
    found = re.findall(r"(?<![\w.])(\d+(?:\.\d+)*)(?: ?(万|million))?", text, re.ASCII)
    named = [
        float(n) * {"万": 1e4, "million": 1e6}.get(of, 1) for n, of in found if n.count(".") < 2
    ]
    for tens, ten, ones in re.findall(f"([{''.join(DIGITS)}]?)(十?)([{''.join(DIGITS)}]?)", text):
        if tens or ten or ones:
            named.append(DIGITS.get(tens, bool(ten)) * (10 if ten else 1) + DIGITS.get(ones, 0))
    return Counter(named)


@pytest.mark.parametrize(
    "po", [po for _english, po, _made in pages.pages()], ids=lambda po: str(po.stem)
)
def test_a_translation_has_the_numbers_of_its_text(po: Path) -> None:
    """What is a word in English may be a number in Japanese; code has its own tests."""
    for text, translation in catalogue.read_po(po).translations.items():
        if "\n" not in text:
            assert numbers(text) <= numbers(translation), translation
