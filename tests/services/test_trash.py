"""Campaigns renamed, removed and brought back: nothing they hold changes, and the history tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from tansaku.campaign.description import CampaignDescription
from tansaku.errors import CampaignExistsError, CampaignNotFoundError, UsageError
from tansaku.services.history import history, redo, undo
from tansaku.services.new import new
from tansaku.services.opened import load
from tansaku.services.record import record_at
from tansaku.services.status import list_, status
from tansaku.services.trash import remove, rename, restore, trash
from tansaku.store import open_store


def over(parameter: str) -> CampaignDescription:
    return CampaignDescription.model_validate({"parameters": [parameter], "targets": ["y"]})


@pytest.fixture
def store(tmp_path: Path) -> str:
    """A store with the campaign ``lab``, which has a result."""
    url = f"sqlite:///{tmp_path}/lab.db"
    new(
        url,
        "lab",
        over("x=0:1:0.1"),
    )
    record_at(url, "lab", {"x": 0.5}, {"y": 1.0})
    return url


def data(store: str, name: str) -> list[str]:
    """Events that change data, as they are stored."""
    events = load(store, name).document.events
    kept = [e for e in events if e.kind not in ("renamed", "removed", "restored")]
    return [each.model_dump_json() for each in kept]


def test_another_name_and_nothing_else(store: str) -> None:
    before = data(store, "lab")
    rename(store, "lab", "ラボ")
    assert [each.campaign for each in list_(store).campaigns] == ["ラボ"]
    assert load(store, "ラボ").name == "ラボ"
    assert data(store, "ラボ") == before
    assert history(store, "ラボ").document()["events"][-1]["kind"] == "renamed"
    with pytest.raises(CampaignNotFoundError):
        load(store, "lab")
    record_at(store, "ラボ", {"x": 0.6}, {"y": 2.0})
    assert status(store, "ラボ").measurements == 2


def test_undo_passes_over_it(store: str) -> None:
    """It takes back the last change of data; the name stays."""
    rename(store, "lab", "other")
    campaign = load(store, "other")
    assert campaign.undo().kind == "recorded"
    with pytest.raises(UsageError, match="cannot be taken back"):
        load(store, "other").undo(3)


def test_redo_passes_over_it(store: str) -> None:
    """What was undone comes back behind another name, and out of the trash."""
    undo(store, "lab")
    rename(store, "lab", "other")
    remove(store, "other")
    restore(store, "other")
    assert redo(store, "other").redone.event.kind == "recorded"


def test_what_is_removed_comes_back(store: str) -> None:
    """Its name is free meanwhile, and of two of one name the last one comes first."""
    first = data(store, "lab")
    remove(store, "lab", why="done")
    assert not list_(store).campaigns
    assert [each.campaign for each in trash(store).removed] == ["lab"]
    with pytest.raises(CampaignNotFoundError) as told:
        status(store, "lab")
    assert "\x1f" not in str(told.value) + str(told.value.hint)
    new(
        store,
        "lab",
        over("z=0:1:0.5"),
    )
    with pytest.raises(CampaignExistsError):
        restore(store, "lab")
    remove(store, "lab")
    restore(store, "lab")
    assert load(store, "lab").space.names == ("z",)
    rename(store, "lab", "second")
    restore(store, "lab")
    assert data(store, "lab") == first
    assert [each.campaign for each in list_(store).campaigns] == ["lab", "second"]
    assert trash(store).removed == ()


def test_refusals_change_nothing(store: str) -> None:
    new(
        store,
        "two",
        over("x=0:1:0.1"),
    )
    before = [data(store, name) for name in ("lab", "two")]
    for act, error in (
        (lambda: rename(store, "lab", "two"), CampaignExistsError),
        (lambda: rename(store, "nobody", "three"), CampaignNotFoundError),
        (lambda: rename(store, "lab", "a\nb"), UsageError),
        (lambda: rename(store, "lab", "a\x1fb"), UsageError),
        (lambda: remove(store, "nobody"), CampaignNotFoundError),
        (lambda: restore(store, "lab"), CampaignNotFoundError),
    ):
        with pytest.raises(error):
            act()
    assert [data(store, name) for name in ("lab", "two")] == before
    with open_store(store) as opened:
        opened.check()
