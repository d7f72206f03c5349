"""The client: what a Campaign does, on a server, and over a connection that loses answers."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

import tansaku as tk
from tansaku import client
from tansaku.client import RemoteCampaign, Server
from tansaku.errors import (
    CampaignNotFoundError,
    ConfirmationError,
    DataError,
    RequestError,
    ServerError,
    UnknownNameError,
)
from tansaku.services.job_worker import work_once
from tansaku.services.status import status
from tansaku.web import attachment_routes
from tests.web.conftest import CAMPAIGN, caller


class InProcess(httpx.BaseTransport):
    """The way to a server of this process, whichever httpx its test client is made of."""

    def __init__(self, api: TestClient) -> None:
        self.api = api

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One request."""
        found = self.api.request(
            request.method,
            str(request.url),
            content=request.read(),
            headers=dict(request.headers),
        )
        return httpx.Response(found.status_code, headers=dict(found.headers), content=found.content)


class Lossy(httpx.BaseTransport):
    """Loses the answer to every request for the first time, after the server has given it."""

    def __init__(self, transport: httpx.BaseTransport) -> None:
        self.transport = transport
        self.lost = 0
        self._seen: set[str] = set()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One request."""
        found = self.transport.handle_request(request)
        key = request.headers.get("idempotency-key", "")
        if key and key not in self._seen:
            self._seen.add(key)
            self.lost += 1
            raise httpx.ReadError("lost")
        return found


@pytest.fixture
def transport(api: TestClient) -> httpx.BaseTransport:
    """The way to the server of this process."""
    return InProcess(api)


@pytest.fixture
def lossy(transport: httpx.BaseTransport, monkeypatch: pytest.MonkeyPatch) -> Lossy:
    """The same, losing answers."""
    monkeypatch.setattr(client, "PAUSES", (0.0, 0.0))
    return Lossy(transport)


@pytest.fixture
def server(transport: httpx.BaseTransport) -> Iterator[Server]:
    """A client of the server."""
    with Server("http://127.0.0.1:8765", transport=transport) as found:
        yield found


def made(server: Server) -> RemoteCampaign:
    """The campaign ``lab``."""
    return server.new(**CAMPAIGN)


def test_a_loop_over_a_bad_connection(lossy: Lossy, store: str) -> None:
    """Every change is made once, though each answer is lost once."""
    with Server("http://127.0.0.1:8765", transport=lossy) as server:
        lab = made(server)
        for n in range(3):
            (sample,) = lab.suggest(seed=n)
            lab.record(sample["id"], y=5e-6, note=f"{n}", confirm=True)
        assert [each["note"] for each in lab.measurements()[8:]] == ["0", "1", "2"]
    assert lossy.lost == 1 + 3 + 3
    assert status(store, "lab").measurements == 8 + 3


def test_the_methods_are_those_of_a_campaign(server: Server) -> None:
    """By their names, and their arguments where they are named."""
    for name, method in inspect.getmembers(RemoteCampaign, inspect.isfunction):
        if name.startswith("_") or name in ("record_rows", "measurements"):
            continue
        own = inspect.signature(method).parameters
        theirs = inspect.signature(getattr(tk.Campaign, name)).parameters
        kinds = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
        named = [n for n, each in own.items() if each.kind not in kinds]
        assert set(named) - {"sample"} <= set(theirs), name
    with pytest.raises(CampaignNotFoundError):
        server.campaign("none").status()


def test_what_a_campaign_can_do(server: Server) -> None:
    lab = made(server)
    assert server.campaigns() == ["lab"]
    (sample,) = lab.suggest(by="Sato")
    assert lab.explain(sample["id"])["state"] == "pending"
    lab.withdraw(sample["id"], why="no ZrO2")
    lab.block("a > 2")
    lab.unblock("a > 2")
    assert len(lab.plan_runs(crucibles=2, shared=["a"])["runs"][0]["suggestions"]) == 2
    lab.record({"a": 0, "b": 2}, y="<1e-7", confirm=True)
    lab.record_rows([{"a": 2, "b": 0, "y": 3e-6}], confirm=True)
    assert lab.undo()["undone"]["kind"] == "recorded"
    assert lab.redo()["redone"]["kind"] == "recorded"
    assert lab.undo()["undone"]["kind"] == "recorded"
    assert lab.predict({"a": 1, "b": 1})["y"]["mean"] > 0
    assert len(lab.posterior()) == len(lab.candidates()) == 12
    assert len(lab.posterior([{"a": 1, "b": 1}])) == 1
    assert [each["kind"] for each in lab.history()][-1] == "undone"


def test_lists_are_whole(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though they come in parts, also where the last part is full."""
    lab = made(server)
    whole = lab.candidates()
    for most in (5, 6, 12, 13):
        monkeypatch.setattr(client, "MOST", most)
        assert lab.candidates() == whole


def test_errors_are_those_of_a_campaign(server: Server) -> None:
    lab = made(server)
    with pytest.raises(ConfirmationError) as doubtful:
        lab.record({"a": 0, "b": 2}, y=5.0)
    assert doubtful.value.questions
    with pytest.raises(UnknownNameError, match="no suggestion 's9'"):
        lab.explain("s9")
    with pytest.raises(RequestError) as wrong:
        lab.suggest(0)
    assert (wrong.value.path, wrong.value.status) == ("body.n", 422)


def test_a_server_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is asked several times, then told, in the language of whoever asks."""
    asked: list[Any] = []
    monkeypatch.setattr(client.time, "sleep", asked.append)

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    nowhere = httpx.MockTransport(refuse)
    server = Server("http://127.0.0.1:1", language="ja", transport=nowhere)
    with server, pytest.raises(ServerError, match="サーバー"):
        server.campaigns()
    assert asked == list(client.PAUSES)


def test_a_busy_server_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PAUSES", (0.0, 0.0))
    told = {"error": {"code": "store", "message": "locked", "hint": ""}}
    answers = [httpx.Response(503, json=told), httpx.Response(200, json={"campaigns": []})]
    with Server(transport=httpx.MockTransport(lambda _request: answers.pop(0))) as server:
        assert server.campaigns() == []
    assert answers == []


def test_studies_are_waited_for(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here somebody works while the client sleeps."""
    monkeypatch.setattr(client.time, "sleep", lambda _seconds: work_once(store, "w"))
    rows = [row for row in CAMPAIGN["table"] if row["y"] is not None]
    with (
        caller(store) as api,
        Server("http://127.0.0.1:8765", transport=InProcess(api)) as server,
    ):
        options: dict[str, Any] = {"inputs": ["a", "b"], "targets": ["y:max:log10"], "runs": 3}
        found = server.study(table=rows, strategies=["random"], start=1, **options)
        assert [each["name"] for each in found["strategies"]] == ["random"]
        with pytest.raises(UnknownNameError):
            server.study(table=rows, strategies=["none"], start=1, **options)
        job = server.ask("POST", "studies", {"table": rows, **options})["job"]
        server.ask("DELETE", f"jobs/{job}")
        with pytest.raises(ServerError, match="cancelled"):
            server.wait(job)


def test_the_client_over_a_bad_connection(lossy: Lossy, tmp_path: Path) -> None:
    """Attached once, though each answer is lost once, and held against its SHA-256."""
    (tmp_path / "a.png").write_bytes(b"photo")
    (tmp_path / "b.xy").write_bytes(b"1 2")
    with Server("http://127.0.0.1:8765", transport=lossy) as server:
        lab = server.new(**CAMPAIGN)
        found = lab.attach("m1", tmp_path / "a.png", tmp_path / "b.xy", remark="x")
        assert [(each["id"], each["remark"]) for each in found] == [("f1", "x"), ("f2", "x")]
        assert lab.attachments() == lab.attachments("m1") == found
        assert lab.content("f1") == b"photo"
        assert [e["kind"] for e in lab.history()] == ["created", "attached", "attached"]
        with pytest.raises(UnknownNameError):
            lab.content("f9")
        with pytest.raises(DataError, match="cannot be read"):
            lab.attach("m1", tmp_path / "none")


def test_the_client_sees_what_has_changed_on_the_way(
    transport: httpx.BaseTransport,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = Server("http://127.0.0.1:8765", transport=transport)
    lab = server.new(**CAMPAIGN)
    (tmp_path / "a.png").write_bytes(b"photo")
    lab.attach("m1", tmp_path / "a.png")
    whole = attachment_routes.Response
    monkeypatch.setattr(
        attachment_routes,
        "Response",
        lambda content=b"", **told: whole(content[:-1] + b"X", **told),
    )
    with pytest.raises(ServerError, match="damaged"):
        lab.content("f1")
    server.close()
