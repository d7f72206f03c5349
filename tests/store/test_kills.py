"""kill -9 at random moments of recording and of taking in a whole store: what was answered is
there, what was not is there whole or not at all, and nothing has to be mended."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tansaku.campaign.history.records import CampaignDocument, Event, Recorded
from tansaku.errors import ConflictError
from tansaku.store import SqlStore, open_store, read_store_document, write_store_document
from tests import seeds
from tests.store.kills import killed_after
from tests.store.test_crashes import sound

Campaigns = Callable[..., CampaignDocument]
Events = Callable[..., Recorded]

SECONDS = 0.25
"""How long a process lives at most: several results, or an import and what comes before it."""

NAMES = ("a", "b", "c", "d")
"""Campaigns of the store that is taken in."""


def settled(store: SqlStore) -> tuple[Event, ...]:
    """The log, once a server has done with what the dead process sent last: the lock of a change
    waits for that."""
    while True:
        events = store.load("a").events
        with suppress(ConflictError):
            store.append("a", [], after=len(events))
            return events


def test_killed_while_it_records(
    url: str, tmp_path: Path, campaign: Campaigns, recorded: Events, kills: int
) -> None:
    """Every result that was answered is there, at most the next one beside it, and the next process
    goes on where this one died."""
    told = tmp_path / "told"

    def record(store: SqlStore) -> None:
        number = len(store.load("a").events)
        while True:
            number += 1
            store.append("a", [recorded(number)], after=number - 1)
            told.open("a", encoding="utf-8").write("+")

    with open_store(url) as store:
        store.create(campaign("a"))
    told.touch()
    known = 1
    for seconds in seeds.generator(11).uniform(0, SECONDS, kills).tolist():
        before = len(told.read_bytes())
        assert killed_after(seconds, url, record)
        with open_store(url) as store:
            events = settled(store)
            store.check()
        answered = len(told.read_bytes()) - before
        assert 0 <= len(events) - known - answered <= 1
        assert [e.measurements[0].id for e in events] == [f"m{n + 1}" for n in range(len(events))]
        known = len(events)
    assert known > kills / 4, "hardly one recorded anything; the test proves nothing"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_killed_while_it_takes_in_a_store(
    kind: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    campaign: Campaigns,
    kills: int,
) -> None:
    """All campaigns are there or none; then it can be taken in."""
    server = request.getfixturevalue("cluster") if kind == "postgresql" else None
    other = f"sqlite:///{tmp_path}/other.db"
    with open_store(other) as store:
        for name in NAMES:
            store.create(campaign(name, 1.0, 2.0, note="n" * 5000))
        write_store_document(store, tmp_path / "all.jsonl")
    content = (tmp_path / "all.jsonl").read_bytes()

    def take_in(store: SqlStore) -> None:
        read_store_document(store, content, "all.jsonl", lambda found: found.campaign)

    made = []
    for i, seconds in enumerate(seeds.generator(12).uniform(0, SECONDS / 5, kills).tolist()):
        file = tmp_path / f"{i}.db"
        url = server.new_schema() if server else f"sqlite:///{file}"
        killed_after(seconds, url, take_in)
        with open_store(url) as store:
            if server:
                with store.filling():  # it has done with what the dead process sent last
                    pass
            made.append(store.names())
            assert made[-1] in ([], [*NAMES])
            if not made[-1]:
                take_in(store)
            store.check()
            assert [len(store.load(name).events) for name in NAMES] == [3] * len(NAMES)
        assert server or sound(file)
    assert [] in made
