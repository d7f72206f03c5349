"""All campaigns of a store as one document: whole, checked, the same on every database."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tansaku.campaign.history.records import CampaignDocument, Recorded, Removed, Renamed
from tansaku.errors import CampaignExistsError, StoreError
from tansaku.store import open_store, read_store_document, write_store_document
from tests import seeds
from tests.databases import Cluster
from tests.store.test_checksums import without_checksums

Campaigns = Callable[..., CampaignDocument]
Events = Callable[..., Recorded]
AT = datetime(2026, 11, 2, tzinfo=UTC)
NOISE = 150


@pytest.fixture
def other(url: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """An empty store of the other kind of database."""
    if not url.startswith("sqlite"):
        return f"sqlite:///{tmp_path}/other.db"
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.new_schema()


@pytest.fixture
def filled(url: str, campaign: Campaigns, recorded: Events) -> str:
    """Campaigns that were changed, renamed, removed, and one of the same name as a removed one."""
    with open_store(url) as store:
        store.create(campaign("zeta", 1.0, 2e-300, note='a "b",\\"event":\n\u2028 c'))
        store.create(campaign("gone"))
        store.remove("gone", Removed(at=AT))
        store.create(campaign("gone", 3.0))
        store.create(campaign("alt"))
        store.rename("alt", Renamed(at=AT, before="alt", name='組成 "1"'))
        store.append("zeta", [recorded(9)], after=3)
    return url


def document_of(url: str, folder: Path) -> bytes:
    """What an export of the store holds."""
    with open_store(url) as store:
        write_store_document(store, folder / "all.jsonl", force=True)
    return (folder / "all.jsonl").read_bytes()


def take_in(url: str, content: bytes) -> None:
    """Import it; each campaign is read."""
    with open_store(url) as store:
        read_store_document(store, content, "all.jsonl", lambda found: found.model_dump_json())


def test_it_goes_to_the_other_database_and_back(
    filled: str, other: str, tmp_path: Path, cluster: Cluster
) -> None:
    """Campaign by campaign the same, and the same document again, byte for byte."""
    content = document_of(filled, tmp_path)
    take_in(other, content)
    assert document_of(other, tmp_path) == content
    with open_store(filled) as store, open_store(other) as there:
        there.check()
        assert (there.names(), there.trash()) == (store.names(), store.trash())
        assert store.names() == ["zeta", "gone", '組成 "1"']
        assert [there.load(name) for name in there.names()] == [
            store.load(name) for name in store.names()
        ]
    back = cluster.new_schema()
    take_in(back, content)
    assert document_of(back, tmp_path) == content


def test_every_line_is_json(filled: str, tmp_path: Path) -> None:
    """Any program can read it: what is searched and what happened are no texts in a text."""
    lines = [json.loads(line) for line in document_of(filled, tmp_path).split(b"\n")[:-1]]
    assert lines[0] == {"tansaku_store": 2}
    campaigns = [line for line in lines if "campaign" in line]
    assert [each["campaign"] for each in campaigns] == ["zeta", "gone", "gone", '組成 "1"']
    assert [bool(each["removed"]) for each in campaigns] == [False, True, False, False]
    assert campaigns[0]["spec"]["name"] == "zeta"
    assert campaigns[0]["events"] == 4
    values = [line["event"]["measurements"][0]["values"]["y"] for line in lines[3:6]]
    assert values == [1.0, 2e-300, 1.0]
    assert lines[-1] | {"checksum": ""} == {
        "campaigns": 3, "removed": 1, "events": 10, "contents": 0, "checksum": "",
    }  # fmt: skip


def test_names_that_are_there_are_refused(filled: str, tmp_path: Path, campaign: Campaigns) -> None:
    """All are named, and nothing is stored; beside others they go in."""
    content = document_of(filled, tmp_path)
    with pytest.raises(CampaignExistsError, match=r"already: zeta, gone, gone, 組成"):
        take_in(filled, content)
    assert document_of(filled, tmp_path) == content
    with open_store(f"sqlite:///{tmp_path}/mine.db") as store:
        store.create(campaign("mine"))
        store.create(campaign("zeta"))
    with pytest.raises(CampaignExistsError, match=r"already: zeta\."):
        take_in(f"sqlite:///{tmp_path}/mine.db", content)
    with open_store(f"sqlite:///{tmp_path}/mine.db") as store:
        assert store.names() == ["mine", "zeta"]
        store.rename("zeta", Renamed(at=AT, before="zeta", name="eta"))
    take_in(f"sqlite:///{tmp_path}/mine.db", content)
    with open_store(f"sqlite:///{tmp_path}/mine.db") as store:
        assert store.names() == ["mine", "eta", "zeta", "gone", '組成 "1"']
        store.check()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b'"values":{"y":2e-300}', b'"values":{"y":2e-30}', "'zeta', event 3 is not as it was"),
        (b'"created":"2026', b'"created":"2025', "'zeta', what it searches is not as it was"),
        (b'"number":2,', b'"number":3,', "campaign 'zeta' lacks events"),
        (b'{"tansaku_store":2}', b'{"tansaku_store":3}', "schema 3.*reads up to 2"),
        (b'"events":4', b'"events":3', "'zeta', what it searches is not as it was"),
        (b'"events":4', b'"events":5', "line 7: it is not as it was written"),
        (b'"events":4', b'"events":400', "line 7: it is not as it was written"),
        (b'"campaigns":3', b'"campaigns":4', "line 16: it does not fit"),
        (b'{"campaigns":3', b'{"x":1,"campaigns":3', "line 16: it is not as it was written"),
        (b'"campaign":"zeta"', b'"campaign":"beta"', "'beta', what it searches is not as it was"),
        (b'"removed":"2026-', b'"removed":"soon', "line 7: it is not as it was written"),
    ],
)
def test_what_was_changed_is_named(
    filled: str, tmp_path: Path, old: bytes, new: bytes, words: str
) -> None:
    """The campaign and its event, or the line; and no store is made for it."""
    content = document_of(filled, tmp_path)
    assert old in content
    with pytest.raises(StoreError, match=words):
        take_in(f"sqlite:///{tmp_path}/new.db", content.replace(old, new, 1))
    assert not (tmp_path / "new.db").exists()


def damaged(content: bytes) -> Iterator[bytes]:
    """The document cut short, without a line, with one twice, with two that changed places, and
    with single bytes changed."""
    lines = content.splitlines(keepends=True)
    for i in range(len(lines)):
        yield b"".join(lines[:i])
        yield b"".join(lines[:i] + lines[i + 1 :])
        yield b"".join(lines[: i + 1] + lines[i:])
        yield b"".join([*lines[:i], *lines[i : i + 2][::-1], *lines[i + 2 :]])
    rng = seeds.generator(3)
    for _ in range(NOISE):
        place = int(rng.integers(len(content)))
        yield content[:place] + bytes([int(rng.integers(256))]) + content[place + 1 :]
        yield content[:place]


def test_a_damaged_document_is_never_taken_in(file: Path, filled: str, tmp_path: Path) -> None:
    """Whatever the damage: an error of ours, or what was exported and nothing else."""
    content = document_of(filled, tmp_path)
    told = []
    for each in damaged(content):
        try:
            take_in(f"sqlite:///{tmp_path}/new.db", each)
        except StoreError as error:
            told.append(error.message)
        else:
            assert document_of(f"sqlite:///{tmp_path}/new.db", tmp_path) == content
            (tmp_path / "new.db").unlink()
        assert not (tmp_path / "new.db").exists()
    assert all("all.jsonl" in message for message in told)
    assert len(told) > 2 * NOISE


def test_a_store_without_checksums_gets_them_on_the_way(
    file: Path, filled: str, tmp_path: Path
) -> None:
    """A store of the first layout is exported as one of the present one."""
    content = document_of(filled, tmp_path)
    without_checksums(file)
    before = file.read_bytes()
    assert document_of(filled, tmp_path) == content
    assert file.read_bytes() == before


def test_a_damaged_store_is_not_exported(
    filled: str, tmp_path: Path, by_hand: Callable[..., None]
) -> None:
    """And neither one that is not there; what was exported before stays."""
    before = document_of(filled, tmp_path)
    by_hand(filled, "UPDATE events SET at = '1999' WHERE number = 3")
    with pytest.raises(StoreError, match="event 3 is not as it was written"):
        document_of(filled, tmp_path)
    with pytest.raises(StoreError, match="does not exist yet"):
        document_of(f"sqlite:///{tmp_path}/none.db", tmp_path)
    assert (tmp_path / "all.jsonl").read_bytes() == before
    with open_store(filled) as store, pytest.raises(StoreError, match="exists already"):
        write_store_document(store, tmp_path / "all.jsonl")
