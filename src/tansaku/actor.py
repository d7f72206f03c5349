"""Actor: who makes changes and whose rights count, told once for all that is done meanwhile."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

_ACTING: Final[ContextVar[str | None]] = ContextVar("acting", default=None)
_BOUND: Final[ContextVar[str | None]] = ContextVar("bound", default=None)

NOBODY: Final = ""
"""Who asks a server with accounts and has not logged in: has no rights at all."""


@contextmanager
def acting(name: str | None) -> Iterator[None]:
    """Keep this name with every change that is made inside; ``None`` is nobody in particular.

    >>> with acting("Sato"):
    ...     actor()
    'Sato'
    """
    token = _ACTING.set(name)
    try:
        yield
    finally:
        _ACTING.reset(token)


@contextmanager
def signed_in(name: str) -> Iterator[None]:
    """Inside, the account of this name acts, and the store lets it do what its rights allow.

    >>> with signed_in("Sato"):
    ...     actor(), bound_account()
    ('Sato', 'Sato')
    """
    token = _BOUND.set(name)
    try:
        with acting(name or None):
            yield
    finally:
        _BOUND.reset(token)


def bound_account() -> str | None:
    """The account whose rights count; ``None`` for whoever sits at the machine, who may do all."""
    return _BOUND.get()


def actor() -> str | None:
    """Who acts; ``None`` where nobody said."""
    return _ACTING.get()


def account() -> str | None:
    """Who sits at the machine: ``TANSAKU_USER``, else the account; ``None`` where it knows none."""
    try:
        return os.environ.get("TANSAKU_USER") or getpass.getuser()
    except (KeyError, OSError):  # KeyError before Python 3.13
        return None
