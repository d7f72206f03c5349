"""Files of samples: in and out again as they were, refused in words, withdrawn and never lost."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tansaku.campaign.attachments import GivenFile, file_name, media_type
from tansaku.campaign.campaign import Campaign
from tansaku.errors import DataError, StoreError, UnknownNameError, UsageError
from tansaku.services.availability import withdraw
from tansaku.services.doctor import doctor
from tansaku.services.exchange import export, import_
from tansaku.services.explain import explain
from tansaku.services.history import history, undo
from tansaku.services.record import correct, record_at
from tansaku.services.sample_files import attach, attachments, content
from tansaku.services.status import status
from tansaku.services.suggest_samples import suggest

PHOTO = b"\x89PNG\r\n\x1a\n" + b"photo"
PATTERN = b"10.0 2\n10.1 3\n"


@pytest.fixture
def filled(made: str, tmp_path: Path) -> str:
    """The campaign with a suggestion that has a photo and a pattern, and a result with the same
    pattern."""
    suggest(made, "lab", strategy="random")
    (tmp_path / "写真 1.png").write_bytes(PHOTO)
    (tmp_path / "xrd.txt").write_bytes(PATTERN)
    both = [tmp_path / "写真 1.png", tmp_path / "xrd.txt"]
    attach(made, "lab", "s1", both, remark="after firing")
    attach(made, "lab", "m1", [tmp_path / "xrd.txt"])
    return made


def test_what_goes_in_comes_out(filled: str, tmp_path: Path) -> None:
    """With what was said of it, on the sample that it belongs to, byte for byte."""
    found = attachments(filled, "lab").attachments
    assert [(f.id, f.sample, f.name, f.media_type, f.size, f.remark) for f in found] == [
        ("f1", "s1", "写真 1.png", "image/png", len(PHOTO), "after firing"),
        ("f2", "s1", "xrd.txt", "text/plain", len(PATTERN), "after firing"),
        ("f3", "m1", "xrd.txt", "text/plain", len(PATTERN), ""),
    ]
    assert [f.id for f in attachments(filled, "lab", "s1").attachments] == ["f1", "f2"]
    assert [f.id for f in attachments(filled, "lab", "f3").attachments] == ["f3"]
    assert content(filled, "lab", "f1").content == PHOTO
    assert content(filled, "lab", "f1", held=[found[0].sha256]).content is None
    saved = attachments(filled, "lab", folder=tmp_path / "out").saved
    assert {path.name: path.read_bytes() for path in saved} == {
        "f1-写真 1.png": PHOTO, "f2-xrd.txt": PATTERN, "f3-xrd.txt": PATTERN,
    }  # fmt: skip
    with pytest.raises(StoreError, match="exists already"):
        attachments(filled, "lab", folder=tmp_path / "out")
    attachments(filled, "lab", folder=tmp_path / "out", force=True)
    assert status(filled, "lab").attachments == 3
    assert [f.id for f in explain(filled, "lab", "s1").attachments] == ["f1", "f2"]


def test_attached_once_more_it_stays_as_it_is(filled: str, tmp_path: Path) -> None:
    """The log says nothing new; under another name, or to another sample, it does."""
    before = len(history(filled, "lab").events)
    found = attach(filled, "lab", "s1", [tmp_path / "写真 1.png"], remark="again")
    assert [(f.id, f.remark) for f in found.attachments] == [("f1", "after firing")]
    assert len(history(filled, "lab").events) == before
    twice = [GivenFile("x.png", PHOTO), GivenFile("x.png", PHOTO)]
    assert [f.id for f in attach(filled, "lab", "s1", twice).attachments] == ["f4"]
    assert [f.id for f in attach(filled, "lab", "m2", twice).attachments] == ["f5"]


def test_withdrawn_and_taken_back(filled: str) -> None:
    """A withdrawn file is not listed and stays in the history; its withdrawal can be undone, and so
    can the attaching; an id is never used twice."""
    event = withdraw(filled, "lab", ["f2"], why="wrong pellet").event
    assert event.kind == "withdrawn"
    assert event.files == ("f2",)
    assert [f.id for f in attachments(filled, "lab").attachments] == ["f1", "f3"]
    for ask in (lambda: content(filled, "lab", "f2"), lambda: withdraw(filled, "lab", ["f2"])):
        with pytest.raises(UnknownNameError, match="f2"):
            ask()
    undo(filled, "lab")
    assert content(filled, "lab", "f2").content == PATTERN
    withdraw(filled, "lab", ["s1", "f1"])
    assert suggest_is_open(filled) is False
    undo(filled, "lab")
    number = next(e.number for e in history(filled, "lab").events if e.event.kind == "attached")
    undo(filled, "lab", number)
    assert [f.id for f in attachments(filled, "lab").attachments] == ["f3"]
    again = attach(filled, "lab", "s1", [GivenFile("x.txt", PATTERN)])
    assert [f.id for f in again.attachments] == ["f4"]


def suggest_is_open(store: str) -> bool:
    """Whether s1 is under way."""
    return "s1" in status(store, "lab").under_way


def test_files_go_with_their_measurement(made: str) -> None:
    """Where it is corrected to be of another candidate, its files are of that one."""
    record_at(made, "lab", {"a": 2, "b": 0}, {"y": 5e-6}, sample="LLZ-01", confirm=True)
    attach(made, "lab", "m9", [GivenFile("a.txt", b"1")])
    attach(made, "lab", "LLZ-01", [GivenFile("b.txt", b"2")])
    assert [f.id for f in attachments(made, "lab", "LLZ-01").attachments] == ["f1", "f2"]
    correct(made, "lab", "m9", inputs={"a": 2, "b": 2}, confirm=True)
    assert [f.id for f in attachments(made, "lab", "m9").attachments] == ["f1"]


REFUSED = {
    "is empty": GivenFile("a.txt", b""),
    "no name of a file": GivenFile("a\n.txt", b"1"),
    "'..' is no name": GivenFile("..", b"1"),
    "'a/' is no name": GivenFile("a/", b"1"),
    "x' is no name": GivenFile("x" * 300, b"1"),
    r"'large.bin' has 1.0 MB; at most 1 MB": GivenFile("large.bin", bytes(10**6 + 1)),
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_cannot_be_attached_is_refused(
    made: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By name, with the mend, and of several none is attached."""
    monkeypatch.setenv("TANSAKU_ATTACHMENT", "1")
    with pytest.raises(DataError, match=words) as caught:
        attach_all(made, GivenFile("good.txt", b"1"), REFUSED[words])
    assert caught.value.hint
    assert attachments(made, "lab").attachments == ()


def attach_all(store: str, *files: GivenFile) -> None:
    """As a shell does that was handed contents."""
    from tansaku.campaign.attachments import given_file

    attach(store, "lab", "m1", [given_file(*each) for each in files])


def test_files_that_are_not_there(made: str, tmp_path: Path) -> None:
    (tmp_path / "large.bin").write_bytes(bytes(20 * 10**6 + 1))
    for path, words in (("none.txt", "No such file"), (".", "directory"), ("large.bin", "20 MB")):
        with pytest.raises(DataError, match=words):
            attach(made, "lab", "m1", [tmp_path / path])
    with pytest.raises(UnknownNameError, match="knows no sample 'zz'"):
        attach(made, "lab", "zz", [GivenFile("a.txt", b"1")])
    largest = attach(made, "lab", "m1", [GivenFile("a.bin", bytes(20 * 10**6))])
    assert largest.attachments[0].size == 20 * 10**6


@pytest.mark.parametrize("asked", ["x", "0", "1.5", "501", "-1", "２"])
def test_a_limit_that_is_none(made: str, asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANSAKU_ATTACHMENT", asked)
    with pytest.raises(UsageError, match="TANSAKU_ATTACHMENT"):
        attach_all(made, GivenFile("a.txt", b"1"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a.png", "a.png"),
        ("C:\\lab\\a.png", "a.png"),
        ("../../etc/passwd", "passwd"),
        ("か\u3099.png", "が.png"),
        (" a b.txt ", "a b.txt"),
    ],
)
def test_names_lose_their_folders(text: str, name: str) -> None:
    assert file_name(text) == name


@pytest.mark.parametrize(
    ("name", "begins", "kind"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n", "image/png"),
        ("a.jpg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("a.dat", b"GIF89a..", "image/gif"),
        ("a.webp", b"RIFF\x00\x00\x00\x00WEBP", "image/webp"),
        ("a.wav", b"RIFF\x00\x00\x00\x00WAVE", "audio/x-wav"),
        ("a.png", b"<svg onload=alert(1)>", "application/octet-stream"),
        ("a.html", b"<script>", "text/html"),
        ("a.mpr", b"BIO-LOGIC", "application/octet-stream"),
    ],
)
def test_a_picture_is_one_by_its_content(name: str, begins: bytes, kind: str) -> None:
    assert media_type(name, begins) == kind


def test_an_export_has_them(filled: str, tmp_path: Path) -> None:
    """Those withdrawn, too, whose withdrawal may be undone; the copy is equal."""
    withdraw(filled, "lab", ["f2"])
    export(filled, "lab", tmp_path / "c.json")
    import_(filled, tmp_path / "c.json", name="two")
    assert content(filled, "two", "f1").content == PHOTO
    undo(filled, "two")
    assert content(filled, "two", "f2").content == PATTERN
    loaded = Campaign.load(tmp_path / "c.json")
    assert loaded.content("f3") == PATTERN
    loaded.save(tmp_path / "d.json")
    assert (tmp_path / "d.json").read_bytes() == (tmp_path / "c.json").read_bytes()


def test_an_import_whose_content_is_another_is_refused(filled: str, tmp_path: Path) -> None:
    """In words that name the file; and so is one without it."""
    export(filled, "lab", tmp_path / "c.json")
    told = json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))
    sha256 = told["events"][2]["files"][0]["sha256"]
    for value, words in (
        ("AAAA", r"The content of f1 \(写真 1.png\) is not as it was attached"),
        ("A?", "valid base64"),
        (None, r"The content of f1 \(写真 1.png\) is missing"),
    ):
        contents = told["contents"] | {sha256: value}
        wrong = told | {"contents": {k: v for k, v in contents.items() if v is not None}}
        (tmp_path / "w.json").write_text(json.dumps(wrong), encoding="utf-8")
        with pytest.raises(StoreError, match=words):
            import_(filled, tmp_path / "w.json", name="two")
        with pytest.raises(StoreError, match=words):
            Campaign.load(tmp_path / "w.json")


def test_a_content_that_is_lost(filled: str, tmp_path: Path) -> None:
    """Doctor names it; the log is read as before; the file puts it back, and without the file it is
    withdrawn."""
    with sqlite3.connect(filled.removeprefix("sqlite:///")) as raw:
        raw.execute("DELETE FROM contents")
    raw.close()
    for ask in (
        lambda: content(filled, "lab", "f1"),
        lambda: export(filled, "lab", tmp_path / "c.json"),
        lambda: Campaign.open(filled, "lab").content("f1"),
        lambda: attachments(filled, "lab", folder=tmp_path / "out"),
    ):
        with pytest.raises(StoreError, match=r"The content of f1 \(写真 1.png\) is missing"):
            ask()
    assert not [*(tmp_path / "out").iterdir()]
    assert [f.id for f in attachments(filled, "lab").attachments] == ["f1", "f2", "f3"]
    (told,) = [check for check in doctor(filled).checks if check.state == "fail"]
    assert told.name == "attachments"
    assert "f1 (写真 1.png) of campaign 'lab', f2 (xrd.txt)" in told.detail
    attach(filled, "lab", "s1", [tmp_path / "写真 1.png"])
    assert content(filled, "lab", "f1").content == PHOTO
    withdraw(filled, "lab", ["f2", "f3"])
    assert doctor(filled).healthy
    export(filled, "lab", tmp_path / "c.json")


def test_in_python(made: str, tmp_path: Path) -> None:
    """In a store and in none, with the same methods."""
    (tmp_path / "a.txt").write_bytes(PATTERN)
    export(made, "lab", tmp_path / "lab.json")
    for lab in (Campaign.open(made, "lab"), Campaign.load(tmp_path / "lab.json")):
        (found,) = lab.suggest(strategy="random").suggestions
        (file,) = lab.attach(found, tmp_path / "a.txt", remark="x")
        assert (file.id, file.sample, file.remark) == ("f1", "s1", "x")
        assert lab.attachments("s1") == lab.attachments() == (file,)
        assert lab.content("f1") == PATTERN
        lab.save(tmp_path / "saved.json", force=True)
        assert Campaign.load(tmp_path / "saved.json").content("f1") == PATTERN
        lab.withdraw("f1")
        assert lab.attachments() == ()
    assert attachments(made, "lab").attachments == ()
