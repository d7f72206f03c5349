"""Parquet files in the shell: wherever a command reads a table, and told where it cannot."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tansaku.tables import opening

Tansaku = Callable[..., Any]
AS_READ = ("--inputs", "a,b", "--target", "y:max:log10")


@pytest.fixture(autouse=True)
def packed(place: Path) -> None:
    """The table once more, as a Parquet file."""
    frame = pd.read_csv(place / "table.csv")
    frame.to_parquet(place / "table.parquet")
    frame.dropna().assign(y=2 * frame["y"]).to_parquet(place / "older.parquet")
    frame[frame["y"].isna()].fillna({"y": 3e-6}).to_parquet(place / "new.parquet")


def test_every_command_reads_them_as_it_reads_a_csv(tansaku: Tansaku) -> None:
    found = {}
    for kind in ("csv", "parquet"):
        looked = tansaku("look", f"table.{kind}", "--json").json
        assert [column["role"] for column in looked["columns"]] == ["input", "input", "result"]
        assert (looked["sheet"], looked["sheets"], looked["notices"]) == (None, [], [])
        made = tansaku("new", kind, "--table", f"table.{kind}", *AS_READ)
        assert made.code == 0, made.err
        assert "Candidates: 12; measured: 8" in made.out
        found[kind] = tansaku("suggest", kind, "--json").json["suggestions"]
    assert found["csv"] == found["parquet"]
    study = tansaku("study", "--table", "older.parquet", *AS_READ, "--json")
    assert study.code == 0, study.err
    added = tansaku("source", "parquet", "add", "older.parquet", "--source-factor", "1")
    assert added.code == 0, added.err
    assert "'older.parquet': 8 measured points of 'y'" in added.out + added.err
    recorded = tansaku("record", "parquet", "new.parquet")
    assert recorded.code == 0, recorded.err
    assert tansaku("status", "parquet", "--json").json["measured"] == 12


def test_what_it_takes_is_told(tansaku: Tansaku, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        opening, "find_spec", lambda name: None if name == "pyarrow" else find_spec(name)
    )
    for command in (
        ("look", "table.parquet"),
        ("new", "lab", "--table", "table.parquet", *AS_READ),
        ("study", "--table", "table.parquet", *AS_READ),
    ):
        done = tansaku(*command)
        assert done.code == 3
        assert "pip install 'tansaku[parquet]'" in " ".join(done.err.split())
    assert "tansaku[parquet]" in tansaku("look", "table.parquet", "--lang", "ja").err
