"""Server-sent events: each change of a campaign is told once, to those who may look, soon."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

import tansaku
from tansaku.actor import signed_in
from tansaku.errors import RequestError
from tansaku.services import account as accounts
from tansaku.services import new
from tansaku.services.change_request import version_of
from tansaku.services.opened import load, version, versions
from tansaku.services.trash import remove
from tansaku.web import event_stream
from tansaku.web.event_stream import MOST, MOST_EACH, Streams
from tests.web.conftest import API, CAMPAIGN, LAB, caller

BLOCK = {"condition": "a > 2"}


class Running(NamedTuple):
    """A server in a process of its own, and who asks it."""

    process: subprocess.Popen[str]
    http: httpx.Client

    def stop(self) -> int:
        """What it ends with after the signal to end."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


@contextmanager
def running(store: str, *options: str) -> Iterator[Running]:
    """A server of the store."""
    command = [sys.executable, "-m", "tansaku", "serve", "--port", "0", "--workers", "0", "--json"]
    home = os.environ | {"PYTHONPATH": str(Path(tansaku.__file__).parents[1])}
    process = subprocess.Popen(
        [*command, "--store", store, *options], stdout=subprocess.PIPE, text=True, env=home
    )
    try:
        assert process.stdout is not None
        told = json.loads("".join(iter(process.stdout.readline, "}\n")) + "}")
        with httpx.Client(base_url=told["url"], timeout=120) as http:
            yield Running(process, http)
    finally:
        process.kill()
        process.communicate()


def messages(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    """{field: value} of each message of a stream; what is no message is passed over."""
    found: dict[str, str] = {}
    for line in lines:
        field, _colon, value = line.partition(": ")
        if not line and "data" in found:
            yield found
        found = {} if not line else found | {field: value}


def told(text: str) -> list[dict[str, Any]]:
    """What a stream that has ended told."""
    return [json.loads(each["data"]) for each in messages(iter(text.split("\n")))]


def test_changes_are_told_while_they_happen(shared: str) -> None:
    """Those of another process, too, one by one, with the ETag that the campaign has then; a second
    stream goes on behind any of them, and the server stops with a stream open."""
    with running(shared) as server:
        server.http.post(f"{API}/campaigns", json=CAMPAIGN).raise_for_status()
        with server.http.stream("GET", f"{LAB}/events") as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            lines = stream.iter_lines()
            assert next(lines).startswith("retry: ")
            coming = messages(lines)
            with caller(shared) as other:
                seen = []
                for condition in ("a > 2", "b > 1"):
                    other.post(f"{LAB}/block", json={"condition": condition})
                    began = time.monotonic()
                    seen.append(next(coming))
                    assert time.monotonic() - began < 30  # and not when a buffer is full
            events = [json.loads(each["data"]) for each in seen]
            kinds = [(each["campaign"], each["number"], each["kind"]) for each in events]
            assert kinds == [("lab", 2, "blocked"), ("lab", 3, "blocked")]
            assert events[-1]["etag"] == server.http.get(LAB).headers["etag"]
            behind = {"Last-Event-ID": seen[0]["id"]}
            with server.http.stream("GET", f"{LAB}/events", headers=behind) as again:
                assert next(messages(again.iter_lines())) == seen[1]
            assert server.stop() == 0 or server.process.returncode == -signal.SIGTERM
            assert list(coming) == []


def test_what_was_missed_is_told_first(shared: str) -> None:
    """Behind an ETag or an id; behind one of another log only the last event is."""
    with caller(shared) as api:
        api.post(f"{API}/campaigns", json=CAMPAIGN)
        place, first = f"{LAB}/events", api.get(LAB).headers["etag"]
        for condition in ("a > 2", "b > 1"):
            api.post(f"{LAB}/block", json={"condition": condition})
        missed = told(api.get(place, params={"after": first}).text)
        assert [each["number"] for each in missed] == [2, 3]
        assert told(api.get(place).text) == []
        assert told(api.get(place, params={"after": missed[-1]["etag"]}).text) == []
        began = first.strip('"').partition("-")[0]
        for other in (f"{int(began) - 1}-2", f"{began}-9"):
            assert [
                each["number"] for each in told(api.get(place, params={"after": other}).text)
            ] == [3]
        # What EventSource sends when it asks again counts more than the address.
        resumed = api.get(place, params={"after": first}, headers={"Last-Event-ID": f"{began}-2"})
        assert [each["number"] for each in told(resumed.text)] == [3]


def test_a_version_is_that_of_the_whole_campaign(shared: str) -> None:
    """Though the campaign is not read for it."""
    with caller(shared) as api:
        api.post(f"{API}/campaigns", json=CAMPAIGN)
        for condition in ("a > 2", "b > 1"):
            assert version(shared, "lab") == version_of(load(shared, "lab"))
            assert versions(shared, ["lab"]) == {"lab": version(shared, "lab")}
            api.post(f"{LAB}/block", json={"condition": condition})
        api.delete(LAB)
        assert versions(shared, ["lab"]) == {}


@pytest.mark.parametrize("text", ["x", "1-2", "20261130093000000000-", "é", "9" * 41 + "-1"])
def test_what_is_no_version_is_refused(lab: Any, text: str) -> None:
    found = lab.get(f"{LAB}/events", params={"after": text})
    assert (found.status_code, found.json()["error"]["path"]) == (422, "query.after")


def test_a_campaign_that_goes_ends_its_stream(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the error of one that is not there; heartbeats are told until then."""
    monkeypatch.setattr(event_stream, "HEARTBEAT", 0)
    with caller(store) as api:
        api.post(f"{API}/campaigns", json=CAMPAIGN)
        api.app.state.streams.over = lambda: remove(store, "lab") is None  # type: ignore[attr-defined]
        text = api.get(f"{LAB}/events").text
        assert "event: failed\n" in text
        assert '"code": "campaign-not-found"' in text
        assert ": \n\n" in text


def test_a_stream_ends_with_what_lets_its_reader_in(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token that is revoked, and a campaign that is shared no more."""
    monkeypatch.setattr(event_stream, "HEARTBEAT", 0)
    for name, role in (("root", "admin"), ("reader", "viewer")):
        accounts.add(store, name, role=role, password="kiln gas tram violet")
    made = new.CampaignDescription.model_validate(
        {each: CAMPAIGN[each] for each in ("inputs", "targets", "table")}
    )
    with signed_in("root"):
        new.new(store, "lab", made)
    token = accounts.new_token(store, "reader", "test").token
    shown = {"Authorization": f"Bearer {token}"}

    def unshared() -> bool:
        with signed_in("root"):
            accounts.unshare(store, "reader", "lab")
        return False

    def revoked() -> bool:
        with signed_in("root"):
            accounts.revoke(store, "reader", "test")
        return False

    with caller(store, accounts=True) as api:
        for ends, code in ((unshared, "campaign-not-found"), (revoked, "log-in")):
            accounts.share(store, "reader", "lab", "viewer")
            api.app.state.streams.over = ends  # type: ignore[attr-defined]
            assert f'"code": "{code}"' in api.get(f"{LAB}/events", headers=shown).text


def test_the_number_of_streams_is_bounded() -> None:
    """Of one account, and of a server; a place that is given back is free."""
    streams = Streams("sqlite:///unused.db")
    places = [streams.place("lab") for _ in range(MOST)]
    with signed_in("Sato"):
        for each in places[:MOST_EACH]:
            each.__enter__()
        with pytest.raises(RequestError) as refused, streams.place("lab"):
            pass
        assert refused.value.status == 429
    with signed_in("Abe"), streams.place("lab"):
        pass
    for each in places[MOST_EACH:]:
        each.__enter__()
    with signed_in("Abe"), pytest.raises(RequestError) as refused, streams.place("lab"):
        pass
    assert refused.value.status == 503
    places[0].__exit__(None, None, None)
    with signed_in("Sato"), streams.place("lab"):
        pass


def test_streams_look_at_their_own_campaigns_only(shared: str) -> None:
    """However many campaigns the store has."""
    streams = Streams(shared)
    with caller(shared) as api:
        for name in ("lab", "other"):
            api.post(f"{API}/campaigns", json=CAMPAIGN | {"name": name})
    with streams.place("lab"), streams.place("lab"):
        assert set(asyncio.run(streams.versions())) == {"lab"}


def test_a_stream_that_was_left_gives_its_place_back(lab: Any) -> None:
    for _ in range(MOST + 1):
        assert lab.get(f"{LAB}/events").status_code == 200
