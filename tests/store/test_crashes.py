"""Killed at any moment, a store holds every command that returned and no half of another."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tansaku.campaign.history.records import CampaignDocument
from tansaku.store import open_store

Campaigns = Callable[..., CampaignDocument]

WRITER = """
import sys
from datetime import UTC, datetime
from tansaku.campaign.history.records import Measurement, Recorded
from tansaku.store import open_store

def pair(number):
    at = datetime(2026, 11, 1, tzinfo=UTC)
    return [
        Recorded(at=at, measurements=(Measurement(
            id=f"m{n}", pool_row=0, inputs={"x": 0.1}, values={"y": float(n)}, at=at),))
        for n in (number, number + 1)
    ]

with open_store(sys.argv[1]) as store:
    after = len(store.load("a").events)
    while True:
        store.append("a", pair(after + 1), after=after)
        after += 2
        print(after, flush=True)
"""

HALF_WRITER = """
import sys, time
from sqlalchemy import insert
from tansaku.store import open_store
from tansaku.store.schema import EVENTS

store = open_store(sys.argv[1])
with store.database.writing(make=False) as connection:
    connection.execute(insert(EVENTS), [
        {"campaign_id": 1, "number": n, "kind": "recorded", "payload": "{}" * 9000, "at": ""}
        for n in range(2, 60)
    ])
    print("halfway", flush=True)
    time.sleep(60)
"""

MAKER = """
import sys
from tansaku.campaign.history.records import CampaignDocument
from tansaku.store import open_store

document = CampaignDocument.model_validate_json(sys.stdin.read())
print("ready", flush=True)
with open_store(sys.argv[1]) as store:
    store.create(document)
"""


def start(script: str, url: str, **streams: int) -> subprocess.Popen[str]:
    """A process of its own that runs ``script`` on the store."""
    return subprocess.Popen(
        [sys.executable, "-c", script, url], stdout=subprocess.PIPE, text=True, **streams
    )


def sound(file: Path) -> bool:
    """SQLite's own verdict on the file."""
    raw = sqlite3.connect(file)
    verdict = raw.execute("PRAGMA integrity_check").fetchall()
    raw.close()
    return verdict == [("ok",)]


@pytest.mark.parametrize("seed", range(4))
def test_killed_in_a_loop_of_appends(file: Path, url: str, campaign: Campaigns, seed: int) -> None:
    """Every append that returned is there; the last one is whole or absent, never half."""
    with open_store(url) as store:
        store.create(campaign("a"))
    writer = start(WRITER, url)
    assert writer.stdout is not None
    assert writer.stdout.readline() != ""
    time.sleep(random.Random(seed).uniform(0.02, 0.2))
    writer.send_signal(signal.SIGKILL)
    said = [int(line) for line in writer.stdout.read().split()]
    assert writer.wait() == -signal.SIGKILL
    writer.stdout.close()
    with open_store(url) as store:
        events = store.load("a").events
        store.check()
    kept = len(events)
    assert kept % 2 == 1  # the creation and whole pairs
    assert kept >= max(said, default=3)
    assert [e.measurements[0].id for e in events] == [f"m{n}" for n in range(1, kept + 1)]
    assert sound(file)


def test_killed_in_the_middle_of_a_transaction(file: Path, url: str, campaign: Campaigns) -> None:
    """What was not committed was never there, and the next writer is not kept waiting."""
    with open_store(url) as store:
        store.create(campaign("a"))
    writer = start(HALF_WRITER, url)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "halfway\n"
    writer.kill()
    writer.wait()
    writer.stdout.close()
    with open_store(url) as store:
        assert store.load("a") == campaign("a")
        store.create(campaign("b"))
        store.check()
    assert sound(file)


def test_killed_while_the_store_is_made(file: Path, url: str, campaign: Campaigns) -> None:
    """At whatever step its making ends, the store can be used afterwards."""
    text = campaign("a").model_dump_json()
    made = []
    for delay in (0.0, 0.002, 0.004, 0.008, 0.016, 0.032):
        maker = start(MAKER, url, stdin=subprocess.PIPE)
        assert maker.stdin is not None
        assert maker.stdout is not None
        maker.stdin.write(text)
        maker.stdin.close()
        assert maker.stdout.readline() == "ready\n"
        time.sleep(delay)
        maker.kill()
        maker.wait()
        maker.stdout.close()
        with open_store(url) as store:
            made.append(store.names())
            assert made[-1] in ([], ["a"])
            if not made[-1]:
                store.create(campaign("a"))
            assert store.load("a") == campaign("a")
        for left in file.parent.iterdir():
            left.unlink()
    assert [] in made


FILLER = """
import resource, signal, sys
from datetime import UTC, datetime
from tansaku.campaign.history.records import Measurement, Recorded
from tansaku.errors import StoreError
from tansaku.store import open_store

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
at = datetime(2026, 11, 1, tzinfo=UTC)
with open_store(sys.argv[1]) as store:
    after = len(store.load("a").events)
    while True:
        event = Recorded(at=at, measurements=(Measurement(
            id=f"m{after + 1}", pool_row=0, inputs={"x": 0.1}, values={"y": 1.0},
            note="n" * 5000, at=at),))
        try:
            store.append("a", [event], after=after)
        except StoreError as error:
            print(after, error.message)
            break
        after += 1
"""


def test_no_room_on_the_disk(file: Path, url: str, campaign: Campaigns) -> None:
    """The append that does not fit is told and leaves no trace; all before it are there."""
    pytest.importorskip("resource", reason="this system cannot limit the size of files")
    with open_store(url) as store:
        store.create(campaign("a"))
    writer = start(FILLER, url)
    said, _err = writer.communicate(timeout=120)
    assert writer.returncode == 0
    kept, _, message = said.partition(" ")
    assert int(kept) > 5
    assert str(file) in message
    with open_store(url) as store:
        assert len(store.load("a").events) == int(kept)
        store.check()
    assert sound(file)
