"""The documents cannot lie: their code runs as printed, and their links lead somewhere."""

from __future__ import annotations

import doctest
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tansaku.cli.main import main
from tests.project.test_course import OPTIONS

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
NAMES = [str(path.relative_to(ROOT)) for path in DOCUMENTS]

FENCE = re.compile(r"^```([\w{}-]*)[^\n]*\n(.*?)^```\s*$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PICTURE = re.compile(r"!\[[^\]]*\]\(([^)\s]+)\)")
RUN = ("python", "sh")
SHOWN = ("text", "json", "csv", "toml", "diff")
BUILT = ("{code-cell}", "{toctree}")  # read by Sphinx; cells run in tests/project/test_course.py
# What a reader does once, before the block: the test stands in an installed place already.
PREPARATION = (". .venv/bin/activate", "cd ", "git clone ")
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
SHELL_ONLY = set("|&;<>$`*?()")
SERVED = "http://127.0.0.1:8765"
"""Where a page expects `tansaku serve` to run beside it; here it runs at a port that is free."""
WIDEST = 102
"""Columns that a line of code has on a page before its end is out of sight."""


def blocks(document: Path) -> list[tuple[str, str]]:
    """(language, code) of each fenced block, in order."""
    return FENCE.findall(document.read_text(encoding="utf-8"))


def anchors(document: Path) -> set[str]:
    """The heading anchors of a document, as GitHub makes them."""
    text = FENCE.sub("", document.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+\s+(.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.strip().lower()).replace(" ", "-") for h in headings}


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the example files in their place, where `tansaku` is on the path."""
    shutil.copytree(ROOT / "docs" / "example", tmp_path / "docs" / "example")
    scripts = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", scripts + os.pathsep + os.environ["PATH"])
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
def test_every_block_says_what_it_is(document: Path) -> None:
    """A block that is not run is marked as shown on purpose."""
    for language, code in blocks(document):
        assert language in RUN + SHOWN + BUILT, f"block without a known language:\n{code}"


@pytest.mark.parametrize(
    "document",
    [d for d in DOCUMENTS if any(language in RUN for language, _ in blocks(d))],
    ids=lambda path: str(path.relative_to(ROOT)),
)
@pytest.mark.usefixtures("own_registries")
def test_code_runs_as_printed(
    document: Path,
    reader: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Blocks run in order, in one folder; the Python ones share their names."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)  # main sets its own; put back after
    names: dict[str, object] = {"__name__": "__document__"}
    for language, code in blocks(document):
        if language == "python" and SERVED in code:
            with serving() as url:
                run_python(code.replace(SERVED, url), names, document)
        elif language == "python":
            run_python(code, names, document)
        elif language == "sh":
            for step in steps(code):
                run_step(step, reader, capsys)


@contextmanager
def serving() -> Iterator[str]:
    """The address of a server of the folder's campaigns, for as long as a block asks it."""
    command = ["tansaku", "serve", "--port", "0", "--workers", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield json.loads("".join(iter(server.stdout.readline, "}\n")) + "}")["url"]
        finally:
            server.terminate()


def run_python(code: str, names: dict[str, object], document: Path) -> None:
    """Run a block, or, where it shows prompts, compare what it prints."""
    if ">>> " not in code:
        exec(compile(code, f"<block of {document.name}>", "exec"), names)  # noqa: S102 our own documents
        return
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    test = doctest.DocTestParser().get_doctest(code, names, document.name, str(document), 0)
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=flags, verbose=False)
    runner.run(test, out=report.append, clear_globs=False)
    names |= test.globs
    assert not report, "".join(report)


def steps(code: str) -> Iterator[list[str] | str]:
    """A shell block, step by step: the words of a plain `tansaku` command, which needs no shell,
    or lines for bash. `make` lines are only looked up: they would call this very test."""
    script: list[str] = []
    for line in code.replace("\\\n", " ").splitlines():
        if line.startswith("make "):
            command = [*line.split("#")[0].split(), "--dry-run"]
            subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        elif line.startswith("tansaku ") and not SHELL_ONLY & set(QUOTED.sub("", line)):
            if script:
                yield "\n".join(script)
                script = []
            yield shlex.split(line, comments=True)
        elif not line.startswith(PREPARATION):
            script.append(line)
    if script:
        yield "\n".join(script)


def run_step(step: list[str] | str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Run the words of a command by the entry point that the shell calls, or lines in bash."""
    if isinstance(step, str):
        bash = ["bash", "-euo", "pipefail", "-c", step]
        done = subprocess.run(bash, cwd=folder, capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, f"{step}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return
    capsys.readouterr()
    with pytest.raises(SystemExit) as left:
        main(step[1:])
    assert not left.value.code, f"{shlex.join(step)}\n{capsys.readouterr()}"


def columns(line: str) -> int:
    """How wide a line is; a Japanese character takes two columns."""
    return sum(1 + (unicodedata.east_asian_width(each) in "WF") for each in line)


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
def test_code_does_not_run_off_the_page(document: Path) -> None:
    """What a reader copies is seen whole; what a program prints is as wide as it is."""
    for language, code in blocks(document):
        if language in (*RUN, "{code-cell}"):
            lines = OPTIONS.sub("", code).splitlines()
            assert [line for line in lines if columns(line) > WIDEST] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
def test_links_lead_somewhere(document: Path) -> None:
    """Relative links name a file that exists and a heading that it has."""
    text = FENCE.sub("", document.read_text(encoding="utf-8"))
    for link in LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        place, _, anchor = link.partition("#")
        target = (document.parent / place).resolve() if place else document
        assert target.exists(), f"{link} leads nowhere"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), f"{link}: no such heading"


def test_japanese_pages_lead_to_japanese_pages() -> None:
    """Where there are some; the index alone names its English page."""
    docs = ROOT / "docs"
    for page in [ROOT / "README.ja.md", *(docs / "ja").rglob("*.md")]:
        for link in LINK.findall(page.read_text(encoding="utf-8")):
            target = (page.parent / link.partition("#")[0]).resolve()
            if target.is_relative_to(docs) and target != docs / "index.md":
                assert not (docs / "ja" / target.relative_to(docs)).is_file(), f"{page}: {link}"


def test_each_language_has_its_own_pictures() -> None:
    """All of ours have words: Japanese pages show those of docs/images/ja, which are no copies of
    the English ones. No picture lies about that no page shows."""
    images = ROOT / "docs" / "images"
    shown: dict[Path, set[Path]] = {images: set(), images / "ja": set()}
    for page in DOCUMENTS:
        own = (
            images / "ja"
            if "ja" in page.relative_to(ROOT).parts or ".ja" in page.suffixes
            else images
        )
        for picture in PICTURE.findall(page.read_text(encoding="utf-8")):
            file = (page.parent / picture).resolve()
            assert file.parent == own, f"{page.name} shows {picture}"
            shown[own].add(file)
    for folder, pictures in shown.items():
        assert set(folder.glob("*.*")) == pictures
    english, japanese = ({file.name: file for file in files} for files in shown.values())
    assert english.keys() == japanese.keys()
    same = [name for name in english if english[name].read_bytes() == japanese[name].read_bytes()]
    assert same == []


def index_of(page: Path) -> Path:
    """The index that has to name a page: of its folder, or of the next one above that has one."""
    folder = page.parent.parent if page.name == "index.md" else page.parent
    while not (folder / "index.md").exists():
        folder = folder.parent
    return folder / "index.md"


def test_every_page_is_in_its_index() -> None:
    """Each page of docs/ is named by the index of its folder, an index by the one above."""
    for page in (ROOT / "docs").rglob("*.md"):
        if page == ROOT / "docs" / "index.md":
            continue
        index = index_of(page)
        links = LINK.findall(index.read_text(encoding="utf-8"))
        named = {(index.parent / link.partition("#")[0]).resolve() for link in links}
        assert page in named, f"{index} does not name {page}"


@pytest.mark.parametrize("readme", ["README.md", "README.ja.md"])
def test_readme_shows_five_lines_of_each_door(readme: str) -> None:
    """Python, the shell, a spreadsheet and a robot have a heading that says so, and keep to it."""
    text = (ROOT / readme).read_text(encoding="utf-8")
    promised = re.findall(
        r"^## [^\n]*(?:Five lines|5 行)[^\n]*\n+```\w+\n(.*?)^```", text, re.M | re.S
    )
    assert [len([line for line in code.splitlines() if line]) for code in promised] == [5] * 4


def test_the_readme_is_short_and_the_same_in_both_languages() -> None:
    """At most 120 lines, and each block and picture of one language in the other."""

    def shown(readme: str) -> tuple[list[str], list[str]]:
        text = (ROOT / readme).read_text(encoding="utf-8")
        code = re.sub(r" --lang ja| +#.*", "", "".join(code for _, code in FENCE.findall(text)))
        return code.splitlines(), [Path(picture).name for picture in PICTURE.findall(text)]

    assert shown("README.md") == shown("README.ja.md")
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 120
