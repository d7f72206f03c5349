"""Old documents load, and an older version says of a newer one that it is newer."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.history.records import CampaignDocument, Recorded
from tansaku.errors import StoreError
from tansaku.spec import SCHEMA
from tansaku.store import documents, open_store, read_document

DOCUMENTS = sorted((Path(__file__).parents[1] / "campaign" / "documents").glob("schema_*.json"))
Events = Callable[..., Recorded]


@pytest.fixture
def old() -> CampaignDocument:
    """A campaign as schema 1 wrote it."""
    text = DOCUMENTS[0].read_text(encoding="utf-8")
    return read_document(text, where=DOCUMENTS[0].name)


def as_version_of_schema_1(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read as a version does that knows schema 1 only: all refuse a higher number in this way."""
    monkeypatch.setattr(documents, "SCHEMA", 1)


@pytest.mark.parametrize("stored", DOCUMENTS, ids=lambda stored: stored.stem)
def test_documents_of_every_schema_load(stored: Path, url: str) -> None:
    """Through text and through the store, without a change."""
    text = stored.read_text(encoding="utf-8")
    document = read_document(text, where=stored.name)
    assert json.loads(document.model_dump_json()) == json.loads(text)
    with open_store(url) as store:
        store.create(document)
        assert store.load(document.campaign.name) == document
    assert Campaign(document).status().measurements > 0


def test_an_old_campaign_stays_readable_until_this_version_adds_to_it(
    url: str, old: CampaignDocument, recorded: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then it is refused by its number, whatever the new event holds; the rest of the store is
    read as before."""
    other = old.campaign.model_copy(update={"name": "other"})
    known = len(old.events)
    with open_store(url) as store:
        store.create(old)
        store.create(old.model_copy(update={"campaign": other}))
        store.append("old", [], after=known)
        assert store.load("old") == old
        store.append("old", [recorded(9)], after=known)
        found = store.load("old")
    assert found.events == (*old.events, recorded(9))
    assert found.schema_number == found.campaign.schema_number == SCHEMA
    assert found.campaign.model_copy(update={"schema_number": 1}) == old.campaign
    as_version_of_schema_1(monkeypatch)
    with open_store(url) as store:
        assert store.load("other").events == old.events
        words = rf"'old' in .* has document schema {SCHEMA}; this version reads up to 1"
        with pytest.raises(StoreError, match=words) as caught:
            store.load("old")
    assert "update tansaku" in caught.value.hint


def test_what_this_version_writes_is_refused_by_an_older_one(
    url: str, old: CampaignDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A campaign that was opened here is written with this version's number, file and store."""
    document = Campaign(old).document
    with open_store(url) as store:
        store.create(document)
    as_version_of_schema_1(monkeypatch)
    with pytest.raises(StoreError, match=f"schema {SCHEMA}; this version reads up to 1"):
        read_document(document.model_dump_json(), where="export.json")
    with (
        open_store(url) as store,
        pytest.raises(StoreError, match=f"schema {SCHEMA}; this version reads up to 1"),
    ):
        store.load("old")


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ({"kind": "irradiated"}, "update tansaku"),
        ({"flux": 3.0}, "update tansaku"),
        ({"measurements": "none"}, "changed by hand or damaged"),
        ({"measurements": "none", "flux": 3.0}, "changed by hand or damaged"),
    ],
)
def test_an_event_that_is_not_known_may_be_newer(
    file: Path, url: str, old: CampaignDocument, change: dict[str, object], hint: str
) -> None:
    """What is only unknown may be a newer version's; what is wrong is damaged."""
    with open_store(url) as store:
        store.create(old)
    event = json.loads(old.events[0].model_dump_json()) | change
    raw = sqlite3.connect(file)
    raw.execute("UPDATE events SET payload = ? WHERE number = 1", [json.dumps(event)])
    raw.commit()
    raw.close()
    with open_store(url) as store, pytest.raises(StoreError, match="event 1") as caught:
        store.load("old")
    assert hint in caught.value.hint
