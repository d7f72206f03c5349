"""Contents of attached files: once, with their event or not at all, checked, and carried along."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from tansaku.campaign.attachments import digest
from tansaku.campaign.history.records import Attached, Attachment, CampaignDocument
from tansaku.errors import ConflictError, StoreError
from tansaku.store import open_store, salvage, write_store_document
from tansaku.store.backup import write_backup
from tansaku.store.schema import CONTENTS
from tests import seeds
from tests.store.conftest import NOON
from tests.store.kills import killed_behind
from tests.store.test_migrations import STORES
from tests.store.test_store_document import document_of, take_in

Campaigns = Callable[..., CampaignDocument]
ByHand = Callable[..., None]

PHOTO = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 100
PATTERN = b"10.0 2\n10.1 3\n"
STATEMENTS = 20
"""More statements than a change takes."""


def attached(*contents: bytes, first: int = 1) -> Attached:
    """The event that attaches these."""
    files = tuple(
        Attachment(id=f"f{i}", name=f"{i}.png", media_type="x", size=len(c), sha256=digest(c))
        for i, c in enumerate(contents, start=first)
    )
    return Attached(at=NOON, sample="m1", pool_row=0, inputs={"x": 0.1}, files=files)


def held(*contents: bytes) -> dict[str, bytes]:
    """As a change hands them over."""
    return {digest(each): each for each in contents}


@pytest.fixture
def lab(url: str, campaign: Campaigns) -> str:
    """The campaign ``lab`` with two files, one of which the campaign ``other`` has as well."""
    with open_store(url) as store:
        store.create(campaign("lab"))
        store.create(campaign("other"))
        event = attached(PHOTO, PATTERN)
        store.append("lab", [event], after=1, contents=held(PHOTO, PATTERN))
        store.append("other", [attached(PHOTO)], after=1, contents=held(PHOTO))
    return url


def rows(url: str) -> list[bytes]:
    """What lies in the table, whatever names it."""
    with open_store(url) as store, store.database.reading() as connection:
        assert connection is not None
        return sorted(connection.scalars(select(CONTENTS.c.content)))


def test_the_same_content_lies_there_once(lab: str) -> None:
    """Of two campaigns, and attached once more; what was put in comes out."""
    with open_store(lab) as store:
        store.append("lab", [attached(PHOTO, first=3)], after=2, contents=held(PHOTO))
        assert store.contents.find("lab", digest(PHOTO)) == PHOTO
        assert store.contents.find("lab", digest(PATTERN)) == PATTERN
        assert store.contents.find("lab", digest(b"none")) is None
        assert store.contents.find("none", digest(PHOTO)) is None
        assert store.contents.there() == {digest(PHOTO), digest(PATTERN)}
        store.check()
    assert rows(lab) == sorted([PHOTO, PATTERN])


def test_a_change_that_is_refused_leaves_no_content(lab: str) -> None:
    with open_store(lab) as store, pytest.raises(ConflictError):
        store.append("lab", [attached(b"new")], after=1, contents=held(b"new"))
    assert len(rows(lab)) == 2


def test_killed_behind_any_statement(lab: str) -> None:
    """Content and event are there together or not at all."""
    seen = []
    event, contents = attached(b"new", b"newer", first=3), held(b"new", b"newer")
    for last in range(1, STATEMENTS):
        killed = killed_behind(
            last, lab, lambda s: s.append("lab", [event], after=2, contents=contents)
        )
        with open_store(lab) as store:
            seen.append((len(store.load("lab").events), len(rows(lab))))
            store.check()
        if not killed:
            break
    assert seen[-1] == (3, 4)
    assert set(seen) == {(2, 2), (3, 4)}
    assert len(seen) > 4


def test_the_same_content_by_many_at_once(url: str, campaign: Campaigns) -> None:
    """Nobody is refused for it, and it is there once."""
    names = [f"c{i}" for i in range(6)]
    with open_store(url) as store:
        for name in names:
            store.create(campaign(name))

    def act(name: str) -> None:
        with open_store(url) as store:
            both = held(PATTERN, PHOTO) if name > "c2" else held(PHOTO, PATTERN)
            store.append(name, [attached(PHOTO, PATTERN)], after=1, contents=both)

    with ThreadPoolExecutor(6) as crowd:
        list(crowd.map(act, names))
    assert rows(url) == sorted([PHOTO, PATTERN])


def test_a_damaged_content_is_told_and_mended(lab: str, by_hand: ByHand, tmp_path: Path) -> None:
    """By name; nothing of it is copied; the same file attached once more puts it right."""
    blob = "x'00'" if lab.startswith("sqlite") else r"'\x00'"
    by_hand(lab, f"UPDATE contents SET content = {blob} WHERE sha256 = '{digest(PATTERN)}'")
    words = r"the content of f2 \(2.png\) of campaign 'lab' is not as it was attached"
    with open_store(lab) as store:
        for act in (
            store.check,
            lambda: write_backup(store, tmp_path / "b.db"),
            lambda: write_store_document(store, tmp_path / "a.jsonl"),
        ):
            with pytest.raises(StoreError, match=words) as caught:
                act()
            assert "Attach the same file again" in caught.value.hint
        assert not list(tmp_path.glob("[ab].*"))
        store.append("lab", [], after=2, contents=held(PATTERN))
        store.check()
        assert store.contents.find("lab", digest(PATTERN)) == PATTERN


def test_a_backup_has_them(lab: str, tmp_path: Path) -> None:
    with open_store(lab) as store:
        write_backup(store, tmp_path / "b.db")
    assert rows(f"sqlite:///{tmp_path}/b.db") == sorted([PHOTO, PATTERN])


def test_a_document_has_them(lab: str, tmp_path: Path) -> None:
    """And gives them to another store, from which the same document comes."""
    content = document_of(lab, tmp_path)
    there = f"sqlite:///{tmp_path}/there.db"
    take_in(there, content)
    assert rows(there) == sorted([PHOTO, PATTERN])
    assert document_of(there, tmp_path) == content
    assert content.count(b'{"content":') == 2


def test_a_document_without_contents_is_read(url: str, tmp_path: Path, campaign: Campaigns) -> None:
    """As the form before this one has it."""
    with open_store(url) as store:
        store.create(campaign("lab"))
    content = document_of(url, tmp_path).replace(b'"contents":0,', b"")
    there = f"sqlite:///{tmp_path}/there.db"
    take_in(there, content.replace(b'{"tansaku_store":2}', b'{"tansaku_store":1}'))
    with open_store(there) as store:
        assert store.names() == ["lab"]


def test_a_document_whose_content_is_another_is_refused(
    file: Path, lab: str, tmp_path: Path
) -> None:
    """Changed, left out, moved, or said to be of another file; and no store is made for it."""
    del file
    content = document_of(lab, tmp_path)
    lines = content.splitlines(keepends=True)
    places = [i for i, line in enumerate(lines) if line.startswith(b'{"content":')]
    wrong = {
        "not that of the file": content.replace(b'"base64":"MTAu', b'"base64":"MTEu'),
        f"line {places[0] + 1}": content.replace(b'"base64":"MTAu', b'"base64":"M!Au')
        if b"MTAu" in lines[places[0]]
        else content.replace(b'"base64":"iVBO', b'"base64":"i!BO'),
        "does not fit the campaigns": b"".join(lines[: places[0]] + lines[places[0] + 1 :]),
        f"line {places[1] + 1}": b"".join([*lines[: places[1]], lines[1], *lines[places[1] :]]),
    }
    for words, each in wrong.items():
        assert each != content
        with pytest.raises(StoreError, match=words):
            take_in(f"sqlite:///{tmp_path}/new.db", each)
        assert not (tmp_path / "new.db").exists()


@pytest.mark.parametrize("stored", STORES, ids=lambda stored: stored.stem)
def test_a_store_of_an_older_layout_takes_them(stored: Path, file: Path, url: str) -> None:
    """What has none says so, and the first file brings it up to date."""
    shutil.copy(stored, file)
    with open_store(url) as store:
        assert store.contents.find("silicon", digest(PHOTO)) is None
        assert store.contents.there() == set()
        store.check()
        store.append("silicon", [attached(PHOTO)], after=2, contents=held(PHOTO))
        assert store.contents.find("silicon", digest(PHOTO)) == PHOTO
        store.check()


def test_salvage_saves_what_is_as_it_was(file: Path, lab: str, tmp_path: Path) -> None:
    """Noise over pages of the file: a content is there whole or not at all."""
    whole, rng = file.read_bytes(), seeds.generator(4)
    found = set[int]()
    for n in range(12):
        page = 4096 * int(rng.integers(2, len(whole) // 4096))
        noise = rng.bytes(200) if n else b""
        file.write_bytes(whole[:page] + noise + whole[page + len(noise) :])
        out = tmp_path / f"s{n}.db"
        salvage(lab, out)
        kept = rows(f"sqlite:///{out}")
        assert set(kept) <= {PHOTO, PATTERN}
        found.add(len(kept))
    assert found >= {1, 2}
