"""What a process has read and added up it does not read and add up again; what it tells is the same
as if it did."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tansaku.campaign import campaign as campaigns
from tansaku.campaign.campaign import Campaign
from tansaku.campaign.description import CampaignDescription
from tansaku.campaign.history.records import Measurement, Recorded
from tansaku.campaign.history.state import fold
from tansaku.campaign.history.tally import Tally
from tansaku.campaign.progress import CampaignStatus
from tansaku.services import opened
from tansaku.services import status as statuses
from tansaku.services.availability import block, withdraw
from tansaku.services.exchange import backup
from tansaku.services.history import redo, undo
from tansaku.services.new import new
from tansaku.services.opened import load
from tansaku.services.record import correct, mark, record_at
from tansaku.services.status import list_
from tansaku.services.suggest_samples import suggest
from tansaku.services.trash import remove, rename, restore
from tansaku.store import SqlStore, open_store

TARGETS = ["y:max:log10"]


@pytest.fixture
def lab(store: str, table: Path) -> str:
    """A store with the campaigns a, b and c."""
    for name in "abc":
        new(store, name, CampaignDescription(table=table, inputs=["a", "b"], targets=TARGETS))
    return store


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The campaigns that a list has read, in order."""
    names: list[str] = []

    def loading(store: str, name: str) -> Campaign:
        names.append(name)
        return load(store, name)

    monkeypatch.setattr(statuses, "load", loading)
    return names


def afresh(store: str) -> list[CampaignStatus]:
    """The list, every campaign read whole."""
    with open_store(store) as opened:
        return [Campaign(opened.load(name)).status() for name in opened.names()]


def test_a_list_reads_what_has_changed(lab: str, loaded: list[str]) -> None:
    """Only what was not told behind the last change, however a campaign has changed."""
    assert list(list_(lab).campaigns) == afresh(lab)
    assert loaded == []
    changes: list[tuple[Callable[[], object], list[str]]] = [
        (lambda: None, []),
        (lambda: record_at(lab, "b", {"a": 0, "b": 2}, {"y": 5e-6}, confirm=True), []),
        (lambda: undo(lab, "b"), []),
        (lambda: redo(lab, "b"), []),
        (lambda: rename(lab, "c", "d"), ["d"]),
        (lambda: remove(lab, "d"), []),
        (lambda: restore(lab, "d"), ["d"]),
    ]
    for change, read in changes:
        change()
        loaded.clear()
        assert list(list_(lab).campaigns) == afresh(lab)
        assert loaded == read


def test_what_another_version_told_is_not_repeated(lab: str, loaded: list[str]) -> None:
    """Nor what was told with another checksum, or cannot be read; each is read once."""
    with sqlite3.connect(lab.removeprefix("sqlite:///")) as raw:
        raw.execute("UPDATE summaries SET checksum = 'another' WHERE campaign_id = 1")
        raw.execute("UPDATE summaries SET summary = '0.0.0 {}' WHERE campaign_id = 2")
        raw.execute("UPDATE summaries SET summary = substr(summary, 1, 40) WHERE campaign_id = 3")
    for read in (["a", "b", "c"], []):
        loaded.clear()
        assert list(list_(lab).campaigns) == afresh(lab)
        assert loaded == read


def test_a_list_tells_what_was_put_behind_the_change_of_another_one(
    lab: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A suggestion that somebody was faster than is put behind theirs, and told with it."""
    append, faster = (
        SqlStore.append,
        [lambda: record_at(lab, "a", {"a": 0, "b": 2}, {"y": 5e-6}, confirm=True)],
    )

    def late(self: SqlStore, *args: Any, **options: Any) -> None:
        if faster:
            faster.pop()()
        append(self, *args, **options)

    monkeypatch.setattr(SqlStore, "append", late)
    suggest(lab, "a", 2, strategy="random")
    listed = list(list_(lab).campaigns)
    assert listed == afresh(lab)
    assert (listed[0].pending, faster) == (2, [])


def test_a_list_of_another_file_in_its_place(lab: str, tmp_path: Path) -> None:
    """A store that was put back and went another way, over as many events."""
    file, copy = tmp_path / "lab.db", tmp_path / "copy.db"
    backup(lab, copy)
    for value in (5e-6, 7e-6):
        record_at(lab, "b", {"a": 0, "b": 2}, {"y": value}, confirm=True)
        assert list(list_(lab).campaigns) == afresh(lab)
        shutil.copy(copy, file)


def test_what_is_added_up_is_as_if_from_the_beginning(
    lab: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind changes of every kind; and between them nothing is."""
    changes: list[Callable[[], object]] = [
        lambda: suggest(lab, "a", 3),
        lambda: record_at(lab, "a", "s1", {"y": 3e-6}, confirm=True),
        lambda: record_at(lab, "a", {"a": 3, "b": 1}, status="failed", why="cracked"),
        lambda: correct(lab, "a", "m1", values={"y": 1.1e-6}, confirm=True),
        lambda: mark(lab, "a", ["m2"], status="excluded", why="pale"),
        lambda: withdraw(lab, "a", [load(lab, "a").state.open_suggestions[0].id]),
        lambda: block(lab, "a", "a > 2"),
        lambda: undo(lab, "a"),
        lambda: redo(lab, "a"),
        lambda: undo(lab, "a"),
        lambda: undo(lab, "a"),
        lambda: redo(lab, "a"),
        lambda: record_at(lab, "a", {"a": 2, "b": 0}, {"y": 6e-6}, confirm=True),
    ]
    for change in changes:
        change()
        found = load(lab, "a")
        assert found.state == fold(found.events)
        assert found.status() == Campaign(found.document).status()
        with monkeypatch.context() as patched:
            patched.setattr(campaigns, "fold", lambda _events: pytest.fail("added up again"))
            assert load(lab, "a").state == found.state


def test_results_in_a_row_are_added_up_one_by_one(
    lab: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many there are before, and although nobody loads the campaign between."""
    seen: list[int] = []
    more = Tally.with_more

    def counting(self: Tally, measurements: Sequence[Measurement]) -> Tally:
        seen.append(len(measurements))
        return more(self, measurements)

    record_at(lab, "a", {"a": 2, "b": 0}, {"y": 6e-6}, confirm=True)
    monkeypatch.setattr(campaigns, "fold", lambda _events: pytest.fail("added up again"))
    monkeypatch.setattr(Tally, "with_more", counting)
    for value in (7e-6, 8e-6, 9e-6):
        record_at(lab, "a", {"a": 3, "b": 1}, {"y": value}, confirm=True)
    assert seen == [1, 1, 1]


def test_a_log_that_is_read_anew_is_not_compared_event_by_event(
    lab: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what a campaign has added itself is: ten thousand others would be, for nothing."""
    record_at(lab, "a", {"a": 2, "b": 0}, {"y": 6e-6}, confirm=True)
    found = load(lab, "a").state
    opened._kept.cache_clear()
    compared: list[object] = []
    monkeypatch.setattr(Recorded, "__eq__", lambda *both: compared.append(both) or True)
    assert load(lab, "a").state == found
    assert compared == []
