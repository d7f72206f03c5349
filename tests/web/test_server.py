"""``tansaku serve``: a port of this machine, and of no other."""

from __future__ import annotations

import asyncio
import inspect
import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from tansaku.cli.main import main
from tansaku.errors import UsageError
from tansaku.web.application import create_app, prepare
from tansaku.web.server import listen


def test_the_first_request_waits_for_no_route_to_be_worked_out(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FastAPI looks at the signatures of functions for that."""
    looked: list[object] = []
    real = inspect.signature
    monkeypatch.setattr(
        inspect, "signature", lambda f, *a, **k: looked.append(f) or real(f, *a, **k)
    )
    campaign = {"name": "lab", "parameters": ["a=0:4:1"], "targets": ["y"]}
    for ready in (True, False):
        result = {"at": {"a": int(ready)}, "results": {"y": 2}}
        app = create_app(store)
        if ready:
            prepare(app)
        looked.clear()
        api = TestClient(app, base_url="http://127.0.0.1:8765")
        api.post("/api/v1/campaigns", json=campaign)
        assert api.post("/api/v1/campaigns/lab/measurements", json=result).is_success
        assert (not looked) == ready


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost"])
def test_this_machine_can(store: str, host: str) -> None:
    found = listen(store, host, 0)
    with found.port:
        assert found.told.url == f"http://{host}:{found.port.getsockname()[1]}"
        assert found.told.campaigns == 0


def test_an_answer_waits_for_no_acknowledgement(store: str) -> None:
    """Its head and its body are sent apart, and the body at once: it would come 40 ms later."""
    sends_at_once: list[int] = []

    async def connect_once() -> None:
        def look(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            at = writer.get_extra_info("socket")
            sends_at_once.append(at.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        async with await asyncio.start_server(look, sock=found.port) as server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            await reader.read()
            writer.close()

    found = listen(store, "127.0.0.1", 0)
    asyncio.run(connect_once())
    assert sends_at_once[0]


def test_a_port_that_is_taken(store: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(UsageError, match="cannot be taken"):
            listen(store, "127.0.0.1", other.getsockname()[1])


def test_it_answers_until_it_is_stopped(tmp_path: Path) -> None:
    """One document on stdout tells where it is; Ctrl-C ends it as it ends any command."""
    code = "from tansaku.cli.main import main; main()"
    place = ["--store", f"sqlite:///{tmp_path}/lab.db", "--port", "0", "--workers", "0", "--json"]
    server = subprocess.Popen(
        [sys.executable, "-c", code, "serve", *place],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        assert server.stdout is not None
        text = ""
        while not text.endswith("}\n") or text.count("{") != text.count("}"):
            line = server.stdout.readline()
            assert line, server.communicate()
            text += line
        url = json.loads(text)["url"]
        assert httpx.get(f"{url}/health", timeout=60).json()["status"] == "ok"
        refused = httpx.get(f"{url}/health", headers={"Host": "evil.example"})
        assert refused.status_code == 421
        server.send_signal(signal.SIGINT)
        out, err = server.communicate(timeout=60)
    finally:
        server.kill()
    assert (server.returncode, out) == (130, "")
    assert "Traceback" not in err


def test_the_shell_says_what_is_wrong(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)  # main sets its own; put back after
    with pytest.raises(SystemExit) as left:
        main(["serve", "--host", "0.0.0.0", "--lang", "ja"])
    assert left.value.code == 2
    assert "アカウント" in capsys.readouterr().err
