"""A PostgreSQL of the tests' own: a temporary cluster on a loopback port, gone with them."""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psycopg
import pytest
from psycopg import sql

NOBODY: Final = 65534
"""Who runs it where the tests run as root: PostgreSQL refuses root."""

DEBIAN: Final = Path("/usr/lib/postgresql")
"""Where Debian's package keeps the programs of the server, by version."""


@dataclass
class Cluster:
    """A running server with a superuser ``lab`` that needs no password on this machine."""

    programs: Path
    folder: Path
    port: int
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def url(self) -> str:
        """The URL of its database, without a schema."""
        return f"postgresql+psycopg://lab@127.0.0.1:{self.port}/postgres"

    def new_schema(self) -> str:
        """The URL of an empty store."""
        name = f"lab{next(self.numbers)}"
        with psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
        return f"{self.url}?options=-csearch_path%3D{name}"

    def run(self, program: str, *arguments: str) -> None:
        """Call one of the server's programs as the account that owns the cluster."""
        user = NOBODY if os.geteuid() == 0 else None
        subprocess.run(
            [self.programs / program, *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            cwd=self.folder,
        )

    def start(self) -> None:
        """Start it and wait until it answers. Nothing is synced: the machine does not fail."""
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
            " -c fsync=off -c max_connections=60"
        )
        log = str(self.folder / "log")
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-o", options, "-l", log, "-w", "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it; ``immediate`` is what a server that dies looks like from outside."""
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "-w", "stop")

    def remove(self) -> None:
        """Stop it and take its files away."""
        self.stop("immediate")
        shutil.rmtree(self.folder)


def server_programs() -> Path:
    """The folder of ``initdb`` and ``pg_ctl``; without the package a test that needs them is
    skipped, and fails where the project's checks run, which install it."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else sorted(DEBIAN.glob("*/bin"))
    if not folders:
        why = "PostgreSQL is not installed here (Debian: apt-get install postgresql)"
        if "CI" in os.environ:
            pytest.fail(why)
        pytest.skip(why)
    return folders[-1]


def new_cluster() -> Cluster:
    """A cluster that is made and started."""
    programs = server_programs()
    folder = Path(tempfile.mkdtemp(prefix="tansaku-postgresql-"))
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    cluster = Cluster(programs, folder, port)
    options = ("-U", "lab", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
    cluster.run("initdb", "-D", str(folder / "data"), *options)
    cluster.start()
    return cluster
