"""Workers: processes beside the server that do its jobs, so that it answers meanwhile."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import sys
import time
from multiprocessing.process import BaseProcess
from threading import Event, Thread
from types import FrameType, TracebackType
from typing import Final

from tansaku.errors import StoreError
from tansaku.services.opened import jobs_of

POLL: Final = 0.5
"""Seconds between two looks for a job."""

RESTART: Final = 2.0
"""Seconds before a worker that ended takes its place again, or a store that failed is asked again:
what breaks each time should not fill the log."""


ENDING: Final = 20.0
"""Seconds that a worker has for giving its job back."""


class Workers:
    """So many processes that do the jobs of a store, inside the ``with`` block; one that ends
    unforeseen is started again.

    Args:
        store: URL of the store.
        n: How many.
        cluster: Who makes their studies; without a name they themselves.
    """

    def __init__(self, store: str, n: int, cluster: str = "") -> None:
        self._store = store
        self._n = n
        self._cluster = cluster
        self._over = Event()
        self._threads: list[Thread] = []

    def __enter__(self) -> Workers:
        self._threads = [Thread(target=self._keep_one, daemon=True) for _ in range(self._n)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _keep_one(self) -> None:
        """See to it that one worker is there."""
        context = multiprocessing.get_context("spawn")
        while not self._over.is_set():
            process: BaseProcess = context.Process(
                target=work, args=(self._store, os.getpid(), self._cluster), daemon=True
            )
            process.start()
            while process.is_alive() and not self._over.wait(POLL):
                pass
            if not self._over.is_set():
                self._over.wait(RESTART)
            process.terminate()
            process.join(ENDING)
            process.kill()  # one that was told and did not end; its job is claimed again
            process.join()


def work(store: str, server: int, cluster: str = "") -> None:
    """Do jobs until the server, the process of this number, is gone or says so.

    What does them is loaded for the first: a server nobody asks for a job has small workers.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's, which then ends this one
    signal.signal(signal.SIGTERM, _end)
    name = f"{socket.gethostname()}-{os.getpid()}"
    while os.getppid() == server and not _TOLD:
        try:
            if not (jobs_of(store).waits() and _do_one(store, name, cluster)):
                time.sleep(POLL)
        except StoreError:
            time.sleep(RESTART)


def _do_one(store: str, name: str, cluster: str) -> bool:
    """Do a job; one that is told to end meanwhile gives it back."""
    from tansaku.services.job_worker import work_once

    if _TOLD:
        return False
    _AT_WORK.append(True)
    try:
        return work_once(store, name, cluster)
    finally:
        _AT_WORK.clear()


_TOLD: Final[list[int]] = []
"""The signals that told this worker to end: what is raised for one is lost where Python is just
tidying up."""

_AT_WORK: Final[list[bool]] = []
"""A job is being done; only it is broken off, and not the loading of what does it."""


def _end(number: int, _frame: FrameType | None) -> None:
    _TOLD.append(number)
    if _AT_WORK:
        sys.exit(0)
