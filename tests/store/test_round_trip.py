"""What is stored comes back equal, and reading makes nothing."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tansaku.campaign.history.records import CampaignDocument, Recorded
from tansaku.errors import CampaignExistsError, CampaignNotFoundError, ConflictError
from tansaku.store import open_store, read_document
from tansaku.store.schema import STORE_SCHEMA

Campaigns = Callable[..., CampaignDocument]
Events = Callable[..., Recorded]

numbers = st.floats(allow_nan=False, allow_infinity=False)
names = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40).filter(
    str.isprintable  # as the services see to
)


@settings(max_examples=30)  # each one syncs the disk a few times
@given(name=names, values=st.lists(numbers, max_size=4), note=st.text(max_size=20))
def test_round_trip(campaign: Campaigns, name: str, values: list[float], note: str) -> None:
    """Any printable name, any float, any note: load(create(d)) = d, through file and text."""
    document = campaign(name, *values, note=note)
    with tempfile.TemporaryDirectory() as folder:
        with open_store(f"sqlite:///{folder}/lab.db") as store:
            store.create(document)
        with open_store(f"sqlite:///{folder}/lab.db") as again:
            assert again.load(name) == document
            assert again.names() == [name]
    assert read_document(document.model_dump_json(), where="text") == document


def test_append_continues_the_log(url: str, campaign: Campaigns, recorded: Events) -> None:
    """Appended events stand behind those that were there, in order."""
    with open_store(url) as store:
        store.create(campaign("a"))
        store.append("a", [recorded(2, 4e-6), recorded(3, 5e-6)], after=1)
        store.append("a", [recorded(4, 6e-6)], after=3)
        assert store.load("a") == campaign("a", 4e-6, 5e-6, 6e-6)


def test_names_stand_in_the_order_of_making(url: str, campaign: Campaigns) -> None:
    """Several campaigns in one store, each with its own log."""
    with open_store(url) as store:
        for name in ("zeta", "alpha", "日本語"):
            store.create(campaign(name))
        assert store.names() == ["zeta", "alpha", "日本語"]
        assert store.load("日本語").campaign.name == "日本語"


def test_a_name_is_taken_once(url: str, campaign: Campaigns) -> None:
    """A second campaign of one name is refused and leaves the first as it was."""
    with open_store(url) as store:
        store.create(campaign("a"))
        with pytest.raises(CampaignExistsError, match=r"'a'.*already"):
            store.create(campaign("a", 1.0))
        assert store.load("a") == campaign("a")


@pytest.mark.parametrize("after", [0, 2])
def test_conflict_stores_nothing(
    url: str, campaign: Campaigns, recorded: Events, after: int
) -> None:
    """Whoever has not read the present end of the log may not write behind it."""
    with open_store(url) as store:
        store.create(campaign("a"))
        with pytest.raises(ConflictError, match="changed by someone else"):
            store.append("a", [recorded(2)], after=after)
        assert store.load("a") == campaign("a")


def test_reading_makes_no_file(url: str, file: Path, recorded: Events) -> None:
    """Listing, loading and appending to a store that is not there leaves the folder empty."""
    with open_store(url) as store:
        assert store.names() == []
        store.check()
        with pytest.raises(CampaignNotFoundError, match=r"lab\.db does not exist yet"):
            store.load("a")
        with pytest.raises(CampaignNotFoundError):
            store.append("a", [recorded(1)], after=0)
    assert list(file.parent.iterdir()) == []


def test_one_file_is_left(url: str, file: Path, campaign: Campaigns, recorded: Events) -> None:
    """Between commands the store is a single file, so that copying it is a backup."""
    with open_store(url) as store:
        store.create(campaign("a"))
        store.append("a", [recorded(2)], after=1)
        store.load("a")
    assert [p.name for p in file.parent.iterdir()] == ["lab.db"]


def test_what_is_not_there_is_named(url: str, campaign: Campaigns, recorded: Events) -> None:
    """The error names the campaigns that there are."""
    with open_store(url) as store:
        store.create(campaign("silicon"))
        with pytest.raises(CampaignNotFoundError, match=r"no campaign 'silikon'.*It has: silicon"):
            store.load("silikon")
        with pytest.raises(CampaignNotFoundError, match="It has: silicon"):
            store.append("silikon", [recorded(1)], after=0)


def test_file_is_marked_and_written_ahead(url: str, file: Path, campaign: Campaigns) -> None:
    """The header says whose file this is and of which schema; the journal is write-ahead."""
    with open_store(url) as store:
        store.create(campaign("a"))
    raw = sqlite3.connect(file)
    pragmas = [
        raw.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("application_id", "user_version", "journal_mode")
    ]
    raw.close()
    assert pragmas == [0x74616E73, STORE_SCHEMA, "wal"]
