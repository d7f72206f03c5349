"""Under way: what the requests that are being worked on are at, for the pages that wait for them.

A page sends ``X-Watched``, a name of its own choosing, with what may take longer than a second, and
asks under that name while it waits; with a page that is to follow it goes as a cookie.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from starlette.requests import HTTPConnection

from tansaku.actor import bound_account
from tansaku.errors import RequestError
from tansaku.language import _
from tansaku.services.jobs import JobProgress
from tansaku.spec import Answer
from tansaku.stages import listening
from tansaku.web.http_errors import is_for_a_person

HEADER: Final = "x-watched"
COOKIE: Final = "watched"
LONGEST_NAME: Final = 200
"""Characters; a UUID has 36."""


class RequestProgress(Answer):
    """How far a request is.

    Attributes:
        progress: What it is at; ``None`` before it has said anything, and where no such request is
            under way: it may not have come yet, or have ended.
        seconds: Since it came; ``None`` where there is none.
    """

    progress: JobProgress | None = None
    seconds: float | None = None


def watched_name(request: HTTPConnection) -> str:
    """What a request is called by who watches it; empty where nobody does. The cookie counts for
    pages and files that are saved, which browsers ask for as pages or without saying what they
    take: they send it with all else that they ask for at the same time, too.

    Raises:
        RequestError: the name is too long.
    """
    name = request.headers.get(HEADER, "")
    if not name and (is_for_a_person(request) or "accept" not in request.headers):
        name = request.cookies.get(COOKIE, "")
    if len(name) > LONGEST_NAME:
        raise RequestError(
            _("The name has more than {n} characters.").format(n=LONGEST_NAME),
            _("Use a UUID for each request."),
            path=f"header.{HEADER}",
        )
    return name


class _Watched:
    """One request."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.progress: JobProgress | None = None

    def step(self, stage: str, done: int, total: int) -> None:
        """It goes on to this."""
        self.progress = JobProgress(stage=stage, done=done, total=total)


class _Key(NamedTuple):
    account: str | None
    name: str


class UnderWay:
    """The requests of one server that are watched."""

    def __init__(self) -> None:
        self._requests: dict[_Key, _Watched] = {}

    @contextmanager
    def watched(self, name: str) -> Iterator[None]:
        """Remember what is done inside, under the name that the account gave it; without a name
        nobody
        asks."""
        if not name:
            yield
            return
        key, request = _Key(bound_account(), name), _Watched()
        self._requests[key] = request
        try:
            with listening(request.step):
                yield
        finally:
            if self._requests.get(key) is request:
                del self._requests[key]

    def of(self, name: str) -> RequestProgress:
        """How far the request is that this account calls so."""
        found = self._requests.get(_Key(bound_account(), name))
        if found is None:
            return RequestProgress()
        return RequestProgress(progress=found.progress, seconds=time.monotonic() - found.began)
