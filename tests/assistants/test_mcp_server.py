"""Assistants get the documents of the services, and errors as text; the client checks schemas."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters, stdio_client
from mcp_types import CallToolResult

from tansaku.assistants.mcp_server import READING, WRITING, server_of
from tansaku.campaign.description import CampaignDescription
from tansaku.services.explain import explain
from tansaku.services.history import history
from tansaku.services.new import new
from tansaku.services.predict import predict
from tansaku.services.status import list_, status
from tansaku.services.study import Replay, study_of
from tansaku.services.suggest_samples import suggest
from tansaku.spec import Answer

ROWS = [{"x": x, "y": y} for x, y in zip(range(8), [1, 3, 2, None, 4, None, 1, None], strict=True)]
DIFFERENT = ("seconds", "store")
"""How long a search took, and where: of a service and a tool not the same."""


def made(file: Path) -> str:
    """URL of a store with one campaign."""
    url = f"sqlite:///{file}"
    new(url, "lab", CampaignDescription(table=ROWS, inputs=["x"], targets=["y:max"]))
    return url


@pytest.fixture
def store(tmp_path: Path) -> str:
    """A store with one campaign."""
    return made(tmp_path / "lab.db")


def asked(
    store: str, ask: Callable[[Client], Awaitable[CallToolResult]], language: str = "en"
) -> CallToolResult:
    """What a client hears that asks the server in memory."""

    async def session() -> CallToolResult:
        async with Client(server_of(store, language)) as client:
            return await ask(client)

    return asyncio.run(session())


def called(store: str, name: str, language: str = "en", **given: Any) -> CallToolResult:
    """The result of one tool; the client holds what it gets to the schema that was told."""
    return asked(store, lambda client: client.call_tool(name, given), language)


def compared(document: Any) -> Any:
    """A document without what differs from store to store and from call to call."""
    if isinstance(document, dict):
        return {k: compared(v) for k, v in document.items() if k not in DIFFERENT}
    return [compared(each) for each in document] if isinstance(document, list) else document


@pytest.mark.parametrize(
    ("name", "given", "service"),
    [
        ("list_campaigns", {}, list_),
        ("status", {"campaign": "lab"}, lambda s: status(s, "lab")),
        ("suggest", {"campaign": "lab", "n": 2}, lambda s: suggest(s, "lab", 2)),
        (
            "suggest",
            {"campaign": "lab", "among": ["x <= 3"], "strategy": "ei", "seed": 1},
            lambda s: suggest(s, "lab", among=["x <= 3"], strategy="ei", seed=1),
        ),
        (
            "predict",
            {"campaign": "lab", "at": {"x": 2.5}},
            lambda s: predict(s, "lab", {"x": 2.5}),
        ),
        (
            "study",
            {"campaign": "lab", "runs": 3, "strategies": ["random"]},
            lambda s: study_of(s, "lab", Replay(["random"], 3, 3, store=s)),
        ),
    ],
)
def test_a_tool_answers_as_its_service(
    store: str, tmp_path: Path, name: str, given: dict[str, Any], service: Callable[[str], Answer]
) -> None:
    """The same document of a store that is the same, as data and as text."""
    found = called(store, name, **given)
    assert not found.is_error
    expected = compared(service(made(tmp_path / "twin.db")).document())
    assert compared(found.structured_content) == expected
    assert compared(json.loads(found.content[0].text)) == expected


def test_a_result_is_stored_and_explained(store: str) -> None:
    """What was recorded of a suggestion counts, and its explanation is that of the service."""
    (one,) = called(store, "suggest", campaign="lab").structured_content["suggestions"]
    recorded = called(store, "record", campaign="lab", sample=one["id"], results={"y": 3.5})
    assert recorded.structured_content["recorded"] == 1
    assert status(store, "lab").measured == 6
    told = called(store, "explain", campaign="lab", id=one["id"])
    assert told.structured_content == explain(store, "lab", one["id"]).document()
    assert told.structured_content["measured"]["y"]["values"] == [3.5]


def test_failures_and_limits_are_recorded(store: str) -> None:
    """By the inputs of a sample, with why, and with a sign."""
    failed = called(
        store, "record", campaign="lab", sample={"x": 3}, status="failed", why="cracked"
    )
    limit = called(store, "record", campaign="lab", sample={"x": 5}, results={"y": "<4"})
    assert not failed.is_error
    assert not limit.is_error
    found = status(store, "lab")
    assert (found.failed, found.limits) == (1, 1)


def test_changes_carry_the_name_of_the_account(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who sits at the machine, as with every other door."""
    monkeypatch.setenv("TANSAKU_USER", "Sato")
    called(store, "suggest", campaign="lab")
    assert history(store, "lab").events[-1].event.by == "Sato"


def test_errors_are_text_with_code_and_hint(store: str) -> None:
    """In the language of the server; nothing is stored."""
    missing = called(store, "status", campaign="nope")
    assert missing.is_error
    assert missing.content[0].text.startswith("campaign-not-found: ")
    assert "It has: lab." in missing.content[0].text
    japanese = called(store, "status", "ja", campaign="nope")
    assert japanese.content[0].text.startswith("campaign-not-found: ")
    assert "。" in japanese.content[0].text
    doubtful = called(store, "record", campaign="lab", sample={"x": 3}, results={"y": 1e6})
    assert doubtful.is_error
    assert doubtful.content[0].text.startswith("confirm: ")
    assert status(store, "lab").measured == 5
    sure = called(
        store, "record", campaign="lab", sample={"x": 3}, results={"y": 1e6}, confirm=True
    )
    assert not sure.is_error


def test_wrong_arguments_are_told(store: str) -> None:
    """What is no number of samples is refused before anything is asked."""
    refused = called(store, "suggest", campaign="lab", n=0)
    assert refused.is_error
    assert "greater than or equal to 1" in refused.content[0].text


def test_tools_say_what_they_are(store: str) -> None:
    """Each has a description, a schema of its answer and whether it only reads."""

    async def listed() -> Any:
        async with Client(server_of(store, "en")) as client:
            return (await client.list_tools()).tools

    tools = {each.name: each for each in asyncio.run(listed())}
    assert set(tools) == {*READING, *WRITING}
    for name, tool in tools.items():
        assert tool.description
        assert tool.output_schema["type"] == "object"
        assert tool.annotations.read_only_hint is (name in READING)
        for argument in tool.input_schema["properties"].values():
            assert argument["description"]


def test_reading_tools_change_nothing(store: str) -> None:
    """What says that it only reads leaves the log as it was."""
    before = history(store, "lab")
    given = {"predict": {"at": {"x": 1}}, "study": {"runs": 1, "strategies": ["random"]}}
    for name in READING:
        campaign = {} if name == "list_campaigns" else {"campaign": "lab"}
        if name != "explain":
            assert not called(store, name, **campaign, **given.get(name, {})).is_error
    assert history(store, "lab") == before
    called(store, "suggest", campaign="lab")
    suggested = history(store, "lab")
    assert suggested != before
    assert not called(store, "explain", campaign="lab", id="s1").is_error
    assert history(store, "lab") == suggested


def test_the_command_speaks_over_standard_streams(store: str) -> None:
    """As an assistant's program starts it."""
    started = StdioServerParameters(
        command=sys.executable,
        args=["-m", "tansaku", "mcp", "--store", store, "--lang", "ja"],
        env=dict(os.environ),
    )

    async def session() -> CallToolResult:
        async with Client(stdio_client(started)) as client:
            return await client.call_tool("status", {"campaign": "lab"})

    found = asyncio.run(session())
    assert found.structured_content == status(store, "lab").document()
