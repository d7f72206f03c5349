"""A store of flipped bits is recognised, and one without checksums still opens."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tansaku.campaign.history.records import CampaignDocument, Recorded
from tansaku.errors import StoreError, TansakuError
from tansaku.store import open_store
from tansaku.store.schema import METADATA
from tests import seeds

Campaigns = Callable[..., CampaignDocument]
Events = Callable[..., Recorded]
ByHand = Callable[..., None]
FLIPS = 400


def without_checksums(file: Path) -> None:
    """The store as layout 1 has it."""
    raw = sqlite3.connect(file)
    for later in METADATA.tables.keys() - {"campaigns", "events"}:
        raw.execute(f"DROP TABLE {later}")
    for table in ("campaigns", "events"):
        raw.execute(f"ALTER TABLE {table} DROP COLUMN checksum")
    raw.execute("PRAGMA user_version = 1")
    raw.commit()
    raw.close()


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ("UPDATE events SET payload = replace(payload, '1.0', '3.0') WHERE number = 2", "event 2"),
        ("UPDATE events SET at = '1999' WHERE number = 3", "event 3"),
        ("UPDATE events SET kind = 'marked' WHERE number = 2", "event 2"),
        ("UPDATE events SET checksum = NULL WHERE number = 1", "event 1"),
        ("DELETE FROM events WHERE number = 4", "what it searches"),
        ("UPDATE campaigns SET spec = replace(spec, '\"max\"', '\"min\"')", "what it searches"),
        ("UPDATE campaigns SET created = '1999'", "what it searches"),
    ],
)
def test_what_was_changed_is_named(
    url: str, campaign: Campaigns, recorded: Events, by_hand: ByHand, change: str, part: str
) -> None:
    """A text that still reads well is not what was written."""
    with open_store(url) as store:
        store.create(campaign("a"))
        store.append("a", [recorded(2), recorded(3), recorded(4)], after=1)
        assert len(store.load("a").events) == 4
    by_hand(url, change)
    with (
        open_store(url) as store,
        pytest.raises(StoreError, match=rf"'a', {part} is not as it was"),
    ):
        store.load("a")


def test_a_flipped_bit_is_never_read_as_data(file: Path, url: str, campaign: Campaigns) -> None:
    """Wherever it lies: the campaign is what it was, or an error of ours says that it is not."""
    document = campaign("a", *(float(i) for i in range(1, 60)))
    with open_store(url) as store:
        store.create(document)
    whole, rng = file.read_bytes(), seeds.generator(0)
    told = 0
    for place in rng.integers(0, 8 * len(whole), FLIPS).tolist():
        flipped = bytearray(whole)
        flipped[place // 8] ^= 1 << place % 8
        file.write_bytes(flipped)
        try:
            with open_store(url) as store:
                found = store.load("a")
        except TansakuError:
            told += 1
        else:
            assert found == document
    # A quarter of the file at least is the events' text: fewer than 20 of 400 flips there has a
    # probability below FALSE_ALARM.
    assert told >= 20


def test_a_name_that_is_no_text_is_told(file: Path, url: str, campaign: Campaigns) -> None:
    """A byte of the tables' names that is no UTF-8: what SQLite says of it is none either."""
    with open_store(url) as store:
        store.create(campaign("a"))
    whole = file.read_bytes()
    place = whole.index(b"CREATE TABLE campaigns") + len(b"CREATE TABLE cam")
    for byte in (0xC5, 0xFF, 0x80):
        file.write_bytes(whole[:place] + bytes([byte]) + whole[place + 1 :])
        with open_store(url) as store, pytest.raises(StoreError, match=r"damaged|no store"):
            store.load("a")
    for at in range(place - 60, place + 20):
        file.write_bytes(whole[:at] + b"\xc5" + whole[at + 1 :])
        with open_store(url) as store, suppress(TansakuError):
            assert store.load("a") == campaign("a")


def test_a_store_without_checksums_opens_and_gets_them(
    file: Path, url: str, campaign: Campaigns, recorded: Events, by_hand: ByHand
) -> None:
    """Reading changes nothing; the first change adds them to all that is there."""
    with open_store(url) as store:
        store.create(campaign("a"))
        store.create(campaign("b"))
    without_checksums(file)
    before = file.read_bytes()
    with open_store(url) as store:
        assert store.load("a") == campaign("a")
    assert file.read_bytes() == before
    with open_store(url) as store:
        store.append("a", [recorded(2)], after=1)
        assert store.load("b") == campaign("b")
    by_hand(url, "UPDATE events SET at = '1999' WHERE campaign_id = 2")
    with open_store(url) as store:
        assert len(store.load("a").events) == 2
        with pytest.raises(StoreError, match="'b', event 1 is not as it was"):
            store.load("b")
