"""tansaku study --source: the shell's words for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Tansaku = Callable[..., Any]

OLDER = """c,b,z
0,0,2.0e-6
0,1,3.0e-6
1,0,5.0e-6
1,1,9.0e-6
2,1,1.1e-5
3,2,2.0e-6
"""
STUDY = (
    "study", "--table", "table.csv", "--inputs", "a,b", "--target", "y:max:log10",
    "--runs", "2", "--start", "2", "--steps", "4", "--strategies", "alone,mixed,transfer,standard",
)  # fmt: skip
SOURCE = ("--source", "older.csv", "--source-inputs", "c,b", "--source-target", "z")


@pytest.fixture(autouse=True)
def older(place: Path) -> None:
    """A source beside the table."""
    (place / "older.csv").write_text(OLDER, encoding="utf-8")


@pytest.mark.parametrize("match", ["a=c", "a=c,b=b", "b=b,a=c"])
def test_matched_columns(tansaku: Tansaku, match: str) -> None:
    found = tansaku(*STUDY, *SOURCE, "--match", match, "--json")
    assert found.code == 0, found.err
    assert found.json["source"]["columns"] == [
        {"target": "a", "source": "c"},
        {"target": "b", "source": "b"},
    ]
    assert [s["name"] for s in found.json["strategies"]] == STUDY[-1].split(",")
    assert [s["uses_source"] for s in found.json["strategies"]] == [False, True, True, True]
    assert "a = c, b = b" in found.err


def test_columns_that_one_table_lacks(tansaku: Tansaku) -> None:
    found = tansaku(*STUDY, *SOURCE, "--match", "a=,=c", "--json")
    assert found.code == 0, found.err
    assert {"target": "a", "source": None} in found.json["source"]["columns"]
    assert {"target": None, "source": "c"} in found.json["source"]["columns"]


def test_names_of_the_target_serve_the_source(tansaku: Tansaku, place: Path) -> None:
    text = OLDER.replace("c,b,z", "a,b,y")
    (place / "older.csv").write_text(text, encoding="utf-8")
    found = tansaku(*STUDY, "--source", "older.csv", "--json")
    assert found.code == 0, found.err
    assert found.json["source"]["n"] == 6


def test_a_study_without_a_source_says_so(tansaku: Tansaku) -> None:
    assert tansaku(*STUDY, "--json").json["source"] is None


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        ((*SOURCE,), 2, "--match a=c"),
        ((*SOURCE, "--match", "a=d"), 2, "'a=d' is not understood"),
        (("--match", "a=c"), 2, "--source"),
        (("--source-inputs", "c,b"), 2, "--source"),
        (("--source", "nowhere.csv"), 3, "nowhere.csv"),
        ((*SOURCE[:-1], "z:linear", "--match", "a=c"), 2, "--source-target z"),
    ],
)
def test_sources_that_are_refused(
    tansaku: Tansaku, arguments: tuple[str, ...], code: int, part: str
) -> None:
    found = tansaku(*STUDY, *arguments)
    assert found.code == code
    assert part in found.err
    assert "Traceback" not in found.err
