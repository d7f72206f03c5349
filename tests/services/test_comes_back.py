"""Files that tansaku writes, with results typed in, are read as just these results."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

from tansaku.campaign import Campaign
from tansaku.campaign.history.records import Measurement
from tansaku.errors import TableError, UnknownNameError
from tansaku.language import use
from tansaku.services.exchange import export
from tansaku.services.plan_furnace import plan_runs
from tansaku.services.pool import pool
from tansaku.services.record import record_file
from tansaku.services.status import status
from tansaku.services.suggest_samples import suggest
from tansaku.store import open_store


@pytest.fixture
def store(tmp_path: Path) -> str:
    """A campaign of twelve named samples, half of them measured; one of them twice."""
    frame = pd.DataFrame(
        {
            "sample": [f"LLZ-{i}" for i in range(12)],
            "x": [0.1 * (i // 3) for i in range(12)],
            "T": [900.0 + 50 * (i % 3) for i in range(12)],
            "y": [1e-6 * (1 + i) if i % 2 else None for i in range(12)],
        }
    )
    campaign = Campaign.from_table(frame, inputs=["x", "T"], target="y", scale="log10", name="lab")
    campaign.record("LLZ-1", y=2.4e-6, pellet="B")
    url = f"sqlite:///{tmp_path / 's.db'}"
    with open_store(url) as opened:
        opened.create(campaign.document)
    return url


def measured(store: str) -> list[Measurement]:
    with open_store(store) as opened:
        return list(Campaign(opened.load("lab")).state.measurements)


def test_an_exported_table(store: str, tmp_path: Path) -> None:
    """Only the rows that were filled in are new; as it is, nothing is."""
    file = tmp_path / "lab.csv"
    export(store, "lab", file)
    with pytest.raises(TableError, match="No row has a value of 'y'"):
        record_file(store, "lab", file)
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    for row in rows:
        if row["sample"] == "LLZ-4":
            row["y"] = "5.1e-6"
    with file.open("w", encoding="utf-8-sig", newline="") as opened:
        writer = csv.DictWriter(opened, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    found = record_file(store, "lab", file)
    assert [(m.sample, m.values, m.sd, m.repeats) for m in found.measurements] == [
        ("LLZ-4", {"y": 5.1e-6}, {}, None)
    ]
    with pytest.raises(TableError, match="No row has a value of 'y'"):
        record_file(store, "lab", export(store, "lab", tmp_path / "again.csv").file)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_workbook_of_a_plan(store: str, tmp_path: Path, language: str) -> None:
    """Runs, names, a failure in the status, a lot and a remark come back."""
    with use(language):
        plan = plan_runs(store, "lab", runs=1, crucibles=2, shared=["T"])
        file = tmp_path / "lab.xlsx"
        export(store, "lab", file)
        book = load_workbook(file)
        page = book.worksheets[1]
        header = [cell.value for cell in page[1]]
        y, why = header.index("y") + 1, header.index({"en": "status", "ja": "状態"}[language]) + 1
        batch = header.index({"en": "batch", "ja": "バッチ"}[language]) + 1
        note = header.index({"en": "note", "ja": "備考"}[language]) + 1
        page.cell(2, y, "5e-6")
        page.cell(2, batch, "L7")
        page.cell(3, why, "割れ")
        page.cell(3, note, "白い")
        book.save(file)
        found = record_file(store, "lab", file)
    first, second = found.measurements
    planned = {s.sample: s.run for s in plan.suggestions}
    assert {first.sample: first.run, second.sample: second.run} == planned
    assert (first.values, first.batch) == ({"y": 5e-6}, "L7")
    assert (second.status.value, second.why, second.note) == ("failed", "割れ", "白い")


@pytest.mark.parametrize("kind", ["suggest", "plan", "pool"])
def test_a_json_document(store: str, tmp_path: Path, kind: str) -> None:
    if kind == "suggest":
        document = suggest(store, "lab", 2).document()
        samples = document["suggestions"]
    elif kind == "plan":
        document = plan_runs(store, "lab", runs=1, crucibles=2, shared=["T"]).document()
        samples = document["runs"][0]["suggestions"]
    else:
        document = pool(store, "lab").document()
        samples = [each for each in document["candidates"] if each["state"] == "open"][:2]
    samples[0]["results"] = {"y": 6e-6}
    file = tmp_path / "answer.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    (found,) = record_file(store, "lab", file).measurements
    assert (found.inputs, found.values) == (samples[0]["inputs"], {"y": 6e-6})
    assert (found.status.value, found.sd, found.why) == ("ok", {}, None)
    assert found.run == samples[0].get("run")
    file.write_text('{"suggestions": [{"id": "s1"}]}', encoding="utf-8")
    with pytest.raises(TableError, match="holds no results"):
        record_file(store, "lab", file)


def test_nothing_is_stored_where_one_of_several_is_wrong(store: str, tmp_path: Path) -> None:
    before = measured(store)
    file = tmp_path / "answer.json"
    answers = [
        {"sample": "LLZ-0", "results": {"y": 5e-6}},
        {"sample": "LLZ-77", "results": {"y": 5e-6}},
    ]
    file.write_text(json.dumps(answers), encoding="utf-8")
    with pytest.raises(UnknownNameError, match="LLZ-77"):
        record_file(store, "lab", file)
    assert measured(store) == before
    assert status(store, "lab").measurements == len(before)
