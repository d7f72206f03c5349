"""Every verb over HTTP: the answers are those of the services, stored in the same store."""

from __future__ import annotations

import io
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from starlette.testclient import TestClient

from tansaku.services.history import history
from tansaku.services.measurements import measurements
from tansaku.services.pool import pool
from tansaku.services.predict import predict
from tansaku.services.results import results
from tansaku.services.source import show
from tansaku.services.status import status
from tansaku.services.suggest_samples import suggest, under_way
from tests.tables.parquets import packed
from tests.web.conftest import API, CAMPAIGN, LAB, ROWS, caller


def said(response: Any, status: int = 200) -> Any:
    """The document of a response that went well."""
    assert response.status_code == status, response.text
    return response.json()


def test_a_campaign_is_made_listed_looked_at_and_removed(api: TestClient, store: str) -> None:
    made = api.post(f"{API}/campaigns", json=CAMPAIGN | {"name": "Li/Zr 電解質"})
    assert said(made, 201)["measured"] == 8
    place = made.headers["location"]
    assert said(api.get(place))["campaign"] == "Li/Zr 電解質"
    assert [c["campaign"] for c in said(api.get(f"{API}/campaigns"))["campaigns"]] == [
        "Li/Zr 電解質"
    ]
    assert said(api.post(f"{place}/rename", json={"name": "lab"}))["campaign"] == "lab"
    assert said(api.delete(f"{LAB}?why=done"))["event"]["why"] == "done"
    assert api.get(LAB).status_code == 404
    assert [r["campaign"] for r in said(api.get(f"{API}/trash"))["removed"]] == ["lab"]
    said(api.post(f"{API}/trash/lab/restore"))
    assert said(api.get(LAB)) == status(store, "lab").document()


def test_a_campaign_of_parameters(api: TestClient) -> None:
    """The document of a file behind ``new --spec``."""
    body = {
        "name": "t",
        "template": "Li(?)Y(x)Zr(2-x)(PO4)3",
        "parameters": ["x=0:0.5:0.1"],
        "constraints": ["x <= 0.3"],
        "targets": [{"name": "sigma", "goal": "max", "scale": "log10"}],
    }
    assert said(api.post(f"{API}/campaigns", json=body), 201)["n_candidates"] == 4
    found = said(api.get(f"{API}/campaigns/t/pool"))["candidates"]
    assert [c["formula"] for c in found][:2] == ["LiZr2P3O12", "Li1.1Y0.1Zr1.9P3O12"]


def test_answers_are_those_of_the_services(lab: TestClient, store: str) -> None:
    found = said(lab.post(f"{LAB}/suggestions", json={"n": 2, "seed": 3, "by": "Sato"}))
    again = suggest(store, "lab", 2, seed=3, by="Sato").document()
    for each in (found, again):
        for suggestion in each["suggestions"]:
            suggestion.pop("id")  # the second call replaces the suggestions of the first
    assert found["suggestions"] == again["suggestions"]
    assert said(lab.get(f"{LAB}/suggestions")) == under_way(store, "lab").document()
    asked = {"at": {"a": 1.5, "b": 1}, "seed": 2}
    expected = predict(store, "lab", {"a": 1.5, "b": 1}, seed=2).document()
    assert said(lab.post(f"{LAB}/predict", json=asked)) == expected
    for path, service in (
        ("", status),
        ("/pool", pool),
        ("/history", history),
        ("/measurements", measurements),
        ("/results", results),
        ("/sources", show),
    ):
        assert said(lab.get(LAB + path)) == service(store, "lab").document(), path


def test_the_posterior_agrees_with_predictions(lab: TestClient) -> None:
    """At a point that is asked for, and at the candidate of the pool that it is."""
    at = {"a": 2.0, "b": 2.0}
    expected = said(lab.post(f"{LAB}/predict", json={"at": at}))["predicted"]["y"]
    (point,) = said(lab.post(f"{LAB}/posterior", json={"points": [at]}))["points"]
    whole = said(lab.get(f"{LAB}/posterior"))["points"]
    assert [each["pool_row"] for each in whole] == list(range(12))
    for found in (point["predicted"]["y"], whole[8]["predicted"]["y"]):
        for field in ("mean", "sd", "low", "high"):
            assert found[field] == pytest.approx(expected[field], rel=1e-6)
    assert 0 < point["chance_to_beat_best"] < 1


def test_results_come_back_in_every_way(lab: TestClient) -> None:
    found = said(lab.post(f"{LAB}/suggestions", json={"n": 1}))["suggestions"][0]
    one = {"id": found["id"], "results": {"y": 5e-6}, "operator": "Sato", "confirm": True}
    stored = said(lab.post(f"{LAB}/measurements", json=one))["measurements"][0]
    assert (stored["inputs"], stored["operator"]) == (found["inputs"], "Sato")
    limit = {"at": {"a": 0, "b": 0}, "results": {"y": "<2e-6"}, "confirm": True}
    said(lab.post(f"{LAB}/measurements", json=limit))
    rows = {"rows": [{"a": 1, "b": 1, "y": 8.1e-6}, {"a": 1, "b": 2, "y": 6.2e-6}], "confirm": True}
    assert said(lab.post(f"{LAB}/measurements/rows", json=rows))["recorded"] == 2
    file = lab.post(
        f"{LAB}/measurements/file?filename=new.csv&confirm=true", content=b"a,b,y\n2,1,9.2e-6\n"
    )
    assert said(file)["recorded"] == 1
    every = said(lab.get(f"{LAB}/measurements"))["measurements"]
    assert len(every) == 8 + 5
    assert every[9]["limits"] == {"y": "below"}


def test_results_are_corrected_marked_and_taken_back(lab: TestClient) -> None:
    right = {"id": "m1", "results": {"y": 1.1e-6}, "confirm": True}
    assert said(lab.post(f"{LAB}/correct", json=right))["after"]["values"] == {"y": 1.1e-6}
    mark = {"ids": ["m2"], "status": "excluded", "why": "pale", "keep": True}
    assert said(lab.post(f"{LAB}/mark", json=mark))["marked"]["why"] == "pale"
    assert said(lab.get(LAB))["excluded"] == 1
    assert said(lab.post(f"{LAB}/undo", json={}))["undone"]["kind"] == "marked"
    assert said(lab.post(f"{LAB}/undo", json={"number": 2}))["undone"]["kind"] == "corrected"
    assert said(lab.get(f"{LAB}/measurements"))["measurements"][0]["values"] == {"y": 1e-6}
    again = [said(lab.post(f"{LAB}/redo", json={}, headers={"Idempotency-Key": "a"})) for _ in "ab"]
    assert again[0] == again[1]
    assert (again[0]["redone"]["number"], again[0]["redone"]["kind"]) == (2, "corrected")
    assert said(lab.get(f"{LAB}/history?offset=5"))["redo"] == 3
    assert said(lab.post(f"{LAB}/redo", json={}))["redone"]["kind"] == "marked"
    assert said(lab.get(f"{LAB}/measurements"))["measurements"][0]["values"] == {"y": 1.1e-6}


def test_candidates_are_withdrawn_blocked_and_planned(lab: TestClient) -> None:
    said(lab.post(f"{LAB}/suggestions", json={"n": 1}))
    assert said(lab.get(f"{LAB}/suggestions/s1"))["state"] == "pending"
    said(lab.post(f"{LAB}/withdraw", json={"ids": ["s1"], "why": "no ZrO2"}))
    assert said(lab.get(f"{LAB}/suggestions/s1"))["state"] == "replaced"
    said(lab.post(f"{LAB}/block", json={"condition": "a > 2", "why": "hot"}))
    assert said(lab.get(LAB))["blocked"] == {"a > 2": "hot"}
    said(lab.post(f"{LAB}/unblock", json={"condition": "a > 2"}))
    plan = said(lab.post(f"{LAB}/plan", json={"crucibles": 2, "shared": ["a"]}))
    (run,) = plan["runs"]
    assert len({s["inputs"]["a"] for s in run["suggestions"]}) == 1
    assert len(run["suggestions"]) == 2


def test_older_data_are_attached(lab: TestClient) -> None:
    """The rows themselves, or another campaign of the store; never a file of the server's."""
    rows = [row | {"y": 1.3 * row["y"]} for row in ROWS if row["y"] is not None]
    table = {"source": "before", "table": rows, "inputs": ["a", "b"], "target": "y"}
    (found,) = said(lab.post(f"{LAB}/sources", json=table))["sources"]
    assert (found["name"], found["kind"]) == ("before", "table")
    sister = [row | {"y": row["y"] and 1.7 * row["y"]} for row in ROWS]
    said(lab.post(f"{API}/campaigns", json=CAMPAIGN | {"name": "sister", "table": sister}), 201)
    said(lab.post(f"{LAB}/sources", json={"source": "sister"}))
    assert said(lab.delete(f"{LAB}/sources/before"))["removed"] == "before"
    assert [s["name"] for s in said(lab.get(f"{LAB}/sources"))["sources"]] == ["sister"]
    for source in ("old.csv", "/etc/passwd", "..\\x"):
        refused = lab.post(f"{LAB}/sources", json={"source": source})
        assert refused.status_code == 422
        assert "no files" in refused.json()["error"]["message"]


def test_a_campaign_names_no_file_of_the_server(api: TestClient) -> None:
    for given in ({"table": "lab.csv"}, {"sources": [{"source": "a/b.csv"}]}):
        refused = api.post(f"{API}/campaigns", json=CAMPAIGN | given)
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "request")
    read = {"sheet": "S1"}
    refused = api.post(f"{API}/campaigns", json=CAMPAIGN | read)
    assert "how a file is read" in refused.json()["error"]["message"]


def test_lists_come_in_parts(lab: TestClient) -> None:
    """The parts put together are the whole, and the headers lead from one to the next."""
    whole = said(lab.get(f"{LAB}/pool"))["candidates"]
    found, link = [], "?limit=5"
    while link:
        part = lab.get(f"{LAB}/pool{link}")
        assert part.headers["x-total-count"] == "12"
        found += said(part)["candidates"]
        link = part.headers.get("link", "").partition(">")[0].removeprefix("<")
    assert found == whole
    assert lab.get(f"{LAB}/pool?limit=0").status_code == 422
    assert said(lab.get(f"{LAB}/history?offset=7"))["events"] == []


def test_files_come_out_and_in(lab: TestClient) -> None:
    whole = lab.get(f"{LAB}/export")
    copied = lab.post(f"{API}/imports?name=copy", content=whole.content)
    assert said(copied, 201) == said(lab.get(LAB)) | {"campaign": "copy"}
    assert lab.get(f"{LAB}/export?format=csv").text.splitlines()[0].startswith("\ufeff")
    book = load_workbook(io.BytesIO(lab.get(f"{LAB}/export?format=xlsx").content))
    assert len(book.sheetnames) > 1
    picture = lab.get(f"{LAB}/plot?kind=profile&at=b=1")
    assert (picture.headers["content-type"], picture.content[:4]) == ("image/png", b"\x89PNG")
    report = lab.get(f"{LAB}/report?lang=ja")
    assert report.headers["content-type"] == "text/html; charset=utf-8"
    assert '<html lang="ja"' in report.text
    svg = lab.get(f"{LAB}/plot?kind=profile&format=svg")
    assert svg.headers["content-type"] == "image/svg+xml"
    assert lab.get(f"{API}/backup").content.startswith(b"SQLite format 3")
    unbegun = json.loads(whole.content) | {"events": []}
    for content in (b"{}", b"\xff", json.dumps(unbegun).encode()):
        refused = lab.post(f"{API}/imports?name=again", content=content)
        error = refused.json()["error"]
        assert (refused.status_code, error["code"]) == (422, "request")
        # where the server keeps the file meanwhile is nothing to who sent it
        assert tempfile.gettempdir() not in error["message"] + error["hint"]


def test_a_long_table_is_listed_in_parts(api: TestClient) -> None:
    """More rows than are listed: those of a part are computed alone, and are those of the whole."""
    rows = [{"x": i / 7, "y": i if i % 6000 == 1 else None} for i in range(12_000)]
    made = {"name": "long", "table": rows, "inputs": ["x"], "targets": ["y:max"]}
    said(api.post(f"{API}/campaigns", json=made), 201)
    place = f"{API}/campaigns/long/pool"
    whole = said(api.get(place))
    assert (len(whole["candidates"]), whole["n"]) == (10_000, 12_000)
    assert len(whole["notices"]) == 1
    for offset in (0, 5_999, 9_990):
        part = api.get(f"{place}?offset={offset}&limit=20")
        assert part.headers["X-Total-Count"] == "10000"
        assert said(part) == whole | {"candidates": whole["candidates"][offset : offset + 20]}


def test_the_whole_store_comes_out_and_in(lab: TestClient, tmp_path: Path) -> None:
    """As one document: equal again from the store that took it in, and all or nothing."""
    whole = lab.get(f"{API}/store")
    assert whole.headers["content-type"] == "application/x-ndjson"
    taken = lab.post(f"{API}/store", content=whole.content)
    assert (taken.status_code, taken.json()["error"]["code"]) == (409, "campaign-exists")
    with caller(f"sqlite:///{tmp_path}/other.db") as other:
        changed = whole.content.replace(b'"b":1.0', b'"b":2.0', 1)
        assert changed != whole.content
        for content in (changed, b"{}", b"", whole.content[:-9]):
            refused = other.post(f"{API}/store", content=content)
            assert (refused.status_code, refused.json()["error"]["code"]) == (422, "request")
        assert not (tmp_path / "other.db").exists()
        found = said(other.post(f"{API}/store", content=whole.content), 201)
        assert (found["campaigns"], found["removed"], found["events"]) == (["lab"], [], 1)
        assert other.get(f"{API}/store").content == whole.content
        assert said(other.get(LAB)) == said(lab.get(LAB))


def test_the_bench(api: TestClient) -> None:
    read = said(api.post(f"{API}/formula", json={"formula": "FeO", "states": {"Fe": 2}}))
    assert read["net_charge"] == 0
    body = {"formula": "Li2ZrO3", "precursors": ["Li2CO3", "ZrO2"], "mass": 5}
    sheet = said(api.post(f"{API}/weigh", json=body))
    assert sheet["precursors"] == pytest.approx({"Li2CO3": 2.4130, "ZrO2": 4.0242}, abs=2e-4)
    body = {"resistance": "100ohm", "thickness": "1mm", "area": "1cm2"}
    assert said(api.post(f"{API}/conductivity", json=body))["conductivity_S_cm"] == 1e-3
    lines = b"T (degC),sigma (S/cm)\n25,1e-5\n60,5e-5\n100,2e-4\n"
    query = "filename=s.csv&temperature=T%20(degC)&conductivity=sigma%20(S/cm)&at=40degC"
    (line,) = said(api.post(f"{API}/conductivity/file?{query}", content=lines))["samples"]
    assert 0.3 < line["fit"]["activation_energy_eV"]["value"] < 0.5
    assert set(line["fit"]["log10_sigma"]) == {"40degC"}
    wrong = api.post(f"{API}/conductivity/file?filename=s.csv&temperature=T", content=lines)
    assert wrong.status_code == 422
    assert "--conductivity" in wrong.json()["error"]["message"]
    look = said(api.post(f"{API}/look?filename=lab/t.csv", content=b"a,y\n1,2\n2,3\n3,\n"))
    assert (look["file"], look["rows"]) == ("t.csv", 3)
    look = said(
        api.post(f"{API}/look?filename=t.parquet", content=packed({"a": [1, 2], "y": [3, 4]}))
    )
    assert (look["file"], look["rows"]) == ("t.parquet", 2)
    assert said(api.get(f"{API}/doctor"))["checks"][0]["name"] == "python"
