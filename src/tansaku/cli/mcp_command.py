"""The command that answers assistants: mcp."""

from __future__ import annotations

from importlib.util import find_spec

from tansaku.cli.app import command
from tansaku.cli.shell import Shell
from tansaku.errors import UsageError
from tansaku.language import _, current


@command("mcp", _("Answer assistants over standard input and output (Model Context Protocol)."))
def mcp(shell: Shell) -> None:
    """tansaku mcp."""
    if find_spec("mcp") is None:
        raise UsageError(
            _("The server needs {names}, which is not installed.").format(names="mcp"),
            _("Install it: pip install 'tansaku[mcp]'."),
        )
    from tansaku.assistants.mcp_server import server_of

    server_of(shell.store, current()).run("stdio")
