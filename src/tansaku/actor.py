"""Actor: who makes changes, told once for all that is done meanwhile."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

_ACTING: Final[ContextVar[str | None]] = ContextVar("acting", default=None)


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


def actor() -> str | None:
    """Who acts; ``None`` where nobody said."""
    return _ACTING.get()


def account() -> str | None:
    """Who sits at the machine: ``TANSAKU_USER``, else the account; ``None`` where it knows none."""
    try:
        return os.environ.get("TANSAKU_USER") or getpass.getuser()
    except (KeyError, OSError):  # KeyError before Python 3.13
        return None
