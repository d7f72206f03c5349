"""The doctor sees what is wrong, and its list of tested versions is the project's."""

from __future__ import annotations

import re
import sqlite3
import tomllib
from pathlib import Path

import pytest

from tansaku.services.doctor import TESTED, Diagnosis, doctor
from tansaku.services.trash import remove

ROOT = Path(__file__).parents[2]


def found(diagnosis: Diagnosis, name: str) -> tuple[str, str]:
    """State and detail of one check."""
    return next((each.state, each.detail) for each in diagnosis.checks if each.name == name)


def test_healthy(made: str) -> None:
    """The tested set, a sound store, a Japanese font."""
    diagnosis = doctor(made)
    assert diagnosis.healthy
    assert found(diagnosis, "campaigns") == ("ok", "1")
    assert found(diagnosis, "store")[0] == "ok"
    assert "lab.db, sound" in found(diagnosis, "store")[1]
    assert found(diagnosis, "font") == ("ok", "ipaexg.ttf")
    document = diagnosis.document()
    assert document["healthy"] is True
    assert {each["state"] for each in document["checks"]} <= {"ok", "warn", "fail"}


def test_no_store_yet(store: str, tmp_path: Path) -> None:
    """A store that is not made yet is no fault, and looking does not make it."""
    diagnosis = doctor(store)
    assert diagnosis.healthy
    assert "does not exist yet" in found(diagnosis, "store")[1]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"text", None])
def test_damaged_store(made: str, tmp_path: Path, content: bytes | None) -> None:
    """Another file, or a store cut short, fails with the store's own words."""
    file = tmp_path / "lab.db"
    file.write_bytes(file.read_bytes()[:8192] if content is None else content)
    diagnosis = doctor(made)
    assert not diagnosis.healthy
    state, detail = found(diagnosis, "store")
    assert state == "fail"
    assert str(file) in detail


def test_what_lies_in_the_trash_is_looked_at(made: str, tmp_path: Path) -> None:
    """A campaign that may be restored one day has to be as it was written."""
    remove(made, "lab")
    assert doctor(made).healthy
    raw = sqlite3.connect(tmp_path / "lab.db")
    changed = raw.execute("UPDATE events SET payload = replace(payload, '\"y\"', '\"z\"')")
    assert changed.rowcount > 0
    raw.commit()
    raw.close()
    state, detail = found(doctor(made), "store")
    assert (state, "campaign 'lab', event 1 is not as it was written" in detail) == ("fail", True)


def test_wrong_version_is_a_warning(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version than the tested one may work; a missing package cannot."""
    monkeypatch.setitem(TESTED, "numpy", "1.0")
    monkeypatch.setitem(TESTED, "no-such-package", "1.0")
    diagnosis = doctor(store)
    assert found(diagnosis, "numpy")[0] == "warn"
    assert "tested: 1.0" in found(diagnosis, "numpy")[1]
    assert found(diagnosis, "no-such-package")[0] == "fail"
    assert not diagnosis.healthy


def test_tested_versions_are_those_of_the_project() -> None:
    """Each requirement of pyproject.toml, at the version that constraints.txt pins."""
    pins = dict(
        line.lower().split("==")
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [re.match(r"[\w.-]+", each) for each in project["dependencies"]]
    names = {each.group().lower() for each in wanted if each}
    assert {name: pins[name] for name in names} == TESTED


def test_device(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The processor by default; CUDA where it idles is named, where it is missing a fault."""
    monkeypatch.delenv("TANSAKU_DEVICE", raising=False)
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert found(doctor(store), "device") == ("ok", "cpu")
    monkeypatch.setenv("TANSAKU_DEVICE", "cuda")
    state, detail = found(doctor(store), "device")
    assert state == "fail"
    assert "TANSAKU_DEVICE=cpu" in detail
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.get_device_name", lambda device: f"card of {device}")
    assert found(doctor(store), "device") == ("ok", "cuda: card of cuda")
    monkeypatch.setenv("TANSAKU_DEVICE", "cpu")
    state, detail = found(doctor(store), "device")
    assert state == "ok"
    assert detail.startswith("cpu; CUDA is here, too")
