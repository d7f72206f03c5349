"""Two people on one campaign: what can be done over is done over, what cannot is told."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tansaku.campaign.campaign import Campaign
from tansaku.errors import ConflictError
from tansaku.services.history import undo
from tansaku.services.opened import change
from tansaku.services.record import record_at
from tansaku.services.status import status
from tansaku.store import open_store

RECORDER = """
import sys
from tansaku.services.record import record_at
store, me = sys.argv[1], int(sys.argv[2])
sys.stdin.readline()
for k in range(5):
    record_at(store, "lab", {"a": me, "b": 1}, {"y": 1e-6}, note=f"{me}-{k}", confirm=True)
"""


def test_a_change_is_done_again_on_what_others_left(made: str) -> None:
    """The second try sees the other's result and comes after it."""
    seen = []

    def slow(campaign: Campaign) -> str:
        seen.append(campaign.status().measurements)
        if len(seen) == 1:
            record_at(made, "lab", {"a": 0, "b": 2}, {"y": 5e-6}, note="the other")
        return campaign.record_at({"a": 2, "b": 2}, {"y": 6e-6}).measurements[0].id

    campaign, answer = change(made, "lab", slow)
    assert seen == [8, 9]
    assert answer == "m10"
    assert campaign.status().measurements == 10
    assert status(made, "lab").status.measurements == 10


def test_patience_ends(made: str) -> None:
    """Where others were faster to the last the conflict is told; only their work is stored."""

    def outrun(campaign: Campaign) -> None:
        record_at(made, "lab", {"a": 0, "b": 2}, {"y": 5e-6})
        campaign.record_at({"a": 2, "b": 2}, {"y": 6e-6})

    with pytest.raises(ConflictError):
        change(made, "lab", outrun, patience=0)
    assert status(made, "lab").status.measurements == 9
    assert status(made, "lab").status.measured == 9


def test_undo_is_not_done_again(made: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is last has changed: taking that back would surprise."""
    record_at(made, "lab", {"a": 0, "b": 2}, {"y": 5e-6})
    kept = Campaign.undo

    def interrupted(self: Campaign, number: int | None) -> object:
        record_at(made, "lab", {"a": 2, "b": 2}, {"y": 6e-6})
        return kept(self, number)

    monkeypatch.setattr(Campaign, "undo", interrupted)
    with pytest.raises(ConflictError):
        undo(made, "lab")
    assert status(made, "lab").status.measurements == 10


def test_four_recorders_lose_nothing(made: str) -> None:
    """Twenty results out of four processes are all there, with ids of their own."""
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", RECORDER, made, str(i)], stdin=subprocess.PIPE, text=True
        )
        for i in range(4)
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=200)
    assert [writer.returncode for writer in writers] == [0] * 4
    with open_store(made) as opened:
        events = opened.load("lab").events[1:]
    results = [each for event in events for each in event.measurements]
    assert sorted(each.note for each in results) == sorted(
        f"{i}-{k}" for i in range(4) for k in range(5)
    )
    assert [each.id for each in results] == [f"m{9 + k}" for k in range(20)]
