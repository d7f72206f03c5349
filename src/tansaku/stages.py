"""Stages: what a longer piece of work is at, for whoever waits for it.

Work says :func:`stage` where it goes on to the next thing; whether a page, a job or nobody listens
is no matter of its. As with the language, who listens belongs to the running context.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Progress = Callable[[str, int, int], None]
"""(stage, steps of it that are done, of how many; 0 of 0 where they are not counted)."""


def nobody(_stage: str, _done: int, _total: int) -> None:
    """Nobody waits."""


_LISTENER: ContextVar[Progress] = ContextVar("listener", default=nobody)


@contextmanager
def listening(listener: Progress) -> Iterator[None]:
    """Let ``listener`` know of every stage inside.

    Example:
        >>> heard = []
        >>> with listening(lambda *told: heard.append(told)):
        ...     stage("reading")
        ...     stage("comparing", 1, 2)
        >>> heard
        [('reading', 0, 0), ('comparing', 1, 2)]
    """
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def listener() -> Progress:
    """Who listens here: to be told from elsewhere, or of something in other words."""
    return _LISTENER.get()


def stage(name: str, done: int = 0, total: int = 0) -> None:
    """Say what is done now, in the language in use, and how much of it is finished."""
    _LISTENER.get()(name, done, total)
