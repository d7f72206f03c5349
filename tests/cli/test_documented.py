"""The documents name every command, option, exit code, variable and error code, and no others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

from tansaku import errors
from tansaku.cli.main import app

DOCS = Path(__file__).parents[2] / "docs"
SHARED = {"--store", "--json", "--lang", "--quiet", "--help"}
COMMANDS = dict(get_command(app).commands)
PAGES = {"commands.md": "Every command", "ja/commands.md": "すべてのコマンドに共通"}
"""The pages of the commands, each with the heading of what holds for all of them."""


def sections(text: str) -> dict[str, str]:
    """{heading of the second level: what stands under it}."""
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.fixture(scope="module", params=PAGES)
def commands(request: pytest.FixtureRequest) -> dict[str, str]:
    """The sections of a page, by command; the one for all of them under an empty name."""
    found = sections((DOCS / request.param).read_text(encoding="utf-8"))
    return {"": found.pop(PAGES[request.param]), **found}


def kinds(of: type[errors.TansakuError]) -> Iterator[type[errors.TansakuError]]:
    """The class and all below it."""
    yield of
    for each in of.__subclasses__():
        yield from kinds(each)


def test_every_command_has_a_section(commands: dict[str, str]) -> None:
    """And every section is a command, with an example of its use."""
    assert set(commands) == {"", *COMMANDS}
    for name in COMMANDS:
        assert f"\ntansaku {name}" in commands[name]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented(commands: dict[str, str], name: str) -> None:
    """Options and arguments of the command are in its table, and the table has no others."""
    rows = re.findall(r"^\| (`.+?`) \|", commands[name], flags=re.MULTILINE)
    told = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", " ".join(rows)))
    there = {option for each in COMMANDS[name].params for option in each.opts if option[0] == "-"}
    assert told == there - SHARED
    shared = set(re.findall(r"^\| `(--[a-z]+)", commands[""], flags=re.MULTILINE))
    assert shared == SHARED
    arguments = {
        word
        for each in COMMANDS[name].params
        if each.opts[0][0] != "-"
        for word in each.metavar.strip("[]").split("|")
    }
    told = {
        word for row in rows for word in re.split(", |、", row.replace("`", "")) if word.isupper()
    }
    assert arguments == told


def test_defaults_are_as_documented(commands: dict[str, str]) -> None:
    """Numbers and names that the tables give as defaults."""
    for name, option, default in (
        ("suggest", "n", 1), ("suggest", "strategy", "standard"), ("suggest", "seed", 0),
        ("study", "runs", 1000), ("study", "seed", 0),
    ):  # fmt: skip
        (found,) = [each.default for each in COMMANDS[name].params if each.name == option]
        assert found == default
        told = (f"{default}`", f"default {default}", f"既定は {default}")
        assert any(each in commands[name] for each in told)


@pytest.mark.parametrize("page", ["errors.md", "ja/errors.md"])
def test_every_error_code_is_documented(page: str) -> None:
    """With its class and exit code, once."""
    text = (DOCS / page).read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| `(\w+)` \| (\d) \|", text, flags=re.MULTILINE)
    there = [(each.code, each.__name__, str(each.exit_code)) for each in kinds(errors.TansakuError)]
    assert sorted(rows) == sorted(there)
    assert "| `bug` |" in text


def test_exit_codes_are_documented(commands: dict[str, str]) -> None:
    """Those of the error classes, success, a bug and Ctrl-C."""
    told = re.findall(r"^\| (\d+) \|", commands[""], flags=re.MULTILINE)
    raised = {str(each.exit_code) for each in kinds(errors.TansakuError)}
    assert set(told) == raised | {"0", "1", "130"}


def test_variables_are_documented() -> None:
    """Every TANSAKU_ variable of the shell's source is in the documents."""
    source = Path(errors.__file__).parent
    texts = [path.read_text(encoding="utf-8") for path in source.rglob("*.py")]
    read = {name for text in texts for name in re.findall(r"\bTANSAKU_[A-Z]+\b", text)}
    told = "".join(path.read_text(encoding="utf-8") for path in DOCS.glob("*.md"))
    known = {"STORE", "LANG", "TRACEBACK", "DEVICE", "USER", "TOKEN", "ATTACHMENT"}
    assert read == {f"TANSAKU_{name}" for name in known}
    assert {name for name in read if name in told} == read
