"""Files and folders that cannot be a store: each a clear error that names it, nothing changed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tansaku.campaign.history.records import CampaignDocument, Recorded
from tansaku.errors import StoreError, UsageError
from tansaku.spec import SCHEMA
from tansaku.store import open_store, read_document
from tansaku.store.schema import STORE_SCHEMA

Campaigns = Callable[..., CampaignDocument]
Events = Callable[..., Recorded]
ByHand = Callable[..., None]
NUMBER, NEW = '"schema_number":', '"new":1'
User = Callable[[], AbstractContextManager[None]]


def refused(url: str, document: CampaignDocument) -> list[StoreError]:
    """What opening and reading, and opening and writing, are answered."""
    found = []
    for use in (lambda s: s.names(), lambda s: s.create(document)):
        with pytest.raises(StoreError) as caught, open_store(url) as store:
            use(store)
        found.append(caught.value)
    return found


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("mysql://lab:secret@host/db", r"mysql.*not supported.*Supported: sqlite"),
        ("postgresql+psycopg2://lab:secret@host/db", r"psycopg2.*not supported"),
        ("postgresql+psycopg://lab:secret@host", "names no database"),
        ("postgresql+psycopg://lab:secret@host/", "names no database"),
        ("", "is not a URL"),
        ("lab.db", r"not a URL.*sqlite:///lab\.db"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:///lab.db?mode=ro", "names no file"),
        ("sqlite://host/lab.db", "names no file"),
    ],
)
def test_url_is_refused(wrong: str, words: str) -> None:
    """A store is a file of SQLite or a database of PostgreSQL; a password is never shown."""
    with pytest.raises(UsageError, match=words) as caught:
        open_store(wrong)
    assert "secret" not in str(caught.value)


def test_folder_is_missing(tmp_path: Path, campaign: Campaigns) -> None:
    """A mistyped folder is not made."""
    for error in refused(f"sqlite:///{tmp_path}/no/lab.db", campaign("a")):
        assert "its folder does not exist" in error.message
        assert str(tmp_path / "no") in error.hint
    assert list(tmp_path.iterdir()) == []


def test_path_is_a_folder(tmp_path: Path, campaign: Campaigns) -> None:
    """A folder is no file, and the hint names one inside it."""
    for error in refused(f"sqlite:///{tmp_path}", campaign("a")):
        assert f"{tmp_path} is a folder" in error.message
        assert f"sqlite:///{tmp_path}/tansaku.db" in error.hint


@pytest.mark.parametrize("content", [b"x_Si,y_Ca\n0.1,0.2\n", b"\x00" * 4096, b"S"])
def test_file_is_no_database(file: Path, url: str, campaign: Campaigns, content: bytes) -> None:
    """Another file, e.g. the table itself, stays as it is."""
    file.write_bytes(content)
    for error in refused(url, campaign("a")):
        assert "it is not an SQLite database" in error.message
        assert str(file) in error.message
    assert file.read_bytes() == content


def test_database_of_another_program(file: Path, url: str, campaign: Campaigns) -> None:
    """A foreign database is refused before a byte of it changes."""
    raw = sqlite3.connect(file)
    raw.execute("CREATE TABLE bookmarks (url TEXT)")
    raw.commit()
    raw.close()
    before = file.read_bytes()
    for error in refused(url, campaign("a")):
        assert "a database of another program" in error.message
    assert file.read_bytes() == before
    assert [p.name for p in file.parent.iterdir()] == ["lab.db"]


@pytest.mark.parametrize("pragma", ["application_id = 7", "user_version = 99"])
def test_empty_database_of_another_program(
    file: Path, url: str, campaign: Campaigns, pragma: str
) -> None:
    """A foreign mark is enough, also where no table is made yet."""
    raw = sqlite3.connect(file)
    raw.execute(f"PRAGMA {pragma}")
    raw.commit()
    raw.close()
    for error in refused(url, campaign("a")):
        assert "a database of another program" in error.message


@pytest.mark.parametrize("number", [STORE_SCHEMA + 1, 99])
def test_store_of_a_newer_version(file: Path, url: str, campaign: Campaigns, number: int) -> None:
    """A newer schema is refused with both numbers."""
    with open_store(url) as store:
        store.create(campaign("a"))
    raw = sqlite3.connect(file)
    raw.execute(f"PRAGMA user_version = {number}")
    raw.close()
    for error in refused(url, campaign("b")):
        assert f"has schema {number}; this version reads up to {STORE_SCHEMA}" in error.message
        assert "update tansaku" in error.hint


def test_empty_file_becomes_a_store(file: Path, url: str, campaign: Campaigns) -> None:
    """What a process leaves that is killed at its first step is no damage."""
    file.touch()
    with open_store(url) as store:
        assert store.names() == []
        store.create(campaign("a"))
        assert store.load("a") == campaign("a")


def test_every_damage_is_told(file: Path, url: str, campaign: Campaigns) -> None:
    """Overwritten anywhere behind its header, the store is never read wrongly in silence."""
    document = campaign("a", *(float(i) for i in range(1, 120)))
    with open_store(url) as store:
        store.create(document)
    whole = file.read_bytes()
    told = []
    for start in range(100, len(whole), 4096):
        file.write_bytes(whole[:start] + b"\xff" * 64 + whole[start + 64 :])
        with open_store(url) as store:
            try:
                loaded = store.load("a")
                store.check()
            except StoreError as error:
                told.append(error.message)
            else:
                assert loaded == document
    assert len(told) >= 2
    assert all(str(file) in message for message in told)


def test_truncated_file(file: Path, url: str, campaign: Campaigns) -> None:
    """Half a file, as a broken copy leaves it."""
    with open_store(url) as store:
        store.create(campaign("a", *(float(i) for i in range(1, 200))))
    file.write_bytes(file.read_bytes()[:8192])
    with open_store(url) as store:
        with pytest.raises(StoreError, match="damaged"):
            store.load("a")
        with pytest.raises(StoreError, match="damaged"):
            store.check()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("DELETE FROM events WHERE number = 2", "lacks events"),
        ('UPDATE events SET payload = \'{"kind":"eaten"}\' WHERE number = 2', "event 2.*eaten"),
        ("UPDATE events SET payload = 'x' WHERE number = 3", "event 3"),
        ("UPDATE campaigns SET spec = '{}'", "Campaign 'a' in .*cannot be read"),
        ("UPDATE campaigns SET spec = 'x'", "not JSON"),
        (
            f"UPDATE campaigns SET spec = replace(spec, '{NUMBER}{SCHEMA}', '{NUMBER}9,{NEW}')",
            f"document schema 9; this version reads up to {SCHEMA}",
        ),
    ],
)
def test_rows_changed_by_hand(
    url: str, campaign: Campaigns, by_hand: ByHand, change: str, words: str
) -> None:
    """A log with a hole or a foreign word is not read around."""
    with open_store(url) as store:
        store.create(campaign("a", 1.0, 2.0, 3.0))
    by_hand(url, change)
    with open_store(url) as store, pytest.raises(StoreError, match=words):
        store.load("a")


def test_read_only_folder(open_folder: Path, campaign: Campaigns, ordinary_user: User) -> None:
    """No store can be made there, and the error says why."""
    open_folder.chmod(0o555)
    with ordinary_user(), open_store(f"sqlite:///{open_folder}/lab.db") as store:
        assert store.names() == []
        with pytest.raises(StoreError, match=r"lab\.db cannot be opened for writing") as caught:
            store.create(campaign("a"))
    assert "must both be writable" in caught.value.hint
    assert list(open_folder.iterdir()) == []


def test_store_in_a_folder_that_became_read_only(
    open_folder: Path, campaign: Campaigns, recorded: Events, ordinary_user: User
) -> None:
    """What is there is read; writing ends in a clear error, and nothing is lost."""
    url = f"sqlite:///{open_folder}/lab.db"
    with ordinary_user(), open_store(url) as store:
        store.create(campaign("a"))
    open_folder.chmod(0o555)
    with ordinary_user(), open_store(url) as store:
        with pytest.raises(StoreError, match="cannot be opened for writing"):
            store.append("a", [recorded(2)], after=1)
        assert store.load("a") == campaign("a")
        assert store.names() == ["a"]
        store.check()
    open_folder.chmod(0o777)
    with ordinary_user(), open_store(url) as store:
        assert store.load("a") == campaign("a")


def test_read_only_file(
    open_folder: Path, campaign: Campaigns, recorded: Events, ordinary_user: User
) -> None:
    """A write-protected store can be read, and is not written."""
    file = open_folder / "lab.db"
    with ordinary_user(), open_store(f"sqlite:///{file}") as store:
        store.create(campaign("a"))
        file.chmod(0o444)
        assert store.load("a") == campaign("a")
        with pytest.raises(StoreError, match=r"lab\.db cannot be opened for writing"):
            store.append("a", [recorded(2)], after=1)
        assert store.load("a") == campaign("a")


def test_what_waits_in_a_journal_is_not_read_over(
    open_folder: Path, campaign: Campaigns, recorded: Events, ordinary_user: User
) -> None:
    """Where the newest changes stand in a journal, what lies in the file is not the campaign."""
    file = open_folder / "lab.db"
    with ordinary_user(), open_store(f"sqlite:///{file}") as store:
        store.create(campaign("a"))
        writer = sqlite3.connect(file)  # holds the journal open, so that it is not written back
        writer.execute("SELECT count(*) FROM events").fetchone()
        store.append("a", [recorded(2)], after=1)
        assert (open_folder / "lab.db-wal").stat().st_size
    open_folder.chmod(0o555)
    with ordinary_user(), open_store(f"sqlite:///{file}") as store:
        assert len(store.load("a").events) == 2
        writer.close()


def test_unreadable_file(open_folder: Path, campaign: Campaigns, ordinary_user: User) -> None:
    """A file of somebody else says that it may not be read."""
    file = open_folder / "lab.db"
    with ordinary_user(), open_store(f"sqlite:///{file}") as store:
        store.create(campaign("a"))
        file.chmod(0o000)
        with pytest.raises(StoreError, match=r"lab\.db cannot be read: Permission denied"):
            store.names()


def test_a_place_that_takes_no_files(campaign: Campaigns) -> None:
    """/proc refuses a new file to everyone, root too."""
    if not Path("/proc/self").exists():
        pytest.skip("this system has no /proc")
    refusal = pytest.raises(StoreError, match=r"/proc/lab\.db cannot be opened for writing")
    with open_store("sqlite:////proc/lab.db") as store, refusal:
        store.create(campaign("a"))


def test_imported_text_is_judged(campaign: Campaigns) -> None:
    """Text from outside is held to the same rules as the store's own."""
    good = json.loads(campaign("a").model_dump_json())
    for wrong, words in (
        ("{", "notes.json holds no campaign: it is not JSON"),
        ("[1]", "notes.json cannot be read as a campaign"),
        (json.dumps(good | {"colour": "red"}), r"cannot be read as a campaign: colour"),
        (json.dumps(good | {"schema_number": 80}), "document schema 80"),
        (json.dumps(good | {"campaign": good["campaign"] | {"schema_number": 90}}), "schema 90"),
    ):
        with pytest.raises(StoreError, match=words):
            read_document(wrong, where="notes.json")
