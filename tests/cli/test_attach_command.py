"""attach and attachments: what they print, write, and refuse."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Tansaku

PHOTO = b"\xff\xd8\xff\xe0 photo"


def test_attached_listed_and_saved(lab: Tansaku, place: Path) -> None:
    (place / "pellet.jpg").write_bytes(PHOTO)
    (place / "xrd.xy").write_bytes(b"1 2\n")
    done = lab("attach", "lab", "m1", "pellet.jpg", "xrd.xy", "--remark", "white")
    assert done.code == 0, done.err
    assert done.out.splitlines() == [
        "Attached to m1: f1 pellet.jpg (10 B).",
        "Attached to m1: f2 xrd.xy (4 B).",
    ]
    told = lab("attachments", "lab", "m1", "--json").json
    assert [(f["id"], f["media_type"]) for f in told["attachments"]] == [
        ("f1", "image/jpeg"),
        ("f2", "application/octet-stream"),
    ]
    assert told["saved"] == []
    done = lab("attachments", "lab", "f1", "--save", "out")
    assert "white" in done.out
    assert "f2" not in done.out
    assert (place / "out" / "f1-pellet.jpg").read_bytes() == PHOTO
    assert lab("attachments", "lab", "--save", "out").code == 3
    assert lab("attachments", "lab", "--save", "out", "--force").code == 0
    assert "Files attached to samples: 2." in lab("status", "lab").out
    assert "attached to m1: f1 pellet.jpg, f2 xrd.xy (white)" in lab("history", "lab").out
    assert lab("withdraw", "lab", "f1", "--why", "blurred").out == "Withdrawn: f1.\n"
    assert "f1" not in lab("attachments", "lab").out
    assert "No file is attached." in lab("attachments", "lab", "m2").out


def test_exit_codes(lab: Tansaku, place: Path) -> None:
    """2 where the line is wrong, 3 where a file is."""
    (place / "empty.txt").touch()
    (place / "a.txt").write_text("1", encoding="utf-8")
    for code, words, line in (
        (3, "is empty", ("m1", "empty.txt")),
        (3, "cannot be read", ("m1", "none.txt")),
        (3, "is empty", ("m1", "a.txt", "empty.txt")),
        (2, "knows no sample 'zz'", ("zz", "a.txt")),
        (2, "", ("m1",)),
    ):
        done = lab("attach", "lab", *line)
        assert (done.code, done.out) == (code, ""), line
        assert words in done.err
    assert lab("attachments", "none").code == 3
    assert lab("attachments", "lab", "--json").json["attachments"] == []
    japanese = lab("attach", "lab", "m1", "empty.txt", "--lang", "ja")
    assert japanese.err.startswith("エラー: ファイル「empty.txt」は空です。")
