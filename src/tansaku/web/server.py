"""Server: the application behind a port of this machine."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import NamedTuple

import uvicorn

from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.services.ready import readiness
from tansaku.spec import Answer
from tansaku.web.application import LOOPBACK, create_app
from tansaku.web.workers import Workers


class Served(Answer):
    """Where a server is.

    Attributes:
        url: Its address.
        store: What it serves.
        campaigns: How many the store has.
    """

    url: str
    store: str
    campaigns: int


class Listening(NamedTuple):
    """A port that is taken, so that what is told of it is true before the first request."""

    told: Served
    host: str
    port: socket.socket

    def run(self, workers: int) -> None:
        """Answer until Ctrl-C or a signal to end, with so many workers for the jobs. What is being
        answered then is finished; a job that is not goes on with the next server."""
        app = create_app(self.told.store, hosts={*LOOPBACK, self.host})
        # Without a configuration of its own: requests are counted and not written, errors go to
        # stderr.
        config = uvicorn.Config(app, log_config=None, server_header=False, access_log=False)
        with self.port, Workers(self.told.store, workers):
            uvicorn.Server(config).run(sockets=[self.port])


def listen(store: str, host: str, port: int) -> Listening:
    """Take a port for the server of a store.

    Args:
        store: URL of the store.
        host: An address or name of this machine itself.
        port: Its number; 0 takes one that is free.

    Raises:
        UsageError: others could reach the address, or it cannot be taken.
        StoreError: the store cannot be read.
    """
    if not _own(host):
        raise UsageError(
            _("At '{host}' others could reach the server, and it has no accounts yet.").format(
                host=host
            ),
            _("Leave out --host; from another machine come through a tunnel (ssh -L)."),
        )
    campaigns = readiness(store).campaigns
    found = _taken(host, port)
    address = f"[{host}]" if ":" in host else host
    url = f"http://{address}:{found.getsockname()[1]}"
    return Listening(Served(url=url, store=store, campaigns=campaigns), host, found)


def _own(host: str) -> bool:
    """Whether only this machine itself can reach an address."""
    if host in LOOPBACK:
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _taken(host: str, port: int) -> socket.socket:
    """The port.

    Raises:
        UsageError: another program has it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    # A server that was stopped a moment ago leaves its port waiting.
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
        found.listen()
    except OSError as error:
        found.close()
        raise UsageError(
            _("Port {port} of {host} cannot be taken: {why}.").format(
                port=port, host=host, why=error.strerror
            ),
            _("Stop the program that has it, or name another one with --port."),
        ) from error
    return found
