"""A store that keeps what it has read answers as one that reads all, and notices what it must."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tansaku.campaign.history.records import CampaignDocument, Recorded, Renamed
from tansaku.errors import StoreError
from tansaku.store import documents, known_logs, open_store, sql

Campaigns = Callable[..., CampaignDocument]
Events = Callable[..., Recorded]
ByHand = Callable[..., None]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The events that were read from text, one entry each."""
    texts: list[str] = []

    def reading(text: str, *, where: str, number: int) -> object:
        texts.append(where)
        return documents.read_event(text, where=where, number=number)

    monkeypatch.setattr(sql, "read_event", reading)
    return texts


def test_only_what_is_new_is_read(
    url: str, campaign: Campaigns, recorded: Events, read: list[str]
) -> None:
    """However many events there were, and whoever added the new ones."""
    with open_store(url, keeps=True) as kept, open_store(url) as other:
        kept.create(campaign("a", *map(float, range(1, 50))))
        assert len(kept.load("a").events) == len(read) == 50
        other.append("a", [recorded(51), recorded(52)], after=50)
        assert kept.load("a").events[-2:] == (recorded(51), recorded(52))
        assert len(read) == 52
        kept.append("a", [recorded(53)], after=52)
        assert kept.load("a") == other.load("a")
        renamed = Renamed(at=recorded(1).at, before="a", name="b")
        other.rename("a", renamed)
        assert kept.load("b") == other.load("b")
        assert kept.load("b").campaign.name == "b"


def test_another_log_is_noticed(file: Path, url: str, campaign: Campaigns) -> None:
    """A copy that is brought back, shorter or with other results, is read anew."""
    with open_store(url, keeps=True) as kept:
        kept.create(campaign("a", 1.0, 2.0))
        shutil.copy(file, file.with_name("copy.db"))
        kept.append("a", campaign("a", 1.0, 2.0, 3.0).events[3:], after=3)
        assert kept.load("a") == campaign("a", 1.0, 2.0, 3.0)
        shutil.copy(file.with_name("copy.db"), file)
        assert kept.load("a") == campaign("a", 1.0, 2.0)
        file.unlink()
        with open_store(url) as other:
            other.create(campaign("a", 7.0, 8.0, 9.0))
        assert kept.load("a") == campaign("a", 7.0, 8.0, 9.0)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE events SET at = '1999' WHERE number = 4",
        "UPDATE campaigns SET created = '1999'",
        "DELETE FROM events WHERE number = 5",
    ],
)
def test_what_was_changed_behind_it_is_told(
    url: str, campaign: Campaigns, recorded: Events, by_hand: ByHand, change: str
) -> None:
    """New events and the campaign are held against their checksums as ever."""
    with open_store(url, keeps=True) as kept, open_store(url) as other:
        kept.create(campaign("a", 1.0, 2.0))
        kept.load("a")
        other.append("a", [recorded(4), recorded(5)], after=3)
        by_hand(url, change)
        with pytest.raises(StoreError, match="is not as it was written"):
            kept.load("a")


def test_memory_is_bounded(
    url: str, campaign: Campaigns, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was asked for longest ago is forgotten, and read again."""
    monkeypatch.setattr(known_logs, "MOST_EVENTS", 6)
    with open_store(url, keeps=True) as kept:
        for name in "abc":
            kept.create(campaign(name, 1.0, 2.0))
        for name in "abab":
            kept.load(name)
        assert len(read) == 6
        kept.load("c")
        kept.load("b")
        assert len(read) == 9
        kept.load("a")
        assert len(read) == 12
