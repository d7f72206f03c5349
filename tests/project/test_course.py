"""The pages are built in both languages, which executes the notebooks of the course, once."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
BUILT = ROOT / "build" / "docs"
SOURCE = {"en": DOCS, "ja": DOCS / "ja"}
OUTPUT = {"en": BUILT, "ja": BUILT / "ja"}
NOTEBOOKS = sorted(path.stem for path in (DOCS / "course").glob("[0-9]*.md"))
CODE = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```\s*$", re.MULTILINE | re.DOTALL)
OPTIONS = re.compile(r"\A(---\n.*?^---\n|(:\w+:[^\n]*\n)+)", re.MULTILINE | re.DOTALL)
PATIENCE = 1500
"""Seconds for a build: one of a minute, on a machine that does much else."""


class Loaded(HTMLParser):
    """What a page loads, and the texts that stand for its pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.places: list[str] = []
        self.alternatives: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Scripts, styles and pictures of one tag."""
        given = dict(attrs)
        if tag in ("script", "img", "iframe"):
            self.places.append(given.get("src") or "")
        if tag == "link" and "stylesheet" in (given.get("rel") or ""):
            self.places.append(given.get("href") or "")
        if tag == "img":
            self.alternatives.append(given.get("alt") or "")


@pytest.mark.timeout(PATIENCE)
@pytest.mark.parametrize("language", SOURCE)
def test_the_pages_are_built_and_their_notebooks_run(language: str) -> None:
    """Warnings are errors; each notebook lies beside its page; nothing is loaded from elsewhere."""
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-E", "-b", "html"]
    command += ["-c", str(DOCS), "-D", f"language={language}"]
    command += ["-d", str(ROOT / "build" / "doctrees" / language)]
    done = subprocess.run(
        [*command, str(SOURCE[language]), str(OUTPUT[language])],
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for name in NOTEBOOKS:
        page = OUTPUT[language] / "course" / f"{name}.html"
        nbformat.validate(nbformat.read(page.with_suffix(".ipynb"), as_version=4))
        text = page.read_text(encoding="utf-8")
        assert language == "en" or not re.search(r">\s*(Next|Previous|Home|Back to top)\s*<", text)
        loaded = Loaded()
        loaded.feed(text)
        assert not [place for place in loaded.places if re.match(r"(\w+:)?//", place)]
        assert loaded.alternatives
        assert not [text for text in loaded.alternatives if not text or "/" in text.split()[0]]


def code_of(path: Path) -> list[str]:
    """The cells' code without comments, and with every text the same."""
    cells = CODE.findall(path.read_text(encoding="utf-8"))
    trees = [ast.parse(OPTIONS.sub("", cell)) for cell in cells]
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return [ast.unparse(tree) for tree in trees]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_both_languages_compute_the_same(name: str) -> None:
    """The code of a notebook differs in its comments and texts alone."""
    english, japanese = (code_of(SOURCE[each] / "course" / f"{name}.md") for each in SOURCE)
    assert english == japanese
    assert any("assert" in cell for cell in english)


def quoted(notebook: str, name: str) -> list[float]:
    """The list of numbers that stands behind a name in a notebook."""
    text = (DOCS / "course" / f"{notebook}.md").read_text(encoding="utf-8")
    found = re.search(rf'"{re.escape(name)}": \[([^\]]*)\]', text)
    assert found, name
    return [float(each) for each in found[1].split(",")]


def test_charts_have_the_numbers_of_their_pages() -> None:
    """What the course draws of docs/transfer.md and says of docs/processes.md and
    docs/objectives.md stands there."""
    page = (DOCS / "transfer.md").read_text(encoding="utf-8")
    row = re.compile(
        r"^\| linear, ([a-z, ]+) \| `(\w+)` \| (?:> )?([\d.]+)[^|]* \| ([\d.]+)", re.MULTILINE
    )
    rows = {(where, who): (float(n), float(mean)) for where, who, n, mean in row.findall(page)}
    union = [rows["union", who] for who in ("alone", "mixed", "transfer")]
    assert quoted("08-transfer", "ours 95 %")[1:] == [n for n, _ in union]
    assert quoted("08-transfer", "ours mean")[1:] == [mean for _, mean in union]
    sources = {"as it is": "", "upside down": ", inverted", "shuffled": ", permuted"}
    for name, kind in sources.items():
        who = ("alone", "mixed", "transfer", "standard")
        assert quoted("08-transfer", name) == [rows["aligned" + kind, each][1] for each in who]
    processes = (DOCS / "processes.md").read_text(encoding="utf-8")
    course = (DOCS / "course" / "07-processes.md").read_text(encoding="utf-8")
    gain = re.compile(r"^\| (compositions|both) (?:\| [^|]*){3}\| ([^|]*) \|", re.MULTILINE)
    numbers = dict(gain.findall(processes))
    assert numbers.keys() == {"compositions", "both"}
    assert all(number in course for number in numbers.values())
    rows = (DOCS / "objectives.md").read_text(encoding="utf-8").splitlines()
    (at,) = (i for i, row in enumerate(rows) if row.startswith("| synthetic 221, sigma x density"))
    by_lot, ours = (row.split("|")[6].split()[0] for row in rows[at : at + 2])
    assert f"{ours} samples in place of {by_lot}" in " ".join(course.split())
