"""The shapes that programs outside rely on: each command's JSON, files and exit code."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Tansaku = Callable[..., Any]
NEW = ("new", "lab", "--table", "table.csv", "--inputs", "a,b", "--target", "y:max:log10")


def test_new(tansaku: Tansaku, place: Path) -> None:
    """The campaign is in tansaku.db of the current folder unless told otherwise."""
    found = tansaku(*NEW, "--json")
    assert found.code == 0
    assert found.json["campaign"] == "lab"
    assert found.json["n_candidates"] == 12
    assert found.json["measured"] == 8
    assert sorted(p.name for p in place.iterdir()) == ["table.csv", "tansaku.db"]


def test_store_by_option_and_environment(
    tansaku: Tansaku, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--store wins over TANSAKU_STORE, which wins over the default."""
    monkeypatch.setenv("TANSAKU_STORE", "sqlite:///of_env.db")
    assert tansaku(*NEW).code == 0
    assert tansaku(*NEW, "--store", "sqlite:///of_option.db").code == 0
    assert {p.name for p in place.glob("*.db")} == {"of_env.db", "of_option.db"}
    assert [each["campaign"] for each in tansaku("list", "--json").json["campaigns"]] == ["lab"]


def test_suggest(lab: Tansaku) -> None:
    """As CONTRACT has it, in every field."""
    found = lab("suggest", "lab", "-n", "3", "--seed", "4", "--json")
    assert found.code == 0
    document = found.json
    assert {"campaign", "strategy", "seed", "suggestions", "model"} <= set(document)
    assert (document["campaign"], document["strategy"], document["seed"]) == ("lab", "standard", 4)
    assert [each["id"] for each in document["suggestions"]] == ["s1", "s2", "s3"]
    for each in document["suggestions"]:
        assert set(each) >= {
            "id", "inputs", "pool_row", "formula", "predicted", "chance_to_beat_best", "reason",
        }  # fmt: skip
        assert set(each["inputs"]) == {"a", "b"}
        assert isinstance(each["pool_row"], int)
        assert each["formula"] is None
        expected = each["predicted"]["y"]
        assert set(expected) >= {"mean", "sd", "low", "high", "unit", "log10_mean", "log10_sd"}
        assert expected["low"] < expected["mean"] < expected["high"]
        assert 0 <= each["chance_to_beat_best"] <= 1
        assert isinstance(each["reason"], str)
        assert each["reason"].endswith(".")
    assert document["model"]["log_marginal_likelihood"].keys() == {"before", "after"}
    again = lab("suggest", "lab", "-n", "3", "--seed", "4", "--json").json
    assert [each["pool_row"] for each in again["suggestions"]] == [
        each["pool_row"] for each in document["suggestions"]
    ]


def test_record_both_ways(lab: Tansaku, place: Path) -> None:
    """One result by options, several by a file."""
    one = lab("record", "lab", "--at", "a=0,b=2", "--result", "y=3.2e-6", "--note", "wet", "--json")
    assert one.code == 0
    assert one.json["recorded"] == 1
    assert one.json["measurements"][0]["values"] == {"y": 3.2e-6}
    assert one.json["measurements"][0]["note"] == "wet"
    (place / "rows.csv").write_text("a,b,y\n2,0,1e-6\n2,2,2e-6\n", encoding="utf-8")
    several = lab("record", "lab", "rows.csv", "--status", "excluded", "--json")
    assert several.json["recorded"] == 2
    assert {each["status"] for each in several.json["measurements"]} == {"excluded"}
    assert several.json["status"]["measured"] == 11


def test_predict(lab: Tansaku) -> None:
    """Mean, sd and interval in the target's unit."""
    found = lab("predict", "lab", "--at", "a=1.5", "--at", "b=0.5", "--json").json
    assert found["inputs"] == {"a": 1.5, "b": 0.5}
    assert set(found["predicted"]["y"]) == {
        "mean", "sd", "low", "high", "unit", "log10_mean", "log10_sd", "function",
    }  # fmt: skip
    told, function = found["predicted"]["y"], found["predicted"]["y"]["function"]
    assert told["low"] < function["low"] < told["mean"] < function["high"] < told["high"]


def test_status_explain_undo_history(lab: Tansaku) -> None:
    """As named; the number of events is that of the history."""
    first = lab("suggest", "lab", "--json").json["suggestions"][0]
    told = lab("explain", "lab", "s1", "--json").json
    assert {key: told[key] for key in ("id", "inputs", "reason", "chance_to_beat_best")} == {
        key: first[key] for key in ("id", "inputs", "reason", "chance_to_beat_best")
    }
    assert (told["state"], told["strategy"], told["seed"]) == ("pending", "standard", 0)
    assert lab("status", "lab", "--json").json["pending"] == 1
    assert lab("status", "--json").json["campaigns"] == [lab("status", "lab", "--json").json]
    undone = lab("undo", "lab", "--json").json
    assert (undone["undone"]["number"], undone["undone"]["kind"]) == (2, "suggested")
    assert lab("status", "lab", "--json").json["pending"] == 0
    events = lab("history", "lab", "--json").json["events"]
    assert [each["kind"] for each in events] == ["created", "suggested", "undone"]
    assert [each["undone_later"] for each in events] == [False, True, False]
    redone = lab("redo", "lab", "--json").json
    assert (redone["redone"]["number"], redone["redone"]["kind"]) == (2, "suggested")
    assert redone["status"]["pending"] == 1
    found = lab("history", "lab", "--json").json
    assert found["redo"] is None
    assert [each["undone_later"] for each in found["events"]] == [False, False, True, False]
    assert [each.get("redone") for each in found["events"]] == [None, None, None, 2]


def test_pool(lab: Tansaku) -> None:
    """As CONTRACT has it."""
    found = lab("pool", "lab", "--json").json
    assert (found["campaign"], found["n"]) == ("lab", 12)
    assert set(found["candidates"][2]) >= {
        "pool_row", "inputs", "formula", "molar_mass", "net_charge", "state",
    }  # fmt: skip
    assert [each["state"] for each in found["candidates"]].count("open") == 4


def test_export_and_import(lab: Tansaku, place: Path) -> None:
    """Out of one store and into another: the same document."""
    lab("suggest", "lab")
    for name in ("lab.json", "lab.csv", "lab.xlsx"):
        found = lab("export", "lab", name, "--json")
        assert found.json["file"] == name
    refused = lab("export", "lab", "lab.json")
    assert (refused.code, "--force" in refused.err) == (3, True)
    assert lab("export", "lab", "lab.json", "--force").code == 0
    assert lab("import", "lab.json", "--store", "sqlite:///b.db", "--json").json["pending"] == 1
    lab("export", "lab", "again.json", "--store", "sqlite:///b.db")
    assert (place / "again.json").read_bytes() == (place / "lab.json").read_bytes()


def test_backup(lab: Tansaku, place: Path) -> None:
    """The copy is a store, named in the answer, and never written over unasked."""
    (place / "b").mkdir()
    found = lab("backup", "b/lab.db", "--json")
    assert found.code == 0
    assert found.json == {
        "store": str(place / "tansaku.db"), "file": "b/lab.db", "campaigns": 1, "removed": 0,
        "events": 1, "size_bytes": (place / "b" / "lab.db").stat().st_size,
    }  # fmt: skip
    copied = lab("list", "--json", "--store", "sqlite:///b/lab.db").json["campaigns"]
    assert copied == lab("list", "--json").json["campaigns"]
    refused = lab("backup", "b/lab.db", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (3, "store")
    assert lab("backup", "b/lab.db", "--force").code == 0
    assert [path.name for path in (place / "b").iterdir()] == ["lab.db"]


def test_a_whole_store_out_and_in(lab: Tansaku, place: Path) -> None:
    """One document, equal again from the store that took it in; what says neither is refused."""
    lab("suggest", "lab")
    found = lab("export", "--all", "--out", "all.jsonl", "--json")
    assert (found.code, found.json) == (0, {
        "store": str(place / "tansaku.db"), "file": "all.jsonl", "campaigns": 1, "removed": 0,
        "events": 2, "size_bytes": (place / "all.jsonl").stat().st_size,
    })  # fmt: skip
    assert "--force" in lab("export", "--all", "--out", "all.jsonl").err
    assert (
        "Accounts and tokens are not" in lab("export", "--all", "--out", "all.jsonl", "--force").out
    )
    there = ("--store", "sqlite:///b.db")
    brought = lab("import", "all.jsonl", "--json", *there)
    assert (brought.code, brought.json) == (0, {
        "store": str(place / "b.db"), "campaigns": ["lab"], "removed": [], "events": 2,
    })  # fmt: skip
    lab("export", "--all", "--out", "again.jsonl", *there)
    assert (place / "again.jsonl").read_bytes() == (place / "all.jsonl").read_bytes()
    taken = lab("import", "all.jsonl", "--json", *there)
    assert (taken.code, taken.json["error"]["code"]) == (3, "campaign-exists")
    text = (place / "all.jsonl").read_text(encoding="utf-8").replace('"seed":0', '"seed":1')
    (place / "all.jsonl").write_text(text, encoding="utf-8")
    wrong = lab("import", "all.jsonl", "--store", "sqlite:///c.db")
    assert (wrong.code, "event 2 is not as it was written" in wrong.err) == (3, True)
    assert not (place / "c.db").exists()
    for usage in (
        ("export",), ("export", "lab"), ("export", "--all"), ("export", "lab", "x.json", "--all"),
        ("export", "lab", "--all", "--out", "x"), ("export", "--all", "--out", "x", "--nimo"),
        ("export", "lab", "x.json", "--out", "x"), ("import", "again.jsonl", "--name", "other"),
    ):  # fmt: skip
        assert lab(*usage).code == 2


def test_salvage(lab: Tansaku, place: Path) -> None:
    """A sound store comes out whole, with exit code 0; a damaged one says what is lost, with 3."""
    lab("suggest", "lab")
    found = lab("doctor", "--salvage", "saved.db", "--json")
    assert (found.code, found.json) == (0, {
        "store": "sqlite:///tansaku.db", "file": "saved.db", "healthy": True, "campaigns": [
            {"campaign": "lab", "removed": False, "saved": 2, "lost": 0, "checked": True,
             "whole": True},
        ],
    })  # fmt: skip
    listed = lab("list", "--json", "--store", "sqlite:///saved.db").json["campaigns"]
    assert listed == lab("list", "--json").json["campaigns"]
    assert lab("doctor", "--salvage", "saved.db").code == 3
    file = place / "tansaku.db"
    file.write_bytes(file.read_bytes().replace(b'"kind":"suggested"', b'"kind":"suggestee"'))
    damaged = lab("doctor", "--salvage", "again.db")
    assert (damaged.code, damaged.err) == (3, "")
    row = next(line for line in damaged.out.splitlines() if line.startswith(" lab"))
    assert row.strip().split(maxsplit=3) == ["lab", "1", "1", "without its later events"]
    assert "accounts and tokens are not" in damaged.out
    (place / "none.db").write_text("none")
    none = lab("doctor", "--salvage", "x.db", "--json", "--store", "sqlite:///none.db")
    assert (none.code, none.json["error"]["code"]) == (3, "store")


def test_report(lab: Tansaku, place: Path) -> None:
    """One page, named in the answer with what stands on it."""
    lab("suggest", "lab")
    found = lab("report", "lab", "--out", "r.html", "--lang", "ja", "--json")
    assert found.code == 0, found.err
    assert (found.json["campaign"], found.json["file"]) == ("lab", "r.html")
    assert found.json["size_bytes"] == (place / "r.html").stat().st_size
    trust = "モデルは信じてよいか、いつやめるか"
    assert found.json["sections"][:5] == ["キャンペーン", "次に作る試料", "図", trust, "結果"]
    assert found.json["pictures"] == ["progress", "map", "parity", "profile"]
    refused = lab("report", "lab", "--out", "r.html", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (3, "store")
    assert lab("report", "lab", "--out", "r.txt").code == 2
    assert sorted(p.name for p in place.iterdir()) == ["r.html", "table.csv", "tansaku.db"]


def test_study(tansaku: Tansaku, place: Path) -> None:
    """The document of CONTRACT, the files, and null for a level never reached."""
    call = ("study", "--table", "table.csv", "--inputs", "a,b", "--target", "y:max:log10")
    found = tansaku(
        *call, "--strategies", "random,standard", "--runs", "5", "--start", "1", "--steps", "3",
        "--out", "out", "--json",
    )  # fmt: skip
    assert found.code == 0, found.err
    document = found.json
    assert (document["n_candidates"], document["best"]) == (8, 9e-6)
    for each in document["strategies"]:
        assert set(each) >= {
            "name", "runs", "discovery", "low", "high", "n50", "n80", "n95", "mean", "seconds",
        }  # fmt: skip
        assert len(each["discovery"]) == 3
        assert (each["n95"] is None) == (each["discovery"][-1] < 0.95)
    assert {p.name for p in (place / "out").iterdir()} == {
        "study.json", "study.csv", "discovery.png", "methods.txt", "study.ipynb",
    }  # fmt: skip
    each_start = tansaku(*call, "--strategies", "random", "--each-start", "--json").json
    assert each_start["strategies"][0]["runs"] == 8
    assert each_start["strategies"][0]["discovery"][-1] == 1
    default = tansaku(*call, "--strategies", "random", "--json").json
    assert default["strategies"][0]["runs"] == 1000
    assert default["start"] == 6
    assert len(default["strategies"][0]["discovery"]) == 8


def test_doctor(tansaku: Tansaku, place: Path) -> None:
    """Healthy is 0, a damaged store is 3, with its document all the same."""
    assert tansaku("doctor", "--json").json["healthy"] is True
    (place / "tansaku.db").write_bytes(b"nonsense")
    found = tansaku("doctor", "--json")
    assert (found.code, found.json["healthy"]) == (3, False)


def test_list_is_empty_and_makes_nothing(tansaku: Tansaku, place: Path) -> None:
    """Looking does not make a store."""
    assert tansaku("list", "--json").json["campaigns"] == []
    assert tansaku("status", "--json").json["campaigns"] == []
    assert [p.name for p in place.iterdir()] == ["table.csv"]


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (("suggest", "nowhere"), 3, "campaign-not-found"),
        (("suggest", "lab", "-n", "5"), 3, "pool-exhausted"),
        (("suggest", "lab", "-n", "0"), 2, "usage"),
        (("suggest", "lab", "--strategy", "magic"), 2, "unknown-name"),
        (("suggest", "lab", "-n", "many"), 2, "usage"),
        (("suggest",), 2, "usage"),
        (("suggest", "lab", "--colour"), 2, "usage"),
        (("nonsense",), 2, "usage"),
        (("status", "lab", "--lang", "fr"), 2, "usage"),
        (("status", "lab", "--store", "mysql://h/d"), 2, "usage"),
        (("status", "lab", "--store", "sqlite:////no/such/folder/x.db"), 3, "store"),
        (("status", "lab", "--store", "sqlite:///table.csv"), 3, "store"),
        (NEW, 3, "campaign-exists"),
        (("new", "b", "--table", "table.csv", "--inputs", "a,c", "--target", "y"), 3, "table"),
        (("new", "b", "--table", "none.csv", "--inputs", "a", "--target", "y"), 3, "store"),
        (("new", "b", "--table", "table.csv", "--inputs", "a", "--target", "y:big"), 2, "usage"),
        (("new", "b", "--table", "table.csv", "--inputs", "a,", "--target", "y"), 2, "usage"),
        (("record", "lab"), 2, "usage"),
        (("record", "lab", "--at", "a=1,b=1"), 2, "usage"),
        (("record", "lab", "--at", "a=1,b=1", "--result", "y"), 2, "usage"),
        (("record", "lab", "--at", "a=1,a=2", "--result", "y=1"), 2, "usage"),
        (("record", "lab", "--at", "a=1,b=one", "--result", "y=1"), 2, "usage"),
        (("record", "lab", "--at", "a=9,b=9", "--result", "y=1"), 3, "not-in-pool"),
        (("record", "lab", "--at", "a=1,b=1", "--result", "y=-1"), 3, "cell"),
        (("record", "lab", "--at", "a=1,b=1", "--result", "y=<-1"), 3, "cell"),
        (("record", "lab", "--at", "a=1,b=1", "--result", "y=<1", "--sd", "y=1"), 2, "usage"),
        (("record", "lab", "--at", "a=1,b=1", "--result", "y=1", "--sd", "y=0"), 2, "usage"),
        (("record", "lab", "--at", "a=1,b=1", "--result", "y=1", "--sd", "z=1"), 2, "usage"),
        (("record", "lab", "--at", "a=1,b=1", "--result", "y=1", "--made", "z=1"), 3, "table"),
        (("record", "lab", "--at", "a=1,b=1", "--status", "failed", "--why", "mud=9"), 2, "usage"),
        (("record", "lab", "--status", "failed"), 2, "usage"),
        (("record", "lab", "table.csv", "--sd", "y=1"), 2, "usage"),
        (("mark", "lab", "m99", "--status", "excluded"), 2, "unknown-name"),
        (("record", "lab", "table.csv", "--at", "a=1,b=1"), 2, "usage"),
        (("predict", "lab", "--at", "a=1"), 3, "table"),
        (("predict", "lab", "--at", "a=1,b=1", "--strategy", "random"), 2, "usage"),
        (("explain", "lab", "s7"), 2, "unknown-name"),
        (("undo", "lab"), 3, "nothing-to-undo"),
        (("redo", "lab"), 3, "nothing-to-undo"),
        (("export", "lab", "lab.txt"), 2, "usage"),
        (("import", "table.csv"), 3, "store"),
        (("study", "--table", "table.csv", "--inputs", "a,b", "--target", "y",
          "--start", "1", "--each-start"), 2, "usage"),
    ],
)  # fmt: skip
def test_errors(lab: Tansaku, arguments: tuple[str, ...], code: int, error: str) -> None:
    """The exit code, one JSON document on stdout, or one paragraph on stderr; nothing stored."""
    before = lab("history", "lab", "--json").json
    found = lab(*arguments, "--json")
    assert (found.code, found.json["error"]["code"]) == (code, error)
    assert found.err == ""
    assert set(found.json["error"]) == {"code", "message", "hint"}
    assert found.json["error"]["message"]
    assert found.json["error"]["hint"]
    plain = lab(*arguments)
    assert (plain.code, plain.out) == (code, "")
    assert plain.err.startswith("Error: ")
    assert plain.err.count("\n") == 1
    assert "Traceback" not in plain.err
    assert lab("history", "lab", "--json").json == before


def test_no_model_is_a_model_problem(tansaku: Tansaku, place: Path) -> None:
    """Exit code 4: the data are right, there are too few."""
    (place / "open.csv").write_text("a,y\n0,\n1,\n2,\n", encoding="utf-8")
    made = tansaku("new", "empty", "--table", "open.csv", "--inputs", "a", "--target", "y")
    assert made.code == 0
    found = tansaku("predict", "empty", "--at", "a=1", "--json")
    assert (found.code, found.json["error"]["code"]) == (4, "model")


def test_exported_csv_can_be_read_in_japan(lab: Tansaku, place: Path) -> None:
    """UTF-8 with a mark, so that Excel shows Japanese column names."""
    text = (place / "table.csv").read_text("utf-8").replace("y\n", "導電率\n", 1)
    (place / "日本.csv").write_text(text, encoding="cp932")
    made = lab("new", "日本", "--table", "日本.csv", "--inputs", "a,b", "--target", "導電率")
    assert made.code == 0, made.err
    lab("export", "日本", "書出.csv")
    rows = list(csv.reader((place / "書出.csv").read_text("utf-8-sig").splitlines()))
    assert "導電率" in rows[0]
    assert json.loads(lab("status", "日本", "--json").out)["campaign"] == "日本"
