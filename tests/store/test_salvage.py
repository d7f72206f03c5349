"""Out of a damaged file comes what can be read, as it was written and nothing else."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tansaku.campaign.history.records import CampaignDocument, Recorded, Removed, Renamed
from tansaku.errors import StoreError, TansakuError, UsageError
from tansaku.store import SavedCampaign, open_store, salvage
from tansaku.store.checksums import event_link
from tansaku.store.sqlite_pages import records_of
from tests import seeds
from tests.store.test_checksums import without_checksums

Campaigns = Callable[..., CampaignDocument]
Events = Callable[..., Recorded]
AT = datetime(2026, 11, 2, tzinfo=UTC)
PAGE = 4096
DAMAGES = 40


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where the new store goes."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder / "saved.db"


@pytest.fixture
def filled(file: Path, campaign: Campaigns, recorded: Events) -> dict[str, CampaignDocument]:
    """A store whose campaigns spread over many pages, with notes that fill several of them, one in
    the trash and one renamed; {name: campaign}."""
    with open_store(f"sqlite:///{file}") as store:
        for name, note in (("long", ""), ("notes", "n" * 5000), ("組成", "")):
            store.create(campaign(name, *map(float, range(1, 40)), note=note))
        store.create(campaign("gone", 1.0))
        store.remove("gone", Removed(at=AT))
        store.rename("組成", Renamed(at=AT, before="組成", name="renamed"))
        for n in range(41, 61):
            store.append("long", [recorded(n)], after=n - 1)
        return {name: store.load(name) for name in store.names()}


def saved(file: Path, out: Path) -> dict[str | None, SavedCampaign]:
    """{name: what became of a campaign}; the new store is sound."""
    before = file.read_bytes()
    found = salvage(f"sqlite:///{file}", out)
    assert file.read_bytes() == before
    with open_store(f"sqlite:///{out}") as store:
        store.check()
        live = [each for each in found if each.saved and not each.removed]
        assert store.names() == [each.name for each in live]
        assert [len(store.load(name).events) for name in store.names()] == [e.saved for e in live]
        assert len(store.trash()) == sum(each.removed and each.saved > 0 for each in found)
    return {each.name: each for each in found}


def test_a_sound_store_comes_back_as_it_is(
    file: Path, filled: dict[str, CampaignDocument], out: Path
) -> None:
    """Every campaign is whole, trash included; nothing is written over."""
    found = saved(file, out)
    assert list(found) == ["long", "notes", "renamed", "gone"]
    assert all((each.whole, each.checked, each.lost) == (True, True, 0) for each in found.values())
    with open_store(f"sqlite:///{out}") as store:
        assert {name: store.load(name) for name in store.names()} == filled
    with pytest.raises(StoreError, match="exists already"):
        salvage(f"sqlite:///{file}", out)
    with pytest.raises(StoreError, match="exists already"):
        salvage(f"sqlite:///{file}", file)


def test_the_records_are_those_of_sqlite(file: Path, filled: object) -> None:
    """An independent reading of every table of the store."""
    raw = sqlite3.connect(file)
    wanted = {
        row for table in ("campaigns", "events") for row in raw.execute(f"SELECT * FROM {table}")
    }
    raw.close()
    read = {
        (record.rowid, *record.values[1:]) if record.values[0] is None else record.values
        for record in records_of(file)
    }
    assert wanted <= read


def test_what_waits_in_the_journal_is_saved_and_what_was_not_committed_is_not(
    file: Path, filled: dict[str, CampaignDocument], recorded: Events, out: Path
) -> None:
    """A log that was not written back when the machine went down, with half a change at its end."""
    reader = sqlite3.connect(file)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM events").fetchone()
    with open_store(f"sqlite:///{file}") as store:
        store.append("notes", [recorded(41)], after=40)
    half = sqlite3.connect(file, isolation_level=None)
    half.execute("PRAGMA cache_size = 1")  # so that it is written to the log before the commit
    half.execute("BEGIN IMMEDIATE")
    ours = "SELECT checksum FROM events WHERE campaign_id = 2 AND number = 41"
    (link,) = half.execute(ours).fetchone()
    for number in range(42, 60):
        text = recorded(number, note="y" * 9000).model_dump_json()
        link = event_link(link, number, "recorded", text, "now")
        half.execute(
            "INSERT INTO events VALUES (2, ?, 'recorded', ?, 'now', ?)", (number, text, link)
        )
    copy = file.with_name("copy.db")
    for ending in ("", "-wal"):
        shutil.copy(f"{file}{ending}", f"{copy}{ending}")
    half.close()
    reader.close()
    assert b"y" * 9000 not in copy.read_bytes()
    assert b"y" * 3000 in copy.with_name("copy.db-wal").read_bytes()
    found = saved(copy, out)
    assert (found["notes"].saved, found["notes"].whole) == (41, True)
    assert all(each.whole for each in found.values())


def damaged(content: bytes, seed: int) -> bytes:
    """The file with one to four damages: pages of noise, of zeros or of ones, single bytes changed,
    or its end cut off."""
    rng = seeds.generator([seed, 7])
    found = bytearray(content)
    for _ in range(int(rng.integers(1, 5))):
        start = int(rng.integers(0, max(1, len(found) // PAGE))) * PAGE
        match int(rng.integers(0, 5)):
            case 0:
                found[start : start + PAGE] = rng.bytes(PAGE)
            case 1:
                found[start : start + PAGE] = bytes([255 * int(rng.integers(0, 2))]) * PAGE
            case 2:
                for _byte in range(20):
                    found[int(rng.integers(0, len(found)))] = int(rng.integers(0, 256))
            case 3:
                found = found[: int(rng.integers(1, len(found)))]
            case 4:
                place = start + int(rng.integers(0, PAGE - 64))
                found[place : place + 64] = b"\xff" * 64
    return bytes(found)


def readable(file: Path, names: Iterable[str]) -> set[str]:
    """The campaigns that the store itself can still read."""
    found = set()
    with open_store(f"sqlite:///{file}") as store:
        for name in names:
            with suppress(TansakuError):
                store.load(name)
                found.add(name)
    return found


def test_a_damaged_file_gives_what_is_left(
    file: Path, filled: dict[str, CampaignDocument], out: Path
) -> None:
    """Whatever the damage: a beginning of each log as it was written, or an error of ours; what the
    store itself still reads, and what is called whole, is identical."""
    content = file.read_bytes()
    nothing = beyond = 0
    for seed in range(DAMAGES):
        file.write_bytes(damaged(content, seed))
        out.unlink(missing_ok=True)
        there = readable(file, filled)
        for journal in ("-wal", "-shm"):
            file.with_name(file.name + journal).unlink(missing_ok=True)
        try:
            found = saved(file, out)
        except StoreError:
            assert not there
            nothing += 1
            continue
        assert there <= found.keys()
        with open_store(f"sqlite:///{out}") as store:
            for name in store.names():
                document, before, told = store.load(name), filled[name], found[name]
                assert document.events == before.events[: len(document.events)]
                assert document.campaign == before.campaign or not told.checked
                assert document == before or not (told.whole or name in there)
                assert told.whole or told.lost or not told.checked or document != before
                beyond += name not in there
    assert nothing < DAMAGES / 3
    assert beyond > DAMAGES / 2, "SQLite reads as much; the test proves nothing"


def pages_with(content: bytes, text: bytes) -> list[int]:
    """Where pages that hold the text begin."""
    starts = range(0, len(content), PAGE)
    return [start for start in starts if text in content[start : start + PAGE]]


def test_one_page_costs_what_stands_on_it(
    file: Path, filled: dict[str, CampaignDocument], out: Path
) -> None:
    """The log of its campaign ends before it, and it is said how many events are behind it; the
    others are whole. SQLite itself reads none of these campaigns."""
    content = bytearray(file.read_bytes())
    (*_first, start) = pages_with(bytes(content), b'"id":"m20","pool_row":0')[:1]
    content[start : start + PAGE] = b"\xff" * PAGE
    file.write_bytes(content)
    with open_store(f"sqlite:///{file}") as store, pytest.raises(StoreError):
        store.load("long")
    found = saved(file, out)
    assert not found["long"].whole
    assert found["long"].saved < 20
    assert found["long"].saved + found["long"].lost == 60
    assert found["long"].checked
    assert all(found[name].whole for name in ("notes", "renamed", "gone"))


def test_without_the_page_of_campaigns_their_events_are_lost(
    file: Path, filled: dict[str, CampaignDocument], out: Path
) -> None:
    """What they searched is nowhere else; where all are on it, nothing is made."""
    content = bytearray(file.read_bytes())
    for start in pages_with(bytes(content), b'"space":'):
        content[start : start + PAGE] = bytes(PAGE)
    file.write_bytes(content)
    with pytest.raises(StoreError, match="No campaign can be read"):
        salvage(f"sqlite:///{file}", out)
    assert not list(out.parent.iterdir())


def test_a_spec_that_is_not_as_it_was_is_not_called_checked(
    file: Path, filled: dict[str, CampaignDocument], out: Path
) -> None:
    """It is kept, for it may be right but for a name; whoever goes on with it is told."""
    content = file.read_bytes()
    file.write_bytes(content.replace(b'"goal":"max"', b'"goal":"min"', 1))
    found = saved(file, out)
    (changed,) = [each for each in found.values() if not each.whole]
    assert (changed.checked, changed.lost) == (False, 0)


def test_two_of_one_name_are_both_kept(file: Path, campaign: Campaigns, out: Path) -> None:
    """As where the newest row of a renamed campaign is gone and an older one is found."""
    with open_store(f"sqlite:///{file}") as store:
        store.create(campaign("a", 1.0))
        store.create(campaign("b", 2.0))
    raw = sqlite3.connect(file)
    raw.execute("PRAGMA writable_schema = ON")
    raw.execute("UPDATE sqlite_schema SET sql = replace(sql, 'UNIQUE (name)', 'CHECK (1)')")
    raw.execute("DELETE FROM sqlite_schema WHERE name = 'sqlite_autoindex_campaigns_1'")
    raw.commit()
    raw.close()
    raw = sqlite3.connect(file)
    raw.execute("UPDATE campaigns SET name = 'a', spec = replace(spec, '\"b\"', '\"a\"')")
    raw.commit()
    raw.close()
    found = saved(file, out)
    assert list(found) == ["a", "a (2)"]
    with open_store(f"sqlite:///{out}") as store:
        assert store.load("a (2)").campaign.name == "a (2)"


def test_a_store_without_checksums(
    file: Path, filled: dict[str, CampaignDocument], out: Path
) -> None:
    """Of the first layout what can be read is kept, and has checksums from then on."""
    without_checksums(file)
    found = saved(file, out)
    assert all(each.whole for each in found.values())
    with open_store(f"sqlite:///{out}") as store:
        assert {name: store.load(name) for name in store.names()} == filled


def test_a_record_that_ends_too_soon(file: Path) -> None:
    """A float of which no byte is there is no record, and the next one is read."""
    entries = bytes.fromhex("02 02 07  03 02 01 05")
    head = bytes.fromhex("0a 0000 0002 0000 00  000c 000f")
    file.write_bytes((head + entries).ljust(PAGE, b"\x00").rjust(2 * PAGE, b"\x00"))
    assert [each.values for each in records_of(file)] == [(5,)]


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"SQLite format 3\x00" + b"\x0d" * 9000])
def test_what_is_no_store(file: Path, out: Path, content: bytes) -> None:
    """Nothing can be read, and that is said; nothing is made."""
    file.write_bytes(content)
    with pytest.raises(StoreError, match="No campaign can be read"):
        salvage(f"sqlite:///{file}", out)
    with pytest.raises(StoreError, match=r"none\.db cannot be read: No such file"):
        salvage(f"sqlite:///{file.parent}/none.db", out)
    with pytest.raises(UsageError, match="a database of a server"):
        salvage("postgresql://lab:secret@host/lab", out)
    assert not list(out.parent.iterdir())
