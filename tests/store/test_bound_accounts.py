"""What the store lets an account do, on every database: nothing that was not given to it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tansaku.actor import NOBODY, signed_in
from tansaku.campaign.history.records import CampaignDocument, Recorded
from tansaku.errors import CampaignNotFoundError, RightsError, UnknownNameError, UsageError
from tansaku.store import Accounts, JobQueue, Pass, Passes, SqlStore, new_job, open_store

Campaigns = Callable[..., CampaignDocument]
Events = Callable[..., Recorded]

LATER, AGO = "2099-01-01T00:00:00+00:00", "2001-01-01T00:00:00+00:00"


@pytest.fixture
def lab(url: str, campaign: Campaigns) -> SqlStore:
    """Two campaigns and an account of each role, the first campaign shared with all of them."""
    store = open_store(url)
    store.create(campaign("silicon"))
    store.create(campaign("calcium"))
    accounts = Accounts(store.database)
    for role in ("admin", "editor", "viewer"):
        accounts.add(role, role, everywhere=False, password="hash")
        accounts.share(role, "silicon", "editor")
    return store


@pytest.mark.parametrize(
    ("who", "seen", "changes", "makes"),
    [
        ("admin", ["silicon", "calcium"], True, True),
        ("editor", ["silicon"], True, True),
        ("viewer", ["silicon"], False, False),
        (NOBODY, [], False, False),
        ("closed", [], False, False),
    ],
)
def test_each_role(
    lab: SqlStore, campaign: Campaigns, recorded: Events, who: str, seen: list[str], changes: bool,
    makes: bool,
) -> None:  # fmt: skip
    """An account that was closed is nobody, from then on."""
    accounts = Accounts(lab.database)
    accounts.add("closed", "editor", everywhere=True, password="hash")
    accounts.change("closed", closed=True)
    with lab, signed_in(who):
        assert lab.names() == seen
        for name in ("silicon", "calcium", "none"):
            known = len(lab.load(name).events) if name in seen else 1
            if name not in seen:
                with pytest.raises(CampaignNotFoundError) as missing:
                    lab.load(name)
                told = str(missing.value).replace(f"'{name}'", "")
                assert ("calcium" in told) == (who == "admin")
                with pytest.raises(CampaignNotFoundError):
                    lab.append(name, [recorded(9)], after=1)
            elif changes:
                lab.append(name, [recorded(9)], after=known)
                assert len(lab.load(name, to="editor").events) == known + 1
            else:
                with pytest.raises(RightsError, match="takes the role 'editor'"):
                    lab.append(name, [recorded(9)], after=known)
        queue, job = JobQueue(lab.database), new_job("study", "{}")
        if makes:
            lab.create(campaign("new"))
            assert lab.names() == [*seen, "new"]
            queue.add(job)
            assert queue.get(job.id) == job
        else:
            with pytest.raises(RightsError):
                lab.create(campaign("new"))
            with pytest.raises(RightsError):
                queue.add(job)
    with signed_in("editor" if who == "admin" else "admin"):
        assert [each.id for each in queue.last(9)] == ([job.id] if who == "editor" else [])
    assert queue.claim("worker") == (queue.get(job.id) if makes else None)


def test_only_administrators_see_to_others(lab: SqlStore) -> None:
    """Each sees to itself; the last administrator stays one."""
    accounts = Accounts(lab.database)
    with lab, signed_in("editor"):
        assert accounts.get("editor").campaigns == {"silicon": "editor"}
        for act in (
            accounts.all,
            accounts.events,
            lambda: accounts.get("viewer"),
            lambda: accounts.get("none"),
            lambda: accounts.share("editor", "calcium", "editor"),
            lambda: accounts.change("editor", role="admin"),
            lambda: accounts.set_password("viewer", "other"),
            lambda: accounts.add("friend", "admin", everywhere=True, password=""),
            lab.check,
        ):
            with pytest.raises(RightsError):
                act()
    with signed_in("admin"):
        accounts.share("editor", "silicon", None)
        accounts.change("editor", everywhere=True)
        with pytest.raises(UsageError, match="last administrator"):
            accounts.change("admin", role="viewer")
        assert [each.what for each in accounts.events()][:2] == ["changed", "unshared"]
        assert [each.by for each in accounts.events()][:2] == ["admin", "admin"]
    with signed_in("editor"):
        assert lab.names() == ["silicon", "calcium"]


def test_what_is_shown_in_place_of_a_password(lab: SqlStore) -> None:
    """Of one kind, until its time, and while the account is open."""
    passes = Passes(lab.database)
    shown = Pass("digest", "editor", "token", "robot", AGO, LATER)
    passes.add(shown)
    passes.add(shown._replace(digest="session", kind="session", label=""))
    passes.add(shown._replace(digest="over", label="old", expires=AGO))
    with lab:
        assert [passes.holder(each, "token") for each in ("digest", "session", "over", "x")] == [
            "editor", None, None, None,
        ]  # fmt: skip
        assert passes.holder("session", "session") == "editor"
        with pytest.raises(UsageError, match="already"):
            passes.add(shown._replace(digest="other"))
        with pytest.raises(UnknownNameError):
            passes.revoke("editor", "none")
        assert [each.label for each in passes.tokens("editor")] == ["robot"]
        Accounts(lab.database).change("editor", closed=True)
        assert passes.holder("digest", "token") is None
