"""ready: whether a store can be used just now."""

from __future__ import annotations

from tansaku.services.opened import stored_names
from tansaku.spec import Answer
from tansaku.store import shown_url


class Readiness(Answer):
    """A store that can be used.

    Attributes:
        campaigns: How many it has; none where it is not made yet.
    """

    status: str = "ok"
    campaigns: int


def readiness(store: str) -> Readiness:
    """See that the store can be read.

    Raises:
        StoreError: it cannot; says why.
    """
    return Readiness(campaigns=len(stored_names(store)))


def shown_store(store: str) -> str:
    """The URL of a store as it may be shown."""
    return shown_url(store)
