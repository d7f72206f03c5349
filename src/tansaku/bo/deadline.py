"""A limit on the time that an answer may take: what is found by then is the answer, marked so."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_END: ContextVar[float] = ContextVar("end")
_CUT: ContextVar[list[bool]] = ContextVar("cut")


@contextmanager
def within(seconds: float | None) -> Iterator[list[bool]]:
    """Ask work inside to end after ``seconds``; the yielded list fills where something was cut.

    Example:
        >>> with within(0.0) as cut:
        ...     late = passed()
        >>> late, bool(cut)
        (True, True)
    """
    cut: list[bool] = []
    end = float("inf") if seconds is None else time.monotonic() + seconds
    tokens = _END.set(end), _CUT.set(cut)
    try:
        yield cut
    finally:
        _END.reset(tokens[0])
        _CUT.reset(tokens[1])


def passed() -> bool:
    """Whether the time is up; the caller then ends with what it has."""
    if time.monotonic() < _END.get(float("inf")):
        return False
    _CUT.get([]).append(True)
    return True
