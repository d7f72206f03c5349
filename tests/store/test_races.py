"""Several processes on one store: nothing is lost, and every conflict is told."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tansaku.campaign.history.records import CampaignDocument
from tansaku.errors import ConflictError
from tansaku.store import open_store

Campaigns = Callable[..., CampaignDocument]
PROCESSES = 4
APPENDS = 15

WRITER = """
import sys
from datetime import UTC, datetime
from tansaku.campaign.history.records import Measurement, Recorded
from tansaku.errors import ConflictError
from tansaku.store import open_store

url, me, wanted = sys.argv[1], sys.argv[2], int(sys.argv[3])
at = datetime(2026, 11, 1, tzinfo=UTC)
done = conflicts = 0
print("ready", flush=True)
sys.stdin.readline()
with open_store(url) as store:
    while done < wanted:
        after = len(store.load("a").events)
        event = Recorded(at=at, measurements=(Measurement(
            id=f"{me}-{done}", pool_row=0, inputs={"x": 0.1}, values={"y": 1.0}, at=at),))
        try:
            store.append("a", [event], after=after)
        except ConflictError:
            conflicts += 1
        else:
            done += 1
print(conflicts)
"""

MAKER = """
import sys
from tansaku.campaign.history.records import CampaignDocument
from tansaku.errors import CampaignExistsError
from tansaku.store import open_store

print("ready", flush=True)
document = CampaignDocument.model_validate_json(sys.stdin.readline())
try:
    with open_store(sys.argv[1]) as store:
        store.create(document)
    print("made")
except CampaignExistsError:
    print("taken")
"""


def run_together(script: str, arguments: list[list[str]], line: str) -> list[str]:
    """Start one process per argument list, let them go at once when all have loaded what they
    need, and read what each says."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, *each],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for each in arguments
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(line + "\n")
        process.stdin.flush()
    said = [process.communicate(timeout=120) for process in processes]
    assert [error for _, error in said] == [""] * len(said)
    return [output.strip() for output, _ in said]


def test_appends_of_four_processes(url: str, campaign: Campaigns) -> None:
    """Each event of each process is in the log once, in that process's order."""
    with open_store(url) as store:
        store.create(campaign("a"))
    conflicts = run_together(WRITER, [[url, str(i), str(APPENDS)] for i in range(PROCESSES)], "go")
    with open_store(url) as store:
        events = store.load("a").events[1:]
        store.check()
    ids = [event.measurements[0].id for event in events]
    assert len(ids) == PROCESSES * APPENDS
    for i in range(PROCESSES):
        assert [each for each in ids if each.startswith(f"{i}-")] == [
            f"{i}-{n}" for n in range(APPENDS)
        ]
    assert sum(map(int, conflicts)) > 0, "the race did not happen; the test proves nothing"


def test_stale_reader_is_refused(url: str, campaign: Campaigns) -> None:
    """Two readers of one state: the first to write wins, the second is told and loses nothing."""
    document = campaign("a", 1.0)
    with open_store(url) as first, open_store(url) as second:
        first.create(campaign("a"))
        known = len(second.load("a").events)
        first.append("a", document.events[1:], after=known)
        with pytest.raises(ConflictError):
            second.append("a", document.events[1:], after=known)
        assert second.load("a") == document


def test_four_processes_make_the_store(file: Path, url: str, campaign: Campaigns) -> None:
    """Made by four at once, the store holds each campaign; one name is given out once."""
    for name in ("a", "b"):
        answers = run_together(MAKER, [[url]] * PROCESSES, campaign(name).model_dump_json())
        assert sorted(answers) == ["made", "taken", "taken", "taken"]
    with open_store(url) as store:
        assert store.names() == ["a", "b"]
        store.check()
    assert [p.name for p in file.parent.iterdir()] == ["lab.db"]
