"""The server of the Model Context Protocol: the tools, their schemas, and errors in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, Final, get_type_hints

from mcp.server import MCPServer
from mcp.server.mcpserver.tools import Tool
from mcp_types import CallToolResult, TextContent, ToolAnnotations

from tansaku import __version__
from tansaku.actor import account, acting
from tansaku.assistants.campaign_tools import CampaignTools
from tansaku.errors import TansakuError
from tansaku.language import joined, use
from tansaku.spec import Answer

READING: Final = ("list_campaigns", "status", "predict", "explain", "study")
WRITING: Final = ("suggest", "record")

INSTRUCTIONS: Final = """\
tansaku tells a materials laboratory which sample to make next. A campaign is one search: inputs
that can be set, targets that are wanted, results so far. The loop: status, suggest, the laboratory
makes and measures the samples, record. Record only what the laboratory reports, and never a number
that was expected or guessed. Where record asks whether a value is right, ask the person, and repeat
the call with confirm only if it is. Tell the interval and the reason beside every expected value.
New campaigns are made with the command line: tansaku new."""


def server_of(store: str, language: str) -> MCPServer[Any]:
    """The server of a store; ``run("stdio")`` answers until its input ends.

    Args:
        store: URL of the store.
        language: Of the texts in answers and errors, one of ``tansaku.language.LANGUAGES``.
    """
    tools = CampaignTools(store)
    return MCPServer(
        "tansaku",
        instructions=INSTRUCTIONS,
        version=__version__,
        log_level="WARNING",
        tools=[_tool(getattr(tools, name), language) for name in (*READING, *WRITING)],
    )


def _tool(method: Callable[..., Answer], language: str) -> Tool:
    """A tool that answers as the method does, with the schema of its answer."""

    @wraps(method)
    def told(**given: Any) -> CallToolResult:
        with use(language), acting(account()):
            try:
                document = method(**given).document()
            except TansakuError as error:
                said = f"{error.code}: {joined(error.message, error.hint)}"
                return CallToolResult(content=[TextContent(text=said)], is_error=True)
        text = json.dumps(document, ensure_ascii=False, allow_nan=False)
        return CallToolResult(content=[TextContent(text=text)], structured_content=document)

    hints = ToolAnnotations(
        read_only_hint=method.__name__ in READING, destructive_hint=False, open_world_hint=False
    )
    tool = Tool.from_function(told, annotations=hints, structured_output=False)
    answer: type[Answer] = get_type_hints(method)["return"]
    schema = answer.model_json_schema(mode="serialization")
    tool.fn_metadata = tool.fn_metadata.model_copy(update={"output_schema": schema})
    return tool
