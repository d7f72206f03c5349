"""All that can fail comes before the commit: what a verb says failed has changed nothing."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from tansaku.cli.main import app
from tansaku.services import opened
from tansaku.store import open_store

Tansaku = Callable[..., Any]
FULL = Path("/dev/full")
STORE = "sqlite:///tansaku.db"

CHANGES: dict[str, Sequence[str]] = {
    "suggest": ("suggest", "lab"),
    "plan": ("plan", "lab", "--shared", "b", "--crucibles", "1"),
    "record one": ("record", "lab", "--at", "a=0,b=2", "--result", "y=5e-6"),
    "record a table": ("record", "lab", "rows.csv"),
    "mark": ("mark", "lab", "m1", "--status", "excluded"),
    "correct": ("correct", "lab", "m1", "--result", "y=1.1e-6"),
    "withdraw": ("withdraw", "lab", "s1"),
    "block": ("block", "lab", "a > 2"),
    "unblock": ("unblock", "lab", "b > 1"),
    "undo": ("undo", "lab"),
    "redo": ("redo", "lab"),
    "source": ("source", "lab", "add", "older.csv"),
    "new": ("new", "other", "--table", "table.csv", "--inputs", "a,b", "--target", "y:max"),
    "import": ("import", "lab.json", "--name", "other"),
}  # fmt: skip
"""A call of every verb that stores something."""


@pytest.fixture
def ready(lab: Tansaku, place: Path) -> Tansaku:
    """The campaign ``lab`` with a suggestion under way, something blocked, something undone, and
    files to read."""
    (place / "rows.csv").write_text("a,b,y\n2,0,5e-6\n", encoding="utf-8")
    (place / "older.csv").write_text(
        "a,b,y\n0,0.5,2e-6\n1,1.5,7e-6\n3,0.5,1e-6\n", encoding="utf-8"
    )
    for call in (
        ("suggest", "lab"),
        ("block", "lab", "b > 1"),
        ("export", "lab", "lab.json"),
        ("block", "lab", "a > 1"),
        ("undo", "lab"),
    ):
        assert lab(*call).code == 0
    return lab


def log() -> dict[str, object]:
    """Everything that is stored."""
    with open_store(STORE) as store:
        return {name: store.load(name) for name in store.names()}


@pytest.mark.parametrize("verb", CHANGES)
def test_what_cannot_be_told_is_not_stored(
    ready: Tansaku, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer of every verb is written once before the change is stored. It then works."""
    before = log()

    def fails(answer: Any) -> Any:
        answer.document()
        raise OverflowError(verb)

    with monkeypatch.context() as broken:
        broken.setattr(opened, "tellable", fails)
        with pytest.raises(OverflowError, match=verb):
            get_command(app).main(list(CHANGES[verb]), standalone_mode=False)
    assert log() == before
    assert ready(*CHANGES[verb]).code == 0
    assert log() != before


@pytest.mark.skipif(not FULL.exists(), reason="this system has no full device")
def test_an_answer_that_is_lost_is_told_as_that(process: Tansaku, lab: Tansaku) -> None:
    """Stdout takes nothing: the change is stored, and the error says so."""

    start = "from tansaku.cli.main import main; main()"
    for more in ([], ["--json"]):
        with FULL.open("w") as full:
            done = subprocess.run(
                [sys.executable, "-c", start, "block", "lab", f"a > {2 - len(more)}", *more],
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
            )
        assert done.returncode == 3
        assert done.stderr.count("What was asked for is done and kept") == 1
    assert set(lab("status", "lab", "--json").json["blocked"]) == {"a > 2", "a > 1"}


@pytest.mark.parametrize(
    ("sheet", "words"),
    [
        ("no/where.html", "cannot be written"),
        ("table.csv/x", "cannot be made"),
        ("sheet.pdf", "ending"),
        ("taken.html", "exists already"),
        ("folder.html", "cannot be written"),
    ],
)
def test_a_sheet_that_cannot_be_written_is_no_suggestion(
    tansaku: Tansaku, place: Path, sheet: str, words: str
) -> None:
    """Nothing is suggested, and no other file is left behind."""
    made = tansaku(
        "new", "t", "--template", "Li(?)Y(x)Zr(2-x)(PO4)3", "--vary", "x=0:0.4:0.1", "--target",
        "y:max", "--precursors", "Li2CO3,Y2O3,ZrO2,NH4H2PO4",
    )  # fmt: skip
    assert made.code == 0, made.err
    (place / "taken.html").write_text("kept", encoding="utf-8")
    (place / "folder.html").mkdir()
    before, files = log(), sorted(place.rglob("*"))
    force = ["--force"] if sheet.startswith("folder") else []
    found = tansaku("suggest", "t", "--sheet", sheet, *force)
    assert found.code in (2, 3)
    assert words in found.err
    assert log() == before
    assert sorted(place.rglob("*")) == files
    good = tansaku("suggest", "t", "-n", "2", "--sheet", "sheets", "--json")
    assert good.code == 0
    assert sorted(each.name for each in (place / "sheets").iterdir()) == [
        "s1.html", "s1.xlsx", "s2.html", "s2.xlsx",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sheet", "words"),
    [
        ("no/where.html", "cannot be written"),
        ("sheet.pdf", "ending"),
        ("taken.html", "exists already"),
    ],
)
def test_a_run_sheet_that_cannot_be_written_is_no_plan(
    lab: Tansaku, place: Path, sheet: str, words: str
) -> None:
    (place / "taken.html").write_text("kept", encoding="utf-8")
    before, files = log(), sorted(place.rglob("*"))
    plan = ["plan", "lab", "--crucibles", "2", "--shared", "b", "--sheet"]
    found = lab(*plan, sheet)
    assert found.code in (2, 3)
    assert words in found.err
    assert log() == before
    assert sorted(place.rglob("*")) == files
    assert lab(*plan, "good.html").code == 0
    assert log() != before


@pytest.mark.parametrize(
    "call",
    [
        ("--result", "y=3", "--sd", "y=1e200"),
        ("--result", "y=1e300"),
        ("--result", "y=-1e150"),
        ("--result", "y=<1e200"),
        ("--result", "y=1e400"),
        ("--result", "y=3", "--made", "a=1e200"),
    ],
)
def test_magnitudes_are_bounded_at_the_door(tansaku: Tansaku, call: tuple[str, ...]) -> None:
    """What nothing can be computed with is refused in words, and the campaign goes on."""
    new = ("new", "lin", "--table", "table.csv", "--inputs", "a,b", "--target", "y:max")
    assert tansaku(*new).code == 0
    before = log()
    found = tansaku("record", "lin", "--at", "a=0,b=2", *call, "--yes")
    assert found.code in (2, 3)
    assert log() == before
    assert tansaku("suggest", "lin").code == 0


def test_one_sick_campaign_is_one_sick_line(lab: Tansaku, place: Path) -> None:
    """The others are listed as ever, in text and as JSON. What was told of it behind its last
    change is still listed; who reads its log is told, and doctor names it."""
    new = ("new", "sick", "--table", "table.csv", "--inputs", "a,b", "--target", "y:max")
    assert lab(*new).code == 0
    raw = sqlite3.connect(place / "tansaku.db")
    raw.execute(
        "UPDATE events SET payload = replace(payload, '1e-6', '1e-5') WHERE campaign_id = 2"
    )
    raw.commit()
    assert [each["campaign"] for each in lab("list", "--json").json["campaigns"]] == ["lab", "sick"]
    assert (lab("status", "sick").code, lab("suggest", "sick").code) == (3, 3)
    raw.execute("DELETE FROM summaries")  # as a store of an older version has none
    raw.commit()
    raw.close()
    found = lab("list", "--json")
    assert found.code == 0
    assert [each["campaign"] for each in found.json["campaigns"]] == ["lab"]
    assert [each["campaign"] for each in found.json["sick"]] == ["sick"]
    assert "sick: The store" in lab("list").out
    assert "damaged" in lab("doctor").out


@pytest.mark.parametrize("value", ["1e200", "1e-320"])
def test_what_an_older_version_stored_is_told_and_mended(
    lab: Tansaku, place: Path, value: str
) -> None:
    """An sd that nothing can be computed with: an error of ours, until it is excluded."""
    assert lab("record", "lab", "--at", "a=0,b=2", "--result", "y=5e-6", "--sd", "y=1e-6").code == 0
    document = json.loads((log()["lab"]).model_dump_json())  # type: ignore[attr-defined]
    document["events"][-1]["measurements"][0]["sd"]["y"] = float(value)
    document["campaign"]["name"] = "old"
    (place / "old.json").write_text(json.dumps(document), encoding="utf-8")
    found = lab("import", "old.json")
    assert found.code == (3 if value == "1e200" else 0)
    assert "bug" not in found.err


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 20_000,
        "low: 2024-99-99",
        "z: !!int abc",
        "? [a, {b: c}]\n: 1",
        "42",
        "a: !!timestamp 2001-02-30",
        "a: &x [*x]",
        "{a: 1, a: 2}",
    ],
)
def test_what_is_no_campaign_file_is_told(tansaku: Tansaku, place: Path, text: str) -> None:
    """Errors of other people's programs are no bugs of ours."""
    (place / "c.yaml").write_text(text, encoding="utf-8")
    found = tansaku("new", "n", "--spec", "c.yaml")
    assert found.code == 3
    assert "c.yaml" in found.err
    (place / "c.json").write_text(text.replace("a: ", ""), encoding="utf-8")
    for call in (("import", "c.json"), ("record", "n", "c.json")):
        assert tansaku(*call).code == 3


def test_blank_lines_cost_nothing(tansaku: Tansaku, place: Path) -> None:
    """Below a table they are no rows, however many; the last line has its number."""
    (place / "blank.csv").write_text("x,y\n1,1\n2,\n" + "\n" * 4_000_000, encoding="utf-8")
    assert tansaku("new", "b", "--table", "blank.csv", "--inputs", "x", "--target", "y").code == 0
    (place / "gap.csv").write_text("x,y\n1,1\n\n,\nx7,2\n", encoding="utf-8")
    found = tansaku("new", "g", "--table", "gap.csv", "--inputs", "x", "--target", "y")
    assert found.code == 3
    assert "A5" in found.err or "line 5" in found.err
