"""Cluster: which workers a text such as ``local:4`` means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Final

from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.studies.replay import Threads, Workers, processors

NEEDED: Final = ("distributed", "dask_jobqueue", "cryptography")
"""What the extra ``cluster`` brings."""

KINDS: Final = re.compile(
    r"(?P<kind>local|slurm)(:(?P<n>[1-9]\d{0,5}))?|(?P<address>(tcp|tls)://[^\s/:]+:\d{1,5}"
    r"|(tcp|tls)://\[[0-9a-fA-F:.%]+\]:\d{1,5})"
)

SLURM_WORKERS: Final = 8
"""Of ``slurm`` without a number: more than a workstation has free, and what a queue gives soon."""


@contextmanager
def workers_of(cluster: str | None) -> Iterator[Workers]:
    """The workers that ``local:4``, ``tcp://host:8786`` or ``slurm:16`` names, inside the ``with``
    block; without a name threads of this process.

    Raises:
        UsageError: the text names no cluster, or what it takes is not installed.
        ClusterError: the cluster cannot be reached.
    """
    if not cluster:
        yield Threads()
        return
    found = KINDS.fullmatch(cluster.strip())
    if found is None:
        raise UsageError(
            _("'{cluster}' names no cluster.").format(cluster=cluster),
            _(
                "Give local:4 (four processes of this machine), tcp://HOST:PORT (a scheduler of"
                " Dask) or slurm:8 (eight workers in jobs of Slurm)."
            ),
        )
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise UsageError(
            _("A cluster needs {names}, which is not installed.").format(names=", ".join(missing)),
            _("Install it: pip install 'tansaku[cluster]'."),
        )
    # only here, so that nobody else waits for the import
    from tansaku.studies.dask_workers import local, reached, slurm

    if found["address"]:
        opened = reached(found["address"])
    elif found["kind"] == "local":
        opened = local(int(found["n"] or processors()))
    else:
        opened = slurm(int(found["n"] or SLURM_WORKERS))
    with opened as workers:
        yield workers
