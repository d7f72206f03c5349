"""The study with its files, and the demo."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tansaku.campaign.report.methods import way
from tansaku.errors import StoreError, UnknownNameError, UsageError
from tansaku.services import demo as demonstration
from tansaku.services.demo import demo
from tansaku.services.pool import pool
from tansaku.services.status import status
from tansaku.services.study import Replay, StudyReport, study
from tansaku.stages import listening
from tansaku.strategy import STRATEGIES

PNG = b"\x89PNG\r\n\x1a\n"


def replayed(table: Path, **changes: object) -> StudyReport:
    """A small study on the eight measured rows."""
    how: dict[str, Any] = {"strategies": ["random", "standard"], "runs": 4, "start": 3, "steps": 6}
    what = {"inputs": ["a", "b"], "targets": ["y:max:log10"]}
    for name, value in changes.items():
        (what if name in what else how)[name] = value
    return study(table, **what, replayed=Replay(**how))


def test_report_and_files(table: Path, tmp_path: Path) -> None:
    """The document of the contract; the same in study.json; one line per sample in study.csv."""
    calls = []
    out = tmp_path / "results" / "deep"
    with listening(lambda *each: calls.append(each)):
        found = replayed(table, out=out)
    document = found.document()
    assert document["n_candidates"] == 8
    assert document["best"] == 9e-6
    assert [each["name"] for each in document["strategies"]] == ["random", "standard"]
    for each in document["strategies"]:
        assert each["runs"] == 4
        assert len(each["discovery"]) == len(each["low"]) == len(each["high"]) == 6
        assert {"n50", "n80", "n95", "mean", "seconds"} <= set(each)
    assert json.loads((out / "study.json").read_text(encoding="utf-8")) == {
        key: value for key, value in document.items() if key != "files"
    }
    rows = list(csv.DictReader((out / "study.csv").read_text("utf-8-sig").splitlines()))
    assert len(rows) == 12
    assert (out / "discovery.png").read_bytes().startswith(PNG)
    assert document["files"] == [str(path) for path in found.files]
    assert {name for name, _done, n in calls if n} == {"random", "standard"}
    assert calls[-1][1] == calls[-1][2]


def test_the_notebook_makes_the_same_study(table: Path, tmp_path: Path) -> None:
    """Its code, run as it stands: the same numbers, the order of the lab and the rule of stopping
    with them; the methods are those of the page of a campaign."""
    found = replayed(table, out=tmp_path / "o", stop_at=0.9, in_order=True, seed=2)
    written = json.loads((tmp_path / "o" / "study.ipynb").read_text(encoding="utf-8"))
    methods, *code = ["".join(cell["source"]) for cell in written["cells"]]
    names: dict[str, Any] = {}
    for each in code:
        exec(each, names)  # noqa: S102
    again, document = names["found"].document(), found.document()
    del document["files"]
    for every in (again, document):
        for each in every["strategies"]:
            del each["seconds"]
    assert again == document
    assert methods == (tmp_path / "o" / "methods.txt").read_text(encoding="utf-8").strip()
    for text in ("8 candidates", "seed 2", way(STRATEGIES["standard"]), "To be cited"):
        assert text in methods


def test_the_order_of_the_lab_is_that_of_the_rows(table: Path) -> None:
    """The best, row 7 of the results, is found with the sixth sample, and that is sure."""
    lab = replayed(table, strategies=["random"], steps=8, in_order=True).document()["strategies"][1]
    assert (lab["name"], lab["runs"], lab["n50"], lab["mean"]) == ("lab", 1, 6, 6.0)
    assert lab["discovery"] == lab["low"] == lab["high"] == [0.0] * 5 + [1.0] * 3


def test_without_a_folder_nothing_is_written(table: Path) -> None:
    """A study is a value first."""
    assert "files" not in replayed(table, strategies=["random"]).document()
    assert [p.name for p in table.parent.iterdir()] == ["table.csv"]


def test_refusals(table: Path, tmp_path: Path) -> None:
    """Wrong calls are told before the work."""
    with pytest.raises(UsageError, match="one of them twice"):
        replayed(table, targets=["y", "y:min"])
    with pytest.raises(UnknownNameError, match="magic"):
        replayed(table, strategies=["magic"])
    with pytest.raises(StoreError, match=r"table\.csv cannot be made"):
        replayed(table, out=table)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A study of random search only: its speed is measured elsewhere."""
    from tansaku.studies.entry import study as whole

    def quick(*args: object, **call: object) -> object:
        return whole(*args, **(call | {"strategies": ("random",)}))

    monkeypatch.setattr(demonstration, "replay", quick)


@pytest.mark.usefixtures("small")
def test_demo_closes_the_loop(tmp_path: Path) -> None:
    """Three suggestions, their true values recorded, another suggestion, three pictures."""
    found = demo(tmp_path / "demo", seed=1)
    store = f"sqlite:///{tmp_path}/demo/tansaku.db"
    assert len(found.first.suggestions) == 3
    assert [each.pool_row for each in found.results.measurements] == [
        each.pool_row for each in found.first.suggestions
    ]
    report = status(store, "lczsp")
    assert (report.n_candidates, report.measured, report.pending) == (44, 11, 1)
    truth = {
        (float(row["x_Si"]), float(row["y_Ca"])): float(row["sigma_S_cm"])
        for row in csv.DictReader(
            demonstration.datasets.path("lczsp_49").read_text("utf-8").splitlines()
        )
        if row["sigma_S_cm"]
    }
    for each in pool(store, "lczsp").candidates:
        if each.state == "measured":
            assert each.values["sigma_S_cm"] == truth[each.inputs["x_Si"], each.inputs["y_Ca"]]
    names = [path.name for path in found.files]
    assert names[:3] == ["predicted_map.png", "acquisition.png", "discovery.png"]
    assert all(path.read_bytes().startswith(PNG) for path in found.files[:3])
    assert {path.name for path in found.folder.iterdir()} == set(names)
    assert json.loads(json.dumps(found.document()))["folder"] == str(tmp_path / "demo")


@pytest.mark.usefixtures("small")
def test_demo_takes_a_free_folder(tmp_path: Path) -> None:
    """What an earlier demo left is not touched."""
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo-2").write_text("a file", encoding="utf-8")
    assert demo(tmp_path / "demo").folder == tmp_path / "demo-3"
    assert list((tmp_path / "demo").iterdir()) == []
    with pytest.raises(StoreError, match="cannot be made"):
        demo(tmp_path / "no" / "demo")
