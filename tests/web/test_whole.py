"""The server as a whole: every verb has its route, no route breaks, and its description is true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from typer.main import get_command

from tansaku.cli.main import app as shell
from tansaku.web.application import create_app
from tests.web.conftest import API, CAMPAIGN, caller

VERBS: Final[dict[str, str]] = {
    "list": "GET /campaigns",
    "new": "POST /campaigns",
    "status": "GET /campaigns/{name}",
    "remove": "DELETE /campaigns/{name}",
    "rename": "POST /campaigns/{name}/rename",
    "restore": "POST /trash/{name}/restore",
    "pool": "GET /campaigns/{name}/pool",
    "history": "GET /campaigns/{name}/history",
    "undo": "POST /campaigns/{name}/undo",
    "redo": "POST /campaigns/{name}/redo",
    "export": "GET /campaigns/{name}/export",
    "import": "POST /imports",
    "backup": "GET /backup",
    "suggest": "POST /campaigns/{name}/suggestions",
    "explain": "GET /campaigns/{name}/suggestions/{id}",
    "attach": "POST /campaigns/{name}/attachments",
    "attachments": "GET /campaigns/{name}/attachments",
    "withdraw": "POST /campaigns/{name}/withdraw",
    "block": "POST /campaigns/{name}/block",
    "unblock": "POST /campaigns/{name}/unblock",
    "plan": "POST /campaigns/{name}/plan",
    "record": "POST /campaigns/{name}/measurements",
    "correct": "POST /campaigns/{name}/correct",
    "mark": "POST /campaigns/{name}/mark",
    "results": "GET /campaigns/{name}/results",
    "health": "GET /campaigns/{name}/health",
    "stop": "GET /campaigns/{name}/stop",
    "predict": "POST /campaigns/{name}/predict",
    "plot": "GET /campaigns/{name}/plot",
    "report": "GET /campaigns/{name}/report",
    "source": "GET /campaigns/{name}/sources",
    "study": "POST /studies",
    "formula": "POST /formula",
    "weigh": "POST /weigh",
    "conductivity": "POST /conductivity",
    "look": "POST /look",
    "doctor": "GET /doctor",
    "account": "GET /accounts",
}
"""{command: its route}."""

WITHOUT: Final[dict[str, str]] = {
    "demo": "it makes a folder of examples on the machine of whoever calls it",
    "mcp": "it is a server of its own, over standard streams",
    "serve": "it is the server",
}
"""{command: why it has none}."""


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    """What the server says of itself."""
    return create_app("sqlite:///unused.db").openapi()


def operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(method, path, operation) of each route."""
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_every_verb_has_its_route(description: dict[str, Any]) -> None:
    """And every command is either here, or there is a reason."""
    commands = set(get_command(shell).commands)  # type: ignore[attr-defined]
    assert commands == set(VERBS) | set(WITHOUT)
    there = {f"{m} {path.removeprefix(API)}" for m, path, _operation in operations(description)}
    assert set(VERBS.values()) <= there


def test_every_route_is_described(description: dict[str, Any]) -> None:
    """With a sentence, an answer that has a schema or is a file, the error's document, and an
    example of what it takes."""
    known = description["components"]["schemas"]
    for method, path, operation in operations(description):
        place = f"{method} {path}"
        assert operation["description"].endswith("."), place
        assert operation["responses"]["default"]["content"]["application/json"], place
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if body:
            schema = known[body["schema"]["$ref"].rpartition("/")[2]]
            assert schema["examples"], place


def test_the_examples_are_taken(description: dict[str, Any]) -> None:
    """Each is a body of its kind."""
    from tansaku.web import bodies

    for name, schema in description["components"]["schemas"].items():
        if hasattr(bodies, name) and name.endswith("Body"):
            for each in schema["examples"]:
                getattr(bodies, name).model_validate(each)


NONSENSE: Final[list[Any]] = [
    None,
    [],
    "x",
    {},
    {"n": -1, "at": {"a": 1e308}, "ids": ["\x00"], "points": [{}], "number": 10**30},
    {"at": {"a": "NaN", "b": "-inf"}, "results": {"y": "1e999"}, "condition": "a" * 5000 + "("},
    {"formula": "(" * 500, "precursors": ["x"], "mass": 1e308, "resistance": "", "thickness": "m"},
    {"name": "\ud800", "targets": [""], "table": [{}], "inputs": [""]},
    {"source": "lab", "table": [{"a": None}], "inputs": ["a"], "match": ["a=b=c"]},
]


@pytest.fixture
def walker(store: str) -> Iterator[TestClient]:
    """Who asks and is answered 500 where the server breaks."""
    with caller(store, raise_server_exceptions=False) as api:
        api.post(f"{API}/campaigns", json=CAMPAIGN)
        yield api


def test_no_route_breaks(walker: TestClient, description: dict[str, Any]) -> None:
    """Whatever is sent to it: nonsense of several kinds, to a campaign and to none."""
    broken = []
    for method, path, _operation in operations(description):
        for name in ("lab", "none", "%00", "%1F"):
            place = path.replace("{name}", name).replace("{id}", "s1").replace("{source}", "x")
            for body in NONSENSE if method == "POST" and name == "lab" else NONSENSE[:1]:
                found = walker.request(method, place, content=_text(body))
                if found.status_code == 500:
                    broken.append((method, place, body, found.text))
                if method == "DELETE" and found.is_success:
                    walker.post(f"{API}/trash/{name}/restore")
    assert broken == []


def _text(body: Any) -> str:
    import json

    return json.dumps(body)


def test_the_page_asks_nobody_else(api: TestClient) -> None:
    """All that the page of the description loads comes from this server."""
    for place in ("/docs", f"{API}/docs"):
        page = api.get(place)
        assert page.headers["content-type"].startswith("text/html")
        loaded = re.findall(r"""(?:src|href|url)[=:]\s*["']([^"']+)["']""", page.text)
        assert len(loaded) >= 4
        assert [each for each in loaded if "//" in each] == []
        for each in loaded:
            if not each.startswith("data:"):
                assert api.get(place.removesuffix("docs") + each).status_code == 200, each


def test_metrics_count_requests(api: TestClient) -> None:
    """By route, so that a thousand campaigns are one line."""
    for name in ("a", "b"):
        api.get(f"{API}/campaigns/{name}")
    api.get("/nothing")
    text = api.get("/metrics").text
    of_route = 'tansaku_requests_total{method="GET",route="/api/v1/campaigns/{name}",status="404"}'
    assert f"{of_route} 2.0" in text
    assert 'route="none",status="404"} 1.0' in text
    assert "tansaku_request_seconds_bucket" in text


def test_one_server_serves_one_store(tmp_path: Any) -> None:
    """Nothing of one application is another's."""
    apps = [create_app(f"sqlite:///{tmp_path}/{i}.db") for i in range(2)]
    assert all(isinstance(each, FastAPI) for each in apps)
    first, second = (TestClient(each, base_url="http://127.0.0.1") for each in apps)
    assert first.post(f"{API}/campaigns", json=CAMPAIGN).status_code == 201
    assert first.get("/ready").json()["campaigns"] == 1
    assert second.get("/ready").json()["campaigns"] == 0
