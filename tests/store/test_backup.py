"""A backup is the store as it was at one moment, checked, and a store in itself."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tansaku.campaign.history.records import CampaignDocument, Recorded, Removed
from tansaku.errors import StoreError
from tansaku.store import KeptAnswer, SqlStore, copying, open_store, write_backup
from tansaku.store.schema import STORE_SCHEMA
from tests.store.test_crashes import sound
from tests.store.test_migrations import STORES

Campaigns = Callable[..., CampaignDocument]
Events = Callable[..., Recorded]
ByHand = Callable[..., None]

WRITER = """
import sys
from datetime import UTC, datetime
from tansaku.campaign.history.records import Measurement, Recorded
from tansaku.store import open_store

at = datetime(2026, 11, 1, tzinfo=UTC)
with open_store(sys.argv[1]) as store:
    after = len(store.load("a").events)
    while True:
        for name in ("a", "b"):
            store.append(name, [
                Recorded(at=at, measurements=(Measurement(
                    id=f"m{n}", pool_row=0, inputs={"x": 0.1}, values={"y": float(n)}, at=at),))
                for n in (after + 1, after + 2)
            ], after=after)
        after += 2
        print(after, flush=True)
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Where a backup may be written."""
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder / "copy.db"


def opened(file: Path) -> SqlStore:
    """The backup as a store."""
    return open_store(f"sqlite:///{file}")


def test_a_backup_is_the_store(
    url: str, copy: Path, campaign: Campaigns, recorded: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every campaign, what lies in the trash, and every checksum; also over several blocks of
    events; and it can be worked with."""
    monkeypatch.setattr(copying, "BLOCK", 3)
    with open_store(url) as store:
        for name in ("zeta", "日本語", "gone"):
            store.create(campaign(name, *(float(i) for i in range(1, 8))))
        store.remove("gone", Removed(at=datetime(2026, 11, 2, tzinfo=UTC)))
        kept = KeptAnswer("key", "request", "answer")
        store.append("zeta", [], after=8, kept=kept)
        assert write_backup(store, copy) == (2, 1, 25)
        assert [path.name for path in copy.parent.iterdir()] == ["copy.db"]
        with opened(copy) as again:
            again.check()
            assert again.answer("key") == kept
            assert (again.names(), again.trash()) == (["zeta", "日本語"], store.trash())
            assert [again.load(name) for name in again.names()] == [
                store.load(name) for name in store.names()
            ]
            again.append("zeta", [recorded(9)], after=8)
            assert len(again.load("zeta").events) == 9
        assert len(store.load("zeta").events) == 8


def test_while_others_write(url: str, copy: Path, campaign: Campaigns) -> None:
    """One moment of the store: what is written to ``a`` and then to ``b`` is there of ``a`` where
    it is of ``b``, and no change is there by half."""
    with open_store(url) as store:
        for name in ("b", "a"):
            store.create(campaign(name))
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, url], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        said = int(writer.stdout.readline())
        found = []
        for _ in range(6):
            write_backup(store, copy, force=True)
            with opened(copy) as again:
                a, b = (len(again.load(name).events) for name in "ab")
            assert a % 2 == b % 2 == 1
            assert 0 <= a - b <= 2
            assert b >= said
            said = int(writer.stdout.readline())
            found.append(b)
        writer.kill()
        writer.wait()
        writer.stdout.close()
    assert found[-1] > found[0], "nobody wrote meanwhile; the test proves nothing"


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ("UPDATE events SET at = '1999' WHERE number = 2", "event 2 is not as it was"),
        ("DELETE FROM events WHERE number = 2", "lacks events"),
        ("DELETE FROM events WHERE number = 3", "what it searches is not as it was"),
    ],
)
def test_a_damaged_store_is_no_backup(
    url: str, copy: Path, campaign: Campaigns, by_hand: ByHand, change: str, part: str
) -> None:
    """It is told of the store, not of the copy, and a copy that is there stays as it was."""
    with open_store(url) as store:
        store.create(campaign("a", 1.0, 2.0))
        write_backup(store, copy)
        before = copy.read_bytes()
        by_hand(url, change)
        with pytest.raises(StoreError, match=part) as caught:
            write_backup(store, copy, force=True)
        assert store.database.name in str(caught.value)
        assert copy.read_bytes() == before
        assert [path.name for path in copy.parent.iterdir()] == ["copy.db"]
        with pytest.raises(StoreError, match=part):
            store.check()


def test_an_older_layout_comes_back_in_the_present_one(
    url: str, file: Path, copy: Path, campaign: Campaigns
) -> None:
    """With checksums, and nothing changed in the store itself."""
    shutil.copy(STORES[0], file)
    before = file.read_bytes()
    with open_store(url) as store:
        write_backup(store, copy)
        with opened(copy) as again:
            assert [again.load(name) for name in again.names()] == [
                store.load(name) for name in store.names()
            ]
            with again.database.reading() as connection:
                assert again.database.layout(connection) == STORE_SCHEMA
            again.check()
    assert file.read_bytes() == before


def test_what_is_not_written_over(
    url: str, file: Path, copy: Path, campaign: Campaigns, recorded: Events
) -> None:
    """A file without being told to, the store itself by whatever name, and a store in use."""
    with open_store(url) as store:
        with pytest.raises(StoreError, match="does not exist yet"):
            write_backup(store, copy)
        store.create(campaign("a"))
        copy.write_bytes(b"precious")
        with pytest.raises(StoreError, match=r"exists already.*--force"):
            write_backup(store, copy)
        assert copy.read_bytes() == b"precious"
        link = copy.with_name("link.db")
        link.symlink_to(file)
        for itself in (file, link):
            with pytest.raises(StoreError, match="is the store itself"):
                write_backup(store, itself, force=True)
        with pytest.raises(StoreError, match="cannot be written"):
            write_backup(store, copy.parent / "no" / "copy.db")
        with pytest.raises(StoreError, match="cannot be written"):
            write_backup(store, copy.parent, force=True)
        other = copy.with_name("other.db")
        with opened(other) as used:
            used.create(campaign("b"))
            holding = sqlite3.connect(other)
            holding.execute("SELECT name FROM campaigns").fetchall()
            used.append("b", [recorded(2)], after=1)
            with pytest.raises(StoreError, match=r"store in use: beside it lies other\.db-wal"):
                write_backup(store, other, force=True)
            holding.close()
        write_backup(store, other, force=True)
    with opened(other) as again:
        assert again.names() == ["a"]
    assert sound(other)


FILLER = """
import resource, signal, sys
from pathlib import Path
from tansaku.errors import StoreError
from tansaku.store import open_store, write_backup

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
with open_store(sys.argv[1]) as store:
    try:
        write_backup(store, Path(sys.argv[2]))
    except StoreError as error:
        print(error.message)
"""


def test_no_room_for_the_copy(file: Path, url: str, copy: Path, campaign: Campaigns) -> None:
    """It is told of the copy, and nothing of it is left."""
    pytest.importorskip("resource", reason="this system cannot limit the size of files")
    with open_store(url) as store:
        store.create(campaign("a", *(1.0,) * 20, note="n" * 9000))
    done = subprocess.run(
        [sys.executable, "-c", FILLER, url, str(copy)], capture_output=True, text=True, check=True
    )
    assert str(copy) in done.stdout
    assert not list(copy.parent.iterdir())
