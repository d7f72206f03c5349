"""Stores of older layouts open, become the present one with a change, and survive a kill."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.history.records import CampaignDocument, Recorded
from tansaku.store import open_store
from tansaku.store.migrations import MIGRATIONS
from tansaku.store.schema import METADATA, STORE_SCHEMA
from tests.store.kills import killed_behind

Campaigns = Callable[..., CampaignDocument]
Events = Callable[..., Recorded]
ByHand = Callable[..., None]

STORES = sorted((Path(__file__).parent / "stores").glob("layout_*.db"))
"""As the versions that made these layouts wrote them, with two campaigns each."""

STATEMENTS = 60
"""More statements than the migration of two campaigns and the change that asks for it take."""


def test_every_step_has_its_layout() -> None:
    """From the first layout to the present one without a gap, and with a store of each before."""
    assert list(MIGRATIONS) == list(range(2, STORE_SCHEMA + 1))
    assert [path.stem for path in STORES] == [f"layout_{n}" for n in range(1, STORE_SCHEMA)]


@pytest.mark.parametrize("stored", STORES, ids=lambda stored: stored.stem)
def test_old_stores_open(stored: Path, file: Path, url: str, recorded: Events) -> None:
    """Reading changes no byte; the first change brings all campaigns up to date, trash included."""
    shutil.copy(stored, file)
    before = file.read_bytes()
    with open_store(url) as store:
        names = store.names()
        documents = [store.load(name) for name in names]
        store.check()
    assert names == ["silicon", "カルシウム"]
    assert [len(each.events) for each in documents] == [2, 3]
    assert [Campaign(each).status().best.value for each in documents] == [3.0, 0.75]
    assert file.read_bytes() == before
    with open_store(url) as store:
        store.append("silicon", [recorded(9)], after=2)
        assert store.load("silicon").events == (*documents[0].events, recorded(9))
        assert store.load("カルシウム") == documents[1]
        with store.database.reading() as connection:
            assert store.database.layout(connection) == STORE_SCHEMA
        store.check()


@pytest.fixture
def first_layout(url: str, campaign: Campaigns, by_hand: ByHand) -> str:
    """A store of layout 1 on every database."""
    if url.startswith("sqlite"):
        shutil.copy(STORES[0], url.removeprefix("sqlite:///"))
        return url
    with open_store(url) as store:
        store.create(campaign("silicon", 2.0))
        store.create(campaign("カルシウム", 1.0))
    by_hand(url, "UPDATE tansaku SET layout = 1")
    for table in reversed(METADATA.sorted_tables):
        if table.name not in ("campaigns", "events"):
            by_hand(url, f"DROP TABLE {table.name}")
    for table in ("campaigns", "events"):
        by_hand(url, f"ALTER TABLE {table} DROP COLUMN checksum")
    return url


def test_killed_in_the_middle_of_a_migration(first_layout: str, recorded: Events) -> None:
    """Behind whatever statement: the layout and the change are there together or not at all, and
    the next change goes through."""
    with open_store(first_layout) as store:
        before = store.load("silicon").events
    layouts = []
    for last in range(1, STATEMENTS):
        killed = killed_behind(
            last, first_layout, lambda s: s.append("silicon", [recorded(9)], after=len(before))
        )
        with open_store(first_layout) as store:
            after = store.load("silicon").events
            with store.database.reading() as connection:
                layouts.append(store.database.layout(connection))
            store.check()
        if not killed:
            break
        assert (layouts[-1], len(after)) == (1, len(before))
    assert (layouts[-1], len(after)) == (STORE_SCHEMA, len(before) + 1)
    assert len(layouts) > 8
    with open_store(first_layout) as store:
        # A kill leaves no lock behind, and the other campaign was brought up to date, too.
        store.append("カルシウム", [recorded(9)], after=len(store.load("カルシウム").events))
