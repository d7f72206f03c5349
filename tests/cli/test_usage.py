"""What the library of the command line says itself comes in the language in use."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from typer.main import get_command

from tansaku.cli.main import app
from tests.cli.conftest import Tansaku

COMMANDS = list(dict(get_command(app).commands))
JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")
ENGLISH = re.compile(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}")


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_is_japanese_from_head_to_foot(tansaku: Tansaku, name: str) -> None:
    """No heading and no sentence is left in English."""
    told = tansaku(*([name] if name else []), "--lang", "ja", "--help").out
    assert told.startswith("使い方: tansaku")
    assert not re.search(r"^(Options|Arguments|Commands|Usage):|\[(required|default)", told, re.M)
    assert not ENGLISH.search(told)


@pytest.mark.parametrize(
    "given",
    [
        ["suggest"],
        ["suggest", "lab", "--bogus"],
        ["suggest", "lab", "--sed"],
        ["suggest", "lab", "-n", "x"],
        ["suggest", "lab", "--seed", "-1"],
        ["suggest", "lab", "--seed"],
        ["suggest", "lab", "--json=3"],
        ["suggest", "lab", "--time-limit", "x"],
        ["suggest", "lab", "more"],
        ["bogus"],
        ["mark", "lab", "m1", "--status", "bogus"],
    ],
)
def test_errors_of_the_command_line_are_japanese(tansaku: Tansaku, given: list[str]) -> None:
    """And in English they name the same."""
    found = tansaku("--lang", "ja", *given)
    assert found.code == 2
    assert JAPANESE.search(found.err.partition("「tansaku")[0].removeprefix("エラー:"))
    assert not ENGLISH.search(found.err)
    plain = tansaku(*given)
    assert plain.code == 2
    assert not JAPANESE.search(plain.err)


def test_options_of_every_command_may_stand_before_it(tansaku: Tansaku) -> None:
    """As behind it."""
    before = tansaku("--json", "--lang=ja", "--store", "sqlite:///other.db", "list")
    assert before.json == tansaku("list", "--json", "--store", "sqlite:///other.db").json
    assert before.json["store"] == "sqlite:///other.db"


def test_python_runs_it_as_a_module() -> None:
    """``python -m tansaku`` is the command."""
    found = subprocess.run(
        [sys.executable, "-m", "tansaku", "--version"], capture_output=True, text=True, check=True
    )
    assert found.stdout.startswith("tansaku ")
