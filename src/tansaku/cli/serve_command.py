"""The command that starts the server: serve."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer

from tansaku.cli.app import command
from tansaku.cli.cluster_option import ClusterOption
from tansaku.cli.shell import Shell
from tansaku.errors import UsageError
from tansaku.language import _

if TYPE_CHECKING:
    from rich.console import Console

    from tansaku.web.server import Served

PORT = 8765
"""Above 1024, so that it needs no rights; clear of 8000, 8080 and 8888, where others are."""


@command(
    "serve",
    _("Start the server of a store: pages and the REST API, for this machine or with accounts."),
)
def serve(
    shell: Shell,
    port: Annotated[
        int,
        typer.Option(
            "--port", metavar="N", min=0, max=65535, help=_("Where it listens; 0 for any free one.")
        ),
    ] = PORT,
    host: Annotated[
        str,
        typer.Option(
            "--host",
            metavar="ADDRESS",
            help=_("An address of this machine; where others reach it they need accounts."),
        ),
    ] = "127.0.0.1",
    accounts: Annotated[
        bool,
        typer.Option(
            "--accounts", help=_("Let in who logs in, also from here: for use behind a proxy.")
        ),
    ] = False,
    workers: Annotated[
        int,
        typer.Option(
            "--workers", metavar="N", min=0, help=_("Processes beside it that do long work.")
        ),
    ] = 1,
    cluster: ClusterOption = "",
) -> None:
    """tansaku serve [--port 8765]."""
    missing = [name for name in ("fastapi", "uvicorn", "argon2") if find_spec(name) is None]
    if missing:
        raise UsageError(
            _("The server needs {names}, which is not installed.").format(names=", ".join(missing)),
            _("Install it: pip install 'tansaku[serve]'."),
        )
    from tansaku.web.server import listen

    listening = listen(shell.store, host, port, accounts=accounts)
    if listening.exposed:
        shell.note(
            [
                _(
                    "What is sent to {url} can be read on the way, passwords too. Let a proxy"
                    " answer over https before it, or use it in a network that you trust."
                ).format(url=listening.told.url)
            ]
        )
    shell.show(listening.told, lambda console: _render(console, listening.told))
    listening.run(workers, cluster)


def _render(console: Console, found: Served) -> None:
    console.print(
        _("The server of {store} (campaigns: {n}) is at {url}").format(
            store=found.store, n=found.campaigns, url=found.url
        ),
        soft_wrap=True,
    )
    console.print(_("What it can do: {url}/docs. Ctrl-C stops it.").format(url=found.url))
