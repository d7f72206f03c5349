"""Server: the application behind a port of this machine."""

from __future__ import annotations

import gc
import socket
from ipaddress import ip_address
from typing import NamedTuple

import uvicorn

from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.services.account import has_administrator
from tansaku.services.opened import shown_place
from tansaku.services.ready import readiness
from tansaku.spec import Answer
from tansaku.web.application import LOOPBACK, create_app, prepare
from tansaku.web.workers import Workers


class Served(Answer):
    """Where a server is.

    Attributes:
        url: Its address.
        store: What it serves.
        campaigns: How many the store has.
        accounts: Whether who comes in has to log in.
    """

    url: str
    store: str
    campaigns: int
    accounts: bool = False


class Listening(NamedTuple):
    """A port that is taken, so that what is told of it is true before the first request."""

    told: Served
    store: str
    host: str
    port: socket.socket

    @property
    def exposed(self) -> bool:
        """Whether others reach the address, where nothing is encrypted."""
        return not _own(self.host)

    def run(self, workers: int, cluster: str = "") -> None:
        """Answer until Ctrl-C or a signal to end, with so many workers for the jobs, whose studies
        are made by a cluster where one is named. What is being answered then is finished; a job
        that is not goes on with the next server."""
        hosts = {*LOOPBACK, self.host}
        app = create_app(self.store, hosts=hosts, accounts=self.told.accounts)
        prepare(app)
        # Without a configuration of its own: requests are counted and not written, errors go to
        # stderr.
        config = uvicorn.Config(app, log_config=None, server_header=False, access_log=False)
        server = uvicorn.Server(config)
        app.state.streams.over = lambda: server.should_exit  # it waits for what is being answered
        gc.freeze()  # what is there by now stays: it need not be looked at for garbage
        with self.port, Workers(self.store, workers, cluster):
            server.run(sockets=[self.port])


def listen(store: str, host: str, port: int, *, accounts: bool = False) -> Listening:
    """Take a port for the server of a store.

    Args:
        store: URL of the store.
        host: An address or name of this machine.
        port: Its number; 0 takes one that is free.
        accounts: Whether who comes in has to log in; always, where others reach the address.

    Raises:
        UsageError: nobody could log in, or the address cannot be taken.
        StoreError: the store cannot be read.
    """
    accounts = accounts or not _own(host)
    if accounts and not has_administrator(store):
        raise UsageError(
            _("At '{host}' the server lets in who has an account, and there is none yet.").format(
                host=host
            ),
            _("Make the first one: tansaku account add NAME --role admin."),
        )
    campaigns = readiness(store).campaigns
    found = _taken(host, port)
    address = f"[{host}]" if ":" in host else host
    url = f"http://{address}:{found.getsockname()[1]}"
    told = Served(url=url, store=shown_place(store), campaigns=campaigns, accounts=accounts)
    return Listening(told, store, host, found)


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
    # asyncio sends at once (TCP_NODELAY) only where the protocol is named: 40 ms of each answer.
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
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
