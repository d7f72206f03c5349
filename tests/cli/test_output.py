"""What people read: nothing is cut, nothing is markup, and streams keep to their part."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Tansaku = Callable[..., Any]


def test_suggestions_are_told_with_their_uncertainty(lab: Tansaku) -> None:
    """A table with mean and sd, on a log10 scale as a factor, and a line of reason for each."""
    found = lab("suggest", "lab", "-n", "2")
    assert found.code == 0
    assert found.out.count(" ×/÷ ") == 2
    assert "next measurement (95 %)" in found.out
    reasons = [line for line in found.out.splitlines() if line.startswith(("s1: ", "s2: "))]
    assert len(reasons) == 2
    assert found.err == ""


def test_notes_go_to_stderr_unless_quiet(lab: Tansaku) -> None:
    """A replaced suggestion is mentioned, with --json too; --quiet is quiet."""
    lab("suggest", "lab")
    noted = lab("suggest", "lab", "--json")
    assert noted.err.startswith("Note: Earlier suggestions without a result that these replace: 1;")
    assert noted.json["notices"] != []
    assert lab("suggest", "lab", "--quiet").err == ""


def test_numbers_keep_their_meaning(lab: Tansaku) -> None:
    """2.5e-06 is shown as such, and a wide table is not cut where nobody sets a width."""
    out = lab("pool", "lab").out
    assert "2.5e-06" in out
    assert "…" not in out
    assert len([line for line in out.splitlines() if line.strip()]) == 14


def test_brackets_are_no_markup(tansaku: Tansaku, place: Path) -> None:
    """A unit in brackets, a name like a tag or an emoji: shown as written."""
    (place / "odd.csv").write_text("x [mol],sigma [S/cm]\n0,1\n1,2\n2,\n3,\n", encoding="utf-8")
    name = "[red]:smile:[/red]"
    made = tansaku(
        "new", name, "--table", "odd.csv", "--inputs", "x [mol]", "--target", "sigma [S/cm]"
    )
    assert made.code == 0, made.err
    assert name in made.out
    assert name in tansaku("list").out
    assert "sigma [S/cm]" in tansaku("pool", name).out


def test_names_with_commas_and_full_width_digits(tansaku: Tansaku, place: Path) -> None:
    """A column that holds a comma is quoted; digits of a Japanese keyboard are digits."""
    (place / "odd.csv").write_text('"a, b",y\n0,1\n1,2\n-2,\n3,\n', encoding="utf-8")
    made = tansaku("new", "odd", "--table", "odd.csv", "--inputs", '"a, b"', "--target", "y")
    assert made.code == 0, made.err
    found = tansaku("record", "odd", "--at", '"a, b=−２"', "--result", "y=３．５", "--json")
    assert found.json["measurements"][0]["inputs"] == {"a, b": -2.0}
    assert found.json["measurements"][0]["values"] == {"y": 3.5}


def test_history_names_what_happened(lab: Tansaku) -> None:
    """Each event in a line; one that was taken back says so."""
    lab("suggest", "lab", "-n", "2")
    lab("undo", "lab")
    out = lab("history", "lab").out
    assert "results in its table: 8" in out
    assert "suggested: s1, s2 (strategy standard, seed 0)" in out
    assert "taken back" in out
    assert "took back event 2" in out


def test_redo_says_what_is_back(lab: Tansaku) -> None:
    """In both languages, and so does the history; another one finds nothing."""
    lab("block", "lab", "a > 2")
    lab("undo", "lab")
    assert lab("redo", "lab").out == "Brought back: event 2, blocked: a > 2.\n"
    assert "event 2 is back again" in lab("history", "lab").out
    refused = lab("redo", "lab")
    assert (refused.code, refused.out) == (3, "")
    assert "has no undo that can be taken back" in refused.err
    assert "元に戻せる取り消しがありません" in lab("redo", "lab", "--lang", "ja").err
    lab("undo", "lab")
    assert "元に戻しました: 記録 2" in lab("redo", "lab", "--lang", "ja").out
    assert "記録 2 が復活" in lab("history", "lab", "--lang", "ja").out


@pytest.mark.parametrize("arguments", [(), ("--help",)])
def test_help(tansaku: Tansaku, arguments: tuple[str, ...]) -> None:
    """Without a command the help is shown, and that is no error."""
    found = tansaku(*arguments)
    assert found.code == 0
    assert "suggest" in found.out


def test_version(tansaku: Tansaku) -> None:
    """The version of the package."""
    import tansaku as package

    assert tansaku("--version").out == f"tansaku {package.__version__}\n"
