"""What only a server can do: vanish, refuse, hold other tables, and be locked row by row."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import NullPool, create_engine, text

from tansaku.campaign.history.records import CampaignDocument, Recorded
from tansaku.errors import ConflictError, StoreError
from tansaku.store import open_store, postgresql
from tests.databases import Cluster, new_cluster

Campaigns = Callable[..., CampaignDocument]
Events = Callable[..., Recorded]
ByHand = Callable[..., None]

HALF_WRITER = """
import sys, time
from sqlalchemy import insert
from tansaku.store import open_store
from tansaku.store.schema import EVENTS

with open_store(sys.argv[1]) as store, store._changing("a") as (connection, found):
    connection.execute(insert(EVENTS), [
        {"campaign_id": found.id, "number": n, "kind": "recorded", "payload": "{}", "at": ""}
        for n in range(2, 60)
    ])
    print("halfway", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def schema(cluster: Cluster) -> str:
    """The URL of an empty store on the tests' server."""
    return cluster.new_schema()


@pytest.fixture
def mortal() -> Iterator[Cluster]:
    """A server of the test's own, to be ended."""
    cluster = new_cluster()
    yield cluster
    cluster.remove()


def halfway(url: str) -> subprocess.Popen[str]:
    """A process that stands in the middle of a change of campaign ``a``."""
    writer = subprocess.Popen(
        [sys.executable, "-c", HALF_WRITER, url], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "halfway\n"
    writer.stdout.close()
    return writer


def test_a_server_that_vanishes_and_comes_back(
    mortal: Cluster, campaign: Campaigns, recorded: Events
) -> None:
    """In the middle of a change and between two: told each time, nothing lost, nothing half."""
    url = mortal.new_schema()
    with open_store(url) as store:
        store.create(campaign("a"))
        store.append("a", [recorded(2)], after=1)

        def change() -> None:
            with store._changing("a") as (connection, _found):
                connection.execute(text("DELETE FROM events"))
                mortal.stop("immediate")

        with pytest.raises(StoreError, match="cannot be reached") as caught:
            change()
        assert "stored whole or not at all" in caught.value.hint
        for use in (
            lambda: store.load("a"),
            lambda: store.append("a", [recorded(3)], after=2),
            lambda: store.create(campaign("b")),
        ):
            with pytest.raises(StoreError, match="cannot be reached"):
                use()
        mortal.start()
        assert store.load("a").events == (*campaign("a").events, recorded(2))
        store.append("a", [recorded(3)], after=2)
        assert len(store.load("a").events) == 3


def test_killed_in_the_middle_of_a_change(schema: str, campaign: Campaigns) -> None:
    """What was not committed was never there, and the next writer is not kept waiting."""
    with open_store(schema) as store:
        store.create(campaign("a"))
        writer = halfway(schema)
        writer.kill()
        writer.wait()
        assert store.load("a") == campaign("a")
        store.append("a", campaign("a", 1.0).events[1:], after=1)
        assert store.load("a") == campaign("a", 1.0)


def test_a_row_is_locked_and_no_other(
    schema: str, campaign: Campaigns, recorded: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever changes one campaign keeps nobody from another, nor from reading; a change of the
    same one waits, and is told where that lasts too long."""
    with open_store(schema) as store:
        store.create(campaign("a"))
        store.create(campaign("b"))
        writer = halfway(schema)
        try:
            store.append("b", [recorded(2)], after=1)
            assert store.load("a") == campaign("a")
            monkeypatch.setattr(postgresql, "LOCK_SECONDS", 1)
            with pytest.raises(StoreError, match="locked by another process"):
                store.append("a", [recorded(2)], after=1)
        finally:
            writer.kill()
            writer.wait()


def test_stale_writer_is_refused_behind_a_lock(
    schema: str, campaign: Campaigns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who means to change a campaign has it locked before anything is written, and what a writer
    has waited for is seen: the log has grown."""
    with open_store(schema) as store, open_store(schema) as other:
        store.create(campaign("a"))
        with store._changing("a"), monkeypatch.context() as patched:
            assert len(other.load("a").events) == 1
            patched.setattr(postgresql, "LOCK_SECONDS", 1)
            with pytest.raises(StoreError, match="locked by another process"):
                other.append("a", campaign("a", 1.0).events[1:], after=1)
        store.append("a", campaign("a", 1.0).events[1:], after=1)
        with pytest.raises(ConflictError):
            other.append("a", campaign("a", 1.0).events[1:], after=1)


def test_a_store_that_another_one_made_meanwhile(
    schema: str, campaign: Campaigns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who saw no store before the lock looks again behind it."""
    with open_store(schema) as store, open_store(schema) as other:
        store.create(campaign("a"))
        kind, seen = postgresql.PostgresqlDatabase, [0]
        real = kind.layout
        monkeypatch.setattr(kind, "layout", lambda self, c: seen.pop() if seen else real(self, c))
        other.create(campaign("b"))
        assert store.names() == ["a", "b"]


def test_tables_of_another_program(schema: str, campaign: Campaigns, by_hand: ByHand) -> None:
    """They are named and left alone."""
    by_hand(schema, "CREATE TABLE bookmarks (url TEXT)")
    with open_store(schema) as store:
        for use in (store.names, lambda: store.create(campaign("a"))):
            with pytest.raises(StoreError, match=r"tables of another program \(bookmarks\)"):
                use()
    by_hand(schema, "DROP TABLE bookmarks")
    with open_store(schema) as store:
        store.create(campaign("a"))
        assert store.names() == ["a"]


def test_store_of_a_newer_layout(schema: str, campaign: Campaigns, by_hand: ByHand) -> None:
    """It is refused with both numbers."""
    with open_store(schema) as store:
        store.create(campaign("a"))
    by_hand(schema, "UPDATE tansaku SET layout = 99")
    with open_store(schema) as store:
        for use in (store.names, lambda: store.create(campaign("b"))):
            with pytest.raises(StoreError, match="has schema 99; this version reads up to"):
                use()


def test_an_account_that_may_only_read(
    cluster: Cluster, schema: str, campaign: Campaigns, recorded: Events
) -> None:
    """Readers still read, and a change says what is missing."""
    with open_store(schema) as store:
        store.create(campaign("a"))
    name = schema.rpartition("%3D")[2]
    engine = create_engine(schema, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE ROLE reader_{name} LOGIN"))
        connection.execute(text(f"GRANT USAGE ON SCHEMA {name} TO reader_{name}"))
        connection.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA {name} TO reader_{name}"))
    with open_store(schema.replace("lab@", f"reader_{name}@")) as store:
        assert store.load("a") == campaign("a")
        store.check()
        with pytest.raises(StoreError, match="cannot be written by this account"):
            store.append("a", [recorded(2)], after=1)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("/nowhere", r"cannot be reached .*nowhere"),
        ("/postgres?options=-csearch_path%3Dno_such", r"no_such|no schema has been selected"),
    ],
)
def test_what_is_not_there(cluster: Cluster, campaign: Campaigns, wrong: str, words: str) -> None:
    """A database or schema that nobody made is told with what the server says."""
    url = cluster.url.replace("/postgres", "").replace("postgresql+psycopg:", "postgresql:")
    with open_store(url + wrong) as store, pytest.raises(StoreError, match=words):
        store.create(campaign("a"))


def test_a_password_is_never_shown(cluster: Cluster) -> None:
    """Neither where the server is not there, nor where it refuses."""
    for port in (1, cluster.port):
        url = f"postgresql+psycopg://lab:secret@127.0.0.1:{port}/nowhere"
        with open_store(url) as store, pytest.raises(StoreError) as caught:
            store.names()
        assert "secret" not in str(caught.value)
        assert "lab:***@127.0.0.1" in str(caught.value)
