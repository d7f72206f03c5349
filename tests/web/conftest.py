"""A server in this process, and the campaign ``lab``: twelve candidates, eight of them measured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, sync_playwright
from starlette.testclient import TestClient

from tansaku.web.application import create_app
from tests.databases import Cluster
from tests.web.browsing import BROWSER, ELSEWHERE, Server

API: Final = "/api/v1"
LAB: Final = f"{API}/campaigns/lab"

AS_ELSEWHERE: Final = f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1"

VALUES: Final = (1, 2, None, 4, 8, 6, None, 9, None, 1, None, 2.5)
ROWS: Final[list[dict[str, Any]]] = [
    {"a": i // 3, "b": i % 3, "y": None if value is None else value * 1e-6}
    for i, value in enumerate(VALUES)
]
CAMPAIGN: Final[dict[str, Any]] = {
    "name": "lab",
    "table": ROWS,
    "inputs": ["a", "b"],
    "targets": ["y:max:log10"],
}


@pytest.fixture(params=["sqlite", "postgresql"])
def shared(request: pytest.FixtureRequest, store: str) -> str:
    """A store of each kind."""
    if request.param == "sqlite":
        return store
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.new_schema()


def short(app: FastAPI) -> FastAPI:
    """The app, its streams of events ending with what has happened: who asks it here is answered
    when an answer is whole."""
    app.state.streams.over = lambda: True
    return app


def caller(store: str, *, accounts: bool = False, **options: Any) -> TestClient:
    """Who asks the server of a store, on the machine itself."""
    app = short(create_app(store, accounts=accounts))
    return TestClient(app, base_url="http://127.0.0.1:8765", **options)


@pytest.fixture
def store(tmp_path: Path) -> str:
    """URL of a store that is not made yet."""
    return f"sqlite:///{tmp_path}/lab.db"


@pytest.fixture
def api(store: str) -> Iterator[TestClient]:
    """Who asks the server of an empty store."""
    with caller(store) as client:
        yield client


@pytest.fixture
def lab(api: TestClient) -> TestClient:
    """The same, with the campaign ``lab``."""
    made = api.post(f"{API}/campaigns", json=CAMPAIGN)
    assert made.status_code == 201, made.text
    return api


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    made.start()
    yield made
    made.kill()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", AS_ELSEWHERE])
        yield found
        found.close()
