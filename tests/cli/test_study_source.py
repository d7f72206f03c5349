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


def test_a_campaign_is_a_source(tansaku: Tansaku, place: Path) -> None:
    """With the same answer as the table that it was made from; files of pictures are written."""
    tansaku("new", "old", "--table", "older.csv", "--inputs", "c,b", "--target", "z:max:log10")
    of_table = tansaku(*STUDY, *SOURCE, "--match", "a=c", "--json")
    of_campaign = tansaku(
        *STUDY,
        "--source",
        "old",
        "--source-factor",
        "1",
        "--match",
        "a=c",
        "--out",
        "out",
        "--json",
    )
    assert of_campaign.code == 0, of_campaign.err
    a, b = of_table.json, of_campaign.json
    assert [s["discovery"] for s in a["strategies"]] == [s["discovery"] for s in b["strategies"]]
    assert b["source"]["name"] == "old"
    assert {Path(path).name for path in b["files"]} == {
        "study.json", "study.csv", "discovery.png", "counts.png", "steps.png", "methods.txt",
        "study.ipynb",
    }  # fmt: skip
    assert (place / "out" / "steps.png").read_bytes().startswith(b"\x89PNG")
    refused = tansaku(*STUDY, "--source", "old", "--source-inputs", "c,b")
    assert refused.code == 2
    assert "'old' is a campaign" in refused.err


def test_a_campaign_is_studied(tansaku: Tansaku) -> None:
    """With the older data that it has attached, and more that are named."""
    tansaku("new", "lab", "--table", "table.csv", "--inputs", "a,b", "--target", "y:max:log10")
    how = ("--runs", "2", "--start", "2", "--steps", "4", "--strategies", "alone,standard")
    plain = tansaku("study", "lab", *how, "--json")
    assert plain.code == 0, plain.err
    assert plain.json["n_candidates"] == 8
    assert plain.json["sources"] == []
    added = tansaku("source", "lab", "add", "older.csv", *SOURCE[2:], "--match", "a=c")
    assert added.code == 0, added.err
    found = tansaku("study", "lab", *how, "--json").json
    assert [s["name"] for s in found["sources"]] == ["older.csv"]
    of_table = tansaku(*STUDY[:-1], "alone,standard", *SOURCE, "--match", "a=c", "--json").json
    for one, other in zip(found["strategies"], of_table["strategies"], strict=True):
        assert one["discovery"] == other["discovery"]


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        ((), 2, "needs --table, --inputs, --target, or the name of a campaign"),
        (("--table", "table.csv", "--inputs", "a,b"), 2, "needs --target"),
        (("lab", "--table", "table.csv"), 2, "--table says something of a table, and 'lab'"),
        (("nowhere",), 3, "no campaign 'nowhere'"),
    ],
)
def test_what_is_studied_is_said(
    tansaku: Tansaku, arguments: tuple[str, ...], code: int, part: str
) -> None:
    found = tansaku("study", *arguments)
    assert found.code == code
    assert part in found.err
