"""Event stream: changes of a campaign as they are stored, for windows and programs that wait.

Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): a browser takes
them with ``EventSource``, and asks again by itself behind the last one that it got.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from time import monotonic
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from tansaku import __version__
from tansaku.actor import bound_account
from tansaku.errors import RequestError, TansakuError
from tansaku.language import _
from tansaku.services.new_events import NewEvent, NewEvents, new_events
from tansaku.services.opened import versions
from tansaku.web.http_errors import error_document
from tansaku.web.sending import PREFIX, Name, Store

router: Final = APIRouter(prefix=PREFIX, tags=["campaigns"])

POLL: Final = 0.5
"""Seconds between two looks: two windows are to see each other's changes within 2 s."""

FRESH: Final = 0.25
"""Seconds for which a look at the store is good for all streams of an account."""

RETRY: Final = 1000
"""Milliseconds after which a browser asks again where a stream has ended."""

HEARTBEAT: Final = 15.0
"""Seconds of silence before a comment is sent: proxies close what is silent for a minute."""

MOST: Final = 200
"""Streams that one server has open at a time: each is a connection, and a process may have 1024."""

MOST_EACH: Final = 20
"""Of these, streams of one account: a person looks at a few windows at a time."""

SEEN: Final = re.compile(r'(?:W/)?"?([0-9]{8,40}-[0-9]{1,9})(?:;[^"]*)?"?')
"""A version of a campaign, as an ``ETag`` or the id of an event."""


class Streams:
    """The open streams of one server, and what they look at: the versions of their campaigns,
    asked for once in a while for all streams of an account.

    Args:
        store: URL of the store.
    """

    def __init__(self, store: str) -> None:
        self._store = store
        self._open: defaultdict[str | None, Counter[str]] = defaultdict(Counter)
        self._looks: dict[str | None, tuple[float, Mapping[str, str]]] = {}
        self._looking = asyncio.Lock()
        self.over: Callable[[], bool] = lambda: False
        """Whether the server stops, and with it every stream."""

    @contextmanager
    def place(self, name: str) -> Iterator[None]:
        """A place for one more stream of whoever asks, of the campaign of this name.

        Raises:
            RequestError: there is none.
        """
        who = bound_account()
        if who and self._open[who].total() >= MOST_EACH:
            raise RequestError(
                _("This account has {n} streams of events open.").format(n=MOST_EACH),
                _("Close some of them, or use one for several readers."),
                status=429,
            )
        if sum(each.total() for each in self._open.values()) >= MOST:
            raise RequestError(
                _("This server has {n} streams of events open.").format(n=MOST),
                _("Try again later, or ask for the campaign with If-None-Match."),
                status=503,
            )
        self._open[who] += Counter([name])
        try:
            yield
        finally:
            self._open[who] -= Counter([name])

    async def versions(self) -> Mapping[str, str]:
        """{name: version} of the campaigns whose streams whoever asks has open, and may look at."""
        who = bound_account()
        async with self._looking:
            at, found = self._looks.get(who, (-FRESH, {}))
            if monotonic() - at >= FRESH:
                found = await run_in_threadpool(versions, self._store, list(self._open[who]))
                self._looks[who] = monotonic(), found
        return found


class HeldStream(StreamingResponse):
    """A stream that gives its place back when it ends, however that comes."""

    media_type = "text/event-stream"

    def __init__(self, content: AsyncIterator[bytes], place: ExitStack) -> None:
        # A proxy such as nginx would wait until it has some kilobytes.
        super().__init__(content, headers={"X-Accel-Buffering": "no"})
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        with self._place:
            await super().__call__(scope, receive, send)


@router.get(
    "/campaigns/{name}/events",
    response_class=Response,
    responses={200: {"content": {"text/event-stream": {}}, "description": "They come one by one."}},
)
async def changes(
    request: Request,
    name: Name,
    store: Store,
    last_event_id: Annotated[str, Header()] = "",
    after: Annotated[str, Query(examples=['"20261130093000000000-12;0.1.0"'])] = "",
) -> Response:
    """Each event of a campaign as it is stored, as server-sent events; those since ``after``, an
    ``ETag``, come first."""
    seen = _seen(last_event_id, "header.last-event-id") or _seen(after, "query.after")
    first = await run_in_threadpool(new_events, store, name, seen)
    streams: Streams = request.app.state.streams
    with ExitStack() as held:
        held.enter_context(streams.place(first.campaign))
        return HeldStream(_told(request, streams, first), held.pop_all())


def _seen(text: str, path: str) -> str:
    """The version in an ``ETag`` or the id of an event; empty for none.

    Raises:
        RequestError: it is neither.
    """
    found = SEEN.fullmatch(text.strip())
    if text.strip() and found is None:
        raise RequestError(
            _("'{text}' is no version of a campaign.").format(text=text[:60]),
            _("Give an ETag of the campaign, or the id of one of its events."),
            path=path,
        )
    return found[1] if found else ""


async def _told(request: Request, streams: Streams, found: NewEvents) -> AsyncIterator[bytes]:
    """These events and those that follow, until the server stops or whoever asks may look no more,
    which is told last."""
    yield format_sse_event(retry=RETRY)
    name, store, said = found.campaign, request.app.state.store, monotonic()
    try:
        while True:
            for each in found.events:
                data = json.dumps(_document(name, each), ensure_ascii=False)
                yield format_sse_event(data_str=data, id=each.version)
                said = monotonic()
            while not streams.over():
                if monotonic() - said >= HEARTBEAT:
                    # The session or token may be over by now.
                    await run_in_threadpool(request.app.state.gate.enter, request)
                    yield format_sse_event(comment="")
                    said = monotonic()
                await asyncio.sleep(POLL)
                if (await streams.versions()).get(name) != found.version:
                    break
            else:
                return
            found = await run_in_threadpool(new_events, store, name, found.version)
    except TansakuError as error:
        yield format_sse_event(event="failed", data_str=json.dumps(error_document(error)))


def _document(name: str, event: NewEvent) -> dict[str, Any]:
    """What is told of an event; the ``etag`` is that of the campaign behind it."""
    etag = f'"{event.version};{__version__}"'
    return {"campaign": name, "number": event.number, "kind": event.kind, "etag": etag}
