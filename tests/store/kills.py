"""A process that is killed (kill -9): by itself behind the n-th statement that it sends to the
database, or from outside after some time."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

from sqlalchemy import event

from tansaku.store import SqlStore, open_store


def killed_behind(statement: int, url: str, act: Callable[[SqlStore], object]) -> bool:
    """Whether the process died there; False where ``act`` was through before. A fork and not a new
    interpreter, so that hundreds of kills take seconds."""
    child = os.fork()
    if child:
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert code in (0, -signal.SIGKILL)
        return code != 0
    left = [statement]

    def count(*_: object) -> None:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        with open_store(url) as store:
            event.listen(store.database._engine, "after_cursor_execute", count)
            act(store)
        os._exit(0)
    finally:  # nothing of the tests runs in the child
        os._exit(1)


def killed_after(seconds: float, url: str, act: Callable[[SqlStore], object]) -> bool:
    """Whether a process that acts on a store was killed after so long; False where it was through
    before."""
    child = os.fork()
    if child:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)  # one that is through waits to be looked at, and takes it
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert code in (0, -signal.SIGKILL)
        return code != 0
    try:
        with open_store(url) as store:
            act(store)
        os._exit(0)
    finally:  # nothing of the tests runs in the child
        os._exit(1)
