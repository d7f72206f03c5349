"""ready: whether a store can be used just now, and what a server of it is."""

from __future__ import annotations

from tansaku import __version__
from tansaku.services.opened import administers, stored_names
from tansaku.spec import Answer
from tansaku.store import open_store


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


class About(Answer):
    """What a server is, for who asks.

    Attributes:
        version: Of tansaku.
        store: Its kind, and where it is, without a password; ``None`` for an account that is no
            administrator, as with ``doctor``.
        campaigns: How many who asks may see.
    """

    version: str = __version__
    store: str | None
    campaigns: int


def about(store: str) -> About:
    """What a server of this store is.

    Raises:
        StoreError: it cannot be read; says why.
    """
    campaigns = len(stored_names(store))
    if not administers(store):
        return About(store=None, campaigns=campaigns)
    with open_store(store) as opened:
        kind, name = opened.database.kind, opened.database.place
    return About(store=f"{kind}: {name}", campaigns=campaigns)
