"""Two people on one campaign: what can be done over is done over, what cannot is told."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.progress import CampaignStatus
from tansaku.campaign.suggest.suggestion import Suggestions
from tansaku.errors import ConflictError
from tansaku.services.availability import block
from tansaku.services.history import redo, undo
from tansaku.services.opened import change
from tansaku.services.record import record_at
from tansaku.services.status import status
from tansaku.services.suggest_samples import suggest
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

    def slow(campaign: Campaign) -> CampaignStatus:
        seen.append(campaign.status().measurements)
        if len(seen) == 1:
            record_at(made, "lab", {"a": 0, "b": 2}, {"y": 5e-6}, note="the other")
        assert (
            campaign.record_at({"a": 2, "b": 2}, {"y": 6e-6}).measurements[0].id
            == f"m{seen[-1] + 1}"
        )
        return campaign.status()

    answer = change(made, "lab", slow)
    assert seen == [8, 9]
    assert answer.measurements == 10
    assert status(made, "lab").measurements == 10


def test_patience_ends(made: str) -> None:
    """Where others were faster to the last the conflict is told; only their work is stored."""

    def outrun(campaign: Campaign) -> CampaignStatus:
        record_at(made, "lab", {"a": 0, "b": 2}, {"y": 5e-6})
        campaign.record_at({"a": 2, "b": 2}, {"y": 6e-6})
        return campaign.status()

    with pytest.raises(ConflictError):
        change(made, "lab", outrun, patience=0)
    assert status(made, "lab").measurements == 9
    assert status(made, "lab").measured == 9


def test_patience_counts_from_the_first_conflict(made: str) -> None:
    """Work that takes longer than the patience is tried again, too."""
    tries = []

    def slow(campaign: Campaign) -> CampaignStatus:
        tries.append(campaign)
        if len(tries) == 1:
            record_at(made, "lab", {"a": 0, "b": 2}, {"y": 5e-6})
            time.sleep(0.6)
        campaign.record_at({"a": 2, "b": 2}, {"y": 6e-6})
        return campaign.status()

    change(made, "lab", slow, patience=0.5)
    assert len(tries) == 2
    assert status(made, "lab").measurements == 10


def while_it_is_chosen(
    monkeypatch: pytest.MonkeyPatch, *meanwhile: Callable[[Suggestions], Any]
) -> list[str]:
    """What a colleague does at the end of each choice, before it is stored; the list grows by the
    candidates of each choice."""
    chosen: list[str] = []
    kept = Campaign.suggest

    def slow(self: Campaign, *args: Any, **options: Any) -> Suggestions:
        found = kept(self, *args, **options)
        chosen.append(", ".join(str(s.pool_row) for s in found.suggestions))
        if len(chosen) <= len(meanwhile):
            monkeypatch.setattr(Campaign, "suggest", kept)
            meanwhile[len(chosen) - 1](found)
            monkeypatch.setattr(Campaign, "suggest", slow)
        return found

    monkeypatch.setattr(Campaign, "suggest", slow)
    return chosen


def test_a_long_choice_is_not_thrown_away(made: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A colleague records a result and is suggested another sample: the choice stands, under an id
    that is free."""

    def colleague(found: Suggestions) -> None:
        free = [{"a": 0.0, "b": 2.0}, {"a": 2.0, "b": 0.0}, {"a": 3.0, "b": 1.0}]
        one, other = [each for each in free if each != found.suggestions[0].inputs][:2]
        record_at(made, "lab", one, {"y": 5e-6})
        others = suggest(made, "lab", 1, by="Suzuki", fixed=other)
        assert others.suggestions[0].id == "s1"

    chosen = while_it_is_chosen(monkeypatch, colleague)
    found = suggest(made, "lab", 1, by="Sato")
    assert len(chosen) == 1
    with open_store(made) as opened:
        events = opened.load("lab").events[1:]
    assert [event.kind for event in events] == ["recorded", "suggested", "suggested"]
    kept = [dict(each) | {"weighing": None} for each in events[-1].suggestions]
    assert kept == [dict(each) for each in found.suggestions]
    assert [s.id for s in found.suggestions] == ["s2"]
    assert str(found.suggestions[0].pool_row) == chosen[0]
    assert events[-1].by == "Sato"


@pytest.mark.parametrize("act", ["record", "suggest", "block"])
def test_a_candidate_that_is_taken_is_chosen_anew(
    made: str, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    """Measured, suggested to somebody else or blocked meanwhile, it is no choice."""

    def colleague(found: Suggestions) -> None:
        inputs = found.suggestions[0].inputs
        if act == "record":
            record_at(made, "lab", inputs, {"y": 5e-6})
        elif act == "block":
            block(made, "lab", f"a = {inputs['a']:g} and b = {inputs['b']:g}")
        else:
            suggest(made, "lab", 1, by="Suzuki", fixed=inputs)

    chosen = while_it_is_chosen(monkeypatch, colleague)
    found = suggest(made, "lab", 1, by="Sato")
    taken = chosen[0]
    assert str(found.suggestions[0].pool_row) == chosen[-1] != taken


@pytest.mark.parametrize("by", [None, "lab"])
@pytest.mark.parametrize("same", [True, False])
def test_two_that_ask_together_get_two_samples(
    made: str, monkeypatch: pytest.MonkeyPatch, by: str | None, same: bool
) -> None:
    """Also where nobody says who asks, or all share one account: neither is offered what the other
    was just given, and both stay under way."""
    others = []

    def colleague(found: Suggestions) -> None:
        taken = found.suggestions[0].inputs
        free = [{"a": 0.0, "b": 2.0}, {"a": 2.0, "b": 0.0}, {"a": 3.0, "b": 1.0}]
        fixed = taken if same else next(each for each in free if each != taken)
        others.extend(suggest(made, "lab", 1, by=by, fixed=fixed).suggestions)

    suggest(made, "lab", 1, by=by, fixed={"a": 2.0, "b": 2.0})
    chosen = while_it_is_chosen(monkeypatch, colleague)
    (found,) = suggest(made, "lab", 1, by=by).suggestions
    assert len(chosen) == 1 + same
    assert found.pool_row != others[0].pool_row
    assert (others[0].id, found.id) == ("s2", "s3")
    assert list(status(made, "lab").under_way) == ["s2", "s3"]


def test_a_sample_that_is_offered_again_is_told(made: str) -> None:
    """One after the other, the second request replaces the first, and the answer says so; nothing
    is said of samples that stay under way, or of other ones."""
    (first,) = suggest(made, "lab", 1).suggestions
    second = suggest(made, "lab", 1)
    assert second.suggestions[0].pool_row == first.pool_row
    (told,) = [each for each in second.notices if "Offered once more" in each]
    assert "s2 = s1" in told
    assert "--by" in told
    for options in ({"more": True}, {"by": "Sato", "fixed": {"a": 0.0, "b": 2.0}}):
        found = suggest(made, "lab", 1, **options)
        assert found.suggestions[0].pool_row != first.pool_row
        assert "Offered once more" not in " ".join(found.notices)


@pytest.mark.parametrize("verb", [undo, redo])
def test_undo_is_not_done_again(
    made: str, verb: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is last has changed: taking that back, or bringing it back, would surprise."""
    record_at(made, "lab", {"a": 0, "b": 2}, {"y": 5e-6})
    if verb is redo:
        undo(made, "lab")
    before, kept = status(made, "lab").measurements, getattr(Campaign, verb.__name__)

    def interrupted(self: Campaign, *number: int | None) -> object:
        record_at(made, "lab", {"a": 2, "b": 2}, {"y": 6e-6})
        return kept(self, *number)

    monkeypatch.setattr(Campaign, verb.__name__, interrupted)
    with pytest.raises(ConflictError):
        verb(made, "lab")
    assert status(made, "lab").measurements == before + 1


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
